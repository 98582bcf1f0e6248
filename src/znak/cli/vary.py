"""`znak vary` and `znak morph`: new marks from marks that are there.

znak vary logos/3.svg --strength 0.3 --out variations
znak morph logos/1.svg logos/5.svg -n 6 --out between
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from znak.cli import show
from znak.errors import DrawingError

Prompt = Annotated[
    str | None, typer.Option(help="What the mark shows; by default what the file itself says.")
]


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.command("vary")(vary)
    app.command("morph")(morph)


def vary(
    file: Annotated[Path, typer.Argument(help="A mark: an SVG, or a picture of one.")],
    strength: Annotated[float, typer.Option(help="How far to go from it, 0 to 1.")] = 0.3,
    prompt: Prompt = None,
    out: show.Out = Path("variations"),
    n: show.Count = 8,
    seed: show.Seed = 0,
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
    from znak.studio.files import PNG_SIZE, write_result
    from znak.studio.mark import check_size
    from znak.studio.pictures import read_picture
    from znak.studio.redraw import vary as vary_mark

    sizes = [PNG_SIZE, *(check_size(s) for s in size or [])]
    field = read_picture(file)
    said, ink = _origin(file)
    tools = show.choose_tools(engine, checkpoint, None, device)
    with show.progress_bar(hidden=quiet or as_json) as progress:
        result = vary_mark(
            field,
            prompt=said if prompt is None else prompt,
            strength=strength,
            n=n,
            seed=seed,
            ink=ink,
            tools=tools,
            steps=steps,
            guidance=guidance,
            on_progress=progress,
        )
        write_result(result, out, sizes=sizes)
    show.show_result(result, out, quiet=quiet, as_json=as_json)


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
    from znak.studio.pictures import read_picture
    from znak.studio.redraw import morph as morph_marks

    sizes = [PNG_SIZE, *(check_size(s) for s in size or [])]
    ends = [read_picture(first), read_picture(last)]
    said, ink = _origin(first)
    tools = show.choose_tools(engine, checkpoint, None, device)
    with show.progress_bar(hidden=quiet or as_json) as progress:
        result = morph_marks(
            *ends,
            n=n,
            seed=seed,
            prompt=said if prompt is None else prompt,
            ink=ink,
            tools=tools,
            steps=steps,
            on_progress=progress,
        )
        write_result(result, out, sizes=sizes)
    show.show_result(result, out, quiet=quiet, as_json=as_json)


def _origin(file: Path) -> tuple[str, str | None]:
    """Return the prompt and the ink that a mark of Znak's own says it was made with."""
    from znak.studio.mark import read_ink, read_provenance
    from znak.studio.pictures import read_svg

    try:
        svg = read_svg(file)
    except DrawingError:  # a picture, not an SVG: it says nothing of itself
        return "", None
    provenance = read_provenance(svg)
    return ("", None) if provenance is None else (provenance.subject, read_ink(svg))
