"""`znak bot`: the Telegram bot, with a worker of its own.

ZNAK_BOT_TOKEN=123456:ABC… znak bot
znak bot --no-worker --data /srv/znak          # beside a running `znak serve`
znak bot --hook-url https://bot.example.org/telegram --hook-port 8080
"""

from __future__ import annotations

import asyncio
import logging
import sys
from pathlib import Path
from typing import Annotated

import typer

from znak.cli.serve import check_port
from znak.errors import InputError, MissingError

_FILE = "bot.sqlite"


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("bot")(bot)


def bot(
    token: Annotated[
        str,
        typer.Option(
            envvar="ZNAK_BOT_TOKEN",
            show_default=False,
            help="The token that @BotFather gave. Better by ZNAK_BOT_TOKEN: others on this machine "
            "can see a command's options.",
        ),
    ] = "",
    data: Annotated[
        Path | None, typer.Option(help="Folder of jobs, results and the bot's own file.")
    ] = None,
    n: Annotated[int, typer.Option("-n", help="Drafts of a set.", min=1, max=10)] = 6,
    worker: Annotated[
        bool,
        typer.Option(
            "--worker/--no-worker", help="Draw in this process, or leave it to `znak serve`."
        ),
    ] = True,
    api: Annotated[
        str, typer.Option("--api-url", help="A Bot API server of your own.")
    ] = "https://api.telegram.org",
    hook_url: Annotated[
        str | None,
        typer.Option(help="Let Telegram call this https address; without it the bot asks."),
    ] = None,
    hook_host: Annotated[str, typer.Option(help="Where to listen behind it.")] = "127.0.0.1",
    hook_port: Annotated[int, typer.Option(min=1, max=65535)] = 8080,
    hook_secret: Annotated[
        str,
        typer.Option(
            envvar="ZNAK_BOT_HOOK_SECRET", show_default=False, help="Made anew when not given."
        ),
    ] = "",
    user_limit: Annotated[
        int, typer.Option(help="Drawings one user may have waiting or under way.", min=1, max=100)
    ] = 3,
) -> None:
    """Run the Telegram bot until Ctrl-C."""
    _check_extra()
    from znak.cli import language
    from znak.serve.bot.app import check_token, run_bot
    from znak.serve.bot.options import Hook, Options
    from znak.serve.jobs import Jobs
    from znak.serve.logs import start_logs
    from znak.serve.settings import load_settings
    from znak.serve.worker import Worker

    if not token:
        raise InputError(
            "no token: get one from @BotFather in Telegram and put it into ZNAK_BOT_TOKEN",
            ru="Нет токена: получите его у @BotFather в Telegram и положите в ZNAK_BOT_TOKEN",
        )
    token = token.strip()
    check_token(token)
    settings = load_settings(data=data)
    hook = None
    if hook_url is not None:
        _check_hook(hook_url, hook_host, hook_port)
        hook = Hook(hook_url, hook_host, hook_port, hook_secret)
    options = Options(
        token=token,
        path=settings.data / _FILE,
        api=api.rstrip("/"),
        hook=hook,
        n=min(n, settings.max_n),
        user_limit=user_limit,
    )
    path = settings.log_file or settings.data / "logs" / "znak.log"
    start_logs(path, service="bot", level=settings.log_level, echo=not sys.stderr.isatty())
    hide(token)
    is_russian = language() == "ru"

    def greet(name: str) -> None:
        print(f"https://t.me/{name}", flush=True)
        print("Ctrl-C — остановить" if is_russian else "Ctrl-C to stop", flush=True)

    jobs = Jobs(settings)
    try:
        drawing = Worker(settings) if worker else None
        if drawing is not None:
            drawing.start()
        try:
            asyncio.run(run_bot(options, jobs=jobs, on_ready=greet))
        finally:
            if drawing is not None:
                drawing.stop()
    finally:
        jobs.close()


class Discreet(logging.Formatter):
    """A formatter that never lets a secret through, wherever in a record it stands."""

    def __init__(self, inner: logging.Formatter, secret: str) -> None:
        """Write as `inner` does."""
        super().__init__()
        self._inner, self._secret = inner, secret

    def format(self, record: logging.LogRecord) -> str:
        """Return the record with the secret taken out."""
        return self._inner.format(record).replace(self._secret, "<token>")


def hide(token: str) -> None:
    """Keep the token out of every log of this process."""
    secret = token.partition(":")[2]
    for handler in logging.getLogger().handlers:
        handler.setFormatter(Discreet(handler.formatter or logging.Formatter(), secret))


def _check_hook(url: str, host: str, port: int) -> None:
    if not url.startswith("https://"):
        raise InputError(
            f"--hook-url {url}: Telegram calls https addresses only",
            ru=f"--hook-url {url}: Telegram обращается только по https",
        )
    check_port(host, port, "--hook-port")


def _check_extra() -> None:
    try:
        import aiogram  # noqa: F401
        import dbos  # noqa: F401
    except ImportError as error:
        raise MissingError(
            f"the bot needs {error.name}: pip install 'znak[serve]'",
            ru=f"Для бота нужен {error.name}: pip install 'znak[serve]'",
        ) from error
