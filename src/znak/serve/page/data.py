"""Data: a file of logos with captions, one element of it, and its exploratory analysis."""

from __future__ import annotations

import random
from collections.abc import Callable
from html import escape
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from znak.errors import ZnakError
from znak.serve.page import services, session
from znak.serve.page.style import picture, plain, text
from znak.serve.page.texts import Speech
from znak.serve.page.uploads import spooled_path

if TYPE_CHECKING:
    from znak.corpus.amazing.shards import Shards

_NEEDED = ("pyarrow", "duckdb", "pandas", "sklearn", "scipy", "matplotlib", "wordcloud", "plotly")


def show() -> None:
    """Draw the page."""
    say = session.speech()
    st.title(say("data_title"))
    text(say("data_lead"), "znak-lead")
    if any(find_spec(name) is None for name in _NEEDED):
        text(say("need_train"), "znak-note")
        return
    if session.recall("dataset") is None:
        _choose(say)
        return
    _show_open(say)


def _choose(say: Speech) -> None:
    """Draw the two ways to a file."""
    from znak.serve.page.datasets import data_folder, list_names, resolve

    settings = services.settings()
    with st.container(key="desk"):
        left, right = st.columns(2, gap="large")
        with left:
            given = st.file_uploader(
                say("upload"), type="parquet", key="upload",
                max_upload_size=max(1, settings.max_upload // 2**20),
            )  # fmt: skip
            text(say("upload_note", size=say.size(settings.max_upload)))
        with right:
            folder = data_folder(settings)
            names = list_names(folder)
            name = st.selectbox(
                say("on_server"), names, index=None, accept_new_options=True, key="named",
                placeholder=say("on_server_hint"),
            )  # fmt: skip
            pressed = st.button(say("open_file"), icon=":material/folder_open:", key="open-named")
            text(say("on_server_note"))
    if given is not None:
        _open(say, given.name, lambda: spooled_path(given, settings))
    elif pressed and name:
        _open(say, str(name), lambda: resolve(folder, str(name)))


def _open(say: Speech, name: str, find: Callable[[], Path]) -> None:
    """Open a file and remember it; say what is wrong with it."""
    from znak.serve.page.datasets import open_dataset

    path = None
    try:
        path = find()
        shards = open_dataset(path)
    except ZnakError as error:
        # its own name, not that of the file on the server
        words = error.text(say.language)
        st.error(plain(words.replace(str(path), name) if path is not None else words))
        return
    session.remember("dataset", (path, name, shards))
    session.remember("row", random.randrange(shards.rows))
    st.rerun()


def _show_open(say: Speech) -> None:
    from znak.serve.page.datasets import size_of

    path, name, shards = session.recall("dataset")
    try:
        size = size_of(shards)
    except OSError:  # its time is over
        session.remember("dataset", None)
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center"):
        opened = say("opened", name=name, rows=say.number(shards.rows), size=say.size(size))
        st.markdown(f"**{plain(opened)}**")
        st.space("stretch")
        if st.button(say("close"), icon=":material/close:", key="close-file"):
            session.remember("dataset", None)
            st.rerun()
    if shards.synthetic:
        text(say("synthetic"), "znak-note")
    part = st.segmented_control(
        say("data"), ("element", "part_text", "part_pictures", "part_both"), default="element",
        key="part", required=True, format_func=say, label_visibility="collapsed",
        persist_state="session",
    )  # fmt: skip
    if part == "element":
        _element(say, shards)
        return
    from znak.serve.page import explore

    explore.show(str(part), path, shards)


def _element(say: Speech, shards: Shards) -> None:
    from znak.serve.page.datasets import take

    def again() -> None:
        session.remember("row", random.randrange(shards.rows))
        st.session_state["row-number"] = session.recall("row")

    with st.container(horizontal=True, vertical_alignment="bottom", key="row-choice"):
        st.button(
            say("random"), type="primary", icon=":material/casino:", on_click=again, key="random"
        )
        if "row-number" not in st.session_state:
            st.session_state["row-number"] = int(session.recall("row", 0))
        st.session_state["row-number"] = min(st.session_state["row-number"], shards.rows - 1)
        row = st.number_input(say("index"), 0, shards.rows - 1, step=1, key="row-number", width=180)
    session.remember("row", int(row))
    element = take(shards, int(row))
    left, right = st.columns([1, 1.2], gap="large")
    with left:
        if element.png is None:
            text(say("bad_picture", why=element.fault), "znak-note")
        else:
            shown = picture(element.png, element.text or "", "image/png")
            st.html(f'<div class="znak-picture">{shown}</div>')
            facts = say(
                "picture_facts", width=element.width, height=element.height, mode=element.mode,
                format=element.format, size=say.size(element.n_bytes),
            )  # fmt: skip
            text(facts)
    with right:
        text(f"{say('index')} {say.number(element.row)}", "znak-eyebrow")
        caption = element.caption
        rows = [(say("caption"), element.text or say("no_caption"))]
        if caption.parsed:
            rows += [
                (say("says_name"), caption.name or "–"),
                (say("says_tags"), ", ".join(caption.tags) or "–"),
                (say("says_industry"), caption.industry or "–"),
                (say("says_style"), ", ".join(caption.style) or "–"),
            ]
        shown = "".join(f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in rows)
        st.html(f'<dl class="znak-row">{shown}</dl>')
        if not caption.parsed:
            text(say("not_parsed"), "znak-note")
