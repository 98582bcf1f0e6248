"""Which palette stands at a place of a set, and the ink of its mark alone."""

from __future__ import annotations

from collections.abc import Sequence

from znak.brand.colourways import choose_palettes
from znak.brand.oklch import with_contrast
from znak.brand.palettes import MARK_CONTRAST, WHITE, Palette, make_palette
from znak.brief import Brief


def palette_at(brief: Brief, number: int, *, codes: Sequence[str] = ()) -> Palette:
    """Return the palette of the logo `number`, from 1; `codes` given by hand win over the brief."""
    return make_palette(tuple(codes)) if codes else choose_palettes(brief, number)[-1]


def choose_inks(brief: Brief, n: int, *, codes: Sequence[str] = ()) -> list[str]:
    """Return the ink of each of `n` marks; a shorter list is a prefix of a longer one.

    A mark alone stands on white: its colour has contrast with it, but codes are taken as written.
    """
    exact = {c.hex.lower() for c in brief.colours if c.hex and c.name.startswith("#")} | set(codes)
    inks = []
    for number in range(1, n + 1):
        ink = palette_at(brief, number, codes=codes).mark
        if ink == WHITE:
            ink = palette_at(brief, number, codes=codes).ground
        inks.append(ink if ink in exact else with_contrast(ink, WHITE, MARK_CONTRAST))
    return inks
