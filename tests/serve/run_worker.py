"""A worker with the fake engine as a process of its own; settings come from ZNAK_… variables.

python -m tests.serve.run_worker --delay 0.5

Writes one line of JSON when it is ready; ends well on SIGTERM. `--newer` is another version of the
code: DBOS would give it another application version, were it not pinned.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading

from dbos import DBOS
from dbos._dbos import _get_or_create_dbos_registry
from dbos._utils import GlobalParams

from znak.serve.settings import Settings
from znak.serve.testing import fake_tools
from znak.serve.worker import Worker


class NewerWorker(Worker):
    """As a later release might be: one more workflow."""

    def _launch(self) -> None:
        super()._launch()

        @DBOS.workflow(name="znak.later")
        def later() -> None:
            """Do what no older version knows."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--delay", type=float, default=0.0)
    parser.add_argument("--newer", action="store_true")
    given = parser.parse_args()
    end = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: end.set())
    worker = (NewerWorker if given.newer else Worker)(
        Settings(), tools=fake_tools(delay=given.delay)
    )
    worker.start()
    registry = _get_or_create_dbos_registry()
    about = {
        "name": worker.name,
        "pinned": GlobalParams.app_version,
        "hashed": registry.compute_app_version("znak"),
    }
    print(json.dumps(about), flush=True)
    end.wait()
    worker.stop()
    sys.exit(0)


if __name__ == "__main__":
    main()
