"""`/v1/jobs`: order logos, see how far they are, forget them."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Request, Response

from znak.serve.api.answers import JobAnswer, JobError, JobsAnswer, LogoAnswer
from znak.serve.api.bodies import JobRequest
from znak.serve.api.language import Language
from znak.serve.api.limits import is_loopback
from znak.serve.api.links import base_of, job_url, kit_url, logo_url
from znak.serve.api.orders import (
    IdempotencyKey,
    choose_engine,
    choose_seed,
    find_job,
    owner_of,
    submit,
)
from znak.serve.api.problems import ApiError
from znak.serve.api.schema import problems
from znak.serve.api.service import Caller, CallerDep, Service, ServiceDep
from znak.serve.api.waiting import GONE, ClientGoneError, wait_over
from znak.serve.job import Job
from znak.serve.order import Order
from znak.serve.results import Saved, load_result
from znak.serve.settings import Settings

router = APIRouter(tags=["jobs"])

JobIdPath = Annotated[
    str, Path(pattern=r"^[A-Za-z0-9]{8,64}$", description="The job's id.", examples=["0" * 40])
]
Prefer = Annotated[
    str | None,
    Header(
        description="`wait=20` (RFC 7240) lets the answer wait until the job is over, at most so many "
        "seconds and no longer than the server's deadline.",
        max_length=200,
    ),
]
_WAIT = re.compile(r"(?:^|[,;\s])wait=(\d{1,5})(?:$|[,;\s])")
_CREATED = {
    "Location": {"description": "The job's address.", "schema": {"type": "string"}},
}


@router.post(
    "/v1/jobs",
    status_code=202,
    summary="Order logos",
    response_model=JobAnswer,
    responses={
        202: {
            "description": "The job, queued or (with `Prefer: wait`) later.",
            "headers": _CREATED,
        },
        **problems(
            "model_not_found", "invalid_input", "idempotency_key_reused", "queue_full", body=True
        ),
    },
)
async def order_logos(
    body: JobRequest,
    request: Request,
    response: Response,
    service: ServiceDep,
    caller: CallerDep,
    key: IdempotencyKey = None,
    prefer: Prefer = None,
) -> JobAnswer | Response:
    """Store an order; the job that is answered with will be done, also when the server restarts."""
    order = Order(
        kind="make",
        prompt=body.prompt,
        name=body.name,
        tagline=body.tagline,
        n=body.n,
        seed=choose_seed(body.seed, caller, key),
        style=list(body.style),
        colours=list(body.colors or []),
        layout=body.layout,
        form=body.form,
        font=body.font,
        engine=choose_engine(service, body.model),
        language=body.language,
    )
    return await accept(order, request, response, service, caller, key=key, prefer=prefer)


async def accept(
    order: Order,
    request: Request,
    response: Response,
    service: Service,
    caller: Caller,
    *,
    key: str | None,
    prefer: str | None,
) -> JobAnswer | Response:
    """Store an order, wait as the client prefers, and return the job with its headers set."""
    job = await submit(service, caller, order, key)
    response.headers["Location"] = f"/v1/jobs/{job.id}"
    if found := _WAIT.search(prefer or ""):
        wait = min(float(found.group(1)), service.settings.deadline_s)
        response.headers["Preference-Applied"] = f"wait={wait:.0f}"
        try:
            job = await wait_over(service, request, job, timeout=wait)
        except ClientGoneError:  # an order is an order: it is done all the same
            return Response(status_code=GONE)
    return await show(job, request, service, caller)


@router.get(
    "/v1/jobs",
    summary="List your jobs",
    response_model=JobsAnswer,
    responses=problems("invalid_request"),
)
async def list_jobs(
    request: Request,
    service: ServiceDep,
    caller: CallerDep,
    limit: Annotated[int, Query(ge=1, le=100, description="How many at most.")] = 20,
) -> JobsAnswer:
    """Return the caller's jobs, the newest first, without their logos: those are in the job itself.

    Without API keys all callers are one. The list is empty then, but for callers on a machine that
    alone reaches its server; others find jobs by their ids.
    """
    if service.keys is None and not is_private(request, service.settings):
        return JobsAnswer(jobs=[])
    found = await service.store.run(service.jobs.list, owner_of(caller), limit=limit)
    base = base_of(request, service)
    return JobsAnswer(jobs=[tell(job, base, caller.language) for job in found])


@router.get(
    "/v1/jobs/{job_id}",
    summary="See a job",
    response_model=JobAnswer,
    responses=problems("not_found"),
)
async def see_job(
    job_id: JobIdPath, request: Request, service: ServiceDep, caller: CallerDep
) -> JobAnswer:
    """Return a job as it is now; when it is done, with the addresses of its logos."""
    return await show(await find_job(service, caller, job_id), request, service, caller)


@router.delete(
    "/v1/jobs/{job_id}",
    status_code=204,
    summary="Cancel and forget a job",
    responses=problems("not_found"),
)
async def forget_job(job_id: JobIdPath, service: ServiceDep, caller: CallerDep) -> None:
    """Cancel a job that is not done, and remove it with all its files."""
    await service.store.run(service.jobs.delete, job_id, owner=owner_of(caller))


async def show(job: Job, request: Request, service: Service, caller: Caller) -> JobAnswer:
    """Return what is told of a job, with its logos when it is done."""
    base = base_of(request, service)
    answer = tell(job, base, caller.language)
    if job.state != "done":
        return answer
    saved = await read_saved(service, job)
    russian = caller.language == "ru"
    notes = [*(ru if russian else en for en, ru in saved.notes), *saved.brief.notes]
    logos = [_logo(service, base, job.id, saved, k + 1) for k in range(len(saved.marks))]
    return answer.model_copy(update={"notes": notes, "logos": logos})


async def read_saved(service: Service, job: Job) -> Saved:
    """Return a finished job's marks; raise ApiError for a job that isn't done."""
    if job.state != "done":
        if job.is_over:
            raise ApiError("job_failed")
        raise ApiError("not_ready", headers={"Retry-After": "1"})
    return await service.store.finish(load_result, service.jobs.folder(job))


def is_private(request: Request, settings: Settings) -> bool:
    """Say whether only this machine can reach the server, and a caller on it asks under its name.

    A page of another site that has its own name lead here (DNS rebinding) asks under that name.
    """
    names = {settings.host, request.url.hostname, request.client.host if request.client else ""}
    outside = settings.public_url or settings.trusted_proxies
    forwarded = {"forwarded", "x-forwarded-for"} & set(request.headers)
    return not outside and not forwarded and all(is_loopback(name or "") for name in names)


def tell(job: Job, base: str, language: Language) -> JobAnswer:
    """Return what is told of a job, without its logos."""
    order, failure = job.order, job.error
    return JobAnswer(
        id=job.id,
        kind=order.kind,
        state=job.state,
        phase=job.phase,
        progress=min(max(job.progress, 0.0), 1.0),
        prompt=order.prompt,
        name=order.name,
        n=order.n,
        seed=order.seed,
        model=order.engine,
        created=job.created,
        started=job.started,
        finished=job.finished,
        expires=job.expires,
        error=JobError(code=failure.code, detail=failure.text(language)) if failure else None,
        url=job_url(base, job.id),
        events=f"{job_url(base, job.id)}/events",
    )


def _logo(service: Service, base: str, job_id: str, saved: Saved, number: int) -> LogoAnswer:
    mark = saved.mark(number)
    scores = mark.scores
    files = {ext: logo_url(service, base, job_id, number, ext) for ext in ("svg", "png", "webp")}
    return LogoAnswer(
        number=number,
        subject=mark.provenance.subject,
        way=mark.provenance.way,
        match=scores.match,
        cleanness=scores.cleanness,
        closest=scores.closest,
        distance=scores.distance,
        percentile=scores.percentile,
        **files,
        mark=logo_url(service, base, job_id, number, "svg", layout="mark"),
        kit=kit_url(base, job_id, number),
    )
