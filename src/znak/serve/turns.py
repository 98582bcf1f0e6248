"""Jobs run side by side, but for one that seems to bring workers down: that one runs alone.

When a worker dies, all jobs that it ran have one attempt more, whichever was to blame. From
`SUSPECT` attempts on a job waits until no other runs here: the innocent are done then, and only the
culprit goes on counting.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SUSPECT = 3
"""Attempts that came to nothing before a job is made alone."""
_LOOK_UP_S = 0.1


class Turns:
    """Who may run now. `check` is called while waiting and may raise."""

    def __init__(self, check: Callable[[], None]) -> None:
        """Begin with nobody running."""
        self._check = check
        self._changed = threading.Condition()
        self._running = 0
        self._suspects = 0
        self._is_alone = False

    @contextmanager
    def take(self, attempts: int) -> Iterator[None]:
        """Wait for the turn of a job with so many attempts behind it, and hold it."""
        if attempts >= SUSPECT:
            with self._alone():
                yield
        else:
            with self._beside():
                yield

    @contextmanager
    def _beside(self) -> Iterator[None]:
        with self._changed:
            while self._is_alone or self._suspects:  # who waits to be alone gets its turn
                self._wait()
            self._running += 1
        try:
            yield
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with self._changed:
            self._suspects += 1
            try:
                while self._is_alone or self._running:
                    self._wait()
                self._is_alone = True
            finally:
                self._suspects -= 1
                self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._is_alone = False
                self._changed.notify_all()

    def _wait(self) -> None:
        self._changed.wait(_LOOK_UP_S)
        self._check()
