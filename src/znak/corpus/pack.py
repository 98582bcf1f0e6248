"""The pack: what training needs of a corpus, small enough to carry about.

    znak corpus pack DIR --out PACK          solid drawings
    znak corpus pack DIR --out PACK --lines  line drawings too, in files of their own

A pack is a folder of files of at most 60 MB, `solid-000.znp` first, and the index `pack.json`.
A `.znp` file is::

    8 bytes   magic "ZNAKPACK"
    4 bytes   version, unsigned, little endian (1)
    4 bytes   length of the header
    header    JSON: schema, kind, rows, columns, measures, sections [name, rows, bytes]
    sections  "model" (see `fieldmodel`), then for each block "fields" and "table", end to end

`pack.json` lists the files with their rows, bytes and sha256; a table is lzma over JSON columns.
`packing` writes packs. `unpack` here needs numpy and the standard library only: it decodes once into
a cache folder named by the content (`fields.npy` and flat columns), which is mapped into memory from
then on. Only `drawings/` is read in packing, so that nothing of `brands/` can get into a pack.
"""

from __future__ import annotations

import hashlib
import json
import lzma
import shutil
import struct
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from znak.corpus import fieldcodec, fieldmodel
from znak.corpus.workers import map_ordered
from znak.errors import DataError, StorageError

MAGIC = b"ZNAKPACK"
VERSION = 1
SCHEMA = "znak-pack-1"
MEASURES = ("coverage", "thickness", "symmetry", "n_parts", "n_holes", "perimeter")
TEXTS = ("caption", "concept", "ru", "set", "license", "derived", "split")
FLAGS = ("solid", "interface")
COLUMNS = (*TEXTS, "tags", *MEASURES, *FLAGS, "cluster")
KINDS = ("solid", "line")
INDEX = "pack.json"

_SEPARATOR = "\x1f"

Columns = dict[str, list[Any]]


class Texts(Sequence[str]):
    """A column of strings mapped into memory: UTF-8 end to end, and where each begins."""

    def __init__(self, blob: NDArray[np.uint8], starts: NDArray[np.int64]) -> None:
        self._blob, self._starts = blob, starts

    def __len__(self) -> int:
        return len(self._starts) - 1

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        index %= len(self)
        return self._blob[self._starts[index] : self._starts[index + 1]].tobytes().decode()


class Lists(Sequence[tuple[str, ...]]):
    """A column of string lists mapped into memory."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts

    def __len__(self) -> int:
        return len(self._texts)

    @overload
    def __getitem__(self, index: int) -> tuple[str, ...]: ...
    @overload
    def __getitem__(self, index: slice) -> list[tuple[str, ...]]: ...
    def __getitem__(self, index: int | slice) -> tuple[str, ...] | list[tuple[str, ...]]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        text = self._texts[index]
        return tuple(text.split(_SEPARATOR)) if text else ()


@dataclass(frozen=True, eq=False)
class Pack:
    """An unpacked pack of n drawings, in stored order; row i of every column is one drawing.

    `fields` (n, 64, 64) int8 mapped into memory, value × 127; `measures` (n, 6) float32 in the
    order of `MEASURES`; `split`, `derived` numpy strings; `solid`, `interface` (n,) bool;
    `cluster` (n,) int32; the rest `Texts`, `tags` tuples of strings.
    """

    fields: NDArray[np.int8]
    captions: Texts
    concepts: Texts
    ru: Texts
    tags: Lists
    sets: Texts
    licenses: Texts
    measures: NDArray[np.float32]
    cluster: NDArray[np.int32]
    split: NDArray[np.str_]
    derived: NDArray[np.str_]
    solid: NDArray[np.bool_]
    interface: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.fields)


def read_index(pack: Path) -> dict[str, Any]:
    """Return a pack's index; raise DataError when it is missing, damaged or of another schema."""
    path = pack / INDEX
    try:
        index: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        schema, files = index["schema"], index["files"]
        if schema == SCHEMA:
            for entry in files:
                _check_entry(entry)
    except FileNotFoundError as error:
        raise DataError(
            f"{pack} is no pack (no {INDEX}): make it with: znak corpus pack DIR --out {pack}",
            ru=f"{pack} — не пакет (нет {INDEX}); создайте: znak corpus pack DIR --out {pack}",
        ) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _damaged(path, f"not an index: {error}") from error
    if schema != SCHEMA:
        raise _other_schema(path, schema)
    return index


def _check_entry(entry: dict[str, Any]) -> None:
    name, kind = entry["name"], entry["kind"]
    numbers = (entry["rows"], entry["bytes"])
    if Path(name).name != name or not isinstance(kind, str) or not isinstance(entry["sha256"], str):
        raise ValueError(f"file {name!r}")
    if not all(isinstance(number, int) and number > 0 for number in numbers):
        raise ValueError(f"file {name!r} with {numbers}")


def unpack(pack: Path, cache: Path, *, kind: str | None = None, processes: int = 1) -> Pack:
    """Return the pack in folder `pack`, decoded once into a folder of `cache`.

    `kind` ("solid" or "line") takes only those files, so that the others need not be there.
    Raises DataError for what is damaged, truncated, missing or of another schema, StorageError when
    the cache can't be written.
    """
    index = read_index(pack)
    entries = [e for e in index["files"] if kind in (None, e["kind"])]
    if not entries:
        raise DataError(
            f"{pack} holds no {kind} drawings: pack them with --lines or ask for another kind",
            ru=f"В {pack} нет рисунков вида {kind}: соберите с --lines или выберите другой вид",
        )
    key = hashlib.sha256(json.dumps([SCHEMA, *(e["sha256"] for e in entries)]).encode()).hexdigest()
    home = cache / f"pack-{key[:24]}"
    opened = _open(home)
    if opened is not None:
        return opened
    try:
        cache.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=".pack-", dir=cache))
        try:
            _unpack_files([pack / e["name"] for e in entries], entries, temporary, processes)
            if home.exists() and _open(home) is None:
                shutil.rmtree(home)
            if not home.exists():
                temporary.rename(home)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    except OSError as error:
        raise StorageError(
            f"the pack can't be unpacked to {cache} ({error}): free some space or give another folder",
            ru=f"Не удалось распаковать в {cache} ({error}): освободите место или укажите другую папку",
        ) from error
    opened = _open(home)
    if opened is None:
        raise _damaged(home, "its cache can't be read back")
    return opened


def _unpack_files(
    paths: list[Path], entries: list[dict[str, Any]], out: Path, processes: int
) -> None:
    n = sum(e["rows"] for e in entries)
    fields = np.lib.format.open_memmap(
        out / "fields.npy", mode="w+", dtype=np.int8, shape=(n, 64, 64)
    )
    columns: Columns = {name: [] for name in COLUMNS}
    jobs: list[tuple[Path, bytes, bytes, int]] = []
    for path, entry in zip(paths, entries, strict=True):
        model = b""
        for name, rows, data in _read_sections(path, entry):
            if name == "model":
                model = data
            elif name == "fields":
                jobs.append((path, model, data, rows))
            else:
                _add_columns(columns, data, rows, path)
    row = 0
    for decoded in map_ordered(_decode_block, jobs, processes=min(processes, len(jobs))):
        fields[row : row + len(decoded)] = decoded
        row += len(decoded)
    fields.flush()
    _write_columns(columns, out)


def _decode_block(job: tuple[Path, bytes, bytes, int]) -> NDArray[np.int8]:
    path, model, data, rows = job
    fields = fieldcodec.decode(fieldmodel.Model.from_bytes(model), data)
    if len(fields) != rows:
        raise _damaged(path, f"a block of {rows} rows holds {len(fields)} fields")
    return fields


def _read_sections(path: Path, entry: dict[str, Any]) -> list[tuple[str, int, bytes]]:
    """Return the sections (name, rows, bytes) of a .znp file that is the one `entry` lists."""
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise DataError(
            f"{path} is missing: copy the whole pack", ru=f"Нет {path}: скопируйте пакет целиком"
        ) from error
    except OSError as error:
        raise _damaged(path, str(error)) from error
    if data[:8] != MAGIC or len(data) < 16:
        raise _damaged(path, "it is no pack file")
    version, length = struct.unpack_from("<II", data, 8)
    if version != VERSION:
        raise _other_schema(path, f"version {version}")
    if len(data) != entry["bytes"]:
        raise _damaged(path, f"it has {len(data):,} bytes where {INDEX} lists {entry['bytes']:,}")
    if hashlib.sha256(data).hexdigest() != entry["sha256"]:
        raise _damaged(path, "its checksum differs")
    header = json.loads(data[16 : 16 + length])
    if header["schema"] != SCHEMA:
        raise _other_schema(path, header["schema"])
    sections = []
    start = 16 + length
    for name, rows, size in header["sections"]:
        sections.append((name, rows, data[start : start + size]))
        start += size
    if header["rows"] != entry["rows"]:
        raise _damaged(path, f"it has {header['rows']} rows where {INDEX} lists {entry['rows']}")
    return sections


def _add_columns(columns: Columns, data: bytes, rows: int, path: Path) -> None:
    try:
        table = json.loads(lzma.decompress(data))
        if any(len(table[name]) != rows for name in COLUMNS):
            raise ValueError("columns of unequal length")
    except (lzma.LZMAError, ValueError, KeyError, TypeError, EOFError) as error:
        raise _damaged(path, f"its table can't be read: {error}") from error
    for name in COLUMNS:
        columns[name] += table[name]


def _write_columns(columns: Columns, out: Path) -> None:
    """Write the columns as plain .npy files, strings as a blob and where each begins."""
    lists = [_SEPARATOR.join(tags or ()) for tags in columns["tags"]]
    for name in ("caption", "concept", "ru", "set", "license", "tags"):
        texts = lists if name == "tags" else [text or "" for text in columns[name]]
        encoded = [text.encode() for text in texts]
        starts = np.zeros(len(encoded) + 1, dtype=np.int64)
        np.cumsum([len(text) for text in encoded], out=starts[1:])
        np.save(out / f"{name}-blob.npy", np.frombuffer(b"".join(encoded) or b"\0", dtype=np.uint8))
        np.save(out / f"{name}-starts.npy", starts)
    for name in ("split", "derived"):
        np.save(
            out / f"{name}.npy", np.array([text or "" for text in columns[name]], dtype=np.str_)
        )
    for name in FLAGS:
        np.save(out / f"{name}.npy", np.array(columns[name], dtype=np.bool_))
    np.save(out / "cluster.npy", np.array(columns["cluster"], dtype=np.int32))
    measures = np.array([columns[name] for name in MEASURES], dtype=np.float32).T
    np.save(out / "measures.npy", np.ascontiguousarray(measures))


def _open(home: Path) -> Pack | None:
    """Return the unpacked pack in `home`, or None when it is not there or not whole."""

    def load(name: str) -> NDArray[Any]:
        column: NDArray[Any] = np.load(home / f"{name}.npy", mmap_mode="r", allow_pickle=False)
        return column

    def texts(name: str) -> Texts:
        return Texts(load(f"{name}-blob"), load(f"{name}-starts"))

    try:
        pack = Pack(
            fields=load("fields"),
            captions=texts("caption"),
            concepts=texts("concept"),
            ru=texts("ru"),
            tags=Lists(texts("tags")),
            sets=texts("set"),
            licenses=texts("license"),
            measures=load("measures"),
            cluster=load("cluster"),
            split=load("split"),
            derived=load("derived"),
            solid=load("solid"),
            interface=load("interface"),
        )
    except (OSError, ValueError, EOFError):
        return None
    n = len(pack.fields)
    whole = all(
        len(column) == n for column in (pack.captions, pack.tags, pack.measures, pack.split)
    )
    return pack if whole and pack.fields.shape == (n, 64, 64) else None


def _damaged(path: Path, what: str) -> DataError:
    return DataError(
        f"{path} is damaged ({what}): copy the pack again or make it anew",
        ru=f"{path} повреждён ({what}): скопируйте пакет заново или соберите его снова",
    )


def _other_schema(path: Path, schema: object) -> DataError:
    return DataError(
        f"{path} has pack schema {schema!r}, this version reads {SCHEMA!r}: make the pack anew",
        ru=f"{path}: схема пакета {schema!r}, нужна {SCHEMA!r}; соберите пакет заново",
    )
