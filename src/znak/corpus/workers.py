"""Work in several processes, results in order, a bounded number of jobs in memory."""

from __future__ import annotations

import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import TypeVar

from znak.errors import ZnakError

Job = TypeVar("Job")
Result = TypeVar("Result")


def map_ordered(
    function: Callable[[Job], Result], jobs: Iterable[Job], *, processes: int
) -> Iterator[Result]:
    """Yield `function` of each job in order; in this process when `processes` is 1.

    Jobs are drawn no further ahead than the processes need. Ctrl-C reaches this process alone.
    Raises ZnakError when a process is killed.
    """
    if processes <= 1:
        yield from map(function, jobs)
        return
    with ProcessPoolExecutor(
        processes,
        mp_context=get_context("spawn"),
        initializer=signal.signal,
        initargs=(signal.SIGINT, signal.SIG_IGN),
    ) as pool:
        waiting: deque[Future[Result]] = deque()
        try:
            for job in jobs:
                waiting.append(pool.submit(function, job))
                if len(waiting) > processes + 1:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BrokenProcessPool as error:
            raise ZnakError(
                "a working process was killed, perhaps for want of memory: run again with fewer processes",
                ru="Рабочий процесс был убит, возможно, не хватило памяти: повторите с меньшим числом процессов",
            ) from error
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
