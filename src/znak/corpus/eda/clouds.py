"""The word cloud of a data set."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray
from wordcloud import WordCloud

from znak.corpus.eda.theme import LIGHT, Theme, font_path


def draw_cloud(
    weights: Mapping[str, int], *, theme: Theme = LIGHT, width: int = 1400, height: int = 640,
    seed: int = 0,
) -> NDArray[np.uint8]:  # fmt: skip
    """Return a picture (h, w, 3) of words as large as their weights; blank without words."""
    if not weights:
        return np.full((height, width, 3), 255, dtype=np.uint8)
    colours = [theme.second, theme.accent, *theme.series[2:5], theme.ink]

    def colour(*_: Any, random_state: Random | None = None, **__: Any) -> str:
        return (random_state or Random(seed)).choice(colours)

    cloud = WordCloud(
        font_path=font_path("Bold"), width=width // 2, height=height // 2, scale=2, margin=2,
        background_color=theme.paper, color_func=colour, prefer_horizontal=0.94,
        relative_scaling=0.5, min_font_size=7, max_words=200, random_state=seed,
    )  # fmt: skip
    return np.asarray(cloud.generate_from_frequencies(dict(weights)).to_image().convert("RGB"))
