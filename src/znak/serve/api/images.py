"""`POST /v1/images/generations`: logos at once, in the shape of OpenAI's Images API.

The order is a job like any other. It is waited for within the server's deadline; when that passes the
job goes on and the error names it. When the client goes away it is cancelled, unless an idempotency
key says that the client will come again.
"""

from __future__ import annotations

import time

from fastapi import APIRouter, Request, Response

from znak.serve.api.answers import ImageAnswer, ImagesAnswer
from znak.serve.api.bodies import ImageRequest
from znak.serve.api.drawing import Format, Look, is_painted, write
from znak.serve.api.events import EVENT, STREAM, STREAM_HEADERS, EventStream
from znak.serve.api.image_stream import stream
from znak.serve.api.image_work import Work, b64, finish, leave, size_of
from znak.serve.api.links import base_of, logo_url
from znak.serve.api.orders import IdempotencyKey, choose_engine, choose_seed, submit
from znak.serve.api.schema import problems
from znak.serve.api.service import Caller, CallerDep, Service, ServiceDep
from znak.serve.api.waiting import GONE, ClientGoneError, unless_gone, wait_over
from znak.serve.order import Order
from znak.serve.results import Saved, logo_of

router = APIRouter(tags=["images"])


@router.post(
    "/v1/images/generations",
    summary="Make logos",
    response_model=ImagesAnswer,
    responses={
        200: {
            "description": "The logos; with `stream` events `image_generation.partial_image` and "
            "`image_generation.completed`, or `error`.",
            "content": {STREAM: {"schema": EVENT}},
        },
        **problems(
            "model_not_found", "job_failed", "invalid_input", "idempotency_key_reused", "queue_full",
            "deadline", body=True, openai=True,
        ),
    },
)  # fmt: skip
async def make_images(
    body: ImageRequest,
    request: Request,
    service: ServiceDep,
    caller: CallerDep,
    key: IdempotencyKey = None,
) -> ImagesAnswer | Response:
    """Make logos of a description and answer with them as PNG, SVG or WebP.

    OpenAI's own clients can be used as they are, with this server as their `base_url`. A logo holds
    the mark and, where a name is given or told in the prompt, its lettering.
    """
    began = time.monotonic()
    order = Order(
        kind="make",
        prompt=body.prompt,
        name=body.name,
        tagline=body.tagline,
        n=body.n or 1,
        seed=choose_seed(body.seed, caller, key),
        style=body.styles,
        colours=[colour.code for colour in (body.controls.colors if body.controls else [])],
        layout=body.layout,
        form=body.form,
        font=body.font,
        engine=choose_engine(service, body.model),
    )
    job = await submit(service, caller, order, key)
    compression = 100 if body.output_compression is None else body.output_compression
    look = Look(
        body.output_format or "png", body.sides, body.background or "auto", quality=compression
    )
    work = Work(body, job, began, look, key is not None)
    if body.stream:
        return EventStream(stream(work, request, service, caller), headers=STREAM_HEADERS)
    try:
        return await _answer(work, request, service, caller)
    except ClientGoneError:
        await leave(work, service, caller)
        return Response(status_code=GONE)


async def _answer(work: Work, request: Request, service: Service, caller: Caller) -> ImagesAnswer:
    left = work.left(service.settings.deadline_s)
    job = await wait_over(service, request, work.job, timeout=left)
    saved = await finish(job, request, service)
    body, look = work.body, work.look
    by_url = body.response_format == "url"
    drawing = service.draw.finish(_draw_all, saved, look, only_look=by_url)
    drawn = await unless_gone(request, drawing)
    if by_url:
        base = base_of(request, service)
        data = [
            ImageAnswer(url=_url(service, base, job.id, k + 1, look)) for k in range(len(drawn))
        ]
    else:
        data = [ImageAnswer(b64_json=b64(file)) for file, _ in drawn]
    return ImagesAnswer(
        created=int(job.created.timestamp()),
        data=data,
        background="opaque" if all(painted for _, painted in drawn) else "transparent",
        output_format=look.format,
        size=size_of(look),
        job=job.id,
        seed=job.order.seed,
    )


def _draw_all(saved: Saved, look: Look, *, only_look: bool) -> list[tuple[bytes, bool]]:
    """Return each logo's file, and whether its ground is painted."""
    logos = [logo_of(saved, number) for number in range(1, len(saved.marks) + 1)]
    return [(b"" if only_look else write(logo, look), is_painted(logo, look)) for logo in logos]


def _url(service: Service, base: str, job_id: str, number: int, look: Look) -> str:
    raster = look.format != "svg"
    extension: Format = look.format
    return logo_url(
        service,
        base,
        job_id,
        number,
        extension,
        width=str(look.sides[0]) if raster else None,
        height=str(look.sides[1]) if raster else None,
        background=None if look.background == "auto" else look.background,
        quality=str(look.quality) if look.format == "webp" and look.quality < 100 else None,
    )
