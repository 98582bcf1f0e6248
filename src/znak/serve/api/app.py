"""The HTTP API as one ASGI app: `create_app(settings)`.

uvicorn --factory 'znak.serve.api:create_app'

A worker (`znak serve`) draws what is ordered here; this process only takes orders, waits, and makes
files of finished marks in threads.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from fastapi.middleware import Middleware
from fastapi.middleware.cors import CORSMiddleware

from znak import __version__
from znak.serve.api import about, errors, events, files, images, marks, seed
from znak.serve.api import jobs as job_routes
from znak.serve.api.envelope import Envelope
from znak.serve.api.guard import Guard
from znak.serve.api.limits import Limiter, Slots
from znak.serve.api.pool import Pool
from znak.serve.api.schema import DESCRIPTION, TAGS, build_openapi
from znak.serve.api.service import Service
from znak.serve.api.signals import chain_signals
from znak.serve.api.telemetry import choose_telemetry
from znak.serve.jobs import Jobs
from znak.serve.keys import Keys
from znak.serve.settings import Settings, load_settings

_STORE_THREADS = 8
_UNKNOWN_KEYS = "30/minute"
_EXPOSED = (
    "X-Request-ID", "RateLimit", "RateLimit-Policy", "Retry-After", "Location", "ETag",
    "Preference-Applied",
)  # fmt: skip


def open_service(settings: Settings, jobs: Jobs | None = None) -> Service:
    """Return the parts of an API; close it at the end.

    Raises DataError for a missing or damaged file of keys, InputError for rates that are none.
    """
    keys = Keys(settings.keys) if settings.keys is not None else None
    limiter = Limiter({"unauthorised": _UNKNOWN_KEYS, **settings.rates})
    everyone = settings.at_once_all
    return Service(
        settings=settings,
        jobs=jobs or Jobs(settings),
        keys=keys,
        limiter=limiter,
        slots=Slots(each=settings.at_once, all_=everyone),
        streams=Slots(each=settings.at_once, all_=settings.streams),
        draw=Pool("draw", workers=2, waiting=everyone),
        store=Pool("store", workers=_STORE_THREADS, waiting=2 * everyone),
        wait=Pool("wait", workers=everyone + settings.streams, waiting=everyone),
        owns_jobs=jobs is None,
    )


def create_app(settings: Settings | None = None, jobs: Jobs | None = None) -> FastAPI:
    """Return the app; `jobs` is closed by whoever opened it."""
    settings = settings or load_settings()
    service = open_service(settings, jobs)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        with chain_signals(service.stop):
            try:
                yield
            finally:
                service.close()

    middleware = [Middleware(Envelope, service=service), Middleware(Guard, service=service)]
    if settings.cors_origins:
        cors = Middleware(
            CORSMiddleware,
            allow_origins=list(settings.cors_origins),
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "Last-Event-ID",
                           "Prefer", "X-Request-ID"],
            expose_headers=list(_EXPOSED),
            max_age=3600,
        )  # fmt: skip
        middleware.insert(1, cors)
    app = FastAPI(
        title="Znak",
        version=__version__,
        summary="Text to logo: original marks as clean SVG",
        description=DESCRIPTION,
        openapi_tags=TAGS,
        license_info={"name": "MIT", "identifier": "MIT"},
        docs_url=None,  # they would load scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
        middleware=middleware,
        lifespan=lifespan,
        telemetry=choose_telemetry(),
        generate_unique_id_function=lambda route: str(route.name),
    )
    app.state.service = service
    errors.register(app)
    for module in (images, job_routes, events, files, marks, about, seed):
        app.include_router(module.router)
    made: dict[str, Any] = {}

    def openapi() -> dict[str, Any]:
        if not made:
            made.update(build_openapi(app, with_keys=service.keys is not None))
        return made

    app.openapi = openapi  # type: ignore[method-assign]
    return app
