"""The script that Streamlit runs at every visit and click: head, page, foot."""

from __future__ import annotations

import io
from collections.abc import Callable

import streamlit as st
from PIL import Image

from znak.brand.page import png_of
from znak.errors import ZnakError
from znak.serve.page import create, data, model, session
from znak.serve.page.emblem import emblem_svg
from znak.serve.page.style import LOOKS, picture, put_style, text, theme_name


@st.cache_resource(show_spinner=False)
def _icon() -> Image.Image:
    return Image.open(io.BytesIO(png_of(emblem_svg("#2f3ee0"), 64)))


def _head(pages: dict[str, st.Page]) -> None:
    say = session.speech()
    with st.container(key="head", horizontal=True, gap="small", vertical_alignment="center"):
        mark = picture(emblem_svg(LOOKS[theme_name()].accent), "")
        st.html(f'<div class="znak-brand">{mark}Znak</div>', width="content")
        for name, page in pages.items():
            st.page_link(page, label=say(name), width="content")
        st.space("stretch")
        st.segmented_control(
            say("language"),
            ("en", "ru"),
            format_func={"en": "EN", "ru": "РУ"}.__getitem__,
            key="language",
            required=True,
            label_visibility="collapsed",
            persist_state="session",
        )


def _guarded(show: Callable[[], None]) -> Callable[[], None]:
    """Return a page that says what the visitor can do about an error, in their language."""

    def run() -> None:
        try:
            show()
        except ZnakError as error:
            st.error(error.text(session.speech().language))

    return run


def main() -> None:
    """Draw the page."""
    st.set_page_config(page_title="Znak", page_icon=_icon(), layout="wide")
    say = session.speech()
    put_style()
    pages = {
        name: st.Page(_guarded(show), title=f"Znak – {say(name)}", url_path=name, default=is_first)
        for name, show, is_first in (
            ("create", create.show, True),
            ("model", model.show, False),
            ("data", data.show, False),
        )
    }
    chosen = st.navigation(list(pages.values()), position="hidden")
    _head(pages)
    chosen.run()
    text(say("foot"), "znak-foot")


main()
