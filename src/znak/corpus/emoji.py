"""Emoji labels and tags in English and Russian, found by an emoji set's names or by a caption.

The source is the npm package `emojibase-data` (MIT): `en/data.json` and `ru/data.json`. Emoji sets
name their drawings after the labels of one Unicode version or another: `EmojiTable.lookup` knows
them. `EmojiTable.russian` gives
the Russian caption of any drawing whose caption equals an emoji label.

`read_lexicon` reads the project's own English–Russian lexicon; its words are never mixed with the
emoji's: the caller sees which of the two a Russian caption came from.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from znak.corpus.names import clean_name, read_data, strip_skin
from znak.errors import DataError

# Labels that say "face" or "head" of an animal; Russian says "морда", "голова" with a genitive.
RU_VIEW = re.compile(r"^(?:морда|мордочка|голова)\s+(\S+)$")
# Older or other names of the sets for a label of emojibase.
FLAG_FOR = re.compile(r"^flag-(?:for-)?(?:flag-)?")
EN_VIEW = re.compile(r" (?:face|head)$")


@dataclass(frozen=True)
class Emoji:
    """One emoji, skin tones aside."""

    hexcode: str
    label: str
    label_ru: str
    tags: tuple[str, ...]
    tags_ru: tuple[str, ...]
    subgroup: str  # CLDR's, as "animal-mammal"; "" where it has none


class EmojiTable:
    """All emoji by code point, by set name and by caption."""

    def __init__(self, emojis: Iterable[Emoji], *, shortcodes: Mapping[str, str]) -> None:
        """Index `emojis`; `shortcodes` gives further names (name → hexcode)."""
        self.emojis = tuple(emojis)
        self._by_hex = {bare_hex(e.hexcode): e for e in self.emojis}
        self._by_name: dict[str, Emoji] = {}
        self._by_caption: dict[str, Emoji] = {}
        for emoji in self.emojis:
            for label in (emoji.label, *other_names().get(emoji.label, ())):
                self._by_name.setdefault(name_key(label), emoji)
                self._by_caption.setdefault(clean_name(label, prefix="noto").caption, emoji)
        for name, hexcode in sorted(shortcodes.items()):
            if bare_hex(hexcode) in self._by_hex:
                self._by_name.setdefault(name_key(name), self._by_hex[bare_hex(hexcode)])

    @classmethod
    def load(cls, root: Path) -> EmojiTable:
        """Read the package folder `emojibase-data`; raise DataError where it is not usable."""
        try:
            english = {row["hexcode"]: row for row in _read_json(root / "en" / "data.json")}
            russian = {row["hexcode"]: row for row in _read_json(root / "ru" / "data.json")}
            groups = _read_json(root / "meta" / "groups.json")["subgroups"]
            shortcodes = _read_shortcodes(root / "en" / "shortcodes" / "cldr.json")
            emojis = [
                Emoji(
                    hexcode=hexcode,
                    label=str(row["label"]),
                    label_ru=str(russian.get(hexcode, {}).get("label", "")),
                    tags=tuple(row.get("tags", ())),
                    tags_ru=tuple(russian.get(hexcode, {}).get("tags", ())),
                    subgroup=str(groups.get(str(row.get("subgroup")), "")),
                )
                for hexcode, row in english.items()
            ]
        except (KeyError, TypeError, AttributeError) as error:
            raise DataError(
                f"{root} is not a usable emojibase-data package ({error!r}): install it again",
                ru=f"{root}: непригодный пакет emojibase-data ({error!r}); установите его заново",
            ) from error
        return cls(emojis, shortcodes=shortcodes)

    def lookup(self, name: str, *, prefix: str) -> Emoji | None:
        """Return the emoji that an emoji set's icon `name` draws, or None."""
        bare = strip_skin(name.lower(), prefix=prefix)
        for candidate in (bare, FLAG_FOR.sub("flag ", bare), re.sub(r"-\d$", "", bare)):
            if found := self._by_name.get(name_key(candidate)):
                return found
        return None

    def of_caption(self, caption: str) -> Emoji | None:
        """Return the emoji whose label, cleaned, is this caption."""
        return self._by_caption.get(caption)

    def russian(self, caption: str) -> str:
        """Return the Russian caption for an English one that equals an emoji label, else ""."""
        emoji = self._by_caption.get(caption)
        return "" if emoji is None else russian_label(emoji, caption=caption)


def russian_label(emoji: Emoji, *, caption: str) -> str:
    """Return an emoji's Russian label; the animal itself where the caption doesn't say "face"."""
    label = emoji.label_ru.lower()
    view = RU_VIEW.match(label)
    if view is None or EN_VIEW.search(caption):
        return label
    stem = view[1]
    shared = [(_common(stem, tag.lower()), tag.lower()) for tag in emoji.tags_ru if " " not in tag]
    best = max(shared, default=(0, ""), key=lambda pair: (pair[0], -len(pair[1]), pair[1]))
    return best[1] if best[0] >= max(3, len(stem) - 2) else label


def bare_hex(hexcode: str) -> str:
    """Return code points without variation selectors, upper case: "2764-fe0f" → "2764"."""
    return "-".join(p for p in hexcode.upper().split("-") if p not in {"FE0F", "FE0E"})


def name_key(label: str) -> str:
    """Return a label's letters and digits alone, so that all spellings of a name meet."""
    return re.sub(r"[^a-z0-9]", "", label.lower())


@cache
def other_names() -> dict[str, tuple[str, ...]]:
    """Return further English names by emoji label, from `data/emoji_names.tsv`."""
    rows: dict[str, tuple[str, ...]] = {}
    for line in read_data("emoji_names.tsv").splitlines():
        if line and not line.startswith("#"):
            label, names = line.split("\t")
            rows[label] = tuple(names.split("|"))
    return rows


def read_lexicon() -> dict[str, str]:
    """Return English → Russian of the project's own lexicon, {} where it is not installed."""
    lexicon: dict[str, str] = {}
    folder = resources.files("znak") / "words" / "data"
    if not folder.is_dir():
        return lexicon
    paths = [p for p in folder.iterdir() if re.fullmatch(r"lexicon_\w+\.tsv", p.name)]
    for path in sorted(paths, key=lambda p: p.name):
        for line in path.read_text(encoding="utf-8").splitlines()[1:]:
            english, _, rest = line.partition("\t")
            russian = rest.split("\t")[0].split("|")[0].strip()
            if english and russian:
                lexicon.setdefault(english.strip().lower(), russian)
    return lexicon


def _common(a: str, b: str) -> int:
    length = 0
    while length < min(len(a), len(b)) and a[length] == b[length]:
        length += 1
    return length


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(
            f"{path} can't be read ({error}): install npm's emojibase-data again",
            ru=f"{path} не читается ({error}); установите emojibase-data из npm заново",
        ) from error


def _read_shortcodes(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    names: dict[str, str] = {}
    for hexcode, codes in _read_json(path).items():
        for code in [codes] if isinstance(codes, str) else codes:
            names.setdefault(str(code), str(hexcode))
    return names
