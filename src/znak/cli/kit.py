"""`znak kit FILE`: a logo and all its files from a mark, or from a logo of `znak make`.

znak kit logos/3.svg --out kit                            the logo as it is
znak kit logos/3-mark.svg --name "Foxy Beans" --out kit
znak kit mark.svg --name Ромашка --tagline "салон цветов" --layout stacked --colour "#0f766e"
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from znak.cli import wishes
from znak.errors import DataError, InputError

if TYPE_CHECKING:
    from znak.brief import Brief


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("kit")(kit)


def kit(
    file: Annotated[Path, typer.Argument(help="A logo or mark of `znak make`, or any other SVG.")],
    out: Annotated[Path, typer.Option(help="Folder for the kit.")] = Path("kit"),
    name: Annotated[str | None, typer.Option(help="The name; by default the file's own.")] = None,
    tagline: wishes.Tagline = None,
    layout: wishes.Layout = None,
    form: wishes.Form = None,
    colour: wishes.Colours = None,
    font: wishes.FontName = None,
    prompt: Annotated[
        str | None, typer.Option(help="What the brand is; by default the file's own brief.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Same seed, same logo.", min=0)] = 0,
    language: Annotated[
        str | None, typer.Option(help="ru or en, for the sheet; by default the brief's.")
    ] = None,
    quiet: Annotated[bool, typer.Option(help="Print nothing but errors.")] = False,
) -> None:
    """Make a logo of a mark and a name, with files for print, web and messengers."""
    from znak.brand.audit import LEGIBLE, audit
    from znak.brand.kit import write_kit
    from znak.cli import language as said_in
    from znak.studio.logos import make_logo
    from znak.studio.origin import prefer, read_origin
    from znak.studio.pictures import read_svg

    if language not in (None, "en", "ru"):
        raise InputError(
            f"--language {language}: give ru or en", ru=f"--language {language}: дайте ru или en"
        )
    if not out.name and not out.exists():
        raise InputError(f"--out {out}: give a folder", ru=f"--out {out}: укажите папку")
    asked = wishes.read_wish(
        name=name, tagline=tagline, layout=layout, form=form, colours=colour, font=font
    )
    svg = read_svg(file)
    origin = read_origin(svg)
    brief = _brief(file, origin.prompt, prompt)
    logo = make_logo(
        svg,
        brief,
        wish=prefer(asked, origin.wish),
        seed=seed,
        palette=None if asked.colours else origin.palette,
    )
    paths = write_kit(logo, out, language=language or brief.language)
    report = audit(logo.svg())
    notes = list(logo.notes)
    if report.legible is not None and report.legible < LEGIBLE:
        share = f"{report.legible:.0%}"
        notes.append(
            (
                f"At 16 px {share} of the mark's parts can be told apart.",
                f"При 16 px различимы {share} частей знака.",
            )
        )
    sheet = out / "brand-sheet.png"
    notes.append(
        (
            f"{len(paths)} files: {out}  (look at {sheet})",
            f"Файлы: {out}, {len(paths)}; см. {sheet}",
        )
    )
    console = Console(quiet=quiet)
    for english, russian in notes:
        console.print(russian if said_in() == "ru" else english, soft_wrap=True)


def _brief(file: Path, own: str, given: str | None) -> Brief:
    """Return the brief: of the prompt given, else the one beside the file, else of its own prompt."""
    from znak.brief import Brief, read

    beside = file.parent / "brief.json"
    if given is not None:
        return read(given)
    if own and beside.is_file():
        try:
            return Brief.from_json(beside.read_text(encoding="utf-8"))
        except (DataError, UnicodeDecodeError):
            pass
    return read(own) if own else Brief()
