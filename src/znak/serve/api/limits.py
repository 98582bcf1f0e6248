"""How much one caller may ask: requests in a time (the library `limits`) and requests at once.

A caller is a key and an address: both are counted, and the tighter one decides. Addresses of IPv6
count by their /64, which one subscriber has. Counters live in this process: behind several
processes each one counts for itself.
"""

from __future__ import annotations

import ipaddress
import math
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from znak.errors import InputError
from znak.serve.api.problems import ApiError


class Limiter:
    """Rates of named kinds of requests, such as {"make": "60/minute", "read": "600/minute"}."""

    def __init__(self, rates: Mapping[str, str]) -> None:
        """Take the rates; raise InputError for one that isn't like `60/minute`. "" sets no limit."""
        self._rates = {name: _parse(name, rate) for name, rate in rates.items() if rate}
        self._storage = MemoryStorage()
        self._limiter = SlidingWindowCounterRateLimiter(self._storage)

    def hit(self, name: str, callers: Sequence[str], *, cost: int = 1) -> dict[str, str]:
        """Count a request, or `cost` of them, for each of `callers` and return the headers that say what is left.

        Raises ApiError `rate_limited`, with `Retry-After`, when one of them is over the rate.
        """
        rate = self._rates.get(name)
        if rate is None:
            return {}
        tightest: tuple[int, float] | None = None
        over = False
        for caller in callers:
            over = not self._limiter.hit(rate, name, caller, cost=min(cost, rate.amount)) or over
            stats = self._limiter.get_window_stats(rate, name, caller)
            left = (stats.remaining, stats.reset_time)
            tightest = left if tightest is None else min(tightest, left)
        if tightest is None:
            return {}
        remaining, reset = tightest
        wait = max(1, math.ceil(reset - time.time()))
        headers = {
            "RateLimit-Policy": f'"{name}";q={rate.amount};w={rate.get_expiry()}',
            "RateLimit": f'"{name}";r={max(0, remaining)};t={wait}',
        }
        if over:
            raise ApiError(
                "rate_limited",
                f"More than {rate.amount} requests in {rate.get_expiry()} s: "
                f"try again in {wait} s.",
                f"Больше {rate.amount} запросов за {rate.get_expiry()} с: повторите через {wait} с.",
                headers={**headers, "Retry-After": str(wait)},
            )
        return headers


def _parse(name: str, rate: str) -> RateLimitItem:
    try:
        return parse(rate)
    except ValueError as error:
        raise InputError(
            f"the rate {name} is {rate!r}: write it as 60/minute",
            ru=f"Ограничение {name} — {rate!r}: напишите его как 60/minute",
        ) from error


class Slots:
    """How many requests each caller, and all of them, have open at once."""

    def __init__(self, *, each: int, all_: int) -> None:
        """Take the most that one caller may have open, and the most of all together."""
        self._each, self._all = each, all_
        self._open: Counter[str] = Counter()
        self._total = 0
        self._lock = threading.Lock()

    @contextmanager
    def take(self, callers: Sequence[str]) -> Iterator[None]:
        """Hold a slot of each of `callers`; raise ApiError `too_many_at_once` where none is left."""
        with self._lock:
            if self._total >= self._all or any(
                self._open[caller] >= self._each for caller in callers
            ):
                raise ApiError(
                    "too_many_at_once",
                    f"At most {self._each} requests of one caller and {self._all} of all are "
                    "answered at once: wait for the earlier ones.",
                    f"Одновременно выполняется не больше {self._each} запросов одного клиента и "
                    f"{self._all} всех: дождитесь предыдущих.",
                    headers={"Retry-After": "1"},
                )
            self._open.update(callers)
            self._total += 1
        try:
            yield
        finally:
            with self._lock:
                self._total -= 1
                self._open.subtract(callers)
                for caller in callers:
                    if not self._open[caller]:
                        del self._open[caller]


def address_of(host: str | None) -> str:
    """Return the name that an address is counted under."""
    try:
        address = ipaddress.ip_address((host or "").partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def is_loopback(host: str) -> bool:
    """Say whether a name or an address is that of this machine alone."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
