from __future__ import annotations

from collections.abc import Iterator

import pytest

from znak.serve.jobs import Jobs
from znak.serve.settings import Settings
from znak.serve.testing import fake_tools
from znak.serve.worker import Worker


@pytest.fixture(scope="module")
def workshop(tmp_path_factory) -> Iterator[Jobs]:
    """Jobs and a worker for all tests of a file."""
    settings = Settings(
        data=tmp_path_factory.mktemp("serve"), poll_s=0.02, progress_s=0.05, engines={"flow": None}
    )
    jobs = Jobs(settings)
    worker = Worker(settings, tools=fake_tools(delay=0.1))
    worker.start()
    yield jobs
    worker.stop(0)
    jobs.close()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "bot.sqlite"
