"""What every route works with: settings, jobs, keys, limits, threads, and the sign to stop."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated, cast

from fastapi import Depends, Request

from znak.errors import ZnakError
from znak.serve.api.language import Language
from znak.serve.api.limits import Limiter, Slots
from znak.serve.api.metrics import Metrics
from znak.serve.api.pool import Pool
from znak.serve.jobs import Jobs
from znak.serve.keys import Keys
from znak.serve.settings import Settings

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Caller:
    """Who asks: the owner of the jobs, the names that limits count under, the language wanted.

    `owner` is None where a signed link stands for the owner.
    """

    request_id: str
    address: str
    language: Language
    owner: str | None = "anonymous"
    key_name: str | None = None


@dataclass(eq=False)
class Service:
    """The parts of a running API; made by `open_service`, closed once."""

    settings: Settings
    jobs: Jobs
    keys: Keys | None
    limiter: Limiter
    slots: Slots
    streams: Slots
    draw: Pool
    store: Pool
    wait: Pool
    owns_jobs: bool
    stopping: threading.Event = field(default_factory=threading.Event)
    _stops: set[threading.Event] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Make the figures, which look into the other parts."""
        self.metrics = Metrics(self._gauges)

    @property
    def models(self) -> tuple[str, ...]:
        """The engines that this server was started with, the default first."""
        return tuple(self.settings.engines)

    @contextlib.contextmanager
    def stop_sign(self) -> Iterator[threading.Event]:
        """Yield an event that is set when the server stops, and that the block may set itself."""
        sign = threading.Event()
        with self._lock:
            self._stops.add(sign)
            if self.stopping.is_set():
                sign.set()
        try:
            yield sign
        finally:
            sign.set()
            with self._lock:
                self._stops.discard(sign)

    def stop(self) -> None:
        """Let event streams and waiting requests end; called as soon as the server is to stop."""
        self.stopping.set()
        with self._lock:
            for sign in self._stops:
                sign.set()

    def close(self) -> None:
        """Stop, and close what `open_service` opened."""
        self.stop()
        for pool in (self.draw, self.store, self.wait):
            pool.close()
        if self.owns_jobs:
            self.jobs.close()

    def _gauges(self) -> dict[str, float]:
        found = {f"{pool.name}_threads_taken": float(pool.taken) for pool in self._pools()}
        try:
            found["jobs_queued"] = float(self.jobs.queued())
        except (ZnakError, OSError, RuntimeError) as error:
            log.warning("the queue can't be counted", extra={"reason": str(error)})
        return found

    def _pools(self) -> tuple[Pool, ...]:
        return (self.draw, self.store, self.wait)


def get_service(request: Request) -> Service:
    """Return the app's service."""
    return cast(Service, request.app.state.service)


def get_caller(request: Request) -> Caller:
    """Return who asks."""
    return cast(Caller, request.state.caller)


ServiceDep = Annotated[Service, Depends(get_service)]
CallerDep = Annotated[Caller, Depends(get_caller)]
