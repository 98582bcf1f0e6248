"""The bot as a whole: intake, desk, the two lines of orders, outbox; started and stopped together.

    asyncio.run(run_bot(options, jobs=Jobs(settings)))

A worker must run somewhere on the same settings; `znak bot` starts one in its own process.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import signal
import sqlite3
import time
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import urlsplit

from aiogram import Bot, Dispatcher
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import (
    AiogramError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)
from aiogram.types import BotCommand, User
from aiogram.utils.token import TokenValidationError, validate_token
from aiohttp import web

from znak.errors import InputError, StorageError
from znak.serve.bot import buttons, commands, dialogue, speech
from znak.serve.bot.desk import Desk
from znak.serve.bot.dialogues import SqliteStorage
from znak.serve.bot.drawing import Drawing
from znak.serve.bot.filing import Filing
from znak.serve.bot.intake import KINDS, hook, poll
from znak.serve.bot.options import Options
from znak.serve.bot.outbox import Outbox
from znak.serve.bot.pace import Pace
from znak.serve.bot.runs import Runs, Threads
from znak.serve.bot.store import Store
from znak.serve.bot.texts import LANGUAGES, plain
from znak.serve.jobs import Jobs

log = logging.getLogger(__name__)
_COMMANDS = ("new", "history", "language", "help", "cancel")
_RUNS_KEPT_S = 30 * 86_400
_DIALOGUES_KEPT_S = 7 * 86_400
_FILERS = 2
_LONGEST_PAUSE = 30.0


async def run_bot(
    options: Options, *, jobs: Jobs, stop: asyncio.Event | None = None,
    on_ready: Callable[[str], None] | None = None,
) -> None:  # fmt: skip
    """Run the bot until `stop` is set or the process is told to end.

    `on_ready` is told the bot's name once Telegram has answered.

    Raises InputError for a token that Telegram does not know, DataError for a file that can't be used.
    """
    check_token(options.token)
    stop = stop or _stop_by_signal()
    store = Store(options.path)
    session = AiohttpSession(
        api=TelegramAPIServer(
            base=f"{options.api}/bot{{token}}/{{method}}",
            file=f"{options.api}/file/bot{{token}}/{{path}}",
        )
    )
    bot = Bot(options.token, session=session)
    try:
        me = await _greet(bot, options, stop)
        if me is not None:
            if on_ready is not None:
                on_ready(me.username or "")
            await _work(bot, me, store, options, jobs, stop)
    except TelegramUnauthorizedError as error:
        raise _unknown_token() from error
    finally:
        await bot.session.close()
        store.close()


async def _work(
    bot: Bot, me: User, store: Store, options: Options, jobs: Jobs, stop: asyncio.Event
) -> None:
    drawers = Threads(2 * options.drawings, "znak-bot-jobs")
    filers = Threads(_FILERS, "znak-bot-files")
    pace = Pace(factor=options.pace)
    outbox = Outbox(bot, store, pace=pace, pause=options.pause_s)
    drawing = Drawing(
        bot, store, jobs, pace=pace, threads=drawers,
        edit_every=options.edit_s, look_every=min(0.5, options.edit_s),
    )  # fmt: skip
    filing = Filing(store, jobs, threads=filers)
    lines = [
        Runs(store, "jobs", drawing.make, slots=options.drawings, wake_outbox=outbox.wake),
        Runs(store, "cards", filing.make, slots=_FILERS, wake_outbox=outbox.wake),
    ]
    dispatcher = make_dispatcher(
        store, max_prompt=jobs.settings.max_prompt, bot_name=me.username or ""
    )

    def on_commit() -> None:
        outbox.wake()
        for line in lines:
            line.wake()

    desk = Desk(bot, dispatcher, store, options, username=me.username or "", on_commit=on_commit)
    parts = [
        asyncio.create_task(part)
        for part in (
            _take_in(bot, store, options, desk, stop),
            desk.run(stop),
            *(line.run(stop) for line in lines),
            outbox.run(stop),
            _clean(store, stop),
        )
    ]
    log.info("the bot is at work", extra={"bot": me.username})
    try:
        await asyncio.wait(parts, return_when=asyncio.FIRST_EXCEPTION)
        stop.set()
        await asyncio.gather(*parts)
    finally:
        for part in parts:
            part.cancel()
        await asyncio.gather(*parts, return_exceptions=True)
        drawers.close()
        filers.close()


def make_dispatcher(store: Store, **data: object) -> Dispatcher:
    """Return aiogram's dispatcher with all handlers; `data` is given to each by its name."""
    dispatcher = Dispatcher(storage=SqliteStorage(store))
    dispatcher.workflow_data.update(data)
    for feature in (commands, dialogue, buttons, speech):
        dispatcher.include_router(feature.make_router())
    return dispatcher


def check_token(token: str) -> None:
    """Raise InputError for what is no token; the token itself is not repeated."""
    try:
        validate_token(token)
    except TokenValidationError as error:
        raise InputError(
            "this is no bot token: take the one that @BotFather gave, 123456:ABC…, and put it into "
            "ZNAK_BOT_TOKEN",
            ru="Это не токен бота: возьмите тот, что дал @BotFather, вида 123456:ABC…, и положите его "
            "в ZNAK_BOT_TOKEN",
        ) from error


def _unknown_token() -> InputError:
    return InputError(
        "Telegram does not know this token: ask @BotFather for a new one (/token)",
        ru="Telegram не знает этого токена: попросите новый у @BotFather (/token)",
    )


async def _greet(bot: Bot, options: Options, stop: asyncio.Event) -> User | None:
    """Return who the bot is, after the commands are announced; wait while Telegram is out of reach."""
    pause = options.pause_s
    while not stop.is_set():
        try:
            me = await bot.get_me(request_timeout=20)
            for language in LANGUAGES:
                rows = [
                    BotCommand(command=name, description=plain(f"command_{name}", language))
                    for name in _COMMANDS
                ]
                code = None if language == "en" else language
                await bot.set_my_commands(rows, language_code=code, request_timeout=20)
            if options.hook is None:
                await bot.delete_webhook(drop_pending_updates=False, request_timeout=20)
            return me
        except (TelegramUnauthorizedError, TelegramNotFound) as error:
            raise _unknown_token() from error
        except (AiogramError, OSError) as error:
            wait = error.retry_after if isinstance(error, TelegramRetryAfter) else pause
            log.warning("Telegram is out of reach: %s", type(error).__name__)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), wait)
            pause = min(2 * pause, _LONGEST_PAUSE)
    return None


async def _take_in(
    bot: Bot, store: Store, options: Options, desk: Desk, stop: asyncio.Event
) -> None:
    if options.hook is None:
        await poll(
            bot, store, stop=stop, wake=desk.wake, timeout=options.poll_s, pause=options.pause_s
        )
        return
    place = options.hook
    secret = place.secret or secrets.token_urlsafe(32)
    path = urlsplit(place.url).path or "/"
    runner = web.AppRunner(
        hook(store, path=path, secret=secret, wake=desk.wake), access_log=None, shutdown_timeout=5
    )
    await runner.setup()
    try:
        await web.TCPSite(runner, place.host, place.port).start()
        await bot.set_webhook(
            place.url, secret_token=secret, allowed_updates=KINDS, drop_pending_updates=False
        )
        await stop.wait()
    except OSError as error:
        raise InputError(
            f"{place.host}:{place.port} can't be listened on ({error}): give another --hook-port",
            ru=f"Адрес {place.host}:{place.port} занят или недоступен ({error}): укажите другой "
            "--hook-port",
        ) from error
    finally:
        await runner.cleanup()


async def _clean(store: Store, stop: asyncio.Event) -> None:
    """Forget, once an hour, what nobody will ask for again."""

    def forget(db: sqlite3.Connection) -> None:
        now = time.time()
        db.execute("DELETE FROM cards WHERE created < ?", (now - _RUNS_KEPT_S,))
        db.execute("DELETE FROM runs WHERE finished < ?", (now - _RUNS_KEPT_S,))
        db.execute("DELETE FROM dialogues WHERE changed < ?", (now - _DIALOGUES_KEPT_S,))

    while not stop.is_set():
        with suppress(StorageError):
            await store.do(forget)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), 3600)


def _stop_by_signal() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in ("SIGINT", "SIGTERM"):
        with suppress(NotImplementedError):  # Windows has no handlers in the loop; Ctrl-C ends it
            loop.add_signal_handler(getattr(signal, name), stop.set)
    return stop
