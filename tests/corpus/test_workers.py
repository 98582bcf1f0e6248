import os
import signal

import pytest

from znak.corpus.workers import map_ordered
from znak.errors import DataError, ZnakError


def slowest_first(n):
    return n * n


def refuse(n):
    raise DataError(f"bad {n}", ru=f"плохо {n}")


def die(n):
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("processes", [1, 2])
def test_gives_results_in_order_and_draws_jobs_as_needed(processes):
    drawn = []
    jobs = (drawn.append(n) or n for n in range(12))
    results = map_ordered(slowest_first, jobs, processes=processes)
    assert next(results) == 0
    assert len(drawn) <= 4
    assert list(results) == [n * n for n in range(1, 12)]


def test_an_error_arrives_whole():
    with pytest.raises(DataError, match="bad 0") as caught:
        list(map_ordered(refuse, range(3), processes=2))
    assert caught.value.ru == "плохо 0"


def test_names_a_killed_process():
    with pytest.raises(ZnakError, match="was killed"):
        list(map_ordered(die, range(3), processes=2))
