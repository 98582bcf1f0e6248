"""Things to draw: the noun phrases of a prompt that are no business, no audience and no place."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from znak.brief import phrases
from znak.brief.industries import GENERIC
from znak.brief.items import NUMBERS, Item, function_class, looks_adjective, says_style
from znak.brief.model import Concept
from znak.brief.stems import key

RELATIONS = frozenset("with inside on over under beside shape of into".split())
_BREAKS = frozenset({"mark", "but"})
_THROUGH = frozenset({"det", "stop", "colour", "wish", "number", "adjective"})
_COUNTS = frozenset(NUMBERS.values())
_CUISINE = frozenset({"кухни", "кухня", "кухней", "cuisine"})
"""What a restaurant cooks, where it's said after one: ресторан грузинской кухни."""
_FIELDS = frozenset(
    "engineering technology science education finance marketing ecology agriculture tourism wellness "
    "fashion culture commerce industry innovation".split()
)
"""Fields of work: weak, for nobody can draw them as they are."""
_MANY = frozenset("chain network space union franchise line".split())
"""What a business may be one of: a hotel chain shows no chain."""
_FACE = frozenset({"smile", "grin", "eyes", "eye", "улыбка"})
_HELD = frozenset(
    "спине голове лапах лапе лапках руках руке зубах клюве шее плече плечах пасти".split()
)
"""Where a Russian thing holds another: a fish in the beak is a fish."""
_LIMBS = frozenset(
    "leg legs back paw paws head side foot feet talon talons claw claws beak mouth teeth jaws arm arms hand hands нога спина лапа голова".split()
)


@dataclass
class Things:
    """What was found: concepts, words that may stand in for them, and words not understood."""

    concepts: list[Concept] = field(default_factory=list)
    weak: list[Concept] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def find(items: Sequence[Item], *, ideas: Collection[str] = ()) -> Things:
    """Return the things to draw, in the prompt's order, each once."""
    return _Walk(items, ideas).run()


class _Walk:
    def __init__(self, items: Sequence[Item], ideas: Collection[str]) -> None:
        self.items = items
        self.ideas = ideas
        self.found = Things()
        self.modifiers: list[str] = []
        self.number = ""
        self.relation: str | None = None
        self.is_audience = False  # after `for`, `about`
        self.is_place = False  # after a business: `in the old harbour`
        self.after_business = False
        self.business_end = -1  # where a business's genitives ended: фонд защиты | океана
        self.last_end = -1  # where the last concept's phrase ended

    def run(self) -> Things:
        """Walk over the items once."""
        place = 0
        while place < len(self.items):
            place = self._step(place)
        self.found.concepts = _without_repeats(self.found.concepts)
        return self.found

    def _step(self, place: int) -> int:
        item = self.items[place]
        kind = item.kind
        if kind in _BREAKS:
            if item.text == "(":
                return self._skip_brackets(place)
            self._clear()
            self.is_audience = self.is_place = self.after_business = False
        elif kind in ("and", "or"):
            self._clear()
            self.is_place = False
        elif kind == "of" and self.number and self.items[place - 1].kind == "number":
            pass  # a pair of hands
        elif kind in RELATIONS:
            end = self._idiom(place)
            if end is not None:
                return end
            self._relate(item)
        elif kind in ("for", "about", "doing"):
            self.is_audience = True
            self._clear()
        elif kind == "number":
            self.number = item.senses[0]
            self.modifiers = []
        elif kind in ("industry", "generic"):
            self._clear()
            self.after_business = True
        elif kind == "adjective":
            return self._adjective(place)
        elif kind == "verb":
            return self._verb(place)
        elif kind == "noun":
            return self._noun(place)
        elif kind in ("abstract", "unknown"):
            self._other(place)
        elif kind in ("negated", "taken"):
            self._clear()
        return place + 1

    def _clear(self) -> None:
        self.modifiers, self.number, self.relation = [], "", None

    def _relate(self, item: Item) -> None:
        self.modifiers, self.number = [], ""
        self.relation = item.kind
        if item.kind == "with":
            self.is_audience = self.is_place = self.after_business = False
        elif self.after_business and item.kind in ("inside", "on", "beside", "of", "into"):
            self.is_place = True

    def _skip_brackets(self, place: int) -> int:
        """Return where `(the bird)`, an explanation, ends; other brackets are read."""
        for end in range(place + 1, min(place + 5, len(self.items))):
            if self.items[end].text == ")" and self.last_end == place:
                self.last_end = end + 1
                return end + 1
        return place + 1

    def _noun(self, place: int) -> int:
        item = self.items[place]
        if item.text.lower().endswith("ing") and self.last_end == place and self.found.concepts:
            item.senses = [item.text.lower()]
            return self._verb(place)
        if self._is_attribute(place) or self._is_business_word(place) or self._says_style(place):
            return place + 1
        phrase = phrases.take(
            self.items,
            place,
            modifiers=self.modifiers,
            number=self.number,
            relation=self.relation if self.found.concepts else None,
            ideas=self.ideas,
        )
        concept = phrase.concept
        before = self.items[place - 1] if place else None
        of_business = (
            before is not None
            and (before.kind in ("industry", "generic") or self.business_end == place)
            and not item.text.isascii()
            and phrases.is_genitive(item)
        )
        after = self.items[phrase.end] if phrase.end < len(self.items) else None
        sold = after is not None and after.kind == "generic" and item.text.isascii()
        if of_business:
            self.business_end = phrase.end
        aside = after is not None and after.kind == "industry" and item.text.isascii()
        sold = sold or (aside and bool(self.found.concepts) and item.lexicon_kind != "animal")
        sold = sold or concept.head in _FIELDS
        if self.is_audience or self.is_place or of_business or sold:
            if item.lexicon_kind == "person" and self.is_audience:
                return phrase.end
            self.found.weak.append(concept)
        elif concept.name in _FACE and self.relation == "with":
            pass
        elif concept.name not in ("background", "text", "icon"):
            self.found.concepts.append(concept)
            self.last_end = phrase.end
        self.modifiers, self.number, self.relation = [], "", None
        if item.wishes:  # heart-shaped paw
            self.relation = "shape"
        return phrase.end

    def _is_business_word(self, place: int) -> bool:
        """Say whether a noun only completes a business: cinema club, children's dentist."""
        item = self.items[place]
        before = self.items[place - 1] if place else None
        after = self.items[place + 1] if place + 1 < len(self.items) else None
        if before is not None and before.kind == "industry":
            word = item.text.lower()
            if key(word) in GENERIC or (word in _MANY and before.text.isascii()):
                return True
        if self.after_business and item.text.lower() in _CUISINE:
            return True
        owner = item.lexicon_kind == "person" and item.text.isascii()
        return owner and after is not None and after.kind in ("industry", "generic")

    def _says_style(self, place: int) -> bool:
        """Say whether a noun only names a manner: tattoo style, в стиле тату."""
        before, after = (
            self.items[max(place - 1, 0)],
            self.items[min(place + 1, len(self.items) - 1)],
        )
        return after.text.lower() == "style" or before.text.lower() in ("стиле", "стиль")

    def _is_attribute(self, place: int) -> bool:
        """Say whether a Russian noun in an adjective's form describes the next word: детская школа."""
        item = self.items[place]
        after = self.items[place + 1] if place + 1 < len(self.items) else None
        if item.text.isascii() or " " in item.text or after is None:
            return False
        return looks_adjective(item.surface or item.text.lower()) and after.kind in (
            "noun",
            "adjective",
            "industry",
        )

    def _adjective(self, place: int) -> int:
        item = self.items[place]
        is_participle = item.text.lower().endswith("ing") or _is_active(item.text.lower())
        if is_participle and self._follows_thing(place):
            return self._verb(place)
        sense = item.senses[0] if item.senses else ""
        if sense and function_class(sense) != "stop" and not says_style(sense):
            self.modifiers.append(sense)
        return place + 1

    def _verb(self, place: int) -> int:
        """Put a verb without an object before the thing that does it; drop one with an object."""
        item = self.items[place]
        self._clear()
        if not self._follows_thing(place) or not item.senses or not self.found.concepts:
            return place + 1
        end = self._idiom(place + 1)
        if end is None:
            if self._has_object(place + 1):
                return place + 1
            end = place + 1
        last = self.found.concepts[-1]
        name = item.senses[0] if item.senses[0].endswith("ing") else ""
        if name and name not in last.modifiers:
            number, _, rest = last.name.partition(" ")
            counted = number in _COUNTS
            self.found.concepts[-1] = replace(
                last,
                name=f"{number} {name} {rest}" if counted else f"{name} {last.name}",
                modifiers=(name, *last.modifiers),
            )
        return end

    def _follows_thing(self, place: int) -> bool:
        """Say whether a thing ends right here, or a Russian one at a comma: змея, кусающая хвост."""
        comma = place > 0 and self.items[place - 1].text == ","
        russian = not self.items[place].text.isascii()
        return self.last_end == place or (comma and russian and self.last_end == place - 1)

    def _idiom(self, place: int) -> int | None:
        """Return the end of `on one leg`, `on its back`, or None."""
        if place >= len(self.items) or self.items[place].kind not in ("on", "inside"):
            return None
        for end in range(place + 1, min(place + 4, len(self.items))):
            item = self.items[end]
            word = item.text.lower()
            if word in _HELD and self.found.concepts:
                return end + 1
            if item.kind == "noun" and word in _LIMBS and _is_own(self.items[place + 1]):
                return end + 1
            if item.kind not in ("det", "number", "stop"):
                return None
        return None

    def _has_object(self, place: int) -> bool:
        for item in self.items[place:]:
            if item.kind in ("noun", "unknown", "abstract"):
                return True
            if item.kind not in _THROUGH | RELATIONS:
                return False
        return False

    def _other(self, place: int) -> None:
        """Keep an abstract or unknown word in mind: it's drawn from where nothing else is there."""
        item = self.items[place]
        if item.kind == "abstract":
            name = item.senses[0] if item.senses else item.text.lower()
            self.found.weak.append(Concept(name, name, (), item.text, None))
            self.modifiers = []
            return
        self.found.unknown.append(item.text)
        before = self.items[place - 1] if place else None
        introduced = before is not None and before.kind in ("det", "number")
        if introduced and not self.is_audience and not self.is_place and len(item.text) > 3:
            name = " ".join([*self.modifiers, item.text.lower()])
            self.found.concepts.append(
                Concept(name, item.text.lower(), tuple(self.modifiers), item.text, self.relation)
            )
        self._clear()


def _is_own(item: Item) -> bool:
    """Say whether a word before a limb tells that it's the thing's own."""
    return item.text.lower() in ("its", "his", "her", "their", "one", "two", "1")


def _is_active(word: str) -> bool:
    """Say whether a Russian word is an active participle: воющий, спящая."""
    return len(word) > 6 and word[-4:-2] in ("ющ", "ящ", "ущ", "ащ")


def _without_repeats(concepts: Sequence[Concept]) -> list[Concept]:
    found: dict[str, Concept] = {}
    for concept in concepts:
        found.setdefault(concept.name, concept)
    return list(found.values())
