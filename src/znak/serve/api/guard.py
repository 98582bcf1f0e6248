"""Who is let in: keys, limits, and bodies, which are read whole before any route sees them.

What is not named as open here needs a key when keys are on. A body must come within a size and a time.
"""

from __future__ import annotations

import asyncio
import re
from contextlib import ExitStack
from dataclasses import replace
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from znak.serve.api.envelope import UNLIMITED, problem_response
from znak.serve.api.problems import ApiError
from znak.serve.api.service import Caller, Service

OPEN_PATHS = frozenset({"/", "/v1", "/livez", "/readyz", "/openapi.json"})
OPEN_PREFIX = "/problems/"
_LOGO = re.compile(r"/v1/jobs/([^/]+)/logos/[^/]+")
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})


def _cost(scope: Scope) -> int:
    """Return how many reads a request counts as: a large picture is as much work as many small ones."""
    if not _LOGO.fullmatch(scope["path"]):
        return 1
    query = parse_qs(scope["query_string"].decode("latin-1"))
    given = [query.get(name, [""])[-1] for name in ("size", "width", "height")]
    sides = [min(int(side), 4096) for side in given if re.fullmatch("[0-9]{1,5}", side)]
    return max(1, max(sides, default=0) ** 2 // 2**20)


class Guard:
    """See the module."""

    def __init__(self, app: ASGIApp, *, service: Service) -> None:
        """Wrap an app."""
        self._app, self._service = app, service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or answer with what is wrong with it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        extra: dict[str, str] = {}

        async def send_counted(message: Message) -> None:
            if message["type"] == "http.response.start" and extra:
                headers = MutableHeaders(scope=message)
                for name, value in extra.items():
                    headers.setdefault(name, value)
            await send(message)

        with ExitStack() as stack:
            try:
                self._admit(scope, extra, stack)
                if scope["method"] in _WITH_BODY:
                    receive = await self._read(scope, receive)
            except ApiError as error:
                await problem_response(error, scope)(scope, receive, send_counted)
                return
            except _ClientGoneError:
                return
            await self._app(scope, receive, send_counted)

    def _admit(self, scope: Scope, extra: dict[str, str], stack: ExitStack) -> None:
        """Check the key and the limits; raise ApiError. What is held is given to `stack`."""
        service, path, method = self._service, scope["path"], scope["method"]
        if (path in UNLIMITED and service.keys is None) or path in ("/livez", "/readyz"):
            return
        if service.stopping.is_set():
            raise ApiError(
                "unavailable",
                "The server is stopping: try again in a few seconds.",
                "Сервер останавливается: повторите через несколько секунд.",
                headers={"Retry-After": "5", "Connection": "close"},
            )
        costly = method == "POST" or path.endswith("/kit.zip")
        caller: Caller = scope["state"]["caller"]
        callers = [f"address {caller.address}"]
        try:
            caller = self._identify(scope, caller)
        except ApiError:
            extra.update(service.limiter.hit("unauthorised", callers))
            raise
        scope["state"]["caller"] = caller
        if caller.key_name is not None:
            callers.append(f"key {caller.owner}")
        if path not in UNLIMITED:
            rate, cost = ("make", 1) if costly else ("read", _cost(scope))
            extra.update(service.limiter.hit(rate, callers, cost=cost))
        if costly or _LOGO.fullmatch(path):
            stack.enter_context(service.slots.take(callers))
        elif path.endswith("/events"):
            stack.enter_context(service.streams.take(callers))

    def _identify(self, scope: Scope, caller: Caller) -> Caller:
        """Return the caller with its owner; raise ApiError `unauthorised`."""
        keys, path = self._service.keys, scope["path"]
        is_open = path in OPEN_PATHS or path.startswith(OPEN_PREFIX)
        if keys is None or (is_open and scope["method"] in ("GET", "HEAD")):
            return caller
        scheme, _, key = Headers(scope=scope).get("authorization", "").partition(" ")
        record = keys.find(key.strip()) if scheme.lower() == "bearer" else None
        if record is not None:
            return replace(caller, owner=record.id, key_name=record.name)
        signed = _LOGO.fullmatch(path)
        if signed is not None and scope["method"] == "GET":
            query = parse_qs(scope["query_string"].decode("latin-1"))
            if keys.is_signed(signed.group(1), query.get("sig", [""])[0]):
                return replace(caller, owner=None)
        raise ApiError("unauthorised", headers={"WWW-Authenticate": 'Bearer realm="znak"'})

    async def _read(self, scope: Scope, receive: Receive) -> Receive:
        """Read the body and return a `receive` that gives it again; raise ApiError."""
        settings = self._service.settings
        headers = Headers(scope=scope)
        too_large = ApiError(
            "too_large",
            f"The body may have at most {settings.max_body:,} bytes.",
            f"В теле запроса может быть не больше {settings.max_body} байт.",
            headers={"Connection": "close"},
        )
        length = headers.get("content-length", "0")
        if not length.isascii() or not length.isdigit() or int(length[:18]) > settings.max_body:
            raise too_large
        parts: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout(settings.body_timeout_s):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise _ClientGoneError
                    part = message.get("body", b"")
                    size += len(part)
                    if size > settings.max_body:
                        raise too_large
                    parts.append(part)
                    if not message.get("more_body", False):
                        break
        except TimeoutError as error:
            raise ApiError("body_timeout", headers={"Connection": "close"}) from error
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if size and kind != "application/json":
            raise ApiError("unsupported_media_type")
        body: bytes | None = b"".join(parts)

        async def replay() -> Message:
            nonlocal body
            if body is None:
                return await receive()
            whole, body = body, None
            return {"type": "http.request", "body": whole, "more_body": False}

        return replay


class _ClientGoneError(Exception):
    """The client went away before its request was whole."""
