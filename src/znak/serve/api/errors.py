"""From what the program raises to what a client is told. Paths of the server are not for clients."""

from __future__ import annotations

import logging

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from znak.errors import InputError, StorageError, ZnakError
from znak.serve.api.envelope import problem_response
from znak.serve.api.invalid import describe
from znak.serve.api.problems import ApiError, of_status
from znak.serve.job import KeyConflict, NoSuchJob, Problem, QueueFull, StoreBusy

log = logging.getLogger("znak.serve.api")
_SOON = "5"


def translate(error: ZnakError) -> ApiError:
    """Return the problem for an error of the program."""
    if isinstance(error, QueueFull):
        wait = {"Retry-After": str(error.retry_after)}
        return ApiError("queue_full", _sentence(error.message), _sentence(error.ru), headers=wait)
    if isinstance(error, KeyConflict):
        return ApiError("idempotency_key_reused")
    if isinstance(error, NoSuchJob):
        return ApiError("not_found", _sentence(error.message), _sentence(error.ru))
    if isinstance(error, StoreBusy):
        log.warning("the store did not answer", extra={"reason": error.message})
        return ApiError("unavailable", headers={"Retry-After": str(error.retry_after)})
    if isinstance(error, InputError):
        return ApiError("invalid_input", _sentence(error.message), _sentence(error.ru))
    log.error("an answer failed", extra={"reason": error.message})
    if isinstance(error, StorageError):
        return ApiError("unavailable", headers={"Retry-After": _SOON})
    return ApiError("internal")


def of_job(problem: Problem | None) -> ApiError:
    """Return the problem for a job that failed."""
    if problem is None:
        return ApiError("internal")
    code = "invalid_input" if problem.code == "input" else "internal"
    return ApiError(code, _sentence(problem.en), _sentence(problem.ru))


def _sentence(text: str) -> str:
    """Return a message with a capital and a full stop, as problem documents have them."""
    shown = text[:1].upper() + text[1:]
    return shown if shown.endswith((".", "!", "?", "…")) else shown + "."


def register(app: FastAPI) -> None:
    """Answer all errors with problem documents."""

    async def on_api_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, ApiError)
        return problem_response(error, request.scope)

    async def on_znak_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, ZnakError)
        return problem_response(translate(error), request.scope)

    async def on_invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        rows = error.errors()
        # a name in the address that can be no name of ours is one that is not there
        if any(row["loc"][0] == "path" for row in rows):
            return problem_response(ApiError("not_found"), request.scope)
        return problem_response(describe(rows), request.scope)

    async def on_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        found = of_status(error.status_code)
        found.headers = dict(error.headers or {})
        return problem_response(found, request.scope)

    app.add_exception_handler(ApiError, on_api_error)
    app.add_exception_handler(ZnakError, on_znak_error)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(HTTPException, on_http)
