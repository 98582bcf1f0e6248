"""What a drawing is called: caption, tags, Russian, from its name and the emoji labels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from znak.corpus import names
from znak.corpus.emoji import EmojiTable

_CATEGORY = "category:"


class Labels:
    """Labels rows in place; without an emoji table there is no Russian."""

    def __init__(self, emojibase: Path | None) -> None:
        """Read the npm package emojibase-data at `emojibase`, if there is one."""
        self._emoji = EmojiTable.load(emojibase) if emojibase is not None else None

    def label(self, row: dict[str, Any]) -> None:
        """Set `caption`, `interface`, `tags` and `ru` of a row from its `set`, `name` and `tags`."""
        prefix, name = row["set"], row["name"]
        found = names.clean_name(name, prefix=prefix)
        emoji = None
        if self._emoji is not None:
            if prefix in names.EMOJI_SETS:
                emoji = self._emoji.lookup(name, prefix=prefix)
            emoji = emoji or self._emoji.of_caption(found.caption)
        aliases = [tag for tag in row["tags"] if not tag.startswith(_CATEGORY)]
        tags = [
            *found.tags,
            *(names.clean_name(alias, prefix=prefix).caption for alias in aliases),
            *(
                tag.removeprefix(_CATEGORY).lower()
                for tag in row["tags"]
                if tag.startswith(_CATEGORY)
            ),
            *(emoji.tags if emoji else ()),
        ]
        row["caption"], row["interface"] = found.caption, found.interface
        row["tags"] = [tag for tag in dict.fromkeys(tags) if tag and tag != found.caption]
        row["ru"] = self.russian(found.caption)

    def russian(self, caption: str) -> str:
        """Return the Russian for an English caption, "" where no emoji label gives it."""
        return "" if self._emoji is None else self._emoji.russian(caption)
