"""`znak keys`: the API keys of `znak serve`.

znak keys add website            # prints the key, this once; the file keeps a hash of it
znak keys list
znak keys remove website         # stops working at once
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from znak.errors import MissingError

app = typer.Typer(help="API keys of `znak serve`.", no_args_is_help=True)
File = Annotated[
    Path | None,
    typer.Option(
        "--file", help="The file of keys; by default ZNAK_KEYS, else data/serve/keys.json."
    ),
]


def register(parent: typer.Typer) -> None:
    """Add the commands to `parent`."""
    parent.add_typer(app, name="keys")


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="What the key is for.")], file: File = None
) -> None:
    """Make a key and print it. It is shown this once: the file keeps a hash."""
    from znak.cli import language
    from znak.serve.keys import add_key

    path, is_set = _choose(file)
    key, record = add_key(path, name=name)
    typer.echo(key)
    russian = language() == "ru"
    said = (
        f"Ключ {record.name!r} добавлен в {path}; показан один раз."
        if russian
        else f"The key {record.name!r} is in {path}; it is shown this once."
    )
    if not is_set:
        said += (
            f" Чтобы он был нужен: ZNAK_KEYS={path} znak serve"
            if russian
            else f" To ask for it: ZNAK_KEYS={path} znak serve"
        )
    typer.echo(said, err=True)


@app.command("list")
def list_(file: File = None) -> None:
    """Show the keys' ids, names and dates."""
    from znak.cli import language
    from znak.serve.keys import read_file

    russian = language() == "ru"
    table = Table(*(("номер", "имя", "создан") if russian else ("id", "name", "created")))
    for record in read_file(_choose(file)[0]).keys:
        table.add_row(record.id, record.name, record.created)
    Console().print(table)


@app.command("remove")
def remove(
    key: Annotated[str, typer.Argument(help="The key's id or name.")], file: File = None
) -> None:
    """Remove a key: it stops working at once, and its jobs can't be reached with it."""
    from znak.cli import language
    from znak.serve.keys import remove_key

    record = remove_key(_choose(file)[0], key)
    typer.echo(
        f"Ключ {record.name!r} удалён" if language() == "ru" else f"Removed the key {record.name!r}"
    )


def _choose(file: Path | None) -> tuple[Path, bool]:
    """Return the file of keys, and whether the server's settings name it."""
    try:
        from znak.serve.settings import load_settings
    except ImportError as error:
        raise MissingError(
            f"keys need {error.name}: pip install 'znak[serve]'",
            ru=f"Для ключей нужен {error.name}: pip install 'znak[serve]'",
        ) from error
    settings = load_settings()
    path = file or settings.keys or settings.data / "keys.json"
    return path, path == settings.keys
