"""Sending letters: in order within a chat, chats beside each other, each until it arrives or its
tries are used up.

A letter is struck off when Telegram has answered. If the process dies, or the connection breaks,
between Telegram's taking a message and our hearing of it, the letter is sent again: the Bot API has
no key by which Telegram could know it. Everything else is sent once.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiogram import Bot
from aiogram.exceptions import (
    AiogramError,
    ClientDecodeError,
    TelegramBadRequest,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiogram.types import Message

from znak.errors import StorageError
from znak.serve.bot.letters import Letter, Place, build, message
from znak.serve.bot.pace import Pace
from znak.serve.bot.store import Store
from znak.serve.bot.texts import say
from znak.serve.bot.unit import add_letter, find_run

log = logging.getLogger(__name__)
MAX_TRIES = 12
"""A letter that failed so often is given up."""
MAX_AGE_S = 86_400.0
_LONGEST_PAUSE = 60.0
_DONE = ("message is not modified", "message to delete not found", "message can't be deleted")
_GONE = ("chat not found", "user is deactivated", "have no rights to send", "not enough rights",
         "group chat was deactivated", "topic_closed", "chat_write_forbidden")  # fmt: skip


@dataclass(frozen=True)
class Waiting:
    """A letter on its way."""

    number: int
    letter: Letter
    tries: int
    created: float


class Outbox:
    """Sends what is in the store."""

    def __init__(
        self, bot: Bot, store: Store, *, pace: Pace, lanes: int = 8, timeout: int = 60,
        pause: float = 1.0,
    ) -> None:  # fmt: skip
        """Send over `lanes` chats at once; `pause` is the first wait after an error."""
        self._bot, self._store, self.pace = bot, store, pace
        self._lanes, self._timeout, self._pause = lanes, timeout, pause
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._news = asyncio.Event()

    def wake(self) -> None:
        """Look for letters now."""
        self._news.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Send until `stop` is set, then finish the letters that are being sent."""
        while not stop.is_set():
            self._news.clear()
            try:
                wait = await self._start_due()
            except StorageError as error:
                log.error("letters can't be read: %s", error.message)
                wait = 1.0
            ends = asyncio.ensure_future(stop.wait())
            news = asyncio.ensure_future(self._news.wait())
            await asyncio.wait({ends, news}, timeout=wait, return_when=asyncio.FIRST_COMPLETED)
            for waiter in (ends, news):
                waiter.cancel()
            await asyncio.gather(ends, news, return_exceptions=True)
        if self._busy:
            await asyncio.wait(self._busy.values(), timeout=10)
        for task in self._busy.values():
            task.cancel()
        await asyncio.gather(*self._busy.values(), return_exceptions=True)

    async def _start_due(self) -> float:
        """Start sending what may be sent; return how long nothing else is due, s."""
        for lane in [lane for lane, task in self._busy.items() if task.done()]:
            self._busy.pop(lane).result()  # a fault of ours ends the bot, for all to see
        heads = await self._store.do(_heads)
        now, soonest = time.time(), 1.0
        for number, lane, due in heads:
            if lane in self._busy:
                continue
            if due > now:
                soonest = min(soonest, due - now)
                continue
            if len(self._busy) >= self._lanes:
                break
            self._busy[lane] = asyncio.create_task(self._send(number))
            self._busy[lane].add_done_callback(lambda _: self.wake())
        return max(0.01, soonest)

    async def _send(self, number: int) -> None:
        waiting = await self._store.do(lambda db: _read(db, number))
        if waiting is None:
            return
        letter = waiting.letter
        if letter.chat and (wait := self.pace.take(letter.chat, letter.weight)):
            await self._later(waiting, wait, tries=waiting.tries)
            return
        try:
            result = await self._bot(build(letter), request_timeout=self._timeout)
            await self._settle(lambda db: _strike(db, waiting, result))
        except TelegramUnauthorizedError:
            raise
        except TelegramRetryAfter as error:
            await self._later(waiting, error.retry_after + 0.05, tries=waiting.tries + 1)
        except TelegramForbiddenError:
            await self._close(waiting)
        except TelegramMigrateToChat as error:
            new = error.migrate_to_chat_id
            await self._settle(lambda db: _move_chat(db, letter.chat, new))
        except TelegramBadRequest as error:
            await self._refused(waiting, error.message)
        except TelegramEntityTooLarge:
            await self._settle(lambda db: _say_too_big(db, waiting))
        except (TelegramNetworkError, TelegramServerError, ClientDecodeError) as error:
            log.info("a letter failed: %s", type(error).__name__, extra={"letter": number})
            wait = min(self._pause * 2**waiting.tries, _LONGEST_PAUSE)
            await self._later(waiting, wait, tries=waiting.tries + 1)
        except AiogramError as error:
            await self._refused(waiting, str(error))

    async def _later(self, waiting: Waiting, wait: float, *, tries: int) -> None:
        if tries >= MAX_TRIES or time.time() - waiting.created > MAX_AGE_S:
            await self._give_up(waiting, "too many tries")
            return
        due = time.time() + wait
        await self._settle(
            lambda db: db.execute(
                "UPDATE letters SET due = ?, tries = ? WHERE number = ?",
                (due, tries, waiting.number),
            )
        )

    async def _refused(self, waiting: Waiting, reason: str) -> None:
        """Handle a refusal that trying again can't change."""
        said = reason.lower()
        if any(words in said for words in _GONE):
            await self._close(waiting)
        elif waiting.letter.role == "of-status" and "message to edit not found" in said:
            body = waiting.letter.body
            await self._settle(lambda db: _say_anew(db, waiting.number, body))
        elif any(words in said for words in _DONE):
            await self._settle(lambda db: _strike(db, waiting, None))
        elif "can't parse entities" in said and waiting.letter.body.get("parse_mode"):
            log.error("our HTML was refused", extra={"letter": waiting.number, "reason": reason})
            body = _without_html(waiting.letter.body)
            await self._settle(lambda db: _rewrite(db, waiting.number, body))
        else:
            await self._give_up(waiting, reason)

    async def _give_up(self, waiting: Waiting, reason: str) -> None:
        log.warning(
            "a letter was given up: %s", reason,
            extra={"letter": waiting.number, "method": waiting.letter.method},
        )  # fmt: skip
        await self._settle(lambda db: _drop(db, "number = ?", (waiting.number,)))

    async def _close(self, waiting: Waiting) -> None:
        """Stop speaking in a chat that is closed to the bot."""
        chat = waiting.letter.chat
        log.info("a chat is closed to the bot", extra={"chat": chat})
        if chat:
            await self._settle(lambda db: close_chat(db, chat))
        else:
            await self._give_up(waiting, "forbidden")

    async def _settle(self, work: Callable[[sqlite3.Connection], object]) -> None:
        """Store what became of a letter, however long the disk is full: else it is sent again."""
        while True:
            try:
                await self._store.do(work)
            except StorageError as error:
                log.error("a sent letter can't be struck off: %s", error.message)
                await asyncio.sleep(1)
            else:
                return


def close_chat(db: sqlite3.Connection, chat: int) -> None:
    """Drop what was to be said in a chat that is closed to us, and stop what was drawn for it."""
    _drop(db, "chat = ? AND chat != 0", (chat,))
    db.execute(
        "UPDATE runs SET state = CASE state WHEN 'waiting' THEN 'stopped' ELSE 'stopping' END "
        "WHERE chat = ? AND state IN ('waiting', 'running')",
        (chat,),
    )


def _heads(db: sqlite3.Connection) -> list[tuple[int, str, float]]:
    """Return the first letter of each lane: (number, lane, when it is due)."""
    rows = db.execute(
        "SELECT number, lane, due FROM letters WHERE number IN "
        "(SELECT min(number) FROM letters WHERE state = 'new' GROUP BY lane) ORDER BY due, number"
    )
    return [(row["number"], row["lane"], row["due"]) for row in rows]


def _read(db: sqlite3.Connection, number: int) -> Waiting | None:
    row = db.execute("SELECT * FROM letters WHERE number = ?", (number,)).fetchone()
    if row is None:
        return None
    files = db.execute("SELECT name, data FROM files WHERE letter = ? ORDER BY place", (number,))
    body: dict[str, Any] = json.loads(row["body"])
    if row["role"] == "of-status":
        found = db.execute("SELECT status FROM runs WHERE id = ?", (row["run"],)).fetchone()
        if found is None or found["status"] is None:
            _say_anew(db, number, body)
            return _read(db, number)
        body["message_id"] = found["status"]
    letter = Letter(
        row["chat"], row["method"], body, tuple((f["name"], f["data"]) for f in files),
        run=row["run"], role=row["role"], lane=row["lane"],
    )  # fmt: skip
    return Waiting(number, letter, row["tries"], row["created"])


def _strike(db: sqlite3.Connection, waiting: Waiting, result: object) -> None:
    """Strike off a letter that arrived, and keep the id of its message where it is needed."""
    letter = waiting.letter
    if isinstance(result, Message):
        if letter.role == "status":
            db.execute("UPDATE runs SET status = ? WHERE id = ?", (result.message_id, letter.run))
        elif letter.role.startswith("card:"):
            db.execute(
                "UPDATE cards SET message = ? WHERE token = ?",
                (result.message_id, letter.role.removeprefix("card:")),
            )
    _drop(db, "number = ?", (waiting.number,))


def _drop(db: sqlite3.Connection, where: str, values: tuple[int, ...]) -> None:
    db.execute(
        f"DELETE FROM files WHERE letter IN (SELECT number FROM letters WHERE {where})", values
    )
    db.execute(f"DELETE FROM letters WHERE {where}", values)


def _move_chat(db: sqlite3.Connection, old: int, new: int) -> None:
    """Follow a group that became a supergroup."""
    for number, text in db.execute(
        "SELECT number, body FROM letters WHERE chat = ?", (old,)
    ).fetchall():
        body = {**json.loads(text), "chat_id": new}
        body.pop("reply_parameters", None)
        db.execute(
            "UPDATE letters SET chat = ?, lane = ?, body = ? WHERE number = ?",
            (new, f"chat {new}", json.dumps(body), number),
        )
    for table in ("runs", "cards"):
        db.execute(f"UPDATE {table} SET chat = ? WHERE chat = ?", (new, old))


def _say_anew(db: sqlite3.Connection, number: int, body: dict[str, Any]) -> None:
    """Turn the change of a progress message that is not there into a message of its own."""
    body = {k: v for k, v in body.items() if k != "message_id"}
    db.execute(
        "UPDATE letters SET method = 'sendMessage', role = '', body = ? WHERE number = ?",
        (json.dumps(body), number),
    )


def _rewrite(db: sqlite3.Connection, number: int, body: dict[str, Any]) -> None:
    db.execute(
        "UPDATE letters SET body = ?, tries = tries + 1 WHERE number = ?",
        (json.dumps(body), number),
    )


def _say_too_big(db: sqlite3.Connection, waiting: Waiting) -> None:
    """Put a line of text in the place of a file that Telegram does not take."""
    run = find_run(db, waiting.letter.run or "")
    text = say("too_big", run.language if run is not None else "en")
    _drop(db, "number = ?", (waiting.number,))
    add_letter(db, message(Place(waiting.letter.chat), text), time.time())


def _without_html(body: dict[str, Any]) -> dict[str, Any]:
    """Return a body whose text is sent as it stands, its tags taken out."""
    from html import unescape

    plain = {k: v for k, v in body.items() if k != "parse_mode"}
    for name in ("text", "caption"):
        if name in plain:
            plain[name] = unescape(re.sub(r"</?[a-z-]+[^<>]*>", "", plain[name]))
    return plain
