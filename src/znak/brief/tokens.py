"""A prompt as tokens: words, numbers, colour codes and marks, each with its place in the text.

Text is cleaned first: control characters, lone surrogates and invisible characters leave, dashes
and spaces become plain, letters of another script inside a word are put right (`fоx` with a
Cyrillic о).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

from znak.brief.stems import fold, key

MAX_CHARACTERS = 2000
"""What is read of a prompt; the rest is cut, with a note."""

_INVISIBLE = dict.fromkeys(
    [0x200B, 0xFEFF, 0x2060, 0x00AD, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
)
_DASHES = str.maketrans({"‑": "-", "‐": "-", "−": "-", "–": "—", "―": "—", "\u00a0": " "})
_TO_CYRILLIC = str.maketrans("aeopcyxkmthbABEKMHOPCTXYё", "аеорсухкмтнвАВЕКМНОРСТХУё")
_TO_LATIN = str.maketrans("аеорсухкмтнвіАВЕКМНОРСТХУ", "aeopcyxkmthbiABEKMHOPCTXY")
_LATIN_LOOKALIKES = frozenset("aeopcyxkABEKMHOPCTXY")
_CYRILLIC_LOOKALIKES = frozenset("аеорсухкіАВЕКМНОРСТХУ")

_TOKEN = re.compile(
    r"(?P<hex>\#(?:[0-9a-f]{8}|[0-9a-f]{6}|[0-9a-f]{4}|[0-9a-f]{3})(?![\w]))"
    r"|(?P<func>(?:rgba?|hsla?)\s*\([^()]{1,60}\))"
    r"|(?P<word>(?:\d[dд]-(?=[^\W\d_]))?[^\W\d_]+(?:[-'’ʼ][^\W\d_]+)*(?:-\d+)?)"
    r"|(?P<num>\d+(?:[-.,]\d+)*(?:[-'’]?(?:s|х|е|th|d|я|й)\b)?)"
    r"|(?P<mark>[^\w\s]|_)",
    re.IGNORECASE,
)


_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")  # a terminal's colours
_GOVERNING = frozenset(
    "с со без для из от до у около вокруг над перед между к ко по о об обо при возле вместо "
    "логотип лого эмблема герб".split()
)
_OBLIQUE = re.compile(r"(?:ого|его|ому|ему|ым|им|ой|ей|ых|их|ыми|ими)$")

_ENDING = re.compile(r"['’ʼ](?:s|а|у|е|ом|ы|ов)?$", re.IGNORECASE)  # barbershop'а


@dataclass
class Token:
    """A piece of the text. `key` is what tables are looked up with; `kind` the pattern's name."""

    text: str
    start: int
    end: int
    kind: str
    key: str = ""
    label: str = ""
    folded: str = field(default="")
    is_mended: bool = False  # the key is another word's: a misspelling put right, a base form
    is_governed: bool = False  # after a word that no Russian nominative follows: `с паром`

    @property
    def is_capital(self) -> bool:
        """Say whether the token begins with a capital letter."""
        return self.text[:1].isupper()


def clean(text: str) -> tuple[str, bool]:
    """Return the readable part of `text`, and whether it was cut."""
    cut = len(text) > MAX_CHARACTERS
    if cut:
        text = text[:MAX_CHARACTERS]
    text = _ESCAPES.sub("", text)
    text = text.translate(_INVISIBLE).translate(_DASHES)
    kept = []
    for c in text:
        category = unicodedata.category(c)
        if category == "Cc":
            kept.append("\n" if c in "\n\r" else " " if c.isspace() else "")
        elif category in ("Cs", "Co", "Cn"):
            continue
        else:
            kept.append(c)
    text = unicodedata.normalize("NFC", "".join(kept))
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return "\n".join(line for line in lines if line), cut


def tokenise(text: str) -> list[Token]:
    """Return the tokens of a cleaned text, in order."""
    tokens: list[Token] = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or "mark"
        token = Token(match.group(), match.start(), match.end(), kind)
        if kind == "word":
            bare = _ENDING.sub("", token.text)
            token.folded = fold(_one_script(bare)) + fold(token.text[len(bare) :])
            token.key = key(fold(_one_script(bare)))
        else:
            token.folded = token.key = token.text.lower()
        token.is_governed = token.kind == "word" and _is_governed(tokens)
        tokens.append(token)
    return tokens


def _is_governed(before: list[Token]) -> bool:
    """Say whether a noun that follows these tokens can't be in the nominative."""
    if before and _OBLIQUE.search(before[-1].folded) and len(before[-1].folded) > 4:
        before = before[:-1]
    return bool(before) and before[-1].folded in _GOVERNING


def _one_script(word: str) -> str:
    """Return `word` with look-alike letters of another script replaced by its own."""
    latin = sum("a" <= c.lower() <= "z" for c in word)
    cyrillic = sum("а" <= c.lower() <= "я" or c in "ёЁіІ" for c in word)
    if not latin or not cyrillic:
        return word
    foreign_latin = {c for c in word if "a" <= c.lower() <= "z"}
    foreign_cyrillic = {c for c in word if "а" <= c.lower() <= "я" or c in "іІ"}
    if latin > cyrillic and foreign_cyrillic <= _CYRILLIC_LOOKALIKES:
        return word.translate(_TO_LATIN)
    if foreign_latin <= _LATIN_LOOKALIKES:
        return word.translate(_TO_CYRILLIC)
    if foreign_cyrillic <= _CYRILLIC_LOOKALIKES:
        return word.translate(_TO_LATIN)
    return word
