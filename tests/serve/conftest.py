"""Jobs and a worker with the fake engine, in a folder of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from znak.serve.jobs import Jobs
from znak.serve.settings import Settings
from znak.serve.testing import fake_tools
from znak.serve.worker import Worker


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(data=tmp_path / "serve", poll_s=0.02, progress_s=0.05, engines={"flow": None})


@pytest.fixture
def jobs(settings) -> Iterator[Jobs]:
    opened = Jobs(settings)
    yield opened
    opened.close()


@pytest.fixture
def worker(settings, jobs) -> Iterator[Worker]:
    running = Worker(settings, tools=fake_tools())
    running.start()
    yield running
    running.stop(0)
