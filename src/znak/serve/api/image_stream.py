"""The answer of `/v1/images/generations` with `stream`: logos as events, as OpenAI's clients read them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any, Literal

from fastapi import Request
from fastapi.sse import format_sse_event

from znak.errors import ZnakError
from znak.serve.api.answers import Usage
from znak.serve.api.drawing import draw
from znak.serve.api.errors import translate
from znak.serve.api.events import PING
from znak.serve.api.image_work import Work, b64, finish, leave, size_of
from znak.serve.api.problems import ApiError, document
from znak.serve.api.service import Caller, Service
from znak.serve.api.waiting import follow
from znak.serve.job import Job
from znak.serve.results import Saved
from znak.studio.logos import Wish

log = logging.getLogger("znak.serve.api")


async def stream(
    work: Work, request: Request, service: Service, caller: Caller
) -> AsyncIterator[bytes]:
    """Yield the events of a call with `stream`; an error is the last of them."""
    job, ended = work.job, False
    try:
        left = work.left(service.settings.deadline_s)
        changes = follow(service, job, timeout=left)
        async with contextlib.aclosing(changes):
            async for change in changes:
                job = change or job
                yield PING if change is None else _progress(job)
        saved = await finish(job, request, service)
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
            leaving = asyncio.ensure_future(leave(work, service, caller))
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


async def _show(work: Work, saved: Saved, number: int, service: Service) -> AsyncIterator[bytes]:
    """Yield a logo's stages, at most as many as were asked for, and the logo."""
    most, look = work.body.partial_images or 0, work.look
    bare = Wish(layout="mark")
    stages = [
        (bare, replace(look, mode="black")),
        (bare, look),
        (Wish(), replace(look, mode="mono")),
    ][:most]
    files = await service.draw.finish(
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
    work: Work,
    data: bytes,
    kind: Literal["image_generation.partial_image", "image_generation.completed"],
) -> dict[str, Any]:
    return {
        "type": kind,
        "b64_json": b64(data),
        "background": work.look.background,
        "created_at": int(time.time()),
        "output_format": work.look.format,
        "quality": "high",
        "size": size_of(work.look),
    }


def _data(row: dict[str, Any]) -> bytes:
    return format_sse_event(event=row["type"], data_str=json.dumps(row))


def _progress(job: Job) -> bytes:
    """Return what OpenAI's clients pass over and people who watch the stream can read."""
    return format_sse_event(comment=f"{job.state} {job.phase} {job.progress:.2f}")
