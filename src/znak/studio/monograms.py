"""Monograms as marks: what the studio makes where it has no model, or nothing was understood."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import cycle, islice

from znak.brand.monogram import MAX_LETTERS, draw_styles, initials, monogram, styles
from znak.brief import Brief
from znak.engine.cleanness import cleanness, inspect
from znak.fields import Field, Outline, field_of_outline, trace
from znak.studio.colour import choose_inks
from znak.studio.mark import Provenance, Scores, draw_mark
from znak.studio.result import Result
from znak.studio.tidy import is_clean

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

    Styles in which these letters don't come out clean are passed over. `inks` are their colours, by
    default the brief's; `first` is the place of the first one in the set of the seed.
    """
    letters = initials(brief.name or brief.prompt)
    if brief.letters:
        letters = "".join(c for c in brief.letters if c.isalnum())[:MAX_LETTERS] or letters
    inks = inks or choose_inks(brief, n)
    marks = []
    drawn = islice(_draw(letters, seed), first, first + n)
    for number, (style, outline, field) in enumerate(drawn):
        marks.append(
            draw_mark(
                outline,
                field,
                title=f"{letters}, {style}",
                ink=inks[number],
                provenance=Provenance(
                    brief.prompt, letters, seed, NAME, "1", style, first + number
                ),
                scores=Scores(cleanness=round(cleanness(inspect(field)), 2)),
            )
        )
    return Result(brief, tuple(marks), NAME, "1", notes)


def _draw(letters: str, seed: int) -> Iterator[tuple[str, Outline, Field]]:
    """Yield clean monograms in the order of the seed, again from the first when all are shown."""
    drawn: list[tuple[str, Outline, Field]] = []
    for style in draw_styles(seed, len(styles())):
        outline = trace(monogram(letters, style))
        field = field_of_outline(outline)
        if is_clean(outline, field):
            drawn.append((style, outline, field))
            yield drawn[-1]
    if not drawn:  # letters of which no style makes a clean mark, such as dense ideographs
        outline = trace(monogram(letters, "plain"))
        drawn.append(("plain", outline, field_of_outline(outline)))
    yield from cycle(drawn)
