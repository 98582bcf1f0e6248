"""Writing the pack; its format and its reader are in `pack`.

Solid drawings first, streamed in blocks of a few thousand rows, encoded by several processes, in
order: the same corpus gives the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import lzma
import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.dataset as ds
from numpy.typing import NDArray

from znak.atomic import new_folder
from znak.corpus import fieldcodec, fieldmodel
from znak.corpus.batches import field_array, read_batches
from znak.corpus.pack import COLUMNS, INDEX, KINDS, MAGIC, MEASURES, SCHEMA, VERSION, Columns
from znak.corpus.store import read_manifest
from znak.corpus.workers import map_ordered
from znak.errors import DataError

MAX_BYTES = 60_000_000
"""Largest file of a pack."""

Progress = Callable[[int], None]


def write_pack(
    corpus: Path,
    out: Path,
    *,
    lines: bool = False,
    max_bytes: int = MAX_BYTES,
    block: int = fieldcodec.BLOCK,
    processes: int = 2,
    progress: Progress = lambda rows: None,
) -> dict[str, Any]:
    """Write the pack of `corpus` to the folder `out` and return its index.

    `progress` is called with the number of rows just packed. Raises DataError for a corpus that is
    missing or half-written, StorageError when `out` can't be written.
    """
    manifest = read_manifest(corpus)
    files: list[dict[str, Any]] = []
    with new_folder(out, marker=INDEX) as folder:
        for kind in KINDS if lines else KINDS[:1]:
            sample = sample_fields(corpus, kind)
            if sample is None:
                continue
            model = fieldmodel.train(sample)
            jobs = ((model, *job) for job in _blocks(corpus, kind, block))
            parts = map_ordered(_encode_block, jobs, processes=processes)
            files += _write_files(folder, kind, model, parts, max_bytes, progress)
        if not files:
            raise DataError(
                f"{corpus} holds no solid drawings: build it again or pack with --lines",
                ru=f"В {corpus} нет сплошных рисунков: постройте корпус заново или добавьте --lines",
            )
        index = {
            "schema": SCHEMA,
            "rows": sum(f["rows"] for f in files),
            "columns": list(COLUMNS),
            "measures": list(MEASURES),
            "corpus": {"schema_version": manifest.get("schema_version")},
            "files": files,
        }
        (folder / INDEX).write_text(json.dumps(index, indent=1) + "\n", encoding="utf-8")
    return index


def _where(kind: str) -> ds.Expression:
    return ds.field("solid") if kind == "solid" else ~ds.field("solid")


def sample_fields(corpus: Path, kind: str, size: int = 2000) -> NDArray[np.int8] | None:
    """Return up to `size` fields drawn evenly (fixed seed) from all of a kind, None without any."""
    rng = np.random.default_rng(0)
    kept: list[NDArray[np.int8]] = []
    keys: list[float] = []
    for batch in read_batches(corpus, columns=["field"], where=_where(kind)):
        fields = field_array(batch)
        draws = rng.random(len(fields))
        bar = np.partition(np.array(keys), size - 1)[size - 1] if len(keys) >= size else 1.0
        for i in np.flatnonzero(draws < bar):
            kept.append(fields[i].copy())
            keys.append(float(draws[i]))
        if len(keys) > 2 * size:
            best = np.sort(np.argsort(keys)[:size])
            kept, keys = [kept[i] for i in best], [keys[i] for i in best]
    if not kept:
        return None
    return np.stack([kept[i] for i in np.sort(np.argsort(keys)[:size])])


def _blocks(corpus: Path, kind: str, size: int) -> Iterator[tuple[NDArray[np.int8], Columns]]:
    """Yield blocks of `size` rows of a kind: fields and columns."""
    fields: list[NDArray[np.int8]] = []
    columns: Columns = {name: [] for name in COLUMNS}
    n_rows = 0
    for batch in read_batches(corpus, columns=["field", *COLUMNS], where=_where(kind)):
        start = 0
        while start < batch.num_rows:
            piece = batch.slice(start, size - n_rows)
            fields.append(field_array(piece).copy())
            for name in COLUMNS:
                columns[name] += piece.column(name).to_pylist()
            start += piece.num_rows
            n_rows += piece.num_rows
            if n_rows == size:
                yield np.concatenate(fields), columns
                fields, columns, n_rows = [], {name: [] for name in COLUMNS}, 0
    if n_rows:
        yield np.concatenate(fields), columns


@dataclass(frozen=True)
class _Block:
    rows: int
    fields: bytes
    table: bytes


def _encode_block(job: tuple[fieldmodel.Model, NDArray[np.int8], Columns]) -> _Block:
    model, fields, columns = job
    columns = dict(columns)
    for name in ("coverage", "thickness", "symmetry", "perimeter"):
        # The shortest decimal that gives the same float32.
        columns[name] = [float(str(np.float32(value))) for value in columns[name]]
    text = json.dumps(columns, ensure_ascii=False, separators=(",", ":")).encode()
    return _Block(len(fields), fieldcodec.encode(model, fields), lzma.compress(text, preset=6))


def _write_files(
    folder: Path,
    kind: str,
    model: fieldmodel.Model,
    blocks: Iterable[_Block],
    max_bytes: int,
    progress: Progress,
) -> list[dict[str, Any]]:
    """Write blocks to files of at most `max_bytes` (a block is never cut) and return their entries."""
    model_bytes = model.to_bytes()
    files: list[dict[str, Any]] = []
    held: list[_Block] = []
    size = 0
    room = max_bytes - len(model_bytes) - 8192
    for block in blocks:
        length = len(block.fields) + len(block.table) + 256
        if held and size + length > room:
            files.append(_write_file(folder, kind, len(files), model_bytes, held))
            held, size = [], 0
        held.append(block)
        size += length
        progress(block.rows)
    if held:
        files.append(_write_file(folder, kind, len(files), model_bytes, held))
    return files


def _write_file(
    folder: Path, kind: str, number: int, model: bytes, blocks: list[_Block]
) -> dict[str, Any]:
    parts: list[tuple[str, int, bytes]] = [("model", 0, model)]
    for block in blocks:
        parts += [("fields", block.rows, block.fields), ("table", block.rows, block.table)]
    rows = sum(block.rows for block in blocks)
    header = {
        "schema": SCHEMA,
        "kind": kind,
        "rows": rows,
        "columns": list(COLUMNS),
        "measures": list(MEASURES),
        "sections": [[name, n, len(data)] for name, n, data in parts],
    }
    text = json.dumps(header, separators=(",", ":")).encode()
    name = f"{kind}-{number:03d}.znp"
    digest = hashlib.sha256()
    size = 0
    with (folder / name).open("wb") as file:
        for piece in (
            MAGIC + struct.pack("<II", VERSION, len(text)) + text,
            *(d for _, _, d in parts),
        ):
            file.write(piece)
            digest.update(piece)
            size += len(piece)
    return {"name": name, "kind": kind, "rows": rows, "bytes": size, "sha256": digest.hexdigest()}
