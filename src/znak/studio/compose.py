"""Two things in one mark, and a mark in a shape: design by the field algebra.

Each way returns a field, or None where the things don't fit it. Lengths are field px.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial

from znak.brand.joined import join
from znak.errors import FieldError, InputError
from znak.fields import Field, algebra, shapes
from znak.fields.placing import (
    Composite,
    beside,
    fit,
    fit_box,
    ink_box,
    negative,
    nested,
)
from znak.fields.sdf import SIZE

Way = Callable[..., Field | None]
_MIDDLE = SIZE / 2

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


def combine_letters(letters: str, thing: Field, *, shape: str | None) -> Iterator[Composite]:
    """Yield the ways that work to bring letters and a thing into one mark, in a shape if asked.

    A letter that no font has gives none.
    """
    try:
        joined = list(join(letters, thing))
    except InputError:
        return
    for one in joined:
        if shape is None:
            yield one
            continue
        found = hold(one.field, shape, exact=False)
        if found is not None:
            yield Composite(found, f"{one.way}, in a {shape}", partial(_held_exactly, one, shape))


def _held_exactly(one: Composite, shape: str) -> Field | None:
    field = one.exact()
    return None if field is None else hold(field, shape)


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
