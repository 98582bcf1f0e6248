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

from fontTools.ttLib import TTFont

from znak.brand.letters import letters_field
from znak.errors import FieldError, InputError
from znak.fields import Field, algebra
from znak.fields.placing import Composite, beside, fit_box, negative, nested
from znak.fields.sdf import redistance

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
        if found is not None:
            yield Composite(found, name, partial(way, exact=True))


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


def _grown(field: Field) -> Field:
    return algebra.offset(redistance(field), _GAP)
