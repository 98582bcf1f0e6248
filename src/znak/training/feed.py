"""Batches: drawn wholly on the device, so that the loop never waits for the data.

A batch depends on the seed and the step alone, so that a resumed run draws the same ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from znak.training.data import DataConfig, Drawings

Encode = Callable[[Sequence[str]], NDArray[np.float32]]


@dataclass(frozen=True, eq=False)
class Batch:
    """B marks: `fields` float32 (B, 1, 64, 64), `text` (B, V, d), `style` (B, K), `augment` (B, 4)."""

    fields: Tensor
    text: Tensor
    style: Tensor
    augment: Tensor
    generator: torch.Generator


class Feed:
    """Draws batches on the device; `feed(step)` is the same batch whenever it is asked for."""

    def __init__(
        self,
        drawings: Drawings,
        encode: Encode,
        config: DataConfig,
        *,
        batch: int,
        seed: int,
        device: torch.device,
    ) -> None:
        self.config, self.batch, self.seed, self.device = config, batch, seed, device
        self.fields = torch.from_numpy(drawings.fields).to(device)
        self.caption = torch.from_numpy(drawings.caption).to(device)
        self.concept = torch.from_numpy(drawings.concept).to(device)
        self.tags = torch.from_numpy(drawings.tags).to(device)
        self.style = torch.from_numpy(drawings.style).to(device)
        self.flips = torch.from_numpy(drawings.flips).to(device)
        steps = np.cumsum(drawings.weights / drawings.weights.sum())
        self.steps = torch.from_numpy(steps).to(device)
        self.captions = torch.from_numpy(encode(drawings.captions)).to(device, torch.float16)
        self.tag_lines = torch.from_numpy(encode(drawings.tag_lines)).to(device, torch.float16)
        told = torch.tensor([bool(line) for line in drawings.tag_lines], device=device)
        self.tag_lines *= told[:, None]

    def __call__(self, step: int) -> Batch:
        """Return the batch of `step`."""
        generator = torch.Generator(self.device)
        generator.manual_seed((self.seed * 0x9E3779B97F4A7C15 + step) % 2**63)
        n, c = self.batch, self.config

        def chance(*shape: int) -> Tensor:
            return torch.rand(*shape, generator=generator, device=self.device)

        draws = torch.rand(n, generator=generator, device=self.device, dtype=torch.float64)
        rows = torch.searchsorted(self.steps, draws).clamp_max(len(self.steps) - 1)
        fields = self.fields[rows].float().mul_(1 / 127)
        if c.flip:
            mirrored = self.flips[rows] & (chance(n) < 0.5)
            fields = torch.where(mirrored[:, None, None], fields.flip(-1), fields)
        augment = chance(n, 4) * 2 - 1
        count = round(n * c.move)  # rows are drawn in no order: the first ones are moved
        augment[count:] = 0
        moved = move(fields[:count, None], augment[:count]) if count else fields[:0, None]
        style = self.style[rows]
        nothing, caption = chance(n) < c.drop_all, chance(n) < c.drop_caption
        lost = (chance(n, 1) < c.drop_style) | (chance(n, style.shape[1]) < c.drop_each)
        style = style.masked_fill(lost | nothing[:, None], float("nan"))
        words = torch.where(chance(n) < c.name, self.concept[rows], self.caption[rows])
        text = torch.stack([self.captions[words], self.tag_lines[self.tags[rows]]], 1)
        no_tags = (chance(n) < c.drop_tags) & ~caption
        gone = torch.stack([caption | nothing, no_tags | nothing], dim=1)
        text = text.float().masked_fill(gone[:, :, None], 0)
        return Batch(torch.cat([moved, fields[count:, None]]), text, style, augment, generator)


def move(fields: Tensor, amounts: Tensor) -> Tensor:
    """Return fields (B, 1, S, S) turned by up to ±4°, scaled by up to ±4 %, shifted by up to ±1 px.

    `amounts` (B, 4) in [-1, 1]: turn, scale, right, down. Distances are kept, not rescaled.
    """
    angle = amounts[:, 0] * (4 * torch.pi / 180)
    size = 1 / (1 + 0.04 * amounts[:, 1])
    cosine, sine = angle.cos() * size, angle.sin() * size
    shift = -amounts[:, 2:] * (2 / 64)
    rows = torch.stack([cosine, -sine, shift[:, 0], sine, cosine, shift[:, 1]], dim=1)
    grid = functional.affine_grid(rows.view(-1, 2, 3), list(fields.shape), align_corners=False)
    return functional.grid_sample(
        fields, grid, mode="bilinear", padding_mode="border", align_corners=False
    )
