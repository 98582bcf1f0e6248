"""The text-conditional GAN: the seed's baseline and what improves on it, switch by switch.

Seed (28 px): noise (100) joined with the text vector (300) grows through transposed convolutions
400→128→64→3; the critic sees the image joined with the text spread over it, 303→64→128→1. Other
sizes keep this plan with another first grid or more stages. Images are float32 BCHW in [-1, 1].
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from znak.errors import InputError
from znak.models.sampling import CHUNK, draw_noise


@dataclass(frozen=True)
class GanConfig:
    """Shape of generator and critic. `widths` are the generator's, from the first grid on.

    The critic's are `critic_widths`; without `critic_norm` it has no batch norm, as gradient
    penalties want it. `match` gives the critic a second head that reads a text vector off an image.
    """

    size: int = 28
    noise: int = 100
    text_dim: int = 300
    widths: tuple[int, ...] = (128, 64)
    critic_widths: tuple[int, ...] = (64, 128)
    growth: Literal["transposed", "upsample"] = "transposed"
    critic_norm: bool = True
    match: bool = False

    def __post_init__(self) -> None:
        for name in ("widths", "critic_widths"):
            stages = len(getattr(self, name))
            if not stages or self.size % 2**stages or self.size // 2**stages < 2:
                raise InputError(
                    f"size {self.size} can't be halved {stages} times ({name}): give other {name}",
                    ru=f"Размер {self.size} нельзя {stages} раза делить пополам ({name})",
                )


class Generator(nn.Module):
    """Noise and text → image; see `forward` and, for use, `sample`."""

    kind = "gan"

    def __init__(self, config: GanConfig) -> None:
        super().__init__()
        self.config: Any = config
        self.shape = c = config
        start = c.size // 2 ** len(c.widths)
        layers: list[nn.Module] = [
            nn.ConvTranspose2d(c.noise + c.text_dim, c.widths[0], start, 1, 0, bias=False),
            nn.BatchNorm2d(c.widths[0]),
            nn.ReLU(inplace=True),
        ]
        for before, after in pairwise(c.widths):
            layers += [*self._grow(before, after), nn.BatchNorm2d(after), nn.ReLU(inplace=True)]
        layers += [*self._grow(c.widths[-1], 3), nn.Tanh()]
        self.layers = nn.Sequential(*layers)

    def _grow(self, before: int, after: int) -> list[nn.Module]:
        """Return layers that double the side."""
        if self.shape.growth == "transposed":
            return [nn.ConvTranspose2d(before, after, 4, 2, 1, bias=False)]
        return [nn.Upsample(scale_factor=2), nn.Conv2d(before, after, 3, 1, 1, bias=False)]

    def forward(self, noise_bz: Tensor, text_bd: Tensor) -> Tensor:
        """Return images (B, 3, S, S) in [-1, 1]."""
        code = torch.cat([noise_bz, text_bd], dim=1)
        images: Tensor = self.layers(code[:, :, None, None])
        return images

    @torch.inference_mode()
    def sample(
        self,
        text_vectors: NDArray[np.float32],
        *,
        seeds: Sequence[int],
        steps: int = 1,
        guidance: float = 1.0,
        device: torch.device | str = "cpu",
    ) -> NDArray[np.float32]:
        """Return images (n, 3, S, S) in [-1, 1] of texts (n, d), one for each seed.

        A GAN draws in one step and knows no guidance: both are taken and not used. An image depends
        on its seed and text alone (evaluation mode, own noise, chunks of one size).
        """
        text = check_texts(text_vectors, len(seeds), self.shape.text_dim)
        noise = draw_noise(seeds, (self.shape.noise,))
        out = np.empty((len(seeds), 3, self.shape.size, self.shape.size), dtype=np.float32)
        self.eval()
        for start in range(0, len(seeds), CHUNK):
            rows = np.minimum(np.arange(start, start + CHUNK), len(seeds) - 1)
            parts = [torch.from_numpy(a[rows]).to(device) for a in (noise, text)]
            here = min(CHUNK, len(seeds) - start)
            out[start : start + here] = self(*parts)[:here].float().cpu().numpy()
        return out


class Critic(nn.Module):
    """Image and text → logit that the image is real; the seed's Sigmoid is part of the loss."""

    def __init__(self, config: GanConfig) -> None:
        super().__init__()
        c = config
        widths = c.critic_widths
        self.stem = SpreadConv(3, c.text_dim, widths[0])
        layers: list[nn.Module] = [nn.LeakyReLU(0.2)]
        for before, after in pairwise(widths):
            layers.append(nn.Conv2d(before, after, 4, 2, 1, bias=False))
            if c.critic_norm:
                layers.append(nn.BatchNorm2d(after))
            layers.append(nn.LeakyReLU(0.2))
        self.layers = nn.Sequential(*layers)
        self.head = nn.Conv2d(widths[-1], 1, c.size // 2 ** len(widths), bias=False)
        # what reads the text must not be told it: the reader has a stem of its own
        self.reader = TextReader(c) if c.match else None

    def forward(self, x_bchw: Tensor, text_bd: Tensor) -> Tensor:
        """Return logits (B)."""
        h = self.layers(self.stem(x_bchw, text_bd))
        logits: Tensor = self.head(h).flatten(1).squeeze(1)
        return logits


class SpreadConv(nn.Module):
    """Conv2d(k4 s2 p1, no bias) over the image joined with the text spread over it.

    The text's part is the same everywhere but at the border, where the padding cuts off a row or
    column of taps: each tap's answer is computed once and summed where it falls inside. That is
    the same function as the plain convolution at about a hundredth of its products.
    """

    def __init__(self, channels: int, text_dim: int, width: int) -> None:
        super().__init__()
        self.channels = channels
        self.weight = nn.Parameter(torch.empty(width, channels + text_dim, 4, 4))
        nn.init.kaiming_uniform_(self.weight, a=5**0.5)  # Conv2d's own beginning

    def forward(self, x_bchw: Tensor, text_bd: Tensor) -> Tensor:
        """Return (B, width, S/2, S/2)."""
        image, text = self.weight[:, : self.channels], self.weight[:, self.channels :]
        taps = torch.einsum("bd,wdij->bwij", text_bd, text.to(text_bd.dtype))
        inside = _inside(x_bchw.shape[-1]).to(taps)
        spread = inside @ taps @ inside.T
        return functional.conv2d(x_bchw, image, stride=2, padding=1) + spread


def _inside(size: int) -> Tensor:
    """Return (S/2, 4): which of the four taps of each output place fall inside the image."""
    at = torch.arange(size // 2)[:, None] * 2 - 1 + torch.arange(4)
    return ((at >= 0) & (at < size)).float()


class TextReader(nn.Module):
    """Image → text vector; what the text-matching term is measured by."""

    def __init__(self, config: GanConfig) -> None:
        super().__init__()
        widths = (3, *config.critic_widths)
        layers: list[nn.Module] = []
        for before, after in pairwise(widths):
            layers += [nn.Conv2d(before, after, 4, 2, 1), nn.LeakyReLU(0.2)]
        self.layers = nn.Sequential(*layers)
        side = config.size // 2 ** len(config.critic_widths)
        self.out = nn.Linear(widths[-1] * side * side, config.text_dim)

    def forward(self, x_bchw: Tensor) -> Tensor:
        """Return unit vectors (B, d)."""
        return functional.normalize(self.out(self.layers(x_bchw).flatten(1)).float(), dim=-1)


def check_texts(text_vectors: NDArray[np.float32], n: int, dim: int) -> NDArray[np.float32]:
    """Return text vectors as float32 (n, dim); raise InputError for any other shape."""
    text = np.asarray(text_vectors, dtype=np.float32)
    if text.shape != (n, dim):
        raise InputError(
            f"text vectors of shape {text.shape} for {n} seeds: this model takes {(n, dim)}",
            ru=f"Векторы текста формы {text.shape} для {n} образцов: нужно {(n, dim)}",
        )
    return text
