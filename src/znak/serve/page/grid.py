"""The logos of a job side by side, and the small pictures of this visit and of its favourites."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import streamlit as st

from znak.errors import ZnakError
from znak.serve.job import NoSuchJob
from znak.serve.jobs import Job
from znak.serve.order import Order
from znak.serve.page import services, session
from znak.serve.page.session import Past
from znak.serve.page.style import picture, plain, text
from znak.serve.results import Saved

Submit = Callable[..., None]
VARY = 0.35


def show_result(job: Job, submit: Submit) -> None:
    """Draw the logos of a finished job."""
    say = session.speech()
    folder = services.jobs().folder(job)
    saved = services.saved(folder)
    _remember(job, saved)
    with st.container(horizontal=True, vertical_alignment="center"):
        title = say("results", n=len(saved.marks))
        if saved.brief.name:
            title += " " + say("for_name", name=plain(saved.brief.name))
        st.subheader(title)
        st.space("stretch")
        if job.order.kind == "make" and st.button(
            say("another"), key="another", icon=":material/refresh:"
        ):
            submit(job.order.model_copy(update={"seed": (job.order.seed + 1) % 2**32}))
        with st.popover(say("link"), icon=":material/link:"):
            st.code(f"{_address()}?job={job.id}", language=None, wrap_lines=True)
            text(say("link_note"))
    for english, russian in saved.notes:
        text(russian if say.language == "ru" else english, "znak-note")
    with st.container(key="grid"):
        for mark in saved.marks:
            _card(job, saved, mark.number, submit)


def _card(job: Job, saved: Saved, number: int, submit: Submit) -> None:
    say = session.speech()
    is_favourite = (job.id, number) in session.favourites()
    with st.container(key=f"card-{number}"):
        logo = services.logo(services.jobs().folder(job), number)
        label = say("logo", number=number)
        st.html(tile(logo.svg(), logo.palette.ground, f"{logo.name} – {label}".strip(" –")))
        with st.container(key=f"tools-{number}", horizontal=True, gap=None):
            st.button(
                say("unfavourite" if is_favourite else "favourite"), type="tertiary",
                key=f"star-{'on' if is_favourite else 'off'}-{number}",
                icon=":material/star:" if is_favourite else ":material/star_border:",
                on_click=session.toggle_favourite, args=(job.id, number),
            )  # fmt: skip
            if st.button(
                say("vary"), key=f"vary-{number}", type="tertiary", icon=":material/shuffle:"
            ):
                submit(vary_order(job, saved, number, VARY), parent=job.id)
            st.space("stretch")
            with st.container(key=f"open-{number}", width="content"):
                st.button(
                    say("open"), key=f"edit-{number}", type="tertiary", icon=":material/edit:",
                    on_click=session.go_to, args=(job.id, number),
                )  # fmt: skip


def vary_order(job: Job, saved: Saved, number: int, strength: float) -> Order:
    """Return the order of variations of a mark, with the other wishes of its own order."""
    mark = saved.mark(number)
    seed = (job.order.seed * 31 + number) % 2**31
    changes = {"kind": "vary", "svg": mark.svg, "strength": strength, "seed": seed}
    return job.order.model_copy(update=changes)


def tile(svg: str, ground: str, alt: str) -> str:
    """Return a logo on its own ground."""
    return f'<div class="znak-tile" style="background:{escape(ground)}">{picture(svg, alt)}</div>'


def show_past() -> None:
    """Draw the favourites and the jobs of this visit."""
    say = session.speech()
    favourites = session.favourites()
    if favourites:
        st.subheader(say("favourites"))
        with st.container(key="favourites", horizontal=True, gap="small"):
            for k, (job_id, number) in enumerate(reversed(favourites)):
                _favourite(k, job_id, number)
    past = [p for p in session.history() if p.job != session.recall("job")]
    if past:
        st.subheader(say("history"))
        with st.container(key="history", horizontal=True, gap="small"):
            for k, item in enumerate(past):
                with st.container(key=f"past-h{k}"):
                    st.html(tile(item.svg, item.ground, item.title))
                    st.button(
                        plain(item.title), key=f"again-{item.job}", type="tertiary",
                        on_click=session.go_to, args=(item.job,),
                    )  # fmt: skip


def _favourite(k: int, job_id: str, number: int) -> None:
    try:
        job = services.jobs().get(job_id)
        logo = services.logo(services.jobs().folder(job), number)
    except (NoSuchJob, ZnakError):  # its day is over
        return
    with st.container(key=f"past-f{k}"):
        label = session.speech()("logo", number=number)
        st.html(tile(logo.svg(), logo.palette.ground, label))
        st.button(
            plain(logo.name or label), key=f"fav-{job_id}-{number}", type="tertiary",
            on_click=session.go_to, args=(job_id, number),
        )  # fmt: skip


def _remember(job: Job, saved: Saved) -> None:
    if not saved.marks or any(p.job == job.id for p in session.history()):
        return
    logo = services.logo(services.jobs().folder(job), 1)
    words = job.order.name or job.order.prompt or session.speech()("variations_of")
    session.add_past(Past(job.id, " ".join(words.split())[:60], logo.svg(), logo.palette.ground))


def _address() -> str:
    return str(st.context.url or "").split("?", maxsplit=1)[0]
