"""Parquet files of logos with captions, opened with their schema checked and read piece by piece.

    shards = open_shards([Path("data/amazing")])
    for piece in shards.pieces(): batch rows of piece …

A piece is a run of rows of one row group: what one working process takes at a time. Rows are
numbered through all files in the order of their names. The files are never read whole.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from znak.errors import DataError

REAL = "amazing_logos_v4"
"""The data set whose schema this is."""
PIECE = 1000
"""Rows of a piece, where they are not too heavy."""
PIECE_BYTES = 64_000_000
"""Most bytes of a piece, unpacked."""
_MAX_CUTS = 8
_BLOCK = 1 << 22
_BUFFER = 1 << 20


@dataclass(frozen=True)
class Piece:
    """Rows `start` … `start + rows` (of all files) that begin `skip` rows into a row group."""

    path: Path
    group: int
    skip: int
    start: int
    rows: int


@dataclass(frozen=True)
class Shard:
    """One file: rows and unpacked bytes by row group, and what it says of its origin."""

    path: Path
    groups: tuple[int, ...]
    sizes: tuple[int, ...]
    synthetic: bool

    @property
    def rows(self) -> int:
        """The number of rows."""
        return sum(self.groups)


@dataclass(frozen=True)
class Shards:
    """Files with one schema, in the order in which their rows are numbered."""

    files: tuple[Shard, ...]

    @property
    def rows(self) -> int:
        """The number of rows of all files."""
        return sum(file.rows for file in self.files)

    @property
    def synthetic(self) -> bool:
        """Whether any of the files says that it is made up."""
        return any(file.synthetic for file in self.files)

    def pieces(self, *, size: int = PIECE, heavy: bool = True) -> Iterator[Piece]:
        """Yield all rows as pieces, in order; `heavy` where pictures are to be read too.

        A piece that begins inside a row group costs reading the group up to it, so a group is cut
        into few pieces (more than `size` rows then), but none above PIECE_BYTES.
        """
        start = 0
        for file in self.files:
            for group, (rows, n_bytes) in enumerate(zip(file.groups, file.sizes, strict=True)):
                most = max(size, -(-rows // _MAX_CUTS))
                if heavy and n_bytes > PIECE_BYTES:
                    most = max(1, min(most, rows * PIECE_BYTES // n_bytes))
                for skip in range(0, rows, most):
                    n = min(most, rows - skip)
                    yield Piece(file.path, group, skip, start + skip, n)
                start += rows

    @cached_property
    def digest(self) -> str:
        """A digest of the content of all files, whatever their names and places."""
        total = hashlib.blake2b(digest_size=16)
        for file in self.files:
            one = hashlib.blake2b(digest_size=16)
            try:
                with file.path.open("rb") as stream:
                    while block := stream.read(_BLOCK):
                        one.update(block)
            except OSError as error:
                raise _damaged(file.path, error) from error
            total.update(one.digest())
        return total.hexdigest()


def open_shards(paths: Sequence[Path]) -> Shards:
    """Return the parquet files at `paths` (files, or folders searched at every depth).

    Raises DataError for a missing path, a folder without parquet, a damaged or cut file, columns
    other than `image` and `text`, files that differ in schema, and files without a single row.
    """
    files = tuple(open_shard(path) for path in find_files(paths))
    shards = Shards(files)
    if not shards.rows:
        raise DataError(
            f"{_name(paths)} holds no rows: give parquet files with logos in them",
            ru=f"В {_name(paths)} нет ни одной строки: укажите файлы parquet с логотипами",
        )
    return shards


def find_files(paths: Sequence[Path]) -> list[Path]:
    """Return the parquet files at `paths`, each once, numbers in their names in numeric order."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = [
                p
                for p in path.rglob("*.parquet")
                if p.is_file()
                and not any(part.startswith(".") for part in p.relative_to(path).parts)
            ]
            if not inside:
                raise DataError(
                    f"{path} holds no .parquet file: get the data set with "
                    f"znak data fetch amazing-logos --to {path}",
                    ru=f"В {path} нет файлов .parquet: получите набор командой "
                    f"znak data fetch amazing-logos --to {path}",
                )
            found += sorted(inside, key=_natural)
        elif path.is_file():
            found.append(path)
        else:
            raise DataError(
                f"there is no file or folder {path}: check the path",
                ru=f"Нет файла или папки {path}: проверьте путь",
            )
    return list(dict.fromkeys(found))


def open_shard(path: Path) -> Shard:
    """Return one file, its schema checked; raises DataError as `open_shards` does."""
    try:
        with pq.ParquetFile(path) as file:
            schema, meta = file.schema_arrow, file.metadata
            parts = [meta.row_group(k) for k in range(meta.num_row_groups)]
            groups = tuple(part.num_rows for part in parts)
            sizes = tuple(part.total_byte_size for part in parts)
            notes = {**(schema.metadata or {}), **(meta.metadata or {})}
    except (pa.ArrowException, OSError) as error:
        raise _damaged(path, error) from error
    fault = schema_fault(schema)
    if fault:
        raise DataError(
            f"{path} is not in the schema of {REAL}: {fault[0]}; columns wanted are image "
            "(struct of bytes and path) and text (string)",
            ru=f"{path} не в схеме {REAL}: {fault[1]}; нужны столбцы image (структура из bytes и "
            "path) и text (строка)",
        )
    return Shard(path, groups, sizes, notes.get(b"synthetic") == b"true")


def schema_fault(schema: pa.Schema) -> tuple[str, str] | None:
    """Return what is wrong with `schema`, in English and Russian, or None."""
    names = ", ".join(schema.names) or "none"
    for name in ("image", "text"):
        if name not in schema.names:
            return (
                f"it has no column {name} (it has: {names})",
                f"нет столбца {name} (есть: {names})",
            )
    image, text = schema.field("image").type, schema.field("text").type
    inner = {f.name: f.type for f in image} if pa.types.is_struct(image) else {}
    if "bytes" not in inner or not _is_binary(inner["bytes"]):
        return f"column image is {image}", f"столбец image имеет тип {image}"
    if not (pa.types.is_string(text) or pa.types.is_large_string(text)):
        return f"column text is {text}", f"столбец text имеет тип {text}"
    return None


def read_piece(piece: Piece, *, columns: Sequence[str] = ("image", "text")) -> pa.Table:
    """Return the rows of a piece; raises DataError when the file is damaged there."""
    wanted = ["image.bytes" if name == "image" else name for name in columns]
    parts: list[pa.RecordBatch] = []
    start = 0
    try:
        with pq.ParquetFile(piece.path, buffer_size=_BUFFER) as file:
            for batch in file.iter_batches(
                batch_size=min(PIECE, piece.rows),
                row_groups=[piece.group],
                columns=wanted,
                use_threads=False,
            ):
                low = max(piece.skip - start, 0)
                high = min(piece.skip + piece.rows - start, batch.num_rows)
                if low < high:
                    parts.append(batch.slice(low, high - low))
                start += batch.num_rows
                if start >= piece.skip + piece.rows:
                    break
            table = pa.Table.from_batches(parts) if parts else None
    except (pa.ArrowException, OSError) as error:
        raise _damaged(piece.path, error) from error
    if table is None or table.num_rows != piece.rows:
        raise _damaged(piece.path, f"row group {piece.group} has fewer rows than its header says")
    return table


def image_bytes(table: pa.Table) -> list[bytes | None]:
    """Return the encoded images of rows; None where there are no bytes."""
    column = table.column("image").combine_chunks()
    values = pc.struct_field(column, "bytes")
    return [value if value else None for value in values.to_pylist()]


def take_images(shards: Shards, rows: Sequence[int] | NDArray[np.int64]) -> dict[int, bytes | None]:
    """Return the encoded images of some rows by number, reading their row groups alone."""
    wanted = np.unique(np.asarray(rows, dtype=np.int64))
    found: dict[int, bytes | None] = {}
    for piece in shards.pieces():
        low, high = np.searchsorted(wanted, [piece.start, piece.start + piece.rows])
        if low == high:
            continue
        inside = pa.array(wanted[low:high] - piece.start)
        table = read_piece(piece, columns=("image",)).take(inside)
        found.update(zip(wanted[low:high].tolist(), image_bytes(table), strict=True))
    return found


def _is_binary(kind: pa.DataType) -> bool:
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def _natural(path: Path) -> list[tuple[int, str]]:
    return [
        (int(part), "") if part.isdigit() else (-1, part)
        for part in re.split(r"([0-9]+)", path.as_posix())
        if part
    ]


def _name(paths: Sequence[Path]) -> str:
    return ", ".join(map(str, paths))


def _damaged(path: Path, error: object) -> DataError:
    what = str(error).splitlines()[0] if str(error) else type(error).__name__
    return DataError(
        f"{path} is damaged, cut short or no parquet file ({what}): fetch it again",
        ru=f"{path} повреждён, обрезан или не является файлом parquet ({what}): получите его снова",
    )
