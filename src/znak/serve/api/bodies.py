"""What clients send. Every body is strict: a field that is not listed here is refused by its name.

The fields of `ImageRequest` are those of OpenAI's Images API, Recraft's `controls.colors`, and our
own. Of OpenAI's, those that make no sense for drawn marks are taken and passed over, as each says.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from znak.brand.forms import FORMS
from znak.brand.lettering import MAX_NAME, MAX_TAGLINE
from znak.brand.lockups import LAYOUTS
from znak.brief.wishes import STYLES
from znak.serve.api.invalid import FieldValueError
from znak.serve.order import MAX_SVG

MAX_SIDE = 2048
"""Longest side of a picture in an answer, px; single files may be larger."""
MIN_SIDE = 16
_SIZE = r"^(auto|[1-9][0-9]{1,3}x[1-9][0-9]{1,3})$"
DEFAULT_SIZE = (1024, 1024)
_MOST_FIELDS = 100


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


def _one_of(names: tuple[str, ...] | list[str]) -> Any:
    return [
        AfterValidator(lambda v: _known(v, names)),
        Field(json_schema_extra={"enum": list(names)}),
    ]


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
JobId = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9_-]{8,80}$", description="The id of a job.", examples=["…"]),
]


class Body(BaseModel):
    """A strict body."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _few_fields(cls, value: Any) -> Any:
        """Refuse a flood of fields at once, before each becomes an error of its own."""
        if isinstance(value, dict) and len(value) > _MOST_FIELDS:
            raise FieldValueError("has too many fields", "слишком много полей")
        return value


class Rgb(Body):
    """A colour as Recraft writes it."""

    rgb: Annotated[
        list[Annotated[int, Field(ge=0, le=255)]],
        Field(min_length=3, max_length=3, examples=[[194, 65, 12]]),
    ]

    @property
    def code(self) -> str:
        """The colour as "#rrggbb"."""
        return "#" + "".join(f"{value:02x}" for value in self.rgb)


class Controls(Body):
    """Recraft's `controls`, of which the colours are honoured."""

    colors: Annotated[list[Rgb], Field(max_length=4)] = []


class Wishes(Body):
    """What is wished of the logos; it wins over what the prompt says."""

    name: Name | None = None
    tagline: Tagline | None = None
    layout: Layout | None = None
    form: Form | None = None
    font: Font | None = None


class ImageRequest(Wishes):
    """A request to `/v1/images/generations`."""

    prompt: Prompt
    model: Model | None = None
    n: Count | None = 1
    size: Annotated[
        str,
        Field(pattern=_SIZE, description="`WIDTHxHEIGHT` of PNG and WebP, sides 16 to 2048; `auto` "
              "is 1024x1024. An SVG has no size: it is passed over there."),
        AfterValidator(_sides),
    ] | None = "auto"  # fmt: skip
    background: Annotated[
        Literal["transparent", "opaque", "auto"] | None,
        Field(description="`auto` paints the ground where the design's ground is not white."),
    ] = "auto"
    output_format: Annotated[
        Literal["png", "svg", "webp"] | None, Field(description="`png` by default, as there.")
    ] = "png"
    output_compression: Annotated[
        Annotated[int, Field(ge=0, le=100)] | None,
        Field(description="Quality of WebP; 100, the default, is without loss."),
    ] = 100
    response_format: Annotated[
        Literal["b64_json", "url"] | None,
        Field(description="`url` gives addresses at this server, good until the job expires."),
    ] = "b64_json"
    stream: Annotated[
        bool | None, Field(description="Answer with server-sent events, each logo as it is ready.")
    ] = False
    partial_images: Annotated[
        Annotated[int, Field(ge=0, le=3)] | None,
        Field(description="With `stream`: the stages shown before each logo, at most this many: "
              "the bare mark in black, in colour, the whole logo in one colour."),
    ] = 0  # fmt: skip
    seed: Seed | None = None
    style: Annotated[
        Style | Annotated[list[Style], Field(max_length=8)] | Literal["vivid", "natural"] | None,
        Field(description="Style words; OpenAI's `vivid` and `natural` are passed over."),
    ] = None
    controls: Annotated[
        Controls | None,
        Field(description='Recraft\'s: `{"colors": [{"rgb": [194, 65, 12]}]}`, the colours of mark, '
              "accent, lettering and ground."),
    ] = None  # fmt: skip
    quality: Annotated[
        Literal["auto", "low", "medium", "high", "xhigh", "max", "standard", "hd"] | None,
        Field(description="Passed over: all logos are made with the same care."),
    ] = "auto"
    moderation: Annotated[
        Literal["low", "auto"] | None, Field(description="Passed over.")
    ] = "auto"  # fmt: skip
    complexity: Annotated[
        Literal["low", "medium", "high"] | None, Field(description="Passed over.")
    ] = None
    svg: Annotated[
        dict[str, Any] | None, Field(description="Passed over: SVG is drawn, not written.")
    ] = None
    user: Annotated[
        str | None, Field(max_length=512, description="Passed over, and not stored.")
    ] = None  # fmt: skip
    safety_identifier: Annotated[
        str | None, Field(max_length=512, description="Passed over, and not stored.")
    ] = None

    @property
    def styles(self) -> list[str]:
        """The style words that mean something here."""
        given = [self.style] if isinstance(self.style, str) else self.style or []
        return [style for style in given if style in STYLES][:8]

    @property
    def sides(self) -> tuple[int, int]:
        """Width and height of a raster picture, px."""
        if self.size in (None, "auto"):
            return DEFAULT_SIZE
        width, height = re.findall(r"\d+", str(self.size))
        return int(width), int(height)


class JobRequest(Wishes):
    """A request to `POST /v1/jobs`."""

    prompt: Prompt
    model: Model | None = None
    n: Count = 8
    seed: Seed | None = None
    style: Annotated[list[Style], Field(max_length=8, description="Style words.")] = []
    colors: Colours | None = None
    language: Annotated[
        Literal["en", "ru"] | None,
        Field(description="How to read the prompt; by default told from its letters."),
    ] = None


class VariationRequest(Wishes):
    """A request to `POST /v1/variations`: of a logo of a job, or of an SVG."""

    job: JobId | None = None
    number: Annotated[int, Field(ge=1, le=100, description="Which logo of the job.")] = 1
    svg: Annotated[
        str | None, Field(min_length=1, max_length=MAX_SVG, description="A mark of your own.")
    ] = None
    prompt: Annotated[
        Prompt | None, Field(description="What the mark shows; a job's mark knows it.")
    ] = None
    strength: Annotated[
        float, Field(ge=0, le=1, description="How far to go from the mark.")
    ] = 0.3  # fmt: skip
    n: Count = 8
    seed: Seed | None = None
    colors: Colours | None = None
    model: Model | None = None


class OriginalityRequest(Body):
    """A request to `POST /v1/originality`: a logo of a job, an SVG or a picture."""

    job: JobId | None = None
    number: Annotated[int, Field(ge=1, le=100, description="Which logo of the job.")] = 1
    svg: Annotated[str | None, Field(min_length=1, max_length=MAX_SVG)] = None
    image: Annotated[
        str | None,
        Field(
            min_length=1,
            description="A PNG, JPEG or WebP in base64.",
            json_schema_extra={"contentEncoding": "base64"},
        ),
    ] = None
    n: Annotated[int, Field(ge=1, le=50, description="How many neighbours.")] = 5


class SeedRequest(Body):
    """A request to `POST /generate/`, as the first version of this service took it."""

    description: Prompt
    size: Annotated[int, Field(ge=16, le=512, description="Side of the picture, px.")] = 128
    seed: Seed | None = None
