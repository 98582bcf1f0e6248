"""What all visits share: settings, jobs, opened results and drawn logos."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import streamlit as st

from znak.brand.logo import Logo
from znak.brief import Brief, read
from znak.errors import DataError
from znak.serve.jobs import Jobs
from znak.serve.results import Saved, load_result, logo_of
from znak.serve.settings import Settings, load_settings
from znak.studio.logos import Wish
from znak.words import TextEncoder, load_encoder

AS_MADE = Wish()


@st.cache_resource(show_spinner=False)
def settings() -> Settings:
    """Return the settings of the services."""
    return load_settings()


@st.cache_resource(show_spinner=False)
def jobs() -> Jobs:
    """Return the store of jobs."""
    return Jobs(settings())


@lru_cache(maxsize=64)
def saved(folder: Path) -> Saved:
    """Return a finished job's result; raise DataError where it is gone."""
    return load_result(folder)


@lru_cache(maxsize=512)
def logo(folder: Path, number: int, wish: Wish = AS_MADE) -> Logo:
    """Return a logo of a result, drawn once."""
    return logo_of(saved(folder), number, wish)


@lru_cache(maxsize=1)
def encoder() -> TextEncoder | None:
    """Return the text encoder, None where this installation has none."""
    try:
        return load_encoder()
    except DataError:
        return None


@lru_cache(maxsize=256)
def brief(prompt: str, name: str | None, language: str) -> Brief:
    """Return what a prompt was understood to ask for; notes are in `language`."""
    return read(prompt, name=name or None, language=language, encoder=encoder())
