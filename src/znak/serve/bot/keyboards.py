"""The buttons, and what they carry: at most 64 bytes, a random token in place of anything secret."""

from __future__ import annotations

from collections.abc import Sequence

from aiogram.filters.callback_data import CallbackData

from znak.serve.bot.letters import Keyboard
from znak.serve.bot.texts import plain

COLOURS = {
    "orange": "#c2410c", "red": "#c81e3a", "pink": "#c2337e", "violet": "#6d3bc4",
    "blue": "#1d4ed8", "teal": "#0f766e", "green": "#2f7d32", "gold": "#9a6b00",
    "black": "#1b1f24",
}  # fmt: skip
STYLES = (
    "minimal", "friendly", "playful", "elegant", "bold", "tech", "geometric", "vintage", "line",
)  # fmt: skip
LAYOUTS = ("horizontal", "stacked", "badge", "shield", "monogram", "name", "mark")
NAMELESS = ("mark",)
"""Layouts that need no name."""


class OnCard(CallbackData, prefix="c"):
    """A button under a set of drafts or under one logo: what to do with the card of this token."""

    token: str
    act: str
    value: str = ""


class OnQuestion(CallbackData, prefix="q"):
    """A button under a question: whose question, which one, and the answer."""

    user: int
    step: str
    value: str


class OnLanguage(CallbackData, prefix="l"):
    """A choice of language."""

    user: int
    language: str


class OnRun(CallbackData, prefix="r"):
    """Stop a drawing."""

    run: str


def of_run(run: str, language: str) -> Keyboard:
    """Return the button under a drawing that is being made."""
    return [[(plain("stop", language), OnRun(run=run).pack())]]


def of_drafts(token: str, places: Sequence[int], language: str) -> Keyboard:
    """Return the numbers of a set, and a way to another set."""
    numbers = [
        (str(place), OnCard(token=token, act="pick", value=str(place)).pack()) for place in places
    ]
    width = len(numbers) if len(numbers) <= 5 else -(-len(numbers) // 2)
    rows = [numbers[i : i + width] for i in range(0, len(numbers), width)]
    return [*rows, [(plain("more", language), OnCard(token=token, act="more").pack())]]


def of_logo(token: str, language: str) -> Keyboard:
    """Return what can be done with a logo."""

    def button(key: str, act: str = "") -> tuple[str, str]:
        return plain(key, language), OnCard(token=token, act=act or key).pack()

    return [
        [button("vary"), button("colours"), button("layout")],
        [button("name"), button("originality")],
        [("SVG", OnCard(token=token, act="svg").pack()), button("kit")],
    ]


def of_colours(token: str, language: str) -> Keyboard:
    """Return the colours to choose from."""
    chosen = [
        (plain(f"colour_{name}", language), OnCard(token=token, act="colour", value=name).pack())
        for name in COLOURS
    ]
    rows = [chosen[i : i + 3] for i in range(0, len(chosen), 3)]
    return [
        *rows,
        [
            (plain("colour_brief", language), OnCard(token=token, act="colour").pack()),
            (plain("colour_own", language), OnCard(token=token, act="code").pack()),
        ],
        _back(token, language),
    ]


def of_layouts(token: str, language: str) -> Keyboard:
    """Return the layouts to choose from."""
    chosen = [
        (plain(f"layout_{name}", language), OnCard(token=token, act="lay", value=name).pack())
        for name in LAYOUTS
    ]
    return [chosen[0:2], chosen[2:5], chosen[5:7], _back(token, language)]


def of_gone(token: str, language: str) -> Keyboard:
    """Return the way back from drawings that are gone."""
    return [[(plain("draw_again", language), OnCard(token=token, act="more").pack())]]


def of_question(step: str, user: int, language: str, *, chosen: Sequence[str] = ()) -> Keyboard:
    """Return the answers to one of the four questions."""

    def button(key: str, value: str, *, mark: str = "") -> tuple[str, str]:
        return mark + plain(key, language), OnQuestion(user=user, step=step, value=value).pack()

    rows: Keyboard = []
    if step == "colours":
        colours = [button(f"colour_{name}", name) for name in COLOURS]
        rows = [colours[i : i + 3] for i in range(0, len(colours), 3)]
    if step == "style":
        styles = [
            button(f"style_{name}", name, mark="✓ " if name in chosen else "") for name in STYLES
        ]
        rows = [styles[i : i + 3] for i in range(0, len(styles), 3)]
        rows.append([button("draw", "draw")])
    last = [button("stop", "stop")]
    if not (step == "style" and chosen):
        last.insert(0, button("skip", "skip"))
    return [*rows, last]


def of_languages(user: int) -> Keyboard:
    """Return the two languages."""
    return [
        [
            ("English", OnLanguage(user=user, language="en").pack()),
            ("Русский", OnLanguage(user=user, language="ru").pack()),
        ]
    ]


def of_history(cards: Sequence[str]) -> Keyboard:
    """Return a number for each set of drafts in the history."""
    numbers = [
        (str(k), OnCard(token=token, act="show").pack()) for k, token in enumerate(cards, start=1)
    ]
    return [numbers[i : i + 5] for i in range(0, len(numbers), 5)]


def _back(token: str, language: str) -> list[tuple[str, str]]:
    return [(plain("back", language), OnCard(token=token, act="back").pack())]
