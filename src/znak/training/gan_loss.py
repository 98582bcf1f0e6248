"""The GANs' losses: the seed's, the relativistic one with its penalties, and the text match.

Logits are the critic's before its Sigmoid.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

_TEMPERATURE = 0.1


def plain_critic_loss(real: Tensor, fake: Tensor) -> Tensor:
    """Return the binary cross-entropies of real as 1 and fake as 0, added (arXiv 1406.2661)."""
    return functional.softplus(-real).mean() + functional.softplus(fake).mean()


def plain_generator_loss(fake: Tensor) -> Tensor:
    """Return the binary cross-entropy of fake as 1, the non-saturating loss."""
    return functional.softplus(-fake).mean()


def relativistic_loss(winner: Tensor, loser: Tensor) -> Tensor:
    """Return E softplus(−(winner − loser)) over pairs of one text (R3GAN, arXiv 2501.05441, eq. 2).

    The critic wants real above fake, the generator fake above real.
    """
    return functional.softplus(loser - winner).mean()


def gradient_penalty(logits: Tensor, images: Tensor) -> Tensor:
    """Return E |∂logit/∂image|² / 2: R1 on real images (arXiv 1801.04406, eq. 9), R2 on fake ones.

    `images` must require their gradient, and be what the logits were computed from.
    """
    (slope,) = torch.autograd.grad(logits.sum(), images, create_graph=True)
    return slope.float().square().flatten(1).sum(dim=1).mean() / 2


def matching_loss(read: Tensor, text: Tensor) -> Tensor:
    """Return the cross-entropy of finding an image's own text among the batch's (InfoNCE).

    `read` (B, d) are unit vectors read off the images; rows that share a text are no rivals.
    """
    text = functional.normalize(text.float(), dim=-1)
    scores = read.float() @ text.T / _TEMPERATURE
    same = (text @ text.T > 0.999) & ~torch.eye(len(text), dtype=torch.bool, device=text.device)
    own = torch.arange(len(text), device=text.device)
    return functional.cross_entropy(scores.masked_fill(same, -torch.inf), own)


def augment(images: Tensor, generator: torch.Generator) -> Tensor:
    """Return images changed at random, differentiably, so that the critic can't learn them by heart.

    Brightness, saturation, contrast, shifts by up to an eighth, a quarter cut out: as DiffAugment
    (arXiv 2006.10738), written anew. Real and fake images go through it alike.
    """
    n, _, size, _ = images.shape
    device = images.device

    def chance(*shape: int) -> Tensor:
        return torch.rand(*shape, generator=generator, device=device)

    x = images + (chance(n, 1, 1, 1) - 0.5) * 0.5
    grey = x.mean(dim=1, keepdim=True)
    x = grey + (x - grey) * (chance(n, 1, 1, 1) * 2)
    level = x.mean(dim=(1, 2, 3), keepdim=True)
    x = level + (x - level) * (chance(n, 1, 1, 1) * 0.5 + 0.75)
    reach = max(size // 8, 1)
    padded = functional.pad(x, (reach,) * 4, mode="replicate")
    shifts = torch.randint(0, 2 * reach + 1, (2, n), generator=generator, device=device)
    at = torch.arange(size, device=device)
    rows, columns = shifts[0][:, None] + at, shifts[1][:, None] + at
    batch = torch.arange(n, device=device)[:, None, None]
    x = padded.permute(0, 2, 3, 1)[batch, rows[:, :, None], columns[:, None]].permute(0, 3, 1, 2)
    half = size // 8
    centre = torch.randint(0, size, (2, n), generator=generator, device=device)
    near = (at - centre[..., None]).abs() < half  # (2, n, S)
    hole = near[0][:, :, None] & near[1][:, None]
    return x * ~hole[:, None]
