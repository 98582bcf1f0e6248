"""`POST /v1/images/generations`: logos at once, in the shape of OpenAI's Images API.

The order is a job like any other. It is waited for within the server's deadline; when that passes the
job goes on and the error names it. When the client goes away it is cancelled, unless an idempotency
key says that the client will come again.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import logging
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from fastapi import APIRouter, Request, Response
from fastapi.sse import format_sse_event

from znak.errors import ZnakError
from znak.serve.api.answers import ImageAnswer, ImagesAnswer, Usage
from znak.serve.api.bodies import ImageRequest
from znak.serve.api.drawing import Format, Look, draw, is_painted, write
from znak.serve.api.errors import of_job, translate
from znak.serve.api.events import EVENT, PING, STREAM, STREAM_HEADERS, EventStream
from znak.serve.api.jobs import read_saved
from znak.serve.api.links import base_of, job_url, logo_url
from znak.serve.api.orders import IdempotencyKey, choose_engine, choose_seed, owner_of, submit
from znak.serve.api.problems import ApiError, document
from znak.serve.api.schema import problems
from znak.serve.api.service import Caller, CallerDep, Service, ServiceDep
from znak.serve.api.waiting import GONE, ClientGoneError, follow, unless_gone, wait_over
from znak.serve.job import Job
from znak.serve.order import Order
from znak.serve.results import Saved, logo_of
from znak.studio.logos import Wish

router = APIRouter(tags=["images"])
log = logging.getLogger("znak.serve.api")


@dataclass(frozen=True)
class _Work:
    """One call: what is asked for, and the job that makes it."""

    body: ImageRequest
    job: Job
    began: float
    look: Look
    resumable: bool

    def left(self, deadline_s: float) -> float:
        """How many seconds are left until the deadline."""
        return max(0.0, self.began + deadline_s - time.monotonic())


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
    work = _Work(body, job, began, look, key is not None)
    if body.stream:
        return EventStream(_stream(work, request, service, caller), headers=STREAM_HEADERS)
    try:
        return await _answer(work, request, service, caller)
    except ClientGoneError:
        await _leave(work, service, caller)
        return Response(status_code=GONE)


async def _answer(work: _Work, request: Request, service: Service, caller: Caller) -> ImagesAnswer:
    left = work.left(service.settings.deadline_s)
    job = await wait_over(service, request, work.job, timeout=left)
    saved = await _finish(work, job, request, service)
    body, look = work.body, work.look
    by_url = body.response_format == "url"
    drawn = await unless_gone(request, service.draw.run(_draw_all, saved, look, only_look=by_url))
    if by_url:
        base = base_of(request, service)
        data = [
            ImageAnswer(url=_url(service, base, job.id, k + 1, look)) for k in range(len(drawn))
        ]
    else:
        data = [ImageAnswer(b64_json=_b64(file)) for file, _ in drawn]
    return ImagesAnswer(
        created=int(job.created.timestamp()),
        data=data,
        background="opaque" if all(painted for _, painted in drawn) else "transparent",
        output_format=look.format,
        size=_size(look),
        job=job.id,
        seed=job.order.seed,
    )


def _draw_all(saved: Saved, look: Look, *, only_look: bool) -> list[tuple[bytes, bool]]:
    """Return each logo's file, and whether its ground is painted."""
    logos = [logo_of(saved, number) for number in range(1, len(saved.marks) + 1)]
    return [(b"" if only_look else write(logo, look), is_painted(logo, look)) for logo in logos]


async def _finish(work: _Work, job: Job, request: Request, service: Service) -> Saved:
    """Return the marks of a job that is done; raise ApiError for one that isn't."""
    if job.state == "done":
        return await read_saved(service, job)
    if job.state == "failed":
        raise of_job(job.error)
    if job.is_over:
        raise ApiError("job_failed", "The job was cancelled.", "Задание отменено.")
    url = job_url(base_of(request, service), job.id)
    if service.stopping.is_set():
        raise ApiError(
            "unavailable",
            f"The server is stopping; the job goes on after it: {url}",
            f"Сервер останавливается; после запуска задание продолжится: {url}",
            headers={"Retry-After": "5", "x-should-retry": "false", "Location": url},
            extra={"job": {"id": job.id, "url": url}},
        )
    seconds = f"{service.settings.deadline_s:g}"
    raise ApiError(
        "deadline",
        f"Not done within {seconds} s. The job goes on: take it from {url}, and order long work with "
        "POST /v1/jobs.",
        f"Не готово за {seconds} с. Задание продолжается: заберите его по адресу {url}, а долгую "
        "работу заказывайте через POST /v1/jobs.",
        # OpenAI's clients would order it once more
        headers={"x-should-retry": "false", "Location": url},
        extra={"job": {"id": job.id, "url": url}},
    )


async def _leave(work: _Work, service: Service, caller: Caller) -> None:
    """Cancel a job that nobody waits for any more."""
    if work.resumable:
        return
    try:
        await service.store.run(service.jobs.cancel, work.job.id, owner=owner_of(caller))
    except (ZnakError, ApiError) as error:
        log.warning("a job was left running", extra={"job": work.job.id[:8], "reason": str(error)})


async def _stream(
    work: _Work, request: Request, service: Service, caller: Caller
) -> AsyncIterator[bytes]:
    """Yield the events of a call with `stream`; an error is the last of them."""
    job, ended = work.job, False
    try:
        left = work.left(service.settings.deadline_s)
        changes = follow(service, job.id, timeout=left)
        async with contextlib.aclosing(changes):
            async for change in changes:
                job = change or job
                yield PING if change is None else _progress(job)
        saved = await _finish(work, job, request, service)
        for number in range(1, len(saved.marks) + 1):
            async for event in _show(work, saved, number, service):
                yield event
        ended = True
    except Exception as error:
        ended = True
        found = _translate(error)
        row = document(
            found,
            path=request.url.path,
            language=caller.language,
            request_id=caller.request_id,
        )
        yield format_sse_event(event="error", data_str=json.dumps(row, ensure_ascii=False))
    finally:
        if not ended:  # the client is gone, and this task is being cancelled
            leaving = asyncio.ensure_future(_leave(work, service, caller))
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.shield(leaving)


def _translate(error: Exception) -> ApiError:
    """Return the problem for anything that breaks when the answer has begun."""
    if isinstance(error, ApiError):
        return error
    if isinstance(error, ZnakError):
        return translate(error)
    log.error("a stream broke", exc_info=error)
    return ApiError("internal")


async def _show(work: _Work, saved: Saved, number: int, service: Service) -> AsyncIterator[bytes]:
    """Yield a logo's stages, at most as many as were asked for, and the logo."""
    most, look = work.body.partial_images or 0, work.look
    bare = Wish(layout="mark")
    stages = [
        (bare, replace(look, mode="black")),
        (bare, look),
        (Wish(), replace(look, mode="mono")),
    ][:most]
    files = await service.draw.run(
        lambda: [draw(saved, number, wish, shown) for wish, shown in (*stages, (Wish(), look))]
    )
    final = files.pop()
    shown = [file for file in dict.fromkeys(files) if file != final]
    for index, file in enumerate(shown):
        row = _row(work, file, "image_generation.partial_image")
        yield _data(row | {"partial_image_index": index})
    row = _row(work, final, "image_generation.completed")
    yield _data(row | {"usage": Usage().model_dump(), "job": work.job.id, "number": number})


def _row(
    work: _Work,
    data: bytes,
    kind: Literal["image_generation.partial_image", "image_generation.completed"],
) -> dict[str, Any]:
    return {
        "type": kind,
        "b64_json": _b64(data),
        "background": work.look.background,
        "created_at": int(time.time()),
        "output_format": work.look.format,
        "quality": "high",
        "size": _size(work.look),
    }


def _data(row: dict[str, Any]) -> bytes:
    return format_sse_event(event=row["type"], data_str=json.dumps(row))


def _progress(job: Job) -> bytes:
    """Return what OpenAI's clients pass over and people who watch the stream can read."""
    return format_sse_event(comment=f"{job.state} {job.phase} {job.progress:.2f}")


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _size(look: Look) -> str:
    return "auto" if look.format == "svg" else f"{look.sides[0]}x{look.sides[1]}"


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
