"""/start, /help, /history, /language, /cancel."""

from __future__ import annotations

import sqlite3
import time
from typing import Any

from aiogram import Router
from aiogram.filters import Filter
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from znak.serve.bot.hand import Hand
from znak.serve.bot.keyboards import OnLanguage, OnRun, of_history, of_languages
from znak.serve.bot.letters import edit
from znak.serve.bot.texts import Html, say
from znak.serve.bot.unit import Run, add_letter, find_run, read_run

_HISTORY = 10


class OnCommand(Filter):
    """Lets through the commands of these names."""

    def __init__(self, *names: str) -> None:
        """Give names without the slash; none lets every command through."""
        self._names = names

    async def __call__(self, message: Message, hand: Hand) -> bool:
        """Say whether the message is one of the commands."""
        command = hand.said.command if hand.said else None
        return command is not None and (not self._names or command in self._names)


def make_router() -> Router:
    """Return a router of these commands."""
    router = Router(name="commands")
    router.message.register(start, OnCommand("start"))
    router.message.register(show_help, OnCommand("help"))
    router.message.register(show_history, OnCommand("history"))
    router.message.register(ask_language, OnCommand("language"))
    router.message.register(cancel, OnCommand("cancel"))
    router.callback_query.register(set_language, OnLanguage.filter())
    router.callback_query.register(stop_run, OnRun.filter())
    return router


async def start(message: Message, hand: Hand, state: FSMContext) -> None:
    """Say what this is; a dialogue that was begun is dropped."""
    await state.clear()
    hand.say("start")


async def show_help(message: Message, hand: Hand, bot_name: str) -> None:
    """Say how it works."""
    hand.say("help_group" if hand.in_group else "help", bot=bot_name)


async def show_history(message: Message, hand: Hand) -> None:
    """List the user's last sets of drafts of this chat, with a button to see each again."""

    def read(db: sqlite3.Connection) -> list[Run]:
        rows = db.execute(
            "SELECT * FROM runs WHERE user = ? AND chat = ? AND line = 'jobs' AND state = 'done' "
            "AND card IS NOT NULL ORDER BY number DESC LIMIT ?",
            (hand.user, hand.place.chat, _HISTORY),
        )
        return [read_run(row) for row in rows]

    runs = await hand.store.do(read)
    if not runs:
        hand.say("history_empty")
        return
    rows = [
        say("history_row", hand.language, place=place, prompt=run.body["shown"], day=_day(run))
        for place, run in enumerate(runs, start=1)
    ]
    cards = [run.card for run in runs if run.card]
    hand.say("history", rows=Html("\n".join(rows)), keyboard=of_history(cards))


async def ask_language(message: Message, hand: Hand) -> None:
    """Offer the two languages."""
    hand.say("ask_language", keyboard=of_languages(hand.user))


async def set_language(query: CallbackQuery, hand: Hand, callback_data: OnLanguage) -> None:
    """Speak the chosen language from now on."""
    if callback_data.user != hand.user:
        hand.reply(query, "not_yours", alert=True)
        return
    if callback_data.language not in ("en", "ru"):
        hand.reply(query, "old_button", alert=True)
        return
    hand.language = callback_data.language
    hand.unit.languages[hand.user] = hand.language
    hand.reply(query)
    if query.message is not None:
        text = say("language_set", hand.language)
        hand.send(edit(hand.place.chat, text, number=query.message.message_id))


async def cancel(message: Message, hand: Hand, state: FSMContext) -> None:
    """End the dialogue and stop the user's drawings in this chat."""
    talked = await state.get_state() is not None
    await state.clear()

    def count(db: sqlite3.Connection) -> int:
        row = db.execute(
            "SELECT count(*) FROM runs WHERE user = ? AND chat = ? AND state IN ('waiting', 'running')",
            (hand.user, hand.place.chat),
        ).fetchone()
        return int(row[0])

    drawing = await hand.store.do(count)
    if drawing:
        _stop(hand, "user = ? AND chat = ?", (hand.user, hand.place.chat))
    hand.say("stopped" if talked or drawing else "nothing_to_stop")


async def stop_run(query: CallbackQuery, hand: Hand, callback_data: OnRun) -> None:
    """Stop one drawing."""
    run = await hand.store.do(lambda db: find_run(db, callback_data.run))
    if run is None or run.chat != hand.place.chat or run.state not in ("waiting", "running"):
        hand.reply(query, "old_button", alert=True)
    elif run.user != hand.user:
        hand.reply(query, "not_yours", alert=True)
    else:
        _stop(hand, "id = ?", (run.id,))
        hand.reply(query, "stopped")


def _stop(hand: Hand, where: str, values: tuple[Any, ...]) -> None:
    """Stop runs: those that wait end here, those under way are ended by whoever makes them."""

    def write(db: sqlite3.Connection) -> None:
        for row in db.execute(
            f"SELECT * FROM runs WHERE {where} AND state = 'waiting' AND line = 'jobs'", values
        ).fetchall():
            run = read_run(row)
            text = say("stopped_line", run.language, prompt=run.body["shown"])
            add_letter(db, edit(run.chat, text, run=run.id), time.time())
        db.execute(
            "UPDATE runs SET state = CASE state WHEN 'waiting' THEN 'stopped' ELSE 'stopping' END "
            f"WHERE {where} AND state IN ('waiting', 'running')",
            values,
        )

    hand.unit.also.append(write)


def _day(run: Run) -> str:
    return time.strftime("%d.%m", time.localtime(run.created))
