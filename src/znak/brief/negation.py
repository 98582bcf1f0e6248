"""What must not be there: `no text`, `not blue`, `без лисы`, `крест не хочу`, `owls are a cliché`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from znak.brief import phrases
from znak.brief.items import Item

_TEXT = (
    "text letter letters lettering word words name writing inscription font typography caption "
    "текст букв надпис слов название названи имен шрифт подпис"
).split()
_ICON = (
    "icon symbol sign picture image mark значк иконк символ знак картинк рисунк изображени".split()
)
_PEOPLE = frozenset({"man", "person", "human", "people", "human figure", "little man"})
_OPEN = frozenset("no without без ни never никаких".split())
_TRANSPARENT = frozenset({"det", "stop", "with", "shape", "inside", "for", "number"})
_CONTENT = frozenset(
    {"colour", "wish", "noun", "adjective", "abstract", "industry", "unknown", "verb"}
)


@dataclass
class Negations:
    """What was found: canonical names, and the layout that follows (`no text` → mark)."""

    names: list[str] = field(default_factory=list)
    layout: str | None = None

    def add(self, name: str) -> None:
        """Add a name once."""
        if name and name not in self.names:
            self.names.append(name)


def find(items: Sequence[Item]) -> Negations:
    """Return what the items negate; those items get the kind `negated`."""
    found = Negations()
    for place, item in enumerate(items):
        if item.kind == "but" and item.text.lower() in ("instead", "rather", "вместо"):
            following = items[place + 1].text.lower() if place + 1 < len(items) else ""
            if following in ("of", "than") or item.text.lower() == "вместо":
                _forward(items, place + 2 - (item.text.lower() == "вместо"), found, item)
        elif item.kind == "but" and _text(items, place - 1) in ("anything", "everything", "что"):
            _forward(items, place + 1, found, item)
        elif item.kind == "neg":
            item.kind = "negated"
            if place + 1 < len(items) and items[place + 1].text.lower() in (
                "only",
                "just",
                "только",
            ):
                continue
            if not _forward(items, place + 1, found, item):
                _backward(items, place - 1, found)
        elif item.kind == "badly":
            _backward(items, place - 1, found)
            item.kind = "negated"
    return found


def _text(items: Sequence[Item], place: int) -> str:
    return items[place].text.lower() if 0 <= place < len(items) else ""


def _forward(items: Sequence[Item], place: int, found: Negations, neg: Item) -> bool:
    """Negate what follows `place`; return whether anything did."""
    any_found = False
    while True:
        end = _one(items, place, found)
        if end is None:
            return any_found
        any_found = True
        kind = items[end].kind if end < len(items) else ""
        following = items[end + 1] if end + 1 < len(items) else None
        continues = kind == "or" or (
            kind == "and" and neg.text.lower() in _OPEN and following is not None
        )
        if (
            continues
            and following is not None
            and following.kind in _CONTENT - {"verb", "adjective"}
        ):
            place = end + 1
            continue
        if kind == "or" and following is not None and following.kind == "neg":
            following.kind = "negated"
            place = end + 2
            continue
        return any_found


def _one(items: Sequence[Item], place: int, found: Negations) -> int | None:
    """Negate one thing at `place` or a little after; return where it ends, or None."""
    modifiers: list[str] = []
    pending: list[Item] = []
    start = place
    while place < len(items):
        item = items[place]
        if item.kind == "badly":
            item.kind = "negated"
            return place + 1
        special = _special(item)
        if special and not _says_whose(items, place, special):
            found.add(special)
            found.layout = found.layout or ("mark" if special == "text" else "name")
            item.kind = "negated"
            return place + 1
        if item.kind == "adjective":
            modifiers.append(item.senses[0])
            pending.append(item)
        elif item.kind in ("colour", "wish"):
            pending.append(item)
        elif (
            item.kind in ("noun", "industry", "abstract", "unknown", "verb")
            or pending
            or item.kind not in _TRANSPARENT
            or place - start > 5
        ):
            break
        place += 1
    if place < len(items) and items[place].kind == "noun" and _adjoins(items, pending, place):
        phrase = phrases.take(items, place, modifiers=modifiers)
        name = phrase.concept.name
        found.add("people" if phrase.concept.head in _PEOPLE else name)
        for item in (*pending, *items[place : phrase.end]):
            item.kind = "negated"
        return phrase.end
    if pending:
        for item in pending:
            _add_word(item, found)
            item.kind = "negated"
        return place
    if place < len(items) and items[place].kind in ("industry", "abstract", "unknown", "verb"):
        _add_word(items[place], found)
        items[place].kind = "negated"
        return place + 1
    return None


def _says_whose(items: Sequence[Item], place: int, special: str) -> bool:
    """Say whether a Russian noun follows: `без знака доллара` leaves out the dollar, no icon."""
    after = items[place + 1] if place + 1 < len(items) else None
    if special != "icon" or after is None or after.text.isascii():
        return False
    return after.kind in ("noun", "abstract", "unknown")


def _adjoins(items: Sequence[Item], pending: Sequence[Item], place: int) -> bool:
    """Say whether what was read before the noun belongs to it: a colour wish of its own doesn't."""
    return not pending or items[place - 1] is pending[-1]


def _special(item: Item) -> str:
    """Return `text` or `icon` for a word that means the lettering or the picture, else ""."""
    if item.kind not in ("stop", "noun", "abstract", "wish"):
        return ""
    word = item.text.lower().replace("ё", "е")
    if " " in word and not item.wishes:
        return ""  # знак доллара
    first = item.senses[0] if item.senses else ""
    if first == "text" or any(word == w or (not w.isascii() and word.startswith(w)) for w in _TEXT):
        return "text"
    if first == "icon" or any(word == w or (not w.isascii() and word.startswith(w)) for w in _ICON):
        return "icon"
    return ""


def _add_word(item: Item, found: Negations) -> None:
    if item.kind == "colour":
        for colour in item.colours:
            found.add(colour.name)
    elif item.kind == "wish":
        found.add(item.wishes[0][1])
    elif item.senses and item.senses[0]:
        found.add("people" if item.senses[0] in _PEOPLE else item.senses[0])
    else:
        found.add(item.text.lower())


def _backward(items: Sequence[Item], place: int, found: Negations) -> None:
    """Negate the phrase that ends at `place`: `крест не хочу`, `orange background no`."""
    while place >= 0 and items[place].kind in _TRANSPARENT | {"abstract", "verb"}:
        special = _special(items[place])
        if special:
            found.add(special)
            found.layout = found.layout or ("mark" if special == "text" else "name")
            return
        place -= 1
    end = place + 1
    while place >= 0 and items[place].kind in ("noun", "adjective", "colour", "wish", "industry"):
        place -= 1
    taken = items[place + 1 : end]
    nouns = [item for item in taken if item.kind == "noun"]
    if nouns:
        start = items.index(nouns[0])
        found.add(phrases.take(items, start).concept.name)
    else:
        for item in taken:
            _add_word(item, found)
    for item in taken:
        item.kind = "negated"
