"""Known pairs of words: what `горная цепь` means, and neither `горная` nor `цепь` says.

A pair is two words next to each other, small words (`с`, `in`) left out between them. It is filed
under the rows that its words are read as, so that inflected and misspelt forms of it are found too.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from znak.words.vocabulary import HashIndex, Reading, Vocabulary

_SMALL = 2  # letters of a word that stands in no pair


def neighbours(words: Sequence[str]) -> list[tuple[int, int]]:
    """Return the places of all words that may be pairs, in order."""
    places = [i for i, word in enumerate(words) if len(word) > _SMALL or word.isdigit()]
    return list(pairwise(places))


class PairIndex:
    """Two readings → the number of their pair."""

    def __init__(self, index: HashIndex) -> None:
        """`index` files pairs under "row+row"; its `rows` are numbers of pairs."""
        self.index = index

    @classmethod
    def build(
        cls, phrases: Sequence[Sequence[str]], vocabulary: Vocabulary, *, most: int
    ) -> tuple[PairIndex, list[str]]:
        """Number the pairs of `phrases`, each given in all its forms, the base form first.

        Returns the index and the base phrase of each number; phrases after the `most`-th pair are
        left out. Pairs of two phrases that are read alike have one number.
        """
        filed: dict[str, int] = {}
        names: list[str] = []
        for forms in phrases:
            for place, _ in enumerate(neighbours(forms[0].split())):
                keys = [key for form in forms for key in _keys_at(form, place, vocabulary)]
                known = [filed[key] for key in keys if key in filed]
                if not known and len(names) == most:
                    continue
                if not known and keys:
                    names.append(forms[0])
                for key in keys:
                    filed.setdefault(key, known[0] if known else len(names) - 1)
        return cls(HashIndex.build(list(filed.items()))), names

    def find(self, first: Reading, second: Reading) -> int:
        """Return the number of a pair, -1 where it is none."""
        found = self.index.find(_keys(first, second))
        return found[0] if found else -1


def _keys_at(form: str, place: int, vocabulary: Vocabulary) -> list[str]:
    words = form.split()
    places = neighbours(words)
    if place >= len(places):
        return []
    first, second = places[place]
    return _keys(vocabulary.read(words[first]), vocabulary.read(words[second]))


def _keys(first: Reading, second: Reading) -> list[str]:
    return [f"{a}+{b}" for a in first.rows for b in second.rows]
