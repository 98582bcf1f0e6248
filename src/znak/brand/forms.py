"""Ways to draw one mark: solid, outlined, knocked out, counterchanged, striped, two-tone.

By the field algebra, then traced. A way returns parts, each an outline with its role; a way that
doesn't suit the mark (an outline of thin strokes) falls back to solid.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from znak.errors import FieldError, InputError
from znak.fields import Field, algebra, field_of_outline, measure, redistance, shapes, trace
from znak.fields.outline import Loop, Outline
from znak.fields.sdf import signed_distance

FORMS = (
    "solid", "outline", "disc", "tile", "shield", "hexagon", "counterchange", "stripes", "two-tone",
)  # fmt: skip
_HOLDERS: dict[str, tuple[Callable[[], Field], float]] = {
    "disc": (lambda: shapes.disc(radius=30), 21.5),
    "tile": (lambda: shapes.rectangle(width=58, height=58, corner=14), 24.0),
    "shield": (lambda: shapes.shield(width=54, height=60), 19.0),
    "hexagon": (lambda: shapes.regular(6, radius=31), 21.5),
}


@dataclass(frozen=True, eq=False)
class Part:
    """An outline in field px and the role it is painted in."""

    outline: Outline
    role: str


def draw_form(outline: Outline, form: str) -> tuple[tuple[Part, ...], str]:
    """Return the parts of a mark drawn in `form`, and the form that was in fact used."""
    if form not in FORMS:
        raise InputError(
            f"no form of mark is called {form!r}: choose from {', '.join(FORMS)}",
            ru=f"Нет вида знака {form!r}: выберите из {', '.join(FORMS)}",
        )
    try:
        parts = _draw(outline, form)
    except FieldError:
        parts = None
    return (parts, form) if parts else ((Part(outline, "mark"),), "solid")


def _draw(outline: Outline, form: str) -> tuple[Part, ...] | None:
    if form == "solid":
        return None
    if form == "two-tone":
        return two_tone(outline)
    field = field_of_outline(outline)
    if form == "outline":
        if measure(field).thickness < 11:
            return None
        return _one(algebra.outline(redistance(algebra.offset(field, 0.6)), width=2.6, place=-1.0))
    if form == "stripes":
        if measure(field).thickness < 9:
            return None
        lower = algebra.intersection(field, algebra.half_plane(angle=-90, position=2.0))
        cut = algebra.stripes(lower, period=6.0, width=3.7, angle=90.0)
        keep = algebra.intersection(field, algebra.half_plane(angle=90, position=-3.15))
        return _one(algebra.union(cut, keep))
    if form == "counterchange":
        inner = _inside(outline, 23.0, 32.0)
        disc = shapes.disc(radius=30)
        half = algebra.half_plane(angle=180, position=0.0)
        light = algebra.intersection(algebra.subtract(disc, inner), half)
        dark = algebra.subtract(algebra.intersection(inner, disc), half)
        return _one(algebra.union(light, dark))
    holder, radius = _HOLDERS[form]
    middle = 29.5 if form == "shield" else 32.0
    held = Outline(
        (*trace(holder()).loops, *(lp.reverse() for lp in fit(outline, radius, middle).loops))
    )
    return (Part(held, "mark"),)


def _one(field: Field) -> tuple[Part, ...]:
    return (Part(trace(field), "mark"),)


def fit(outline: Outline, radius: float, y: float) -> Outline:
    """Return the outline scaled into a circle about (32, y)."""
    points = np.concatenate(outline.flatten(8))
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    scale = radius / max(float(np.hypot(*(points - middle).T).max()), 1e-6)
    dx, dy = np.array([32.0, y]) - middle * scale
    return outline.transform(np.array([[scale, 0, dx], [0, scale, dy]]))


def _inside(outline: Outline, radius: float, y: float) -> Field:
    return signed_distance(fit(outline, radius, y).flatten())


def two_tone(outline: Outline) -> tuple[Part, ...] | None:
    """Return the mark in two colours: its smaller parts in the accent, or its lower right half."""
    groups = parts_of(outline)
    areas = [sum(loop.area for loop in group) for group in groups]
    total = sum(areas)
    if len(groups) > 1:
        order = sorted(range(len(groups)), key=lambda k: (areas[k], k))
        chosen: list[int] = []
        for k in order:
            if sum(areas[j] for j in chosen) + areas[k] <= 0.42 * total:
                chosen.append(k)
        if sum(areas[k] for k in chosen) > 0.06 * total:
            accent = [loop for k in chosen for loop in groups[k]]
            rest = [lp for k, g in enumerate(groups) if k not in chosen for lp in g]
            return Part(Outline(tuple(rest)), "mark"), Part(Outline(tuple(accent)), "accent")
    field = field_of_outline(outline)
    symmetric = measure(field).symmetry > 0.9
    _, second = algebra.split(field, angle=0.0 if symmetric else 40.0, gap=0.0)
    # the half lies on the whole mark: no seam shows between them, and none in one colour
    return Part(outline, "mark"), Part(trace(second), "accent")


def parts_of(outline: Outline) -> list[list[Loop]]:
    """Return the outline's separate parts: an outer loop with the holes that lie in it."""
    outer = [loop for loop in outline.loops if loop.area > 0]
    groups = [[loop] for loop in outer]
    flats = [loop.flatten(6) for loop in outer]
    for hole in outline.loops:
        if hole.area > 0:
            continue
        point = hole.anchors[0]
        owners = [k for k, flat in enumerate(flats) if _holds(flat, point)]
        if owners:
            groups[min(owners, key=lambda k: outer[k].area)].append(hole)
    return groups


def _holds(ring: NDArray[np.float64], point: NDArray[np.float64]) -> bool:
    a, b = ring, np.roll(ring, -1, axis=0)
    above = (a[:, 1] <= point[1]) != (b[:, 1] <= point[1])
    a, b = a[above], b[above]
    x = a[:, 0] + (point[1] - a[:, 1]) * (b[:, 0] - a[:, 0]) / (b[:, 1] - a[:, 1])
    return bool((x > point[0]).sum() % 2)
