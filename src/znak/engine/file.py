"""Run-time files: arrays and a JSON header in one safetensors file, read with numpy alone.

The layout is that of safetensors, so every other tool reads it too. The metadata key "znak" holds
`kind`, `version`, `config`, `about` and `crc32`, the checksum of the data, so that a damaged file
is found when it is opened. Half-precision arrays come back as float32, and so do those that `pack_bytes`
has made whole numbers of, a scale for each row beside them.
"""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from znak.atomic import write_bytes
from znak.errors import DataError

VERSION = 1
_TYPES = {"F32": np.float32, "F16": np.float16, "I8": np.int8, "U8": np.uint8, "I32": np.int32}
_NAMES = {np.dtype(kind): name for name, kind in _TYPES.items()}
_LONGEST_HEADER = 10_000_000
_SCALE = "|scale"


@dataclass(frozen=True, eq=False)
class Weights:
    """What a run-time file holds; `revision` is short and changes with the content."""

    kind: str
    config: dict[str, Any]
    about: dict[str, Any]
    arrays: dict[str, NDArray[Any]]
    revision: str


def write_weights(
    path: Path,
    arrays: Mapping[str, NDArray[Any]],
    *,
    kind: str,
    config: Mapping[str, Any],
    about: Mapping[str, Any],
) -> int:
    """Write a run-time file whole or not at all, the same bytes for the same arguments.

    Returns its size in bytes. Raises StorageError, and DataError for values that are not finite.
    """
    table: dict[str, Any] = {}
    parts: list[bytes] = []
    place = 0
    for name in sorted(arrays, key=lambda name: (-arrays[name].itemsize, name)):
        array = np.ascontiguousarray(arrays[name])
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise DataError(
                f"the weights {name} are not finite in {array.dtype}: {path} was not written",
                ru=f"В весах {name} есть NaN или бесконечность: {path} не записан",
            )
        data = array.tobytes()
        table[name] = {
            "dtype": _NAMES[array.dtype],
            "shape": list(array.shape),
            "data_offsets": [place, place + len(data)],
        }
        parts.append(data)
        place += len(data)
    body = b"".join(parts)
    header = {
        "kind": kind,
        "version": VERSION,
        "config": dict(config),
        "about": dict(about),
        "crc32": zlib.crc32(body),
    }
    note = json.dumps(header, ensure_ascii=False, sort_keys=True)
    head = json.dumps({"__metadata__": {"znak": note}, **table}, ensure_ascii=False).encode()
    head += b" " * (-len(head) % 8)
    whole = len(head).to_bytes(8, "little") + head + body
    write_bytes(path, whole)
    return len(whole)


def read_weights(path: Path, *, kind: str) -> Weights:
    """Return a file's arrays and header; raise DataError when it can't be trusted.

    That is: missing, damaged, truncated, of another format or version, or not of `kind`.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise DataError(f"there is no file {path}", ru=f"Нет файла {path}") from error
    except OSError as error:
        raise _damaged(path, error.strerror or str(error)) from error
    length = int.from_bytes(data[:8], "little")
    if len(data) < 8 or not 2 <= length <= min(_LONGEST_HEADER, len(data) - 8):
        raise _damaged(path, "it is truncated or no safetensors file")
    try:
        table = json.loads(data[8 : 8 + length])
        header = json.loads(table.pop("__metadata__")["znak"])
        found, version = header["kind"], header["version"]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _damaged(path, "its header is not of a Znak file") from error
    if version != VERSION or found != kind:
        raise DataError(
            f"{path} holds {found!r} of version {version}, wanted is {kind!r} of version {VERSION}: "
            "take the file that belongs to this version of znak, or export it again",
            ru=f"{path} содержит {found!r} версии {version}, нужно {kind!r} версии {VERSION}: "
            "возьмите файл от этой версии znak или экспортируйте заново",
        )
    body = memoryview(data)[8 + length :]
    try:
        size = max((int(entry["data_offsets"][1]) for entry in table.values()), default=0)
        if len(body) != size:
            raise _damaged(path, f"it has {len(body):,} bytes of data where {size:,} belong")
        checksum = zlib.crc32(body)
        if checksum != header["crc32"]:
            raise _damaged(path, "its checksum differs")
        arrays = {name: _array(body, entry) for name, entry in table.items()}
        arrays = unpack_bytes(arrays)
        config, about = dict(header["config"]), dict(header["about"])
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise _damaged(path, f"its table can't be read: {error}") from error
    return Weights(found, config, about, arrays, f"{kind}-{VERSION}-{checksum:08x}")


def pack_bytes(arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Return the arrays with each matrix (2 or more dimensions) as int8 and a float32 scale a row.

    Half the size of half precision; a value is off by at most 1/254 of its row's largest. Matrices
    with values that are not finite stay as they are, for `write_weights` to refuse.
    """
    out: dict[str, NDArray[Any]] = {}
    for name, array in arrays.items():
        if array.ndim < 2 or not np.isfinite(array).all():
            out[name] = array
            continue
        rows = array.reshape(len(array), -1).astype(np.float32)
        scale = np.maximum(np.abs(rows).max(axis=1), np.float32(1e-12)) / np.float32(127)
        out[name] = np.rint(rows / scale[:, None]).astype(np.int8).reshape(array.shape)
        out[name + _SCALE] = scale
    return out


def unpack_bytes(arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Return float32 arrays for those that `pack_bytes` has packed, the others as they are."""
    out = {name: array for name, array in arrays.items() if not name.endswith(_SCALE)}
    for name, scale in arrays.items():
        if name.endswith(_SCALE):
            whole = out[name.removesuffix(_SCALE)]
            rows = whole.reshape(len(scale), -1).astype(np.float32) * scale[:, None]
            out[name.removesuffix(_SCALE)] = rows.reshape(whole.shape)
    return out


def count_weights(shapes: Mapping[str, Sequence[int]]) -> int:
    """Return the number of values in arrays of these shapes, the scales of packed ones left out."""
    return sum(math.prod(shape) for name, shape in shapes.items() if not name.endswith(_SCALE))


def _array(body: memoryview, entry: Mapping[str, Any]) -> NDArray[Any]:
    kind = _TYPES[entry["dtype"]]
    low, high = entry["data_offsets"]
    shape = tuple(int(n) for n in entry["shape"])
    if high - low != math.prod(shape) * np.dtype(kind).itemsize:
        raise ValueError(f"an array of shape {shape} with {high - low} bytes")
    array = np.frombuffer(body[low:high], dtype=kind).reshape(shape)
    return array.astype(np.float32) if kind is np.float16 else array


def _damaged(path: Path, what: str) -> DataError:
    return DataError(
        f"{path} is damaged ({what}): reinstall znak or take an intact copy",
        ru=f"{path} повреждён ({what}): переустановите znak или возьмите целую копию",
    )
