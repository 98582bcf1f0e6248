"""Whether loops cross themselves or one another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from znak.fields.outline import Loop


def crossing_loops(loops: Sequence[Loop], *, steps: int = 6) -> set[int]:
    """Return the indices of the loops that cross themselves or another one."""
    lines = [loop.flatten(steps) for loop in loops]
    if not lines:
        return set()
    owner = np.repeat(np.arange(len(lines)), [len(line) for line in lines])
    a = np.concatenate(lines)
    b = np.concatenate([np.roll(line, -1, axis=0) for line in lines])
    low, high = np.minimum(a, b), np.maximum(a, b)
    near = (
        (low[:, None, 0] <= high[None, :, 0])
        & (low[None, :, 0] <= high[:, None, 0])
        & (low[:, None, 1] <= high[None, :, 1])
        & (low[None, :, 1] <= high[:, None, 1])
    )
    i, j = np.nonzero(np.triu(near, 1))
    d, e = b[i] - a[i], b[j] - a[j]

    def side(v: np.ndarray, w: np.ndarray) -> np.ndarray:
        return np.asarray(v[:, 0] * w[:, 1] - v[:, 1] * w[:, 0])

    one = side(d, a[j] - a[i]) * side(d, b[j] - a[i]) < -1e-9
    two = side(e, a[i] - a[j]) * side(e, b[i] - a[j]) < -1e-9
    hit = one & two
    return {int(k) for k in owner[i[hit]]} | {int(k) for k in owner[j[hit]]}
