"""Businesses: which one a prompt speaks of, and what to draw for it."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from znak.brief.lexicon import bases_of
from znak.brief.stems import key, keys

GENERIC = frozenset(
    keys(word)
    for word in (
        "company shop store agency studio firm brand business startup place service bureau office "
        "club house salon centre center school workshop factory app platform team group maker bar "
        "restaurant boutique market academy clinic organization producer manufacturer stand kiosk "
        "provider seller dealer hub lab label corporation enterprise project website site blog "
        "компания магазин агентство студия фирма бренд бизнес стартап место служба сервис бюро офис "
        "клуб дом салон центр школа мастерская фабрика приложение платформа команда группа лавка "
        "производство производитель предприятие организация проект сайт блог завод предприниматель "
        "контора цех комбинат холдинг концерн кооператив артель фонд услуги услуга товары торговля продажа доставка аренда прокат ремонт точка ларек киоск"
    ).split()
)
"""Words for a business that don't say which."""


_MIN_BEGINNING = 6
VAGUE = "saas"
"""The industry of `app` and `startup`: any other that is told goes before it."""

_LINKS = frozenset("для and the for with of на по от из one вне дома home men's room".split())


_SAME = {
    key(word): key(group.split()[0])
    for group in (
        "company firm business enterprise organization corporation",
        "shop store boutique",
        "studio salon workshop",
        "agency bureau office",
        "компания фирма бизнес предприятие организация",
        "магазин лавка бутик",
        "студия мастерская ателье салон",
        "агентство бюро контора",
    )
    for word in group.split()
}
"""Generic words that may stand for one another in a term."""


@dataclass(frozen=True)
class Industry:
    """A line of the table: what it's called, what to draw, its usual colours and styles."""

    id: str
    en: tuple[str, ...]
    ru: tuple[str, ...]
    ideas: tuple[tuple[str, str], ...]
    colours: tuple[str, ...]
    style: tuple[str, ...]

    def label(self, language: str) -> str:
        """Return its name in `language`."""
        return self.ru[0] if language == "ru" else self.en[0]


@cache
def industries() -> dict[str, Industry]:
    """Return the table by id."""
    text = (
        resources.files("znak.brief")
        .joinpath("data")
        .joinpath("industries.jsonl")
        .read_text("utf-8")
    )
    table = {}
    for line in text.splitlines():
        row = json.loads(line)
        ideas = tuple((idea["en"], idea["ru"]) for idea in row["ideas"])
        table[row["id"]] = Industry(
            row["id"],
            tuple(row["en"]),
            tuple(row["ru"]),
            ideas,
            tuple(row["colours"]),
            tuple(row["style"]),
        )
    return table


@cache
def terms() -> dict[str, str]:
    """Return phrase key → industry id; the first industry that has a phrase keeps it."""
    found: dict[str, str] = {}
    for industry in industries().values():
        for term in (*industry.en, *industry.ru):
            found.setdefault(keys(term), industry.id)
    return found


@cache
def _by_word() -> dict[str, list[tuple[frozenset[str], str]]]:
    """Return word key → the terms of several words that hold it."""
    found: dict[str, list[tuple[frozenset[str], str]]] = defaultdict(list)
    for term, industry in terms().items():
        words = frozenset(_SAME.get(word, word) for word in term.split())
        if len(words) > 1:
            for word in words - GENERIC:
                found[word].append((words, industry))
    return found


def match(word_keys: Sequence[str]) -> tuple[int, str]:
    """Return how many of the first words name a business, and its id; (0, "") without one."""
    for n in range(min(5, len(word_keys)), 0, -1):
        industry = terms().get(" ".join(word_keys[:n]))
        if industry:
            return n, industry
        if n > 1:
            industry = _alike().get(" ".join(_SAME.get(word, word) for word in word_keys[:n]))
            if industry:
                return n, industry
    return 0, ""


@cache
def bases() -> dict[str, list[str]]:
    """Return key → base forms of the terms of one word."""
    return bases_of(term for row in industries().values() for term in (*row.en, *row.ru))


@cache
def _alike() -> dict[str, str]:
    found: dict[str, str] = {}
    for term, industry in terms().items():
        if " " in term:
            found.setdefault(" ".join(_SAME.get(word, word) for word in term.split()), industry)
    return found


def match_loose(word_keys: Iterable[str]) -> str:
    """Return the industry of the term whose words all occur among these, in any order, or ""."""
    given = {_SAME.get(word, word) for word in word_keys}
    best: tuple[int, bool, int, str] = (0, False, 0, "")
    for word in given:
        for words, industry in _by_word().get(word, ()):
            if words <= given:
                telling = len(words - GENERIC)
                best = max(best, (telling, industry != VAGUE, len(words), industry))
    return best[3]


def guess(words: Sequence[str]) -> str:
    """Return the industry whose terms share the most telling word with `words`, or ""."""
    best, score = "", 0.0
    for place, word in enumerate(words):
        if word in GENERIC or len(word) < 3:
            continue
        hits = list(dict.fromkeys(_telling().get(word) or _near(word)))
        for industry in hits[:1]:
            value = 1 / len(hits) + 0.01 * place
            if value > score:
                best, score = industry, value
    return best


@cache
def _telling() -> dict[str, list[str]]:
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for industry in industries().values():
        for phrase in (*industry.en, *industry.ru):
            for word in phrase.split():
                k = key(word)
                if k not in GENERIC and len(k) > 2 and word not in _LINKS:
                    found[k][industry.id] = None
    return {word: list(rows) for word, rows in found.items()}


def _near(word: str) -> list[str]:
    """Return the industries of the words that begin like this one: beekeeping, beekeeper."""
    if len(word) < _MIN_BEGINNING:
        return []
    stem = word[: max(_MIN_BEGINNING, len(word) - 3)]
    return [i for other, rows in _telling().items() if other.startswith(stem) for i in rows]
