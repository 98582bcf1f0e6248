"""Inflected forms without a dictionary: from a word to the keys its base form may be found by.

English: the base forms that a plural, a past tense or an `-ing` may come from. Russian: stems, each
marked with the class of its ending: `~n` for noun endings, `~a` for adjective endings, so that
`горным` finds `горный` and `горнам` finds `горн`. Fleeting vowels (`окон`–`окно`, `орла`–`орёл`) and
young animals (`котята`–`котёнок`) are undone. Text here has е for ё (see `normal`).
"""

from __future__ import annotations

NOUN_ENDINGS = (
    "иями", "иях", "ями", "ами", "ьев", "иям", "ях", "ах", "ям", "ам", "ом", "ем", "ов", "ев",
    "ой", "ей", "ою", "ею", "ью", "ии", "ий", "ию", "ия", "ие", "а", "я", "ы", "и", "о", "е", "у",
    "ю", "ь", "й", "",
)  # fmt: skip
ADJECTIVE_ENDINGS = (
    "ыми", "ими", "ого", "его", "ому", "ему", "ый", "ий", "ой", "ая", "яя", "ое", "ее", "ые", "ие",
    "ую", "юю", "ым", "им", "ом", "ем", "ых", "их", "ою", "ею", "ей",
)  # fmt: skip
BASE_NOUN_ENDINGS = ("а", "я", "о", "е", "ь", "й", "ы", "и", "")
BASE_ADJECTIVE_ENDINGS = ("ый", "ий", "ой", "ая", "яя", "ое", "ее", "ые", "ие")
_LATIN = str.maketrans(
    dict(zip("абвгдезийклмнопрстуфыэ", "abvgdeziiklmnoprstufye", strict=True))
    | {"ж": "zh", "х": "h", "ц": "c", "ч": "ch", "ш": "sh", "щ": "sh", "ъ": "", "ь": ""}
    | {"ю": "u", "я": "ia"}
)
_VOWELS = frozenset("аеиоуыэюя")
_ENGLISH_VOWELS = frozenset("aeiouy")
_NEVER_DOUBLED = frozenset("aeiouyhwxj")
_SHORTEST = 2


def is_russian(word: str) -> bool:
    """Return whether a normalised word is written in Cyrillic."""
    return bool(word) and "а" <= word[0] <= "я"


def base_keys(word: str) -> list[str]:
    """Return the keys under which a Russian word of the vocabulary is filed."""
    keys = []
    for ending in BASE_ADJECTIVE_ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST:
            keys.append(word.removesuffix(ending) + "~a")
            break
    for ending in BASE_NOUN_ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST:
            keys.append(word.removesuffix(ending) + "~n")
            break
    return keys


def russian_keys(word: str) -> list[list[str]]:
    """Return groups of keys for a Russian form, the likeliest group first."""
    nouns = [
        word[: len(word) - len(ending)]
        for ending in reversed(NOUN_ENDINGS)
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST
    ]
    adjectives = [
        word[: len(word) - len(ending)]
        for ending in reversed(ADJECTIVE_ENDINGS)
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST
    ]
    groups = []
    plain = sorted(
        [stem + "~a" for stem in adjectives] + [stem + "~n" for stem in nouns],
        key=lambda key: (-len(key), key),
    )
    length = max((len(key) for key in plain), default=0)
    for size in range(length, _SHORTEST + 1, -1):
        groups.append([key for key in plain if len(key) == size])
    changed = [key for stem in nouns for key in (s + "~n" for s in _fleeting(stem))]
    changed += [stem.removesuffix("ь") + "~a" for stem in adjectives if stem.endswith("ь")]
    groups.append(changed)
    return [group for group in groups if group]


def plain_stems(word: str) -> list[str]:
    """Return the stems that a Russian form has by its endings alone, the longest first."""
    endings = [*NOUN_ENDINGS, *ADJECTIVE_ENDINGS]
    stems = {word.removesuffix(ending) for ending in endings if word.endswith(ending)}
    return sorted((stem for stem in stems if len(stem) >= _SHORTEST), key=lambda s: (-len(s), s))


def _fleeting(stem: str) -> list[str]:
    """Undo the changes that a stem undergoes between its base form and its other forms."""
    found = []
    if len(stem) >= 3 and stem[-1] not in _VOWELS:
        before, last = stem[:-1], stem[-1]
        if before[-1] in "ьй":
            found.append(before[:-1] + "е" + last)
        elif before[-1] not in _VOWELS:
            found += [before + "е" + last, before + "о" + last]
        elif before[-1] in "ео" and len(stem) >= 4:
            found += [before[:-1] + last, before[:-1] + "ь" + last, before[:-1] + "й" + last]
    if len(stem) >= 2 and stem[-1] not in _VOWELS and stem[-2] not in _VOWELS and len(stem) == 2:
        found += [stem[0] + "е" + stem[1], stem[0] + "о" + stem[1]]
    if stem.endswith("ь"):
        found += [stem[:-1] + "е", stem[:-1]]
    if stem.endswith("ят"):
        found.append(stem[:-2] + "енок")
    if stem.endswith("ат"):
        found.append(stem[:-2] + "онок")
    if stem.endswith(("ен", "ер", "ес")) and len(stem) > 4:
        found.append(stem[:-2])
    return found


def latinise(word: str) -> str:
    """Return a Russian word in Latin letters, so that loan words meet their English spelling."""
    return word.translate(_LATIN)


def english_bases(word: str) -> list[str]:
    """Return the English base forms that a word may be a form of, the likeliest first."""
    found = []
    if word.endswith("ies") and len(word) > 4:
        found += [word[:-3] + "y", word[:-1]]
    if word.endswith("ves") and len(word) > 4:
        found += [word[:-3] + "f", word[:-3] + "fe", word[:-1]]
    if word.endswith("es") and len(word) > 3:
        found += [word[:-1], word[:-2]]
    elif word.endswith("s") and not word.endswith("ss") and len(word) > 3:
        found.append(word[:-1])
    if word.endswith("men") and len(word) > 4:
        found.append(word[:-3] + "man")
    for ending in ("ing", "ed", "er", "est"):
        if word.endswith(ending) and len(word) >= len(ending) + 3:
            stem = word.removesuffix(ending)
            doubled = len(stem) > 2 and stem[-1] == stem[-2] and stem[-1] not in _NEVER_DOUBLED
            found += ([stem[:-1]] if doubled else []) + [stem, stem + "e"]
            if ending != "ing" and stem.endswith("i"):
                found.append(stem[:-1] + "y")
    if word.endswith("ly") and len(word) > 4:
        found += [word[:-2], word[:-3] + "y"] if word.endswith("ily") else [word[:-2]]
    if word.endswith("ish") and len(word) > 5:
        found.append(word[:-3])
    return [base for base in dict.fromkeys(found) if not _ENGLISH_VOWELS.isdisjoint(base)]
