"""Words no table has: diminutives, verbs, participles, misspellings, and what stays unknown."""

from __future__ import annotations

import re
from functools import cache

from znak.brief.items import Item, function_class, lexicon, looks_adjective
from znak.brief.matching import match
from znak.brief.stems import key, undo_diminutive
from znak.brief.tokens import Token

_DESCRIPTIVE = re.compile(r"(?:ing|ed|en|y|al|ic|ful|less|ous|ive|ish|ant|ent|ese|like)$")


_FINITE = re.compile(r"(?:ает|яет|ует|еет|ит|ет|ют|ут|ят|ат)$")


_MIN_GUESS = 4


def read(token: Token, i: int) -> Item:
    """Read a word no table has: a part of it, its base, or what it's a misspelling of."""
    word = token.folded
    for suffix in ("-shaped", "shaped", "-like"):
        if word.endswith(suffix) and len(word) > len(suffix) + 2:
            item = _reread(token, key(word.removesuffix(suffix)), i)
            if item and item.kind == "noun":
                item.wishes = (("shape", ""),)
                return item
    attempts = undo_diminutive(word) if not word.isascii() else []
    if word.endswith(("ость", "ости", "остью")):
        attempts = [key(re.sub(r"ост(?:ь|и|ью)$", "ый", word)), *attempts]
    for attempt in attempts:
        item = _reread(token, attempt, i)
        if item and item.kind not in ("stop", "verb", "abstract"):
            return item
    if not word.isascii():
        item = _read_verb(token, i) or _read_participle(token, i)
        if item:
            return item
    if word.isascii() and re.search(r"[^r]y$", word) and lexicon().get(key(word[:-1])):
        return Item("adjective", i, i + 1, senses=[word])  # misty
    if word.isascii() and word.endswith("ing") and len(word) > 5:
        return Item("adjective", i, i + 1, senses=[word])
    corrected = lexicon().correct(word)
    if corrected and looks_like_word(word):
        item = _reread(token, corrected, i)
        if item:
            item.corrected = corrected
            return item
    if word.isascii() and _DESCRIPTIVE.search(word) and len(word) > 4:
        return Item("adjective", i, i + 1, senses=[word])
    return Item("unknown", i, i + 1, senses=[word])


def _reread(token: Token, new_key: str, i: int) -> Item | None:
    twin = Token(token.text, token.start, token.end, "word", new_key, "", new_key, True)
    item = match([twin], i)
    if item is None and function_class(new_key):
        return Item(function_class(new_key), i, i + 1)
    return item


def _read_verb(token: Token, i: int) -> Item | None:
    """Read a Russian finite verb (`ныряет`) by its infinitive; the sense is the participle."""
    if not _FINITE.search(token.folded):
        return None
    base = _FINITE.sub("", token.folded)
    vowel = token.folded[len(base)]
    for infinitive in (base + vowel + "ть", base + "ать", base + "ять", base + "ить", base + "еть"):
        entries = [e for e in lexicon().get(key(infinitive)) if e.kind == "action"]
        if entries:
            return Item("verb", i, i + 1, senses=[participle(entries[0].en)])
    return None


def participle(verb: str) -> str:
    """Return the English present participle: `dive` → `diving`, `run` → `running`."""
    verb = verb.split(maxsplit=1)[0]
    if verb.endswith("ing"):
        return verb
    if verb.endswith("ie"):
        return verb[:-2] + "ying"
    if verb.endswith("e") and not verb.endswith("ee"):
        return verb[:-1] + "ing"
    if re.search(r"^[^aeiou]*[aeiou][bdgmnprt]$", verb):
        return verb + verb[-1] + "ing"
    return verb + "ing"


@cache
def _adjectives() -> dict[str, str]:
    """Return the key of a Russian adjective → English, learnt from the lexicon's phrases of two.

    `волчья голова` = `wolf head` beside `голова` = `head` tells `волчий` = `wolf`.
    """
    found: dict[str, dict[str, int]] = {}
    for entry in lexicon().rows():
        words = entry.surface.split()
        english = entry.en.split()
        if len(words) == len(english) == 2 and not entry.surface.isascii():
            votes = found.setdefault(key(words[0]), {})
            votes[english[0]] = votes.get(english[0], 0) + 1
    return {k: max(votes, key=lambda word: (votes[word], word)) for k, votes in found.items()}


def _read_participle(token: Token, i: int) -> Item | None:
    if not looks_adjective(token.folded):
        return None
    english = _adjectives().get(token.key)
    return Item("adjective", i, i + 1, senses=[english]) if english else None


_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю")


def looks_like_word(word: str) -> bool:
    """Say whether a word may be one at all: it has vowels and isn't a row of keys."""
    if not set(word) & set("aeiouyаеёиоуыэюя"):
        return False
    return not any(word[:4] in row for row in _ROWS) or len(word) < _MIN_GUESS
