"""The bot in a process of its own, to be killed."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from tests.serve.bot.telegram import TOKEN
from znak.serve.bot.app import run_bot
from znak.serve.bot.options import Options
from znak.serve.jobs import Jobs
from znak.serve.settings import Settings


def main(data: Path, api: str) -> None:
    logging.basicConfig(level=logging.WARNING, filename=data / "bot.log", force=True)
    jobs = Jobs(Settings(data=data, poll_s=0.02, progress_s=0.05, engines={"flow": None}))
    options = Options(
        token=TOKEN, path=data / "bot.sqlite", api=api, n=3, poll_s=5, edit_s=0.05, pause_s=0.02,
        pace=1000.0,
    )  # fmt: skip
    asyncio.run(run_bot(options, jobs=jobs))
