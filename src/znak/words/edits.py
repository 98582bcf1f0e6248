"""One slip of the finger: the strings and the test that find what word was meant.

Two words are one slip apart when a letter is dropped, added, replaced, or swapped with its
neighbour. Both then have a common string among themselves and their deletions (SymSpell's idea,
Garbe 2012), so an index of deletions finds candidates, and `is_one_slip` confirms them.
"""

from __future__ import annotations

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю")


def deletions(word: str) -> list[str]:
    """Return the word and all strings made by leaving one letter out, without repeats."""
    return list(dict.fromkeys([word, *(word[:i] + word[i + 1 :] for i in range(len(word)))]))


def swaps(word: str) -> list[str]:
    """Return all strings made by swapping two neighbouring letters."""
    return [
        word[:i] + word[i + 1] + word[i] + word[i + 2 :]
        for i in range(len(word) - 1)
        if word[i] != word[i + 1]
    ]


def is_one_slip(a: str, b: str) -> bool:
    """Return whether `a` and `b` differ by exactly one slip."""
    if a == b or abs(len(a) - len(b)) > 1:
        return False
    start = 0
    shortest = min(len(a), len(b))
    while start < shortest and a[start] == b[start]:
        start += 1
    a, b = a[start:], b[start:]
    if len(a) == len(b):
        swapped = len(a) > 1 and a[0] == b[1] and a[1] == b[0] and a[2:] == b[2:]
        return a[1:] == b[1:] or swapped
    return a[1:] == b if len(a) > len(b) else a == b[1:]


def neighbour_keys(letter: str) -> str:
    """Return the letters beside `letter` on its row of the keyboard, "" for others."""
    for row in _ROWS:
        at = row.find(letter)
        if at >= 0:
            return row[max(0, at - 1) : at] + row[at + 1 : at + 2]
    return ""
