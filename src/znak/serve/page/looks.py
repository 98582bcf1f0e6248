"""The look of plots as the visitor chose it, and how plots are put on the page."""

from __future__ import annotations

from typing import Any

import streamlit as st

from znak.serve.page import session
from znak.serve.page.plots import CONFIG, PLOT_LOOKS, PlotLook
from znak.serve.page.style import theme_name

CHOICES = ("page", *PLOT_LOOKS)


def choose_look(key: str) -> PlotLook:
    """Draw the choice of looks, the same for all pages; return the look."""
    say = session.speech()
    chosen = st.selectbox(
        say("theme"), CHOICES, index=CHOICES.index(session.recall("look", "page")), key=f"look-{key}",
        format_func=lambda name: say(f"theme_{name}"),
    )  # fmt: skip
    session.remember("look", chosen)
    return PLOT_LOOKS[theme_name() if chosen == "page" else str(chosen)]


def put_plot(figure: Any, key: str) -> None:
    """Put a plotly figure, or its JSON, on the page in its own look."""
    st.plotly_chart(figure, theme=None, key=f"plot-{key}", config=CONFIG)
