"""The command line: `znak --help`.

Commands parse options, call the library and print; every user error becomes one line on stderr
in the user's language and exit code 2. Commands that need an extra import it when called.
"""

from __future__ import annotations

import os
import sys
from typing import NoReturn

import typer

from znak.cli import (
    audit,
    bot,
    brief,
    compare,
    corpus,
    corpus_tools,
    data,
    eda,
    evaluate,
    export,
    judge,
    keys,
    kit,
    make,
    originality,
    serve,
    train,
    train_pictures,
    vary,
    words,
)
from znak.errors import StorageError, ZnakError

_INTERRUPTED = 130  # typer's exit code for Ctrl-C

app = typer.Typer(
    name="znak",
    help="Text to logo: original marks as clean SVG, on this machine's CPU.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("make", cls=make.MakeCommand)(make.make)
vary.register(app)
kit.register(app)
audit.register(app)
originality.register(app)
brief.register(app)
serve.register(app)
bot.register(app)
keys.register(app)
words.register(app)
corpus_tools.register(corpus.app)
app.add_typer(corpus.app, name="corpus")
train.register(app)
train_pictures.register(train.train)
evaluate.register(app)
compare.register(app)
export.register(train.train)
judge.register(train.train)
data.register(app)
eda.register(app)


def language() -> str:
    """Return "ru" or "en": `ZNAK_LANGUAGE`, else the locale's."""
    for key in ("ZNAK_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(key):
            return "ru" if value.lower().startswith("ru") else "en"
    return "en"


def main() -> None:
    """Run the command line and exit with its code: 0, or 2 after any error or Ctrl-C."""
    try:
        app()
    except ZnakError as error:
        _fail(error)
    except SystemExit as end:
        if end.code != _INTERRUPTED:
            raise
        _fail(
            ZnakError(
                "interrupted: nothing half-written was left; run the command again",
                ru="прервано: недописанного не осталось; запустите команду ещё раз",
            )
        )
    except OSError as error:
        name = error.filename or "a file"
        _fail(StorageError(f"{name}: {error.strerror or error}"))


def _fail(error: ZnakError) -> NoReturn:
    prefix = "ошибка: " if language() == "ru" else "error: "
    print(prefix + error.text(language()), file=sys.stderr)
    sys.exit(error.exit_code)
