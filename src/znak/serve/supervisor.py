"""Several processes as one: started in order, started again when they die, ended in reverse order.

    Supervisor([Child("worker", command), Child("api", command)]).run()

Children run in sessions of their own, so that Ctrl-C reaches the supervisor alone, and hold the end
of a pipe on standard input: when the supervisor is killed it closes, and they stop by themselves
(`watch_parent`). A child that can't start at all, which is exit code 2 within moments, ends the whole.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

_STEP_S = 0.1
_MOMENT_S = 20.0
"""A child that ends with code 2 within this time of its first start is never going to run."""
_LONGEST_PAUSE_S = 10.0
_STEADY_S = 30.0
"""A child that lived this long is started again without a pause."""
log = logging.getLogger(__name__)


@dataclass(eq=False)
class Child:
    """A process to keep running. `grace_s` is how long it may take to end; a quiet one prints nothing."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    grace_s: float = 20.0
    is_quiet: bool = False
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0
    began: float = 0.0
    pause: float = 0.0
    due: float = 0.0

    def start(self) -> None:
        """Start the process."""
        self.process = subprocess.Popen(
            list(self.command),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL if self.is_quiet else None,
            env={**os.environ, **self.environment},
            start_new_session=True,
        )
        self.starts += 1
        self.began = time.monotonic()

    @property
    def is_alive(self) -> bool:
        """Say whether the process runs."""
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        """Ask the process to end."""
        if self.process is not None and self.is_alive:
            self.process.terminate()

    def reap(self, *, until: float) -> int | None:
        """Wait for the end, then make it; return the exit code."""
        if self.process is None:
            return None
        try:
            self.process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            log.warning("%s does not end: killed", self.name)
            self.process.kill()
            self.process.wait()
        if self.process.stdin is not None:
            self.process.stdin.close()
        return self.process.returncode


class Supervisor:
    """See the module."""

    def __init__(
        self, children: Sequence[Child], *, on_start: Callable[[Child], None] = lambda child: None
    ) -> None:
        """Take the children in the order of their start; `on_start` is told of each start."""
        self.children = children
        self._on_start = on_start
        self._end = threading.Event()

    def stop(self, *_: object) -> None:
        """Let `run` end everything and return; also as a signal handler."""
        self._end.set()

    def run(self) -> int:
        """Run until `stop`; return 0, or the exit code of a child that can't start."""
        code = 0
        try:
            for child in self.children:
                self._start(child)
            while not self._end.wait(_STEP_S):
                for child in self.children:
                    if not child.is_alive and (code := self._revive(child)) != 0:
                        return code
        finally:
            self._finish()
        return code

    def _start(self, child: Child) -> None:
        child.start()
        self._on_start(child)

    def _revive(self, child: Child) -> int:
        """Start a dead child again when its time has come; return what `run` is to return."""
        assert child.process is not None
        now = time.monotonic()
        if child.due == 0.0:
            code, lived = child.process.returncode, now - child.began
            if child.process.stdin is not None:
                child.process.stdin.close()
            if code == 2 and child.starts == 1 and lived < _MOMENT_S:
                return code
            log.warning("%s ended with code %s: starting it again", child.name, code)
            child.pause = (
                0.0 if lived > _STEADY_S else min(_LONGEST_PAUSE_S, 2 * child.pause or 0.2)
            )
            child.due = now + child.pause
        if now >= child.due:
            child.due = 0.0
            self._start(child)
        return 0

    def _finish(self) -> None:
        for child in reversed(self.children):
            child.stop()
            child.reap(until=time.monotonic() + child.grace_s)


def watch_parent() -> None:
    """End this process, as by SIGTERM, when the supervisor's end of standard input closes."""

    def watch() -> None:
        while sys.stdin is not None and os.read(0, 1024):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="znak-parent", daemon=True).start()
