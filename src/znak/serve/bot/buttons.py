"""The buttons under drafts and logos, and the answers to what they ask for (a colour code, a name)."""

from __future__ import annotations

from typing import Any

from aiogram import Router
from aiogram.filters import StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import CallbackQuery, Message

from znak.errors import InputError
from znak.serve.bot.hand import ANONYMOUS, Hand
from znak.serve.bot.keyboards import (
    COLOURS,
    LAYOUTS,
    NAMELESS,
    OnCard,
    of_colours,
    of_layouts,
    of_logo,
)
from znak.serve.bot.letters import new_keyboard
from znak.serve.bot.texts import plain
from znak.serve.bot.unit import Card, find_card, find_run
from znak.serve.order import Order
from znak.studio.logos import Wish, check_wish

_TOASTS = {"svg": "working", "kit": "packing", "originality": "comparing"}


class Wanted(StatesGroup):
    """What the user is asked to write for a logo."""

    code = State()
    name = State()


def make_router() -> Router:
    """Return a router of the buttons; the last, since it answers every button that is left."""
    router = Router(name="buttons")
    router.message.register(take_code, StateFilter(Wanted.code))
    router.message.register(take_name, StateFilter(Wanted.name))
    router.callback_query.register(press, OnCard.filter())
    router.callback_query.register(refuse)
    return router


async def refuse(query: CallbackQuery, hand: Hand) -> None:
    """Answer a button that nobody knows: forged, or of another version."""
    hand.reply(query, "old_button", alert=True)


async def press(query: CallbackQuery, hand: Hand, state: FSMContext, callback_data: OnCard) -> None:
    """Do what a button under drafts or a logo asks for."""
    act, value = callback_data.act, callback_data.value
    card = await hand.store.do(lambda db: find_card(db, callback_data.token))
    if card is None or card.chat != hand.place.chat or query.message is None:
        hand.reply(query, "old_button", alert=True)
        return
    if card.owner not in (hand.user, ANONYMOUS):  # an anonymous admin presses under their own id
        hand.reply(query, "not_yours", alert=True)
        return
    number = query.message.message_id
    if act == "more":
        await _draw_more(query, hand, card)
    elif act == "show" and card.place == 0:
        await _file(query, hand, "show", card)
    elif act == "pick" and card.place == 0 and value.isdecimal() and len(value) <= 2:
        await _file(query, hand, "pick", card, place=int(value))
    elif card.place == 0:
        hand.reply(query, "old_button", alert=True)
    elif act in ("svg", "kit", "originality"):
        await _file(query, hand, act, card, toast=_TOASTS[act])
    elif act == "vary":
        await _vary(query, hand, card)
    elif act in ("colours", "layout", "back"):
        makers = {"colours": of_colours, "layout": of_layouts, "back": of_logo}
        keyboard = makers[act](card.token, hand.language)
        hand.reply(query)
        hand.send(new_keyboard(hand.place.chat, number, keyboard))
    elif act == "colour" and (value in COLOURS or not value):
        codes = [COLOURS[value]] if value else None
        await _change(query, hand, card, colours=codes)
    elif act == "lay" and value in LAYOUTS:
        if value not in NAMELESS and not card.name:
            await _ask(query, hand, state, card, Wanted.name, "need_name", layout=value)
        else:
            await _change(query, hand, card, layout=value)
    elif act == "code":
        await _ask(query, hand, state, card, Wanted.code, "ask_code")
    elif act == "name":
        await _ask(query, hand, state, card, Wanted.name, "ask_rename")
    else:
        hand.reply(query, "old_button", alert=True)


async def take_code(message: Message, hand: Hand, state: FSMContext) -> None:
    """Take one or two colour codes."""
    codes = (hand.said.text if hand.said else "").replace(",", " ").split()
    await _take(hand, state, {"colours": codes}, Wish(colours=tuple(codes)))


async def take_name(message: Message, hand: Hand, state: FSMContext) -> None:
    """Take a name, and on further lines a tagline."""
    name, _, tagline = (hand.said.text if hand.said else "").partition("\n")
    name, tagline = name.strip(), " ".join(tagline.split())
    change = {"name": name, "tagline": tagline}
    await _take(hand, state, change, Wish(name=name, tagline=tagline))


async def _take(hand: Hand, state: FSMContext, change: dict[str, Any], wish: Wish) -> None:
    if not any(change.values()):
        hand.notice("only_text")
        return
    try:
        check_wish(wish)
    except InputError as error:
        hand.say("failed", reason=error.text(hand.language))
        return
    data = await state.get_data()
    card = await hand.store.do(lambda db: find_card(db, str(data.get("card", ""))))
    await state.clear()
    if card is None:
        hand.say("old_button")
        return
    if data.get("layout"):
        change = {**change, "layout": data["layout"]}
    elif "name" in change and not card.name:  # a mark alone gets its name beside it
        change = {**change, "layout": change.get("layout") or "horizontal"}
    if not await hand.file("change", card.token, change=change):
        hand.notice("many_files")


async def _ask(
    query: CallbackQuery, hand: Hand, state: FSMContext, card: Card, wanted: State, key: str,
    **data: str,
) -> None:  # fmt: skip
    await state.clear()
    await state.set_state(wanted)
    await state.update_data({"card": card.token, **data})
    hand.reply(query)
    hand.say(key, ask="hint_code" if wanted == Wanted.code else "hint_name")


async def _draw_more(query: CallbackQuery, hand: Hand, card: Card) -> None:
    run = await hand.store.do(lambda db: find_run(db, card.run))
    if run is None:
        hand.reply(query, "old_button", alert=True)
        return
    order = Order.model_validate({**run.body["order"], "seed": hand.seed})
    await hand.draw(order, run.body["shown"], like=run.body.get("like"))
    hand.reply(query)


async def _vary(query: CallbackQuery, hand: Hand, card: Card) -> None:
    run = await hand.store.do(lambda db: find_run(db, card.run))
    if run is None:
        hand.reply(query, "old_button", alert=True)
        return
    order = Order.model_validate({**run.body["order"], "seed": hand.seed})
    shown = plain("variations", hand.language, place=card.place)
    like = {"job": card.job, "place": card.place, "wish": card.wish}
    await hand.draw(order, shown, like=like)
    hand.reply(query)


async def _change(query: CallbackQuery, hand: Hand, card: Card, **change: Any) -> None:
    number = query.message.message_id if query.message is not None else None
    await _file(query, hand, "change", card, toast="working", change=change, message=number)


async def _file(
    query: CallbackQuery, hand: Hand, kind: str, card: Card, *, toast: str = "", **body: Any
) -> None:
    if await hand.file(kind, card.token, **body):
        hand.reply(query, toast)
    else:
        hand.reply(query, "many_files", alert=True)
