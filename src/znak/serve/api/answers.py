"""What clients get, but pictures, events and problems."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from znak.serve.api.problems import KINDS


class Answer(BaseModel):
    """A JSON answer."""

    model_config = ConfigDict(extra="forbid")


class Flaw(Answer):
    """A field that is wrong."""

    pointer: Annotated[str, Field(description="A JSON pointer (`#/n`), or `query:size`.")]
    detail: str


class JobError(Answer):
    """Why a job did not succeed."""

    code: str
    detail: str


class LateJob(Answer):
    """A job that goes on after a request's deadline."""

    id: str
    url: str


class ProblemAnswer(Answer):
    """A problem document (RFC 9457), in the language of `Accept-Language`."""

    type: Annotated[str, Field(description="Where the kind of problem is explained.")]
    title: str
    status: int
    detail: str
    instance: Annotated[str, Field(description="Names the request in the server's log.")]
    code: Annotated[str, Field(json_schema_extra={"enum": list(KINDS)})]
    errors: list[Flaw] | None = None
    error: JobError | None = None
    job: LateJob | None = None


class OpenAiError(Answer):
    """What OpenAI's clients read of an error."""

    message: str
    type: str
    param: str | None
    code: str
    errors: list[Flaw] | None = None
    error: JobError | None = None
    job: LateJob | None = None


class OpenAiErrorAnswer(Answer):
    """OpenAI's error body, under `/v1/images/`."""

    error: OpenAiError


class ImageAnswer(Answer):
    """One logo, as OpenAI's clients read it."""

    b64_json: Annotated[str | None, Field(description="The file in base64.")] = None
    url: Annotated[str | None, Field(description="Where the file is, until the job expires.")] = (
        None
    )
    revised_prompt: None = None


class TokenDetails(Answer):
    """Always zeros."""

    image_tokens: int = 0
    text_tokens: int = 0


class Usage(Answer):
    """Nothing here is counted in tokens: always zeros, for clients that read them."""

    input_tokens: int = 0
    input_tokens_details: TokenDetails = TokenDetails()
    output_tokens: int = 0
    total_tokens: int = 0


class ImagesAnswer(Answer):
    """The logos, as OpenAI's clients read them."""

    created: Annotated[int, Field(description="When, in seconds of Unix time.")]
    data: Annotated[list[ImageAnswer], Field(description="The logos, each as `b64_json` or `url`.")]
    background: Annotated[
        Literal["transparent", "opaque"],
        Field(description="`opaque` where the ground of all is painted."),
    ]
    output_format: Annotated[Literal["png", "svg", "webp"], Field(description="As asked for.")]
    quality: Annotated[Literal["high"], Field(description="Always this.")] = "high"
    size: Annotated[str, Field(description="`WIDTHxHEIGHT`, or `auto` of SVG.")]
    usage: Usage = Usage()
    job: Annotated[str, Field(description="The job that made them: its kit, its events.")]
    seed: Annotated[int, Field(description="Send it again for the same logos.")]


class LogoAnswer(Answer):
    """A logo of a finished job."""

    number: Annotated[int, Field(description="Counted from 1.")]
    subject: Annotated[str, Field(description="What the mark shows.")]
    way: Annotated[str, Field(description="How it was composed.")]
    match: Annotated[float | None, Field(description="Cosine of drawing and text.")] = None
    cleanness: Annotated[float | None, Field(description="0 to 1.")] = None
    closest: Annotated[str | None, Field(description="The closest known drawing.")] = None
    distance: Annotated[float | None, Field(description="How far that is, px of 64.")] = None
    percentile: Annotated[
        float | None,
        Field(description="Per cent of drawings which are closer than that to a known one."),
    ] = None
    svg: Annotated[str, Field(description="Where the SVG is; its query may ask for another look.")]
    png: Annotated[str, Field(description="Where the PNG is.")]
    webp: Annotated[str, Field(description="Where the WebP is.")]
    mark: Annotated[str, Field(description="The mark alone, SVG.")]
    kit: Annotated[str, Field(description="Where the kit is, a ZIP.")]


class JobAnswer(Answer):
    """A job, as it is now."""

    id: Annotated[str, Field(description="Unguessable: whoever has it can see the job.")]
    kind: Annotated[Literal["make", "vary"], Field(description="From a prompt, or from a mark.")]
    state: Annotated[
        Literal["queued", "running", "done", "failed", "cancelled", "expired"],
        Field(description="The last four are final."),
    ]
    phase: Annotated[
        str, Field(description="`queued`, `drawing`, `ranking`, `tracing`, `writing` or `done`.")
    ]
    progress: Annotated[float, Field(ge=0, le=1, description="Share that is done.")]
    prompt: Annotated[str, Field(description="As ordered.")]
    name: Annotated[str | None, Field(description="As ordered.")]
    n: Annotated[int, Field(description="How many logos were ordered.")]
    seed: Annotated[int, Field(description="Order with it again for the same logos.")]
    model: Annotated[str, Field(description="What draws it.")]
    created: Annotated[datetime, Field(description="When it was ordered.")]
    started: Annotated[datetime | None, Field(description="When its drawing began.")]
    finished: Annotated[datetime | None, Field(description="When it was over.")]
    expires: Annotated[datetime | None, Field(description="When it and its files are removed.")]
    error: JobError | None = None
    notes: Annotated[list[str], Field(description="What was not understood or left out.")] = []
    logos: Annotated[list[LogoAnswer], Field(description="Of a job that is done.")] = []
    url: Annotated[str, Field(description="Where to see and to delete it.")]
    events: Annotated[str, Field(description="Where to follow it.")]


class JobsAnswer(Answer):
    """A caller's jobs, the newest first."""

    jobs: Annotated[list[JobAnswer], Field(description="Without their logos.")]


class Neighbour(Answer):
    """A known drawing or a brand's logo."""

    name: str
    kind: Literal["drawing", "brand"]
    distance: float
    percentile: float


class OriginalityAnswer(Answer):
    """The closest known drawings, and what that means. No legal search."""

    closest: Annotated[list[Neighbour], Field(description="The closest first.")]
    verdict: Annotated[str, Field(description="What that means, in `Accept-Language`.")]


class ModelAnswer(Answer):
    """A model, as OpenAI's clients read it."""

    id: str
    object: Literal["model"] = "model"
    created: int
    owned_by: Literal["znak"] = "znak"
    default: bool


class ModelsAnswer(Answer):
    """The models that this server was started with."""

    object: Literal["list"] = "list"
    data: list[ModelAnswer]


class FontsAnswer(Answer):
    """Fonts, layouts, forms and styles that may be asked for."""

    fonts: list[str]
    layouts: list[str]
    forms: list[str]
    styles: list[str]


class SeedAnswer(Answer):
    """A picture as numbers: rows of pixels of red, green and blue, 0 to 255."""

    image: Annotated[
        list[list[Annotated[list[int], Field(min_length=3, max_length=3)]]],
        Field(description="Height × width × 3."),
    ]


class HealthAnswer(Answer):
    """How the server is."""

    status: Literal["ok", "stopping", "failing"]
    checks: dict[str, Any] = {}


class ProblemKindAnswer(Answer):
    """What a kind of problem means."""

    code: str
    status: int
    title: str
    remedy: str
