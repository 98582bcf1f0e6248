"""`znak brief`: what was understood of a prompt, as text or JSON."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from znak.brief import read
from znak.brief.report import describe
from znak.errors import DataError, InputError
from znak.words import TextEncoder, load_encoder

_LANGUAGES = ("en", "ru")


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("brief")(brief)


def brief(
    prompt: Annotated[str, typer.Argument(help="The prompt, English or Russian; - reads stdin.")],
    name: Annotated[
        str | None, typer.Option(help="The brand's name; wins over the prompt's.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the brief as JSON.")] = False,
    language: Annotated[
        str | None, typer.Option(help="Language of notes: en or ru; by default the prompt's.")
    ] = None,
) -> None:
    """Show what was understood of a prompt: things to draw, colours, style, name."""
    if language is not None and language not in _LANGUAGES:
        raise InputError(
            f"--language {language}: give en or ru", ru=f"--language {language}: дайте en или ru"
        )
    text = sys.stdin.read() if prompt == "-" else prompt
    found = read(text, name=name, language=language, encoder=_encoder())
    if as_json:
        typer.echo(found.to_json())
        return
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for label, value in describe(found):
        table.add_row(label, _plain(value))
    Console(markup=False, highlight=False).print(table)


def _plain(value: str) -> str:
    """Return `value` without what a terminal would obey."""
    return "".join(c if c.isprintable() else " " for c in value).replace("[", "\\[")


def _encoder() -> TextEncoder | None:
    """Return the shipped encoder, or None where its file isn't there: tables do most of the work."""
    try:
        return load_encoder()
    except DataError:
        return None
