"""Processes of the services for the benchmarks `load.py` and `chaos.py`; not run by itself.

python benchmarks/services.py worker --delay 0.2     a worker with the fake engine
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class Service:
    """A process that can be killed and started again."""

    def __init__(self, name: str, command: list[str], settings: dict[str, str], log: Path) -> None:
        self.name, self._command, self._log = name, command, log
        self._environment = {**os.environ, **{f"ZNAK_{k.upper()}": v for k, v in settings.items()}}
        self.process: subprocess.Popen[bytes] | None = None
        self.ready: Path | None = None
        self.starts = 0

    def start(self) -> None:
        """Start the process; its output goes to the log."""
        if self.ready is not None:
            self.ready.unlink(missing_ok=True)
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                self._command, cwd=ROOT, env=self._environment, stdout=log, stderr=log
            )
        self.starts += 1

    @property
    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def is_ready(self) -> bool:
        return self.is_alive and (self.ready is None or self.ready.exists())

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def kill(self) -> None:
        """End the process as a power cut would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self, timeout: float = 40.0) -> int:
        """End the process by SIGTERM; return its exit code."""
        assert self.process is not None
        self.process.terminate()
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            print(f"{self.name} did not end within {timeout:.0f} s: killed")
            self.kill()
            return -9


def worker(settings: dict[str, str], log: Path, *, delay: float, ready: Path) -> Service:
    """Return a worker with the fake engine; it makes the file `ready` when it is."""
    options = ["--delay", str(delay), "--ready", str(ready)]
    service = Service(
        "worker", [sys.executable, str(Path(__file__)), "worker", *options], settings, log
    )
    service.ready = ready
    return service


def server(settings: dict[str, str], log: Path, *options: str) -> Service:
    """Return `znak serve` with options."""
    command = [sys.executable, "-m", "znak", "serve", *options]
    return Service("server", command, settings, log)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def resident(pid: int) -> float:
    """Return the resident memory of a process, MB (Linux); NaN where it is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return float("nan")
    return next((int(row.split()[1]) / 1024 for row in lines if row.startswith("VmRSS")), 0.0)


def processor_s(pid: int) -> float:
    """Return the processor time that a process has used, s (Linux); NaN where it is gone."""
    try:
        words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return float("nan")
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def print_table(title: str, rows: list[tuple[object, ...]], head: tuple[str, ...]) -> None:
    """Print rows in columns."""
    cells = [tuple(map(str, row)) for row in (head, *rows)]
    widths = [max(len(row[k]) for row in cells) for k in range(len(head))]
    print(f"\n{title}")
    for number, row in enumerate(cells):
        words = [
            c.ljust(w) if k == 0 else c.rjust(w)
            for k, (c, w) in enumerate(zip(row, widths, strict=True))
        ]
        print("  " + "  ".join(words).rstrip())
        if number == 0:
            print("  " + "  ".join("-" * w for w in widths))


def _run_worker(delay: float, ready: Path) -> None:
    from znak.serve.logs import start_logs
    from znak.serve.settings import load_settings
    from znak.serve.testing import fake_tools
    from znak.serve.worker import Worker

    end = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: end.set())
    start_logs(service="worker")
    instance = Worker(load_settings(), tools=fake_tools(delay=delay))
    instance.start()
    ready.touch()
    end.wait()
    instance.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["worker"])
    parser.add_argument("--delay", type=float, default=0.0)
    parser.add_argument("--ready", type=Path, required=True)
    given = parser.parse_args()
    _run_worker(given.delay, given.ready)


if __name__ == "__main__":
    main()
