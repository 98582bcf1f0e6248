"""`znak vary` and `znak morph`: new marks from marks that are there.

znak vary logos/3.svg --strength 0.3 --out variations     a logo keeps its name, colours and layout
znak morph logos/1.svg logos/5.svg -n 6 --out between
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from znak.cli import show, wishes
from znak.errors import DrawingError

Prompt = Annotated[
    str | None, typer.Option(help="What the mark shows; by default what the file itself says.")
]


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.command("vary")(vary)
    app.command("morph")(morph)


def vary(
    file: Annotated[Path, typer.Argument(help="A mark or logo: an SVG, or a picture of a mark.")],
    strength: Annotated[float, typer.Option(help="How far to go from it, 0 to 1.")] = 0.3,
    prompt: Prompt = None,
    out: show.Out = Path("variations"),
    n: show.Count = 8,
    seed: show.Seed = 0,
    name: wishes.Name = None,
    tagline: wishes.Tagline = None,
    layout: wishes.Layout = None,
    form: wishes.Form = None,
    colour: wishes.Colours = None,
    font: wishes.FontName = None,
    size: show.Sizes = None,
    steps: show.Steps = None,
    guidance: show.Guidance = None,
    engine: show.EngineName = "flow",
    checkpoint: show.CheckpointFile = None,
    device: show.Device = "auto",
    as_json: show.AsJson = False,
    quiet: show.Quiet = False,
) -> None:
    """Make variations of a mark: taken back to noise a little and drawn anew."""
    from znak.brief import Brief, read
    from znak.studio.colour import choose_inks
    from znak.studio.files import PNG_SIZE, write_finished
    from znak.studio.logos import finish, merge
    from znak.studio.mark import check_size
    from znak.studio.origin import origin_of, prefer
    from znak.studio.pictures import read_picture
    from znak.studio.redraw import vary as vary_mark

    sizes = [PNG_SIZE, *(check_size(s) for s in size or [])]
    wish = wishes.read_wish(
        name=name, tagline=tagline, layout=layout, form=form, colours=colour, font=font
    )
    field = read_picture(file)
    origin = origin_of(_text(file))
    wish = prefer(wish, origin.wish)
    said = origin.prompt if prompt is None else prompt
    brief = merge(read(said) if said.strip() else Brief(), wish)
    palette = None if wish.colours else origin.palette
    ink = choose_inks(brief, 1, codes=wish.colours)[0] if wish.colours else origin.ink
    tools = show.choose_tools(engine, checkpoint, None, device)
    with show.progress_bar(hidden=quiet or as_json) as progress:
        result = vary_mark(
            field,
            prompt=origin.subject if prompt is None else prompt,
            brief=replace(brief, name=wish.name),
            strength=strength,
            n=n,
            seed=seed,
            ink=ink,
            tools=tools,
            steps=steps,
            guidance=guidance,
            on_progress=progress,
        )
        result, logos = finish(result, wish=wish, palette=palette)
        write_finished(result, logos, out, sizes=sizes)
    show.show_result(result, out, logos=logos, quiet=quiet, as_json=as_json)


def morph(
    first: Annotated[Path, typer.Argument(help="A mark: an SVG, or a picture of one.")],
    last: Annotated[Path, typer.Argument(help="Another mark.")],
    prompt: Prompt = None,
    out: show.Out = Path("between"),
    n: Annotated[int, typer.Option("-n", help="How many marks, both ends included.")] = 8,
    seed: show.Seed = 0,
    size: show.Sizes = None,
    steps: show.Steps = None,
    engine: show.EngineName = "flow",
    checkpoint: show.CheckpointFile = None,
    device: show.Device = "auto",
    as_json: show.AsJson = False,
    quiet: show.Quiet = False,
) -> None:
    """Make the marks on the way from one mark to another."""
    from znak.studio.files import PNG_SIZE, write_result
    from znak.studio.mark import check_size
    from znak.studio.origin import origin_of
    from znak.studio.pictures import read_picture
    from znak.studio.redraw import morph as morph_marks

    sizes = [PNG_SIZE, *(check_size(s) for s in size or [])]
    ends = [read_picture(first), read_picture(last)]
    origin = origin_of(_text(first))
    tools = show.choose_tools(engine, checkpoint, None, device)
    with show.progress_bar(hidden=quiet or as_json) as progress:
        result = morph_marks(
            *ends,
            n=n,
            seed=seed,
            prompt=origin.subject if prompt is None else prompt,
            ink=origin.ink,
            tools=tools,
            steps=steps,
            on_progress=progress,
        )
        write_result(result, out, sizes=sizes)
    show.show_result(result, out, quiet=quiet, as_json=as_json)


def _text(file: Path) -> str | None:
    """Return an SVG's text; None for a picture, which says nothing of itself."""
    from znak.studio.pictures import read_svg

    try:
        return read_svg(file)
    except DrawingError:
        return None
