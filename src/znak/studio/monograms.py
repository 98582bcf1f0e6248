"""Monograms as marks: what the studio makes where it has no model, or nothing was understood."""

from __future__ import annotations

from collections.abc import Sequence

from znak.brand.monogram import draw_styles, initials, monogram
from znak.brief import Brief
from znak.engine.cleanness import cleanness, inspect
from znak.fields import trace
from znak.studio.colour import choose_inks
from znak.studio.mark import Provenance, Scores, draw_mark
from znak.studio.result import Result

NAME = "monogram"


def make_monograms(
    brief: Brief,
    n: int,
    seed: int,
    notes: tuple[tuple[str, str], ...],
    *,
    codes: Sequence[str] = (),
) -> Result:
    """Return monograms of the name, or of the prompt where there is none."""
    letters = initials(brief.name or brief.prompt)
    inks = choose_inks(brief, n, codes=codes)
    marks = []
    for number, style in enumerate(draw_styles(seed, n)):
        field = monogram(letters, style)
        marks.append(
            draw_mark(
                trace(field),
                title=f"{letters}, {style}",
                ink=inks[number],
                provenance=Provenance(brief.prompt, letters, seed, NAME, "1", style, number),
                scores=Scores(cleanness=round(cleanness(inspect(field)), 2)),
            )
        )
    return Result(brief, tuple(marks), NAME, "1", notes)
