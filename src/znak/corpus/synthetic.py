"""One made-up row of an `amazing_logos_v4`-like data set: a picture and its caption.

A drawing of the corpus becomes a logo: painted where it has one colour, with an invented name set
beside it now and then. Everything is drawn from one random generator a row, so a row depends on
its seed and its drawing alone. `RATES` are those of the data set (FACTS) where they are known.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from znak.corpus.captions import compose
from znak.corpus.synthetic_captions import (
    invent_file_name,
    invent_name,
    pick_industry,
    pick_tags,
    split_words,
    spoil,
)
from znak.corpus.synthetic_pictures import encode, paint

RATES = {
    "one channel": 0.0031,  # 1,228 of 397,251
    "not square": 0.035,  # "a few per cent", ratios 0.1 to 4
    "flat colour": 0.004,  # "some"
    "name only": 0.065,  # 25,630
    "not parsed": 0.010,  # 3,953
    "file name": 0.02,  # not counted in FACTS
    "empty industry": 0.03,  # not counted in FACTS
}
"""Shares of the rows that `dirt` spoils in each way."""
BLACK_AND_WHITE = 0.025
"""Share of rows, the first ones, in black and white (10,000 of 397,251)."""


@dataclass(frozen=True)
class Source:
    """What is taken of a drawing."""

    svg: str
    caption: str
    tags: tuple[str, ...]
    coloured: bool


@dataclass(frozen=True)
class Row:
    """A row of the data set: encoded picture, its file name or None, its caption."""

    image: bytes
    path: str | None
    text: str


def make_row(source: Source, *, seed: int, index: int, n: int, dirt: bool) -> Row:
    """Return row `index` of `n`, the same for the same arguments."""
    rng = np.random.default_rng([seed, index])
    black_and_white = index < round(BLACK_AND_WHITE * n)
    flaws = frozenset(name for name, rate in RATES.items() if rng.random() < rate and dirt)
    words = split_words(source.caption, source.tags)
    industry = pick_industry(rng, words)
    name = invent_name(rng, industry)
    picture, colour_word = paint(
        rng,
        source.svg,
        coloured=source.coloured,
        progress=index / n,
        black_and_white=black_and_white,
        lettering=None if rng.random() < 0.55 else name,
        flaws=flaws,
    )
    path = None
    if "file name" in flaws:
        name = path = invent_file_name(rng, name)
    tags = pick_tags(rng, words, colour_word)
    if "name only" in flaws:
        text = compose(name, black_and_white=black_and_white)
    else:
        text = compose(
            name,
            tags=tags,
            industry=None if "empty industry" in flaws else industry,
            black_and_white=black_and_white,
        )
    if "not parsed" in flaws:
        text = spoil(rng, text)
    return Row(encode(rng, picture), path, text)
