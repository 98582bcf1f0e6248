"""The line "jobs": an order becomes a job, its progress is shown in one message, its drafts are sent.

The job's idempotency key is the run's id, which comes from the update's: an update that is delivered
twice, or a process that dies after handing in the job, makes no second job.
"""

from __future__ import annotations

import logging
import secrets
import time

from aiogram import Bot
from aiogram.exceptions import AiogramError, TelegramRetryAfter

from znak.serve.bot import craft
from znak.serve.bot.keyboards import of_drafts, of_run
from znak.serve.bot.letters import Letter, Place, build, edit, message, pictures
from znak.serve.bot.pace import Pace
from znak.serve.bot.runs import StoppedError, Threads, failure, place_of
from znak.serve.bot.store import Store
from znak.serve.bot.texts import Html, say
from znak.serve.bot.unit import Card, Run, Unit, find_run
from znak.serve.jobs import Job, Jobs
from znak.serve.order import Order
from znak.serve.results import Saved, wish_of

log = logging.getLogger(__name__)
STRENGTH = 0.35
"""How far variations go from their mark."""
_BARS = 10


class Drawing:
    """Makes runs of the line "jobs"."""

    def __init__(
        self, bot: Bot, store: Store, jobs: Jobs, *, pace: Pace, threads: Threads,
        edit_every: float = 1.5, look_every: float = 0.5,
    ) -> None:  # fmt: skip
        """Change a progress message at most each `edit_every` seconds."""
        self._bot, self._store, self._jobs, self._pace = bot, store, jobs, pace
        self._threads, self._edit_every, self._look_every = threads, edit_every, look_every

    async def make(self, run: Run) -> Unit:
        """Return the answer to a run: the drafts, or why there are none."""
        job = await self._hand_in(run)
        job = await self._follow(run, job)
        if job.state == "done":
            return await self._threads.do(self._answer, run, job.id)
        if job.state == "cancelled":
            raise StoppedError
        reason = job.error.text(run.language) if job.error else say("expired", run.language)
        return failure(run, reason)

    async def _hand_in(self, run: Run) -> Job:
        """Return the run's job, the same however often it is handed in."""
        if run.job is not None:
            return await self._threads.do(self._jobs.get, run.job)
        order = await self._order(run)
        job = await self._threads.do(
            self._jobs.submit, order, owner=f"tg:{run.user}", key=f"tg:{self._bot.id}:{run.id}"
        )
        await self._store.do(
            lambda db: db.execute("UPDATE runs SET job = ? WHERE id = ?", (job.id, run.id))
        )
        return job

    async def _order(self, run: Run) -> Order:
        order = Order.model_validate(run.body["order"])
        like = run.body.get("like")
        if like is None:
            return order
        saved = await self._threads.do(craft.load, self._jobs, like["job"])
        wish = wish_of(saved, craft.wish_from(like["wish"]))
        return order.model_copy(
            update={
                "kind": "vary", "svg": saved.mark(like["place"]).svg, "strength": STRENGTH,
                "prompt": saved.order.prompt, "name": wish.name, "tagline": wish.tagline,
                "layout": wish.layout, "colours": list(wish.colours),
            }
        )  # fmt: skip

    async def _follow(self, run: Run, job: Job) -> Job:
        """Return the job when it is over; show its progress meanwhile, cancel it when told to."""
        shown, edited = "", time.monotonic()
        while not job.is_over:
            job = await self._threads.do(self._jobs.wait, job.id, timeout=self._look_every)
            current = await self._store.do(lambda db: find_run(db, run.id))
            if current is None or current.state == "stopping":
                await self._threads.do(self._jobs.cancel, job.id, owner=None)
                raise StoppedError
            text = progress(run, job)
            due = time.monotonic() - edited >= self._edit_every
            if not job.is_over and current.status and text != shown and due:
                shown, edited = text, time.monotonic()
                edited += await self._show(current, current.status, text)
        return job

    async def _show(self, run: Run, number: int, text: Html) -> float:
        """Change the progress message if the pace allows; return how long to leave it alone, s."""
        if self._pace.take(run.chat):
            return 0.0
        change = edit(run.chat, text, number=number, keyboard=of_run(run.id, run.language))
        try:
            await self._bot(build(change), request_timeout=5)
        except TelegramRetryAfter as error:
            return float(error.retry_after)
        except AiogramError:  # the next change, or the drafts themselves, will tell
            return 0.0
        return 0.0

    def _answer(self, run: Run, job_id: str) -> Unit:
        saved = craft.load(self._jobs, job_id)
        token = secrets.token_urlsafe(9)
        card = Card(token, run.user, run.chat, run.id, job_id, thread=run.thread)
        rows = craft.understood(saved, run.language)
        summary = say("finished", run.language, prompt=run.body["shown"], rows=rows)
        return Unit(
            letters=[edit(run.chat, summary, run=run.id), *drafts(run, saved, token)],
            cards=[card],
            also=[lambda db: db.execute("UPDATE runs SET card = ? WHERE id = ?", (token, run.id))],
        )


def drafts(run: Run, saved: Saved, token: str, *, caption: str = "") -> list[Letter]:
    """Return a set of drafts and the buttons to choose by."""
    place = place_of(run)
    album = pictures(place, craft.draw_drafts(saved), caption)
    text = say("choose", run.language)
    if len(saved.marks) < saved.order.n:
        some = say("only_some", run.language, count=len(saved.marks))
        text = Html(f"{some} {text}")
    places = [mark.number for mark in saved.marks]
    keyboard = of_drafts(token, places, run.language)
    return [*album, message(Place(place.chat, place.thread), text, keyboard=keyboard)]


def progress(run: Run, job: Job) -> Html:
    """Return the text of a progress message."""
    if job.state == "queued":
        return say("queued", run.language, prompt=run.body["shown"])
    done = round(_BARS * job.progress)
    bar = "▰" * done + "▱" * (_BARS - done)
    phase = say(f"phase_{job.phase if job.phase != 'done' else 'writing'}", run.language)
    return say("progress", run.language, prompt=run.body["shown"], bar=bar, phase=phase)
