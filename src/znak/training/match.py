"""Training of the text match: a small tower that puts a drawing where its caption is.

    znak train match data/pack

The text encoder stays as it is; the tower learns by CLIP's loss over batches (Radford et al. 2021;
captions that mean the same are no negatives) on the train split, its drawings mirrored, moved a
little and made a little rough, as the model's are. The figure printed is recall at 5 on drawings of
the valid split among their distinct captions. The file is read by `znak.engine.match`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from znak.corpus.pack import Pack, unpack
from znak.engine.file import write_weights
from znak.engine.match import GROUPS, KIND, SIDE
from znak.errors import DataError
from znak.training.data import _SIDED
from znak.words import TextEncoder, load_encoder

WIDTHS = (1, 32, 64, 128, 256)
_BATCH = 512
_RATE = 1.5e-3
_SAME = 0.85
_EVERY = 100
_JUDGED = 1500


class Tower(nn.Module):
    """Fields (B, 1, 32, 32) → unit vectors (B, dim)."""

    def __init__(self, dim: int, widths: tuple[int, ...] = WIDTHS) -> None:
        super().__init__()
        self.convolutions = nn.ModuleList(
            nn.Conv2d(a, b, 3, stride=2, padding=1) for a, b in pairwise(widths)
        )
        self.norms = nn.ModuleList(nn.GroupNorm(GROUPS, b) for b in widths[1:])
        cells = (SIDE >> (len(widths) - 1)) ** 2
        self.out = nn.Linear(widths[-1] * cells, dim)
        self.log_scale = nn.Parameter(torch.tensor(2.7))

    def forward(self, x: Tensor) -> Tensor:
        """Return unit vectors."""
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            x = functional.relu(norm(convolution(x)))
        vectors: Tensor = self.out(x.flatten(1))
        return functional.normalize(vectors, dim=1)

    def arrays(self) -> dict[str, NDArray[np.float16]]:
        """Return the weights as the run time names them."""
        named: dict[str, Tensor] = {"out": self.out.weight, "out_bias": self.out.bias}
        for i, (convolution, norm) in enumerate(zip(self.convolutions, self.norms, strict=True)):
            assert isinstance(convolution, nn.Conv2d) and isinstance(norm, nn.GroupNorm)
            assert convolution.bias is not None
            named |= {f"{i}.kernel": convolution.weight, f"{i}.bias": convolution.bias}
            named |= {f"{i}.gain": norm.weight, f"{i}.shift": norm.bias}
        return {k: t.detach().float().numpy().astype(np.float16) for k, t in named.items()}


def train_match(
    pack: Path,
    out: Path,
    *,
    minutes: float,
    cache: Path,
    seed: int = 0,
    on_log: Callable[[int, float, float], None] = lambda samples, loss, recall: None,
) -> int:
    """Train a tower on a pack for `minutes`, write its file and return the file's size."""
    drawings = unpack(pack, cache, kind="solid")
    encoder = load_encoder()
    tower, figures = learn(drawings, encoder, minutes=minutes, seed=seed, on_log=on_log)
    about = {"encoder": encoder.name, **figures}
    return write_weights(out, tower.arrays(), kind=KIND, config={"widths": WIDTHS}, about=about)


def learn(
    pack: Pack,
    encoder: TextEncoder,
    *,
    minutes: float | None,
    steps: int | None = None,
    seed: int = 0,
    on_log: Callable[[int, float, float], None] = lambda samples, loss, recall: None,
) -> tuple[Tower, dict[str, float]]:
    """Return a tower trained for `minutes`, or for `steps` where those are given, and its figures.

    The learning rate falls to nothing at the end.
    """
    usable = np.asarray(pack.solid) & ~np.asarray(pack.interface)
    captions = [pack.captions[i] for i in range(len(pack))]
    usable &= np.array([bool(caption) for caption in captions])
    split = np.asarray(pack.split)
    rows = np.flatnonzero(usable & (split == "train"))
    held = np.flatnonzero(usable & (split == "valid"))[:_JUDGED]
    if len(rows) < 2:
        raise DataError(
            "the pack holds too few solid drawings with a caption to learn from",
            ru="В пакете слишком мало сплошных рисунков с подписями",
        )
    fields = halve(pack.fields[rows])
    distinct, number = np.unique([captions[i] for i in rows], return_inverse=True)
    texts = torch.from_numpy(encoder([str(c) for c in distinct]))
    flips = np.array([not _SIDED.search(str(c)) for c in distinct])[number]
    judge = _judge(halve(pack.fields[held]), [captions[i] for i in held], encoder)
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    tower = Tower(encoder.dim)
    optimiser = torch.optim.AdamW(tower.parameters(), lr=_RATE, weight_decay=0.02, fused=True)
    began, step, seen, loss_sum = time.monotonic(), 0, 0, 0.0
    while True:
        spent = time.monotonic() - began
        share = step / steps if steps is not None else spent / (60 * (minutes or 1))
        if share >= 1 and step:
            break
        for group in optimiser.param_groups:
            group["lr"] = (
                _RATE * 0.5 * (1 + np.cos(np.pi * min(share, 1))) * min(1, (step + 1) / 50)
            )
        picked = random.choice(len(rows), min(_BATCH, len(rows)), replace=False)
        x = torch.from_numpy(shake(fields[picked], flips[picked], random))
        vectors = texts[number[picked]]
        loss = contrast(tower(x), vectors, tower.log_scale)
        optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        optimiser.step()
        step, seen, loss_sum = step + 1, seen + len(picked), loss_sum + float(loss.detach())
        if step % _EVERY == 0:
            on_log(seen, loss_sum / _EVERY, judge(tower))
            loss_sum = 0.0
    return tower.eval(), {"samples": float(seen), "recall_at_5": round(judge(tower), 4)}


def contrast(images: Tensor, texts: Tensor, log_scale: Tensor) -> Tensor:
    """Return the matching loss, both ways; other captions that mean the same don't count."""
    logits = images @ texts.T * log_scale.clamp(max=4.6).exp()
    right = torch.arange(len(images))
    same = texts @ texts.T > _SAME
    same[right, right] = False
    logits = logits.masked_fill(same, -1e4)
    return (functional.cross_entropy(logits, right) + functional.cross_entropy(logits.T, right)) / 2


def shake(
    fields: NDArray[np.int8], flips: NDArray[np.bool_], random: np.random.Generator
) -> NDArray[np.float32]:
    """Return fields (n, 32, 32) as (n, 1, 32, 32) in [-1, 1], mirrored, moved and made rough."""
    x = fields.astype(np.float32) / 127
    mirrored = flips & (random.random(len(x)) < 0.5)
    x[mirrored] = x[mirrored][:, :, ::-1]
    down, right = random.integers(-1, 2, 2)
    x = np.roll(x, (int(down), int(right)), axis=(1, 2))
    coarse = random.standard_normal((len(x), 8, 8), dtype=np.float32).repeat(4, 1).repeat(4, 2)
    amount = random.random((len(x), 1, 1), dtype=np.float32) * np.float32(0.12)
    return np.clip(x + amount * coarse, -1, 1)[:, None]


def halve(fields: NDArray[np.int8]) -> NDArray[np.int8]:
    """Return stored 64-px fields at 32 px, each value the mean of four."""
    sums = fields.reshape(len(fields), SIDE, 2, SIDE, 2).astype(np.int16).sum(axis=(2, 4))
    return np.asarray(np.rint(sums / 4), dtype=np.int8)


def _judge(
    fields: NDArray[np.int8], captions: list[str], encoder: TextEncoder
) -> Callable[[Tower], float]:
    """Return what measures recall at 5 on these drawings among their distinct captions."""
    if not captions:
        return lambda tower: float("nan")
    distinct, number = np.unique(captions, return_inverse=True)
    texts = torch.from_numpy(encoder([str(c) for c in distinct]))
    x = torch.from_numpy(fields.astype(np.float32)[:, None] / 127)
    right = torch.from_numpy(number)

    @torch.no_grad()
    def measure(tower: Tower) -> float:
        near = tower(x) @ texts.T
        rank = (near > near.gather(1, right[:, None])).sum(dim=1)
        return float((rank < 5).float().mean())

    return measure
