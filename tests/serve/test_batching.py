"""Calls that are gathered give what they give alone, in turn, and don't fail each other."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from znak.engine import flow
from znak.engine.base import Redrawer
from znak.errors import InputError
from znak.serve.batching import Batching, batching
from znak.serve.testing import FakeEngine


def run_at_once(engine: Batching, calls: list[Callable[[], Any]]) -> list[Any]:
    """Run the calls in threads that all wait for each other to come; return results or errors."""
    results: list[Any] = [None] * len(calls)

    def run(place: int) -> None:
        try:
            with engine.using():
                barrier.wait()
                results[place] = calls[place]()
        except BaseException as error:
            results[place] = error

    barrier = threading.Barrier(len(calls))
    threads = [threading.Thread(target=run, args=(k,)) for k in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in threads)
    return results


def sample(engine: Any, text: str, n: int, **options: Any) -> Callable[[], Any]:
    vectors = engine.encode([text] * n)
    return lambda: engine.sample(vectors, seeds=range(n), **options)


def test_calls_at_once_become_few_runs_with_the_same_results():
    inner = FakeEngine(delay=0.05)
    engine = batching(inner, wait_s=0.05, limit=1000)
    sizes = [1, 3, 8, 16, 5, 9]
    results = run_at_once(engine, [sample(engine, "fox", n) for n in sizes])
    for n, out in zip(sizes, results, strict=True):
        np.testing.assert_array_equal(out, sample(inner, "fox", n)())
    assert engine.calls == len(sizes)
    assert engine.runs < len(sizes)


def test_one_call_alone_waits_for_nobody(monkeypatch):
    engine = batching(FakeEngine(), wait_s=60, limit=64)
    with engine.using():
        assert sample(engine, "fox", 2)().shape == (2, 64, 64)


def test_a_run_holds_at_most_the_limit_and_begins_with_whoever_waits_longest():
    sizes: list[int] = []

    class Counting(FakeEngine):
        def sample(self, text_vectors: Any, **options: Any) -> Any:
            sizes.append(len(text_vectors))
            return super().sample(text_vectors, **options)

    engine = batching(Counting(delay=0.02), wait_s=0.05, limit=32)
    results = run_at_once(engine, [sample(engine, "fox", 16) for _ in range(7)])
    assert all(out.shape == (16, 64, 64) for out in results)
    assert max(sizes) == 32 and sum(sizes) == 7 * 16


def test_a_call_larger_than_the_limit_runs_alone():
    engine = batching(FakeEngine(), wait_s=0.02, limit=4)
    results = run_at_once(engine, [sample(engine, "fox", 16), sample(engine, "owl", 16)])
    assert [out.shape for out in results] == [(16, 64, 64)] * 2


def test_an_error_belongs_to_its_own_call():
    engine = batching(FakeEngine(delay=0.02), wait_s=0.05, limit=1000)
    bad = np.full((8, 16), np.nan, np.float32)
    results = run_at_once(
        engine,
        [
            sample(engine, "fox", 8),
            lambda: engine.sample(bad, seeds=range(8)),
            sample(engine, "owl", 8),
        ],
    )
    assert isinstance(results[1], InputError)
    np.testing.assert_array_equal(results[0], sample(engine.engine, "fox", 8)())
    np.testing.assert_array_equal(results[2], sample(engine.engine, "owl", 8)())


def test_whoever_gives_up_leaves_the_others_alone():
    class GiveUpError(BaseException):
        pass

    def give_up(share: float) -> None:
        raise GiveUpError

    shares: list[float] = []
    engine = batching(FakeEngine(delay=0.1), wait_s=0.05, limit=1000)
    results = run_at_once(
        engine,
        [
            sample(engine, "fox", 8, on_step=shares.append),
            sample(engine, "owl", 8, on_step=give_up),
        ],
    )
    assert isinstance(results[1], GiveUpError)
    assert results[0].shape == (8, 64, 64)
    assert shares == sorted(shares) and shares[-1] == 1.0


def test_a_run_ends_when_all_its_callers_gave_up():
    def give_up(share: float) -> None:
        raise KeyboardInterrupt

    engine = batching(FakeEngine(delay=60), wait_s=0, limit=64)
    steps = FakeEngine(delay=0.1)
    engine.engine = steps
    results = run_at_once(engine, [sample(engine, "fox", 8, on_step=give_up)])
    assert isinstance(results[0], KeyboardInterrupt)


def test_calls_of_other_options_are_not_mixed():
    engine = batching(FakeEngine(delay=0.02), wait_s=0.05, limit=1000)
    results = run_at_once(
        engine,
        [
            sample(engine, "fox", 8, guidance=1.0),
            sample(engine, "fox", 8, guidance=3.0),
            sample(engine, "fox", 8, style=np.zeros((8, 2), np.float32)),
        ],
    )
    assert all(out.shape == (8, 64, 64) for out in results)
    assert engine.runs == 3


def test_a_call_that_fits_nothing_is_the_engines_own_to_refuse():
    engine = batching(FakeEngine(), wait_s=0.02, limit=64)
    with pytest.raises(ValueError, match="need at least one"):
        engine.sample(np.zeros((0, 16), np.float32), seeds=[])


def test_it_can_redraw_when_the_engine_can():
    engine = batching(FakeEngine(), wait_s=0, limit=64)
    assert isinstance(engine, Redrawer)
    assert engine.name == "fake" and engine.chunk == 8
    fields = FakeEngine().sample(np.zeros((2, 16), np.float32), seeds=[1, 2])
    out = engine.redraw(fields, np.zeros((2, 16), np.float32), strength=0.5, seeds=[3, 4])
    expected = FakeEngine().redraw(
        fields, np.zeros((2, 16), np.float32), strength=0.5, seeds=[3, 4]
    )
    np.testing.assert_array_equal(out, expected)


@pytest.mark.skipif(not flow.is_shipped(), reason="SKIPPED: a checkout without weights")
def test_the_mark_model_gives_the_same_bytes_alone_and_in_company():
    inner = flow.load_flow()
    engine = batching(inner, wait_s=0.5, limit=64)
    asks = [("fox", 3), ("coffee cup", 8), ("rocket", 5)]
    options = {"steps": 2, "guidance": 3.0}
    results = run_at_once(
        engine,
        [
            (lambda text=text, n=n: engine.sample(
                inner.encode([text] * n), seeds=[k * 7 + n for k in range(n)], **options
            ))
            for text, n in asks
        ],
    )  # fmt: skip
    assert engine.runs == 1
    for (text, n), out in zip(asks, results, strict=True):
        alone = inner.sample(
            inner.encode([text] * n), seeds=[k * 7 + n for k in range(n)], **options
        )
        assert out.tobytes() == alone.tobytes()
