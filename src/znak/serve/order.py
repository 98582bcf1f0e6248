"""`Order`: what a job is to make; checked in full before it is stored.

    order = Order(kind="make", prompt="a fox for a coffee shop", name="Foxy Beans")
    brief = check_order(order, settings)        # InputError for what can't be or won't be drawn

File formats and sizes don't belong here: files are made from a finished mark when they are asked for.
"""

from __future__ import annotations

import dataclasses
import hashlib
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from znak.brief import Brief, Colour, read
from znak.brief.wishes import STYLES
from znak.engine.flow import check_strength
from znak.errors import InputError
from znak.fields import field_of_svg
from znak.serve.settings import Settings
from znak.studio.logos import Wish, check_wish
from znak.words import load_encoder

MAX_SVG = 200_000
"""Longest SVG of a mark to vary, characters."""
Text = Annotated[str, Field(max_length=200)]


class Order(BaseModel):
    """A wish for marks: `make` from a prompt, or `vary` from a mark."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)

    kind: Literal["make", "vary"] = "make"
    prompt: str = ""
    name: Text | None = None
    tagline: Text | None = None
    n: Annotated[int, Field(ge=1, le=100)] = 8
    seed: Annotated[int, Field(ge=0, lt=2**53)] = 0
    style: Annotated[list[Text], Field(max_length=8)] = []
    colours: Annotated[list[Text], Field(max_length=4)] = []
    layout: Text | None = None
    form: Text | None = None
    font: Text | None = None
    engine: Text = ""
    """One of the server's engines; "" is its first."""
    language: Literal["en", "ru"] | None = None
    svg: str | None = None
    """The mark to vary."""
    strength: float = 0.3
    """How far to go from it, 0 to 1."""

    def to_json(self) -> str:
        """Return the order as JSON; `from_json` gives it back."""
        return self.model_dump_json()

    @classmethod
    def from_json(cls, text: str | bytes) -> Order:
        """Return the order of a JSON document; raise InputError for anything else."""
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            name = ".".join(map(str, first["loc"])) or "order"
            raise InputError(
                f"{name}: {first['msg']}", ru=f"{name}: недопустимое значение ({first['msg']})"
            ) from error

    @property
    def digest(self) -> str:
        """Identify equal orders."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    @property
    def wish(self) -> Wish:
        """What the order wishes of the logos of its marks."""
        return Wish(
            name=self.name,
            tagline=self.tagline,
            layout=self.layout,
            form=self.form,
            colours=tuple(self.colours),
            font=self.font,
        )


def brief_of(order: Order) -> Brief:
    """Return the reading of the order's prompt, in which the order's own name, style and colours win."""
    if order.prompt.strip():
        brief = read(order.prompt, name=order.name, language=order.language, encoder=load_encoder())
    else:
        brief = Brief(name=order.name, language=order.language or "en")
    changes: dict[str, object] = {}
    if order.colours:
        changes["colours"] = tuple(Colour(code.lower(), code.lower()) for code in order.colours)
    if order.style:
        changes["style"] = tuple(dict.fromkeys(order.style))
    if order.tagline:
        changes["slogan"] = order.tagline
    return dataclasses.replace(brief, **changes) if changes else brief  # type: ignore[arg-type]


def check_order(order: Order, settings: Settings) -> Brief:
    """Return the order's brief; raise InputError for an order that can't be met.

    What is refused (known brands, hate) is said in the language of the prompt.
    """
    _check_size(order, settings)
    if order.engine and order.engine not in settings.engines:
        known = ", ".join(settings.engines)
        raise InputError(
            f"no engine is called {order.engine[:40]!r}: this server has {known}",
            ru=f"Движка {order.engine[:40]!r} нет, на этом сервере есть: {known}",
        )
    check_wish(order.wish)
    if unknown := [style for style in order.style if style not in STYLES]:
        raise InputError(
            f"no style is called {unknown[0][:40]!r}: choose from {', '.join(STYLES)}",
            ru=f"Нет стиля {unknown[0][:40]!r}: выберите из {', '.join(STYLES)}",
        )
    if order.kind == "vary":
        _check_mark(order)
    brief = brief_of(order)
    if brief.refused:
        refusal = brief.refused[0]
        raise InputError(f"{refusal.subject}: {refusal.instead}")
    if order.kind == "make" and not order.prompt.strip() and not brief.name:
        raise InputError(
            "the prompt is empty: say what the logo is for",
            ru="Описание пустое: скажите, для чего логотип",
        )
    return brief


def _check_size(order: Order, settings: Settings) -> None:
    if len(order.prompt) > settings.max_prompt:
        raise InputError(
            f"the prompt has {len(order.prompt)} characters: give at most {settings.max_prompt}",
            ru=f"В описании {len(order.prompt)} знаков: нужно не больше {settings.max_prompt}",
        )
    if order.n > settings.max_n:
        raise InputError(
            f"n is {order.n}: give at most {settings.max_n}",
            ru=f"n равно {order.n}: нужно не больше {settings.max_n}",
        )


def _check_mark(order: Order) -> None:
    check_strength(order.strength)
    if not order.svg or len(order.svg) > MAX_SVG:
        raise InputError(
            f"the mark to vary has {len(order.svg or '')} characters: give an SVG of 1 to {MAX_SVG}",
            ru=f"В знаке для вариаций {len(order.svg or '')} знаков: нужен SVG от 1 до {MAX_SVG}",
        )
    field_of_svg(order.svg)
