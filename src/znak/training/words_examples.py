"""Texts and what each should mean: the examples that the encoder is taught with.

An example is a text and a target, a weighted sum of the teacher's vectors of English texts. A
prompt's target is what it asks to draw, so that `logo`, `для`, `minimal` come to weigh nothing; of
`X for Y` most is X. Russian texts have the targets of their English counterparts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from znak.training.words_data import HELD_FORMS, Material, fraction
from znak.training.words_russian import CASES, forms, inflect, join
from znak.words.edits import neighbour_keys
from znak.words.forms import is_russian
from znak.words.normal import tokenise

Target = tuple[tuple[str, float], ...]

EN_PROMPTS = (
    "logo for {x}", "a logo for a {x}", "{x} logo", "logo of a {x}", "logo with a {x}",
    "{x}, minimal", "{x}, minimalist, flat, vector", "simple {x} icon", "a {x} mark",
    "minimalist logo of a {x}", "draw a {x}", "make me a modern logo with a {x} please",
    "i need a logo for my {x}", "{x} emblem, bold, black and white", "symbol: {x}",
    "simple elegant logo for {x}, successful vibe, minimalist, vector art, even edges",
    "a clean geometric {x} sign, warm orange", "company logo, {x}, dark blue, elegant",
    "badge with a {x}", "icon of {x}, line style", "a friendly brand mark with {x}, green",
)  # fmt: skip
EN_FOR = (
    "{x} for a {y}", "a {x} for a {y} company", "logo of a {x} for {y}", "{y} logo with a {x}",
    "{x} logo for my {y} brand", "a {x}, {y}, modern", "{y}: {x}",
)  # fmt: skip
RU_PROMPTS = (
    ("логотип {x}", "gent"), ("логотип с {x}", "ablt"), ("логотип для {x}", "gent"),
    ("знак в виде {x}", "gent"), ("нарисуй {x}", "accs"), ("{x}, минимализм", "nomn"),
    ("эмблема с {x}", "ablt"), ("{x} логотип", "nomn"), ("логотип, {x}, черно белый", "nomn"),
    ("нужен логотип с изображением {x}", "gent"), ("минималистичный логотип {x}", "gent"),
    ("сделай современный логотип для {x}", "gent"), ("простой знак: {x}", "nomn"),
    ("символ {x} для компании, строгий стиль", "gent"), ("иконка {x}, плоская", "gent"),
    ("{x}, теплый оранжевый, дружелюбный", "nomn"), ("хочу {x} на эмблеме", "accs"),
    ("логотип компании с {x}, темно синий", "ablt"), ("изобрази {x} простыми линиями", "accs"),
)  # fmt: skip
RU_FOR = (
    ("{x} для {y}", "nomn", "gent"), ("логотип с {x} для {y}", "ablt", "gent"),
    ("знак {y} в виде {x}", "gent", "gent"), ("{x}, {y}, минимализм", "nomn", "nomn"),
    ("логотип {y} с {x}", "ablt", "gent"), ("{y}: {x}", "nomn", "nomn"),
)  # fmt: skip
X_WEIGHT, Y_WEIGHT = 0.8, 0.3  # of `X for Y`
_DRAWN = frozenset(
    "animal object food plant building vehicle nature tool music space clothing sport tech symbol "
    "weather body person".split()
)


@dataclass(frozen=True)
class Example:
    """A text, its target and the group it is drawn from."""

    text: str
    target: Target
    group: str


def is_held_form(word: str, lemmas: frozenset[str]) -> bool:
    """Return whether an inflected Russian form is set aside."""
    return word not in lemmas and is_russian(word) and fraction(word, salt="form") < HELD_FORMS


class Composer:
    """Makes examples; the same seed makes the same ones."""

    def __init__(self, material: Material, *, seed: int) -> None:
        """Prepare word lists from what may be seen."""
        self.material = material
        self.random = Random(seed)
        templates = " ".join(template[0] for template in [*RU_PROMPTS, *RU_FOR])
        self.lemmas = frozenset(ru for ru in material.meanings if " " not in ru)
        self.lemmas |= frozenset(tokenise(templates.replace("{x}", " ").replace("{y}", " ")))
        self._kinds = {entry.en: entry.kind for entry in material.entries}
        best: dict[str, str] = {}
        for ru, en, weight in material.pairs:
            if weight == 1:
                best.setdefault(en, ru)
        self.russian = best
        self.things = sorted(en for en in best if self._kinds.get(en) in _DRAWN)
        self.trades = sorted(en for en in best if self._kinds.get(en) == "industry")
        adjectives = (en for en in best if self._kinds.get(en) in ("adjective", "colour"))
        self.adjectives = sorted(en for en in adjectives if " " not in en)
        self._held = frozenset(material.held_captions)

    def all_examples(self, words: Sequence[str], *, prompts: int, phrases: int) -> list[Example]:
        """Return every example; `words` are further English words, the counts are per language."""
        made = [
            *self._plain(words),
            *self._russian_pairs(),
            *self._russian_forms(),
            *self._phrases(phrases),
            *self._prompts(prompts),
        ]
        kept = [e for e in made if self.may_be_seen(e)]
        unique = {(e.text, e.target): e for e in kept}
        return list(unique.values())

    def may_be_seen(self, example: Example) -> bool:
        """Return whether an example has nothing that is held out."""
        if example.text in self._held or any(en in self._held for en, _ in example.target):
            return False
        words = example.text.split()
        return not any(w in self.material.unseen or is_held_form(w, self.lemmas) for w in words)

    def _plain(self, words: Sequence[str]) -> Iterator[Example]:
        for caption in self.material.captions:
            yield Example(caption, ((caption, 1.0),), "caption")
        for entry in self.material.entries:
            yield Example(entry.en, ((entry.en, 1.0),), "english")
        for word in words:
            yield Example(word, ((word, 1.0),), "word")

    def _russian_pairs(self) -> Iterator[Example]:
        for ru, en, _ in self.material.pairs:
            yield Example(ru, ((en, 1.0),), "russian")

    def _russian_forms(self) -> Iterator[Example]:
        meanings: dict[str, list[str]] = defaultdict(list)
        for ru, en, weight in self.material.pairs:
            if weight >= 0.5 and en not in meanings[ru]:
                meanings[ru].append(en)
        for ru, english in meanings.items():
            if " " in ru:
                bent = [inflect(ru, case) for case in CASES[1:]] + [
                    inflect(ru, "nomn", plural=True)
                ]
            else:
                bent = list(forms(ru)[1:])
            for form in filter(None, dict.fromkeys(bent)):
                group = "bent" if " " in ru else "form"
                yield Example(form, ((self.random.choice(english), 1.0),), group)

    def _phrases(self, n: int) -> Iterator[Example]:
        choose = self.random.choice
        for _ in range(n):
            adjective, thing = choose(self.adjectives), choose(self.things)
            other, case = choose(self.things), choose(CASES)
            ru, ru_other = self.russian[thing], self.russian[other]
            english = f"{adjective} {thing}"
            yield from _both(english, join(self.russian[adjective], ru, case=case))
            if bent := inflect(ru_other, "ablt"):
                yield from _both(f"{thing} with {other}", f"{ru} с {bent}")
            yield from _both(f"{thing} and {other}", f"{ru} и {ru_other}")
            if bent := inflect(ru, "gent"):
                yield from _both(f"{thing} head", f"голова {bent}")
                yield from _both(f"{thing} silhouette", f"силуэт {bent}")

    def _prompts(self, n: int) -> Iterator[Example]:
        captions = sorted(self.material.captions)
        choose = self.random.choice
        for _ in range(n):
            x = choose(captions if self.random.random() < 0.5 else self.things)
            x = choose(self.trades) if self.random.random() < 0.2 else x
            y = choose(self.trades)
            yield _example(choose(EN_PROMPTS).format(x=x), ((x, 1.0),), "prompt")
            yield _example(choose(EN_FOR).format(x=x, y=y), mix(x, y), "prompt")
            x = choose(self.trades if self.random.random() < 0.3 else self.things)
            if text := fill_russian(choose(RU_PROMPTS), self.russian[x]):
                yield _example(text, ((x, 1.0),), "prompt_ru")
            if text := fill_russian_for(choose(RU_FOR), self.russian[x], self.russian[y]):
                yield _example(text, mix(x, y), "prompt_ru")


def mix(x: str, y: str) -> Target:
    """Return the target of `x for y`."""
    return ((x, X_WEIGHT), (y, Y_WEIGHT))


def fill_russian(template: tuple[str, str], ru: str) -> str:
    """Return a Russian prompt, "" where the phrase can't be inflected."""
    bent = inflect(ru, template[1])
    return template[0].format(x=bent) if bent else ""


def fill_russian_for(template: tuple[str, str, str], ru: str, trade: str) -> str:
    """Return a Russian prompt of two phrases, "" where one can't be inflected."""
    x, y = inflect(ru, template[1]), inflect(trade, template[2])
    return template[0].format(x=x, y=y) if x and y else ""


def misspell(text: str, random: Random) -> str:
    """Return a text with one slip in one word of four letters or more, "" where there is none."""
    words = text.split()
    places = [i for i, word in enumerate(words) if len(word) >= 4 and word.isalpha()]
    if not places:
        return ""
    at = random.choice(places)
    words[at] = random.choice((_swap, _drop, _double, _hit_beside))(words[at], random)
    return " ".join(words)


def _swap(word: str, random: Random) -> str:
    i = random.randrange(len(word) - 1)
    return word[:i] + word[i + 1] + word[i] + word[i + 2 :]


def _drop(word: str, random: Random) -> str:
    i = random.randrange(len(word))
    return word[:i] + word[i + 1 :]


def _double(word: str, random: Random) -> str:
    i = random.randrange(len(word))
    return word[: i + 1] + word[i:]


def _hit_beside(word: str, random: Random) -> str:
    i = random.randrange(len(word))
    beside = neighbour_keys(word[i])
    return word[:i] + random.choice(beside) + word[i + 1 :] if beside else _swap(word, random)


def _both(english: str, russian: str) -> Iterator[Example]:
    target = ((english, 1.0),)
    yield _example(english, target, "phrase")
    if russian:
        yield _example(russian, target, "phrase_ru")


def _example(text: str, target: Target, group: str) -> Example:
    return Example(" ".join(tokenise(text)), target, group)
