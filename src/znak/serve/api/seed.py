"""`POST /generate/`: the call that the first version of this service had, over the same jobs."""

from __future__ import annotations

import json

import numpy as np
from fastapi import APIRouter, Request, Response

from znak.serve.api.answers import SeedAnswer
from znak.serve.api.bodies import SeedRequest
from znak.serve.api.drawing import fit
from znak.serve.api.errors import of_job
from znak.serve.api.jobs import read_saved
from znak.serve.api.links import job_url
from znak.serve.api.orders import choose_engine, choose_seed, owner_of, submit
from znak.serve.api.problems import ApiError
from znak.serve.api.schema import problems
from znak.serve.api.service import CallerDep, ServiceDep
from znak.serve.api.waiting import GONE, ClientGoneError, wait_over
from znak.serve.order import Order
from znak.serve.results import Saved, logo_of

router = APIRouter(tags=["first version"])


@router.post(
    "/generate/",
    summary="Make one logo as numbers",
    response_model=SeedAnswer,
    responses=problems("job_failed", "invalid_input", "queue_full", "deadline", body=True),
)
@router.post("/generate", response_model=SeedAnswer, include_in_schema=False)
async def generate(
    body: SeedRequest, request: Request, service: ServiceDep, caller: CallerDep
) -> Response:
    """Make one logo and answer with its pixels, on its ground. New clients take the calls under /v1."""
    order = Order(
        kind="make",
        prompt=body.description,
        n=1,
        seed=choose_seed(body.seed, caller, None),
        engine=choose_engine(service, None),
    )
    job = await submit(service, caller, order, None)
    try:
        job = await wait_over(service, request, job, timeout=service.settings.deadline_s)
    except ClientGoneError:
        await service.store.run(service.jobs.cancel, job.id, owner=owner_of(caller))
        return Response(status_code=GONE)
    if job.state == "failed":
        raise of_job(job.error)
    if not job.is_over:
        url = job_url("", job.id)
        raise ApiError(
            "deadline", headers={"Location": url}, extra={"job": {"id": job.id, "url": url}}
        )
    saved = await read_saved(service, job)
    return Response(
        await service.draw.finish(_write, saved, body.size), media_type="application/json"
    )


def _write(saved: Saved, size: int) -> bytes:
    """Return the answer's text: a million numbers are no work for the event loop."""
    logo = logo_of(saved, 1)
    picture = fit(logo.svg(ground=False), logo.scene, (size, size), logo.palette.ground)
    rows = np.asarray(picture.convert("RGB")).tolist()
    return json.dumps({"image": rows}, separators=(",", ":")).encode()
