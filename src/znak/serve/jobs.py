"""`Jobs`: what the HTTP API, the page and the bot do with jobs. No job is drawn in here.

    jobs = Jobs(settings)
    job = jobs.submit(Order(prompt="a fox", name="Foxy"), owner="anonymous", key="order-17")
    job = jobs.wait(job.id, timeout=30)
    saved = load_result(jobs.folder(job))

Every method may be called from any thread; all raise StoreBusy where the store doesn't answer. A
worker (`znak.serve.worker`) must run somewhere on the same store and data folder.
"""

from __future__ import annotations

import dataclasses
import secrets
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.exc import IntegrityError

from znak.errors import InputError
from znak.serve import slots
from znak.serve.job import Job, KeyConflict, NoSuchJob, Problem, QueueFull, StoreBusy
from znak.serve.order import Order, check_order
from znak.serve.results import remove_folder
from znak.serve.settings import Settings
from znak.serve.store import Store
from znak.serve.watching import Post, Watcher

__all__ = ["Job", "Jobs", "KeyConflict", "NoSuchJob", "Problem", "QueueFull", "StoreBusy"]

_LONGEST_KEY = 255
_LOOK_UP = 0.5
"""How often a watcher looks whether it is told to stop, s."""


class Jobs:
    """The jobs of a store. Close it at the end."""

    def __init__(self, settings: Settings) -> None:
        """Open the store, and make it where there is none."""
        self.settings = settings
        self._store = Store(settings)
        self._watcher = Watcher(self._store)

    def submit(self, order: Order, *, owner: str, key: str | None = None) -> Job:
        """Store an order as a job for the worker; what is returned will be done, come what may.

        The same owner, key and order give the same job. Raises InputError for an order that can't
        be met or won't be drawn, KeyConflict for a key that stands for another order, QueueFull.
        """
        if key is not None and not 1 <= len(key) <= _LONGEST_KEY:
            raise InputError(
                f"the idempotency key has {len(key)} characters: give 1 to {_LONGEST_KEY}",
                ru=f"В ключе идемпотентности {len(key)} знаков: нужно от 1 до {_LONGEST_KEY}",
            )
        if key is not None and (known := self._known(owner, key, order)) is not None:
            return known
        check_order(order, self.settings)
        if not order.engine:
            order = order.model_copy(update={"engine": self.settings.default_engine})
        try:
            job = self._store.add(secrets.token_hex(20), order, owner=owner, key=key)
        except IntegrityError:
            known = self._known(owner, key or "", order)
            if known is None:
                raise
            return known
        if job is None:
            raise QueueFull(self._store.retry_after())
        return job

    def get(self, job_id: str, *, owner: str | None = None) -> Job:
        """Return a job; raise NoSuchJob for one that is unknown, past its time or another owner's."""
        job = self._store.find(job_id) if 0 < len(job_id) <= 64 and job_id.isalnum() else None
        if job is None or (owner is not None and job.owner != owner):
            raise NoSuchJob
        return job

    def list(self, owner: str, *, limit: int = 20) -> list[Job]:
        """Return the owner's jobs, the latest first."""
        return self._store.owned(owner, limit)

    def cancel(self, job_id: str, *, owner: str | None) -> Job:
        """Cancel a job that is not over, and return it as it is then. A running one stops shortly."""
        job = self.get(job_id, owner=owner)
        if not job.is_over:
            self._store.end(job_id, "cancelled")
        return self.get(job_id, owner=owner)

    def delete(self, job_id: str, *, owner: str | None) -> None:
        """Forget a job and remove its files; one that runs is cancelled."""
        job = self.get(job_id, owner=owner)
        if not job.is_over:
            self._store.end(job_id, "cancelled")
        self._store.remove([job_id])
        remove_folder(self.folder(job), partial=partial_of(self.settings))

    def wait(self, job_id: str, *, timeout: float) -> Job:
        """Return the job when it is over, or as it stands after `timeout` seconds."""
        latest = self.get(job_id)
        if latest.is_over or timeout <= 0:
            return latest
        for job in self.watch(latest, timeout=timeout):
            latest = job
        return latest

    def watch(
        self,
        job: str | Job,
        *,
        stop: threading.Event | None = None,
        timeout: float | None = None,
    ) -> Iterator[Job]:
        """Yield the job as it is, then after each change, until it is over.

        Ends early after `timeout` seconds, soon after `stop` is set, and when these jobs are closed.
        A job that is given as it was found is not looked for first: then a store that does not
        answer only delays the news. Raises NoSuchJob; a job that goes away while it is watched is
        "expired".
        """
        if isinstance(job, str):
            job = self.get(job)
        yield job
        until = None if timeout is None else time.monotonic() + timeout
        with self._watcher.follow(job.id) as post:
            number = 0
            while not job.is_over and not (stop is not None and stop.is_set()):
                left = None if until is None else until - time.monotonic()
                if (left is not None and left <= 0) or self._watcher.is_closed:
                    return
                news = _next(post, number, left)
                if news == number:
                    continue
                number, found = news, post.job
                found = dataclasses.replace(job, state="expired") if found is None else found
                if found != job:
                    job = found
                    yield job

    def folder(self, job: Job) -> Path:
        """Return the folder of the job's files; it is there, whole, when the job is done."""
        return folder_of(self.settings, job.id)

    def queued(self) -> int:
        """Return how many jobs wait."""
        return self._store.count("queued")

    def running(self) -> int:
        """Return how many jobs are being made."""
        return self._store.count("running")

    def has_worker(self) -> bool:
        """Say whether a worker lives that makes these jobs."""
        return slots.is_any_live(self.settings.data / "workers")

    def close(self) -> None:
        """Wake all who wait and close the store."""
        self._watcher.close()
        self._store.close()

    def _known(self, owner: str, key: str, order: Order) -> Job | None:
        found = self._store.find_key(owner, key)
        if found is None:
            return None
        job, digest = found
        if job.expires <= datetime.now(UTC):  # its time is over, and the key is free again
            self._store.remove([job.id])
            remove_folder(self.folder(job), partial=partial_of(self.settings))
            return None
        named = order.model_copy(update={"engine": order.engine or self.settings.default_engine})
        if named.digest != digest:
            raise KeyConflict
        return job


def folder_of(settings: Settings, job_id: str) -> Path:
    """Return where the files of a job lie."""
    return settings.results / job_id[:2] / job_id


def partial_of(settings: Settings, place: str = "jobs") -> Path:
    """Return where files lie that are being written or removed; on the disk of the results."""
    return settings.results / ".partial" / place


def _next(post: Post, number: int, timeout: float | None) -> int:
    """Return the number of the latest news, after waiting a moment for one that is new."""
    wait = _LOOK_UP if timeout is None else min(_LOOK_UP, timeout)
    with post.changed:
        if post.number == number:
            post.changed.wait(wait)
        return post.number
