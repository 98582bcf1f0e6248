"""The bot's own file: updates not yet handled, dialogues, orders, buttons, and letters not yet sent.

    store = Store(Path("data/serve/bot.sqlite"))
    await store.do(lambda db: db.execute("SELECT …").fetchall())      # one transaction

All of it is done by one thread, so that nothing is ever locked from inside and the event loop never
waits for the disk. A transaction is on the disk when `do` returns. The file is held by one process at
a time: two bots on it would answer everything twice.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from znak.errors import DataError, StorageError

_T = TypeVar("_T")
VERSION = 1
_SCHEMA = """
CREATE TABLE users (id INTEGER PRIMARY KEY, language TEXT NOT NULL);
CREATE TABLE updates (
    id INTEGER PRIMARY KEY, user INTEGER NOT NULL, body TEXT NOT NULL, state TEXT NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0, due REAL NOT NULL DEFAULT 0, received REAL NOT NULL);
CREATE INDEX updates_waiting ON updates (state, user, id);
CREATE TABLE dialogues (
    key TEXT PRIMARY KEY, state TEXT, data TEXT NOT NULL DEFAULT '{}', changed REAL NOT NULL);
CREATE TABLE runs (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, line TEXT NOT NULL,
    kind TEXT NOT NULL, user INTEGER NOT NULL, chat INTEGER NOT NULL, thread INTEGER,
    reply_to INTEGER, language TEXT NOT NULL, body TEXT NOT NULL, state TEXT NOT NULL,
    due REAL NOT NULL DEFAULT 0, tries INTEGER NOT NULL DEFAULT 0, job TEXT, status INTEGER,
    card TEXT, created REAL NOT NULL, started REAL, finished REAL);
CREATE INDEX runs_waiting ON runs (state, line, user);
CREATE INDEX runs_of_user ON runs (user, number);
CREATE TABLE cards (
    token TEXT PRIMARY KEY, owner INTEGER NOT NULL, chat INTEGER NOT NULL, thread INTEGER,
    run TEXT NOT NULL, job TEXT NOT NULL, place INTEGER NOT NULL, wish TEXT NOT NULL DEFAULT '{}',
    name TEXT NOT NULL DEFAULT '', message INTEGER, created REAL NOT NULL);
CREATE TABLE letters (
    number INTEGER PRIMARY KEY AUTOINCREMENT, lane TEXT NOT NULL, chat INTEGER NOT NULL,
    method TEXT NOT NULL, body TEXT NOT NULL, run TEXT, role TEXT NOT NULL DEFAULT '',
    state TEXT NOT NULL DEFAULT 'new', tries INTEGER NOT NULL DEFAULT 0,
    due REAL NOT NULL DEFAULT 0, created REAL NOT NULL);
CREATE INDEX letters_waiting ON letters (state, lane, number);
CREATE TABLE files (
    letter INTEGER NOT NULL, place INTEGER NOT NULL, name TEXT NOT NULL, data BLOB NOT NULL,
    PRIMARY KEY (letter, place));
"""


class Store:
    """A SQLite file and the one thread that works on it."""

    def __init__(self, path: Path) -> None:
        """Open the file, made where missing; raise DataError when it can't be used."""
        self.path = path
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="znak-bot-store")
        try:
            self._db = self._thread.submit(_open, path).result()
        except BaseException:
            self._thread.shutdown()
            raise

    async def do(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        """Return what `work` returns, done as one transaction; raise StorageError for a full disk."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._do, work)

    def _do(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        try:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                result = work(self._db)
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
            return result
        except sqlite3.OperationalError as error:
            raise StorageError(
                f"{self.path} can't be written ({error}): free some space and check your rights to it",
                ru=f"Не удалось записать {self.path} ({error}): освободите место и проверьте права",
            ) from error

    def close(self) -> None:
        """Finish what is begun and close the file."""
        self._thread.submit(self._db.close).result()
        self._thread.shutdown()


def _open(path: Path) -> sqlite3.Connection:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(path, timeout=1, isolation_level=None)
    except (OSError, sqlite3.Error) as error:
        raise StorageError(
            f"{path} can't be opened ({error}): check the path and your rights to it",
            ru=f"Не удалось открыть {path} ({error}): проверьте путь и права на него",
        ) from error
    try:
        db.execute("PRAGMA locking_mode = EXCLUSIVE")
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("BEGIN IMMEDIATE")
        (version,) = db.execute("PRAGMA user_version").fetchone()
        if version == 0:
            for statement in filter(str.strip, _SCHEMA.split(";")):
                db.execute(statement)
            db.execute(f"PRAGMA user_version = {VERSION}")
        db.execute("COMMIT")
    except sqlite3.OperationalError as error:
        db.close()
        raise DataError(
            f"{path} is in use ({error}): another bot runs on it; end that one or give another --data",
            ru=f"{path} занят ({error}): с ним работает другой бот; остановите его или укажите "
            "другую папку --data",
        ) from error
    except sqlite3.DatabaseError as error:
        db.close()
        raise DataError(
            f"{path} is damaged or no file of the bot ({error}): move it away",
            ru=f"{path} повреждён или это не файл бота ({error}): уберите его",
        ) from error
    if version not in (0, VERSION):
        db.close()
        raise DataError(
            f"{path} was written by another version of Znak: give another --data",
            ru=f"{path} записан другой версией «Знака»: укажите другую папку --data",
        )
    db.row_factory = sqlite3.Row
    return db
