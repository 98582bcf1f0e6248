"""`/v1/variations` and `/v1/originality`: what can be made of a mark, and what it resembles."""

from __future__ import annotations

from functools import lru_cache

from fastapi import APIRouter, Request, Response

from znak.brand.reading import read_mark
from znak.engine.alike import find, verdict
from znak.engine.originality import Closest, Index, load_index
from znak.fields.cost import check_cost
from znak.serve.api.answers import JobAnswer, Neighbour, OriginalityAnswer
from znak.serve.api.bodies import OriginalityRequest, VariationRequest
from znak.serve.api.drawings import read_fields
from znak.serve.api.jobs import Prefer, accept, read_saved
from znak.serve.api.orders import IdempotencyKey, choose_engine, choose_seed, find_job
from znak.serve.api.problems import ApiError
from znak.serve.api.schema import problems
from znak.serve.api.service import Caller, CallerDep, Service, ServiceDep
from znak.serve.order import Order
from znak.serve.results import Saved

router = APIRouter(tags=["marks"])


@router.post(
    "/v1/variations",
    status_code=202,
    summary="Order variations of a mark",
    response_model=JobAnswer,
    responses={
        202: {
            "description": "The job, queued or (with `Prefer: wait`) later.",
            "headers": {"Location": {"schema": {"type": "string"}}},
        },
        **problems(
            "not_found", "model_not_found", "not_ready", "job_failed", "invalid_input",
            "idempotency_key_reused", "queue_full", body=True,
        ),
    },
)  # fmt: skip
async def order_variations(
    body: VariationRequest,
    request: Request,
    response: Response,
    service: ServiceDep,
    caller: CallerDep,
    key: IdempotencyKey = None,
    prefer: Prefer = None,
) -> JobAnswer | Response:
    """Store an order of variations of a job's logo (`job` and `number`) or of a mark of your own
    (`svg`). Name, tagline and colours are those of the job, where others aren't given.
    """
    _check_one(("job", body.job), ("svg", body.svg))
    origin: Order | None = None
    prompt, svg = body.prompt or "", body.svg or ""
    if body.job is not None:
        saved = await _read_job(service, caller, body.job, body.number)
        mark = saved.mark(body.number)
        origin, svg = saved.order, mark.svg
        prompt = body.prompt or origin.prompt or mark.provenance.subject
    else:
        await service.draw.run(_check_mark, svg)
    order = Order(
        kind="vary",
        prompt=prompt,
        svg=svg,
        strength=body.strength,
        name=body.name or (origin.name if origin else None),
        tagline=body.tagline or (origin.tagline if origin else None),
        n=body.n,
        seed=choose_seed(body.seed, caller, key),
        style=origin.style if origin else [],
        colours=list(body.colors or (origin.colours if origin else [])),
        layout=body.layout or (origin.layout if origin else None),
        form=body.form or (origin.form if origin else None),
        font=body.font or (origin.font if origin else None),
        engine=choose_engine(service, body.model),
        language=origin.language if origin else None,
    )
    return await accept(order, request, response, service, caller, key=key, prefer=prefer)


@router.post(
    "/v1/originality",
    summary="See what a mark resembles",
    response_model=OriginalityAnswer,
    responses=problems("not_found", "not_ready", "job_failed", "invalid_input", body=True),
)
async def see_originality(
    body: OriginalityRequest, service: ServiceDep, caller: CallerDep
) -> OriginalityAnswer:
    """Return the known drawings and brands' logos that come closest to a logo of a job, an SVG or a
    picture, and what that means. Forms are compared; this is no legal search.
    """
    _check_one(("job", body.job), ("svg", body.svg), ("image", body.image))
    svg = body.svg
    if body.job is not None:
        saved = await _read_job(service, caller, body.job, body.number)
        svg = saved.mark(body.number).svg
    found = await service.draw.run(_find, svg, body.image, body.n)
    english, russian = verdict(found)
    return OriginalityAnswer(
        closest=[
            Neighbour(
                name=c.name,
                kind="brand" if c.kind == "brand" else "drawing",
                distance=c.distance,
                percentile=c.percentile,
            )
            for c in found
        ],
        verdict=russian if caller.language == "ru" else english,
    )


def _check_one(*given: tuple[str, object]) -> None:
    """Raise ApiError unless exactly one of the fields is given."""
    names = [name for name, _ in given]
    if sum(value is not None for _, value in given) != 1:
        raise ApiError(
            "invalid_request",
            f"Give one of {', '.join(names)}.",
            f"Дайте одно из полей {', '.join(names)}.",
            param=names[0],
        )


async def _read_job(service: Service, caller: Caller, job_id: str, number: int) -> Saved:
    saved = await read_saved(service, await find_job(service, caller, job_id))
    saved.mark(number)  # raises InputError for a number that isn't there
    return saved


def _check_mark(svg: str) -> None:
    check_cost(svg)
    read_mark(svg)


def _find(svg: str | None, image: str | None, n: int) -> list[Closest]:
    return find(_index(), read_fields(svg=svg, image=image), n=n)


@lru_cache(maxsize=1)
def _index() -> Index:
    return load_index()
