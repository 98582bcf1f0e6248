"""The progress of the running jobs, stored together once in a while, and who need not go on."""

from __future__ import annotations

import logging
import threading

from znak.serve.job import Phase, StoreBusy
from znak.serve.store import Store

log = logging.getLogger(__name__)


class Cancelled(BaseException):
    """The job that is being made is not wanted any more. Passes every `except Exception` between."""


class Stopping(BaseException):
    """The worker stops; the job is left for the next one."""


class Board:
    """What job threads tell of their progress goes to the store from a thread of its own."""

    def __init__(self, store: Store) -> None:
        """Begin with no jobs."""
        self._store = store
        self._every = store.settings.progress_s
        self._here: set[str] = set()
        self._rows: dict[str, tuple[Phase, float]] = {}
        self._gone: set[str] = set()
        self._lock = threading.Lock()
        self._end = threading.Event()
        self.interrupt = threading.Event()
        self._thread = threading.Thread(target=self._run, name="znak-board", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def close(self) -> None:
        """End the thread."""
        self._end.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def enter(self, job_id: str) -> bool:
        """Note that a job runs; say False for one that runs here already."""
        with self._lock:
            if job_id in self._here:
                return False
            self._here.add(job_id)
            return True

    def follow(self, job_id: str) -> None:
        """Store the job's progress from now on: its row says that it runs."""
        with self._lock:
            self._rows[job_id] = ("drawing", 0.0)

    def leave(self, job_id: str) -> None:
        """Note that a job runs no longer."""
        with self._lock:
            self._here.discard(job_id)
            self._rows.pop(job_id, None)
            self._gone.discard(job_id)

    def running(self) -> set[str]:
        """Return the jobs that run here."""
        with self._lock:
            return set(self._here)

    def check(self) -> None:
        """Raise Stopping where nothing is to go on."""
        if self.interrupt.is_set():
            raise Stopping

    def tell(self, job_id: str, phase: Phase, progress: float) -> None:
        """Note a job's progress; raise Cancelled or Stopping where it is not to go on."""
        self.check()
        if job_id in self._gone:
            raise Cancelled
        with self._lock:
            if job_id in self._rows:  # several threads tell: never back
                progress = max(progress, self._rows[job_id][1])
                self._rows[job_id] = (phase, progress)

    def _run(self) -> None:
        while not self._end.wait(self._every):
            with self._lock:
                rows = dict(self._rows)
            if not rows:
                continue
            try:
                gone = self._store.report(rows)
            except StoreBusy as error:
                log.warning("progress is not stored: %s", error)
                continue
            except Exception:
                log.exception("progress is not stored")
                continue
            with self._lock:
                self._gone |= gone & set(self._rows)
