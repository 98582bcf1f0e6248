"""Batches of drawings for those who read a finished corpus: damage named, fields as arrays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds
from numpy.typing import NDArray

from znak.corpus.store import DRAWING, read_drawings, read_manifest
from znak.errors import DataError


def read_batches(
    root: Path,
    *,
    columns: Sequence[str] | None = None,
    where: ds.Expression | None = None,
    batch_size: int = 2048,
) -> Iterator[pa.RecordBatch]:
    """Yield batches of all splits in stored order; DataError names a folder that can't be read."""
    try:
        yield from read_drawings(root, columns=columns, where=where, batch_size=batch_size)
    except (pa.ArrowException, OSError) as error:
        raise _damaged(root / "drawings", error) from error


def count_drawings(root: Path, *, where: ds.Expression | None = None) -> int:
    """Return the number of drawings, raising as `read_batches` does."""
    read_manifest(root)
    try:
        files = sorted(str(p) for p in (root / "drawings").glob("split=*/*.parquet"))
        if not files:
            return 0
        return int(ds.dataset(files, schema=DRAWING).count_rows(filter=where))
    except (pa.ArrowException, OSError) as error:
        raise _damaged(root / "drawings", error) from error


def field_array(batch: pa.RecordBatch) -> NDArray[np.int8]:
    """Return the column `field` of a batch as (n, 64, 64), a view of it."""
    column = batch.column(batch.schema.get_field_index("field"))
    values = np.frombuffer(column.buffers()[1], dtype=np.int8)
    start = column.offset * 64 * 64
    return values[start : start + len(column) * 64 * 64].reshape(-1, 64, 64)


def _damaged(path: Path, error: Exception) -> DataError:
    return DataError(
        f"{path} can't be read ({error}): build the corpus again",
        ru=f"{path} не читается ({error}): постройте корпус заново",
    )
