"""What a visit remembers while its pages come and go: language, owner, jobs, favourites."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any, cast

import streamlit as st

from znak.serve.page.texts import Language, Speech, choose_language

MAX_HISTORY = 24


@dataclass(frozen=True)
class Past:
    """A job of this visit: its id, what was asked for, and the picture of its first logo."""

    job: str
    title: str
    svg: str
    ground: str


def speech() -> Speech:
    """Return the texts in the visitor's language."""
    state = st.session_state
    if "language" not in state:
        locale = st.context.locale if hasattr(st.context, "locale") else None
        state["language"] = choose_language(st.query_params.get("lang"), locale)
    return Speech(cast(Language, state["language"]))


def owner() -> str:
    """Return the visit's random name, the owner of its jobs."""
    if "owner" not in st.session_state:
        st.session_state["owner"] = f"page:{secrets.token_urlsafe(16)}"
    return str(st.session_state["owner"])


def recall(key: str, default: Any = None) -> Any:
    """Return a thing remembered."""
    return st.session_state.get(f"znak.{key}", default)


def remember(key: str, value: Any) -> None:
    """Remember a thing until the visit ends."""
    st.session_state[f"znak.{key}"] = value


def history() -> list[Past]:
    """Return the visit's finished jobs, the latest first."""
    return list(recall("history", []))


def add_past(past: Past) -> None:
    """Put a finished job at the head of the history, once."""
    rest = [p for p in history() if p.job != past.job]
    remember("history", [past, *rest][:MAX_HISTORY])


def favourites() -> list[tuple[str, int]]:
    """Return the favourites: job and number, the latest last."""
    return list(recall("favourites", []))


def toggle_favourite(job: str, number: int) -> None:
    """Make a logo a favourite, or no longer."""
    found = favourites()
    pair = (job, number)
    remember("favourites", [f for f in found if f != pair] if pair in found else [*found, pair])


def go_to(job: str | None, number: int | None = None) -> None:
    """Show a job, or one logo of it, and put it into the link."""
    remember("job", job)
    remember("logo", number)
    set_link()


def set_link() -> None:
    """Let the address bar name what is shown."""
    wanted = {"job": recall("job"), "logo": recall("logo")}
    for key, value in wanted.items():
        if value is None:
            if key in st.query_params:
                del st.query_params[key]
        elif st.query_params.get(key) != str(value):
            st.query_params[key] = str(value)


def follow_link() -> None:
    """Take over what the link names, when it names something else than what is shown."""
    job, number = st.query_params.get("job"), st.query_params.get("logo")
    if job and recall("job") is None:
        remember("job", job)
        if number and number.isdecimal() and len(number) <= 3:
            remember("logo", int(number))
    set_link()
