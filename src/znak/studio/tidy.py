"""Between a sampled field and a finished outline: mended, treated as the style asks, traced, framed.

What is ranked is mended quickly (`tidy`); only winners are regularised and traced (`draw`, `finish`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from znak.brief import Brief
from znak.engine.base import Floats
from znak.engine.cleanness import SPECK, faults, inspect
from znak.errors import FieldError
from znak.fields import Field, Outline, algebra, field_of_outline, trace
from znak.fields.mend import mend
from znak.fields.regular.cleaning import close_cracks, drop_specks
from znak.fields.regular.crossings import crossing_loops
from znak.fields.regularise import regularise, simplify, tolerance_of
from znak.fields.sdf import INK, SIZE, redistance
from znak.studio.compose import hold

_MENDED = 0.6
"""What the mending network in `regularise` leaves of the tolerance."""
_SKETCHED = 0.35
"""Tolerance that the smoothest of a model's fields asks for, field px."""
_CHORDS = (6, 10, 16)
"""Chords a curve is checked for crossings by: few miss shallow ones, many what all but touches."""
_BADGES = ("disc", "tile", "shield", "hexagon")


@dataclass(frozen=True, eq=False)
class Rough:
    """A field fit for ranking, and the tolerance that its first state asks of the tracer.

    `exact`, where given, draws the same mark with more care, for the tracer; `core` is what tells
    it from other marks in the same shape; `mend` puts exact shapes in place of traced ones. `ready` is
    the field as it is to be drawn, and `mended` what the mending network makes of that. A `timid`
    mark is regularised, not simplified.
    """

    field: Field
    tolerance: float
    exact: Callable[[], Field | None] | None = None
    core: Field | None = None
    mend: Callable[[Outline], Outline] | None = None
    ready: Field | None = None
    mended: Field | None = None
    timid: bool = False


def tidy(field: Floats, *, sketched: bool = True) -> Rough | None:
    """Return a field without specks and cracks; None for a field without ink.

    `sketched` fields come from a model, which wobbles where it is smooth too; others may be clean.
    """
    values = np.asarray(np.clip(field, -1, 1), np.float32)
    tolerance = max(tolerance_of(values), _SKETCHED if sketched else 0.0)
    if tolerance > 0:
        values = close_cracks(values)
    values = drop_specks(values, SPECK + 1)
    return Rough(values, tolerance) if (values > 0).any() else None


def settle(field: Field) -> Field:
    """Return a composed field without what has become a speck."""
    return drop_specks(field, SPECK + 1)


def treat(rough: Rough, brief: Brief, turn: int) -> tuple[Rough, str]:
    """Return the mark in the style that the brief asks for, and the name of what was done."""
    field, way = rough.field, "direct"
    try:
        if "line" in brief.style:
            line = algebra.outline(redistance(field), width=3.8, place=-1.0)
            field, way = settle(line), "outline"
        elif {"rounded", "cute"} & set(brief.style):
            field = settle(algebra.rounded(field, radius=1.2))
    except FieldError:
        return rough, "direct"
    treated = Rough(field, rough.tolerance)
    if brief.layout == "badge" or "negative space" in brief.style:
        shape = _BADGES[turn % len(_BADGES)]
        held = hold_rough(treated, shape)
        if held is not None:
            return held, f"in a {shape}"
    return treated, way


def hold_rough(rough: Rough, shape: str) -> Rough | None:
    """Return the mark cut out of a shape; None for an empty mark."""
    held = hold(rough.field, shape, exact=False)
    if held is None:
        return None

    def exact() -> Field | None:
        drawn = hold(rough.field, shape, exact=True)
        return None if drawn is None else settle(drawn)

    return Rough(settle(held), rough.tolerance * 0.7, exact, core=rough.field)


class Finished(NamedTuple):
    """A finished outline and its field."""

    outline: Outline
    field: Field


def prepare(rough: Rough) -> Rough:
    """Return the mark with all done that numpy does while other threads run; once is enough."""
    if rough.ready is not None:
        return rough
    field = rough.exact() if rough.exact is not None else None
    field = rough.field if field is None else field
    return replace(rough, ready=field, mended=mend(field) if rough.tolerance > 0 else None)


def finish_clean(rough: Rough) -> Finished | None:
    """Return the finished mark, more timidly regularised or only traced where that leaves a fault.

    None where each way leaves one: no outline, a crossing, or what `faults` names.
    """
    rough = prepare(rough)
    ways = (rough, replace(rough, timid=True), replace(rough, tolerance=0.0))
    for way in ways if rough.tolerance > 0 else ways[:1]:
        try:
            finished = finish(way)
        except FieldError:
            continue
        if is_clean(*finished):
            return finished
    return None


def is_clean(outline: Outline, field: Field) -> bool:
    """Say whether no loop of the outline crosses another or itself and its field has no fault."""
    if any(crossing_loops(outline.loops, steps=chords) for chords in _CHORDS):
        return False
    return not faults(inspect(field))


def finish(rough: Rough) -> Finished:
    """Return the finished mark: its outline framed, and without crumbs that hang on thin necks."""
    outline = frame(draw(rough))
    field = field_of_outline(outline)
    whole = drop_specks(field, SPECK + 1)
    if np.array_equal(whole > 0, field > 0):
        return Finished(outline, field)
    try:
        outline = _without_specks(trace(whole))
    except FieldError:
        return Finished(outline, field)
    return Finished(outline, field_of_outline(outline))


def draw(rough: Rough) -> Outline:
    """Return the outline where the mark was drawn: regularised, traced where that fails."""
    rough = prepare(rough)
    field = rough.field if rough.ready is None else rough.ready
    outline = trace(field) if rough.tolerance <= 0 else _regular(field, rough)
    return _without_specks(outline if rough.mend is None else rough.mend(outline))


def _without_specks(outline: Outline) -> Outline:
    """Return the outline without parts and holes that regularising has shrunk to specks."""
    points = np.concatenate(outline.flatten())
    scale = INK / max(float(np.ptp(points, axis=0).max()), 1e-6)
    kept = tuple(loop for loop in outline.loops if abs(loop.area) * scale**2 > SPECK + 1)
    return Outline(kept) if kept else outline


def _regular(field: Field, rough: Rough) -> Outline:
    try:
        way = regularise if rough.timid else simplify
        return way(field, tolerance=_MENDED * rough.tolerance, mended=rough.mended)
    except FieldError:
        return trace(field)


def frame(outline: Outline) -> Outline:
    """Return the outline centred on the canvas, its longest side 56 px."""
    points = np.concatenate(outline.flatten())
    low, high = points.min(axis=0), points.max(axis=0)
    side = float((high - low).max())
    if side <= 0:
        return outline
    scale = INK / side
    x, y = SIZE / 2 - scale * (low + high) / 2
    return outline.transform(np.array([[scale, 0.0, x], [0.0, scale, y]]))
