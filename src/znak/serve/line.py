"""Writers of one process in a line: SQLite lets one in at a time, and not in the order they came.

Left to themselves, threads that want to write wake at random moments and try again. While many do, one
of them can be passed by for as long as it may wait, although the store answers all the time; here each
has its turn, and only one of them asks the store. How long a writer may still wait for the store when
its turn has come is told by what the line has seen since it joined: as long as the store let somebody
in, it is given its whole patience.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class Line:
    """See the module. `patience_s` is how long the store may let nobody in."""

    def __init__(self, patience_s: float) -> None:
        """Begin with nobody in the line."""
        self._patience_s = patience_s
        self._lock = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._is_taken = False
        self._moved = float("-inf")
        self._is_in = False

    @contextmanager
    def turn(self) -> Iterator[float]:
        """Wait for a turn and hold it; yield how long the store may be waited for, s."""
        joined = time.monotonic()
        mine = threading.Event()
        with self._lock:
            is_first = not self._is_taken
            if is_first:
                self._is_taken = True
                mine.set()
            else:
                self._waiting.append(mine)
        try:
            mine.wait()  # whoever is before us has a turn that ends
            waited = 0.0 if is_first or self._moved >= joined else time.monotonic() - joined
            yield max(0.0, self._patience_s - waited)
        finally:
            self._leave(mine)

    def _leave(self, mine: threading.Event) -> None:
        """Let the next one in; whoever is interrupted while waiting leaves the line."""
        with self._lock:
            if mine in self._waiting:
                self._waiting.remove(mine)
                return
            if self._is_in:  # a turn may be long: the store was ours until now
                self._is_in, self._moved = False, time.monotonic()
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._is_taken = False

    def move(self) -> None:
        """Note that the store let the holder of the turn in."""
        self._is_in = True
