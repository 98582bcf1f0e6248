"""The same jobs on a real PostgreSQL, which these tests start."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.serve.processes import Database, postgres, wait_for, worker_process
from tests.serve.test_durability import FOX, check_all_done, rows, submit
from znak.errors import ZnakError
from znak.serve.job import KeyConflict, QueueFull, StoreBusy
from znak.serve.jobs import Jobs, NoSuchJob
from znak.serve.settings import Settings
from znak.serve.store import Store, metadata

pytestmark = pytest.mark.system("initdb")


@pytest.fixture(scope="module")
def server() -> Iterator[Database]:
    # not in pytest's folder, whose parents are for this user alone: PostgreSQL runs as another
    with tempfile.TemporaryDirectory(prefix="znak-pg-") as folder:
        Path(folder).chmod(0o755)
        with postgres(Path(folder) / "server") as running:
            yield running


@pytest.fixture
def database(server) -> str:
    return server.address


@pytest.fixture
def settings(tmp_path, database) -> Iterator[Settings]:
    yield Settings(
        data=tmp_path / "serve", database=database, poll_s=0.02, progress_s=0.05, queue_limit=12
    )
    engine = sa.create_engine(database.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        metadata.drop_all(connection)
        connection.execute(sa.text("drop schema if exists dbos cascade"))
    engine.dispose()


def test_jobs_survive_a_kill(jobs, settings):
    submitted = submit(jobs, 4)
    with worker_process(settings, "--delay", "3") as first:
        wait_for(lambda: jobs.running() == settings.workers)
        first.kill()
    with worker_process(settings):
        check_all_done(jobs, submitted)
        # DBOS notes the end of a workflow after the job's own, so a moment later
        query = "select distinct serialization, status from dbos.workflow_status"
        wait_for(lambda: rows(jobs, query) == [("portable_json", "SUCCESS")])
    assert not list(settings.data.glob("*.sqlite"))


def test_jobs_survive_a_crash_of_the_database(jobs, settings, server):
    submitted = submit(jobs, 5)
    with worker_process(settings, "--delay", "0.5") as worker:
        wait_for(lambda: jobs.running() > 0)
        server.restart()
        check_all_done(jobs, submitted)
        assert worker.process.poll() is None


def test_keys_owners_and_bounds_hold(jobs, settings):
    job = jobs.submit(FOX, owner="me", key="k")
    assert jobs.submit(FOX, owner="me", key="k").id == job.id
    with pytest.raises(KeyConflict):
        jobs.submit(FOX.model_copy(update={"seed": 9}), owner="me", key="k")
    with pytest.raises(NoSuchJob):
        jobs.get(job.id, owner="you")
    refused: list[QueueFull] = []

    def many(owner: str) -> None:
        for _ in range(6):
            try:
                jobs.submit(FOX, owner=owner)
            except QueueFull as error:
                refused.append(error)

    threads = [threading.Thread(target=many, args=(str(k),)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert jobs.queued() == settings.queue_limit
    assert len(refused) == 1 + 24 - settings.queue_limit
    assert jobs.cancel(job.id, owner="me").state == "cancelled"
    jobs.delete(job.id, owner="me")
    assert jobs.queued() == settings.queue_limit - 1


def test_a_store_opened_by_many_at_once_is_made_once(settings):
    stores: list[Store] = []
    errors: list[BaseException] = []

    def open_one() -> None:
        try:
            stores.append(Store(settings))
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=open_one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for store in stores:
        store.close()
    assert not errors and len(stores) == 4


def test_a_database_that_is_away_is_said(tmp_path, database):
    away = database.rpartition(":")[0] + ":9/none"
    with pytest.raises(StoreBusy, match="can't be used just now"):
        Jobs(Settings(data=tmp_path, database=away, store_wait_s=0.5))


def test_an_address_of_another_database_is_refused():
    from znak.serve.settings import load_settings

    with pytest.raises(ZnakError, match="postgresql://"):
        load_settings(database="mysql://localhost/x")
