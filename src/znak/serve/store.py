"""The table of jobs, in one database with DBOS's own tables: SQLite in the data folder, or PostgreSQL.

A job's row and its place in DBOS's queue are written in one transaction. Each change of state is one
statement that names the state before it, so that whoever comes second changes nothing.
"""

from __future__ import annotations

import json
import logging
import math
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import sqlalchemy as sa
from dbos import DBOS, DBOSClient
from sqlalchemy import event
from sqlalchemy.exc import (
    DatabaseError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    OperationalError,
)

from znak.errors import DataError, StorageError
from znak.serve import portable
from znak.serve.job import ACTIVE, Job, Phase, Problem, State, StoreBusy
from znak.serve.line import Line
from znak.serve.order import Order
from znak.serve.settings import Settings

VERSION = 1
_LOCK = 0x7A6E616B
"""Key of the advisory lock that makes PostgreSQL count and insert in turn."""
_EPOCH = 1_767_225_600
"""2026-01-01: priorities are seconds from there."""
_TELLING = 20
"""Finished jobs from which the pace is measured."""
log = logging.getLogger(__name__)

metadata = sa.MetaData()
about = sa.Table("znak_store", metadata, sa.Column("version", sa.Integer, primary_key=True))
jobs = sa.Table(
    "znak_jobs",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("key", sa.Text),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("phase", sa.String(16), nullable=False),
    sa.Column("progress", sa.Float, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("order_json", sa.Text, nullable=False),
    sa.Column("error_json", sa.Text),
    sa.Column("created", sa.Float, nullable=False),
    sa.Column("started", sa.Float),
    sa.Column("finished", sa.Float),
    sa.Column("expires", sa.Float, nullable=False),
    sa.UniqueConstraint("owner", "key", name="znak_jobs_key"),
    sa.Index("znak_jobs_state", "state", "finished"),
    sa.Index("znak_jobs_owner", "owner", "created"),
    sa.Index("znak_jobs_expires", "expires"),
)


def database_url(settings: Settings) -> str:
    """Return the address of the store's database, as SQLAlchemy and DBOS take it."""
    if settings.database is None:
        return f"sqlite:///{(settings.data / 'jobs.sqlite').resolve()}"
    return sa.make_url(settings.database).set(drivername="postgresql").render_as_string(False)


class Store:
    """The table; thread-safe. Raises StoreBusy where the database doesn't answer."""

    def __init__(self, settings: Settings) -> None:
        """Open the database and make what is missing in it."""
        logging.getLogger("dbos").setLevel(logging.WARNING)
        self.settings = settings
        self.url = database_url(settings)
        self.is_sqlite = settings.database is None
        self._line = Line(settings.store_wait_s)
        if self.is_sqlite:
            _make_folder(settings.data)
        self.engine = _open_engine(self.url, settings)
        try:
            with _telling():
                self._prepare()
        except DatabaseError as error:
            self.engine.dispose()
            raise DataError(
                f"the store of jobs is damaged ({error.orig}): move {_shown(self.url)} away, or give "
                "another --data folder",
                ru=f"Хранилище заданий повреждено ({error.orig}): уберите {_shown(self.url)} или "
                "укажите другую папку --data",
            ) from error
        except BaseException:
            self.engine.dispose()
            raise
        self._client = DBOSClient(
            system_database_engine=self.engine,
            serializer=portable.SERIALIZER,
            application_name=portable.APPLICATION,
            retry_connection_errors=False,
            lazy=True,
        )

    def close(self) -> None:
        """Close all connections."""
        self._client.destroy()
        self.engine.dispose()

    def add(self, job_id: str, order: Order, *, owner: str, key: str | None) -> Job | None:
        """Store a job and queue it; return None where the queue is full.

        Raises sqlalchemy's IntegrityError for a key that the owner has used.
        """
        now = time.time()
        with self._write() as connection:
            if not self.is_sqlite:  # held to the end of the transaction
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
            waiting = self._count(connection, "queued")
            if waiting >= self.settings.queue_limit:
                return None
            mine = connection.scalar(
                sa.select(sa.func.count()).where(jobs.c.owner == owner, jobs.c.state.in_(ACTIVE))
            )
            row = {
                "id": job_id,
                "owner": owner,
                "key": key,
                "digest": order.digest,
                "state": "queued",
                "phase": "queued",
                "progress": 0.0,
                "attempts": 0,
                "order_json": order.to_json(),
                "created": now,
                "expires": now + self.settings.job_ttl_s,
            }
            connection.execute(sa.insert(jobs).values(row))
            self._client.enqueue_in_transaction(
                connection,
                {
                    "queue_name": portable.QUEUE,
                    "workflow_name": portable.WORKFLOW,
                    "workflow_id": job_id,
                    "app_version": portable.JOBS_VERSION,
                    "serialization_type": portable.FORMAT,
                    # whoever has much waiting stands behind those who have little, and never for
                    # ever: who comes later has a later time
                    "priority": max(1, int(now) - _EPOCH) + 2 * int(mine or 0),
                },
                job_id,
            )
        return read_job(row)

    def find(self, job_id: str) -> Job | None:
        """Return a job that is not past its time."""
        return next(iter(self.find_all([job_id])), None)

    def find_key(self, owner: str, key: str) -> tuple[Job, str] | None:
        """Return the job that an owner's key stands for, and its order's digest."""
        chosen = sa.select(jobs).where(jobs.c.owner == owner, jobs.c.key == key)
        with self._read() as connection:
            row = connection.execute(chosen).mappings().first()
        return None if row is None else (read_job(dict(row)), str(row["digest"]))

    def find_all(self, job_ids: Iterable[str]) -> list[Job]:
        """Return those of the jobs that are there and not past their time."""
        chosen = sa.select(jobs).where(jobs.c.id.in_(list(job_ids)), jobs.c.expires > time.time())
        with self._read() as connection:
            return [read_job(dict(row)) for row in connection.execute(chosen).mappings()]

    def owned(self, owner: str, limit: int) -> list[Job]:
        """Return an owner's jobs, the latest first."""
        chosen = (
            sa.select(jobs)
            .where(jobs.c.owner == owner, jobs.c.expires > time.time())
            .order_by(jobs.c.created.desc(), jobs.c.id)
            .limit(limit)
        )
        with self._read() as connection:
            return [read_job(dict(row)) for row in connection.execute(chosen).mappings()]

    def begin(self, job_id: str) -> tuple[Job, int] | None:
        """Mark a job as running; return it and the number of this attempt, or None if it is over."""
        now = time.time()
        statement = (
            sa.update(jobs)
            .where(jobs.c.id == job_id, jobs.c.state.in_(ACTIVE))
            .values(
                state="running",
                phase="drawing",
                progress=0.0,
                started=now,
                attempts=jobs.c.attempts + 1,
                expires=now + self.settings.job_ttl_s,
            )
            .returning(*jobs.c)
        )
        with self._write() as connection:
            row = connection.execute(statement).mappings().first()
        return None if row is None else (read_job(dict(row)), int(row["attempts"]))

    def attempts(self, job_id: str) -> int:
        """Return how often a job was begun."""
        chosen = sa.select(jobs.c.attempts).where(jobs.c.id == job_id)
        with self._read() as connection:
            return int(connection.scalar(chosen) or 0)

    def report(self, news: Mapping[str, tuple[Phase, float]]) -> set[str]:
        """Store the progress of running jobs; return those that are no longer to be made."""
        gone = set()
        with self._write() as connection:
            for job_id, (phase, progress) in news.items():
                changed = connection.execute(
                    sa.update(jobs)
                    .where(jobs.c.id == job_id, jobs.c.state == "running")
                    .values(phase=phase, progress=progress)
                )
                if changed.rowcount == 0:
                    gone.add(job_id)
        return gone

    def end(self, job_id: str, state: State, problem: Problem | None = None) -> bool:
        """End a job that is queued or running; say whether it was this call that did."""
        now = time.time()
        values: dict[str, Any] = {
            "state": state,
            "finished": now,
            "expires": now + self.settings.job_ttl_s,
        }
        if state == "done":
            values |= {"phase": "done", "progress": 1.0}
        if problem is not None:
            values["error_json"] = json.dumps(vars(problem), ensure_ascii=False)
        statement = sa.update(jobs).where(jobs.c.id == job_id, jobs.c.state.in_(ACTIVE))
        with self._write() as connection:
            return connection.execute(statement.values(values)).rowcount > 0

    def put_back(self, job_id: str) -> None:
        """Mark a running job as queued again: its worker stops before it is done."""
        statement = (
            sa.update(jobs)
            .where(jobs.c.id == job_id, jobs.c.state == "running")
            .values(state="queued", phase="queued", progress=0.0, attempts=jobs.c.attempts - 1)
        )
        with self._write() as connection:
            connection.execute(statement)

    def remove(self, job_ids: Iterable[str]) -> None:
        """Forget jobs."""
        with self._write() as connection:
            connection.execute(sa.delete(jobs).where(jobs.c.id.in_(list(job_ids))))

    def expired(self, limit: int = 200) -> list[str]:
        """Return jobs that are past their time."""
        chosen = sa.select(jobs.c.id).where(jobs.c.expires <= time.time()).limit(limit)
        with self._read() as connection:
            return [str(found) for found in connection.scalars(chosen)]

    def active_before(self, when: float, limit: int = 200) -> list[str]:
        """Return jobs that were queued before `when` and are not over."""
        chosen = (
            sa.select(jobs.c.id)
            .where(jobs.c.state.in_(ACTIVE), jobs.c.created < when)
            .order_by(jobs.c.created)
            .limit(limit)
        )
        with self._read() as connection:
            return [str(found) for found in connection.scalars(chosen)]

    def register_queue(self) -> None:
        """Tell DBOS how many of the jobs a worker runs at once, and how often it looks for them."""
        with _telling():
            self._client.register_queue(
                portable.QUEUE,
                worker_concurrency=self.settings.workers,
                polling_interval_sec=self.settings.poll_s,
            )

    def count(self, state: State) -> int:
        """Return how many jobs are in a state."""
        with self._read() as connection:
            return self._count(connection, state)

    def pace(self) -> float:
        """Return the seconds between one finished job and the next, as of late, with a full queue."""
        chosen = (
            sa.select(jobs.c.started, jobs.c.finished)
            .where(jobs.c.state == "done")
            .order_by(jobs.c.finished.desc())
            .limit(_TELLING)
        )
        with self._read() as connection:
            times = [float(row.finished - row.started) for row in connection.execute(chosen)]
        took = sum(times) / len(times) if times else 1.0
        return max(took, 0.001) / self.settings.workers

    def retry_after(self) -> int:
        """Return the seconds after which a place in a full queue is likely."""
        return max(1, min(300, math.ceil(self.pace() * self.settings.queue_limit / 4)))

    @contextmanager
    def _read(self) -> Iterator[sa.Connection]:
        with _telling(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def _write(self) -> Iterator[sa.Connection]:
        """Yield a connection in a transaction that no other writer runs beside."""
        if not self.is_sqlite:
            with _telling(), self.engine.connect() as connection, connection.begin():
                yield connection
            return
        with (
            self._line.turn() as patience,
            _telling(),
            self.engine.connect() as connection,
            connection.begin(),
        ):
            self._begin(connection, patience)
            self._line.move()
            yield connection

    def _begin(self, connection: sa.Connection, patience: float) -> None:
        """Lock SQLite for writing, waiting so long for other processes."""
        usual = self.settings.store_wait_s
        if patience == usual:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            return
        connection.exec_driver_sql(f"PRAGMA busy_timeout={round(1000 * patience)}")
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        finally:
            connection.exec_driver_sql(f"PRAGMA busy_timeout={round(1000 * usual)}")

    def _count(self, connection: sa.Connection, state: State) -> int:
        chosen = sa.select(sa.func.count()).select_from(jobs).where(jobs.c.state == state)
        return int(connection.scalar(chosen) or 0)

    def _prepare(self) -> None:
        """Make DBOS's tables and ours; processes that start together take turns."""
        if self.is_sqlite:
            with self.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        DBOS.migrate(self.url)
        with self.engine.connect() as connection, connection.begin():
            if self.is_sqlite:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            else:
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
            metadata.create_all(connection)
            version = connection.scalar(sa.select(about.c.version))
            if version is None:
                connection.execute(sa.insert(about).values(version=VERSION))
            elif version != VERSION:
                raise DataError(
                    f"the store of jobs is of version {version}, this program knows {VERSION}: "
                    "use the version of Znak that made it, or another --data folder",
                    ru=f"Хранилище заданий версии {version}, программа знает {VERSION}: возьмите "
                    "ту версию Znak или другую папку --data",
                )


def read_job(row: Mapping[str, Any]) -> Job:
    """Return the job of a row."""
    error = row.get("error_json")
    return Job(
        id=row["id"],
        owner=row["owner"],
        state=cast(State, row["state"]),
        phase=cast(Phase, row["phase"]),
        progress=row["progress"],
        order=Order.from_json(row["order_json"]),
        created=_when(row["created"]),
        started=_when(row["started"]) if row.get("started") else None,
        finished=_when(row["finished"]) if row.get("finished") else None,
        expires=_when(row["expires"]),
        error=Problem(**json.loads(error)) if error else None,
    )


def _when(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _shown(url: str) -> str:
    """Return a database's address without its password."""
    return sa.make_url(url).render_as_string(hide_password=True)


def _open_engine(url: str, settings: Settings) -> sa.Engine:
    if settings.database is not None:
        return sa.create_engine(
            sa.make_url(url).set(drivername="postgresql+psycopg"),
            pool_size=8,
            max_overflow=8,
            pool_timeout=settings.store_wait_s,
            pool_pre_ping=True,
            connect_args={"connect_timeout": max(2, round(settings.store_wait_s))},
        )
    engine = sa.create_engine(
        url,
        pool_size=12,  # who writes has one at most, who reads is done in a moment
        max_overflow=20,
        connect_args={"timeout": settings.store_wait_s},
    )

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, _: object) -> None:
        connection.execute("PRAGMA foreign_keys=ON")

    return engine


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"the data folder {folder} can't be made ({error.strerror}): choose another with --data",
            ru=f"Папку данных {folder} не создать ({error.strerror}): выберите другую через --data",
        ) from error


@contextmanager
def _telling() -> Iterator[None]:
    """Turn what a database that is locked, full or away says into StoreBusy."""
    try:
        yield
    except IntegrityError:
        raise
    except sa.exc.TimeoutError as error:
        raise StoreBusy("too many connections") from error
    except DBAPIError as error:
        away = isinstance(error, (OperationalError, InterfaceError))
        if not away and not error.connection_invalidated:
            raise
        raise StoreBusy(str(error.orig).strip().splitlines()[0][:120]) from error
