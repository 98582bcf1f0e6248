"""The corpus on disk: schemas, folder layout, reading by streaming batches.

A corpus folder holds::

    manifest.json           schema version, lock fingerprint, settings, counts
    drawings/split=S/*.parquet   the drawings that training may see (S: train, valid, test)
    brands/*.parquet        brand logos: palettes and originality only, never training
    concepts.parquet        one row a concept: name, Russian name, head, counts
    rejects.parquet         what was left out, and why
    work/                   intermediate results of an unfinished build; removed at the end

`drawings` and `brands` never share a folder or a reader: `read_drawings` opens `drawings/` alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds

from znak.errors import DataError

SCHEMA_VERSION = 1

DRAWING = pa.schema(
    [
        pa.field("set", pa.string()),
        pa.field("name", pa.string()),
        pa.field("caption", pa.string()),  # cleaned name, English, lower case
        pa.field("concept", pa.string()),  # the concept's name, "" where it has none
        pa.field("tags", pa.list_(pa.string())),
        pa.field("ru", pa.string()),  # Russian caption where emoji labels give it, else ""
        pa.field("license", pa.string()),  # SPDX id
        pa.field("author", pa.string()),
        pa.field("svg", pa.string()),  # framed: ink centred, longest side 56 of 64
        pa.field("field", pa.binary(64 * 64)),  # int8, rows downwards, value × 127
        pa.field("coverage", pa.float32()),
        pa.field("thickness", pa.float32()),
        pa.field("symmetry", pa.float32()),
        pa.field("n_parts", pa.int16()),
        pa.field("n_holes", pa.int16()),
        pa.field("perimeter", pa.float32()),
        pa.field("derived", pa.string()),  # "" as drawn, else "filled", "thickened", "silhouette"
        pa.field("solid", pa.bool_()),  # fit for training as a solid mark
        pa.field("interface", pa.bool_()),  # an interface pictogram
        pa.field("colours", pa.list_(pa.string())),  # "#rrggbb" by area, coloured sets only
        pa.field("cluster", pa.int32()),  # same number: the same or nearly the same drawing
        pa.field("split", pa.string()),
    ]
)
BRAND = pa.schema([f for f in DRAWING if f.name not in ("concept", "cluster", "split", "ru")])
REJECT = pa.schema(
    [
        pa.field("set", pa.string()),
        pa.field("name", pa.string()),
        pa.field("license", pa.string()),
        pa.field("reason", pa.string()),
        pa.field("detail", pa.string()),
    ]
)
CONCEPT = pa.schema(
    [
        pa.field("concept", pa.string()),
        pa.field("ru", pa.string()),
        pa.field("head", pa.string()),
        pa.field("n_drawings", pa.int32()),
        pa.field("n_solid", pa.int32()),
        pa.field("captions", pa.list_(pa.string())),
    ]
)


def read_manifest(root: Path) -> dict[str, Any]:
    """Return a corpus folder's manifest; raise DataError when it is missing or of another version."""
    path = root / "manifest.json"
    remedy = f"build it with: znak corpus build --out {root}"
    remedy_ru = f"постройте его командой: znak corpus build --out {root}"
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        state = (
            "half-written (its build has not ended)" if (root / "work").is_dir() else "no corpus"
        )
        state_ru = "недописан (сборка не завершена)" if (root / "work").is_dir() else "не корпус"
        raise DataError(
            f"{root} is {state}: {remedy}", ru=f"{root}: {state_ru}; {remedy_ru}"
        ) from error
    except (OSError, ValueError) as error:
        raise DataError(
            f"{path} can't be read ({error}): {remedy}",
            ru=f"{path} не читается ({error}); {remedy_ru}",
        ) from error
    if manifest.get("schema_version") != SCHEMA_VERSION:
        raise DataError(
            f"{root} has corpus schema {manifest.get('schema_version')}, this version reads "
            f"{SCHEMA_VERSION}: {remedy}",
            ru=f"{root}: схема корпуса {manifest.get('schema_version')}, нужна {SCHEMA_VERSION}; {remedy_ru}",
        )
    return manifest


def read_drawings(
    root: Path,
    *,
    split: str | None = None,
    columns: Sequence[str] | None = None,
    where: ds.Expression | None = None,
    batch_size: int = 4096,
) -> Iterator[pa.RecordBatch]:
    """Yield batches of drawings of one split (or all), in stored order."""
    read_manifest(root)
    base = root / "drawings"
    parts = [base / f"split={split}"] if split else sorted(base.glob("split=*"))
    for part in parts:
        if not part.is_dir():
            raise DataError(
                f"{part} is missing: build the corpus again",
                ru=f"Нет {part}: постройте корпус заново",
            )
        dataset = ds.dataset(sorted(str(p) for p in part.glob("*.parquet")), schema=DRAWING)
        yield from dataset.to_batches(columns=columns, filter=where, batch_size=batch_size)
