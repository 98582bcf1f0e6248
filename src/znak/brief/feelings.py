"""What stands for what can't be drawn: `freedom` → a bird, a wing; for prompts that name no thing."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from znak.brief.lexicon import read_lines

MOST = 4


def find_ideas(words: Iterable[str]) -> tuple[str, ...]:
    """Return things that stand for English `words`, at most four, by turns where they are several."""
    known = [_table()[word] for word in words if word in _table()]
    turns = (ideas[place] for place in range(MOST) for ideas in known if place < len(ideas))
    return tuple(dict.fromkeys(turns))[:MOST]


@cache
def _table() -> dict[str, tuple[str, ...]]:
    return {
        word: tuple(ideas.split("|"))
        for words, ideas in read_lines("znak.brief", "feelings.tsv")
        for word in words.split("|")
    }
