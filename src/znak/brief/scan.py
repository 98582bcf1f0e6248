"""Tokens → items (`items.Item`): each stretch of a prompt with what it may mean."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from znak.brief import colours, unknown
from znak.brief.items import NUMBERS, Item, function_class, lexicon
from znak.brief.lexicon import DRAWABLE, canonical
from znak.brief.matching import is_known, match
from znak.brief.stems import base_forms, key
from znak.brief.tokens import Token, tokenise

_PICTURES = {"hot beverage": "coffee cup", "earth globe europe-africa": "globe"}
"""Pictographs whose Unicode name says less than they show."""
_CLASSES = frozenset(key(word) for word in "рыба птица жук цветок дерево гриб зверь".split())
MAX_MENDED = 200
"""How many different words of a prompt are checked for misspelling."""


def mend(tokens: list[Token]) -> None:
    """Give misspelt words the keys of the words that were meant; part words like real-estate."""
    for token in tokens:
        if token.kind == "word" and not token.label and not token.folded.isascii():
            _undo_form(token)
    for i in range(len(tokens) - 1, -1, -1):
        token = tokens[i]
        if token.kind == "word" and "-" in token.text and not token.label:
            parts = _part(token)
            if parts:
                tokens[i : i + 1] = parts
    tried: set[str] = set()
    for token in tokens:
        if token.folded not in tried and len(tried) >= MAX_MENDED:
            continue
        tried.add(token.folded)
        if token.kind != "word" or token.label or not unknown.looks_like_word(token.folded):
            continue
        item = _read_one([token], 0)
        if item.is_corrected:
            token.key, token.is_mended = item.corrected, True
            if function_class(item.corrected):
                token.folded = item.corrected


def _undo_form(token: Token) -> None:
    """Give a form whose key leads nowhere the key of its base form: атомом, рыбой-молотом."""
    if match([token], 0) is not None or function_class(token.folded):
        return
    for base in base_forms(token.folded):
        if is_known(base):
            token.key, token.is_mended = key(base), True
            return


def scan(tokens: Sequence[Token]) -> list[Item]:
    """Return the items of a prompt, in order; every token is in one."""
    items: list[Item] = []
    i = 0
    while i < len(tokens):
        parts = _split_hyphen(tokens[i], i) if not tokens[i].label else []
        if parts:
            items += parts
            i += 1
            continue
        item = _read_one(tokens, i)
        if item.text == "":
            item.text = " ".join(token.text for token in tokens[item.start : item.end])
        items.append(item)
        i = item.end
    return items


def _part(token: Token) -> list[Token]:
    """Return the words of `real-estate`, `ретро-эмблема`, where the whole is not known."""
    if _split_hyphen(token, 0) or _read_one([token], 0).kind != "unknown":
        return []
    parts = []
    for piece in re.finditer(r"[^-]+", token.text):
        inner = tokenise(piece.group())
        if len(inner) != 1 or match(inner, 0) is None:
            return []
        inner[0].start, inner[0].end = token.start + piece.start(), token.start + piece.end()
        parts += inner
    return parts


def _split_hyphen(token: Token, i: int) -> list[Item]:
    """Return the two things of a Russian double word that no table has: рогами-ветками."""
    if token.kind != "word" or token.text.count("-") != 1 or token.text.isascii():
        return []
    if match([token], i) or colours.match([token])[0]:
        return []
    found = []
    for part in token.text.split("-"):
        twin = tokenise(part)
        item = match(twin, i) if len(twin) == 1 else None
        if item is None or item.kind not in ("noun", "industry"):
            return []
        item.text = part
        found += [item, Item("and", i, i + 1, text="-")]
    if key(token.text.split("-")[0]) in _CLASSES and found[2].kind == "noun":
        return found[2:3]  # рыба-удильщик
    return found[-2:-1] if found[-2].kind == "industry" else found[:-1]


def _read_one(tokens: Sequence[Token], i: int) -> Item:
    token = tokens[i]
    if token.label:
        return Item("taken", i, i + 1)
    if token.kind in ("hex", "func"):
        n, found, _ = colours.match([token])
        return Item("colour", i, i + 1, colours=found) if n else Item("stop", i, i + 1)
    if token.kind == "mark":
        return _read_mark(token, i)
    run = [token]
    for following in tokens[i + 1 : i + 6]:
        if following.label or following.kind not in ("word", "num"):
            break
        run.append(following)
    item = match(run, i)
    if item is None and token.kind == "num":
        number = NUMBERS.get(token.folded, "")
        return Item("number" if number else "stop", i, i + 1, senses=[number])
    return item or unknown.read(token, i)


def _read_mark(token: Token, i: int) -> Item:
    if token.text in ("&", "+", "/"):
        return Item("and", i, i + 1)
    name = unicodedata.name(token.text[0], "").lower()
    if unicodedata.category(token.text[0]) == "So" and name:
        name = _PICTURES.get(name, name)
        word = re.sub(r"\b(?:face|symbol|sign|emoji|with .*|black|white|heavy)\b", " ", name)
        senses = [" ".join(word.split()[-3:])]
        for part in (senses[0], senses[0].split()[-1] if senses[0] else ""):
            entries = [
                e for e in lexicon().get(" ".join(map(key, part.split()))) if e.kind in DRAWABLE
            ]
            if entries:
                return Item("noun", i, i + 1, senses=[canonical(part)], surface=part)
        return Item("stop", i, i + 1)
    if token.text in "*_~`^'’":
        return Item("stop", i, i + 1)
    return Item("mark", i, i + 1)
