"""Passes over data sets, one at a time for all visits, their results kept on disk.

    analyses = Analyses(settings.data / "eda")
    task = analyses.start("captions", path)          begins, or finds what is there
    task.state, task.done, task.total                "waiting", "running", "done", "failed"

The work is done by `measure` in a process of its own.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from znak.corpus.amazing.shards import find_files
from znak.errors import ZnakError
from znak.serve.page.measure import KINDS, MARKER
from znak.serve.page.uploads import KEPT_S, sweep

_CRASHED = ZnakError(
    "the analysis was cut off, perhaps for want of memory: start it again, or take a smaller file",
    ru="Анализ прервался, возможно, не хватило памяти: начните снова или возьмите файл поменьше",
)


@dataclass
class Task:
    """A pass over a data set: how far it is, and where its result lies."""

    folder: Path
    state: str = "waiting"
    done: int = 0
    total: int = 0
    error: ZnakError | None = None


class Analyses:
    """The passes of a server; thread-safe. Close it at the end."""

    def __init__(self, folder: Path) -> None:
        """Keep results in `folder`; those of more than a week ago are removed."""
        self.folder = folder
        self._tasks: dict[Path, Task] = {}
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="znak-analysis")
        self._process: subprocess.Popen[str] | None = None
        sweep(folder, older_than=7 * KEPT_S)

    def start(self, kind: str, path: Path, *, again: bool = False) -> Task:
        """Return the pass over the data set at `path`, begun if it wasn't; one that failed with `again`."""
        assert kind in KINDS
        folder = self.folder / f"{identity(path)}-{kind}"
        with self._lock:
            task = self._tasks.get(folder)
            is_there = (folder / MARKER).is_file()
            if task is not None and task.state != "done" and not (again and task.state == "failed"):
                return task
            task = self._tasks[folder] = Task(folder)
            if is_there:
                task.state = "done"
            else:
                self._pool.submit(self._run, task, kind, path)
        return task

    def find(self, kind: str, path: Path) -> Task | None:
        """Return the pass if it was begun or its result is there, else None."""
        folder = self.folder / f"{identity(path)}-{kind}"
        with self._lock:
            task = self._tasks.get(folder)
        if task is None and (folder / MARKER).is_file():
            return self.start(kind, path)
        return task

    def is_busy(self) -> bool:
        """Say whether a pass is under way."""
        return any(task.state == "running" for task in list(self._tasks.values()))

    def close(self) -> None:
        """Stop the pass that is under way, and begin no other."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def _run(self, task: Task, kind: str, path: Path) -> None:
        task.state = "running"
        self.folder.mkdir(parents=True, exist_ok=True)
        command = [
            sys.executable,
            "-m",
            "znak.serve.page.measure",
            kind,
            str(task.folder),
            str(path),
        ]
        said: dict[str, object] = {}
        try:
            with subprocess.Popen(
                command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True
            ) as process:
                self._process = process
                assert process.stdout is not None
                for line in process.stdout:
                    said = json.loads(line)
                    if "total" in said:
                        task.done, task.total = int(str(said["done"])), int(str(said["total"]))
        except (OSError, ValueError):
            said = {}
        finally:
            self._process = None
        if said.get("ok") and (task.folder / MARKER).is_file():
            task.state = "done"
            return
        task.error = ZnakError(str(said["en"]), ru=str(said["ru"])) if "en" in said else _CRASHED
        task.state = "failed"


def identity(path: Path) -> str:
    """Return what tells a data set from others without reading it: names, sizes and times."""
    digest = hashlib.blake2b(digest_size=12)
    for file in find_files([path]):
        stat = file.stat()
        digest.update(f"{file.resolve()}|{stat.st_size}|{stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()
