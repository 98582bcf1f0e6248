"""Writers come in turn, and those who wait are told of a store that lets nobody in."""

from __future__ import annotations

import sqlite3
import threading
import time

import pytest

from znak.serve.job import StoreBusy
from znak.serve.jobs import Jobs
from znak.serve.line import Line
from znak.serve.order import Order
from znak.serve.settings import Settings

FOX = Order(prompt="a fox for a coffee shop", name="Foxy")


def test_whoever_comes_first_is_first():
    line, order = Line(5.0), []

    def write(number: int) -> None:
        with line.turn():
            order.append(number)

    with line.turn():
        threads = [threading.Thread(target=write, args=(number,)) for number in range(12)]
        for place, thread in enumerate(threads, start=1):
            thread.start()
            while len(line._waiting) < place:
                time.sleep(0.001)
    for thread in threads:
        thread.join(10)
    assert order == list(range(12))
    with line.turn() as left:  # the line is free again
        assert left == pytest.approx(5.0, abs=1.0)


def test_a_turn_ends_also_by_an_error():
    line = Line(5.0)
    with pytest.raises(ZeroDivisionError), line.turn():
        raise ZeroDivisionError
    with line.turn() as left:
        assert left > 0


@pytest.mark.parametrize("is_let_in", [True, False])
def test_patience_goes_on_while_the_store_lets_somebody_in(is_let_in):
    line, left = Line(0.2), []

    def write() -> None:
        with line.turn() as patience:
            left.append(patience)

    with line.turn():
        if is_let_in:
            line.move()
        thread = threading.Thread(target=write)
        thread.start()
        while not line._waiting:
            time.sleep(0.001)
        time.sleep(0.3)
    thread.join(10)
    assert left[0] > 0.1 if is_let_in else left[0] == 0.0


def test_many_orders_at_once_are_all_taken_from_a_slow_store(tmp_path):
    """The store is held again and again, longer in all than one writer may wait."""
    # SQLite asks every 0.1 s: two seconds meet the gap of 0.03 s several times on a busy machine too
    settings = Settings(data=tmp_path / "serve", store_wait_s=2)
    jobs = Jobs(settings)
    failed: list[BaseException] = []
    end = threading.Event()

    def hold() -> None:
        other = sqlite3.connect(settings.data / "jobs.sqlite", timeout=30, isolation_level=None)
        while not end.is_set():
            other.execute("BEGIN IMMEDIATE")
            time.sleep(0.1)
            other.execute("ROLLBACK")
            time.sleep(0.03)
        other.close()

    def submit(number: int) -> None:
        try:
            jobs.submit(FOX.model_copy(update={"seed": number}), owner="me")
        except BaseException as error:
            failed.append(error)

    holding = threading.Thread(target=hold)
    holding.start()
    threads = [threading.Thread(target=submit, args=(number,)) for number in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    end.set()
    holding.join(10)
    assert not failed
    assert jobs.queued() == 40
    jobs.close()


def test_all_who_wait_for_a_locked_store_are_told_at_their_time(tmp_path):
    settings = Settings(data=tmp_path / "serve", store_wait_s=0.3)
    jobs = Jobs(settings)
    other = sqlite3.connect(settings.data / "jobs.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    told: list[int] = []

    def submit() -> None:
        try:
            jobs.submit(FOX, owner="me")
        except StoreBusy as error:
            told.append(error.retry_after)

    threads = [threading.Thread(target=submit) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    other.execute("ROLLBACK")
    other.close()
    assert told == [2] * 16
    assert jobs.submit(FOX, owner="me").state == "queued"
    jobs.close()
