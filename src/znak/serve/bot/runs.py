"""Orders on their way: taken in turn from the waiting ones, made, and answered once.

Two lines: "jobs" are marks to be drawn, handed to `Jobs` and watched; "cards" are pictures and files
of marks that are there. In each a user has one at a time, and the next is that of whoever was served
longest ago; so somebody with ten orders holds up nobody.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

from znak.errors import StorageError, ZnakError
from znak.serve.bot.letters import Letter, Place, edit, message
from znak.serve.bot.store import Store
from znak.serve.bot.texts import plain, say
from znak.serve.bot.unit import Run, Unit, find_run, read_run
from znak.serve.jobs import QueueFull, StoreBusy

log = logging.getLogger(__name__)
_P = ParamSpec("_P")
_T = TypeVar("_T")
MAX_TRIES = 3
"""A run that broke so often for reasons of ours is given up."""
_NEXT = """
SELECT * FROM runs AS r WHERE line = :line AND state = 'waiting' AND due <= :now
  AND user NOT IN (SELECT user FROM runs WHERE line = :line AND state IN ('running', 'stopping'))
ORDER BY (SELECT coalesce(max(started), 0) FROM runs AS x WHERE x.user = r.user AND x.line = :line),
  number LIMIT 1
"""
Finish = Callable[[Run], Awaitable[Unit]]


class PutOffError(Exception):
    """A run can't go on now; it is tried again after `wait` seconds."""

    def __init__(self, wait: float, *, unit: Unit | None = None) -> None:
        """Wait so long; `unit` is what the user is told meanwhile."""
        super().__init__(wait)
        self.wait, self.unit = wait, unit or Unit()


class StoppedError(Exception):
    """The user stopped the run."""


class Runs:
    """One of the two lines. `work` makes a run and returns the answer, to be stored with its end."""

    def __init__(
        self, store: Store, line: str, work: Finish, *, slots: int, wake_outbox: Callable[[], None]
    ) -> None:
        """Work on `slots` runs at once."""
        self._store, self._line, self._work, self._slots = store, line, work, slots
        self._wake_outbox = wake_outbox
        self._news = asyncio.Event()
        self._busy: set[asyncio.Task[None]] = set()

    def wake(self) -> None:
        """Look for runs now."""
        self._news.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Go on with what was running when the process ended, then with what waits."""
        resumed = False
        while not stop.is_set():
            self._news.clear()
            try:
                if not resumed:
                    for run in await self._store.do(self._running):
                        self._start(run)
                    resumed = True
                while len(self._busy) < self._slots:
                    taken = await self._store.do(self._take)
                    if taken is None:
                        break
                    self._start(taken)
            except StorageError as error:
                log.error("runs can't be read: %s", error.message)
            ends = asyncio.ensure_future(stop.wait())
            news = asyncio.ensure_future(self._news.wait())
            done, _ = await asyncio.wait(
                {ends, news, *self._busy}, timeout=1, return_when=asyncio.FIRST_COMPLETED
            )
            for waiter in (ends, news):
                waiter.cancel()
            await asyncio.gather(ends, news, return_exceptions=True)
            for task in self._busy & done:
                self._busy.discard(task)
                task.result()
        for task in self._busy:
            task.cancel()
        await asyncio.gather(*self._busy, return_exceptions=True)

    def _start(self, run: Run) -> None:
        self._busy.add(asyncio.create_task(self._make(run)))

    def _running(self, db: sqlite3.Connection) -> list[Run]:
        rows = db.execute(
            "SELECT * FROM runs WHERE line = ? AND state IN ('running', 'stopping')", (self._line,)
        )
        return [read_run(row) for row in rows]

    def _take(self, db: sqlite3.Connection) -> Run | None:
        now = time.time()
        row = db.execute(_NEXT, {"line": self._line, "now": now}).fetchone()
        if row is None:
            return None
        db.execute(
            "UPDATE runs SET state = 'running', started = ? WHERE number = ?", (now, row["number"])
        )
        return read_run(row)

    async def _make(self, run: Run) -> None:
        try:
            end, answer = "done", await self._work(run)
        except StoppedError:
            end, answer = "stopped", Unit()
        except PutOffError as error:
            await self._settle(run, error.unit, wait=error.wait)
            return
        except (QueueFull, StoreBusy) as error:
            await self._settle(run, Unit(), wait=error.retry_after)
            return
        except ZnakError as error:
            end, answer = "failed", failure(run, error.text(run.language))
        except Exception:  # whatever broke, the user gets an answer and the line goes on
            log.exception("a run broke", extra={"run": run.id, "kind": run.kind})
            if run.tries + 1 < MAX_TRIES:
                await self._settle(run, Unit(), wait=2.0**run.tries, tries=run.tries + 1)
                return
            end, answer = "failed", failure(run, plain("failed_inside", run.language))
        await self._settle(run, answer, end=end)

    async def _settle(
        self, run: Run, answer: Unit, *, end: str = "", wait: float = 0.0, tries: int | None = None
    ) -> None:
        """Store a run's end with its answer, or put it back to wait; once, whatever the disk does."""

        def write(db: sqlite3.Connection) -> None:
            now = time.time()
            current = find_run(db, run.id)
            if current is None or current.state not in ("running", "stopping"):
                return
            if current.state == "stopping" or end == "stopped":
                stopped = Unit(letters=[stopped_line(current)] if run.line == "jobs" else [])
                stopped.commit(db)
                state = "stopped"
            else:
                if current.chat != run.chat:
                    answer.move(current.chat)
                answer.commit(db)
                state = end or "waiting"
            db.execute(
                "UPDATE runs SET state = ?, due = ?, tries = ?, finished = ? WHERE id = ?",
                (state, now + wait, run.tries if tries is None else tries,
                 None if state == "waiting" else now, run.id),
            )  # fmt: skip

        while True:
            try:
                await self._store.do(write)
                break
            except StorageError as error:
                log.error("a finished run can't be stored: %s", error.message)
                await asyncio.sleep(1)
        self._wake_outbox()
        self._news.set()


def failure(run: Run, reason: str) -> Unit:
    """Return what the user is told of a run that came to nothing."""
    text = say("failed", run.language, reason=reason)
    if run.line == "jobs" and run.kind != "again":
        shown = say("finished", run.language, prompt=run.body["shown"], rows=text)
        return Unit(letters=[edit(run.chat, shown, run=run.id)])
    return Unit(letters=[message(place_of(run), text)])


def stopped_line(run: Run) -> Letter:
    """Return the last words of a drawing's progress message."""
    text = say("stopped_line", run.language, prompt=run.body["shown"])
    return edit(run.chat, text, run=run.id)


def place_of(run: Run) -> Place:
    """Return where a run's answer goes."""
    return Place(run.chat, run.thread, run.reply_to)


class Threads:
    """Threads for what takes long: the event loop stays free for the chats."""

    def __init__(self, count: int, name: str) -> None:
        """Keep `count` threads."""
        self._pool = ThreadPoolExecutor(count, thread_name_prefix=name)

    async def do(self, work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Return what `work` returns in a thread."""
        loop = asyncio.get_running_loop()
        call: Callable[[], _T] = lambda: work(*args, **kwargs)  # noqa: E731
        return await loop.run_in_executor(self._pool, call)

    def close(self) -> None:
        """Wait for what is begun."""
        self._pool.shutdown(cancel_futures=True)


def as_body(**values: Any) -> dict[str, Any]:
    """Return a run's body without what is not given."""
    return {key: value for key, value in values.items() if value is not None}
