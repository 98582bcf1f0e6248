"""A job under way: its phases as they happen, in a fragment of its own."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape

import streamlit as st

from znak.serve.job import NoSuchJob, StoreBusy
from znak.serve.jobs import Job
from znak.serve.page import services, session
from znak.serve.page.style import text
from znak.serve.page.texts import Speech

PHASES = ("drawing", "ranking", "tracing")
_PLACE = {"queued": -1, "drawing": 0, "ranking": 1, "tracing": 2, "writing": 2, "done": 3}
_PATIENCE = 6.0
"""How long a job waits while nothing else is drawn before the page says how to start a worker, s."""


@st.fragment(run_every=0.5)
def show_progress(job_id: str) -> None:
    """Show how far a job is; draw the whole page anew when it is over."""
    say = session.speech()
    try:
        job = services.jobs().get(job_id)
    except NoSuchJob:
        st.rerun()
    except StoreBusy as busy:  # the next turn asks again
        text(busy.text(say.language), "znak-note")
        return
    if job.is_over:
        st.rerun()
    st.html(_bar(say, job))
    waited = (datetime.now(UTC) - job.created).total_seconds()
    if job.state == "queued" and waited > _PATIENCE and not services.jobs().running():
        text(say("no_worker").replace("`", ""), "znak-note")
    if st.button(say("cancel"), key="cancel", icon=":material/close:", type="tertiary"):
        services.jobs().cancel(job_id, owner=None)
        st.rerun()


def _bar(say: Speech, job: Job) -> str:
    place = _PLACE[job.phase]
    items = "".join(
        f'<li class="{"now" if k == place else "done" if k < place else ""}">'
        f"{escape(say(f'phase_{phase}'))}</li>"
        for k, phase in enumerate(PHASES)
    )
    head = f'<p class="znak-soft">{escape(say("phase_queued"))}</p>' if place < 0 else ""
    share = min(max(job.progress, 0.02), 1.0)
    return (
        f'<div class="znak-progress" role="status">{head}<ol>{items}</ol>'
        f'<div class="znak-bar" role="progressbar" aria-valuenow="{share * 100:.0f}">'
        f'<i style="width:{share * 100:.0f}%"></i></div></div>'
    )
