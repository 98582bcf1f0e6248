"""uvicorn, set for the open: quiet about itself, no trust in headers, an end to slow clients.

    make_server(settings).run()

Without it, `uvicorn --factory znak.serve.api:create_app` runs the same app with uvicorn's defaults.
"""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

from znak.serve.api.app import create_app
from znak.serve.settings import Settings

HEADERS_S = 10.0
"""How long a connection may take to send the head of a request."""
MAX_HEAD = 32_768
"""Most bytes of it."""
_KEEP_ALIVE_S = 15
_END_S = 10


class PatientProtocol(H11Protocol):
    """HTTP/1.1 that closes connections which open and don't ask."""

    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the head of the first request."""
        super().connection_made(transport)
        self._wait_for_head()

    def data_received(self, data: bytes) -> None:
        """Stop waiting when a head is whole; begin when a new one begins."""
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._stop_waiting()
        elif self._head_timer is None:
            self._wait_for_head()

    def on_response_complete(self) -> None:
        """Leave an idle connection to the keep-alive's own timer."""
        self._stop_waiting()
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the timer."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait_for_head(self) -> None:
        self._head_timer = self.loop.call_later(HEADERS_S, self._give_up)

    def _stop_waiting(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _give_up(self) -> None:
        self._head_timer = None
        if not self.transport.is_closing():
            self.transport.close()


class ApiServer(uvicorn.Server):
    """uvicorn's server, which tells the app to stop before it waits for open answers."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        """Take the app beside its configuration."""
        super().__init__(config)
        self._app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let streams and waiting requests end, then shut down."""
        self._app.state.service.stop()
        await super().shutdown(sockets)


def make_server(settings: Settings, app: FastAPI | None = None, **options: Any) -> ApiServer:
    """Return a server for the settings; `options` are uvicorn's and win."""
    app = app or create_app(settings)
    given: dict[str, Any] = {
        "host": settings.host,
        "port": settings.port,
        "http": PatientProtocol,
        "ws": "none",
        "lifespan": "on",
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "proxy_headers": bool(settings.trusted_proxies),
        "forwarded_allow_ips": list(settings.trusted_proxies),
        "limit_concurrency": settings.at_once_all + settings.streams + 64,
        "backlog": 512,
        "timeout_keep_alive": _KEEP_ALIVE_S,
        "timeout_graceful_shutdown": _END_S,
        "h11_max_incomplete_event_size": MAX_HEAD,
        **options,
    }
    return ApiServer(uvicorn.Config(app, **given), app)
