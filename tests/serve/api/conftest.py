"""One worker with the fake engine for all tests of the API; apps of any settings over its store."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from znak.serve.api import create_app, make_server
from znak.serve.jobs import Job, Jobs
from znak.serve.order import Order
from znak.serve.settings import Settings
from znak.serve.testing import fake_tools
from znak.serve.worker import Worker

FREE = {"make": "", "read": "", "unauthorised": ""}


@pytest.fixture(scope="package")
def settings(tmp_path_factory) -> Settings:
    return Settings(
        data=tmp_path_factory.mktemp("api") / "serve",
        poll_s=0.02,
        progress_s=0.05,
        engines={"flow": None, "gan": None},
        rates=FREE,
        queue_limit=1000,
    )


@pytest.fixture(scope="package")
def jobs(settings) -> Iterator[Jobs]:
    opened = Jobs(settings)
    yield opened
    opened.close()


@pytest.fixture(scope="package")
def worker(settings, jobs) -> Iterator[Worker]:
    running = Worker(settings, tools=fake_tools())
    running.start()
    yield running
    running.stop(0)


@pytest.fixture(scope="package")
def done(jobs, worker) -> Job:
    """A finished job of two logos."""
    order = Order(prompt="a fox for a coffee shop", name="Foxy", n=2, seed=3)
    job = jobs.wait(jobs.submit(order, owner="anonymous").id, timeout=30)
    assert job.state == "done", job
    return job


@pytest.fixture
def make_app(settings, jobs) -> Callable[..., FastAPI]:
    """Return a function that makes an app with some settings changed."""

    def make(**changes) -> FastAPI:
        return create_app(settings.model_copy(update=changes), jobs)

    return make


@pytest.fixture
def make_client(make_app) -> Iterator[Callable[..., TestClient]]:
    """Return a function that makes a client of an app with some settings changed.

    A client speaks to the app without sockets; nobody draws unless `worker` is there too.
    """
    with ExitStack() as stack:

        def make(**changes) -> TestClient:
            return stack.enter_context(TestClient(make_app(**changes)))

        yield make


@pytest.fixture
def client(make_client) -> TestClient:
    return make_client()


@pytest.fixture(scope="package")
def idle_settings(settings, tmp_path_factory) -> Settings:
    return settings.model_copy(update={"data": tmp_path_factory.mktemp("idle") / "serve"})


@pytest.fixture(scope="package")
def idle_jobs(idle_settings) -> Iterator[Jobs]:
    """Jobs that nobody makes: they wait for ever."""
    opened = Jobs(idle_settings)
    yield opened
    opened.close()


@pytest.fixture
def make_idle(idle_settings, idle_jobs) -> Iterator[Callable[..., TestClient]]:
    """As `make_client`, over a store without a worker."""
    with ExitStack() as stack:

        def make(**changes) -> TestClient:
            app = create_app(idle_settings.model_copy(update=changes), idle_jobs)
            return stack.enter_context(TestClient(app))

        yield make


@pytest.fixture
def idle(make_idle) -> TestClient:
    return make_idle()


@contextmanager
def serving(app: FastAPI, settings: Settings, **options) -> Iterator[tuple[str, threading.Thread]]:
    """Serve an app on a free port of loopback; yield its address and its server's thread."""
    server = make_server(settings, app, host="127.0.0.1", port=0, **options)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        thread.server = server
        yield f"http://127.0.0.1:{port}", thread
    finally:
        server.should_exit = True
        thread.join(20)
        assert not thread.is_alive()


@pytest.fixture
def address(make_app, settings, worker) -> Iterator[str]:
    """The address of a real server over loopback."""
    with serving(make_app(), settings) as (url, _):
        yield url
