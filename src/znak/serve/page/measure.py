"""One pass over a data set in a process of its own, so that the page stays quick.

    python -m znak.serve.page.measure captions OUT PATH…
    python -m znak.serve.page.measure pictures OUT PATH…

Prints a line of JSON for each step: {"done": 1000, "total": 20000}; at the end {"ok": true} or
{"en": …, "ru": …}. OUT is a folder that is whole or absent.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from znak.atomic import new_folder
from znak.corpus.amazing.shards import open_shards
from znak.corpus.eda.captions import write_captions
from znak.errors import ZnakError

MARKER = "done"
CAPTIONS = "captions.parquet"
KINDS = ("captions", "pictures")


def main(arguments: Sequence[str]) -> int:
    """Do a pass; return the exit code."""
    kind, out, *paths = arguments
    done = 0

    def show(rows: int) -> None:
        nonlocal done
        done += rows
        print(json.dumps({"done": done, "total": shards.rows}), flush=True)

    try:
        shards = open_shards([Path(path) for path in paths])
        with new_folder(Path(out), marker=MARKER) as folder:
            show(0)
            if kind == "captions":
                write_captions(shards, folder / CAPTIONS, processes=1, progress=show)
            else:
                from znak.corpus.eda.pictures import write_pictures

                write_pictures(shards, folder, processes=1, progress=show)
            (folder / MARKER).write_text("", encoding="utf-8")
    except ZnakError as error:
        print(json.dumps({"en": error.message, "ru": error.ru}, ensure_ascii=True), flush=True)
        return error.exit_code
    print(json.dumps({"ok": True}), flush=True)
    return 0


if __name__ == "__main__":
    if hasattr(os, "nice"):
        os.nice(10)  # logos come first
    sys.exit(main(sys.argv[1:]))
