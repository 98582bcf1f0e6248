"""`Hand`: what a handler has in its hands: who speaks, where, in which language, and a `Unit` to put
answers and orders into.
"""

from __future__ import annotations

import re
import sqlite3
import time
from dataclasses import dataclass, field
from typing import Any

from aiogram.types import CallbackQuery, Message, Update
from aiogram.types import User as Sender

from znak.serve.bot.keyboards import of_run
from znak.serve.bot.letters import Keyboard, Letter, Place, answer, message
from znak.serve.bot.options import Options
from znak.serve.bot.runs import as_body
from znak.serve.bot.store import Store
from znak.serve.bot.texts import plain, quote, say
from znak.serve.bot.unit import Run, Unit
from znak.serve.order import Order

ANONYMOUS = 1087968824
"""Telegram's stand-in for anonymous administrators of a group."""
_NOTICE_S = 20.0
_COMMAND = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@(\w+))?(?:\s+|$)")


@dataclass(frozen=True)
class Said:
    """A message's words to the bot: a command (without its slash) or none, and the rest."""

    text: str
    command: str | None = None


@dataclass
class Manners:
    """What is remembered of the last seconds, for not repeating ourselves."""

    noticed: dict[tuple[int, str], float] = field(default_factory=dict)

    def may(self, user: int, key: str) -> bool:
        """Say whether a notice is new to the user, not one of the last seconds."""
        now = time.monotonic()
        self.noticed = {k: t for k, t in self.noticed.items() if now - t < _NOTICE_S}
        return self.noticed.setdefault((user, key), now) == now


@dataclass
class Hand:
    """See the module. `said` is None for what has no words."""

    unit: Unit
    store: Store
    options: Options
    manners: Manners
    user: int
    place: Place
    language: str
    run_id: str
    seed: int
    said: Said | None = None

    @property
    def in_group(self) -> bool:
        """Say whether others can read along."""
        return self.place.chat < 0

    def send(self, letter: Letter) -> None:
        """Put a letter into the post."""
        self.unit.letters.append(letter)

    def say(
        self,
        key: str,
        *,
        keyboard: Keyboard | None = None,
        ask: str | None = None,
        **values: object,
    ) -> None:
        """Say a text; `ask` names the hint of a question whose answer is awaited.

        In groups a question opens the asked one's answering line: an answer that is no reply would
        not reach the bot.
        """
        text = say(key, self.language, **values)
        hint = plain(ask, self.language) if ask and self.in_group and not keyboard else None
        self.send(message(self.place, text, keyboard=keyboard, ask=hint))

    def notice(self, key: str, **values: Any) -> None:
        """Say a text unless the user was told it seconds ago."""
        if self.manners.may(self.user, key):
            self.say(key, **values)

    def reply(self, query: CallbackQuery, key: str = "", *, alert: bool = False) -> None:
        """Answer a pressed button."""
        self.send(answer(query.id, plain(key, self.language) if key else "", alert=alert))

    async def draw(self, order: Order, shown: str, *, like: dict[str, Any] | None = None) -> bool:
        """Order marks; return False when the user has as many waiting as one may.

        `like` is the logo to vary: its job, place and wish as they are now, since the same run must
        hand in the same order whenever it is tried.
        """
        waiting = await self._count("jobs")
        if waiting >= self.options.user_limit:
            self.notice("limit", count=waiting)
            return False
        shown = quote(shown) or plain("a_logo", self.language)
        body = as_body(order=order.model_dump(mode="json"), shown=shown, like=like)
        run = self._run("jobs", "vary" if like else "make", body)
        self.unit.runs.append(run)
        text = say("queued", self.language, prompt=shown)
        keyboard = of_run(run.id, self.language)
        self.send(message(self.place, text, keyboard=keyboard, run=run.id, role="status"))
        return True

    async def file(self, kind: str, card: str, **body: object) -> bool:
        """Order files or a picture of a card; return False when too much is ordered already."""
        if await self._count("cards") >= self.options.user_files:
            return False
        self.unit.runs.append(self._run("cards", kind, as_body(card=card, **body)))
        return True

    def order(self, prompt: str, **given: object) -> Order:
        """Return an order of the user's words, with this update's seed."""
        language = None if prompt.strip() else self.language
        return Order.model_validate(
            {
                "prompt": prompt,
                "n": self.options.n,
                "seed": self.seed,
                "language": language,
                **given,
            }
        )

    async def _count(self, line: str) -> int:
        def count(db: sqlite3.Connection) -> int:
            return int(
                db.execute(
                    "SELECT count(*) FROM runs WHERE user = ? AND line = ? "
                    "AND state IN ('waiting', 'running')",
                    (self.user, line),
                ).fetchone()[0]
            )

        return await self.store.do(count)

    def _run(self, line: str, kind: str, body: dict[str, object]) -> Run:
        return Run(
            id=self.run_id, line=line, kind=kind, user=self.user, chat=self.place.chat,
            language=self.language, body=body, thread=self.place.thread,
            reply_to=self.place.reply_to,
        )  # fmt: skip


def source_of(update: Update) -> tuple[Sender, Message | None] | None:
    """Return who speaks, and the message that shows where; None for updates without either."""
    if update.callback_query is not None:
        query = update.callback_query
        return query.from_user, query.message if isinstance(query.message, Message) else None
    spoken = update.message or update.edited_message
    if spoken is None or spoken.from_user is None:
        return None
    if spoken.from_user.is_bot and spoken.from_user.id != ANONYMOUS:
        return None
    return spoken.from_user, spoken


def place_of(spoken: Message, *, answering: bool) -> Place:
    """Return where an answer to a message goes; in groups it refers to it."""
    thread = spoken.message_thread_id if spoken.is_topic_message else None
    in_group = spoken.chat.type != "private"
    return Place(spoken.chat.id, thread, spoken.message_id if in_group and answering else None)


def read_said(spoken: Message, *, username: str, bot_id: int) -> Said | None:
    """Return the words of a message if they are meant for the bot: in a private chat all of them, in
    a group those that mention it, name it in a command, or answer it.
    """
    text = spoken.text or spoken.caption or ""
    command = _COMMAND.match(text)
    named = command is not None and (command.group(2) or "").lower() == username.lower()
    if command is not None and command.group(2) and not named:
        return None  # another bot's
    mention = re.compile(rf"(?<!\w)@{re.escape(username)}(?!\w)", re.IGNORECASE)
    if spoken.chat.type != "private":
        answered = spoken.reply_to_message
        meant = answered is not None and answered.from_user is not None
        if not (
            named
            or mention.search(text)
            or (meant and answered is not None and answered.from_user is not None
                and answered.from_user.id == bot_id)
        ):  # fmt: skip
            return None
        text = mention.sub(" ", text) if command is None else text
        command = command or _COMMAND.match(text.strip())
    text = text.strip()
    if command is None:
        return Said(text)
    return Said(text[command.end() :].strip() if named or not command.group(2) else text,
                command.group(1).lower())  # fmt: skip
