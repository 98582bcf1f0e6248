"""/new: four questions – what, name, colours, style – each answered in words, by a button, or skipped."""

from __future__ import annotations

from typing import Any

from aiogram import Router
from aiogram.filters import StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import CallbackQuery, Message

from znak.errors import InputError
from znak.serve.bot.commands import OnCommand
from znak.serve.bot.hand import Hand
from znak.serve.bot.keyboards import COLOURS, STYLES, OnQuestion, of_question
from znak.serve.bot.letters import edit, new_keyboard
from znak.serve.bot.texts import Html, plain, say
from znak.studio.logos import Wish, check_wish

STEPS = ("what", "name", "colours", "style")


class Asked(StatesGroup):
    """Which question is open."""

    what = State()
    name = State()
    colours = State()
    style = State()


_STATES = {"what": Asked.what, "name": Asked.name, "colours": Asked.colours, "style": Asked.style}


def make_router() -> Router:
    """Return a router of the dialogue."""
    router = Router(name="dialogue")
    router.message.register(begin, OnCommand("new"))
    router.message.register(take_words, StateFilter(Asked))
    router.callback_query.register(take_button, OnQuestion.filter())
    return router


async def begin(message: Message, hand: Hand, state: FSMContext) -> None:
    """Ask the first question; what stands behind the command is its answer already."""
    await state.clear()
    if hand.said is not None and hand.said.text:
        await state.update_data(what=hand.said.text)
        await _ask(hand, state, "name")
    else:
        await _ask(hand, state, "what")


async def take_words(message: Message, hand: Hand, state: FSMContext, max_prompt: int) -> None:
    """Take the answer that somebody wrote."""
    step = _step(await state.get_state())
    text = hand.said.text if hand.said is not None else ""
    if not message.text or not text:
        hand.notice("only_text")
        return
    if len(text) > max_prompt:
        hand.say("too_long", length=len(text), limit=max_prompt)
        return
    if step == "name":
        try:
            text = check_wish(Wish(name=text)).name or ""
        except InputError as error:
            hand.say("failed", reason=error.text(hand.language))
            return
    await state.update_data({step: text})
    await _go_on(hand, state, step)


async def take_button(
    query: CallbackQuery, hand: Hand, state: FSMContext, callback_data: OnQuestion
) -> None:
    """Take the answer that somebody pressed."""
    step, value = callback_data.step, callback_data.value
    if callback_data.user != hand.user:
        hand.reply(query, "not_yours", alert=True)
        return
    if step not in STEPS or step != _step(await state.get_state()):
        hand.reply(query, "answered")
        return
    data = await state.get_data()
    chosen: list[str] = data.get("styles", [])
    number = query.message.message_id if query.message is not None else 0
    if value == "stop":
        hand.reply(query, "stopped")
        await state.clear()
        hand.send(edit(hand.place.chat, say("stopped", hand.language), number=number))
        return
    if step == "style" and value in STYLES:
        chosen = [s for s in chosen if s != value] if value in chosen else [*chosen, value]
        await state.update_data(styles=chosen)
        hand.reply(query)
        keyboard = of_question(step, hand.user, hand.language, chosen=chosen)
        hand.send(new_keyboard(hand.place.chat, number, keyboard))
        return
    said = plain("skip", hand.language).lower()
    if step == "colours" and value in COLOURS:
        await state.update_data(colour=value)
        said = plain(f"colour_{value}", hand.language)
    elif step == "style" and value == "draw" and chosen:
        said = ", ".join(plain(f"style_{s}", hand.language).lower() for s in chosen)
    elif value not in ("skip", "draw"):
        hand.reply(query, "old_button", alert=True)
        return
    hand.reply(query)
    question = say(f"ask_{step}", hand.language).split("\n")[0]
    answered = say("answer", hand.language, question=Html(question), said=said)
    hand.send(edit(hand.place.chat, answered, number=number))
    await _go_on(hand, state, step)


async def _go_on(hand: Hand, state: FSMContext, step: str) -> None:
    """Ask the next question, or draw after the last."""
    place = STEPS.index(step) + 1
    if place < len(STEPS):
        await _ask(hand, state, STEPS[place])
        return
    data = await state.get_data()
    words = [data.get(key, "") for key in ("what", "colours", "style")]
    prompt = ", ".join(word.strip().rstrip(".,;") for word in words if word.strip())
    if not data.get("what") and not data.get("name"):
        hand.say("nothing_asked")
        await _ask(hand, state, "what", quiet=True)
        return
    given: dict[str, Any] = {}
    if data.get("name"):
        given["name"] = data["name"]
    if data.get("colour"):
        given["colours"] = [COLOURS[data["colour"]]]
    if data.get("styles"):
        given["style"] = data["styles"]
    await state.clear()
    shown = " · ".join(filter(None, (prompt, data.get("name"))))
    await hand.draw(hand.order(prompt, **given), shown)


async def _ask(hand: Hand, state: FSMContext, step: str, *, quiet: bool = False) -> None:
    await state.set_state(_STATES[step])
    if not quiet:
        keyboard = of_question(step, hand.user, hand.language)
        hand.say(f"ask_{step}", keyboard=keyboard)


def _step(state: str | None) -> str:
    return (state or "").removeprefix("Asked:")
