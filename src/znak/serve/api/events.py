"""`/v1/jobs/{id}/events`: a job's changes as server-sent events.

Each event is the job as JSON, named by its state (`queued`, `running`, `done` …). A stream ends when
the job is over, after a time, or when the server stops; a client that comes again with the
`Last-Event-ID` it has seen is told only what is new, and 204 when nothing more will come.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event

from znak.errors import ZnakError
from znak.serve.api.errors import translate
from znak.serve.api.jobs import JobIdPath, show
from znak.serve.api.orders import find_job
from znak.serve.api.problems import ApiError
from znak.serve.api.schema import problems
from znak.serve.api.service import Caller, CallerDep, Service, ServiceDep
from znak.serve.api.waiting import follow
from znak.serve.job import Job

router = APIRouter(tags=["jobs"])

STREAM = "text/event-stream"
STREAM_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
EVENT = {
    "type": "object",
    "properties": {
        "event": {"type": "string"},
        "data": {"type": "string", "contentMediaType": "application/json"},
        "id": {"type": "string"},
        "retry": {"type": "integer", "minimum": 0},
    },
}
"""The OpenAPI schema of one event."""
PING = format_sse_event(comment="alive")
_RETRY_MS = 2000
_EXAMPLE = 'event: running\ndata: {"id": "…", "state": "running", "progress": 0.4, …}\nid: running-drawing-0.4000\n'


class EventStream(StreamingResponse):
    """A stream of server-sent events, as the OpenAPI document knows it."""

    media_type = STREAM


@router.get(
    "/v1/jobs/{job_id}/events",
    summary="Follow a job",
    response_class=EventStream,
    responses={
        200: {
            "description": "Events until the job is over; the last one is named `done`, `failed`, "
            "`cancelled` or `expired`. A stream that ends before it says `bye`: come again.",
            "content": {STREAM: {"schema": EVENT, "example": _EXAMPLE}},
        },
        204: {"description": "The job is over, and the client has been told so."},
        **problems("not_found", "invalid_request", "too_many_at_once"),
    },
)
async def follow_job(
    job_id: JobIdPath,
    request: Request,
    service: ServiceDep,
    caller: CallerDep,
    last_event_id: Annotated[
        str | None, Header(max_length=200, description="The last event that the client has seen.")
    ] = None,
) -> Response:
    """Send the job each time it changes, with its logos when it is done."""
    job = await find_job(service, caller, job_id)
    if job.is_over and last_event_id == event_id(job):
        return Response(status_code=204)
    events = stream(job, request, service, caller, last_event_id)
    return EventStream(events, headers=STREAM_HEADERS)


async def stream(
    job: Job, request: Request, service: Service, caller: Caller, seen: str | None
) -> AsyncIterator[bytes]:
    """Yield the events of a job."""
    with service.metrics.streams.track_inprogress():
        yield format_sse_event(retry=_RETRY_MS)
        try:
            changes = follow(service, job, timeout=service.settings.stream_s)
            async with contextlib.aclosing(changes):
                async for change in changes:
                    if change is None:
                        yield PING
                        continue
                    job = change
                    if event_id(job) != seen:
                        yield await _event(job, request, service, caller)
        except (ApiError, ZnakError) as error:
            found = error if isinstance(error, ApiError) else translate(error)
            yield _bye(found.code)
            return
        if not job.is_over:
            yield _bye("stopping" if service.stopping.is_set() else "time")


def event_id(job: Job) -> str:
    """Return what names a job's state among all of its states, the same after a restart."""
    return f"{job.state}-{job.phase}-{job.progress:.4f}"


async def _event(job: Job, request: Request, service: Service, caller: Caller) -> bytes:
    answer = await show(job, request, service, caller)
    return format_sse_event(event=job.state, data_str=answer.model_dump_json(), id=event_id(job))


def _bye(reason: str) -> bytes:
    return format_sse_event(event="bye", data_str=json.dumps({"reason": reason}))
