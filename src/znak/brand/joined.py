"""A letter joined with a thing in one mark, by the field algebra.

    for joined in join("M", mountain):
        joined.field, joined.way

The thing stands in the letter's counter, the letter is cut out of the thing, the thing stands before
the letter with a gap around it, or both stand side by side.
"""

from __future__ import annotations

import importlib.resources
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path

import numpy as np
from fontTools.ttLib import TTFont

from znak.brand.fonts import packaged
from znak.brand.lettering import bounds, set_line
from znak.brand.letters import letters_field
from znak.errors import FieldError, InputError
from znak.fields import Field, Loop, Outline, algebra
from znak.fields.contour import zero_lines
from znak.fields.placing import (
    Composite,
    beside,
    fill,
    fit_box,
    ink_box,
    negative,
    nested,
    widest,
)
from znak.fields.sdf import redistance

Box = tuple[float, float, float, float]
_GAP = 2.4
"""Space between a thing and the letter behind it, field px."""
_PLACES = ((45.0, 45.0), (32.0, 46.0), (45.0, 19.0), (19.0, 45.0), (32.0, 32.0))
_ROOM = 11.5
"""Least radius of a letter's counter that takes a thing."""
_KEPT = 0.64
"""Least share of a letter that must stay in sight."""


@cache
def heavy_font() -> TTFont:
    """Return Manrope ExtraBold: letters that hold their own beside a solid thing."""
    folder = Path(str(importlib.resources.files("font_manrope"))) / "files"
    return TTFont(folder / "Manrope-ExtraBold.ttf")


def join(letters: str, thing: Field) -> Iterator[Composite]:
    """Yield the ways that work to bring one to three letters and a thing into one mark.

    Raises InputError for a letter that can't be drawn.
    """
    large = letters_field(letters, ink=56.0, font=heavy_font())
    ways: list[tuple[str, Callable[..., Field | None]]] = []
    if len(letters) == 1:
        ways = [
            ("in the letter", partial(nested, large, thing, room=_ROOM)),
            ("letter cut out", partial(negative, thing, large)),
        ]
    ways += [
        ("before the letter", partial(before, large, thing)),
        ("beside the letter", partial(beside, large, thing)),
    ]
    for name, way in ways:
        try:
            found = way(exact=False)
        except FieldError:
            continue
        if found is None:
            continue
        box = None
        if name == "letter cut out":
            box = _cut_box(large, thing)
        elif name == "beside the letter" and len(letters) == 1:
            box = _left_box(found)
        mend = None if box is None else partial(_set_letter, letters=letters, box=box)
        yield Composite(found, name, partial(way, exact=True), mend)


def lettered(letters: str, thing: Field) -> Field | None:
    """Return the first way that works, None where none does."""
    try:
        return next((joined.field for joined in join(letters, thing)), None)
    except InputError:
        return None


def before(letter: Field, thing: Field, *, exact: bool = True) -> Field | None:
    """Return the thing standing before a part of the letter, a gap around it.

    Of the places that leave the letter to be read the one is taken where the two overlap most: apart
    they would be two marks.
    """
    ink = float((letter > 0).sum())
    best: tuple[float, tuple[float, float]] | None = None
    size = 35.0
    for centre in _PLACES:
        small = fit_box(thing, centre=centre, width=size, height=size, exact=False)
        if small is None:
            return None
        kept = float(((letter > 0) & ~(_grown(small) > 0)).sum()) / ink
        over = float(((letter > 0) & (small > 0)).sum()) / max(float((small > 0).sum()), 1.0)
        if kept >= _KEPT and over > 0.15 and (best is None or over > best[0] + 0.02):
            best = (over, centre)
    if best is None:
        return None
    small = fit_box(thing, centre=best[1], width=size, height=size, exact=exact)
    return None if small is None else algebra.union(algebra.subtract(letter, _grown(small)), small)


def _cut_box(letter: Field, thing: Field) -> Box | None:
    """Return where `negative` puts the letter."""
    place, box = widest(fill(thing)), ink_box(letter)
    if place is None or box is None:
        return None
    half = (np.array(box[2:]) - np.array(box[:2])) / 2
    points = np.concatenate(zero_lines(letter, upsample=1))
    reach = float(np.hypot(*(points - (np.array(box[:2]) + half)).T).max())
    x, y = half * (place[2] - 2.2) / reach
    return place[0] - x, place[1] - y, place[0] + x, place[1] + y


def _left_box(joined: Field) -> Box | None:
    """Return the box of what stands left of the widest empty column near the letter."""
    columns = np.flatnonzero((joined > 0).any(axis=0))
    gaps = np.flatnonzero(np.diff(columns) > 1)
    if len(gaps) != 1:
        return None
    left = np.full_like(joined, -1.0)
    end = int(columns[gaps[0]]) + 2
    left[:, :end] = joined[:, :end]
    return ink_box(left)


def _set_letter(outline: Outline, *, letters: str, box: Box) -> Outline:
    """Return the outline with the font's own letter in place of the traced one in `box`."""
    low, high = np.array(box[:2]) - 1.5, np.array(box[2:]) + 1.5
    kept: list[Loop] = []
    traced: list[Loop] = []
    for loop in outline.loops:
        points = loop.flatten(4)
        inside = bool((points > low).all() and (points < high).all())
        (traced if inside else kept).append(loop)
    if not traced or not kept:
        return outline
    font = packaged("font_manrope", "Manrope-ExtraBold.ttf", "Manrope", "ExtraBold", "OFL-1.1")
    glyph = set_line(letters, font).outline
    left, top, right, bottom = bounds(glyph)
    scale = ((box[2] - box[0]) / (right - left) + (box[3] - box[1]) / (bottom - top)) / 2
    x = (box[0] + box[2]) / 2 - scale * (left + right) / 2
    y = (box[1] + box[3]) / 2 - scale * (top + bottom) / 2
    drawn = glyph.transform(np.array([[scale, 0.0, x], [0.0, scale, y]]))
    cut = max(traced, key=lambda loop: abs(loop.area)).area < 0
    return Outline((*kept, *(loop.reverse() if cut else loop for loop in drawn.loops)))


def _grown(field: Field) -> Field:
    return algebra.offset(redistance(field), _GAP)
