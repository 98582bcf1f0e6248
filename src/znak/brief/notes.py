"""Notes to the user, in their language: what was left out or not understood."""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from collections.abc import Mapping, Sequence

from znak.brief.model import Brief
from znak.brief.tokens import MAX_CHARACTERS

_SHOWN = 8
_FOREIGN = 4  # words not understood from which a prompt may be in another language
_LONGEST = 30


def for_reading(unknown: Sequence[str], n_orders: int, language: str, *, n_known: int) -> list[str]:
    """Return the notes on words that no table has and on orders to a machine.

    `n_known` is how many words of the prompt were understood.
    """
    russian = language == "ru"
    found = []
    words = [_short(word) for word in dict.fromkeys(unknown) if len(word) > 1]
    if words:
        listed = ", ".join(words[:_SHOWN]) + (" …" if len(words) > _SHOWN else "")
        found.append(f"не понято: {listed}" if russian else f"not understood: {listed}")
    if len(words) >= _FOREIGN and len(words) > n_known:
        found.append(
            "похоже на другой язык: понятны русский и английский"
            if russian
            else "this looks like another language: English and Russian are understood"
        )
    if n_orders:
        found.append(
            "указания машине пропущены, прочитано только описание"
            if russian
            else "orders to a machine were passed over; only the description was read"
        )
    return found


def _short(word: str) -> str:
    return word if len(word) <= _LONGEST else word[: _LONGEST - 1] + "…"


def add(
    brief: Brief,
    changes: Mapping[str, object],
    *,
    text: str,
    is_cut: bool,
    is_long: bool,
    given: str | None,
) -> Brief:
    """Return `brief` with `changes` and the notes on the whole of the prompt."""
    russian = brief.language == "ru"
    brief = dataclasses.replace(brief, **changes)  # type: ignore[arg-type]
    found = list(brief.notes)
    if is_cut:
        found.append(
            f"прочитаны первые {MAX_CHARACTERS} знаков"
            if russian
            else f"only the first {MAX_CHARACTERS} characters were read"
        )
    if is_long:
        found.append(
            f"название сокращено до {len(brief.name or '')} знаков"
            if russian
            else f"the name was cut to {len(brief.name or '')} characters"
        )
    scripts = sorted(_other_scripts(text))
    if scripts:
        listed = ", ".join(scripts)
        found.append(
            f"письмо не разобрано ({listed}): пишите по-русски или по-английски"
            if russian
            else f"script not read ({listed}): write in English or Russian"
        )
    no_letters = brief.name is not None and not any(c.isalnum() for c in brief.name)
    if no_letters or (given is not None and brief.name is None):
        found.append(
            "в названии нет букв: знак будет без надписи"
            if russian
            else "the name has no letters: the mark will stand without lettering"
        )
    if brief.is_empty and not brief.refused:
        found.append(
            "в описании не нашлось, что рисовать: назовите предмет, дело или название"
            if russian
            else "nothing to draw was found in the text: name a thing, a business or a brand name"
        )
    return dataclasses.replace(brief, notes=tuple(found))


def _other_scripts(text: str) -> set[str]:
    found = set()
    for c in set(text):
        if c.isalpha() and not re.match(r"[A-Za-zÀ-ɏЀ-ӿ]", c):
            found.add(unicodedata.name(c, "unknown").split()[0].title())
    return found
