"""`znak make`: marks for a brand on disk.

znak make "a fox for a coffee shop, warm orange" --name "Foxy Beans" --out logos
znak make "a fox" --like sketch.png --strength 0.6
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from znak.cli import show


def make(
    prompt: Annotated[str, typer.Argument(help="What the brand is, in English or Russian.")],
    name: Annotated[str, typer.Option(help="The brand's name.")] = "",
    out: show.Out = Path("logos"),
    n: show.Count = 8,
    seed: show.Seed = 0,
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
    """Make marks for a brand: SVG, PNG and a sheet to look at."""
    from znak.studio.files import PNG_SIZE, write_result
    from znak.studio.maker import design
    from znak.studio.mark import check_size
    from znak.studio.pictures import read_picture
    from znak.studio.result import check_count

    check_count(n)
    sizes = [PNG_SIZE, *(check_size(s) for s in size or [])]
    start = read_picture(like) if like is not None else None
    tools = show.choose_tools(engine, checkpoint, corpus, device)
    with show.progress_bar(hidden=quiet or as_json) as progress:
        result = design(
            prompt,
            name=name or None,
            n=n,
            seed=seed,
            tools=tools,
            steps=steps,
            guidance=guidance,
            like=start,
            strength=strength,
            on_progress=progress,
        )
        write_result(result, out, sizes=sizes)
    show.show_result(result, out, quiet=quiet, as_json=as_json)
