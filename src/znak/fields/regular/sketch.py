"""Closed polylines → loops as a designer would draw them, all loops of a mark together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from znak.fields.contour import shoelace
from znak.fields.outline import Loop, Points
from znak.fields.regular.equalise import align_lines, share
from znak.fields.regular.joints import build, circle, join
from znak.fields.regular.merging import fuse, merge
from znak.fields.regular.pieces import (
    ARC,
    STEP,
    Floats,
    Piece,
    Price,
    Spans,
    cut,
    fit,
    fit_circle,
    measure,
    resample,
)
from znak.fields.regular.primitives import find_primitives
from znak.fields.regular.rounding import (
    Corner,
    find_corners,
    pool,
    restore_corners,
    round_corners,
)

Indices = NDArray[np.int64]

_EQUAL = 1.0
"""Share of the tolerance by which near-equal offsets, distances and radii may differ."""
_SURE, _LEAST = 0.3, 0.4
"""Tolerance that even small and thin loops take, field px, and share of a mark's that they take."""
_SIZE, _DEPTH = 0.045, 0.13
"""Shares of a loop's size and depth (`most_of`) by which it may stray at most."""
_SHARES = (0.7, 0.45, 0.3)
"""Shares of the tolerance tried in turn where a loop leaves its points too far."""
_MISSED, _BEYOND, _RELAXED = 1.5, 2.8, 1.7
"""How far points may lie from their loop, and the loop (sharp corners) from them, in tolerances;
`_RELAXED` times that is let pass when nothing better is found."""


@dataclass
class _Sketch:
    """One loop on its way: its points, and the circle or the pieces found."""

    points: Points
    tolerance: float
    ring: tuple[Floats, float] | None = None
    pieces: list[Piece] = field(default_factory=list)
    corners: list[Corner] = field(default_factory=list)

    @cached_property
    def spans(self) -> Spans:
        """The errors of all stretches, which serve every tolerance that is tried."""
        return measure(self.points)


def draw(
    lines: Sequence[Points], tolerance: float, *, blur: float, primitives: bool = False
) -> list[Loop | None]:
    """Return the loop that a designer would draw for each closed polyline, None where none fits.

    `tolerance` is how far a loop may stray, `blur` the standard deviation of the blur that has
    rounded the corners; both in field px. With `primitives` small loops become circles, bars and
    the like where they nearly are.
    """
    sketches = []
    for line in lines:
        points = resample(line)
        within = min(tolerance, max(most_of(points), _SURE, _LEAST * tolerance))
        sketch = _Sketch(points, within, fit_ring(points, within))
        if sketch.ring is None:
            sketch.pieces = _pieces(sketch, within)
        sketches.append(sketch)
    _share_rings([s for s in sketches if s.ring is not None], _EQUAL * tolerance)
    align_lines([p for s in sketches for p in s.pieces], _EQUAL * tolerance)
    for sketch in sketches:
        sketch.pieces = fuse(sketch.pieces, sketch.points)
        sketch.corners = find_corners(sketch.pieces, sketch.points, blur=blur)
    shared = pool([corner for sketch in sketches for corner in sketch.corners])
    loops = [_loop(sketch, shared, blur) for sketch in sketches]
    if primitives:
        open_ = [k for k, loop in enumerate(loops) if not _is_plain(loop, sketches[k])]
        centres = [s.ring[0] for s in sketches if s.ring is not None]
        rest = [sketches[k].points for k in open_]
        found = find_primitives(rest, _EQUAL * tolerance, centres=centres)
        for k, primitive in zip(open_, found, strict=True):
            loops[k] = primitive or loops[k]
    return loops


def _is_plain(loop: Loop | None, sketch: _Sketch) -> bool:
    """Return whether a loop is as simple as can be: a circle, a triangle or four straight sides."""
    if sketch.ring is not None:
        return True
    return loop is not None and len(loop) <= 4 and bool(loop.straight.all())


def most_of(points: Points) -> float:
    """Return how far a loop may stray from its points without losing its form, field px.

    Its size is the square root of its area, its depth twice its area over its length: a disc's
    radius, a long bar's width.
    """
    area = abs(shoelace(points))
    return float(min(_SIZE * area**0.5, _DEPTH * 2 * area / (len(points) * STEP)))


def _pieces(sketch: _Sketch, tolerance: float) -> list[Piece]:
    points, price = sketch.points, Price(noise=0.5 * tolerance)
    pieces = cut(points, price, sketch.spans)
    if len(pieces) < 2:
        return []
    pieces = merge(pieces, points, price, tolerance=tolerance)
    return restore_corners(pieces, points, price, tolerance=tolerance)


def _share_rings(sketches: list[_Sketch], slack: float) -> None:
    """Give near-equal circles one radius and their centres shared rows and columns, in place."""
    rings = [s.ring for s in sketches if s.ring is not None]
    if len(rings) < 2:
        return
    centres = np.array([ring[0] for ring in rings])
    radii = np.array([ring[1] for ring in rings])
    x, y = (share(centres[:, k], radii, slack) for k in range(2))
    equal = share(radii, radii, slack)
    for k, sketch in enumerate(sketches):
        sketch.ring = (np.array([x[k], y[k]]), float(equal[k]))


def _loop(sketch: _Sketch, shared: dict[bool, float], blur: float) -> Loop | None:
    if sketch.ring is not None:
        centre, radius = sketch.ring
        return circle(centre, radius, clockwise=shoelace(sketch.points) > 0)
    points, pieces, corners = sketch.points, sketch.pieces, sketch.corners
    tolerance = sketch.tolerance
    best: tuple[int, Loop] | None = None
    for part in (*_SHARES, 0.0):
        rounded = round_corners(pieces, corners, shared)
        astray = np.arange(len(points))
        if len(rounded) > 1:
            loop = build(rounded, join(rounded, points))
            astray = stray_points(loop, points, tolerance)
            if len(astray) == 0:
                return loop
            if best is None or len(astray) < best[0]:
                best = (len(astray), loop)
        if part == 0.0:
            break
        pieces = patch(pieces, _pieces(sketch, tolerance * part), points, astray, tolerance * part)
        corners = find_corners(pieces, points, blur=blur)
    if best is not None and len(stray_points(best[1], points, _RELAXED * tolerance)) == 0:
        return best[1]
    return None


def patch(
    coarse: list[Piece], fine: list[Piece], points: Points, astray: Indices, tolerance: float
) -> list[Piece]:
    """Return the chain `coarse` with `fine` in place of the pieces that points `astray` belong to."""
    n = len(points)
    far = np.zeros(n, dtype=bool)
    far[astray] = True
    bad = [bool(far[np.arange(p.start - 2, p.end + 3) % n].any()) for p in coarse]
    if all(bad) or not fine:
        return fine
    first = bad.index(False)
    order = [(first + i) % len(coarse) for i in range(len(coarse))]
    price = Price(noise=0.5 * tolerance)
    out: list[Piece] = []
    run: list[Piece] = []
    for k in [*order, first]:
        if bad[k]:
            run.append(coarse[k])
            continue
        if run:
            out += _clipped(fine, points, run[0].start, run[-1].end, price)
            run = []
        out.append(coarse[k])
    return out[:-1]


def _clipped(fine: list[Piece], points: Points, start: int, end: int, price: Price) -> list[Piece]:
    """Return the pieces of `fine` between points `start` and `end`, the ends fitted again."""
    n = len(points)
    if end <= start:
        end += n
    inner = sorted({start + (p.start - start) % n for p in fine})
    breaks = [start, *(b for b in inner if start + 2 < b < end - 2), end]
    pieces = []
    for a, b in pairwise(breaks):
        middle = (a + b) // 2
        kind = next((p.kind for p in fine if (middle - p.start) % n < p.end - p.start), ARC)
        pieces.append(fit(points, a, b, price, kind))
    return pieces


def fit_ring(points: Points, tolerance: float) -> tuple[Floats, float] | None:
    """Return centre and radius of the circle through `points` when all lie near enough to it."""
    middle = points.mean(axis=0)
    centre, radius = fit_circle(points - middle)
    away = np.abs(np.hypot(*(points - middle - centre).T) - radius)
    most = min(1.2 * tolerance, max(0.14 * radius, 0.45 * tolerance))
    if away.max() > most or np.sqrt((away**2).mean()) > 0.6 * tolerance:
        return None
    return middle + centre, radius


def stray_points(loop: Loop, points: Points, tolerance: float) -> Indices:
    """Return the points that the loop leaves too far, or that are nearest to where it strays.

    All of them when the loop's area is wrong.
    """
    drawn = resample(loop.flatten(8), step=0.6).astype(np.float32)
    x, y = points.astype(np.float32).T
    gap = (drawn[:, :1] - x) ** 2 + (drawn[:, 1:] - y) ** 2
    missed = np.flatnonzero(gap.min(axis=0) > (_MISSED * tolerance) ** 2)
    nearest = gap.argmin(axis=1)[gap.min(axis=1) > (_BEYOND * tolerance) ** 2]
    astray = np.union1d(missed, nearest)
    area = shoelace(points)
    wrong = abs(loop.area - area) > 0.25 * tolerance * len(points) * STEP or loop.area * area <= 0
    return np.arange(len(points)) if wrong and len(astray) == 0 else astray
