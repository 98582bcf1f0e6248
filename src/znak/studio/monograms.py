"""Monograms as marks: what the studio makes where it has no model, or nothing was understood."""

from __future__ import annotations

from collections.abc import Sequence

from znak.brand.monogram import MAX_LETTERS, draw_styles, initials, monogram
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
    inks: Sequence[str] = (),
    first: int = 0,
) -> Result:
    """Return monograms of the letters asked for, the name, or the prompt where there is neither.

    `inks` are their colours, by default the brief's; `first` is the place of the first one in the set
    of the seed.
    """
    letters = initials(brief.name or brief.prompt)
    if brief.letters:
        letters = "".join(c for c in brief.letters if c.isalnum())[:MAX_LETTERS] or letters
    inks = inks or choose_inks(brief, n)
    marks = []
    for number, style in enumerate(draw_styles(seed, first + n)[first:]):
        field = monogram(letters, style)
        marks.append(
            draw_mark(
                trace(field),
                title=f"{letters}, {style}",
                ink=inks[number],
                provenance=Provenance(
                    brief.prompt, letters, seed, NAME, "1", style, first + number
                ),
                scores=Scores(cleanness=round(cleanness(inspect(field)), 2)),
            )
        )
    return Result(brief, tuple(marks), NAME, "1", notes)
