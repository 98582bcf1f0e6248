"""The first half of a build: drawings drawn, a few hundred at a time, each lot in a file of its own.

A lot's file is written under another name and then renamed, so what is there is whole; a build that
was stopped goes on with the lots that are missing. The lots of another lock or other code are not
used: `code` names both.
"""

from __future__ import annotations

import hashlib
import json
import signal
import zlib
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from threadpoolctl import threadpool_limits

import znak
from znak.corpus import brands, licences
from znak.corpus.draw import Clock, draw
from znak.corpus.names import clean_name
from znak.corpus.sources import Icon, IconSet
from znak.corpus.store import DRAWING
from znak.corpus.weed import weed
from znak.errors import DataError

LOT = 400
INTERFACE_SHARE = 0.25
"""Share of the interface pictograms that are drawn at all; far more than the cap lets in."""
_NOT_STAGED = ("caption", "concept", "ru", "interface", "cluster", "split")
STAGED = pa.schema(
    [pa.field("kind", pa.string())]
    + [f for f in DRAWING if f.name not in _NOT_STAGED]
    + [pa.field("reason", pa.string()), pa.field("detail", pa.string())]
)
_CODE = tuple(
    "corpus/brands.py corpus/colour.py corpus/derive.py corpus/draw.py corpus/licences.py "
    "corpus/names.py corpus/palette.py corpus/sources.py corpus/stage.py corpus/weed.py corpus/data/brands.txt "
    "corpus/data/interface.tsv corpus/data/spelling.tsv corpus/data/styles.tsv "
    "corpus/data/vocabulary.tsv fields/contour.py fields/measure.py fields/outline.py "
    "fields/sdf.py fields/svg.py".split()
)
"""The code and data that decide what a lot's file holds."""

Progress = Callable[[str, int, int], None]
"""Called with the step's name, what is done and what there is to do."""


@dataclass(frozen=True)
class Lot:
    """Some drawings of one set: those numbered `start` to `stop`."""

    icon_set: IconSet
    start: int
    stop: int

    @property
    def file(self) -> str:
        """The name of the lot's file."""
        return f"{self.icon_set.prefix}-{self.start:05d}.parquet"


def code() -> str:
    """Return a hash of all code and data that decide what a lot's file holds."""
    root = Path(znak.__file__).parent
    digest = hashlib.sha256()
    for name in _CODE:
        digest.update(name.encode() + b"\0" + (root / name).read_bytes())
    return digest.hexdigest()


def lots(sets: Sequence[IconSet], *, limit: int | None = None) -> list[Lot]:
    """Return the work to do: all drawings of `sets`, or the first `limit` of each."""
    out = []
    for icon_set in sets:
        size = icon_set.size() if limit is None else min(icon_set.size(), limit)
        out += [Lot(icon_set, start, min(start + LOT, size)) for start in range(0, size, LOT)]
    return out


def draw_lots(work: Sequence[Lot], folder: Path, *, processes: int, progress: Progress) -> int:
    """Draw the lots whose files are not in `folder`; return how many drawings were looked at."""
    todo = [lot for lot in work if not (folder / lot.file).exists()]
    total = sum(lot.stop - lot.start for lot in work)
    done = total - sum(lot.stop - lot.start for lot in todo)
    drawn = 0
    progress("draw", done, total)
    if processes <= 1:
        for lot in todo:
            draw_lot(lot, folder)
            drawn += lot.stop - lot.start
            progress("draw", done + drawn, total)
        return drawn
    pool = ProcessPoolExecutor(
        processes, mp_context=get_context("spawn"), initializer=_start_worker
    )
    try:
        futures: dict[Future[None], Lot] = {pool.submit(draw_lot, lot, folder): lot for lot in todo}
        while futures:
            finished, _ = wait(futures, return_when=FIRST_COMPLETED)
            for future in finished:
                lot = futures.pop(future)
                future.result()
                drawn += lot.stop - lot.start
                progress("draw", done + drawn, total)
    except BrokenProcessPool as error:
        raise DataError(
            "a worker of the build died (out of memory?): run the same command again, it goes on "
            "where it stopped; --processes 1 needs less memory",
            ru="Рабочий процесс сборки погиб (не хватило памяти?): запустите ту же команду снова, "
            "она продолжит; с --processes 1 памяти нужно меньше",
        ) from error
    finally:
        _stop(pool)
    return drawn


def draw_lot(lot: Lot, folder: Path) -> None:
    """Draw one lot into its file; times by step go into the file's metadata."""
    icons = lot.icon_set.read()
    weeded = weed(lot.icon_set.prefix, icons)
    clock = Clock()
    rows: list[dict[str, Any]] = []
    for icon in icons[lot.start : lot.stop]:
        kind, reason, detail = sort_out(lot.icon_set, icon, weeded)
        if kind == "reject":
            base = {"set": lot.icon_set.prefix, "name": icon.name, "license": lot.icon_set.license}
            rows.append({**base, "kind": kind, "reason": reason, "detail": detail})
        else:
            rows += draw(lot.icon_set, icon, kind=kind, clock=clock)
    times = json.dumps(dict(clock.seconds)).encode()
    table = pa.Table.from_pylist(rows, schema=STAGED).replace_schema_metadata({"seconds": times})
    partial = folder / (lot.file + ".part")
    try:
        pq.write_table(table, partial, compression="zstd")
        partial.rename(folder / lot.file)
    finally:
        with suppress(OSError):
            partial.unlink()


def sort_out(
    icon_set: IconSet, icon: Icon, weeded: dict[str, tuple[str, str]]
) -> tuple[str, str, str]:
    """Return kind ("drawing", "brand" or "reject"), reason and detail, before anything is drawn."""
    if not licences.is_allowed(icon_set.license):
        return "reject", "licence", icon_set.license or "unknown"
    if icon.name in weeded:
        return "reject", *weeded[icon.name]
    if brands.is_country_flag(icon_set, icon):
        return "reject", "flag", ""
    if brands.is_brand(icon_set, icon):
        return "brand", "", ""
    caption = clean_name(icon.name, prefix=icon_set.prefix)
    chance = zlib.crc32(f"{icon_set.prefix}:{icon.name}".encode()) / 2**32
    if caption.interface and chance > INTERFACE_SHARE:
        return "reject", "interface cap", "not drawn"
    return "drawing", "", ""


def _start_worker() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threadpool_limits(1)


def _stop(pool: ProcessPoolExecutor) -> None:
    """End the workers at once: what they had begun is unfinished and under another name."""
    for worker in list((pool._processes or {}).values()):
        worker.terminate()
    pool.shutdown(wait=True, cancel_futures=True)
