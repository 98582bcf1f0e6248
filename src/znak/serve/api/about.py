"""What may be asked for, how the server is, and what its problems mean."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import HTMLResponse

from znak import __version__
from znak.brand.forms import FORMS
from znak.brand.lockups import LAYOUTS
from znak.brief.wishes import STYLES
from znak.errors import ZnakError
from znak.serve.api.answers import (
    FontsAnswer,
    HealthAnswer,
    ModelAnswer,
    ModelsAnswer,
    ProblemKindAnswer,
)
from znak.serve.api.metrics import CONTENT_TYPE
from znak.serve.api.problems import KINDS, ApiError
from znak.serve.api.reference import render
from znak.serve.api.schema import problems
from znak.serve.api.service import CallerDep, ServiceDep
from znak.studio.logos import fonts

router = APIRouter(tags=["about"])
_RELEASED = 1_767_225_600
"""2026-01-01: OpenAI's clients want a time of each model."""


@router.get("/v1", include_in_schema=False)
async def see_index() -> dict[str, str]:
    """Say what this is, and where its description lies."""
    return {
        "name": "Znak",
        "version": __version__,
        "description": "/openapi.json",
        "reference": "/",
    }


@router.get("/", include_in_schema=False)
async def see_reference(request: Request) -> HTMLResponse:
    """Return the description as a page."""
    return HTMLResponse(render(request.app.openapi()))


@router.get("/v1/models", summary="List models", response_model=ModelsAnswer, responses=problems())
async def list_models(service: ServiceDep) -> ModelsAnswer:
    """Return the models that this server was started with."""
    return ModelsAnswer(
        data=[
            ModelAnswer(id=name, created=_RELEASED, default=name == service.models[0])
            for name in service.models
        ]
    )


@router.get(
    "/v1/fonts", summary="List fonts and styles", response_model=FontsAnswer, responses=problems()
)
async def list_fonts() -> FontsAnswer:
    """Return the fonts, layouts, forms and style words that may be asked for."""
    return FontsAnswer(
        fonts=list(fonts()), layouts=list(LAYOUTS), forms=list(FORMS), styles=list(STYLES)
    )


@router.get(
    "/problems/{code}",
    summary="See what a problem means",
    response_model=ProblemKindAnswer,
    responses=problems("not_found"),
)
async def see_problem(
    code: Annotated[str, Path(max_length=60, description="The problem's `code`.")],
    caller: CallerDep,
    response: Response,
) -> ProblemKindAnswer:
    """Return what a kind of problem means and what to do about it."""
    if code not in KINDS:
        raise ApiError("not_found")
    kind, russian = KINDS[code], caller.language == "ru"
    response.headers["Vary"] = "Accept-Language"
    return ProblemKindAnswer(
        code=code,
        status=kind.status,
        title=kind.ru if russian else kind.en,
        remedy=kind.remedy[1 if russian else 0],
    )


@router.head("/livez", include_in_schema=False)
@router.get("/livez", summary="Is it alive?", response_model=HealthAnswer, responses=problems())
async def livez() -> HealthAnswer:
    """Answer as long as the process can answer at all."""
    return HealthAnswer(status="ok")


@router.head("/readyz", include_in_schema=False)
@router.get(
    "/readyz",
    summary="Can it work?",
    response_model=HealthAnswer,
    responses={
        503: {
            "model": HealthAnswer,
            "description": "It stops, its store doesn't answer, or no worker lives.",
        },
        **{k: v for k, v in problems().items() if k != 503},
    },
)
async def readyz(service: ServiceDep, response: Response) -> HealthAnswer:
    """Say whether requests should be sent here: not while it stops, or without store or worker.

    Orders are taken without a worker too, and wait for one.
    """
    if service.stopping.is_set():
        response.status_code = 503
        return HealthAnswer(status="stopping")
    checks: dict[str, Any] = {}
    try:
        queued = await service.store.run(service.jobs.queued)
        checks = {
            "store": "ok",
            "queue": "full" if queued >= service.settings.queue_limit else "ok",
            "worker": "ok" if await service.store.run(service.jobs.has_worker) else "none",
        }
    except (ZnakError, ApiError):
        response.status_code = 503
        return HealthAnswer(status="failing", checks={"store": "no answer"})
    if checks["worker"] == "none":
        response.status_code = 503
        return HealthAnswer(status="failing", checks=checks)
    return HealthAnswer(status="ok", checks=checks)


@router.get(
    "/metrics",
    summary="Figures for Prometheus",
    response_class=Response,
    responses={
        200: {
            "description": "All figures in Prometheus' text format.",
            "content": {"text/plain": {"schema": {"type": "string"}}},
        },
        **problems(),
    },
)
async def metrics(service: ServiceDep) -> Response:
    """Return counts and times of requests, and the length of the queue."""
    text = await service.store.run(service.metrics.text)
    return Response(text, media_type=CONTENT_TYPE)
