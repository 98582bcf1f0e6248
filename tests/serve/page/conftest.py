"""A worker with the fake engine, the script of the page under AppTest, and the page in a browser."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.serve.processes import environment, free_port, wait_for, worker_process
from znak.serve.jobs import Jobs
from znak.serve.order import Order
from znak.serve.settings import Settings

SCRIPT = Path(__file__).parents[3] / "src" / "znak" / "serve" / "page" / "main.py"


@dataclass(frozen=True)
class Site:
    """Services that run: their settings, and where the page is."""

    settings: Settings
    url: str = ""


@pytest.fixture(scope="package")
def served(tmp_path_factory) -> Iterator[Settings]:
    """Settings on whose store a worker runs."""
    settings = Settings(
        data=tmp_path_factory.mktemp("page") / "serve",
        poll_s=0.02, progress_s=0.05, max_upload=400_000,
    )  # fmt: skip
    with worker_process(settings):
        yield settings


@pytest.fixture(scope="package")
def made(served) -> str:
    """Return the id of a job that is done: eight logos of Foxy Beans."""
    jobs = Jobs(served)
    try:
        order = Order(prompt="a fox for a coffee shop, warm orange", name="Foxy Beans")
        job = jobs.wait(jobs.submit(order, owner="tests").id, timeout=60)
    finally:
        jobs.close()
    assert job.state == "done"
    return job.id


@pytest.fixture
def script(served, monkeypatch) -> Iterator[Callable[..., object]]:
    """Return what opens the page's script, or that of one page, under AppTest."""
    import streamlit as st
    from streamlit.testing.v1 import AppTest

    for key, value in environment(served).items():
        if key.startswith("ZNAK_"):
            monkeypatch.setenv(key, value)
    st.cache_resource.clear()

    def opened(page: str | None = None, *, language: str = "en", **query: str) -> AppTest:
        if page is None:
            app = AppTest.from_file(str(SCRIPT), default_timeout=30)
        else:
            body = f"from znak.serve.page import {page}\n{page}.show()"
            app = AppTest.from_string(body, default_timeout=30)
        app.session_state["language"] = language
        for key, value in query.items():
            app.query_params[key] = value
        return app

    yield opened
    from znak.serve.page import services

    services.jobs().close()
    st.cache_resource.clear()


@pytest.fixture(scope="package")
def site(served, tmp_path_factory) -> Iterator[Site]:
    """The page as `znak serve` starts it."""
    port = free_port()
    log = (tmp_path_factory.mktemp("log") / "page.log").open("w")
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", str(SCRIPT.with_name("app.py")),
         f"--server.port={port}", "--server.address=127.0.0.1", "--server.maxUploadSize=1"],
        env=environment(served), stdout=log, stderr=subprocess.STDOUT,
    )  # fmt: skip
    url = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    try:
        wait_for(answers, seconds=120)
        yield Site(served, url)
    finally:
        process.terminate()
        process.wait(20)
        log.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[object]:
    """Debian's browser, driven by Playwright, whose event loop must end before other modules' tests."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        program = shutil.which("chromium")
        sandbox = [] if os.geteuid() else ["--no-sandbox"]  # the sandbox refuses root
        browser = playwright.chromium.launch(executable_path=program, args=sandbox)
        yield browser
        browser.close()
