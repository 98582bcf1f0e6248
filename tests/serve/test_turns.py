"""Suspects are made alone; all others side by side."""

from __future__ import annotations

import threading
import time

import pytest

from znak.serve.board import Stopping
from znak.serve.turns import SUSPECT, Turns


def run(turns: Turns, attempts: list[int]) -> tuple[list[int], list[int]]:
    """Hold turns in threads; return for each how many others held one with it, and the order."""
    held: set[int] = set()
    beside = [0] * len(attempts)
    order: list[int] = []

    def hold(place: int) -> None:
        with turns.take(attempts[place]):
            held.add(place)
            order.append(place)
            for _ in range(20):
                beside[place] = max(beside[place], len(held) - 1)
                time.sleep(0.005)
            held.discard(place)

    threads = [threading.Thread(target=hold, args=(k,)) for k in range(len(attempts))]
    for thread in threads:
        thread.start()
        time.sleep(0.01)
    for thread in threads:
        thread.join(20)
    assert sorted(order) == list(range(len(attempts)))
    return beside, order


def test_jobs_without_a_past_run_side_by_side():
    beside, _ = run(Turns(lambda: None), [0, 1, SUSPECT - 1])
    assert max(beside) == 2


def test_a_suspect_runs_alone_and_is_not_put_off_for_ever():
    beside, order = run(Turns(lambda: None), [0, 0, SUSPECT, 0, SUSPECT + 4])
    assert beside[2] == beside[4] == 0
    assert order.index(2) < order.index(3)


def test_whoever_waits_stops_with_the_worker():
    stop = threading.Event()

    def check() -> None:
        if stop.is_set():
            raise Stopping

    turns = Turns(check)
    with turns.take(0):
        stop.set()
        with pytest.raises(Stopping), turns.take(SUSPECT):
            pass
    with turns.take(0):  # it left nothing behind
        pass
