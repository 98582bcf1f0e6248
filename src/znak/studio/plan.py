"""What a block of eight marks is chosen from: a fixed pool of sixteen draws for a brief.

One thing: sixteen draws of it under different wishes of form. Two: six of each and four of both in
one text, which `compose` combines. A business without a thing: its ideas in turn. The draws depend
on the brief, the seed and the block's number alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from znak.brand.monogram import MAX_LETTERS
from znak.brief import Brief
from znak.studio.drawn import keep_drawable, word_for

BLOCK = 8
"""Marks chosen from one pool."""
POOL = 16
"""Draws in a pool."""

CONTAINERS = {
    "circle": "disc", "disc": "disc", "round": "disc", "square": "tile", "tile": "tile",
    "shield": "shield", "hexagon": "hexagon", "diamond": "diamond", "rhombus": "diamond",
    "badge": "disc", "emblem": "shield", "ring": "ring", "frame": "frame", "triangle": "triangle",
    "oval": "disc", "crest": "shield", "stamp": "ring",
}  # fmt: skip
"""Shapes that hold other things, by the concept's last word."""

FORMS: tuple[Mapping[str, float], ...] = (
    {"cleanness": 1.0, "solid": 1.0, "symmetry": 1.0, "holes": 2.0},
    {"cleanness": 1.0, "solid": 1.0, "holes": 3.0},
    {"cleanness": 1.0, "solid": 1.0, "symmetry": 1.0},
    {"cleanness": 1.0, "solid": 1.0, "parts": 3.0},
    {"cleanness": 1.0, "solid": 1.0, "symmetry": 1.0, "parts": 4.0, "holes": 5.0},
    {"cleanness": 1.0, "solid": 1.0, "parts": 7.0},
    {"cleanness": 1.0, "solid": 1.0, "holes": 8.0},
    {"cleanness": 1.0, "solid": 1.0, "parts": 7.0, "holes": 7.0},
)
"""Wishes of form taken in turn (raw measures, see `znak.models.style`).

Of the marks that readers were shown (docs/marks.md) half of the symmetric ones would go on a
business card, of the plainly asymmetric one in sixteen; so symmetry is asked of some. Parts and
holes are asked for because left alone the model draws too few of them, of the later draws most, for
readers would print marks of many parts least.
"""
_STYLES: dict[str, Mapping[str, float]] = {
    "minimal": {"parts": 1.0, "holes": 1.0},
    "bold": {"thickness": 13.0, "coverage": 0.42},
    "geometric": {"symmetry": 1.0},
    "elegant": {"thickness": 6.0},
    "luxury": {"thickness": 6.0},
    "serious": {"symmetry": 1.0},
    "flat": {"solid": 1.0},
}


@dataclass(frozen=True)
class Draw:
    """One sample to take: what it shows, as which subject, and the form that is asked for."""

    subject: int
    caption: str
    seed: int
    form: Mapping[str, float]


@dataclass(frozen=True)
class Plan:
    """The draws of a block. `subjects` are the things' names, `captions` the words that draw them;
    `container` is a shape around them.

    `combine` says that the first two subjects belong in one mark, or the first and `letters`;
    `spread` that subjects are alternatives to take turns.
    """

    subjects: tuple[str, ...]
    captions: tuple[str, ...]
    draws: tuple[Draw, ...]
    container: str | None = None
    relation: str | None = None
    combine: bool = False
    spread: bool = False
    letters: str = ""


def plan_block(brief: Brief, *, seed: int, block: int, attempt: int = 0) -> Plan | None:
    """Return the plan of a block, or None where the brief names nothing that can be drawn.

    `attempt` gives other draws where the first ones did not make eight marks.
    """
    things = [c for c in brief.concepts if c.head not in CONTAINERS]
    shapes = [c for c in brief.concepts if c.head in CONTAINERS]
    container = CONTAINERS[shapes[0].head] if shapes and things else None
    if not things:
        things, shapes = shapes, []
    if things:
        names = tuple(dict.fromkeys(_words(c.name) for c in things))[:3]
        order = _turns(len(names))
        captions = tuple(word_for(name) for name in names)
        if len(names) > 1:
            names = (*names, " ".join(names[:2]))
            captions = (*captions, " ".join(captions[:2]))
        relation = next((c.relation for c in things[1:2]), None)
        return _plan(brief, names, captions, order, seed, block, attempt, container, relation)
    ideas = keep_drawable([_words(i) for i in brief.ideas if i not in brief.negated])
    if not ideas:
        return None
    order = tuple((block * BLOCK + k) % len(ideas) for k in range(POOL))
    captions = tuple(word_for(idea) for idea in ideas)
    return _plan(brief, ideas, captions, order, seed, block, attempt, None, None)


def _turns(n: int) -> tuple[int, ...]:
    """Return which subject each of the sixteen draws shows; subject `n` is the first two at once."""
    if n == 1:
        return (0,) * POOL
    if n == 2:
        return (0, 1, 2, 0, 1) * 2 + (0, 1, 2, 0, 1, 2)
    return (0, 1, 2, 3) * 4


def _plan(
    brief: Brief,
    names: tuple[str, ...],
    captions: tuple[str, ...],
    order: tuple[int, ...],
    seed: int,
    block: int,
    attempt: int,
    container: str | None,
    relation: str | None,
) -> Plan:
    base: dict[str, float] = {}
    for style in brief.style:
        base |= _STYLES.get(style, {})
    seen: dict[int, int] = {}
    draws = []
    for k, subject in enumerate(order):
        turn = seen[subject] = seen.get(subject, -1) + 1
        form = {**FORMS[turn % len(FORMS)], **base}
        draws.append(Draw(subject, captions[subject], mix(seed, block, attempt, k), form))
    ideas = not brief.concepts
    letters = "" if ideas else "".join(c for c in brief.letters or "" if c.isalnum())[:MAX_LETTERS]
    return Plan(
        names,
        captions,
        tuple(draws),
        container,
        relation,
        combine=bool(letters) or (len(names) > 1 and not ideas),
        spread=ideas,
        letters=letters,
    )


def mix(*numbers: int) -> int:
    """Return a 64-bit number that depends on all of `numbers`."""
    text = " ".join(map(str, numbers)).encode()
    return int.from_bytes(hashlib.sha256(text).digest()[:8], "little")


def _words(name: str) -> str:
    return " ".join(name.lower().split())
