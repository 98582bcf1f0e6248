"""Fitting an outline to the field itself.

A corner that the zero line shows rounded is still sharp in the distances around it. `refine` moves
a chain's control points until the distance to it, at every sample of a band around it, is what the
field says (Gauss–Newton, damped; the joints that were smooth stay so).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from znak.fields.chain import Chain, align_joints, bernstein
from znak.fields.rings import Floats, Indices

BAND = 1.1
"""Samples nearer than this to the zero line (field px) are fitted."""
_CHORDS = 4
_GROSS = 0.8
_SMOOTH_WEIGHT = 6.0
_DAMPING = 0.15
_LARGEST = 800
_CHUNK = 400_000
_ROW, _COLUMN = np.triu_indices(4)
_TRIANGLE = np.zeros((4, 4), dtype=np.intp)
_TRIANGLE[_ROW, _COLUMN] = _TRIANGLE[_COLUMN, _ROW] = np.arange(10)


@dataclass(frozen=True)
class Feet:
    """The nearest outline point of each sample: its segment, parameter, residual and gradient.

    For `_step` they are sorted by segment.
    """

    segment: Indices
    t: Floats
    residual: Floats
    normal: Floats


def find_feet(chain: Chain, points: Floats, distance: Floats) -> Feet:
    """Return the feet of `points` (m, 2), where the field says signed `distance` (m,), in px."""
    controls = chain.controls
    curved = np.flatnonzero(~chain.straight)
    lines = np.flatnonzero(chain.straight)
    grid = np.arange(_CHORDS + 1) / _CHORDS
    curves = np.einsum("tk,nkd->ntd", bernstein(grid), controls[curved])
    starts = np.concatenate([controls[lines, 0], curves[:, :-1].reshape(-1, 2)])
    ends = np.concatenate([controls[lines, 3], curves[:, 1:].reshape(-1, 2)])
    owner = np.concatenate([lines, np.repeat(curved, _CHORDS)])
    low = np.concatenate([np.zeros(len(lines)), np.tile(grid[:-1], len(curved))])
    width = np.concatenate([np.ones(len(lines)), np.full(len(curved) * _CHORDS, 1 / _CHORDS)])

    which, u = _nearest(points, starts, ends)
    return _project(chain, points, distance, owner[which], low[which] + u * width[which])


def _project(chain: Chain, points: Floats, distance: Floats, segment: Indices, t: Floats) -> Feet:
    """Return the feet found by a Newton step from parameters `t` on known segments."""
    controls = chain.controls
    p0, p1, p2, p3 = np.moveaxis(controls, 1, 0)
    a, b, e = (p3 - 3 * p2 + 3 * p1 - p0), 3 * (p2 - 2 * p1 + p0), 3 * (p1 - p0)
    a, b, e, p0 = a[segment], b[segment], e[segment], p0[segment]
    s = t[:, None]
    value = ((a * s + b) * s + e) * s + p0 - points
    first = (3 * a * s + 2 * b) * s + e
    slope = (first * first).sum(1) + (value * (6 * a * s + 2 * b)).sum(1)
    move = np.where(slope > 1e-6, (value * first).sum(1) / np.maximum(slope, 1e-6), 0)
    t = np.clip(t - np.clip(move, -0.1, 0.1), 0, 1)
    s = t[:, None]
    foot = ((a * s + b) * s + e) * s + p0
    first = (3 * a * s + 2 * b) * s + e
    first /= np.maximum(np.hypot(first[:, 0], first[:, 1]), 1e-9)[:, None]
    normal = np.stack([-first[:, 1], first[:, 0]], axis=1)
    away = points - foot
    signed = (away * normal).sum(1)
    vertex = np.full(len(points), -1, dtype=np.intp)
    at_start, at_end = t < 1e-6, t > 1 - 1e-6
    following = chain.following
    vertex[at_start] = segment[at_start]
    vertex[at_end] = following[segment[at_end]]
    vertex[(vertex >= 0) & ~chain.corner[vertex]] = -1
    tip = np.flatnonzero(vertex >= 0)
    reach = np.hypot(away[tip, 0], away[tip, 1])
    sign = np.where(distance[tip] >= 0, 1.0, -1.0)
    far = reach > 1e-3
    tip, reach, sign = tip[far], reach[far], sign[far]
    normal[tip] = sign[:, None] * away[tip] / reach[:, None]
    signed[tip] = sign * reach
    return Feet(segment, t, distance - signed, normal)


def _nearest(points: Floats, starts: Floats, ends: Floats) -> tuple[Indices, Floats]:
    """Return for each point the nearest chord and the parameter of the foot on it."""
    a = starts.astype(np.float32)
    d = (ends - starts).astype(np.float32)
    scale = 1 / np.maximum((d * d).sum(1), np.float32(1e-9))
    which = np.empty(len(points), dtype=np.intp)
    share = np.empty(len(points))
    rows = max(1, _CHUNK // len(a))
    for low in range(0, len(points), rows):
        p = points[low : low + rows].astype(np.float32)
        # |p - a|² - (2 u c - u² L) with u = clip(c / L): everything from two matrix products
        along = p @ d.T
        along -= (a * d).sum(1)
        u = along * scale
        np.clip(u, 0, 1, out=u)
        square = p @ (-2 * a.T)
        square += (a * a).sum(1)
        along *= 2
        along -= u / scale
        along *= u
        square -= along
        best = np.argmin(square, axis=1)
        which[low : low + rows] = best
        share[low : low + rows] = u[np.arange(len(p)), best]
    return which, share


def band_samples(distance: Floats, band: float = BAND) -> tuple[Floats, Floats]:
    """Return centres (m, 2) and signed distances (m,) of the samples within `band` px of zero."""
    rows, columns = np.nonzero(np.abs(distance) < band)
    points = np.stack([columns + 0.5, rows + 0.5], axis=1)
    return points, distance[rows, columns].astype(np.float64)


def refine(chain: Chain, points: Floats, distance: Floats, *, rounds: int = 1) -> Chain:
    """Return the chain moved so that its distances to `points` (m, 2) are `distance` (m,), px.

    Loops marked fixed, and those with more unknowns than is worth while, stay as they are.
    """
    if rounds == 0 or chain.fixed.all():
        return chain
    feet = find_feet(chain, points, distance)
    use = np.flatnonzero(~chain.fixed[feet.segment] & (np.abs(feet.residual) < _GROSS))
    use = use[np.argsort(feet.segment[use], kind="stable")]
    points, distance = points[use], distance[use]
    if len(use) == 0:
        return chain
    feet = Feet(feet.segment[use], feet.t[use], feet.residual[use], feet.normal[use])
    for done in range(rounds):
        if done:  # a move is small: the nearest segment stays the nearest
            feet = _project(chain, points, distance, feet.segment, feet.t)
        chain = _step(chain, feet)
    return chain


class _Blocks:
    """Normal equations of all loops side by side: loop l has `sizes[l]` unknown coordinates."""

    def __init__(self, sizes: Indices) -> None:
        self.sizes = sizes
        self.first = np.cumsum(sizes) - sizes
        self.corner = np.cumsum(sizes**2) - sizes**2
        self.matrix = np.zeros(int((sizes**2).sum()))
        self.right = np.zeros(int(sizes.sum()))

    def add(self, loop: Indices, products: Floats, index: Indices, sides: Floats) -> None:
        """Add matrices (m, k, k) and right sides (m, k) at unknowns `index` (m, k) of a `loop`."""
        local = index - self.first[loop, None]
        flat = (self.corner[loop, None] + local * self.sizes[loop, None])[:, :, None]
        flat = flat + local[:, None, :]
        self.matrix += np.bincount(flat.ravel(), products.ravel(), minlength=len(self.matrix))
        self.right += np.bincount(index.ravel(), sides.ravel(), minlength=len(self.right))

    def solve(self, damping: float) -> Floats:
        """Return the damped solution."""
        out = np.zeros_like(self.right)
        for size, first, corner in zip(self.sizes, self.first, self.corner, strict=True):
            part = slice(first, first + size)
            if size and self.right[part].any():
                matrix = self.matrix[corner : corner + size * size].reshape(size, size)
                matrix[np.diag_indices(size)] += damping
                out[part] = np.linalg.solve(matrix, self.right[part])
        return out


def _step(chain: Chain, feet: Feet) -> Chain:
    """Return the chain after one Gauss–Newton step towards the residuals of `feet`."""
    following = chain.following
    owner = chain.owner
    # unknown points, loop by loop: each segment's anchor, then its two handles if it is a curve
    width = np.where(chain.straight, 1, 3)
    slot = np.repeat((np.cumsum(width) - width)[:, None], 4, axis=1)
    slot[:, 3] = slot[following, 0]
    curved = np.flatnonzero(~chain.straight)
    slot[curved, 1] += 1
    slot[curved, 2] += 2
    unknowns = 2 * np.bincount(owner, width, minlength=len(chain.sizes)).astype(np.intp)
    counts = np.array(chain.sizes, dtype=np.intp)
    free = ~np.logical_or.reduceat(chain.fixed, np.cumsum(counts) - counts)
    free &= unknowns <= _LARGEST
    blocks = _Blocks(np.where(free, unknowns, 0))
    shift = blocks.first - (np.cumsum(unknowns) - unknowns)  # loops left out take no room

    use = free[owner[feet.segment]]
    segment, t, normal = feet.segment[use], feet.t[use], feet.normal[use]
    weights = bernstein(t)
    line = chain.straight[segment]
    weights[line, 0], weights[line, 3] = 1 - t[line], t[line]
    weights[line, 1] = weights[line, 2] = 0
    # each sample's row is weights ⊗ normal: add up the products by segment, then place them once
    if len(segment):
        begin: Indices = np.flatnonzero(np.diff(segment, prepend=-1))
        squares = (weights[:, _ROW] * weights[:, _COLUMN])[:, :, None]
        squares = (
            squares
            * np.stack([normal[:, 0] ** 2, normal[:, 0] * normal[:, 1], normal[:, 1] ** 2], axis=1)[
                :, None
            ]
        )
        sums = np.add.reduceat(squares.reshape(len(segment), -1), begin).reshape(-1, 10, 3)
        target = -feet.residual[use, None] * normal
        sides = np.add.reduceat((weights[:, :, None] * target[:, None, :]).reshape(-1, 8), begin)
        products = sums[:, _TRIANGLE][..., [[0, 1], [1, 2]]]  # (k, 4, 4, 2, 2)
        products = products.transpose(0, 1, 3, 2, 4).reshape(-1, 8, 8)
        index = (2 * slot[segment[begin]][:, :, None] + np.arange(2)).reshape(-1, 8)
        loop = owner[segment[begin]]
        blocks.add(loop, products, index + shift[loop, None], sides)

    smooth = np.flatnonzero(~chain.corner & free[owner])
    if len(smooth):
        before = chain.previous[smooth]
        controls = chain.controls
        a = chain.anchors[smooth]
        into = a - np.where(chain.straight[before, None], controls[before, 0], controls[before, 2])
        out = np.where(chain.straight[smooth, None], controls[smooth, 3], controls[smooth, 1]) - a
        left = np.where(chain.straight[before], slot[before, 0], slot[before, 2])
        right = np.where(chain.straight[smooth], slot[smooth, 3], slot[smooth, 1])
        scale = _SMOOTH_WEIGHT / np.maximum(np.hypot(*into.T) * np.hypot(*out.T), 1e-3)
        cross = (into[:, 0] * out[:, 1] - into[:, 1] * out[:, 0]) * scale
        d_into = np.stack([out[:, 1], -out[:, 0]], axis=1) * scale[:, None]
        d_out = np.stack([-into[:, 1], into[:, 0]], axis=1) * scale[:, None]
        rows = np.concatenate([-d_into, d_into - d_out, d_out], axis=1)
        slots = np.stack([left, slot[smooth, 0], right], axis=1)
        index = (2 * slots[:, :, None] + np.arange(2)).reshape(-1, 6)
        loop = owner[smooth]
        products = rows[:, :, None] * rows[:, None, :]
        blocks.add(loop, products, index + shift[loop, None], -rows * cross[:, None])
    solved = blocks.solve(_DAMPING).reshape(-1, 2)
    length = np.hypot(solved[:, 0], solved[:, 1])
    solved *= np.minimum(1, 1.0 / np.maximum(length, 1e-9))[:, None]
    move = np.zeros((int(width.sum()), 2))
    move[np.repeat(free[owner], width)] = solved
    handles = chain.handles.copy()
    handles[curved] += move[slot[curved, 1:3]]
    return align_joints(replace(chain, anchors=chain.anchors + move[slot[:, 0]], handles=handles))
