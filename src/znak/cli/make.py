"""`znak make`: logos for a brand on disk, or marks alone where there is no name.

znak make "a fox for a coffee shop, warm orange" --name "Foxy Beans" --out logos
znak make "a fox" --like sketch.png --strength 0.6
znak make "лиса для кофейни" --name "Лисья нора" --layout badge --kit 3
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from znak.cli import show, wishes
from znak.errors import InputError


class MakeCommand(TyperCommand):
    """The command, with a `--kit` that needs no number."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the arguments, `--kit` alone as `--kit 1`."""
        said: list[str] = []
        for word, after in pairwise([*args, ""]):
            said.append(word)
            if word == "--kit" and not after.lstrip("-").isdigit():
                said.append("1")
        return super().parse_args(ctx, said)


def make(
    prompt: Annotated[str, typer.Argument(help="What the brand is, in English or Russian.")],
    name: wishes.Name = None,
    out: show.Out = Path("logos"),
    n: show.Count = 8,
    seed: show.Seed = 0,
    tagline: wishes.Tagline = None,
    layout: wishes.Layout = None,
    form: wishes.Form = None,
    colour: wishes.Colours = None,
    font: wishes.FontName = None,
    kit: Annotated[
        int | None,
        typer.Option(help="Write the kit of this logo, by default of the first, into OUT/kit."),
    ] = None,
    size: show.Sizes = None,
    like: Annotated[
        Path | None, typer.Option(help="Start from this picture or sketch: SVG, PNG, JPEG …")
    ] = None,
    strength: Annotated[float, typer.Option(help="How far to go from --like, 0 to 1.")] = 0.6,
    steps: show.Steps = None,
    guidance: show.Guidance = None,
    engine: show.EngineName = "flow",
    checkpoint: show.CheckpointFile = None,
    corpus: show.Corpus = None,
    device: show.Device = "auto",
    as_json: show.AsJson = False,
    quiet: show.Quiet = False,
) -> None:
    """Make logos for a brand: SVG, PNG and a sheet to look at."""
    from znak.brand.kit import write_kit
    from znak.studio.files import PNG_SIZE, write_finished
    from znak.studio.logos import finish, make_logos
    from znak.studio.maker import design
    from znak.studio.mark import check_size
    from znak.studio.pictures import read_picture
    from znak.studio.result import check_count

    check_count(n)
    if kit is not None and not 1 <= kit <= n:
        raise InputError(
            f"--kit {kit}: give the number of a logo, 1 to {n}",
            ru=f"--kit {kit}: дайте номер логотипа, от 1 до {n}",
        )
    sizes = [PNG_SIZE, *(check_size(s) for s in size or [])]
    wish = wishes.read_wish(
        name=name, tagline=tagline, layout=layout, form=form, colours=colour, font=font
    )
    start = read_picture(like) if like is not None else None
    tools = show.choose_tools(engine, checkpoint, corpus, device)
    with show.progress_bar(hidden=quiet or as_json) as progress:
        result = design(
            prompt,
            name=wish.name,
            wish=wish,
            n=n,
            seed=seed,
            tools=tools,
            steps=steps,
            guidance=guidance,
            like=start,
            strength=strength,
            on_progress=progress,
        )
        result, logos = finish(result, wish=wish)
        write_finished(result, logos, out, sizes=sizes)
        if kit is not None:
            logo = logos[kit - 1] if logos else make_logos(result, wish=wish)[kit - 1]
            write_kit(logo, out / "kit", language=result.brief.language)
    show.show_result(result, out, logos=logos, quiet=quiet, as_json=as_json)
