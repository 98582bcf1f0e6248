"""What the shipped marks can draw of the things that a business stands for.

The table `data/drawn.tsv` was made by eye, from four draws of each idea of the industries and of what
comes near to it in the corpus. A few drawings teach a thing badly: a hare is drawn better as a rabbit,
and a squirrel can't be told at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from znak.brief.lexicon import read_lines

ENOUGH = 2
"""Ideas that must be left for others to be dropped."""
_NOT = "-"


def word_for(thing: str) -> str:
    """Return the word under which the marks draw `thing` best, most often its own."""
    word = _table().get(thing, thing)
    return thing if word == _NOT else word


def keep_drawable(ideas: Sequence[str]) -> tuple[str, ...]:
    """Return the ideas that can be told when they are drawn, one of those drawn under one word.

    All are returned where fewer than two are left.
    """
    kept: dict[str, str] = {}
    for idea in ideas:
        if _table().get(idea) != _NOT:
            word = word_for(idea)
            kept.setdefault(word, word if word in ideas else idea)
    return tuple(kept.values()) if len(kept) >= ENOUGH else tuple(ideas)


@cache
def _table() -> dict[str, str]:
    return dict(read_lines("znak.studio", "drawn.tsv"))
