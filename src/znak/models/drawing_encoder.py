"""The drawing encoder: a small convolutional network that names what a picture shows.

RGB pictures of 64×64 in [-1, 1] → features (n, 128) → logits over named concepts. The metrics stand on
it where Inception is not at hand (`znak.metrics.extractors`). `palette` reads colours off the
features; it is trained beside the classes, so that features tell of colour too.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from torch import Tensor, nn
from torch.nn import functional

SIZE = 64
PALETTE = 9
"""Mean, spread and border colour, three numbers each."""


@dataclass(frozen=True)
class DrawingEncoderConfig:
    """Shape of the encoder; `classes` are the concepts' names in the order of the logits."""

    classes: tuple[str, ...]
    widths: tuple[int, ...] = (24, 48, 96, 192)
    features: int = 128


class DrawingEncoder(nn.Module):
    """Predicts what is drawn; see `forward`."""

    kind = "drawing-encoder"

    def __init__(self, config: DrawingEncoderConfig) -> None:
        super().__init__()
        self.config: Any = config
        layers: list[nn.Module] = [
            nn.Conv2d(3, config.widths[0], 5, 2, 2, bias=False),
            nn.BatchNorm2d(config.widths[0]),
            nn.ReLU(inplace=True),
        ]
        for before, after in pairwise(config.widths):
            layers += [
                nn.Conv2d(before, after, 3, 2, 1, bias=False),
                nn.BatchNorm2d(after),
                nn.ReLU(inplace=True),
                Residual(after),
            ]
        self.layers = nn.Sequential(*layers)
        self.project = nn.Linear(config.widths[-1] * 2, config.features)
        self.classify = nn.Linear(config.features, len(config.classes))
        self.palette = nn.Linear(config.features, PALETTE)

    def see(self, x_bchw: Tensor) -> Tensor:
        """Return features (B, F) ≥ 0 of images (B, 3, 64, 64) in [-1, 1]."""
        grid = self.layers(x_bchw)
        pooled = functional.adaptive_avg_pool2d(grid, (2, 1))  # upper and lower half
        return functional.relu(self.project(pooled.flatten(1)))

    def forward(self, x_bchw: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return features (B, F), logits (B, classes) and palette (B, 9)."""
        features = self.see(x_bchw)
        return features, self.classify(features), self.palette(features)


class Residual(nn.Module):
    """x + conv(x), normalised."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.norm = nn.BatchNorm2d(width)

    def forward(self, x: Tensor) -> Tensor:
        """Return a grid of the same shape."""
        return functional.relu(x + self.norm(self.conv(x)))
