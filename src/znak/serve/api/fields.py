"""The values that bodies and queries are made of: names, colours, sizes, each with its bounds."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from znak.brand.forms import FORMS
from znak.brand.lettering import MAX_NAME, MAX_TAGLINE
from znak.brand.lockups import LAYOUTS
from znak.brief.wishes import STYLES
from znak.serve.api.invalid import FieldValueError

MAX_SIDE = 2048
"""Longest side of a picture in an answer, px; single files may be larger."""
MIN_SIDE = 16
_SIZE = r"^(auto|[1-9][0-9]{1,3}x[1-9][0-9]{1,3})$"
DEFAULT_SIZE = (1024, 1024)


def _known(value: str, known: tuple[str, ...] | list[str]) -> str:
    if value not in known:
        names = ", ".join(known)
        raise FieldValueError(f"must be one of {names}", f"нужно одно из: {names}")
    return value


def _shown(value: str) -> str:
    """Refuse what can be no text of a brand: control characters, half a character, nothing."""
    if not value.strip():
        raise FieldValueError("is empty", "пусто")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise FieldValueError("holds half a character", "содержит половину знака") from error
    if "\0" in value:
        raise FieldValueError("holds a zero character", "содержит нулевой знак")
    return value


def _sides(value: str) -> str:
    for side in [] if value == "auto" else value.split("x"):
        if not MIN_SIDE <= int(side) <= MAX_SIDE:
            raise FieldValueError(
                f"must have sides from {MIN_SIDE} to {MAX_SIDE}",
                f"стороны должны быть от {MIN_SIDE} до {MAX_SIDE}",
            )
    return value


Line = AfterValidator(_shown)
Layout = Annotated[
    str,
    AfterValidator(lambda v: _known(v, LAYOUTS)),
    Field(json_schema_extra={"enum": list(LAYOUTS)}, description="How mark and name stand."),
]
Form = Annotated[
    str,
    AfterValidator(lambda v: _known(v, FORMS)),
    Field(json_schema_extra={"enum": list(FORMS)}, description="How the mark is drawn."),
]
Style = Annotated[
    str,
    AfterValidator(lambda v: _known(v, STYLES)),
    Field(json_schema_extra={"enum": list(STYLES)}),
]
Prompt = Annotated[
    str,
    Line,
    Field(
        min_length=1,
        max_length=100_000,
        description="What the brand is and what the mark shows, in English or Russian. The server's "
        "own limit is 2,000 characters unless it was set otherwise.",
        examples=["a fox for a coffee shop, warm orange", "лиса для кофейни, оранжевый"],
    ),
]
Name = Annotated[
    str,
    Line,
    Field(
        min_length=1, max_length=MAX_NAME, description="The brand's name, lettered as it stands."
    ),
]
Tagline = Annotated[
    str, Line, Field(min_length=1, max_length=MAX_TAGLINE, description="A line under the name.")
]
Colour = Annotated[
    str, Field(pattern=r"^#[0-9a-fA-F]{6}$", description="A colour.", examples=["#c2410c"])
]
Colours = Annotated[
    list[Colour],
    Field(
        min_length=1,
        max_length=4,
        description="One to four colours: of the mark, an accent, the lettering, the ground. What "
        "lacks contrast is moved until it has enough.",
    ),
]
Font = Annotated[
    str, Line, Field(min_length=1, max_length=60, description="A font of `GET /v1/fonts`.")
]
Seed = Annotated[
    int,
    Field(ge=0, lt=2**53, description="Same seed, same logos. Without one, a new one is taken."),
]
Count = Annotated[
    int,
    Field(
        ge=1, le=100,
        description="How many logos; fewer are the first of more. The server's own limit is 16 "
        "unless it was set otherwise.",
    ),
]  # fmt: skip
Model = Annotated[
    str,
    Field(
        min_length=1, max_length=60,
        description="A model of `GET /v1/models`; `znak` and nothing mean the server's first.",
    ),
]  # fmt: skip
Size = Annotated[
    str,
    Field(
        pattern=_SIZE,
        description="`WIDTHxHEIGHT` of PNG and WebP, sides 16 to 2048; `auto` is 1024x1024. An SVG has "
        "no size: it is passed over there.",
    ),
    AfterValidator(_sides),
]
JobId = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9_-]{8,80}$", description="The id of a job.", examples=["…"]),
]
