"""The real bot against the fake server, in this process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.serve.bot.telegram import TOKEN, Telegram, User
from znak.serve.bot.app import run_bot
from znak.serve.bot.options import Options
from znak.serve.jobs import Jobs

ANN = User(101)
BOB = User(102, "Bob")
OLGA = User(103, "Ольга", "ru")
GROUP = -1001


def options_for(telegram: Telegram, path: Path, **changes: Any) -> Options:
    """Return options without the pauses that real chats need."""
    quick = {"poll_s": 5, "edit_s": 0.05, "pause_s": 0.02, "pace": 1000.0, "n": 3}
    return Options(**{"token": TOKEN, "path": path, "api": telegram.url, **quick, **changes})


@asynccontextmanager
async def bot_on(
    telegram: Telegram, jobs: Jobs, path: Path, **changes: Any
) -> AsyncIterator[asyncio.Task[None]]:
    """Run the bot inside the block and end it in order."""
    stop = asyncio.Event()
    task = asyncio.create_task(
        run_bot(options_for(telegram, path, **changes), jobs=jobs, stop=stop)
    )
    try:
        while not task.done() and not telegram.is_polled:
            await asyncio.sleep(0.01)
        telegram.bot = task
        yield task
    finally:
        stop.set()
        await asyncio.wait_for(task, 15)


Scene = Callable[[Telegram], Coroutine[Any, Any, None]]


def play(
    jobs: Jobs, path: Path, scene: Scene, *, first_update: int = 1000, **changes: Any
) -> Telegram:
    """Play a scene with the bot; the server must have nothing to complain of."""

    async def run() -> Telegram:
        async with Telegram(first_update=first_update) as telegram:
            for chat in (ANN.id, BOB.id, OLGA.id, GROUP):
                telegram.chats[chat] = []
            async with bot_on(telegram, jobs, path, **changes):
                await scene(telegram)
        assert telegram.complaints == []
        return telegram

    return asyncio.run(run())
