"""Jobs outlive their workers: kill -9, restarts, upgrades, two workers, locked stores, full disks."""

from __future__ import annotations

import errno
import sqlite3
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.serve.processes import wait_for, worker_process
from znak.serve import keeper, portable, results
from znak.serve.board import Stopping
from znak.serve.job import StoreBusy
from znak.serve.jobs import Job, Jobs, NoSuchJob, partial_of
from znak.serve.making import make
from znak.serve.order import Order
from znak.serve.results import load_result
from znak.serve.settings import Settings
from znak.serve.testing import fake_tools
from znak.serve.worker import Worker

FOX = Order(prompt="a fox for a coffee shop", name="Foxy", n=1)


def submit(jobs: Jobs, n: int) -> list[Job]:
    return [jobs.submit(FOX.model_copy(update={"seed": k}), owner="me") for k in range(n)]


def check_all_done(jobs: Jobs, submitted: list[Job]) -> None:
    """Every job is done, has its files, and nothing else lies around."""
    for job in submitted:
        done = jobs.wait(job.id, timeout=60)
        assert done.state == "done", done
        saved = load_result(jobs.folder(done))
        assert saved.order == job.order
    folders = {path.parent for path in jobs.settings.results.glob("*/*/result.json")}
    assert folders == {jobs.folder(job) for job in submitted}
    partial = jobs.settings.results / ".partial"
    assert not [path for path in partial.rglob("*") if path.is_file()]


def rows(jobs: Jobs, query: str) -> list[tuple]:
    with jobs._store.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(sa.text(query))]


def test_jobs_of_a_killed_worker_are_made_by_the_next_one(jobs, settings):
    submitted = submit(jobs, 5)
    with worker_process(settings, "--delay", "3") as first:
        wait_for(lambda: jobs.running() == settings.workers)
        first.kill()
    assert jobs.running() == settings.workers  # nobody has noticed yet
    with worker_process(settings) as second:
        assert second.about["name"] == first.about["name"]
        check_all_done(jobs, submitted)
        assert second.stop() == 0
    attempts = rows(jobs, "select attempts from znak_jobs")
    assert sorted(attempts) == [(1,), (1,), (2,), (2,), (2,)]
    alone = make(submitted[0].order, fake_tools(), lambda phase, share: None)
    saved = load_result(jobs.folder(submitted[0]))
    assert [mark.svg for mark in saved.marks] == [mark.svg for mark in alone]


def test_pending_jobs_survive_an_upgrade(jobs, settings):
    submitted = submit(jobs, 4)
    with worker_process(settings, "--delay", "5") as old:
        wait_for(lambda: jobs.running() == settings.workers)
        old.kill()
    with worker_process(settings, "--newer") as new:
        assert new.about["hashed"] != old.about["hashed"]
        assert new.about["pinned"] == old.about["pinned"] == portable.JOBS_VERSION
        check_all_done(jobs, submitted)


def test_a_living_worker_takes_the_jobs_of_a_dead_one(jobs, settings):
    with worker_process(settings, "--delay", "6") as doomed:
        submitted = submit(jobs, settings.workers)
        wait_for(lambda: jobs.running() == settings.workers)
        with worker_process(settings) as living:
            assert living.about["name"] != doomed.about["name"]
            doomed.kill()
            check_all_done(jobs, submitted)


def test_two_workers_share_the_jobs(jobs, settings):
    with (
        worker_process(settings, "--delay", "0.3") as one,
        worker_process(settings, "--delay", "0.3") as two,
    ):
        submitted = submit(jobs, 12)
        check_all_done(jobs, submitted)
        names = {one.about["name"], two.about["name"]}
        assert names == {"worker-1", "worker-2"}
        found = rows(jobs, "select executor_id, recovery_attempts from workflow_status")
        assert {name for name, _ in found} == names
        assert {attempts for _, attempts in found} == {1}


def test_nothing_is_pickled(jobs, settings):
    submit(jobs, 1)
    assert rows(jobs, "select distinct serialization from workflow_status") == [("portable_json",)]
    with worker_process(settings):
        wait_for(lambda: not jobs.queued() and not jobs.running())
    assert rows(jobs, "select distinct serialization from workflow_status") == [("portable_json",)]


def test_a_worker_that_stops_leaves_its_jobs_for_the_next(jobs, settings):
    worker = Worker(settings, tools=fake_tools(delay=20))
    worker.start()
    submitted = submit(jobs, 1)
    wait_for(lambda: jobs.running() == 1)
    worker.stop(0)
    assert jobs.queued() == 1
    again = Worker(settings, tools=fake_tools())
    again.start()
    try:
        check_all_done(jobs, submitted)
    finally:
        again.stop()
    assert rows(jobs, "select attempts from znak_jobs") == [(1,)]


def test_a_job_that_was_written_before_the_kill_is_not_made_again(jobs, settings, worker):
    job = jobs.wait(submit(jobs, 1)[0].id, timeout=60)
    index = jobs.folder(job) / "result.json"
    before = index.stat().st_mtime_ns
    with jobs._store._write() as connection:  # as if the kill had come just before the last row
        connection.execute(sa.text("update znak_jobs set state = 'running'"))
    assert worker._make(job.id) == "done"
    assert index.stat().st_mtime_ns == before
    assert jobs.get(job.id).state == "done"


def test_a_job_that_kills_worker_after_worker_is_given_up(tmp_path):
    settings = Settings(data=tmp_path, poll_s=0.02, max_attempts=2)
    jobs = Jobs(settings)
    job = submit(jobs, 1)[0]
    for _ in range(2):
        assert jobs._store.begin(job.id) is not None
    worker = Worker(settings, tools=fake_tools())
    worker.start()
    try:
        over = jobs.wait(job.id, timeout=60)
        assert (over.state, over.error.code) == ("failed", "crashed")
        assert "снят" in over.error.text("ru")
    finally:
        worker.stop(0)
        jobs.close()


def test_jobs_expire_with_their_files(tmp_path):
    settings = Settings(data=tmp_path, poll_s=0.02, job_ttl_s=1.0)
    jobs = Jobs(settings)
    worker = Worker(settings, tools=fake_tools())
    worker.start()
    try:
        job = jobs.wait(submit(jobs, 1)[0].id, timeout=60)
        assert job.state == "done" and job.expires > job.finished
        with pytest.raises(NoSuchJob):
            wait_for(lambda: jobs.get(job.id).state == "expired", seconds=5)
        wait_for(lambda: not jobs.folder(job).exists(), seconds=10)
        wait_for(lambda: rows(jobs, "select id from znak_jobs") == [], seconds=5)
    finally:
        worker.stop(0)
        jobs.close()


def test_a_watched_job_that_expires_says_so(tmp_path):
    settings = Settings(data=tmp_path, poll_s=0.02, job_ttl_s=0.5)
    jobs = Jobs(settings)
    try:
        job = submit(jobs, 1)[0]
        assert [seen.state for seen in jobs.watch(job.id, timeout=10)] == ["queued", "expired"]
    finally:
        jobs.close()


def test_a_locked_store_is_said_and_waited_for(tmp_path):
    settings = Settings(data=tmp_path, poll_s=0.02, progress_s=0.05, store_wait_s=0.1)
    jobs = Jobs(settings)
    worker = Worker(settings, tools=fake_tools(delay=0.3))
    worker.start()
    held = sqlite3.connect(tmp_path / "jobs.sqlite", isolation_level=None)
    try:
        submitted = submit(jobs, 2)
        wait_for(lambda: jobs.running() == 2)
        held.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreBusy, match="locked") as caught:
            submit(jobs, 1)
        assert caught.value.retry_after >= 1
        time.sleep(1.0)  # both jobs are drawn by now and can't be noted
        assert jobs.running() == 2  # reading goes on
        held.execute("ROLLBACK")
        check_all_done(jobs, submitted)
    finally:
        held.close()
        worker.stop(0)
        jobs.close()


def test_a_full_disk_fails_the_job_and_leaves_nothing(jobs, settings, worker, monkeypatch):
    def no_space(path: Path, text: str) -> None:
        path.write_text(text[: len(text) // 2], "utf-8")
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(results, "_write", no_space)
        job = jobs.wait(submit(jobs, 1)[0].id, timeout=60)
    assert (job.state, job.error.code) == ("failed", "storage")
    assert str(settings.data) not in job.error.en + job.error.ru
    assert not jobs.folder(job).exists()
    assert not list(partial_of(settings, worker.name).glob("*"))
    check_all_done(jobs, submit(jobs, 1))


def test_a_store_that_is_full_for_a_while_loses_no_job(jobs, worker, monkeypatch):
    end, failures = worker._store.end, iter(range(2))

    def full(*given: object) -> bool:
        if next(failures, None) is not None:
            raise StoreBusy("database or disk is full")
        return end(*given)

    monkeypatch.setattr(worker._store, "end", full)
    check_all_done(jobs, submit(jobs, 1))
    assert next(failures, None) is None


def test_an_unexpected_error_fails_its_job_alone(jobs, settings):
    tools = fake_tools()

    def broken(*args: object, **options: object) -> None:
        raise ZeroDivisionError("secret detail")

    tools.engine.sample = broken
    worker = Worker(settings, tools=tools)
    worker.start()
    try:
        job = jobs.wait(submit(jobs, 1)[0].id, timeout=60)
        assert (job.state, job.error.code) == ("failed", "internal")
        assert "secret" not in job.error.en
        del tools.engine.sample
        check_all_done(jobs, [jobs.submit(FOX, owner="me")])
    finally:
        worker.stop(0)


def test_many_watch_one_job_through_one_thread(jobs, worker):
    job = submit(jobs, 1)[0]
    before = threading.active_count()
    seen: list[str] = []
    threads = [
        threading.Thread(target=lambda: seen.append(jobs.wait(job.id, timeout=60).state))
        for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    assert threading.active_count() <= before + 21 + 4
    for thread in threads:
        thread.join()
    assert seen == ["done"] * 20


def test_what_ended_is_forgotten_by_dbos_too(jobs, worker, monkeypatch):
    check_all_done(jobs, submit(jobs, 2))
    wait_for(lambda: rows(jobs, "select status from workflow_status") == [("SUCCESS",)] * 2)
    monkeypatch.setattr(keeper, "_KEPT", timedelta(seconds=-5))
    worker._keeper.forget()  # its own thread may be at it too
    assert rows(jobs, "select count(*) from workflow_status") == [(0,)]


def test_a_job_that_dbos_gave_and_nobody_makes_is_made(jobs, worker, monkeypatch):
    monkeypatch.setattr(keeper, "_STUCK_S", -5.0)
    with monkeypatch.context() as patch:
        patch.setattr(worker._board, "enter", lambda job_id: (_ for _ in ()).throw(Stopping()))
        submitted = submit(jobs, 1)  # the thread dies as if of an error of DBOS's own
        wait_for(lambda: rows(jobs, "select status from workflow_status") == [("PENDING",)])
        time.sleep(0.2)
    assert worker._keeper.mend() == 1
    check_all_done(jobs, submitted)


def test_a_job_that_dbos_has_lost_fails_rather_than_waits_for_ever(jobs, worker, monkeypatch):
    worker.stop(0)
    submitted = submit(jobs, 1)[0]
    with jobs._store._write() as connection:
        connection.execute(sa.text("delete from workflow_status"))
    again = Worker(jobs.settings, tools=fake_tools())
    again.start()
    try:
        monkeypatch.setattr(keeper, "_STUCK_S", -5.0)
        again._keeper.mend()
        over = jobs.wait(submitted.id, timeout=10)
        assert (over.state, over.error.code) == ("failed", "internal")
    finally:
        again.stop(0)
