"""What clients send. Every body is strict: a field that is not listed here is refused by its name.

The fields of `ImageRequest` are those of OpenAI's Images API, Recraft's `controls.colors`, and our
own. Of OpenAI's, those that make no sense for drawn marks are taken and passed over, as each says.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from znak.brief.wishes import STYLES
from znak.serve.api.fields import (
    DEFAULT_SIZE,
    Colours,
    Count,
    Font,
    Form,
    JobId,
    Layout,
    Model,
    Name,
    Prompt,
    Seed,
    Size,
    Style,
    Tagline,
)
from znak.serve.api.invalid import FieldValueError
from znak.serve.order import MAX_SVG

_MOST_FIELDS = 100


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
    size: Size | None = "auto"
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
