"""Hateful words in disguise: `с в а с т и к а`, `sw@stika`, `swaztika`."""

from __future__ import annotations

import re

from znak.words.edits import is_one_slip

_LETTERS = str.maketrans("@0134$5", "aoieass")
_LETTERS_RU = str.maketrans("@01346", "аоизчб")
_SPACED = re.compile(r"(?<!\w)\w(?:[ .\-_*]\w){4,}(?!\w)")
_MASKED = re.compile(r"[^\s,;:!?]{6,24}")
_HIDDEN = {
    "swastika": "swastika",
    "свастика": "свастика",
    "свастику": "свастика",
    "hakenkreuz": "hakenkreuz",
    "wolfsangel": "wolfsangel",
    "sonnenrad": "sonnenrad",
}
_AGAINST = (
    re.compile(
        r"\b(?:kill|death to|gas|hang|exterminate|burn|hate)\b(?: (?:all|the|every|those))*"
        r" (?:jews?|muslims?|blacks?|black people|gays?|immigrants?|migrants?|christians?|women|arabs?"
        r"|asians?|whites?|white people|gypsies)\b"
    ),
    re.compile(
        r"\b(?:смерть|убей\w*|убить|убивай\w*|бей|бейте|режь\w*|жги|ненавижу)(?: (?:всех|всем))*"
        r" (?:евре\w+|мусульман\w*|негр\w+|ге(?:ев|ям)|мигрант\w+|жид\w*|хач\w*|кавказц\w*|"
        r"цыган\w*|христиан\w*|женщин\w*|русск\w+|украинц\w*|чурк\w*|чёрных|черных)"
    ),
)


def unmask(text: str) -> str:
    """Return the hateful words that `text` hides, plainly written, "" where it hides none."""
    text = text.lower()
    words = [re.sub(r"[ .\-_*]", "", match[0]) for match in _SPACED.finditer(text)]
    words += [
        word.translate(table) for word in _MASKED.findall(text) for table in (_LETTERS, _LETTERS_RU)
    ]
    found = [
        plain
        for word in dict.fromkeys(words)
        for known, plain in _HIDDEN.items()
        if word == known or is_one_slip(word, known)
    ]
    return " ".join(dict.fromkeys(found))


def calls_to_hatred(text: str) -> bool:
    """Say whether `text` calls for harm to a people."""
    text = " ".join(text.lower().split())
    return any(pattern.search(text) for pattern in _AGAINST)
