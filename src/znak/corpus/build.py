"""`znak corpus build`: the corpus from the icon packages, resumed where it was stopped.

    znak corpus build --out DIR --cache CACHE

`work/` in the corpus folder holds the lots of `stage`; the final tables are written beside them,
moved into place at the end, the manifest last. A folder without a manifest is no corpus, so a
build stopped at any point leaves nothing that could be taken for one. Built twice from the same
lock and code, a corpus is the same byte by byte.
"""

from __future__ import annotations

import errno
import json
import shutil
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from znak.corpus import sources, stage
from znak.corpus.concepts import Vectors
from znak.corpus.finish import Tables, finish, read_lots
from znak.corpus.stage import Progress
from znak.corpus.store import SCHEMA_VERSION
from znak.errors import InputError, StorageError

ROW_GROUP = 4096
PART = 32_768
_TABLES = ("drawings", "brands", "concepts.parquet", "rejects.parquet")
_OURS = frozenset({*_TABLES, "manifest.json", "work"})


def build(
    out: Path,
    *,
    cache: Path,
    lock: Path = sources.LOCK,
    sets: Sequence[str] | None = None,
    limit: int | None = None,
    processes: int = 2,
    vectors: Vectors | None = None,
    progress: Progress = lambda step, done, total: None,
) -> dict[str, Any]:
    """Build the corpus in `out` and return its manifest with "seconds" by step added.

    `sets` restricts it to these prefixes, `limit` to the first drawings of each; `vectors` are text
    vectors for merging captions into concepts (None: by rules alone). Raises InputError
    for unknown sets and for a folder that holds something else, StorageError when the disk is
    full, and what `sources.install` raises.
    """
    _check_folder(out)
    started = time.perf_counter()
    try:
        return _build(out, cache, lock, sets, limit, processes, vectors, progress, started)
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise StorageError(
            f"{out} can't be written ({'the disk is full' if full else error}): free about 8 GB or "
            "choose another --out, then run the same command again: it goes on where it stopped",
            ru=f"В {out} нельзя записать ({'диск полон' if full else error}): освободите около 8 ГБ "
            "или смените --out и запустите ту же команду: сборка продолжится",
        ) from error


def _build(
    out: Path,
    cache: Path,
    lock: Path,
    sets: Sequence[str] | None,
    limit: int | None,
    processes: int,
    vectors: Vectors | None,
    progress: Progress,
    started: float,
) -> dict[str, Any]:
    progress("install", 0, 1)
    sources.install(cache, lock)
    progress("install", 1, 1)
    chosen = _choose(sources.list_sets(cache), sets)
    plan = {
        "schema_version": SCHEMA_VERSION,
        "lock": sources.fingerprint(lock),
        "code": stage.code(),
        "sets": [s.prefix for s in chosen],
        "limit": limit,
    }
    lots_folder = _prepare(out, plan)
    work = stage.lots(chosen, limit=limit)
    drawing = time.perf_counter()
    looked_at = stage.draw_lots(work, lots_folder, processes=processes, progress=progress)
    finishing = time.perf_counter()
    emojibase = cache / "node_modules" / "emojibase-data"
    tables = finish(
        read_lots(lots_folder, work),
        emojibase=emojibase if emojibase.is_dir() else None,
        vectors=vectors,
        progress=progress,
    )
    writing = time.perf_counter()
    manifest = {**plan, "counts": tables.counts}
    _install(out, tables, manifest, progress)
    ended = time.perf_counter()
    seconds = {
        **_seconds(lots_folder, work),
        "prepare": drawing - started,
        "draw, wall clock": finishing - drawing,
        "captions, cluster, concepts": writing - finishing,
        "write": ended - writing,
        "all": ended - started,
    }
    shutil.rmtree(out / "work")
    return {**manifest, "seconds": seconds, "looked_at": looked_at}


def _check_folder(out: Path) -> None:
    """Raise InputError when `out` holds anything that is not a corpus."""
    if not out.exists():
        return
    foreign = (
        sorted(p.name for p in out.iterdir() if p.name not in _OURS) if out.is_dir() else [out.name]
    )
    if foreign:
        raise InputError(
            f"{out} holds something else ({', '.join(foreign[:3])}): give --out a new or empty folder",
            ru=f"В {out} лежит что-то другое ({', '.join(foreign[:3])}): укажите в --out новую папку",
        )


def _choose(
    available: Sequence[sources.IconSet], wanted: Sequence[str] | None
) -> list[sources.IconSet]:
    if wanted is None:
        return list(available)
    unknown = sorted(set(wanted) - {s.prefix for s in available})
    if unknown:
        raise InputError(
            f"no icon set {', '.join(unknown)}: known are {', '.join(s.prefix for s in available[:8])}, …",
            ru=f"Нет набора {', '.join(unknown)}: есть {', '.join(s.prefix for s in available[:8])}, …",
        )
    return [s for s in available if s.prefix in set(wanted)]


def _prepare(out: Path, plan: dict[str, Any]) -> Path:
    """Return the folder for the lots, emptied when it is of another plan."""
    work = out / "work"
    path = work / "plan.json"
    text = json.dumps(plan, indent=1, sort_keys=True)
    if work.exists() and (not path.exists() or path.read_text(encoding="utf-8") != text):
        shutil.rmtree(work)
    (work / "lots").mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return work / "lots"


def _install(out: Path, tables: Tables, manifest: dict[str, Any], progress: Progress) -> None:
    """Write the tables beside the old ones, then put them in their place, the manifest last."""
    new = out / "work" / "new"
    if new.exists():
        shutil.rmtree(new)
    new.mkdir()
    splits = tables.drawings.column("split").combine_chunks()
    names = ("test", "train", "valid")
    for i, split in enumerate(names):
        progress("write", i, len(names) + 1)
        part = tables.drawings.filter(pa.compute.equal(splits, split))
        _write_parts(part, new / "drawings" / f"split={split}")
    _write_parts(tables.brands, new / "brands")
    _write(tables.concepts, new / "concepts.parquet")
    _write(tables.rejects, new / "rejects.parquet")
    (out / "manifest.json").unlink(missing_ok=True)
    for name in _TABLES:
        old = out / name
        if old.is_dir():
            shutil.rmtree(old)
        else:
            old.unlink(missing_ok=True)
        (new / name).rename(old)
    text = json.dumps(manifest, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    (new / "manifest.json").write_text(text, encoding="utf-8")
    (new / "manifest.json").rename(out / "manifest.json")
    progress("write", 1, 1)


def _write_parts(table: pa.Table, folder: Path) -> None:
    folder.mkdir(parents=True)
    for number, start in enumerate(range(0, max(table.num_rows, 1), PART)):
        _write(table.slice(start, PART), folder / f"part-{number:03d}.parquet")


def _write(table: pa.Table, path: Path) -> None:
    pq.write_table(table, path, row_group_size=ROW_GROUP, compression="zstd", compression_level=6)


def _seconds(folder: Path, work: Sequence[stage.Lot]) -> dict[str, float]:
    """Return the seconds by step that the workers spent, all processes together."""
    total: dict[str, float] = defaultdict(float)
    for lot in work:
        metadata = pq.read_schema(folder / lot.file).metadata or {}
        for step, seconds in json.loads(metadata.get(b"seconds", b"{}")).items():
            total[step] += seconds
    return dict(sorted(total.items()))
