"""Marks moved, scaled and put into one another's places: the building blocks of composed marks.

Lengths are field px. A function returns None where a mark has no ink or no place is wide enough.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from znak.fields import algebra
from znak.fields.contour import shoelace, zero_lines
from znak.fields.measure import occupancy
from znak.fields.outline import Outline
from znak.fields.sdf import INK, SIZE, Field, signed_distance

Floats = NDArray[np.float32]
ROOM = 8.0
"""Least radius of a place that takes another mark."""


@dataclass(frozen=True, eq=False)
class Composite:
    """A composed mark, the way it was composed, and what draws it with more care.

    `mend` puts exact shapes in place of what the tracer made of them.
    """

    field: Field
    way: str
    exact: Callable[[], Field | None]
    mend: Callable[[Outline], Outline] | None = None


def ink_box(field: Floats) -> tuple[float, float, float, float] | None:
    """Return left, top, right, bottom of the ink in px, None where there is none."""
    cover = occupancy(field)
    xs, ys = cover.max(axis=0), cover.max(axis=1)
    columns, rows = np.flatnonzero(xs > 0.1), np.flatnonzero(ys > 0.1)
    if len(columns) == 0 or len(rows) == 0:
        return None
    return (
        float(columns[0] + 1 - xs[columns[0]]),
        float(rows[0] + 1 - ys[rows[0]]),
        float(columns[-1] + xs[columns[-1]]),
        float(rows[-1] + ys[rows[-1]]),
    )


def sampling_matrix(places: NDArray[np.floating]) -> Floats:
    """Return the (64, 64) matrix that samples a line at `places`, ends repeated."""
    p = np.clip(places, 0, SIZE - 1)
    low = np.minimum(p.astype(int), SIZE - 2)
    matrix = np.zeros((SIZE, SIZE), np.float32)
    rows = np.arange(SIZE)
    matrix[rows, low] = 1 - (p - low)
    matrix[rows, low + 1] += (p - low).astype(np.float32)
    return matrix


def fit(
    field: Field, *, centre: tuple[float, float], radius: float, exact: bool = True
) -> Field | None:
    """Return the mark scaled into a circle; None for an empty mark.

    What counts is the farthest point of the outline from the middle of its box.
    """
    lines = zero_lines(field, upsample=1)
    if not lines:
        return None
    points = np.concatenate(lines)
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    reach = float(np.hypot(*(points - middle).T).max())
    return None if reach < 2 else move(field, middle, radius / reach, centre, exact=exact)


def fit_box(
    field: Field,
    *,
    centre: tuple[float, float],
    width: float,
    height: float,
    exact: bool = True,
) -> Field | None:
    """Return the mark scaled into a box; None for an empty mark."""
    box = ink_box(field)
    if box is None or min(box[2] - box[0], box[3] - box[1]) < 2:
        return None
    scale = min(width / (box[2] - box[0]), height / (box[3] - box[1]))
    middle = np.array([(box[0] + box[2]) / 2, (box[1] + box[3]) / 2])
    return move(field, middle, scale, centre, exact=exact)


def move(
    field: Field,
    middle: NDArray[np.float64],
    scale: float,
    centre: tuple[float, float],
    *,
    exact: bool,
) -> Field:
    """Return the mark scaled about `middle`, which comes to `centre`.

    Through the outline when `exact`; else by sampling the field, which is quicker, softens corners
    and leaves distances far from the outline short.
    """
    if exact:
        lines = zero_lines(field, upsample=2)
        return signed_distance([(line - middle) * scale + np.asarray(centre) for line in lines])
    at = np.arange(SIZE) + 0.5
    columns, rows = (sampling_matrix((at - centre[k]) / scale + middle[k] - 0.5) for k in range(2))
    return np.asarray(np.clip(rows @ field @ columns.T * np.float32(scale), -1, 1), np.float32)


def negative(a: Field, b: Field, *, exact: bool = True) -> Field | None:
    """Return `b` cut out of the widest place inside `a`, or None where `a` has none."""
    solid = fill(a)
    place = widest(solid)
    if place is None or place[2] < ROOM + 1.5:
        return None
    inner = fit(b, centre=place[:2], radius=place[2] - 2.2, exact=exact)
    return None if inner is None else algebra.subtract(solid, inner)


def nested(a: Field, b: Field, *, room: float = ROOM, exact: bool = True) -> Field | None:
    """Return `b` standing in the widest hole of `a`, or None where none has the radius `room`."""
    holes = algebra.intersection(fill(a), algebra.complement(a))
    place = widest(holes)
    if place is None or place[2] < room:
        return None
    inner = fit(b, centre=place[:2], radius=place[2] - 2.4, exact=exact)
    return None if inner is None else algebra.union(a, inner)


def beside(a: Field, b: Field, *, exact: bool = True) -> Field | None:
    """Return the two side by side at equal height, or None where one would get tiny."""
    boxes = [ink_box(a), ink_box(b)]
    if boxes[0] is None or boxes[1] is None:
        return None
    ratios = [(box[2] - box[0]) / max(box[3] - box[1], 1) for box in boxes if box is not None]
    gap = 3.6
    height = min((INK + 2 - gap) / sum(ratios), 46.0)
    if height < 18 or not 0.3 < ratios[0] / ratios[1] < 3.3:
        return None
    widths = [ratio * height for ratio in ratios]
    left = SIZE / 2 - (sum(widths) + gap) / 2
    first = fit_box(
        a, centre=(left + widths[0] / 2, SIZE / 2), width=widths[0], height=height, exact=exact
    )
    second = fit_box(
        b,
        centre=(left + widths[0] + gap + widths[1] / 2, SIZE / 2),
        width=widths[1],
        height=height,
        exact=exact,
    )
    return None if first is None or second is None else algebra.union(first, second)


def fill(field: Field) -> Field:
    """Return the mark without its holes."""
    lines = [line for line in zero_lines(field, upsample=1) if shoelace(line) > 0]
    return signed_distance(_outermost(lines))


def _outermost(lines: list[NDArray[np.float64]]) -> list[NDArray[np.float64]]:
    """Return the loops that lie in no other's box: parts inside a filled hole would cut it again."""
    boxes = [(line.min(axis=0), line.max(axis=0)) for line in lines]
    return [
        line
        for k, line in enumerate(lines)
        if not any(
            j != k and (low < boxes[k][0]).all() and (high > boxes[k][1]).all()
            for j, (low, high) in enumerate(boxes)
        )
    ]


def widest(field: Field) -> tuple[float, float, float] | None:
    """Return x, y and radius of the largest circle inside `field`, None for an empty field."""
    inside = np.argwhere(field > 0)
    lines = zero_lines(field, upsample=1)
    if len(inside) == 0 or not lines:
        return None
    points = np.concatenate([_dense(line) for line in lines])
    centres = inside[:, ::-1] + 0.5
    gaps = np.concatenate(
        [
            ((centres[low : low + 512, None] - points[None]) ** 2).sum(axis=2).min(axis=1)
            for low in range(0, len(centres), 512)
        ]
    )
    radius = np.sqrt(gaps)
    # of places about as wide the one nearest to the middle
    off = np.hypot(*(centres - centres.mean(axis=0)).T)
    at = int(np.where(radius > radius.max() - 0.4, off, np.inf).argmin())
    return float(centres[at, 0]), float(centres[at, 1]), float(radius[at])


def _dense(line: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return points along a closed polyline, at most about a px apart."""
    closed = np.concatenate([line, line[:1]])
    parts = []
    for a, b in pairwise(closed):
        n = max(1, math.ceil(float(np.hypot(*(b - a)))))
        parts.append(a + (b - a) * (np.arange(n) / n)[:, None])
    return np.concatenate(parts)
