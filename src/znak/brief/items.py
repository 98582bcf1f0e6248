"""`Item`: a stretch of a prompt and what it may mean; the classes of function words.

Kinds: `colour`, `wish`, `industry`, `generic` (a business word that doesn't say which), `noun`,
`adjective`, `verb`, `abstract`, `number`, `unknown`, `mark` (punctuation), `taken` (a name, a
slogan, something refused), and the classes of `data/function_words.tsv` (`and`, `with`, `neg` …).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache

from znak.brief import industries, wishes
from znak.brief.lexicon import Lexicon, read_lines
from znak.brief.model import Colour
from znak.brief.stems import key

NUMBERS = {
    word: number
    for number, words in {
        "two": "2 two couple pair два две двух двумя двум пара пару оба",
        "three": "3 three три трех тремя трем трое",
        "four": "4 four четыре четырех четырьмя",
        "five": "5 five пять пяти пятью",
        "six": "6 six шесть шести шестью",
        "seven": "7 seven семь семи семью",
        "eight": "8 eight восемь восьми",
        "nine": "9 nine девять девяти",
        "ten": "10 ten десять десяти",
        "twelve": "12 twelve двенадцать двенадцати",
    }.items()
    for word in words.split()
}


_RUSSIAN_ADJECTIVE = re.compile(
    r"(?:ый|ий|ой|ая|яя|ое|ее|ые|ие|ого|его|ому|ему|ую|юю|ых|их|ым|им|ом|ем|ыми|ими)$"
)


@dataclass
class Item:
    """A stretch of tokens, `tokens[start:end]`, and what it means."""

    kind: str
    start: int
    end: int
    text: str = ""
    colours: tuple[Colour, ...] = ()
    wishes: tuple[tuple[str, str], ...] = ()
    industry: str = ""
    is_soft: bool = False  # may be the other thing too: a colour word or a business to be drawn
    senses: list[str] = field(default_factory=list)  # canonical English, likeliest first
    surface: str = ""  # the table's written form of the first sense
    lexicon_kind: str = ""
    corrected: str = ""  # the key of the word that a misspelt one was read as

    @property
    def is_corrected(self) -> bool:
        """Say whether the word was misspelt."""
        return bool(self.corrected)


_LONGEST_ENDING = 3  # what a final * of `function_words.tsv` may stand for
_NO_FUNCTION = ("дизайнер", "открывал", "фигурист", "бренди", "сводк", "текстил", "чистот")


@cache
def _functions() -> tuple[dict[str, str], list[tuple[str, str]]]:
    exact: dict[str, str] = {}
    prefixes: list[tuple[str, str]] = []
    for name, words in read_lines("znak.brief", "function_words.tsv"):
        for word in words.split():
            if word.endswith("*"):
                prefixes.append((word[:-1], name))
            else:
                exact.setdefault(word, name)
    return exact, prefixes


@cache
def function_class(folded: str) -> str:
    """Return the class of a function word, or ""."""
    exact, prefixes = _functions()
    if folded in exact:
        return exact[folded]
    if folded.startswith(_NO_FUNCTION):
        return ""
    fits = (
        name
        for prefix, name in prefixes
        if folded.startswith(prefix) and len(folded) - len(prefix) <= _LONGEST_ENDING
    )
    return next(fits, "")


@cache
def lexicon() -> Lexicon:
    """Return the one lexicon, with the words of all other tables known to its speller."""
    found = Lexicon([idea for row in industries.industries().values() for idea in row.ideas])
    rows = industries.industries().values()
    found.teach([word for row in rows for term in (*row.en, *row.ru) for word in term.split()])
    for name, columns in (("wishes.tsv", (2, 3)), ("colours.tsv", (0, 2, 3))):
        for row_fields in read_lines("znak.brief", name):
            cells = " ".join(row_fields[column] for column in columns if column < len(row_fields))
            found.teach(cells.replace("|", " ").replace("*", "").split())
    found.teach("with without called named slogan вместо".split())
    found.teach("logo logotype логотип agency company агентство компания gray grey".split())
    return found


def says_style(word: str) -> bool:
    """Say whether one English word is a style wish."""
    return key(word) in wishes.table()


def looks_adjective(word: str) -> bool:
    """Say whether a word has the ending of a Russian adjective."""
    return bool(_RUSSIAN_ADJECTIVE.search(word)) and len(word) > 4
