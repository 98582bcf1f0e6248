"""Taking updates in: by long polling, or as a web hook. Stored first, then acknowledged.

Telegram forgets an update when it is asked for later ones, or when the web hook answers 200. Both
happen here only after the update is on the disk, and one that comes again is known by its id.
aiogram's own polling moves the offset while handlers still run; hence this one.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import sqlite3
import time
from collections.abc import Callable, Sequence
from typing import Any

from aiogram import Bot
from aiogram.exceptions import (
    AiogramError,
    TelegramConflictError,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)
from aiogram.methods import TelegramMethod
from aiohttp import web

from znak.errors import StorageError
from znak.serve.bot.store import Store

log = logging.getLogger(__name__)
KINDS = ["message", "edited_message", "callback_query", "my_chat_member"]
KEPT_S = 3 * 86_400
"""How long handled updates are remembered; Telegram keeps one for a day at most."""
MAX_BODY = 1_048_576
_LONGEST_PAUSE = 30.0


class RawUpdates(TelegramMethod[list[dict[str, Any]]]):
    """`getUpdates` without a reading of the updates: one that can't be read must not stop the rest."""

    __returning__ = list[dict[str, Any]]
    __api_method__ = "getUpdates"

    offset: int | None = None
    timeout: int | None = None
    allowed_updates: list[str] | None = None


async def poll(
    bot: Bot, store: Store, *, stop: asyncio.Event, wake: Callable[[], None], timeout: int = 30,
    pause: float = 1.0,
) -> None:  # fmt: skip
    """Take in updates until `stop` is set; `wake` is called after new ones.

    `timeout` is how long Telegram may keep a request open, `pause` the first wait after an error. No
    offset is sent but right after updates were stored: when Telegram has had a week of silence its
    ids begin anew anywhere, and an old offset would lose them.
    """
    offset: int | None = None
    failures = 0
    while not stop.is_set():
        request = RawUpdates(offset=offset, timeout=timeout, allowed_updates=KINDS)
        try:
            updates = await _unless(stop, bot(request, request_timeout=timeout + 20))
            if updates is None:
                return
            if updates:
                await keep(store, updates)
                wake()
            offset = max(int(u["update_id"]) for u in updates) + 1 if updates else None
            failures = 0
        except TelegramUnauthorizedError:
            raise
        except TelegramRetryAfter as error:
            await _sleep(stop, error.retry_after)
        except (AiogramError, StorageError, OSError, KeyError, ValueError) as error:
            failures += 1
            if isinstance(error, TelegramConflictError):
                log.error("another process polls with the same token, or set a web hook; end it")
            else:
                log.warning("no updates: %s", type(error).__name__, extra={"failures": failures})
            await _sleep(stop, min(pause * 2 ** (failures - 1), _LONGEST_PAUSE))
    if offset is not None:  # let Telegram forget what is stored, else the next start gets it again
        try:
            await bot(RawUpdates(offset=offset, timeout=0), request_timeout=5)
        except (AiogramError, OSError):
            log.info("the last updates were not confirmed; they are known by their ids")


async def keep(store: Store, updates: Sequence[dict[str, Any]]) -> int:
    """Store updates; return how many were new."""

    def write(db: sqlite3.Connection) -> int:
        now = time.time()
        db.execute("DELETE FROM updates WHERE state != 'new' AND received < ?", (now - KEPT_S,))
        return sum(
            db.execute(
                "INSERT OR IGNORE INTO updates (id, user, body, state, received) "
                "VALUES (?, ?, ?, 'new', ?)",
                (int(u["update_id"]), sender(u), json.dumps(u), now),
            ).rowcount
            for u in updates
        )

    return await store.do(write)


def sender(update: dict[str, Any]) -> int:
    """Return the id of whoever caused an update, 0 where nobody did."""
    for kind in KINDS:
        source = update.get(kind)
        if isinstance(source, dict) and isinstance(source.get("from"), dict):
            found = source["from"].get("id")
            return found if isinstance(found, int) else 0
    return 0


def hook(store: Store, *, path: str, secret: str, wake: Callable[[], None]) -> web.Application:
    """Return the web application that Telegram pushes updates to.

    It answers 401 without the secret, 400 to what is no update, 503 while nothing can be stored (then
    Telegram tries again), 200 when the update is on the disk.
    """

    async def take(request: web.Request) -> web.Response:
        given = request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")
        if not hmac.compare_digest(given.encode(), secret.encode()):
            return web.Response(status=401)
        try:
            update = json.loads(await request.read())
            int(update["update_id"])
            sender(update)
        except (ValueError, TypeError, KeyError, UnicodeDecodeError):
            return web.Response(status=400)
        try:
            await keep(store, [update])
        except StorageError:
            log.error("an update could not be stored")
            return web.Response(status=503)
        wake()
        return web.Response()

    app = web.Application(client_max_size=MAX_BODY)
    app.router.add_post(path, take)
    return app


async def _unless(stop: asyncio.Event, call: Any) -> Any:
    """Return what `call` gives, or None when `stop` is set first."""
    work, end = asyncio.ensure_future(call), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({work, end}, return_when=asyncio.FIRST_COMPLETED)
        return work.result() if work.done() else None
    finally:
        for task in (work, end):
            task.cancel()
        await asyncio.gather(work, end, return_exceptions=True)


async def _sleep(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
