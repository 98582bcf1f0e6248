"""`znak audit FILE.svg`: what a designer would ask of an SVG before taking it."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("audit")(audit)


def audit(
    files: Annotated[list[Path], typer.Argument(help="SVG files.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check SVGs: anchors, specks, crossings, colours, stray attributes, legibility at 16 px.

    The exit code is 1 when a check fails; legibility is a note.
    """
    from znak.brand.audit import audit as audit_svg
    from znak.studio.pictures import read_svg

    reports = [(file, audit_svg(read_svg(file))) for file in files]
    if as_json:
        rows = [
            {"file": str(file), "passed": r.passed, **dataclasses.asdict(r)} for file, r in reports
        ]
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        console = Console()
        for file, report in reports:
            table = Table("check", "found", "limit", "", title=str(file))
            for what, found, limit, passed in report.rows():
                table.add_row(what, found, limit, "ok" if passed else "!")
            console.print(table)
    if not all(report.passed for _, report in reports):
        raise typer.Exit(1)
