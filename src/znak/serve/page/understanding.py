"""From a brief to chips that can be edited, and back to a prompt that says what was changed.

    chips = read_chips(brief)
    text = reword("a fox and a cup", brief, kept=["fox"], added=["leaf"])    "a fox and a cup. No cup. leaf"

The edited prompt is read by the same reader as every other one; nothing is decided here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from znak.brief import Brief, read
from znak.brief import colours as tables
from znak.brief.items import lexicon
from znak.brief.wishes import STYLES
from znak.studio.drawn import keep_drawable

COMMON = (
    "black", "gray", "brown", "red", "orange", "yellow", "green", "turquoise", "blue", "purple", "pink",
    "gold",
)  # fmt: skip
"""Colours offered beside those that were read."""
MAX_THINGS, MAX_STYLES, MAX_COLOURS = 8, 6, 4
_CODE = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")


@dataclass(frozen=True)
class Chips:
    """What was understood, as words to edit: things to draw, styles, colours by name or code.

    `ideas` says that the things are ideas for the business, not named in the prompt.
    """

    things: tuple[str, ...]
    styles: tuple[str, ...]
    colours: tuple[str, ...]
    ideas: bool


def read_chips(brief: Brief) -> Chips:
    """Return the chips of a brief."""
    named = tuple(dict.fromkeys(c.name for c in brief.concepts))
    ideas = keep_drawable([idea for idea in brief.ideas if idea not in brief.negated])
    styles = tuple(style for style in dict.fromkeys(brief.style) if style in STYLES)
    colours = tuple(dict.fromkeys(c.name for c in brief.colours if c.hex))[:MAX_COLOURS]
    things = (named or ideas)[:MAX_THINGS]
    return Chips(things, styles[:MAX_STYLES], colours, not named and bool(ideas))


def word_of(thing: str, brief: Brief) -> str:
    """Return a thing in the words of the prompt where it has them, else in the brief's language."""
    for concept in brief.concepts:
        if concept.name == thing:
            words = concept.words
            return words if words and brief.language == "ru" else thing
    if brief.language == "ru" and thing.isascii():
        return lexicon().russian(thing) or thing
    return thing


def reword(prompt: str, brief: Brief, *, kept: Sequence[str], added: Sequence[str]) -> str:
    """Return the prompt with what was taken out negated and what was added at its end."""
    chips = read_chips(brief)
    left_out = [thing for thing in chips.things if thing not in kept]
    no = "Без" if brief.language == "ru" else "No"
    # the English name: it is one word of the tables, where a Russian form may be another word's
    tail = [f"{no} {thing}" for thing in left_out]
    tail += [_one_line(word) for word in added if _one_line(word)]
    if not tail:
        return prompt
    head = prompt.rstrip().rstrip(".;,")
    return ". ".join([*([head] if head else []), *tail])


def _one_line(word: str) -> str:
    return " ".join(word.split())[:80].strip(" .;")


def colour_code(name: str) -> str | None:
    """Return the code of a colour given as a code or by its name in either language, else None."""
    name = name.strip()
    if name.startswith("#"):
        return tables.read_code(name) if _CODE.fullmatch(name) else None
    found = [c.hex for c in read(f"colour {name[:40]}").colours if c.hex]
    return found[0] if found else None


def colour_label(name: str, language: str) -> str:
    """Return a colour's name in the language."""
    return (tables.russian(name) or name) if language == "ru" and not name.startswith("#") else name
