"""`Brief`: what a prompt was understood to ask for. Stored with every logo as JSON."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import Any

from znak.errors import DataError

VERSION = 1


@dataclass(frozen=True)
class Concept:
    """A thing to draw. `name` is English, lower case, singular unless counted.

    `words` are the prompt's own; `relation` says how it stands to the concept before it
    (`with`, `on`, `inside`, `over`, `under`, `beside`, `shape`, `of`) where the prompt tells.
    """

    name: str
    head: str
    modifiers: tuple[str, ...] = ()
    words: str = ""
    relation: str | None = None


@dataclass(frozen=True)
class Colour:
    """A colour by its English name (or as `#rrggbb`); palettes such as `pastel` have no `hex`."""

    name: str
    hex: str | None = None


@dataclass(frozen=True)
class Refusal:
    """Something that won't be drawn as asked: `kind` is `brand` or `hate`.

    `subject` is what was asked for; `instead` says, in the user's language, what can be done.
    """

    kind: str
    subject: str
    instead: str


@dataclass(frozen=True)
class Brief:
    """A reading of a prompt; `read` makes it.

    `ideas` are things to draw, English, for the industry or for what can't be drawn as it is. `negated`
    must not be there. `letters` are those asked for as the sign, alone or with a thing. `notes` say, in the user's language, what was not understood or was left out.
    """

    prompt: str = ""
    language: str = "en"
    name: str | None = None
    slogan: str | None = None
    concepts: tuple[Concept, ...] = ()
    industry: str | None = None
    ideas: tuple[str, ...] = ()
    colours: tuple[Colour, ...] = ()
    style: tuple[str, ...] = ()
    layout: str | None = None
    lettering: tuple[str, ...] = ()
    negated: tuple[str, ...] = ()
    refused: tuple[Refusal, ...] = ()
    notes: tuple[str, ...] = ()
    letters: str | None = None

    @property
    def is_empty(self) -> bool:
        """Say whether the prompt gives nothing to draw from: no thing, business, idea or brand."""
        return not (self.name or self.concepts or self.industry or self.ideas)

    def to_json(self) -> str:
        """Return the brief as JSON; `from_json` gives it back."""
        return json.dumps(
            {"version": VERSION, **dataclasses.asdict(self)}, ensure_ascii=False, indent=2
        )

    @classmethod
    def from_json(cls, text: str) -> Brief:
        """Return the brief that `to_json` wrote. Raises DataError for anything else."""
        try:
            row = json.loads(text)
            if not isinstance(row, dict) or row.pop("version", None) != VERSION:
                raise ValueError(f"no brief of version {VERSION}")
            row["concepts"] = tuple(
                Concept(**{**c, "modifiers": tuple(c["modifiers"])}) for c in row["concepts"]
            )
            row["colours"] = tuple(Colour(**c) for c in row["colours"])
            row["refused"] = tuple(Refusal(**r) for r in row["refused"])
            values: dict[str, Any] = {
                name: tuple(value) if isinstance(value, list) else value
                for name, value in row.items()
            }
            return cls(**values)
        except (ValueError, TypeError, KeyError) as error:
            raise DataError(
                f"not a stored brief ({error}): make it again with `znak brief --json`",
                ru=f"Это не сохранённый бриф ({error}): создайте его заново: `znak brief --json`",
            ) from error
