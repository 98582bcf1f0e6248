"""The zero line as evenly spaced points: all loops of a mark in flat arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from znak.fields.outline import Points

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

STEP = 0.5
"""Spacing of the points along a zero line, in field pixels."""


@dataclass(frozen=True)
class Rings:
    """Points of closed loops one after another; loop l holds points `starts[l]` … + `sizes[l]`.

    Indices given to `index` are local to a loop and wrap around it.
    """

    points: Points
    starts: Indices
    sizes: Indices

    @cached_property
    def first(self) -> Indices:
        """For each point, the index of its loop's first point."""
        return np.repeat(self.starts, self.sizes)

    @cached_property
    def size(self) -> Indices:
        """For each point, the number of points of its loop."""
        return np.repeat(self.sizes, self.sizes)

    def along(self, steps: int | Indices) -> Indices:
        """Return for each point the index of the one `steps` further along its loop.

        `steps` may be an array that broadcasts against (n, 1); the result is then (n, k).
        """
        local = np.arange(len(self.points)) - self.first
        if isinstance(steps, int):
            return np.asarray(self.first + (local + steps) % self.size)
        return np.asarray(self.first[:, None] + (local[:, None] + steps) % self.size[:, None])

    def index(self, loop: Indices, local: Indices) -> Indices:
        """Return global indices of `local` points of `loop`."""
        return np.asarray(self.starts[loop] + local % self.sizes[loop])

    def take(self, loops: Sequence[int]) -> Rings:
        """Return only these loops."""
        sizes = self.sizes[list(loops)]
        points = [self.points[self.starts[k] : self.starts[k] + self.sizes[k]] for k in loops]
        return Rings(np.concatenate(points), np.cumsum(sizes) - sizes, sizes)

    @cached_property
    def turn(self) -> Floats:
        """The turn of the tangent from each point to the next, radians."""
        chord = self.points[self.along(1)] - self.points[self.along(-1)]
        angle = np.arctan2(chord[:, 1], chord[:, 0])
        return np.asarray((angle[self.along(1)] - angle + np.pi) % (2 * np.pi) - np.pi)


def rings_of(lines: Sequence[Points], step: float = STEP) -> Rings:
    """Return closed polylines resampled evenly, about `step` apart, at least 8 points each.

    Each starts from the vertex farthest from its centre, so that the same loop turned or moved
    gives the same points turned or moved.
    """
    parts = [_resample(line, step) for line in lines]
    sizes = np.array([len(part) for part in parts], dtype=np.intp)
    return Rings(np.concatenate(parts), np.cumsum(sizes) - sizes, sizes)


def _resample(line: Points, step: float) -> Points:
    away = ((line - line.mean(axis=0)) ** 2).sum(axis=1)
    start = int(np.argmax(np.round(away, 4)))
    closed = np.concatenate([line[start:], line[: start + 1]])
    arc = np.zeros(len(closed))
    np.cumsum(np.hypot(*np.diff(closed, axis=0).T), out=arc[1:])
    n = max(8, round(float(arc[-1]) / step))
    at = np.arange(n) * (arc[-1] / n)
    return np.stack([np.interp(at, arc, closed[:, 0]), np.interp(at, arc, closed[:, 1])], axis=1)
