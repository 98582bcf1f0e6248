"""The exploratory analysis on the page: its passes under way, then its parts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from znak.serve.page import explore_captions, explore_pictures, services, session
from znak.serve.page.analysis import Analyses, Task
from znak.serve.page.looks import choose_look
from znak.serve.page.style import plain, text

if TYPE_CHECKING:
    from znak.corpus.amazing.shards import Shards

_PICTURES_A_MINUTE = 6000.0


@st.cache_resource(show_spinner=False)
def analyses() -> Analyses:
    """Return the passes of this server."""
    return Analyses(services.settings().data / "eda")


def show(part: str, path: Path, shards: Shards) -> None:
    """Draw a part of the analysis of the data set at `path`."""
    say = session.speech()
    captions = analyses().start("captions", path)
    if captions.state != "done":
        _wait(captions, "reading", "captions", path)
        return
    if part == "part_text":
        explore_captions.show(captions.folder, choose_look("data"))
        return
    pictures = analyses().find("pictures", path)
    if pictures is None or pictures.state == "failed":
        if pictures is not None and pictures.error is not None:
            st.error(plain(pictures.error.text(say.language)))
        minutes = max(1, round(shards.rows / _PICTURES_A_MINUTE))
        note = say("measure_note", rows=say.number(shards.rows), minutes=say.number(minutes))
        text(note)
        if st.button(
            say("measure_pictures"), type="primary", icon=":material/straighten:", key="measure"
        ):
            analyses().start("pictures", path, again=True)
            st.rerun()
        return
    if pictures.state != "done":
        _wait(pictures, "measuring", "pictures", path)
        return
    look = choose_look("data")
    if part == "part_pictures":
        explore_pictures.show(captions.folder, pictures.folder, shards, look)
    else:
        explore_pictures.show_both(captions.folder, pictures.folder, shards, look)


@st.fragment(run_every=0.7)
def _wait(task: Task, words: str, kind: str, path: Path) -> None:
    """Show how far a pass is; draw the whole page anew when it is over."""
    say = session.speech()
    if task.state == "done":
        st.rerun()
    if task.state == "failed":
        if task.error is not None:
            st.error(plain(task.error.text(say.language)))
        if st.button(say("read_captions"), icon=":material/refresh:", key="again-pass"):
            analyses().start(kind, path, again=True)
            st.rerun()
        return
    if task.state == "waiting" and analyses().is_busy():
        text(say("busy"), "znak-note")
    share = task.done / task.total if task.total else 0.0
    total = say.number(task.total) if task.total else "…"
    st.progress(min(share, 1.0), say(words, done=say.number(task.done), total=total))
