"""The zero line of a field, as closed polylines with sub-pixel accuracy."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from contourpy import LineType, contour_generator
from numpy.typing import NDArray

from znak.fields.outline import Points

_OUTSIDE = np.float32(-1e-3)


def zero_lines(
    values: NDArray[np.float32], *, upsample: int = 1, scale: float = 1.0, tolerance: float = 0.006
) -> list[Points]:
    """Return the zero line of `values` (n, n), positive inside, as closed polylines.

    Points are in pixels of `values` times `scale` (sample centres at i + 0.5), outer loops with
    positive shoelace area, holes negative. `upsample` > 1 first interpolates with cubic
    convolution. Vertices nearer than `tolerance` (output pixels) to their neighbours' chord go.
    What touches the border is closed along it.
    """
    grid = (
        cubic_upsample(values, upsample) if upsample > 1 else np.asarray(values, dtype=np.float32)
    )
    n = grid.shape[0]
    padded = np.full((n + 2, n + 2), _OUTSIDE, dtype=np.float32)
    padded[1:-1, 1:-1] = grid
    columns, rows = _grid(n + 2)
    contours = contour_generator(columns, rows, padded, line_type=LineType.Separate)
    step = scale / upsample
    loops = []
    for line in contours.lines(0.0):
        points = (np.asarray(line, dtype=np.float64)[:-1] - 0.5) * step
        np.clip(points, 0, n * step, out=points)
        if tolerance > 0:
            points = drop_flat(points, tolerance)
        if len(points) >= 3:
            loops.append(points)
    return loops


def shoelace(points: Points) -> float:
    """Return the signed area of a closed polyline (n, 2)."""
    x, y = points[:, 0], points[:, 1]
    open_ = np.dot(x[:-1], y[1:]) - np.dot(y[:-1], x[1:])
    return float(open_ + x[-1] * y[0] - y[-1] * x[0]) / 2


def cubic_upsample(values: NDArray[np.float32], factor: int) -> NDArray[np.float32]:
    """Return `values` (n, n) on a grid `factor` times finer, by Catmull–Rom cubic convolution."""
    matrix = _upsample_matrix(values.shape[0], factor)
    return np.asarray(matrix @ values @ matrix.T, dtype=np.float32)


@lru_cache(maxsize=8)
def _grid(n: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the columns and rows (n, n) of a grid's samples."""
    columns, rows = np.meshgrid(np.arange(n, dtype=np.float64), np.arange(n, dtype=np.float64))
    return columns, rows


_matrices: dict[tuple[int, int], NDArray[np.float32]] = {}


def _upsample_matrix(n: int, factor: int) -> NDArray[np.float32]:
    """Return the (n × factor, n) matrix that interpolates a line of samples, edges repeated."""
    if (n, factor) in _matrices:
        return _matrices[n, factor]
    x = (np.arange(n * factor) + 0.5) / factor - 0.5
    base = np.floor(x).astype(int)
    t = x - base
    weights = np.stack(
        [
            -0.5 * t**3 + t**2 - 0.5 * t,
            1.5 * t**3 - 2.5 * t**2 + 1,
            -1.5 * t**3 + 2 * t**2 + 0.5 * t,
            0.5 * t**3 - 0.5 * t**2,
        ]
    )
    matrix = np.zeros((n * factor, n), dtype=np.float64)
    rows = np.arange(n * factor)
    for k in range(4):
        np.add.at(matrix, (rows, np.clip(base + k - 1, 0, n - 1)), weights[k])
    _matrices[n, factor] = matrix.astype(np.float32)
    return _matrices[n, factor]


def drop_flat(points: Points, tolerance: float) -> Points:
    """Drop vertices that lie on their neighbours' chord, alternating, a few rounds."""
    for offset in (0, 1, 0, 1, 0, 1):
        n = len(points)
        if n < 8:
            break
        previous, following = np.roll(points, 1, axis=0), np.roll(points, -1, axis=0)
        chord = following - previous
        length = np.hypot(chord[:, 0], chord[:, 1])
        away = np.abs(
            chord[:, 0] * (points[:, 1] - previous[:, 1])
            - chord[:, 1] * (points[:, 0] - previous[:, 0])
        ) / np.maximum(length, 1e-9)
        flat = (away < tolerance) & (length > 1e-6)
        flat[1 - offset :: 2] = False
        if n % 2:
            flat[-1] = False
        points = points[~flat]
    return points
