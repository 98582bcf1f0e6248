"""Distances between two sets of vectors, in blocks, so that n × m of them are never held."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from znak.metrics.features import Floats

_ROWS = 512


def distance_blocks(x: Floats, y: Floats) -> Iterator[tuple[int, Floats]]:
    """Yield (start, (rows, m) Euclidean distances) for blocks of rows of `x`.

    |x|² + |y|² − 2xᵀy about the common centre; rows that come out nearly the same are measured
    again by their difference, for there the sum cancels.
    """
    centre = y.mean(axis=0)
    x, y = x - centre, y - centre
    squares = np.einsum("ij,ij->i", y, y)
    for start in range(0, len(x), _ROWS):
        part = x[start : start + _ROWS]
        lengths = np.einsum("ij,ij->i", part, part)
        block = lengths[:, None] + squares - 2 * (part @ y.T)
        rows, columns = np.nonzero(block < 1e-8 * (lengths[:, None] + squares))
        gap = part[rows] - y[columns]
        block[rows, columns] = np.einsum("ij,ij->i", gap, gap)
        yield start, np.sqrt(block)


def find_radii(x: Floats, k: int) -> Floats:
    """Return each row's distance to its `k`-th nearest other row."""
    radii = np.empty(len(x))
    for start, block in distance_blocks(x, x):
        rows = np.arange(len(block))
        block[rows, start + rows] = 0
        radii[start : start + len(block)] = np.partition(block, k, axis=1)[:, k]
    return radii


def find_nearest(x: Floats, y: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """Return, for each row of `x`, the distance and number of the nearest row of `y`."""
    distances, places = np.empty(len(x)), np.empty(len(x), dtype=np.int64)
    for start, block in distance_blocks(x, y):
        at = block.argmin(axis=1)
        places[start : start + len(block)] = at
        distances[start : start + len(block)] = block[np.arange(len(block)), at]
    return distances, places
