"""How fast the bot may speak: about a message a second to a chat, twenty a minute to a group, thirty
a second in all (core.telegram.org/bots/faq); short bursts are allowed.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass


@dataclass
class _Bucket:
    left: float
    seen: float


class Pace:
    """Buckets of messages, refilled as time goes by."""

    def __init__(self, *, factor: float = 1.0, clock: Callable[[], float] = time.monotonic) -> None:
        """Allow `factor` times the usual pace."""
        self._factor = factor
        self._clock = clock
        self._buckets: OrderedDict[int, _Bucket] = OrderedDict()

    def take(self, chat: int, weight: int = 1) -> float:
        """Take `weight` messages to a chat, or return how many seconds to wait first.

        A bucket that is not empty gives an album as a whole; the next message waits the longer.
        """
        now = self._clock()
        waits = [self._wait(key, now) for key in (0, chat)]
        if max(waits) > 0:
            return max(waits)
        for key in (0, chat):
            self._bucket(key, now).left -= weight
        return 0.0

    def _wait(self, key: int, now: float) -> float:
        rate, _ = self._limits(key)
        return max(0.0, (1 - self._bucket(key, now).left) / rate)

    def _bucket(self, key: int, now: float) -> _Bucket:
        rate, size = self._limits(key)
        bucket = self._buckets.setdefault(key, _Bucket(size, now))
        bucket.left = min(size, bucket.left + (now - bucket.seen) * rate)
        bucket.seen = now
        self._buckets.move_to_end(key)
        while len(self._buckets) > 10_000:
            self._buckets.popitem(last=False)
        return bucket

    def _limits(self, key: int) -> tuple[float, float]:
        """Return (messages a second, size of the bucket)."""
        rate, size = (25.0, 25.0) if key == 0 else (20 / 60, 10.0) if key < 0 else (1.0, 8.0)
        return rate * self._factor, size * self._factor
