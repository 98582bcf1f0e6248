"""Monograms: one to three letters joined with a badge or a pattern by the field algebra."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable

from znak.brand.letters import letters_field
from znak.errors import InputError
from znak.fields import algebra, shapes
from znak.fields.regular.cleaning import drop_specks
from znak.fields.sdf import Field, redistance

MAX_LETTERS = 3
_BADGE_INK = 32.0

_BADGES: dict[str, Callable[[], Field]] = {
    "disc": shapes.disc,
    "tile": lambda: shapes.rectangle(corner=12),
    "shield": shapes.shield,
    "hexagon": lambda: shapes.regular(6, radius=30),
    "diamond": lambda: shapes.regular(4, radius=30),
}


def initials(name: str) -> str:
    """Return the one to three capital letters that stand for `name`.

    Raises InputError when the name has no letter or digit.
    """
    words = "".join(c if c.isalnum() else " " for c in unicodedata.normalize("NFC", name)).split()
    if not words:
        raise InputError(
            f"the name {name!r} has no letter: give one with letters or digits",
            ru=f"В названии {name!r} нет букв: дайте название с буквами или цифрами",
        )
    return "".join(word[0] for word in words[:MAX_LETTERS]).upper()


def styles() -> list[str]:
    """Return the names of the ways to draw a monogram."""
    return [
        *(f"cut from a {badge}" for badge in _BADGES),
        "plain",
        "striped",
        "outline",
        "ring",
        "split",
        "round badge",
    ]


_CRUMB = 16.0
"""Slits and slivers below this many square px, left by a cut or a line, are dropped."""


def monogram(letters: str, style: str) -> Field:
    """Return `letters` drawn in one of `styles`."""
    small = letters_field(letters, ink=_BADGE_INK)
    large = letters_field(letters, ink=54.0)
    if style.startswith("cut from a "):
        return algebra.subtract(_BADGES[style.removeprefix("cut from a ")](), small)
    if style == "plain":
        return large
    if style == "striped":
        return algebra.stripes(large, period=7.0, width=4.6, angle=90.0)
    if style == "outline":
        line = algebra.outline(redistance(algebra.offset(large, 1.0)), width=3.2, place=-1.0)
        return drop_specks(line, _CRUMB)
    if style == "ring":
        ring = algebra.outline(shapes.disc(), width=3.5, place=-1.0)
        return algebra.union(ring, small)
    if style == "split":
        upper, lower = algebra.split(large, angle=62.0, gap=2.6)
        return drop_specks(algebra.union(upper, lower), _CRUMB)
    if style == "round badge":
        ring = algebra.inline(shapes.disc(radius=30), width=1.6, inset=2.2)
        return algebra.subtract(ring, letters_field(letters, ink=27.0))
    raise InputError(f"no monogram style is called {style!r}", ru=f"Нет стиля {style!r}")


def draw_styles(seed: int, n: int) -> list[str]:
    """Return `n` styles in the order of `seed`; a shorter list is a prefix of a longer one."""
    names = styles()
    random.Random(seed).shuffle(names)
    return [names[k % len(names)] for k in range(n)]
