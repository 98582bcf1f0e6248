"""Around every request: an id, a log line, figures, security headers, and an answer to what breaks.

Plain ASGI: answers aren't held back, so event streams pass.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
import time

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from znak.serve.api.invalid import pick_language
from znak.serve.api.language import choose_language
from znak.serve.api.limits import address_of
from znak.serve.api.problems import ApiError, document, media_type
from znak.serve.api.service import Caller, Service
from znak.serve.logs import request_id

log = logging.getLogger("znak.serve.api")

UNLIMITED = frozenset({"/livez", "/readyz", "/metrics"})
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox; "
    "frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def problem_response(error: ApiError, scope: Scope) -> Response:
    """Return the answer that says what went wrong, in the caller's language."""
    caller: Caller = scope["state"]["caller"]
    error = pick_language(error, caller.language)
    body = document(
        error, path=scope["path"], language=caller.language, request_id=caller.request_id
    )
    headers = {"Content-Language": caller.language, "Vary": "Accept-Language", **error.headers}
    text = json.dumps(body, ensure_ascii=False, default=str)
    scope["state"]["problem"] = error.code
    return Response(
        text.encode("utf-8", "replace"), error.status, headers, media_type(scope["path"])
    )


class Envelope:
    """See the module."""

    def __init__(self, app: ASGIApp, *, service: Service) -> None:
        """Wrap an app."""
        self._app, self._service = app, service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = headers.get("x-request-id", "")
        caller = Caller(
            request_id=given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(12),
            address=address_of(scope["client"][0] if scope.get("client") else None),
            language=choose_language(headers.get("accept-language")),
        )
        scope.setdefault("state", {})["caller"] = caller
        began, status = time.perf_counter(), 0

        async def send_sealed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                sealed = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    sealed.setdefault(name, value)
                if scope["scheme"] == "https":
                    sealed.setdefault("Strict-Transport-Security", "max-age=31536000")
                sealed["X-Request-ID"] = caller.request_id
            await send(message)

        with request_id(caller.request_id), self._service.metrics.in_flight.track_inprogress():
            try:
                await self._app(scope, receive, send_sealed)
            except Exception:
                log.exception("a request broke", extra={"path": _route(scope)})
                if status:
                    raise  # the answer had begun: the server cuts the connection
                await problem_response(ApiError("internal"), scope)(scope, receive, send_sealed)
            finally:
                self._tell(scope, status, time.perf_counter() - began)

    def _tell(self, scope: Scope, status: int, seconds: float) -> None:
        """Count and log an answer; 499 where the client went away before it began."""
        caller: Caller = scope["state"]["caller"]
        shown = status or 499
        route, problem = _route(scope), scope["state"].get("problem")
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self._service.metrics.answered(method=method, route=route, status=shown, seconds=seconds)
        if problem is not None:
            self._service.metrics.refused(problem)
        level = logging.DEBUG if route in UNLIMITED and shown < 400 else logging.INFO
        log.log(
            logging.WARNING if shown >= 500 else level,
            "answered",
            extra={
                "method": method,
                "route": route,
                "status": shown,
                "ms": round(seconds * 1000, 1),
                "address": caller.address,
                "owner": caller.owner,
                "problem": problem,
            },
        )


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def _route(scope: Scope) -> str:
    return str(getattr(scope.get("route"), "path", None) or "unmatched")
