"""The line "cards": what the buttons of finished drafts ask for."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace

from znak.errors import DataError
from znak.serve.bot import craft
from znak.serve.bot.drawing import drafts
from znak.serve.bot.keyboards import of_gone, of_logo
from znak.serve.bot.letters import (
    Letter,
    Place,
    documents,
    message,
    new_photo,
    photo,
    to_json,
)
from znak.serve.bot.runs import Threads, place_of
from znak.serve.bot.store import Store
from znak.serve.bot.texts import Html, say
from znak.serve.bot.unit import Card, Run, Unit, find_card, find_run
from znak.serve.jobs import Jobs, NoSuchJob
from znak.serve.results import Saved


class Filing:
    """Makes runs of the line "cards"."""

    def __init__(self, store: Store, jobs: Jobs, *, threads: Threads) -> None:
        """Work in `threads`."""
        self._store, self._jobs, self._threads = store, jobs, threads
        self._kinds: dict[str, Callable[[Run, Card, Saved, Run | None], Unit]] = {
            "show": self._show, "pick": self._pick, "change": self._change, "svg": self._svg,
            "kit": self._kit, "originality": self._originality,
        }  # fmt: skip

    async def make(self, run: Run) -> Unit:
        """Return the answer to a pressed button."""
        token = str(run.body["card"])
        card = await self._store.do(lambda db: find_card(db, token))
        if card is None:
            return Unit(letters=[message(place_of(run), say("old_button", run.language))])
        origin = await self._store.do(lambda db: find_run(db, card.run))
        return await self._threads.do(self._answer, run, card, origin)

    def _answer(self, run: Run, card: Card, origin: Run | None) -> Unit:
        try:
            saved = craft.load(self._jobs, card.job)
        except (NoSuchJob, DataError):
            keyboard = of_gone(card.token, run.language)
            text = say("expired", run.language)
            return Unit(letters=[message(place_of(run), text, keyboard=keyboard)])
        return self._kinds[run.kind](run, card, saved, origin)

    def _show(self, run: Run, card: Card, saved: Saved, origin: Run | None) -> Unit:
        shown = origin.body["shown"] if origin is not None else saved.order.prompt
        caption = f"<b>{craft.say_note(shown)}</b>"  # the message that tells of it may be far above
        return Unit(letters=drafts(run, saved, card.token, caption=caption))

    def _pick(self, run: Run, card: Card, saved: Saved, origin: Run | None) -> Unit:
        place = int(run.body["place"])
        draft = craft.draw_logo(saved, place, craft.wish_from({}), run.language)
        new = Card(
            secrets.token_urlsafe(9), run.user, run.chat, card.run, card.job, place=place,
            thread=run.thread, name=draft.name,
        )  # fmt: skip
        return Unit(letters=[_logo(run, new, draft)], cards=[new])

    def _change(self, run: Run, card: Card, saved: Saved, origin: Run | None) -> Unit:
        wish = {k: v for k, v in {**card.wish, **run.body["change"]}.items() if v is not None}
        draft = craft.draw_logo(saved, card.place, craft.wish_from(wish), run.language)
        changed = replace(card, wish=wish, name=draft.name)
        number = run.body.get("message")
        if number is None:
            letter = _logo(run, changed, draft)
        else:
            keyboard = of_logo(card.token, run.language)
            letter = new_photo(
                run.chat, int(number), draft.picture, draft.caption, keyboard=keyboard
            )
        store = "UPDATE cards SET wish = ?, name = ? WHERE token = ?"
        values = (to_json(wish), draft.name, card.token)
        return Unit(letters=[letter], also=[lambda db: db.execute(store, values)])

    def _svg(self, run: Run, card: Card, saved: Saved, origin: Run | None) -> Unit:
        files = craft.pack_svg(saved, card.place, craft.wish_from(card.wish))
        caption = say("svg_caption", run.language, place=card.place)
        return Unit(letters=_of_run(run, documents(place_of(run), files, caption)))

    def _kit(self, run: Run, card: Card, saved: Saved, origin: Run | None) -> Unit:
        wish = craft.wish_from(card.wish)
        kit = craft.pack_kit(saved, card.place, wish, run.language)
        count = craft.count_files(kit[1])
        caption = say("kit_caption", run.language, place=card.place, count=count)
        return Unit(letters=_of_run(run, documents(place_of(run), [kit], caption)))

    def _originality(self, run: Run, card: Card, saved: Saved, origin: Run | None) -> Unit:
        said = craft.compare(saved, card.place, run.language)
        return Unit(letters=[message(place_of(run), Html(said))])


def _logo(run: Run, card: Card, draft: craft.Draft) -> Letter:
    place = Place(run.chat, run.thread)
    keyboard = of_logo(card.token, run.language)
    return photo(place, draft.picture, draft.caption, keyboard=keyboard, token=card.token)


def _of_run(run: Run, letters: list[Letter]) -> list[Letter]:
    return [replace(letter, run=run.id) for letter in letters]
