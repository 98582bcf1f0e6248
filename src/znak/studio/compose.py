"""Two things in one mark, and a mark in a shape: design by the field algebra.

Each way returns a field, or None where the things don't fit it. Lengths are field px.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from znak.brand.letters import letters_field
from znak.engine.originality import ink_box, sampling_matrix
from znak.errors import FieldError, InputError
from znak.fields import Field, algebra, shapes
from znak.fields.contour import shoelace, zero_lines
from znak.fields.sdf import INK, SIZE, signed_distance

Way = Callable[..., Field | None]
_MIDDLE = SIZE / 2
_ROOM = 8.0
"""Least radius of a place that takes another mark."""

SHAPES: dict[str, Callable[[], Field]] = {
    "disc": lambda: shapes.disc(radius=29),
    "tile": lambda: shapes.rectangle(width=57, height=57, corner=13),
    "shield": shapes.shield,
    "hexagon": lambda: shapes.regular(6, radius=30),
    "diamond": lambda: shapes.regular(4, radius=31),
    "triangle": lambda: shapes.regular(3, radius=31, centre=(_MIDDLE, 36)),
    "ring": lambda: algebra.outline(shapes.disc(radius=29), width=3.4, place=-1.0),
    "frame": lambda: algebra.outline(
        shapes.rectangle(width=57, height=57, corner=9), width=3.4, place=-1.0
    ),
}
_HELD: dict[str, tuple[float, float, float]] = {
    "disc": (_MIDDLE, _MIDDLE, 22.0),
    "tile": (_MIDDLE, _MIDDLE, 24.5),
    "shield": (_MIDDLE, 29.5, 20.5),
    "hexagon": (_MIDDLE, _MIDDLE, 21.0),
    "diamond": (_MIDDLE, _MIDDLE, 15.5),
    "triangle": (_MIDDLE, 38.5, 11.5),
    "ring": (_MIDDLE, _MIDDLE, 21.0),
    "frame": (_MIDDLE, _MIDDLE, 23.5),
}
"""Centre and radius of what each shape holds."""


@dataclass(frozen=True, eq=False)
class Composite:
    """A composed mark, the way it was composed, and what draws it with more care."""

    field: Field
    way: str
    exact: Callable[[], Field | None]


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


def hold(field: Field, shape: str, *, exact: bool = True) -> Field | None:
    """Return the mark cut out of a shape, or standing in a ring or frame."""
    x, y, radius = _HELD[shape]
    inner = fit(field, centre=(x, y), radius=radius, exact=exact)
    if inner is None:
        return None
    outer = SHAPES[shape]()
    if shape in ("ring", "frame"):
        return algebra.union(outer, inner)
    return algebra.subtract(outer, inner)


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
    left = _MIDDLE - (sum(widths) + gap) / 2
    first = fit_box(
        a, centre=(left + widths[0] / 2, _MIDDLE), width=widths[0], height=height, exact=exact
    )
    second = fit_box(
        b,
        centre=(left + widths[0] + gap + widths[1] / 2, _MIDDLE),
        width=widths[1],
        height=height,
        exact=exact,
    )
    return None if first is None or second is None else algebra.union(first, second)


def above(a: Field, b: Field, *, exact: bool = True) -> Field | None:
    """Return `a` standing on `b`, centred."""
    boxes = [ink_box(a), ink_box(b)]
    if boxes[0] is None or boxes[1] is None:
        return None
    ratios = [(box[3] - box[1]) / max(box[2] - box[0], 1) for box in boxes if box is not None]
    gap, width = 3.2, 46.0
    heights = [min(ratio * width, 32.0) for ratio in ratios]
    if min(heights) < 9:
        return None
    top = _MIDDLE - (sum(heights) + gap) / 2
    if top < 2:
        shrink = (60 - gap) / sum(heights)
        heights = [h * shrink for h in heights]
        top = 2.0
    first = fit_box(
        a, centre=(_MIDDLE, top + heights[0] / 2), width=width, height=heights[0], exact=exact
    )
    second = fit_box(
        b,
        centre=(_MIDDLE, top + heights[0] + gap + heights[1] / 2),
        width=width,
        height=heights[1],
        exact=exact,
    )
    return None if first is None or second is None else algebra.union(first, second)


def negative(a: Field, b: Field, *, exact: bool = True) -> Field | None:
    """Return `b` cut out of the widest place inside `a`, or None where `a` has none."""
    solid = fill(a)
    place = widest(solid)
    if place is None or place[2] < _ROOM + 1.5:
        return None
    inner = fit(b, centre=place[:2], radius=place[2] - 2.2, exact=exact)
    return None if inner is None else algebra.subtract(solid, inner)


def nested(a: Field, b: Field, *, exact: bool = True) -> Field | None:
    """Return `b` standing in the widest hole of `a`, or None where no hole is wide enough."""
    holes = algebra.intersection(fill(a), algebra.complement(a))
    place = widest(holes)
    if place is None or place[2] < _ROOM:
        return None
    inner = fit(b, centre=place[:2], radius=place[2] - 2.4, exact=exact)
    return None if inner is None else algebra.union(a, inner)


def lettered(letter: str, mark: Field) -> Field | None:
    """Return the mark in the counter of a letter, or the letter cut out of the mark."""
    try:
        large = letters_field(letter, ink=INK)
    except InputError:
        return None
    inside = nested(large, mark)
    return inside if inside is not None else negative(mark, large)


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


def combine(
    a: Field, b: Field, *, relation: str | None, shape: str | None, turn: int, badge: bool = False
) -> Iterator[Composite]:
    """Yield the ways that work to bring `a` and `b` into one mark.

    `relation` is how `b` stands to `a` in the prompt; `shape` the container that was asked for;
    `badge` asks for any; `turn` varies it.
    """
    held = shape or ("disc", "tile", "shield")[turn % 3]
    ways: list[tuple[str, Way, Field, Field]] = []
    if shape is None and not badge:
        if relation in ("inside", "shape"):
            ways += [("cut out", negative, b, a), ("inside", nested, b, a)]
        ways += [("cut out", negative, a, b), ("inside", nested, a, b)]
        if relation in ("on", "over"):
            ways.append(("above", above, a, b))
        elif relation == "under":
            ways.append(("above", above, b, a))
        ways.append(("beside", beside, a, b))
    ways.append((f"in a {held}", partial(_hold_both, shape=held), a, b))
    for name, way, one, two in ways:
        try:
            found = way(one, two, exact=False)
        except FieldError:
            continue
        if found is not None:
            yield Composite(found, name, partial(way, one, two, exact=True))


def _hold_both(a: Field, b: Field, *, shape: str, exact: bool = True) -> Field | None:
    found = [way(a, b, exact=exact) for way in (above, beside)]
    both = max((f for f in found if f is not None), key=_fullness, default=None)
    return None if both is None else hold(both, shape, exact=exact)


def _fullness(field: Field) -> float:
    """Return the share of the circle around a mark that it covers: more stays larger in a badge."""
    box = ink_box(field)
    if box is None:
        return 0.0
    radius = math.hypot(box[2] - box[0], box[3] - box[1]) / 2
    return float((field > 0).sum()) / (math.pi * radius * radius)
