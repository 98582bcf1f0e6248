"""The page's surfaces: one style sheet under the theme in use, and small pieces of safe HTML."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib import resources

import streamlit as st


@dataclass(frozen=True)
class Look:
    """Colours of the page under a theme."""

    ink: str
    soft: str
    line: str
    panel: str
    paper: str
    accent: str
    shadow: str


LOOKS = {
    "light": Look(
        "#15161a", "#666a75", "#e3e4ea", "#f4f4f6", "#ffffff", "#2f3ee0",
        "0 10px 30px rgba(21,22,26,.10)",
    ),
    "dark": Look(
        "#eceef3", "#9a9ea9", "#2b2d35", "#1a1b20", "#101114", "#8f99ff",
        "0 10px 30px rgba(0,0,0,.55)",
    ),
}  # fmt: skip


def theme_name() -> str:
    """Return "light" or "dark", as the visitor's browser shows the page."""
    return "dark" if st.context.theme.type == "dark" else "light"


def put_style() -> None:
    """Put the style sheet on the page."""
    css = _sheet()
    for name, value in vars(LOOKS[theme_name()]).items():
        css = css.replace(f"{{{{{name}}}}}", value)
    st.html(f"<style>{css}</style>")


@cache
def _sheet() -> str:
    return resources.files("znak.serve.page").joinpath("page.css").read_text("utf-8")


def data_uri(svg: str | bytes, kind: str = "image/svg+xml") -> str:
    """Return a picture as a data URI: in an <img> no script of an SVG runs, nothing is fetched."""
    data = svg.encode() if isinstance(svg, str) else svg
    return f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}"


def picture(svg: str | bytes, alt: str, kind: str = "image/svg+xml") -> str:
    """Return an <img> of a picture."""
    return f'<img src="{data_uri(svg, kind)}" alt="{escape(alt, quote=True)}">'


def text(words: str, css: str = "znak-soft") -> None:
    """Write words that may come from anyone, as text."""
    st.html(f'<p class="{css}">{escape(words)}</p>')


def plain(words: str) -> str:
    """Return words for a label, where Streamlit reads Markdown: nothing in them is a mark-up."""
    return "".join("\\" + c if c in "\\`*_{}[]()#+-.!|<>~:$&" else c for c in words)
