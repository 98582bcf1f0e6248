"""Create: from a sentence to logos, and from one of them to its files."""

from __future__ import annotations

import time

import streamlit as st

from znak.errors import ZnakError
from znak.serve.job import NoSuchJob, QueueFull
from znak.serve.jobs import Job
from znak.serve.order import Order
from znak.serve.page import grid, services, session
from znak.serve.page.detail import show_logo
from znak.serve.page.form import show_form
from znak.serve.page.progress import show_progress
from znak.serve.page.style import plain, text

_TRIES = 8
_LONGEST_WAIT = 20


def show() -> None:
    """Draw the page."""
    say = session.speech()
    session.follow_link()
    job, gone = _current()
    number = session.recall("logo")
    if job is not None and job.state == "done" and number is not None:
        show_logo(job, number, submit)
        grid.show_past()
        return
    if job is None:
        st.title(say("title"))
        text(say("lead"), "znak-lead")
    if gone:
        st.info(say("expired"), icon=":material/hourglass_bottom:")
    ordered = show_form(is_small=job is not None)
    if ordered is not None:
        submit(ordered)
    _show_trouble()
    if job is not None:
        _show_job(job)
    grid.show_past()


def submit(order: Order, *, parent: str | None = None) -> None:
    """Order a job and show it; a full queue is asked again after a while. Ends this run."""
    session.remember("trouble", None)
    session.remember("waiting", None)
    try:
        job = services.jobs().submit(order, owner=session.owner())
    except QueueFull as full:
        wait = min(max(full.retry_after, 1), _LONGEST_WAIT)
        tries = int(session.recall("tries", 0)) + 1
        session.remember("tries", tries)
        if tries > _TRIES:
            session.remember("tries", 0)
            session.remember("trouble", full)
        else:
            session.remember("waiting", (order, parent, time.monotonic() + wait))
    except ZnakError as error:
        session.remember("trouble", error)
    else:
        session.remember("tries", 0)
        if parent is not None:
            session.remember(f"parent.{job.id}", parent)
        session.go_to(job.id)
    st.rerun()


def _current() -> tuple[Job | None, bool]:
    """Return the job that is shown, and whether the link names one that is gone."""
    job_id = session.recall("job")
    if job_id is None:
        return None, False
    try:
        return services.jobs().get(job_id), False
    except NoSuchJob:
        session.go_to(None)
        return None, True


def _show_trouble() -> None:
    say = session.speech()
    trouble = session.recall("trouble")
    if trouble is not None:
        st.error(plain(trouble.text(say.language)), icon=":material/info:")
    if session.recall("waiting") is not None:
        _wait_for_room()


@st.fragment(run_every=1.0)
def _wait_for_room() -> None:
    """Count down while the queue is full, then ask again."""
    waiting = session.recall("waiting")
    if waiting is None:
        return
    order, parent, when = waiting
    left = round(when - time.monotonic())
    if left <= 0:
        submit(order, parent=parent)
    st.info(session.speech()("full", seconds=left), icon=":material/hourglass_top:")


def _show_job(job: Job) -> None:
    say = session.speech()
    if not job.is_over:
        show_progress(job.id)
    elif job.state == "done":
        grid.show_result(job, submit)
    elif job.error is not None:
        st.error(plain(job.error.text(say.language)), icon=":material/info:")
    else:
        st.info(say("expired" if job.state == "expired" else "cancelled"))
