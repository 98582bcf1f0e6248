"""A figure with everything needed to judge it, and its bootstrap interval."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from znak.metrics.features import INCEPTION

_NAMES = {"FD": "FID", "IS": "IS", "KD": "KID"}
LEVEL = 0.95


@dataclass(frozen=True)
class Figure:
    """A metric's value: what it is called, of how many images, how made, how sure (95 %).

    `details` holds what else belongs to it: splits, subsets, neighbours, replicates.
    """

    name: str
    value: float
    interval: tuple[float, float] | None
    n: int
    n_real: int | None
    extractor: str
    resize: str
    details: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        """Return the figure on one line, with what it was made from."""
        low_high = "" if self.interval is None else " [{:.4g}, {:.4g}]".format(*self.interval)
        against = "" if self.n_real is None else f" against {self.n_real}"
        extras = "".join(f", {key} {value}" for key, value in self.details.items())
        return (
            f"{self.name} {self.value:.4g}{low_high} (N {self.n}{against}, extractor "
            f"{self.extractor}, resize {self.resize}{extras})"
        )

    def plain(self) -> dict[str, Any]:
        """Return it ready for JSON."""
        return {
            "name": self.name,
            "value": self.value,
            "interval": None if self.interval is None else list(self.interval),
            "n": self.n,
            "n_real": self.n_real,
            "extractor": self.extractor,
            "resize": self.resize,
            **self.details,
        }


def name_figure(kind: str, extractor: str) -> str:
    """Return the name of a figure of `kind` FD, IS or KD: FID, IS, KID with Inception alone."""
    return _NAMES[kind] if extractor == INCEPTION else f"{kind}-{extractor}"


def bootstrap(
    measure: Callable[[NDArray[np.int64]], float],
    n: int,
    value: float,
    *,
    replicates: int,
    seed: int = 0,
    is_share: bool = False,
) -> tuple[float, float] | None:
    """Return the 95 % interval of `value` over resamples (n rows, with replacement) of the images.

    The spread of the replicates around their own mean is laid around `value`, because resamples
    repeat images and distances between sets are biased upwards by that; that of a share stays within
    0 and 1. None without replicates.
    """
    if replicates < 2:
        return None
    rng = np.random.default_rng(seed)
    values = np.array([measure(rng.integers(n, size=n)) for _ in range(replicates)])
    low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]) - values.mean()
    if is_share:
        return max(0.0, float(value + low)), min(1.0, float(value + high))
    return float(value + low), float(value + high)
