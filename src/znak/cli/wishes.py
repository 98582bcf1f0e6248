"""Options of the commands that finish marks as logos: name, layout, colours, font."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from znak.studio import Wish

Name = Annotated[str | None, typer.Option(help="The brand's name; by default the prompt's.")]
Tagline = Annotated[str | None, typer.Option(help="A line under the name.")]
Layout = Annotated[
    str | None,
    typer.Option(help="horizontal, stacked, mark, name, badge, shield or monogram."),
]
Form = Annotated[
    str | None,
    typer.Option(
        help="How the mark is drawn: solid, outline, disc, tile, shield, hexagon, counterchange, "
        "stripes, two-tone."
    ),
]
Colours = Annotated[
    list[str] | None,
    typer.Option(
        "--colour",
        help="A colour as #c2410c; again for accent, lettering and ground, in that order.",
    ),
]
FontName = Annotated[
    str | None, typer.Option("--font", help="A font file of your own, or the name of one of ours.")
]


def read_wish(
    *,
    name: str | None,
    tagline: str | None,
    layout: str | None,
    form: str | None,
    colours: list[str] | None,
    font: str | None,
) -> Wish:
    """Return the options as a wish; raise InputError for what can't be met."""
    from znak.studio.logos import Wish, check_wish, fonts

    face: str | Path | None = None
    if font is not None:
        ours = {known.casefold(): known for known in fonts()}
        face = ours.get(font.strip().casefold()) or Path(font)
    wish = Wish(name or None, tagline, layout, form, tuple(colours or ()), face)
    return check_wish(wish)
