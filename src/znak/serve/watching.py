"""News of jobs for all who wait for them: one query in a time, however many they are."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from znak.serve.job import Job, StoreBusy
from znak.serve.store import Store

log = logging.getLogger(__name__)


class Post:
    """Where one job's news lie. `number` grows with each; `job` is None when the job is gone."""

    def __init__(self) -> None:
        """Begin without news."""
        self.readers = 0
        self.number = 0
        self.job: Job | None = None
        self.changed = threading.Condition()

    def put(self, job: Job | None) -> None:
        """Tell the readers what is new, if it is."""
        with self.changed:
            if self.number == 0 or job != self.job:
                self.job = job
                self.number += 1
                self.changed.notify_all()

    def wake(self) -> None:
        """Let the readers look up."""
        with self.changed:
            self.changed.notify_all()


class Watcher:
    """A thread that asks the store for the jobs that are waited for; it sleeps while there are none."""

    def __init__(self, store: Store) -> None:
        """Start nothing yet."""
        self._store = store
        self._every = store.settings.poll_s
        self._posts: dict[str, Post] = {}
        self._lock = threading.Lock()
        self._wanted = threading.Event()
        self._closed = False
        self._thread: threading.Thread | None = None

    @property
    def is_closed(self) -> bool:
        """Say whether nothing more will be heard."""
        return self._closed

    @contextmanager
    def follow(self, job_id: str) -> Iterator[Post]:
        """Yield the post of a job that is followed inside the block."""
        with self._lock:
            post = self._posts.setdefault(job_id, Post())
            post.readers += 1
            if self._thread is None and not self._closed:
                self._thread = threading.Thread(target=self._run, name="znak-watcher", daemon=True)
                self._thread.start()
            self._wanted.set()
        try:
            yield post
        finally:
            with self._lock:
                post.readers -= 1
                if post.readers == 0:
                    self._posts.pop(job_id, None)

    def close(self) -> None:
        """End the thread and wake all who wait."""
        self._closed = True
        self._wanted.set()
        with self._lock:
            posts = list(self._posts.values())
        for post in posts:
            post.wake()
        if self._thread is not None:
            self._thread.join(timeout=10)

    def _run(self) -> None:
        while not self._closed:
            self._wanted.wait()
            with self._lock:
                posts = dict(self._posts)
                if not posts and not self._closed:
                    self._wanted.clear()
                    continue
            began = time.monotonic()
            if not self._closed:
                self._ask(posts)
            # no more than a third of one core for the asking itself
            time.sleep(max(self._every, 2 * (time.monotonic() - began)))

    def _ask(self, posts: dict[str, Post]) -> None:
        try:
            found = {job.id: job for job in self._store.find_all(posts)}
        except StoreBusy as error:
            log.warning("no news of jobs: %s", error)
            return
        except Exception:
            log.exception("no news of jobs")
            return
        for job_id, post in posts.items():
            post.put(found.get(job_id))
