"""The desk: takes stored updates in turn, gives each to its handler, and stores what came of it.

Turns go by user: whoever was served longest ago is next, so a thousand messages of one hold up
nobody. Handlers wait neither for Telegram nor for drawings, so one at a time is fast enough, and a
user's own messages stay in their order.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sqlite3
import time
from collections.abc import Callable

from aiogram import Bot, Dispatcher
from aiogram.types import Update
from pydantic import ValidationError

from znak.errors import StorageError
from znak.serve.bot.hand import Hand, Manners, place_of, read_said, source_of
from znak.serve.bot.letters import Place, message
from znak.serve.bot.options import Options
from znak.serve.bot.outbox import close_chat
from znak.serve.bot.store import Store
from znak.serve.bot.texts import language_of, say
from znak.serve.bot.unit import CURRENT, Unit

log = logging.getLogger(__name__)
MAX_TRIES = 3
"""An update whose handling broke so often is put aside, and its sender is told."""
MAX_LETTERS = 60
"""A chat that so many answers wait for gets no more until they are sent."""
_REMEMBERED = 10_000


class Desk:
    """Handles what the intake stored."""

    def __init__(
        self, bot: Bot, dispatcher: Dispatcher, store: Store, options: Options, *,
        username: str, on_commit: Callable[[], None],
    ) -> None:  # fmt: skip
        """Call `on_commit` after each update that was handled."""
        self._bot, self._dispatcher, self._store, self._options = bot, dispatcher, store, options
        self._username, self._on_commit = username, on_commit
        self._manners = Manners()
        self._served: dict[int, int] = {}
        self._turn = 0
        self._news = asyncio.Event()

    def wake(self) -> None:
        """Look for updates now."""
        self._news.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Handle updates until `stop` is set."""
        while not stop.is_set():
            self._news.clear()
            try:
                found = await self._next()
                if found is not None:
                    await self._handle(*found)
                    continue
            except StorageError as error:
                log.error("updates can't be read or stored: %s", error.message)
            ends = asyncio.ensure_future(stop.wait())
            news = asyncio.ensure_future(self._news.wait())
            await asyncio.wait({ends, news}, timeout=1, return_when=asyncio.FIRST_COMPLETED)
            for waiter in (ends, news):
                waiter.cancel()
            await asyncio.gather(ends, news, return_exceptions=True)

    async def _next(self) -> tuple[int, int, str, int, float] | None:
        """Return (id, user, body, tries, received) of the update whose turn it is."""

        def read(db: sqlite3.Connection) -> tuple[int, int, str, int, float] | None:
            heads = db.execute(
                "SELECT user, min(id) AS id FROM updates WHERE state = 'new' GROUP BY user"
            ).fetchall()
            ready = {
                row["user"]: row["id"]
                for row in heads
                if db.execute("SELECT due FROM updates WHERE id = ?", (row["id"],)).fetchone()[0]
                <= time.time()
            }
            if not ready:
                return None
            user = min(ready, key=lambda u: (self._served.get(u, 0), ready[u]))
            row = db.execute("SELECT * FROM updates WHERE id = ?", (ready[user],)).fetchone()
            return row["id"], row["user"], row["body"], row["tries"], row["received"]

        return await self._store.do(read)

    async def _handle(self, number: int, user: int, body: str, tries: int, received: float) -> None:
        self._turn += 1
        self._served[user] = self._turn
        if len(self._served) > _REMEMBERED:
            self._served.pop(min(self._served, key=lambda u: self._served[u]))
        unit = Unit()

        def write(db: sqlite3.Connection) -> None:
            unit.commit(db)
            db.execute("UPDATE updates SET state = 'done', body = '' WHERE id = ?", (number,))

        token = CURRENT.set(unit)
        try:
            await self._feed(unit, number, json.loads(body), received)
            await self._store.do(write)
        except StorageError:
            raise
        except Exception:  # one update that breaks must not stop those behind it
            log.exception("an update broke its handler", extra={"update": number, "tries": tries})
            await self._put_aside(number, json.loads(body), tries + 1)
            return
        finally:
            CURRENT.reset(token)
        self._on_commit()

    async def _feed(self, unit: Unit, number: int, row: dict[str, object], received: float) -> None:
        try:
            update = Update.model_validate(row, context={"bot": self._bot})
        except ValidationError:
            log.error("an update can't be read: passed over", extra={"update": number})
            return
        if update.my_chat_member is not None:
            member = update.my_chat_member
            if member.new_chat_member.status in ("kicked", "left"):
                unit.also.append(lambda db: close_chat(db, member.chat.id))
            return
        source = source_of(update)
        if source is None:
            return
        sender, spoken = source
        said = None
        if spoken is not None and update.callback_query is None:
            said = read_said(spoken, username=self._username, bot_id=self._bot.id)
            if said is None:
                return  # people talking to each other
        answering = update.callback_query is None
        place = place_of(spoken, answering=answering) if spoken else Place(sender.id)
        if await self._store.do(lambda db: _count_letters(db, place.chat)) >= MAX_LETTERS:
            log.warning("a chat is flooded: an update is passed over", extra={"chat": place.chat})
            return
        language = await self._language(sender.id, sender.language_code)
        hand = Hand(
            unit, self._store, self._options, self._manners, sender.id, place, language,
            run_id=f"{number}.{int(received)}", seed=number, said=said,
        )  # fmt: skip
        await self._dispatcher.feed_update(self._bot, update, hand=hand)

    async def _language(self, user: int, code: str | None) -> str:
        row = await self._store.do(
            lambda db: db.execute("SELECT language FROM users WHERE id = ?", (user,)).fetchone()
        )
        return str(row["language"]) if row is not None else language_of(code)

    async def _put_aside(self, number: int, row: dict[str, object], tries: int) -> None:
        """Try a broken update again a little later, or tell its sender that it was in vain."""
        given_up = tries >= MAX_TRIES
        unit = Unit()
        if given_up:
            source = source_of(Update.model_validate(row))
            if source is not None and source[1] is not None:
                language = language_of(source[0].language_code)
                place = place_of(source[1], answering=False)
                unit.letters.append(message(place, say("broken", language)))

        def write(db: sqlite3.Connection) -> None:
            unit.commit(db)
            db.execute(
                "UPDATE updates SET state = ?, tries = ?, due = ? WHERE id = ?",
                ("bad" if given_up else "new", tries, time.time() + 0.5 * 2**tries, number),
            )

        await self._store.do(write)
        self._on_commit()


def _count_letters(db: sqlite3.Connection, chat: int) -> int:
    row = db.execute("SELECT count(*) FROM letters WHERE lane = ?", (f"chat {chat}",)).fetchone()
    return int(row[0])
