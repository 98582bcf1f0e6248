"""What a worker looks after besides its jobs: those of the dead, those past their time, those stuck."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from dbos import DBOS

from znak.serve import slots
from znak.serve.board import Board
from znak.serve.job import INTERNAL, StoreBusy
from znak.serve.jobs import folder_of, partial_of
from znak.serve.results import remove_folder
from znak.serve.store import Store

_RESCUE_S = 1.0
_TIDY_S = 30.0
_STUCK_S = 15.0
"""Age from which a job that nobody makes is looked at."""
_KEPT = timedelta(minutes=10)
"""How long DBOS's own rows of finished jobs stay."""
_ENDED = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]
log = logging.getLogger(__name__)


class Keeper:
    """A thread beside the jobs."""

    def __init__(self, store: Store, slot: slots.Slot, board: Board) -> None:
        """Start nothing yet."""
        self._store, self._slot, self._board = store, slot, board
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="znak-keeper", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def close(self) -> None:
        """End the thread."""
        self._end.set()
        self._thread.join(timeout=15)

    def _run(self) -> None:
        ttl = self._store.settings.job_ttl_s
        every = {self.rescue: _RESCUE_S, self.reap: min(_TIDY_S, ttl / 4), self.mend: _STUCK_S}
        every[self.forget] = 2 * _TIDY_S
        due = dict.fromkeys(every, 0.0)
        while not self._end.wait(min(every.values())):
            for task, pause in every.items():
                if time.monotonic() >= due[task]:
                    self._do(task)
                    due[task] = time.monotonic() + pause

    def _do(self, task: Callable[[], object]) -> None:
        try:
            task()
        except StoreBusy as error:
            log.warning("%s is put off: %s", task.__name__, error)
        except Exception:
            if not self._end.is_set():
                log.exception("%s is put off", task.__name__)

    def rescue(self) -> int:
        """Queue again what dead workers ran; return how many jobs."""
        rescued = 0
        with slots.dead(self._slot.path.parent, mine=self._slot) as found:
            for slot in found:
                # DBOS's own way for an executor that is known to be dead
                rescued += len(DBOS._recover_pending_workflows([slot.name]))
        if rescued:
            log.warning("took over the jobs of a dead worker", extra={"jobs": rescued})
        return rescued

    def reap(self) -> int:
        """Remove jobs that are past their time, with their files; return how many."""
        settings = self._store.settings
        expired = [j for j in self._store.expired() if j not in self._board.running()]
        for job_id in expired:
            remove_folder(
                folder_of(settings, job_id), partial=partial_of(settings, self._slot.name)
            )
        if expired:
            self._store.remove(expired)
        return len(expired)

    def mend(self) -> int:
        """Run again what DBOS gave to this worker and it doesn't run, and end what DBOS forgot."""
        old = time.time() - _STUCK_S
        mended = 0
        mine = DBOS.list_workflows(
            status="PENDING", executor_id=[self._slot.name], load_input=False, load_output=False
        )
        for workflow in mine:
            late = (workflow.updated_at or 0) / 1000 < old
            if late and workflow.workflow_id not in self._board.running():
                DBOS.resume_workflow(workflow.workflow_id)
                mended += 1
        active = self._store.active_before(old)
        if active:
            known = {
                w.workflow_id: w.status
                for w in DBOS.list_workflows(
                    workflow_ids=active, load_input=False, load_output=False
                )
            }
            for job_id in active:
                if known.get(job_id, _ENDED[0]) in _ENDED and job_id not in self._board.running():
                    mended += self._store.end(job_id, "failed", INTERNAL)
        if mended:
            log.warning("mended jobs that were stuck", extra={"jobs": mended})
        return mended

    def forget(self) -> int:
        """Remove DBOS's rows of what ended a while ago; return how many."""
        before = (datetime.now(UTC) - _KEPT).isoformat()
        total = 0
        while not self._end.is_set():
            ended = DBOS.list_workflows(
                status=_ENDED,
                completed_before=before,
                limit=500,
                load_input=False,
                load_output=False,
            )
            if not ended:
                break
            DBOS.delete_workflows([workflow.workflow_id for workflow in ended])
            total += len(ended)
        return total
