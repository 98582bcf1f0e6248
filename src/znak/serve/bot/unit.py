"""`Unit`: all that handling one update, or finishing one order, brings about; stored at once or not
at all.

Handlers never call Telegram. They put letters, orders and changed dialogues into the unit; when they
are done it is written in one transaction, together with the mark that the update is handled. So a
process that dies leaves an update either not handled at all, or handled whole.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import Any

from znak.serve.bot.letters import Letter, to_json


@dataclass(frozen=True)
class Run:
    """An order on its way: of the line "jobs" (marks to be made) or "cards" (files of made ones).

    `state` is waiting, running, stopping, done, failed or stopped; `body` is what the kind needs.
    """

    id: str
    line: str
    kind: str
    user: int
    chat: int
    language: str
    body: dict[str, Any]
    thread: int | None = None
    reply_to: int | None = None
    state: str = "waiting"
    job: str | None = None
    status: int | None = None
    card: str | None = None
    tries: int = 0
    created: float = 0.0
    number: int = 0


@dataclass(frozen=True)
class Card:
    """What buttons under a message speak of: a whole set (`place` 0) or one logo of it.

    `wish` is what was wished of the logo since, as JSON-ready values of `studio.logos.Wish`.
    """

    token: str
    owner: int
    chat: int
    run: str
    job: str
    place: int = 0
    thread: int | None = None
    wish: dict[str, Any] = field(default_factory=dict)
    name: str = ""
    message: int | None = None


@dataclass
class Unit:
    """Changes that belong together; `commit` writes them."""

    letters: list[Letter] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    cards: list[Card] = field(default_factory=list)
    languages: dict[int, str] = field(default_factory=dict)
    dialogues: dict[str, dict[str, Any]] = field(default_factory=dict)
    also: list[Callable[[sqlite3.Connection], object]] = field(default_factory=list)
    stops: list[str] = field(default_factory=list)
    """Runs that were told to stop; for those who run them, not stored here."""

    def move(self, chat: int) -> None:
        """Turn everything to another chat: a group became a supergroup meanwhile."""
        self.letters = [
            replace(x, chat=chat, body={**x.body, "chat_id": chat}) if x.chat else x
            for x in self.letters
        ]
        self.cards = [replace(card, chat=chat) for card in self.cards]

    def commit(self, db: sqlite3.Connection) -> None:
        """Write everything into the open transaction."""
        now = time.time()
        for key, change in self.dialogues.items():
            write_dialogue(db, key, change, now)
        for user, language in self.languages.items():
            db.execute("INSERT OR REPLACE INTO users VALUES (?, ?)", (user, language))
        for run in self.runs:
            db.execute(
                "INSERT INTO runs (id, line, kind, user, chat, thread, reply_to, language, body, state,"
                " card, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (run.id, run.line, run.kind, run.user, run.chat, run.thread, run.reply_to,
                 run.language, to_json(run.body), run.state, run.card, now),
            )  # fmt: skip
        for card in self.cards:
            db.execute(
                "INSERT INTO cards VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (card.token, card.owner, card.chat, card.thread, card.run, card.job, card.place,
                 to_json(card.wish), card.name, card.message, now),
            )  # fmt: skip
        for letter in self.letters:
            add_letter(db, letter, now)
        for change_also in self.also:
            change_also(db)


CURRENT: ContextVar[Unit | None] = ContextVar("znak_bot_unit", default=None)
"""The unit of the update that is being handled; the storage of dialogues writes into it."""


def add_letter(db: sqlite3.Connection, letter: Letter, now: float) -> None:
    """Store a letter and its files."""
    number = db.execute(
        "INSERT INTO letters (lane, chat, method, body, run, role, created) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            letter.where,
            letter.chat,
            letter.method,
            to_json(letter.body),
            letter.run,
            letter.role,
            now,
        ),
    ).lastrowid
    for place, (name, data) in enumerate(letter.files):
        db.execute("INSERT INTO files VALUES (?, ?, ?, ?)", (number, place, name, data))


def write_dialogue(db: sqlite3.Connection, key: str, change: dict[str, Any], now: float) -> None:
    """Store a dialogue's new state, its new data, or both; a dialogue at its end is forgotten."""
    db.execute("INSERT OR IGNORE INTO dialogues (key, changed) VALUES (?, ?)", (key, now))
    for name, given in change.items():
        value = to_json(given) if name == "data" else given
        db.execute(f"UPDATE dialogues SET {name} = ?, changed = ? WHERE key = ?", (value, now, key))
    db.execute("DELETE FROM dialogues WHERE key = ? AND state IS NULL AND data = '{}'", (key,))


def read_run(row: sqlite3.Row) -> Run:
    """Return the run of a stored row."""
    return Run(
        id=row["id"], line=row["line"], kind=row["kind"], user=row["user"], chat=row["chat"],
        language=row["language"], body=json.loads(row["body"]), thread=row["thread"],
        reply_to=row["reply_to"], state=row["state"], job=row["job"], status=row["status"],
        card=row["card"], tries=row["tries"], created=row["created"], number=row["number"],
    )  # fmt: skip


def find_run(db: sqlite3.Connection, run_id: str) -> Run | None:
    """Return the run of this id."""
    row = db.execute("SELECT * FROM runs WHERE id = ?", (run_id,)).fetchone()
    return None if row is None else read_run(row)


def find_card(db: sqlite3.Connection, token: str) -> Card | None:
    """Return the card of this token."""
    row = db.execute("SELECT * FROM cards WHERE token = ?", (token,)).fetchone()
    if row is None:
        return None
    values = {**dict(row), "wish": json.loads(row["wish"])}
    values.pop("created")
    return Card(**values)
