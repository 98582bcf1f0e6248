"""The words Znak knows, both languages: phrase → English canonical form and kind.

Rows come from the lexicons of `znak.words`, from the industries' ideas and from `data/senses.tsv`.
Loading only sorts rows into buckets by their first two letters; a bucket is indexed by keys
(`stems.key`) when the first word that needs it comes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from importlib import resources
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from znak.brief.english import singular_phrase
from znak.brief.stems import agrees, fold, key, keys
from znak.brief.tokens import Token

DRAWABLE = frozenset(
    "animal body building clothing food music nature object person place plant space sport symbol "
    "tech tool vehicle weather".split()
)
"""Kinds of things that can be drawn as they are."""
DESCRIBING = frozenset("adjective feeling style colour action".split())

LEXICON_RANK = 10
"""The lexicons' best rank; below it stand the senses of `data/senses.tsv`."""
IDEA_RANK = 40
"""The rank of the industries' ideas, which only name what no lexicon does."""
PROPER = 100
"""Added to the rank of a proper noun, which a word in lower case seldom is."""

SCENE = 50
"""Added to the rank of `globe with stand`: more than the word says."""

_LONGEST = 5
_LONGEST_WORD = 24
_LINKS = frozenset("with and in on at for to from с со и в на для из под over under behind".split())
_OF_STAYS = frozenset(
    "bird of paradise|bird of prey|lily of the valley|statue of liberty|wheel of fortune|"
    "horn of plenty|book of the dead|jack of all trades|tree of life|eye of providence|"
    "eye of horus|flower of life|rose of jericho|state of the art|coat of arms|"
    "leaning tower of pisa|arc of triumph|arch of triumph|tug of war|fleur de lis".split("|")
)


_ALIKE = frozenset(
    "оа еи ий ея ые ыи эе ую бп дт гк вф зс жш шщ ae ei iy ck sz ao eo ou ia".split()
)
_COUNTS = frozenset("two three four five six seven eight nine ten".split())
_VIEWS = frozenset("silhouette silhouettes icon logo drawing outline illustration picture".split())
_ACTS = frozenset("climbing running jumping flying sleeping reading sitting standing".split())


class Entry(NamedTuple):
    """One sense of a phrase: its canonical English, kind, written form and rank (0 is first)."""

    en: str
    kind: str
    surface: str
    rank: int


def read_lines(package: str, name: str) -> Iterator[list[str]]:
    """Yield the fields of the rows of a TSV in `package`'s data folder; `#` opens a remark."""
    text = resources.files(package).joinpath("data").joinpath(name).read_text(encoding="utf-8")
    for line in text.splitlines():
        if line and not line.startswith("#"):
            yield line.split("\t")


def bases_of(phrases: Iterable[str]) -> dict[str, list[str]]:
    """Return key → the phrases of one word that have it, folded."""
    found: dict[str, list[str]] = defaultdict(list)
    for phrase in phrases:
        word = fold(phrase.rstrip("*!"))
        if word and " " not in word:
            found[key(word)].append(word)
    return found


def is_form(token: Token, bases: Mapping[str, Sequence[str]]) -> bool:
    """Say whether a word is a form of one of the base forms that share its key."""
    known = bases.get(token.key, ())
    adjectives = [base for base in known if base.endswith(("ый", "ий", "ой"))]
    if adjectives and token.folded not in known:
        known = adjectives  # `остров` is no form of `остро`, beside `острый`
    return token.is_mended or not known or any(agrees(token.folded, base) for base in known)


class Lexicon:
    """Phrases by key. `match` finds the longest one at a place; `correct` mends a typo."""

    def __init__(self, ideas: Sequence[tuple[str, str]] = ()) -> None:
        self._rows: dict[str, list[tuple[str, str, str, int]]] = defaultdict(list)
        self._index: dict[str, dict[str, list[Entry]]] = {}
        self._extra: dict[str, list[str]] = defaultdict(list)
        for fields in read_lines("znak.brief", "senses.tsv"):
            self._add(fields[0], fields[1], fields[2], 0)
        for name in ("lexicon_common.tsv", "lexicon_themes.tsv"):
            for fields in read_lines("znak.words", name):
                if len(fields) == 3 and fields[0] != "en":
                    self._add(fields[0], fields[1], fields[2], LEXICON_RANK)
        for en, ru in ideas:
            self._add(en, ru, "object", IDEA_RANK)

    def _add(self, en: str, ru: str, kind: str, rank: int) -> None:
        self._rows[en[:2]].append((en, kind, en, rank))
        for place, surface in enumerate(ru.split("|")):
            self._rows[surface[:2].lower().replace("ё", "е")].append(
                (en, kind, surface, rank + place * 5)
            )

    def _entries(self, prefix: str) -> list[Entry]:
        return [
            Entry(
                en,
                kind,
                fold(written),
                rank + PROPER * written[:1].isupper() + SCENE * (not _LINKS.isdisjoint(en.split())),
            )
            for en, kind, written, rank in self._rows.get(prefix, ())
        ]

    def rows(self) -> Iterator[Entry]:
        """Yield every row."""
        for prefix in self._rows:
            yield from self._entries(prefix)

    @lru_cache(maxsize=1024)  # noqa: B019 - one lexicon lives as long as the program
    def russian(self, en: str) -> str:
        """Return how an English entry is first said in Russian, "" where it isn't known."""
        found = [
            (rank, surface)
            for rows in self._rows.values()
            for known, _, surface, rank in rows
            if known == en and not surface.isascii()
        ]
        return min(found, default=(0, ""))[1]

    def teach(self, words: Sequence[str]) -> None:
        """Add words that `correct` may correct to, beside the lexicon's own."""
        for word in words:
            if word:
                self._extra[fold(word)[:1]].append(word)

    def _bucket(self, prefix: str) -> dict[str, list[Entry]]:
        bucket = self._index.get(prefix)
        if bucket is None:
            bucket = defaultdict(list)
            for entry in self._entries(prefix):
                words = entry.surface.split()
                bound = "для" in words and len(words) == 3  # мяч для гольфа is a golf ball
                linked = len(words) > 2 and not _LINKS.isdisjoint(words) and not bound
                if len(words) > _LONGEST or linked:
                    continue
                if len(words) > 1 and not _LINKS.isdisjoint(entry.en.split()):
                    continue
                if len(words) > 1 and _is_scene(entry.en.split()):
                    continue
                bucket[keys(entry.surface)].append(entry)
            self._index[prefix] = bucket
        return bucket

    def get(self, phrase_key: str) -> list[Entry]:
        """Return the senses of a phrase given by its key, in the lexicon's order."""
        return self._bucket(phrase_key[:2]).get(phrase_key, [])

    def match(self, word_keys: Sequence[str]) -> tuple[int, list[Entry]]:
        """Return how many of the first words make the longest known phrase, and its senses."""
        if not word_keys:
            return 0, []
        bucket = self._bucket(word_keys[0][:2])
        for n in range(min(_LONGEST, len(word_keys)), 0, -1):
            found = bucket.get(" ".join(word_keys[:n]))
            if found:
                return n, found
        return 0, []

    @cache  # noqa: B019 - one lexicon lives as long as the program
    def _candidates(self, letter: str) -> tuple[list[str], NDArray[np.uint32], NDArray[np.intp]]:
        words = {
            word
            for prefix in self._rows
            if prefix[:1] == letter
            for entry in self._entries(prefix)
            for word in entry.surface.split()[:1]
        }
        words.update(word for extra in self._extra.get(letter, ()) for word in fold(extra).split())
        found = sorted({key(word) for word in words if len(word) > 3})
        array = np.array(found or [""], dtype=np.str_)
        codes = array.view(np.uint32).reshape(len(array), -1)
        return found, codes, np.char.str_len(array)

    @lru_cache(maxsize=4096)  # noqa: B019 - one lexicon lives as long as the program
    def correct(self, word: str) -> str | None:
        """Return the key of the known word that `word` is a misspelling of, or None.

        One slip is forgiven from four letters on, two from eight; the first letter must be right.
        """
        typed = key(word)
        if not 4 <= len(typed) <= _LONGEST_WORD or not typed.isalpha():
            return None
        known, codes, lengths = self._candidates(typed[:1])
        allowed = 2 if len(typed) >= 8 else 1
        near = np.flatnonzero(np.abs(lengths - len(typed)) <= allowed)
        if not near.size:
            return None
        distance = edit_distances(typed, codes[near], lengths[near])
        best = int(distance.min())
        if not 0 < best <= allowed:
            return None
        picks = [known[near[i]] for i in np.flatnonzero(distance == best)]
        picks = [pick for pick in picks if len(typed) >= 8 or _is_slip(typed, pick)]
        return min(picks, key=lambda p: (p[:2] != typed[:2], p[-1:] != typed[-1:], p), default=None)


def _is_scene(words: Sequence[str]) -> bool:
    """Say whether a phrase is more than a thing: a count, an action on something, a view."""
    acts = any(word.endswith("ing") for word in words[1:-1]) or (
        len(words) == 2 and words[1].endswith("ing") and words[1] in _ACTS
    )
    return acts or words[0] in _COUNTS or words[-1] in _VIEWS


def _is_slip(typed: str, known: str) -> bool:
    """Say whether one edit between two shorter words is a likely slip, not another word.

    A missing, double or swapped letter is; a wrong letter only where the two sound alike.
    """
    if len(typed) != len(known) or sorted(typed) == sorted(known):
        return True
    pair = next(a + b for a, b in zip(typed, known, strict=True) if a != b)
    return len(typed) >= 5 and (pair in _ALIKE or pair[::-1] in _ALIKE)


def edit_distances(
    word: str, codes: NDArray[np.uint32], lengths: NDArray[np.intp]
) -> NDArray[np.int16]:
    """Return the edit distances (swaps of neighbours count one) of `word` to many words at once.

    `codes` holds the words' code points, shape (n, longest), zero after `lengths`.
    """
    n, width = codes.shape
    typed = [ord(c) for c in word]
    before: NDArray[np.int16] | None = None
    row = np.broadcast_to(np.arange(width + 1, dtype=np.int16), (n, width + 1)).copy()
    for i, letter in enumerate(typed, start=1):
        following = np.empty_like(row)
        following[:, 0] = i
        differs = (codes != letter).astype(np.int16)
        for j in range(1, width + 1):
            cell = np.minimum(row[:, j] + 1, following[:, j - 1] + 1)
            cell = np.minimum(cell, row[:, j - 1] + differs[:, j - 1])
            if before is not None and j > 1:
                swapped = (codes[:, j - 2] == letter) & (codes[:, j - 1] == typed[i - 2])
                cell = np.where(swapped, np.minimum(cell, before[:, j - 2] + 1), cell)
            following[:, j] = cell
        before, row = row, following
    result: NDArray[np.int16] = row[np.arange(n), lengths]
    return result


def canonical(en: str) -> str:
    """Return an English phrase as briefs write it: singular, `X of Y` turned round."""
    if " of " in en and not any(en.startswith(fixed) for fixed in _OF_STAYS):
        head, _, rest = en.partition(" of ")
        rest = rest.removeprefix("a ").removeprefix("the ").removeprefix("an ")
        return f"{singular_phrase(rest)} {singular_phrase(head)}"
    for size in ("little ", "small ", "tiny "):
        en = en.removeprefix(size)
    return singular_phrase(en)
