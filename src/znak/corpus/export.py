"""A synthetic stand-in for `amazing_logos_v4`, rendered from the corpus.

    znak corpus export --schema amazing-logos --rows 20000 OUT.parquet --corpus DIR [--dirt]

The parquet has that data set's columns and Hugging Face features, its distribution of sizes and its
caption grammar; what it shows is made up, and its metadata say so (`synthetic`: `true`). A row
depends on `seed` and its place alone: any number of processes writes the same rows.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from znak.atomic import new_file
from znak.corpus.batches import read_batches
from znak.corpus.store import read_manifest
from znak.corpus.synthetic import BLACK_AND_WHITE, Row, Source, make_row
from znak.corpus.workers import map_ordered
from znak.errors import DataError, InputError

SCHEMAS = ("amazing-logos",)
MAX_ROWS = 2_000_000
_CHUNK = 250
_COLOURED = 0.35
_FEATURES = {
    "info": {
        "features": {
            "image": {"_type": "Image"},
            "text": {"dtype": "string", "_type": "Value"},
        }
    }
}
_NOTE = (
    "Synthetic: drawings of permissively licensed icon sets, painted at random, with invented names. "
    "No logo of a real brand. Made by `znak corpus export` in the schema of amazing_logos_v4."
)
SCHEMA = pa.schema(
    [
        pa.field(
            "image", pa.struct([pa.field("bytes", pa.binary()), pa.field("path", pa.string())])
        ),
        pa.field("text", pa.string()),
    ],
    metadata={"huggingface": json.dumps(_FEATURES), "synthetic": "true", "synthetic_note": _NOTE},
)
_SOURCE = pa.schema(
    [
        pa.field("svg", pa.string()),
        pa.field("caption", pa.string()),
        pa.field("tags", pa.list_(pa.string())),
        pa.field("coloured", pa.bool_()),
    ]
)


def export(
    corpus: Path,
    out: Path,
    *,
    rows: int,
    schema: str = "amazing-logos",
    dirt: bool = False,
    seed: int = 0,
    processes: int = 2,
    progress: Callable[[int], None] = lambda done: None,
) -> None:
    """Write `rows` synthetic logos to the parquet file `out`.

    `progress` is called with the number of rows just written. Raises InputError for options that
    can't be used, DataError for the corpus, StorageError for `out`.
    """
    if schema not in SCHEMAS:
        raise InputError(
            f"unknown schema {schema!r}: choose {' or '.join(SCHEMAS)}",
            ru=f"Неизвестная схема {schema!r}: выберите {' или '.join(SCHEMAS)}",
        )
    if not 1 <= rows <= MAX_ROWS:
        raise InputError(
            f"--rows {rows}: give a number from 1 to {MAX_ROWS:,}",
            ru=f"--rows {rows}: дайте число от 1 до {MAX_ROWS}",
        )
    if seed < 0:
        raise InputError(f"--seed {seed}: give 0 or more", ru=f"--seed {seed}: дайте 0 или больше")
    read_manifest(corpus)
    chosen = _choose(corpus, rows, seed)
    with (
        new_file(out) as temporary,
        tempfile.TemporaryDirectory(dir=out.parent, prefix=".znak-") as folder,
    ):
        sources = Path(folder) / "sources.arrow"
        places = _gather(corpus, chosen, sources)
        with pq.ParquetWriter(temporary, SCHEMA, compression="snappy") as writer:
            jobs = (
                (sources, places[start : start + _CHUNK], start, rows, seed, dirt)
                for start in range(0, rows, _CHUNK)
            )
            for made in map_ordered(_make_chunk, jobs, processes=processes):
                images = [{"bytes": row.image, "path": row.path} for row in made]
                table = pa.table(
                    {"image": images, "text": [row.text for row in made]}, schema=SCHEMA
                )
                writer.write_table(table)
                progress(len(made))


def _choose(corpus: Path, rows: int, seed: int) -> NDArray[np.int64]:
    """Return which drawing (by its number in stored order) each row shows.

    Interface pictograms stay out; a third of the rows are coloured drawings where there are such;
    the black-and-white rows are never. A drawing comes again only when there are too few.
    """
    plain, coloured, number = [], [], 0
    for batch in read_batches(corpus, columns=["interface", "colours", "thickness"]):
        interface = np.asarray(batch.column("interface"))
        many = np.asarray(batch.column("colours").value_lengths().fill_null(0)) > 0
        thick = np.asarray(batch.column("thickness")) >= 2
        here = np.arange(number, number + batch.num_rows)
        plain.append(here[~interface & ~many & thick])
        coloured.append(here[~interface & many])
        number += batch.num_rows
    kinds = [np.concatenate(kind) if kind else np.empty(0, np.int64) for kind in (plain, coloured)]
    if not len(kinds[0]) + len(kinds[1]):
        raise DataError(
            f"{corpus} holds no drawings that a logo can show: build it again",
            ru=f"В {corpus} нет рисунков, годных для логотипа: постройте корпус заново",
        )
    rng = np.random.default_rng([seed, 2**32 - 1])
    is_coloured = rng.random(rows) < _COLOURED
    is_coloured[: round(BLACK_AND_WHITE * rows)] = False
    chosen = np.empty(rows, dtype=np.int64)
    for mask, kind, other in ((~is_coloured, *kinds), (is_coloured, *kinds[::-1])):
        pool = kind if len(kind) else other
        n = int(mask.sum())
        turns = [rng.permutation(pool) for _ in range(-(-n // len(pool)))]
        chosen[mask] = np.concatenate(turns)[:n] if turns else []
    return chosen


def _gather(corpus: Path, chosen: NDArray[np.int64], path: Path) -> NDArray[np.int64]:
    """Write the chosen drawings to an Arrow file; return where each row's drawing is in it."""
    wanted = np.unique(chosen)
    number = 0
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, _SOURCE) as writer:
        for batch in read_batches(corpus, columns=["svg", "caption", "tags", "colours"]):
            low, high = np.searchsorted(wanted, [number, number + batch.num_rows])
            number += batch.num_rows
            if low == high:
                continue
            picked = batch.take(pa.array(wanted[low:high] - number + batch.num_rows))
            many = pa.array(np.asarray(picked.column("colours").value_lengths().fill_null(0)) > 0)
            arrays = [picked.column("svg"), picked.column("caption"), picked.column("tags"), many]
            writer.write_batch(pa.record_batch(arrays, schema=_SOURCE))
    return np.searchsorted(wanted, chosen)


def _make_chunk(job: tuple[Path, NDArray[np.int64], int, int, int, bool]) -> list[Row]:
    path, places, start, n, seed, dirt = job
    with pa.memory_map(str(path)) as file:
        table = pa.ipc.open_file(file).read_all().take(pa.array(places))
        drawings = table.to_pylist()
    return [
        make_row(
            Source(d["svg"], d["caption"] or "", tuple(d["tags"] or ()), d["coloured"]),
            seed=seed,
            index=start + i,
            n=n,
            dirt=dirt,
        )
        for i, d in enumerate(drawings)
    ]
