"""`Worker`: the process that makes the jobs.

    worker = Worker(settings)          # Worker(settings, tools=fake_tools()) in tests
    worker.start()
    …
    worker.stop()

DBOS hands the jobs out and hands them out again when the worker that had one is gone: after kill -9,
a restart or an upgrade. Making a job twice does no harm: its folder is written by one rename, and its
row changes only from "running". One worker a process, since DBOS has one state a process.
"""

from __future__ import annotations

import logging
import shutil
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from typing import TypeVar

from dbos import DBOS, DBOSConfig

from znak.errors import InputError, ZnakError
from znak.serve import portable, slots
from znak.serve.batching import Batching
from znak.serve.board import Board, Cancelled, Stopping
from znak.serve.job import CRASHED, INTERNAL, Job, StoreBusy, problem_of
from znak.serve.jobs import folder_of, partial_of
from znak.serve.keeper import Keeper
from znak.serve.making import gather, make, open_engines
from znak.serve.results import is_saved, remove_folder, save_result
from znak.serve.settings import Settings
from znak.serve.store import Store
from znak.serve.turns import Turns
from znak.studio.tools import Tools

_LONGEST_PAUSE = 5.0
_T = TypeVar("_T")
log = logging.getLogger(__name__)


class Worker:
    """See the module. `start` and `stop` are called once each."""

    def __init__(
        self, settings: Settings, *, tools: Tools | Mapping[str, Tools] | None = None
    ) -> None:
        """Take the settings; `tools` stand in for every engine, or for those that they name."""
        self.settings = settings
        self._given = tools
        self._tools: dict[str, Tools] = {}
        self._stopping = threading.Event()
        self._slot: slots.Slot | None = None
        self._keeper: Keeper | None = None

    @property
    def name(self) -> str:
        """What DBOS calls this process."""
        assert self._slot is not None
        return self._slot.name

    def start(self) -> None:
        """Open engines and store, take up what a dead worker left, then what waits.

        Raises ZnakError for engines that can't be opened and a store that can't be used.
        """
        self._tools = gather(self._open_tools(), self.settings)
        self._slot = slots.claim(self.settings.data / "workers")
        try:
            self._store = Store(self.settings)
            self._board = Board(self._store)
            self._turns = Turns(self._board.check)
        except BaseException:
            self._slot.release()
            raise
        try:
            shutil.rmtree(partial_of(self.settings, self.name), ignore_errors=True)
            self._launch()
        except BaseException:
            DBOS.destroy(destroy_registry=True)
            self._store.close()
            self._slot.release()
            raise
        self._board.start()
        self._keeper = Keeper(self._store, self._slot, self._board)
        self._keeper.start()
        log.info("worker ready", extra={"worker": self.name, "engines": sorted(self._tools)})

    def stop(self, timeout: float | None = None) -> None:
        """Take no more jobs, let those that run finish for `timeout` s, leave the rest for later."""
        if self._slot is None:
            return
        timeout = self.settings.stop_s if timeout is None else timeout
        self._stopping.set()
        self._await_idle(timeout)
        self._board.interrupt.set()
        self._await_idle(10.0)
        if self._keeper is not None:
            self._keeper.close()
        DBOS.destroy(destroy_registry=True)
        self._board.close()
        self._store.close()
        self._slot.release()
        self._slot = None
        log.info("worker stopped")

    def running(self) -> int:
        """Return how many jobs run here."""
        return len(self._board.running())

    def _open_tools(self) -> dict[str, Tools]:
        if self._given is None:
            return open_engines(self.settings)
        if isinstance(self._given, Tools):
            return dict.fromkeys(self.settings.engines, self._given)
        return dict(self._given)

    def _launch(self) -> None:
        DBOS.destroy(destroy_registry=True)
        config: DBOSConfig = {
            "name": portable.APPLICATION,
            "system_database_url": self._store.url,
            "application_version": portable.JOBS_VERSION,
            "executor_id": self.name,
            "serializer": portable.SERIALIZER,
            "log_level": "WARNING",
            "notification_listener_polling_interval_sec": 0.2,  # looks at maps in memory
            "scheduler_polling_interval_sec": 3600.0,
        }
        DBOS(config=config)
        _quieten()

        def run(job_id: str) -> None:
            self._run(job_id)

        DBOS.workflow(
            name=portable.WORKFLOW,
            serialization_type=portable.FORMAT,
            max_recovery_attempts=1000,  # our own count decides, see Settings.max_attempts
        )(run)
        self._store.register_queue()
        DBOS.launch()

    def _run(self, job_id: str) -> None:
        """Make a job: the workflow. What it raises of ours leaves the job to be run again."""
        if self._stopping.is_set():
            raise Stopping
        if not self._board.enter(job_id):
            return
        began = time.monotonic()
        try:
            ended = self._make(job_id)
            took = round(time.monotonic() - began, 3)
            log.info("job over", extra={"job": job_id, "state": ended, "seconds": took})
        except Stopping:
            self._put_back(job_id)
            raise
        finally:
            self._board.leave(job_id)

    def _make(self, job_id: str) -> str:
        """Make a job in its turn and return the state that it ended in."""
        attempts = self._insist(lambda: self._store.attempts(job_id))
        with self._turns.take(attempts):
            return self._make_now(job_id)

    def _make_now(self, job_id: str) -> str:
        begun = self._insist(lambda: self._store.begin(job_id))
        if begun is None:
            return "over"
        job, attempt = begun
        if attempt > self.settings.max_attempts:
            self._insist(lambda: self._store.end(job_id, "failed", CRASHED))
            return "failed"
        self._board.follow(job_id)
        folder = folder_of(self.settings, job_id)
        try:
            if not is_saved(folder):
                self._draw(job)
        except Cancelled:
            return "cancelled"
        except ZnakError as error:
            problem = problem_of(error)
            # what the user wrote is in input errors, and not for the log
            told = "" if problem.code == "input" else str(error)
            log.warning("job failed", extra={"job": job_id, "code": problem.code, "reason": told})
            self._insist(lambda: self._store.end(job_id, "failed", problem))
            return "failed"
        except Exception:
            log.exception("job failed", extra={"job": job_id})
            self._insist(lambda: self._store.end(job_id, "failed", INTERNAL))
            return "failed"
        if not self._insist(lambda: self._store.end(job_id, "done")):
            # cancelled or deleted in the last moment; where another run ended it, the files stay
            found = self._insist(lambda: self._store.find(job_id))
            if found is None or found.state != "done":
                remove_folder(folder, partial=partial_of(self.settings, self.name))
                return "cancelled"
        return "done"

    def _draw(self, job: Job) -> None:
        tools = self._tools.get(job.order.engine)
        if tools is None:
            known = ", ".join(self._tools)
            raise InputError(
                f"no engine is called {job.order.engine!r}: this server has {known}",
                ru=f"Движка {job.order.engine!r} нет, на этом сервере есть: {known}",
            )
        engine = tools.engine
        with engine.using() if isinstance(engine, Batching) else nullcontext():
            result = make(
                job.order,
                tools,
                lambda phase, progress: self._board.tell(job.id, phase, progress),
            )
        self._board.tell(job.id, "writing", 0.99)
        save_result(
            result,
            job.order,
            folder_of(self.settings, job.id),
            partial=partial_of(self.settings, self.name),
        )

    def _insist(self, action: Callable[[], _T]) -> _T:
        """Return what the store answers, however long it is locked or full."""
        pause = 0.2
        while True:
            try:
                return action()
            except StoreBusy as error:
                log.warning("%s", error)
                if self._board.interrupt.wait(pause):
                    raise Stopping from error
                pause = min(2 * pause, _LONGEST_PAUSE)

    def _put_back(self, job_id: str) -> None:
        try:
            self._store.put_back(job_id)
        except StoreBusy as error:  # it stays "running" until it is taken up again
            log.warning("%s", error)

    def _await_idle(self, timeout: float) -> None:
        until = time.monotonic() + timeout
        while self._board.running() and time.monotonic() < until:
            time.sleep(0.02)


def _quieten() -> None:
    """Let DBOS's log go where ours goes."""
    logger = logging.getLogger("dbos")
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
    logger.propagate = True
