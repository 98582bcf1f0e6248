"""What the encoder learns from: captions, the lexicon, emoji labels, and the parts held out.

Everything is split by a hash of the text itself, so that the split never depends on order or on
what else is there:

- captions: HELD_CAPTIONS of those that are no lexicon entry are never seen, in any form;
- Russian lemmas: UNSEEN_LEMMAS of the lexicon's single words, with every phrase that has them;
- Russian forms: HELD_FORMS of the inflected forms, with every text that has them;
- Russian phrases: HELD_PHRASES of the lexicon's entries of several words.

The Russian forms come from pymorphy3 while training; nothing of its dictionaries is stored.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from zlib import crc32

from znak.corpus.emoji import EmojiTable
from znak.corpus.licences import is_allowed
from znak.corpus.names import clean_name
from znak.errors import DataError
from znak.words.forms import is_russian
from znak.words.normal import tokenise

HELD_CAPTIONS = 0.08
UNSEEN_LEMMAS = 0.05
HELD_FORMS = 0.2
HELD_PHRASES = 0.08
_NOT_DRAWN = frozenset({"Logos", "Flags / Maps"})


@dataclass(frozen=True)
class Entry:
    """One sense of the lexicon: an English entry and its Russian ones, best first."""

    en: str
    ru: tuple[str, ...]
    kind: str


@dataclass(frozen=True)
class Material:
    """All texts by part; every text is in the encoder's normal form."""

    captions: dict[str, int]  # to learn from, with their number of drawings
    held_captions: tuple[str, ...]
    entries: tuple[Entry, ...]  # the whole lexicon
    pairs: tuple[tuple[str, str, float], ...]  # (ru, en, weight) to learn from
    unseen: frozenset[str]  # Russian lemmas never seen
    held_phrases: tuple[str, ...]
    meanings: dict[str, frozenset[str]] = field(repr=False)  # ru → all its English entries


def fraction(text: str, *, salt: str) -> float:
    """Return a number in [0, 1) that depends on the text alone."""
    return crc32(f"{salt}:{text}".encode()) / 2**32


def plain(text: str) -> str:
    """Return a text's tokens, single spaces between them."""
    return " ".join(tokenise(text))


def read_lexicon() -> tuple[Entry, ...]:
    """Return the lexicon's rows in normal form."""
    entries = []
    folder = resources.files("znak.words") / "data"
    for name in ("lexicon_common.tsv", "lexicon_themes.tsv"):
        for line in (folder / name).read_text(encoding="utf-8").splitlines()[1:]:
            en, ru, kind = line.split("\t")
            forms = tuple(dict.fromkeys(plain(part) for part in ru.split("|") if plain(part)))
            if plain(en) and forms:
                entries.append(Entry(plain(en), forms, kind))
    return tuple(dict.fromkeys(entries))


def read_captions(icons: Path) -> dict[str, int]:
    """Count the cleaned names of permissively licensed sets in an `@iconify/json` folder."""
    counts: Counter[str] = Counter()
    try:
        collections = json.loads((icons / "collections.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(
            f"{icons} is no @iconify/json folder ({error}): npm install @iconify/json",
            ru=f"{icons}: не папка @iconify/json ({error}): npm install @iconify/json",
        ) from error
    for prefix, info in sorted(collections.items()):
        path = icons / "json" / f"{prefix}.json"
        drawn = info.get("category") not in _NOT_DRAWN
        if drawn and is_allowed(info["license"].get("spdx", "")) and path.is_file():
            for name in json.loads(path.read_text(encoding="utf-8"))["icons"]:
                caption = clean_name(name, prefix=prefix)
                if not caption.brand_like and plain(caption.caption):
                    counts[plain(caption.caption)] += 1
    return dict(sorted(counts.items()))


def gather(*, icons: Path, emojibase: Path) -> Material:
    """Read all sources and split them."""
    entries = read_lexicon()
    emoji = [
        (plain(e.label_ru), plain(e.label), 0.5)
        for e in EmojiTable.load(emojibase).emojis
        if plain(e.label_ru) and not e.subgroup.endswith("flag")
    ]
    return split(read_captions(icons), entries, emoji)


def split(
    captions: dict[str, int],
    entries: tuple[Entry, ...],
    emoji: Iterable[tuple[str, str, float]],
) -> Material:
    """Set the held-out parts aside."""
    known = {entry.en for entry in entries}
    held = {c for c in captions if c not in known and fraction(c, salt="caption") < HELD_CAPTIONS}
    meanings: dict[str, set[str]] = {}
    for entry in entries:
        for ru in entry.ru:
            meanings.setdefault(ru, set()).add(entry.en)
    singles = sorted(ru for ru in meanings if " " not in ru and is_russian(ru))
    unseen = frozenset(ru for ru in singles if fraction(ru, salt="lemma") < UNSEEN_LEMMAS)
    phrases = {
        ru
        for ru in meanings
        if " " in ru
        and fraction(ru, salt="phrase") < HELD_PHRASES
        and unseen.isdisjoint(ru.split())
    }
    pairs = [
        (ru, entry.en, 1 / (1 + rank)) for entry in entries for rank, ru in enumerate(entry.ru)
    ]
    pairs += [pair for pair in emoji if pair[1] not in held]
    kept = [p for p in pairs if p[0] not in phrases and unseen.isdisjoint(p[0].split())]
    return Material(
        captions={c: n for c, n in captions.items() if c not in held},
        held_captions=tuple(sorted(held)),
        entries=entries,
        pairs=tuple(kept),
        unseen=unseen,
        held_phrases=tuple(sorted(phrases)),
        meanings={ru: frozenset(en) for ru, en in sorted(meanings.items())},
    )
