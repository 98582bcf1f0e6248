"""Waiting for a job without holding the event loop: as it changes, until it is over, time or stop."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable
from typing import Any, TypeVar

from fastapi import Request

from znak.serve.api.service import Service
from znak.serve.job import Job

T = TypeVar("T")
GONE = 499
"""Status that is logged, and sent to nobody, for a client that went away."""


class ClientGoneError(Exception):
    """Nobody waits for the answer any more."""


async def follow(service: Service, job: Job, *, timeout: float) -> AsyncGenerator[Job | None, None]:
    """Yield a job as it is given, then each time it changes; None when nothing happened for a while.

    Ends when the job is over, after `timeout` seconds, or when the server stops.
    """
    loop = asyncio.get_running_loop()
    news: asyncio.Queue[Job | None] = asyncio.Queue()
    with service.stop_sign() as sign:

        def watch() -> None:
            for seen in service.jobs.watch(job, stop=sign, timeout=timeout):
                with contextlib.suppress(RuntimeError):  # the loop is closed
                    loop.call_soon_threadsafe(news.put_nowait, seen)

        watching = asyncio.ensure_future(service.wait.finish(watch))
        watching.add_done_callback(lambda _: news.put_nowait(None))
        try:
            while True:
                try:
                    change = await asyncio.wait_for(news.get(), service.settings.ping_s)
                except TimeoutError:
                    yield None
                    continue
                if change is None:
                    await watching  # raises what the watching raised
                    return
                yield change
        finally:
            sign.set()
            watching.add_done_callback(_forget)


async def wait_over(service: Service, request: Request, job: Job, *, timeout: float) -> Job:
    """Return the job when it is over, or as it is after `timeout` seconds or when the server stops.

    Raises ClientGoneError as soon as the client is gone.
    """

    async def wait() -> Job:
        latest = job
        async with contextlib.aclosing(follow(service, job, timeout=timeout)) as changes:
            async for change in changes:
                latest = change or latest
        return latest

    return await unless_gone(request, wait())


async def unless_gone(request: Request, work: Awaitable[T]) -> T:
    """Return what `work` returns; raise ClientGoneError, and leave it, when the client goes away."""
    task = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise ClientGoneError
        return task.result()
    finally:
        for other in (task, gone):
            if not other.done():
                other.cancel()
        task.add_done_callback(_forget)
        gone.add_done_callback(_forget)


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _forget(task: asyncio.Future[Any]) -> None:
    """Take note of a task's error, which nobody waits for."""
    if not task.cancelled():
        task.exception()
