"""The training loop: a generator that yields after each step; logging and saving stay outside.

    for step in train(learner):
        ...

A `Learner` owns everything a step changes. Anything that has these methods can be run by
`znak.training.run`, the GANs too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from PIL import Image
from torch import Tensor, nn

from znak.training.config import RunConfig


class Learner(Protocol):
    """Something that learns in steps and can be saved and resumed to the bit."""

    kind: str

    @property
    def config(self) -> RunConfig:
        """The run's settings."""

    @property
    def model(self) -> nn.Module:
        """The model that is trained (for its config and size)."""

    def advance(self, step: int) -> dict[str, Tensor]:
        """Do step number `step` (from 0) and return its scalar figures, still on the device."""

    def state(self) -> dict[str, Tensor]:
        """Return every tensor that `advance` changes."""

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Put a `state` back."""

    def weights(self) -> dict[str, Tensor]:
        """Return the weights to export: the longest average, float32, in the model's names."""

    def about(self) -> dict[str, Any]:
        """Return what an exported file should say of its training (encoder, first stage)."""

    def evaluate(self) -> dict[str, float]:
        """Return figures on held-out data; may be empty."""

    def sheet(self) -> Image.Image:
        """Return the picture of fixed prompts and fixed noise."""


@dataclass(frozen=True)
class Step:
    """A finished step: `samples` seen after it, and its figures (tensors not yet waited for)."""

    number: int
    samples: int
    figures: dict[str, Any]


def train(learner: Learner, start: int = 0) -> Iterator[Step]:
    """Yield a Step after each optimiser step, from step `start` on, without end."""
    number = start
    while True:
        figures = learner.advance(number)
        number += 1
        yield Step(number, number * learner.config.batch, figures)
