"""What both answers of `/v1/images/generations` share: the call's job, its end, its logos' form."""

from __future__ import annotations

import base64
import logging
import time
from dataclasses import dataclass

from fastapi import Request

from znak.errors import ZnakError
from znak.serve.api.bodies import ImageRequest
from znak.serve.api.drawing import Look
from znak.serve.api.errors import of_job
from znak.serve.api.jobs import read_saved
from znak.serve.api.links import base_of, job_url
from znak.serve.api.orders import owner_of
from znak.serve.api.problems import ApiError
from znak.serve.api.service import Caller, Service
from znak.serve.job import Job
from znak.serve.results import Saved

log = logging.getLogger("znak.serve.api")


@dataclass(frozen=True)
class Work:
    """One call: what is asked for, and the job that makes it."""

    body: ImageRequest
    job: Job
    began: float
    look: Look
    resumable: bool

    def left(self, deadline_s: float) -> float:
        """How many seconds are left until the deadline."""
        return max(0.0, self.began + deadline_s - time.monotonic())


async def finish(job: Job, request: Request, service: Service) -> Saved:
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


async def leave(work: Work, service: Service, caller: Caller) -> None:
    """Cancel a job that nobody waits for any more."""
    if work.resumable:
        return
    try:
        await service.store.run(service.jobs.cancel, work.job.id, owner=owner_of(caller))
    except (ZnakError, ApiError) as error:
        log.warning("a job was left running", extra={"job": work.job.id[:8], "reason": str(error)})


def b64(data: bytes) -> str:
    """Return a file as base64."""
    return base64.b64encode(data).decode("ascii")


def size_of(look: Look) -> str:
    """Return the size of pictures as answers name it."""
    return "auto" if look.format == "svg" else f"{look.sides[0]}x{look.sides[1]}"
