"""Which rows of the tables a word is made of.

A word is read in the first of these ways that succeeds (`Kind`): it is in the vocabulary; it is an
inflected form of a word that is; it is one slip of the finger from one; it is two of them glued
together; or it is unknown. Besides, every word has the buckets of its letter n-grams (fastText's
sub-words, Bojanowski et al. 2017), which carry what unknown words mean and what endings add.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import IntEnum
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from znak.words.edits import deletions, is_one_slip, swaps
from znak.words.forms import (
    base_keys,
    english_bases,
    is_russian,
    latinise,
    plain_stems,
    russian_keys,
)

GRAM_SIZES = (3, 4, 5)
MAX_ROWS = 3  # rows a word may be read as
_SHORTEST_SLIP = 4  # letters of a word in which slips are looked for
_SHORTEST_STEM = 3
_SHORTEST_PART = 3
_SECOND = 0.3  # weight of the second likeliest word behind a slip


class Kind(IntEnum):
    """How a word was read."""

    EXACT = 0
    FORM = 1
    SLIP = 2
    COMPOUND = 3
    UNKNOWN = 4


@dataclass(frozen=True)
class Reading:
    """Rows of the word table with weights that sum to 1; none for an unknown word."""

    kind: Kind
    rows: tuple[int, ...]
    weights: tuple[float, ...]


class HashIndex:
    """String → rows, as two sorted arrays; a row found must be confirmed by the caller."""

    def __init__(self, hashes: NDArray[np.uint32], rows: NDArray[np.uint16]) -> None:
        """`hashes` is sorted; `rows[i]` belongs to `hashes[i]`."""
        self.hashes, self.rows = hashes, rows

    @classmethod
    def build(cls, pairs: Sequence[tuple[str, int]]) -> HashIndex:
        """Index (string, row) pairs."""
        keyed = sorted({(_hash(key), row) for key, row in pairs})
        return cls(
            np.array([h for h, _ in keyed], np.uint32), np.array([r for _, r in keyed], np.uint16)
        )

    def find(self, keys: Sequence[str]) -> list[int]:
        """Return the rows that any of `keys` may have, in rising order."""
        if not keys:
            return []
        hashes = np.array([_hash(key) for key in keys], np.uint32)
        starts = np.searchsorted(self.hashes, hashes, "left")
        stops = np.searchsorted(self.hashes, hashes, "right")
        spans = zip(starts.tolist(), stops.tolist(), strict=True)
        found = {int(r) for start, stop in spans for r in self.rows[start:stop]}
        return sorted(found)


class Vocabulary:
    """The words that have a row of their own, commonest first, and how others lead to them."""

    def __init__(
        self, words: Sequence[str], *, stems: HashIndex, slips: HashIndex, n_buckets: int
    ) -> None:
        """`stems` files Russian stem keys, `slips` deletions; see `build`."""
        self.words = tuple(words)
        self.stems, self.slips, self.n_buckets = stems, slips, n_buckets
        self._rows = {word: row for row, word in enumerate(self.words)}

    @classmethod
    def build(cls, words: Sequence[str], *, n_buckets: int) -> Vocabulary:
        """File `words`, commonest first, under their stems and deletions."""
        stems, slips = [], []
        for row, word in enumerate(words):
            for form in _slip_forms(word):
                slips += [(deletion, row) for deletion in deletions(form)]
            if is_russian(word):
                stems += [(key, row) for key in base_keys(word)]
        return cls(
            words, stems=HashIndex.build(stems), slips=HashIndex.build(slips), n_buckets=n_buckets
        )

    def read(self, word: str) -> Reading:
        """Return how a token is read."""
        row = self._rows.get(word)
        if row is not None:
            return Reading(Kind.EXACT, (row,), (1.0,))
        if rows := self._find_form(word):
            return _evenly(Kind.FORM, rows)
        if rows := self._find_slip(word):
            weights = (1.0,) if len(rows) == 1 else (1 - _SECOND, _SECOND)
            return Reading(Kind.SLIP, tuple(rows), weights)
        if rows := self._find_parts(word):
            return _evenly(Kind.COMPOUND, rows)
        return Reading(Kind.UNKNOWN, (), ())

    def buckets(self, word: str) -> list[int]:
        """Return the buckets of the n-grams of a token; a Russian one has those in Latin too."""
        grams = _grams(word)
        if is_russian(word):
            grams += _grams(latinise(word))
        return [_hash(gram) % self.n_buckets for gram in dict.fromkeys(grams)]

    def _find_form(self, word: str) -> list[int]:
        if not is_russian(word):
            bases = (self._rows.get(base) for base in english_bases(word))
            return [row for row in bases if row is not None][:1]
        for group in russian_keys(word):
            found = [
                row
                for row in self.stems.find(group)
                if not set(group).isdisjoint(base_keys(self.words[row]))
            ]
            if found:
                return found[:MAX_ROWS]
        return []

    def _find_slip(self, word: str) -> list[int]:
        if len(word) < _SHORTEST_SLIP or word.isdigit():
            return []
        stems = []
        if is_russian(word):
            stems = [s for s in plain_stems(word) if _SHORTEST_STEM < len(s) < len(word)]
        keys = list(dict.fromkeys(d for form in [word, *stems] for d in deletions(form)))
        near = self.slips.find(keys)
        whole = [row for row in near if is_one_slip(word, self.words[row])]
        if whole:
            order = {row: (self.words[row][0] != word[0], row) for row in whole}
            return sorted(whole, key=lambda row: order[row])[:2]
        scores = {
            row: _closeness(word, self.words[row])
            for row in near
            if _stems_slip(stems, self.words[row])
        }
        for form in [*deletions(word)[1:], *swaps(word)]:  # an inflected form with a slip in it
            exact = self._rows.get(form)
            for row in self._find_form(form)[:1] if exact is None else [exact]:
                score = _closeness(form, self.words[row])
                scores[row] = max(score, scores.get(row, score))
        return sorted(scores, key=lambda row: (-scores[row], row))[:2]

    def _find_parts(self, word: str) -> list[int]:
        best: tuple[int, list[int]] = (0, [])
        for cut in range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1):
            left, right = self._find_left(word[:cut]), self._find_right(word[cut:])
            score = min(cut, len(word) - cut)
            if left is not None and right is not None and score > best[0]:
                best = (score, [left, right])
        return best[1]

    def _find_left(self, part: str) -> int | None:
        if part in self._rows or not is_russian(part):
            return self._rows.get(part)
        if len(part) > _SHORTEST_PART and part[-1] in "ое":
            stem = part[:-1]
            for row in self.stems.find([stem + "~n", stem + "~a"]):
                if stem in {key[:-2] for key in base_keys(self.words[row])}:
                    return row
        return None

    def _find_right(self, part: str) -> int | None:
        row = self._rows.get(part)
        if row is None and len(part) > _SHORTEST_PART and (rows := self._find_form(part)):
            row = rows[0]
        return row


def _grams(word: str) -> list[str]:
    marked = f"<{word}>"
    grams = [marked] if len(word) < 5 else []
    for size in GRAM_SIZES:
        grams += [marked[i : i + size] for i in range(len(marked) - size + 1)]
    return grams


def _evenly(kind: Kind, rows: Sequence[int]) -> Reading:
    return Reading(kind, tuple(rows), (1.0 / len(rows),) * len(rows))


def _slip_forms(word: str) -> list[str]:
    if word.isdigit() or len(word) < _SHORTEST_PART:
        return []
    stems = {key[:-2] for key in base_keys(word)} if is_russian(word) else set()
    return [word, *sorted(s for s in stems if len(s) >= _SHORTEST_STEM and s != word)]


def _closeness(word: str, other: str) -> float:
    """Return how many letters two words share in order, less half of what `other` has besides."""
    matcher = SequenceMatcher(None, word, other, autojunk=False)
    shared = sum(block.size for block in matcher.get_matching_blocks())
    return shared - 0.5 * (len(other) - shared)


def _stems_slip(stems: Sequence[str], word: str) -> bool:
    if not stems or not is_russian(word):
        return False
    bases = {key[:-2] for key in base_keys(word)}
    return any(is_one_slip(stem, base) for stem in stems for base in bases)


def _hash(text: str) -> int:
    return crc32(text.encode("utf-8"))
