"""Names by their capital letters: the run of capitalised words after `for` or a business word."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from znak.brief.tokens import Token

DOTTED = re.compile(r"(?:\b(?:Dr|Mr|Mrs|Ms|St|Co|Prof|Jr|Sr|No|vs|им|св|ул|д|г|[A-ZА-ЯЁ]))\.$")

STOP = re.compile(
    r"\s+(?:with|for|in|on|that|which|who|where|featuring|and\s+(?=[a-zа-я])|a\s|an\s|using|but|from|by\s|"
    r"slogan|tagline|motto|icon|logo|colou?rs?|style|minimal\w*|please|"
    r"с|со|для|в|на|из|но|где|котор\w+|слоган\w*|девиз\w*|цвет\w*|стил\w*|пожалуйста|"
    r"(?:и|а)\s+(?=[a-zа-яё]))(?=\s|$)"
)

_CONNECTING = frozenset(
    "& and of the und et de la le du di el von van y i и + - n at на по у".split()
)


_KIN = frozenset(
    "деда дедушки бабушки дяди тети имени uncle aunt grandma grandpa papa mama папы мамы братьев "
    "сестер отца доктора мастера mr mrs dr".split()
)


_TITLE_SHARE = 0.6


def capital_run(text: str, tokens: Sequence[Token], start: int) -> tuple[int, int] | None:
    """Return where the run of capitalised words beginning at `start` lies, or None without one."""
    end = None
    first = None
    for token in tokens:
        if token.start < start:
            continue
        if token.label:
            break
        if first is None:
            kin = token.folded in _KIN and _next_is_capital(tokens, token)
            if not (token.is_capital and token.kind == "word") and not kin:
                return None
            first = token.start
        elif not token.is_capital and token.kind != "num" and token.folded not in _CONNECTING:
            dotted = token.text == "." and DOTTED.search(text[: token.end])
            if not dotted:
                break
        if token.is_capital or token.kind == "num" or (token.text == "." and end == token.start):
            gap = text[end : token.start] if end is not None else ""
            if end is not None and re.search(r"[,;:!?()\n]|\s[-—]\s", gap):
                break
            end = token.end
    if first is None or end is None:
        return None
    if text[first:end].endswith(".") and not DOTTED.search(text[first:end]):
        end -= 1
    end = _take_russian_tail(text, first, end)
    return first, end


def _next_is_capital(tokens: Sequence[Token], token: Token) -> bool:
    following = next((t for t in tokens if t.start > token.start), None)
    return following is not None and following.is_capital and following.kind == "word"


def _take_russian_tail(text: str, start: int, end: int) -> int:
    """Take in the lower-case rest of a Russian name (`Медленный лист`) up to the next mark."""
    first = text[start:end]
    if " " in first or not re.fullmatch(r"[А-ЯЁ][а-яё-]+(?:ый|ий|ой|ая|яя|ое|ее|ые|ие)", first):
        return end
    tail = re.match(r"(?:\s[а-яё]+){1,2}(?=[.,;!?:]|$|\s[-—])", text[end:])
    if tail and not STOP.search(tail.group() + " "):
        return end + tail.end()
    return end


def is_title_case(tokens: Sequence[Token]) -> bool:
    """Say whether nearly every word has a capital, so that a capital tells nothing."""
    words = [
        token
        for before, token in pairwise([None, *tokens])
        if token is not None
        and before is not None
        and before.text not in (".", "!", "?", ":")
        and token.kind == "word"
        and len(token.text) > 2
    ]
    capital = sum(token.is_capital for token in words)
    return len(words) >= 4 and capital / len(words) > _TITLE_SHARE
