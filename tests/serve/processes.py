"""Worker processes for tests, and a PostgreSQL of their own."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from znak.serve.settings import Settings

ROOT = Path(__file__).resolve().parents[2]


def environment(settings: Settings) -> dict[str, str]:
    """Return the variables that give a process the same settings."""
    changed = settings.model_dump(mode="json", exclude_defaults=True)
    given = {
        f"ZNAK_{key.upper()}": value if isinstance(value, str) else json.dumps(value)
        for key, value in changed.items()
    }
    return {**os.environ, "OMP_NUM_THREADS": "1", **given}


class WorkerProcess:
    """A running `run_worker`; `about` is what it said of itself."""

    def __init__(self, settings: Settings, *options: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.serve.run_worker", *options],
            cwd=ROOT,
            env=environment(settings),
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.about: dict[str, Any] = json.loads(self.process.stdout.readline() or "{}")

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self._reap()

    def stop(self) -> int:
        """End it by SIGTERM and return its exit code."""
        self.process.terminate()
        return self._reap()

    def _reap(self) -> int:
        code = self.process.wait(30)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


@contextmanager
def worker_process(settings: Settings, *options: str) -> Iterator[WorkerProcess]:
    """Yield a worker that is killed at the end, if it still runs."""
    worker = WorkerProcess(settings, *options)
    try:
        yield worker
    finally:
        if worker.process.poll() is None:
            worker.kill()


def wait_for(what: Callable[[], Any], *, seconds: float = 30.0) -> Any:
    """Return what `what` returns as soon as it is true."""
    until = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < until, "it did not come true in time"
        time.sleep(0.05)
    return found


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def programs() -> Path | None:
    """Return the folder of PostgreSQL's programs."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return places[-1].parent if places else None


@dataclass(frozen=True)
class Database:
    """A running PostgreSQL: its address, and what ends and starts it as a crash would."""

    address: str
    restart: Callable[[], None]


@contextmanager
def postgres(folder: Path) -> Iterator[Database]:
    """Yield a PostgreSQL that runs in `folder`; root hands it to another user."""
    bin_ = programs()
    assert bin_ is not None
    folder.mkdir(parents=True)
    prefix: list[str] = []
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        user = "postgres" if _is_user("postgres") else "nobody"
        prefix = ["setpriv", f"--reuid={user}", f"--regid={_group(user)}", "--clear-groups"]
        shutil.chown(folder, user)
    data, port = folder / "db", free_port()

    def run(*command: str) -> None:
        done = subprocess.run(
            [*prefix, *command], cwd=folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr + done.stdout

    run(str(bin_ / "initdb"), "-D", str(data), "-U", "znak", "-A", "trust", "-E", "UTF8", "-N")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off"
    log = str(folder / "log")
    start = (str(bin_ / "pg_ctl"), "-D", str(data), "-l", log, "-w", "-o", options, "start")
    stop = (str(bin_ / "pg_ctl"), "-D", str(data), "-m", "immediate", "-w", "stop")

    def restart() -> None:
        run(*stop)
        time.sleep(1.0)
        run(*start)

    run(*start)
    try:
        yield Database(f"postgresql://znak@127.0.0.1:{port}/postgres", restart)
    finally:
        run(*stop)


def _is_user(name: str) -> bool:
    import pwd

    return any(user.pw_name == name for user in pwd.getpwall())


def _group(user: str) -> str:
    import pwd

    return str(pwd.getpwnam(user).pw_gid)
