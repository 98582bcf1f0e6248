"""Noun phrases over items: `howling wolf`, `two crossed axes`, `шишка хмеля` → `hop cone`."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from znak.brief.english import plural, singular
from znak.brief.items import Item
from znak.brief.model import Concept

_GENITIVE = re.compile(r"(?:[аяыи]|ов|ев|ей|ого|ого|ых|их)$")
_INDECLINABLE = frozenset(
    "оригами кофе какао кенгуру колибри фламинго пони суши киви манго такси эму".split()
)
_LONGEST = 3
_PREMISES = frozenset("app club shop store website site blog".split())
"""Heads that say how a thing is dealt in: of a weather app weather is drawn."""
_PARTS = frozenset({"piece", "part", "half", "pieces", "set", "pair"})


@dataclass(frozen=True)
class Phrase:
    """A noun phrase: its concept and the items it takes, `items[start:end]`."""

    concept: Concept
    start: int
    end: int


def choose(item: Item, ideas: Collection[str]) -> str:
    """Return the sense of a noun: one of the industry's ideas if there is one, else the first."""
    heads = {idea.split()[-1] for idea in ideas}
    for known in (ideas, heads):
        for sense in item.senses:
            if sense in known:
                return sense
    return item.senses[0]


def take(
    items: Sequence[Item],
    start: int,
    *,
    modifiers: Sequence[str] = (),
    number: str = "",
    relation: str | None = None,
    ideas: Collection[str] = (),
) -> Phrase:
    """Return the phrase whose first noun is `items[start]`, with what stood before it."""
    first = items[start]
    nouns = [first]
    end = start + 1
    russian = not first.text.isascii()
    reverse = False
    while end < len(items) and len(nouns) < _LONGEST and _is_plain_noun(items[end]):
        following = items[end]
        if not first.text[:1].isalnum() or not following.text[:1].isalnum():
            break  # emoji stand side by side
        if following.senses[:1] == nouns[-1].senses[:1]:
            end += 1  # fox fox fox
            continue
        if first.wishes or following.text.lower().endswith("ing"):
            break
        if russian:
            if not is_genitive(following) or len(nouns) > 1:
                break
            reverse = True
        elif (" " in nouns[-1].text and following.kind == "noun") or (
            " " in following.text and not nouns[-1].text.endswith("'s")
        ):
            break
        nouns.append(following)
        end += 1
    linked = _take_linked(items, end, russian)
    if linked is not None and len(nouns) == 1:
        nouns.append(items[linked])
        end = linked + 1
        reverse = True
    if reverse:
        nouns.reverse()
    names = [choose(noun, ideas) for noun in nouns]
    general = len(names) > 1 and names[-1] in ("flower", "bird")
    if general and not russian and nouns[-2].lexicon_kind in ("plant", "animal"):
        names.pop()  # a bluebell flower is a bluebell
    if len(names) > 1 and not russian and names[-1] in _PREMISES:
        names.pop()
    head = names[-1]
    name = " ".join([*(singular(n) for n in names[:-1]), head])
    if number:
        name = f"{number} {' '.join([*modifiers, plural(name)])}"
    elif modifiers:
        name = " ".join([*modifiers, name])
    words = " ".join(item.text for item in items[start:end])
    concept = Concept(name, head, tuple(modifiers), words, relation)
    return Phrase(concept, start, end)


def _is_plain_noun(item: Item) -> bool:
    if item.kind == "abstract" and item.text.lower() in _PARTS:
        return True
    if item.kind == "verb" and item.text.lower() in ("print", "prints"):
        return True  # bear paw print
    return item.kind == "noun" and bool(item.senses) and not item.wishes


def is_genitive(item: Item) -> bool:
    """Say whether a Russian noun may stand in the genitive after another noun."""
    word = item.text.split()[-1].lower().replace("ё", "е")
    if word in _INDECLINABLE:
        return True
    if item.text.isascii():
        return False
    surface = item.surface.split()[-1] if item.surface else word
    changed = word != surface
    return changed and (bool(_GENITIVE.search(word)) or not re.search(r"[аеиоуыэюяьй]$", word))


def _take_linked(items: Sequence[Item], place: int, russian: bool) -> int | None:
    """Return where the noun of `X of Y` stands, or None."""
    if russian or place >= len(items) or items[place].text.lower() != "of":
        return None
    place += 1
    while place < len(items) and items[place].kind == "det":
        place += 1
    return place if place < len(items) and _is_plain_noun(items[place]) else None
