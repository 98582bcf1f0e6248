"""Work on all cores that gives the same bytes on any number of them.

Samples are computed in chunks of a fixed size, and marks finished one by one, each by one thread
with single-threaded matrix products, so that no reduction is ever split differently. numpy lets
other threads run meanwhile.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from typing import TypeVar

from threadpoolctl import ThreadpoolController

T = TypeVar("T")
R = TypeVar("R")

_lock = threading.Lock()
_users = 0


def count_cores() -> int:
    """Return how many cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        return os.cpu_count() or 1


def map_chunks(
    work: Callable[[T], R], chunks: Sequence[T], *, threads: int | None = None
) -> list[R]:
    """Return `work` of each chunk, in order; an error or Ctrl-C ends it and is raised."""
    n = min(threads or count_cores(), len(chunks))
    with _single_threaded_products():
        if n <= 1:
            return [work(chunk) for chunk in chunks]
        pool = ThreadPoolExecutor(n, thread_name_prefix="znak")
        try:
            return list(pool.map(work, chunks))
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _single_threaded_products() -> Iterator[None]:
    """Hold numpy's matrix library to one thread until the last user has left."""
    global _users  # noqa: PLW0603
    controller = _controller()
    with _lock:
        if _users == 0:
            _former.extend(library.num_threads for library in controller.lib_controllers)
            for library in controller.lib_controllers:
                library.set_num_threads(1)
        _users += 1
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if _users == 0:
                for library, n in zip(controller.lib_controllers, _former, strict=True):
                    library.set_num_threads(n)
                _former.clear()


_former: list[int] = []


@cache
def _controller() -> ThreadpoolController:
    """Return the control of numpy's own library (OpenBLAS), not of others such as torch's."""
    return ThreadpoolController().select(internal_api="openblas")
