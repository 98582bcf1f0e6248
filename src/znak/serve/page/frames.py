"""Statistics of an analysed data set, computed once and kept: frames by folder and what is asked.

`folder` is where `measure` put its pass. Needs the extra `train`; nothing here knows of Streamlit.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from znak.corpus.eda import looks, text
from znak.corpus.eda.captions import open_captions
from znak.corpus.eda.clouds import draw_cloud
from znak.corpus.eda.palettes import Palette, palettes_by
from znak.corpus.eda.pictures import Pictures, open_pictures
from znak.corpus.eda.relations import Relations, relate
from znak.corpus.eda.theme import Theme
from znak.serve.page.measure import CAPTIONS
from znak.serve.page.plots import PlotLook


@lru_cache(maxsize=256)
def of_captions(folder: Path, name: str, *arguments: Any, **options: Any) -> Any:
    """Return what `znak.corpus.eda.text.NAME` says of the captions."""
    with open_captions(folder / CAPTIONS, threads=2) as base:
        return getattr(text, name)(base, *arguments, **options)


@lru_cache(maxsize=8)
def pictures(folder: Path) -> Pictures:
    """Return the table of pictures."""
    return open_pictures(folder)


@lru_cache(maxsize=256)
def of_pictures(folder: Path, name: str, *arguments: Any, **options: Any) -> Any:
    """Return what `znak.corpus.eda.looks.NAME` says of the pictures."""
    return getattr(looks, name)(pictures(folder), *arguments, **options)


@lru_cache(maxsize=8)
def said(folder: Path) -> pd.DataFrame:
    """Return by row number what captions say: `text` (its start), `head`, `industry`, `black_and_white`."""
    with open_captions(folder / CAPTIONS, threads=2) as base:
        frame = base.frame(
            "SELECT row, left(text, 160) AS text, head, lower(industry) AS industry, black_and_white "
            "FROM captions ORDER BY row"
        )
    return frame.set_index("row")


@lru_cache(maxsize=8)
def kinds(captions: Path, folder: Path) -> pd.DataFrame:
    """Return colour against grey by channels and by the caption's flag."""
    return looks.cross_kinds(pictures(folder), said(captions).black_and_white)


@lru_cache(maxsize=8)
def palettes(captions: Path, folder: Path) -> list[Palette]:
    """Return palettes by industry."""
    return palettes_by(pictures(folder), said(captions).industry)


@lru_cache(maxsize=4)
def relations(captions: Path, folder: Path) -> Relations | None:
    """Return what words tell of pictures."""
    return relate(pictures(folder), said(captions)["head"])


@lru_cache(maxsize=16)
def cloud(folder: Path, part: str, look: PlotLook) -> NDArray[np.uint8]:
    """Return the word cloud as a picture."""
    with open_captions(folder / CAPTIONS, threads=2) as base:
        weights = text.word_weights(base, part=part)
    return draw_cloud(weights, theme=theme_of(look), width=1400, height=560)


def theme_of(look: PlotLook) -> Theme:
    """Return the look as the analysis names it."""
    return Theme(**vars(look))
