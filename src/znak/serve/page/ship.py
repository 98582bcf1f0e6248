"""Bring the page's facts about the shipped weights up to date: sources, curves and pictures of their run.

    python -m znak.serve.page.ship docs/model-card.md runs/marks

Run it whenever the weights change. Writes `data/sources.json` and `data/run/` beside this module.
"""

from __future__ import annotations

import io
import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from znak.atomic import write_bytes
from znak.errors import InputError
from znak.serve.page.card import read_card
from znak.serve.page.runs import find_sheets
from znak.training.log import read_log

_POINTS, _SHEETS, _WIDTH = 240, 8, 620


def ship(card: Path, run: Path, out: Path) -> None:
    """Write the data of the page; raises InputError for a card or run without anything to show."""
    rows = read_card(card.read_text("utf-8"))
    lines, sheets = read_log(run), find_sheets(run)
    if not rows or not lines:
        raise InputError(f"{card if not rows else run} holds nothing to show")
    text = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    write_bytes(out / "sources.json", f"[\n{text}\n]\n".encode())
    shutil.rmtree(out / "run" / "sheets", ignore_errors=True)
    step = -(-len(lines) // _POINTS)
    kept = [
        line for k, line in enumerate(lines) if k % step == 0 or any("valid" in n for n in line)
    ]
    kept = [{n: v for n, v in line.items() if n != "time"} for line in kept]
    log = "".join(json.dumps(line) + "\n" for line in kept)
    write_bytes(out / "run" / "log.jsonl", log.encode())
    record = json.loads((run / "config.json").read_text("utf-8"))
    config = json.dumps({"config": record["config"]}, indent=1) + "\n"
    write_bytes(out / "run" / "config.json", config.encode())
    places = sorted({round(k * (len(sheets) - 1) / (_SHEETS - 1)) for k in range(_SHEETS)})
    for samples, path in (sheets[k] for k in places if sheets):
        with Image.open(path) as picture:
            small = picture.convert("L")
        height = round(small.height * _WIDTH / small.width)
        buffer = io.BytesIO()
        small.resize((_WIDTH, height), Image.Resampling.LANCZOS).save(
            buffer, "WEBP", quality=62, method=6
        )
        write_bytes(out / "run" / "sheets" / f"{samples:010d}.webp", buffer.getvalue())


def main(arguments: Sequence[str]) -> int:
    """Run the command; return the exit code."""
    if len(arguments) != 2:
        print("usage: python -m znak.serve.page.ship MODEL_CARD RUN_FOLDER", file=sys.stderr)
        return 2
    ship(Path(arguments[0]), Path(arguments[1]), Path(__file__).with_name("data"))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
