"""Blocking work off the event loop, in threads, with a bound on what waits.

pool = Pool("draw", workers=2, waiting=16)
answer = await pool.run(make_kit, logo)
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from znak.serve.api.problems import ApiError

P = ParamSpec("P")
T = TypeVar("T")


class Pool:
    """Threads for blocking calls; more than `workers` + `waiting` at once are refused."""

    def __init__(self, name: str, *, workers: int, waiting: int) -> None:
        """Start no thread yet."""
        self.name = name
        self._most = workers + waiting
        self._taken = 0
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix=f"znak-{name}")

    @property
    def taken(self) -> int:
        """How many calls are under way or wait."""
        return self._taken

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what a call returns; raise ApiError `too_many_at_once` when too many wait.

        Called from the event loop. A call that began runs to its end, also when nobody waits for it
        any more; it holds its place until then.
        """
        if self._taken >= self._most:
            raise ApiError("too_many_at_once", headers={"Retry-After": "2"})
        return await self.finish(function, *args, **kwargs)

    async def finish(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """As `run`, for what an order that was taken still needs: it waits, and is not refused.

        Orders that are open are bounded before; calls whose clients have gone may stand before it.
        """
        context = contextvars.copy_context()
        loop = asyncio.get_running_loop()
        self._taken += 1
        try:
            future = self._threads.submit(context.run, lambda: function(*args, **kwargs))
        except RuntimeError as error:  # closed: the server stops
            self._taken -= 1
            raise ApiError("unavailable", headers={"Retry-After": "5"}) from error
        future.add_done_callback(lambda _: _give_back(loop, self))
        return await asyncio.wrap_future(future)

    def close(self) -> None:
        """Take no more calls and drop those that wait; those under way run to their end."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def release(self) -> None:
        """Free one place."""
        self._taken -= 1


def _give_back(loop: asyncio.AbstractEventLoop, pool: Pool) -> None:
    with contextlib.suppress(RuntimeError):  # the loop is closed: nobody counts any more
        loop.call_soon_threadsafe(pool.release)
