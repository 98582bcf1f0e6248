"""Text → tokens: one normalisation for training and run time.

Lower case, NFKC (so that `ﬁ` and `Ａ` read as letters), accents of Latin letters off, ё as е,
punctuation out, hyphens as spaces, pictographs by their Unicode names (🦊 as `fox face`). A word that mixes Latin and Cyrillic letters of the
same look (`лиcа` with a Latin c) is read in the script most of it is written in.
"""

from __future__ import annotations

import re
import unicodedata

MAX_CHARS = 2_000  # of a text; what follows is not read
MAX_TOKENS = 48
MAX_WORD = 40  # letters of one word
_PICTOGRAPHS = "\u2600"

_TOKEN = re.compile(r"[a-z]+(?:'[a-z]+)?|[а-яіїєґўђ-џ]+|[0-9]+")
_WORD = re.compile(r"[^\W_]+(?:'[^\W\d_]+)?")
_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "`": "'"})
_LATIN = "aceopxykmthb"
_CYRILLIC = (
    "\u0430\u0441\u0435\u043e\u0440\u0445\u0443\u043a\u043c\u0442\u043d\u0432"  # the same looks
)
_TO_CYRILLIC = str.maketrans(_LATIN, _CYRILLIC)
_TO_LATIN = str.maketrans(_CYRILLIC, _LATIN)


def normalise(text: str) -> str:
    """Return `text` as the encoder reads it; only its first MAX_CHARS characters count."""
    text = unicodedata.normalize("NFKC", text[:MAX_CHARS]).lower().translate(_APOSTROPHES)
    out = []
    for char in unicodedata.normalize("NFD", text):
        if char >= _PICTOGRAPHS and unicodedata.category(char) == "So":
            out.append(f" {unicodedata.name(char, '').lower()} ")
        elif not unicodedata.combining(char):
            out.append(char)
        elif char == "\u0306" and out and out[-1] == "и":  # й, the one mark that is a letter
            out[-1] = "й"
    return "".join(out)


def tokenise(text: str) -> list[str]:
    """Return the words and numbers of a text, at most MAX_TOKENS."""
    found: list[str] = []
    for match in _WORD.finditer(normalise(text)):
        word = match[0]
        if len(word) > 1 and not word.isascii():
            word = _one_script(word)
        found += [token[:MAX_WORD] for token in _TOKEN.findall(word)]
        if len(found) >= MAX_TOKENS:
            break
    return [token.removesuffix("'s") for token in found[:MAX_TOKENS]]


def _one_script(word: str) -> str:
    latin = sum(char.isascii() and char.isalpha() for char in word)
    cyrillic = sum("а" <= char <= "я" for char in word)
    if not latin or not cyrillic:
        return word
    return word.translate(_TO_LATIN if latin > cyrillic else _TO_CYRILLIC)
