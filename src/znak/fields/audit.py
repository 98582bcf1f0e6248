"""What must never leave the tracer: crossings, vanished loops, curves that stray."""

from __future__ import annotations

import numpy as np

from znak.fields.chain import Chain, bernstein
from znak.fields.rings import Floats, Indices, Rings

_STEPS = 32
_STRAY = 1.6


def crossing_loops(chain: Chain, *, steps: int = _STEPS) -> set[int]:
    """Return the loops that cross themselves or another, curves taken as `steps` chords."""
    starts, ends, loop, follows = _chords(chain, steps)
    low, high = np.minimum(starts, ends), np.maximum(starts, ends)
    order = np.argsort(low[:, 0], kind="stable")
    left, right = low[order, 0], high[order, 0]
    # pairs whose x ranges overlap, by sweeping; then y ranges
    last = np.searchsorted(left, right, side="right")
    counts = last - np.arange(len(order)) - 1
    i = np.repeat(np.arange(len(order)), counts)
    j = i + 1 + np.arange(len(i)) - np.repeat(np.cumsum(counts) - counts, counts)
    i, j = order[i], order[j]
    meet = (low[i, 1] <= high[j, 1]) & (low[j, 1] <= high[i, 1])
    i, j = i[meet], j[meet]
    apart = (follows[i] != j) & (follows[j] != i)
    i, j = i[apart], j[apart]
    a, b, c, d = starts[i], ends[i], starts[j], ends[j]
    hit = (_side(a, b, c) * _side(a, b, d) <= 0) & (_side(c, d, a) * _side(c, d, b) <= 0)
    return set(loop[i[hit]].tolist()) | set(loop[j[hit]].tolist())


def _side(a: Floats, b: Floats, p: Floats) -> Floats:
    return np.asarray(
        (b[:, 0] - a[:, 0]) * (p[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (p[:, 0] - a[:, 0])
    )


def _chords(chain: Chain, steps: int) -> tuple[Floats, Floats, Indices, Indices]:
    """Return chords' starts and ends, the loop of each and the number of the next."""
    controls = chain.controls
    points = np.einsum("tk,nkd->ntd", bernstein(np.arange(steps) / steps), controls)
    keep = ~chain.straight[:, None] | (np.arange(steps) == 0)[None, :]
    loop = np.repeat(chain.owner[:, None], steps, axis=1)[keep]
    starts = points[keep]
    count = np.bincount(loop, minlength=len(chain.sizes))
    follows = np.arange(len(starts)) + 1
    begin = np.cumsum(count) - count
    full = count > 0
    follows[(begin + count - 1)[full]] = begin[full]
    return starts, starts[follows], loop, follows


def _areas(chain: Chain) -> Floats:
    """Return the exact signed area of each loop."""
    p = chain.controls
    x, y = p[..., 0], p[..., 1]
    swept = np.zeros(len(p))
    for i, j, weight in ((0, 1, 6), (0, 2, 3), (0, 3, 1), (1, 2, 3), (1, 3, 3), (2, 3, 6)):
        swept += weight * (x[:, i] * y[:, j] - y[:, i] * x[:, j])
    return np.asarray(
        np.bincount(chain.owner, swept / 20, minlength=len(chain.sizes)), dtype=np.float64
    )


def stray_loops(chain: Chain, rings: Rings, distance: Floats) -> set[int]:
    """Return the loops that leave the zero line of the field (n, n; px) or lose its area."""
    starts, _, loop, _ = _chords(chain, 4)
    area = _areas(chain)
    p, q = rings.points, rings.points[rings.along(1)]
    true = np.add.reduceat(p[:, 0] * q[:, 1] - p[:, 1] * q[:, 0], rings.starts) / 2
    length = np.add.reduceat(np.hypot(*(q - p).T), rings.starts)
    bad = np.abs(area - true) > 0.12 * length + 0.3
    bad |= (area * true <= 0) | (np.abs(area) < 0.4 * np.abs(true))
    n = distance.shape[0]
    x, y = np.clip(starts - 0.5, 0, n - 1.001).T
    column, row = x.astype(np.intp), y.astype(np.intp)
    s, t = x - column, y - row
    value = (distance[row, column] * (1 - s) + distance[row, column + 1] * s) * (1 - t) + (
        distance[row + 1, column] * (1 - s) + distance[row + 1, column + 1] * s
    ) * t
    border = ((starts < 1) | (starts > n - 1)).any(axis=1)  # what the canvas cuts has no zero there
    off = (np.abs(value) > _STRAY) & ~border
    off |= ((starts < -1.5) | (starts > n + 1.5)).any(axis=1)
    return set(np.flatnonzero(bad).tolist()) | set(loop[off].tolist())
