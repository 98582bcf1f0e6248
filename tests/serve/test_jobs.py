"""Jobs as the front ends see them: made, found again, cancelled, refused, forgotten."""

from __future__ import annotations

import threading
import time

import pytest

from znak.errors import InputError
from znak.serve.jobs import KeyConflict, NoSuchJob, QueueFull
from znak.serve.order import Order
from znak.serve.results import load_result
from znak.serve.testing import fake_tools
from znak.serve.worker import Worker

FOX = Order(prompt="a fox for a coffee shop", name="Foxy", n=2, seed=3)


def test_an_order_becomes_marks(jobs, worker):
    job = jobs.submit(FOX, owner="me")
    assert (job.state, job.phase, job.progress) == ("queued", "queued", 0.0)
    done = jobs.wait(job.id, timeout=20)
    assert (done.state, done.phase, done.progress) == ("done", "done", 1.0), done.error
    saved = load_result(jobs.folder(done))
    assert [mark.number for mark in saved.marks] == [1, 2]
    assert saved.brief.name == "Foxy"
    assert saved.marks[0].svg == (jobs.folder(done) / "1.svg").read_text("utf-8")
    assert saved.order == done.order


def test_the_same_order_gives_the_same_bytes(jobs, worker):
    first, second = (jobs.wait(jobs.submit(FOX, owner=o).id, timeout=20) for o in ("me", "you"))
    assert first.id != second.id
    one, two = (load_result(jobs.folder(job)) for job in (first, second))
    assert one == two


def test_a_key_stands_for_one_order_of_one_owner(jobs):
    job = jobs.submit(FOX, owner="me", key="k")
    assert jobs.submit(FOX, owner="me", key="k").id == job.id
    assert jobs.submit(FOX, owner="you", key="k").id != job.id
    with pytest.raises(KeyConflict, match="new key"):
        jobs.submit(FOX.model_copy(update={"seed": 4}), owner="me", key="k")
    assert jobs.queued() == 2


def test_a_key_sent_by_many_at_once_makes_one_job(jobs):
    found: list[str] = []
    threads = [
        threading.Thread(target=lambda: found.append(jobs.submit(FOX, owner="me", key="k").id))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8 and len(set(found)) == 1
    assert jobs.queued() == 1


def test_what_is_not_ones_own_is_not_there(jobs):
    job = jobs.submit(FOX, owner="me")
    assert len(job.id) == 40
    for job_id, owner in ((job.id, "you"), ("0" * 40, "me"), ("../../etc", "me"), ("", "me")):
        with pytest.raises(NoSuchJob):
            jobs.get(job_id, owner=owner)
        with pytest.raises(NoSuchJob):
            jobs.cancel(job_id, owner=owner)
        with pytest.raises(NoSuchJob):
            jobs.delete(job_id, owner=owner)
    assert [j.id for j in jobs.list("me")] == [job.id]
    assert jobs.list("you") == []


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"prompt": " ", "name": None}, "empty"),
        ({"prompt": "x" * 2001}, "2001"),
        ({"n": 17}, "17"),
        ({"engine": "dalle"}, "dalle"),
        ({"style": ["ugly"]}, "ugly"),
        ({"layout": "spiral"}, "spiral"),
        ({"font": "Comic Sans"}, "Comic Sans"),
        ({"colours": ["red; drop"]}, "red; drop"),
        ({"prompt": "the Nike swoosh"}, "Nike"),
        ({"kind": "vary"}, "SVG"),
        ({"kind": "vary", "svg": "<svg><script/></svg>"}, ""),
        ({"kind": "vary", "svg": "<svg/>", "strength": 2.0}, "strength"),
    ],
)
def test_an_order_that_cannot_be_met_is_refused_at_once(jobs, change, word):
    with pytest.raises(InputError) as caught:
        jobs.submit(FOX.model_copy(update=change), owner="me")
    assert word.lower() in str(caught.value).lower()
    assert jobs.queued() == 0


def test_a_full_queue_says_when_to_come_back(tmp_path, settings, jobs):
    for _ in range(settings.queue_limit):
        jobs.submit(FOX, owner="me")
    with pytest.raises(QueueFull) as caught:
        jobs.submit(FOX, owner="you")
    assert 1 <= caught.value.retry_after <= 300
    assert str(caught.value.retry_after) in caught.value.text("ru")
    assert jobs.queued() == settings.queue_limit


def test_a_waiting_job_can_be_cancelled(jobs, settings):
    job = jobs.submit(FOX, owner="me")
    assert jobs.cancel(job.id, owner="me").state == "cancelled"
    worker = Worker(settings, tools=fake_tools())
    worker.start()
    try:
        last = jobs.submit(FOX, owner="me")
        assert jobs.wait(last.id, timeout=20).state == "done"
        assert jobs.get(job.id).state == "cancelled"
        assert not jobs.folder(job).exists()
    finally:
        worker.stop(0)


def test_a_running_job_stops_when_it_is_cancelled(jobs, settings):
    worker = Worker(settings, tools=fake_tools(delay=20))
    worker.start()
    try:
        job = jobs.submit(FOX, owner="me")
        for seen in jobs.watch(job.id, timeout=10):
            if seen.state == "running":
                break
        assert jobs.cancel(job.id, owner="me").state == "cancelled"
        until = time.monotonic() + 10
        while worker.running() and time.monotonic() < until:
            time.sleep(0.02)
        assert worker.running() == 0
        assert not jobs.folder(job).exists()
    finally:
        worker.stop(0)


def test_progress_goes_forward_through_the_phases(jobs, settings):
    worker = Worker(settings, tools=fake_tools(delay=0.5))
    worker.start()
    try:
        seen = list(jobs.watch(jobs.submit(FOX, owner="me").id, timeout=20))
    finally:
        worker.stop(0)
    assert [job.state for job in seen][0 :: len(seen) - 1] == ["queued", "done"]
    shares = [job.progress for job in seen]
    assert shares == sorted(shares) and len(set(shares)) >= 4
    assert {"queued", "drawing", "done"} <= {job.phase for job in seen}


def test_a_deleted_job_is_gone_with_its_files(jobs, worker):
    job = jobs.wait(jobs.submit(FOX, owner="me").id, timeout=20)
    assert jobs.folder(job).is_dir()
    jobs.delete(job.id, owner="me")
    assert not jobs.folder(job).exists()
    with pytest.raises(NoSuchJob):
        jobs.get(job.id)


def test_a_watch_ends_when_it_is_told_to_and_at_its_time(jobs):
    job = jobs.submit(FOX, owner="me")
    stop = threading.Event()
    stop.set()
    assert [j.state for j in jobs.watch(job.id, stop=stop)] == ["queued"]
    assert [j.state for j in jobs.watch(job.id, timeout=0.1)] == ["queued"]
    assert jobs.wait(job.id, timeout=0.1).state == "queued"
