"""`znak kit FILE`: a logo and all its files from a mark.

znak kit logos/3.svg --name "Foxy Beans" --out kit
znak kit mark.svg --name Ромашка --tagline "салон цветов" --layout stacked --colour "#0f766e"
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from znak.errors import DataError, InputError


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("kit")(kit)


def kit(
    file: Annotated[Path, typer.Argument(help="A mark: an SVG made by `znak make`, or any other.")],
    out: Annotated[Path, typer.Option(help="Folder for the kit.")] = Path("kit"),
    name: Annotated[str | None, typer.Option(help="The name; by default the brief's.")] = None,
    tagline: Annotated[str | None, typer.Option(help="A line under the name.")] = None,
    layout: Annotated[
        str | None,
        typer.Option(help="horizontal, stacked, mark, name, badge, shield or monogram."),
    ] = None,
    form: Annotated[
        str | None,
        typer.Option(
            help="How the mark is drawn: solid, outline, disc, tile, shield, hexagon, "
            "counterchange, stripes, two-tone."
        ),
    ] = None,
    colour: Annotated[
        list[str] | None, typer.Option(help="A colour as #c2410c; again for an accent.")
    ] = None,
    font: Annotated[Path | None, typer.Option(help="A font file of your own.")] = None,
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
    from znak.brand import design, make_palette, open_font
    from znak.brand.audit import LEGIBLE, audit
    from znak.brand.kit import write_kit
    from znak.brand.oklch import check_code, contrast
    from znak.brand.reading import read_mark
    from znak.brief import Brief, read
    from znak.studio.pictures import read_svg

    if not out.name and not out.exists():
        raise InputError(f"--out {out}: give a folder", ru=f"--out {out}: укажите папку")
    outline, about = read_mark(read_svg(file))
    notes: list[tuple[str, str]] = []
    beside = file.parent / "brief.json"
    if prompt is not None:
        brief = read(prompt)
    elif about and beside.is_file():
        try:
            brief = Brief.from_json(beside.read_text(encoding="utf-8"))
        except (DataError, UnicodeDecodeError):
            brief = read(str(about.get("prompt", "")))
    else:
        brief = read(str(about.get("prompt", ""))) if about else Brief()
    palette = None
    if colour:
        codes = tuple(check_code(code) for code in colour[:2])
        palette = make_palette(codes)
        if palette.mark != codes[0]:
            notes.append(
                (
                    f"{codes[0]} has a contrast of {contrast(codes[0], palette.ground):.1f} with "
                    f"its ground: {palette.mark} is used",
                    f"У {codes[0]} контраст с фоном {contrast(codes[0], palette.ground):.1f}: "
                    f"взят {palette.mark}",
                )
            )
    own = open_font(font) if font is not None else None
    given = brief.name if name is None else name
    wanted = layout or (None if given else "mark")
    logo = design(
        brief, outline, name=given or "", tagline=tagline, layout=wanted, form=form,
        palette=palette, font=own, seed=seed, about=about,
    )  # fmt: skip
    speech = language or brief.language
    paths = write_kit(logo, out, language=speech)
    report = audit(logo.svg())
    if report.legible is not None and report.legible < LEGIBLE:
        share = f"{report.legible:.0%}"
        notes.append(
            (
                f"At 16 px {share} of the mark's parts can be told apart.",
                f"При 16 px различимы {share} частей знака.",
            )
        )
    sheet = out / "brand-sheet.png"
    console = Console(quiet=quiet)
    for english, russian in (
        *logo.notes,
        *notes,
        (
            f"{len(paths)} files: {out}  (look at {sheet})",
            f"Файлы: {out}, {len(paths)}; см. {sheet}",
        ),
    ):
        console.print(russian if speech == "ru" else english, soft_wrap=True)
