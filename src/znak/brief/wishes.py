"""Style, layout and lettering wishes: phrase → (field, canonical value)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from znak.brief.lexicon import bases_of, read_lines
from znak.brief.stems import keys

STYLES = (
    "minimal|bold|line|badge|negative space|playful|luxury|retro|tech|geometric|elegant|friendly|"
    "modern|classic|rounded|sharp|hand-drawn|flat|gradient|organic|vintage|futuristic|serious|"
    "cute|eco"
).split("|")
LAYOUTS = ("badge", "monogram", "name", "mark", "horizontal", "stacked")

_LONGEST = 6


@cache
def table() -> dict[str, tuple[tuple[str, str], ...]]:
    """Return phrase key → the wishes that it says."""
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    for field, value, english, russian in read_lines("znak.brief", "wishes.tsv"):
        for phrase in (*english.split("|"), *russian.split("|")):
            k = keys(phrase)
            wish = (field, value)
            if wish not in found.get(k, ()):
                found[k] = (*found.get(k, ()), wish)
    return found


@cache
def bases() -> dict[str, list[str]]:
    """Return key → base forms of the wishes of one word."""
    rows = read_lines("znak.brief", "wishes.tsv")
    return bases_of(p for row in rows for cell in row[2:4] for p in cell.split("|"))


def match(word_keys: Sequence[str]) -> tuple[int, tuple[tuple[str, str], ...]]:
    """Return how many of the first words say a wish, and what: ((field, value), …)."""
    for n in range(min(_LONGEST, len(word_keys)), 0, -1):
        found = table().get(" ".join(word_keys[:n]))
        if found:
            return n, found
    return 0, ()
