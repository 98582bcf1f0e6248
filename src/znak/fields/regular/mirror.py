"""Find the mirror axis of a nearly symmetric field and make the field symmetric about it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from znak.fields.sdf import CLAMP, SIZE, Field

_NEAR = 1.5 / CLAMP
_WINDOW, _ENOUGH = 7, 12
_STEPS = np.arange(-5, 6) * 0.3


def flip(field: Field, axis: float) -> Field:
    """Return `field` mirrored left-right about the line x = `axis` (field px)."""
    x = 2 * axis - (np.arange(SIZE) + 0.5) - 0.5
    low = np.floor(x).astype(int)
    t = (x - low).astype(np.float32)
    a, b = np.clip(low, 0, SIZE - 1), np.clip(low + 1, 0, SIZE - 1)
    return np.asarray(field[:, a] * (1 - t) + field[:, b] * t, dtype=np.float32)


def _gaps(field: Field, axis: float) -> NDArray[np.float32]:
    """Return the distances in px between outline and mirror image, near either of them."""
    other = flip(field, axis)
    near = np.minimum(np.abs(field), np.abs(other)) < _NEAR
    return np.asarray(np.abs(field - other)[near] * CLAMP, dtype=np.float32)


def asymmetry(field: Field, other: Field) -> tuple[float, float]:
    """Return the mean distance in px between a field's outline and another's, and the worst local mean.

    Local means are taken over windows of 7 samples that hold enough of the outline, so that a small
    part that is not symmetric counts as much as a large one.
    """
    near = np.minimum(np.abs(field), np.abs(other)) < _NEAR
    if not near.any():
        return np.inf, np.inf
    gaps = np.where(near, np.abs(field - other) * np.float32(CLAMP), 0)
    total, count = _box_sums(gaps), _box_sums(near.astype(np.float32))
    enough = count >= _ENOUGH
    local = float((total[enough] / count[enough]).max()) if enough.any() else np.inf
    return float(gaps.sum() / near.sum()), local


def _box_sums(values: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the sums of `values` over all windows of `_WINDOW` samples square."""
    sums = np.pad(np.cumsum(np.cumsum(values, axis=0, dtype=np.float64), axis=1), ((1, 0), (1, 0)))
    w = _WINDOW
    return np.asarray(sums[w:, w:] - sums[:-w, w:] - sums[w:, :-w] + sums[:-w, :-w])


def mirror_axis(field: Field) -> tuple[float, float, float]:
    """Return the best vertical axis x in field px, and the asymmetry about it."""
    columns = np.flatnonzero((field > 0).any(axis=0))
    if len(columns) == 0:
        return SIZE / 2, np.inf, np.inf
    middle = (columns[0] + columns[-1] + 1) / 2
    scores = [float(gaps.mean()) if gaps.size else np.inf for gaps in _all_gaps(field, middle)]
    best = int(np.argmin(scores))
    axis = middle + _STEPS[best]
    if 0 < best < len(_STEPS) - 1:
        a, b, c = scores[best - 1 : best + 2]
        if a + c - 2 * b > 1e-9:
            axis += 0.3 * 0.5 * (a - c) / (a + c - 2 * b)
    return float(axis), *asymmetry(field, flip(field, float(axis)))


def flip_diagonal(field: Field, down: bool) -> Field:
    """Return `field` mirrored about the diagonal through its middle that runs `down` or up."""
    return np.ascontiguousarray(field.T if down else field[::-1, ::-1].T)


def _all_gaps(field: Field, middle: float) -> list[NDArray[np.float32]]:
    return [_gaps(field, middle + step) for step in _STEPS]


def shift(field: Field, by: float) -> Field:
    """Return `field` moved right by `by` px (linear interpolation, edges repeated)."""
    return flip(flip(field, SIZE / 2), SIZE / 2 + by / 2)
