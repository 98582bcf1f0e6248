"""`znak originality FILE`: the closest known drawings and brand logos, and what that means."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from znak.fields.sdf import Field


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("originality")(originality)


def originality(
    file: Annotated[Path, typer.Argument(help="An SVG, PNG, JPEG or WebP with a mark on it.")],
    n: Annotated[int, typer.Option("-n", help="How many neighbours to show.", min=1, max=50)] = 5,
    index: Annotated[
        Path | None, typer.Option(help="An index file; by default the package's own.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say which known drawings and brand logos a mark comes closest to. No legal search."""
    from znak.cli import language
    from znak.engine.alike import find, verdict
    from znak.engine.originality import load_index

    found = find(load_index(index), _readings(file), n=n)
    english, russian = verdict(found)
    speech = language()
    said = russian if speech == "ru" else english
    if as_json:
        rows = [
            {"name": c.name, "kind": c.kind, "distance": c.distance, "percentile": c.percentile}
            for c in found
        ]
        typer.echo(json.dumps({"closest": rows, "verdict": said}, ensure_ascii=False, indent=2))
        return
    console = Console()
    head = (
        ("близкое", "что это", "расстояние, px", "процентиль")
        if speech == "ru"
        else ("closest", "kind", "distance, px", "percentile")
    )
    table = Table(*head)
    kinds = {"drawing": "рисунок", "brand": "логотип"} if speech == "ru" else {}
    for c in found:
        table.add_row(c.name, kinds.get(c.kind, c.kind), f"{c.distance:.2f}", f"{c.percentile:.0f}")
    console.print(table)
    console.print(said, soft_wrap=True)


def _readings(file: Path) -> list[Field]:
    """Return the fields that a file may be read as."""
    from znak.brand.reading import is_logo, read_about
    from znak.fields.likeness import picture_fields, readings
    from znak.fields.svg import parse, render, view_box
    from znak.studio.pictures import field_of_text, read_picture, read_svg

    if file.suffix.lower() == ".svg":
        svg = read_svg(file)
        root = parse(svg)
        view_box(root)  # refuses what is hostile or has no size
        own = is_logo(read_about(root))  # of our own logos the mark is what may be known
        fields = [field_of_text(svg)] if own else picture_fields(render(svg, 384))
    else:
        fields = [read_picture(file)]
    return [reading for field in fields for reading in readings(field)]
