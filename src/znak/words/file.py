"""The encoder's file: an uncompressed `.npz` whose arrays are checked when read.

`meta` is JSON in UTF-8: format, name, layers, recipe. `words` is the vocabulary, newline-separated.
The name ends in a fingerprint of all arrays, so that a model conditioned on these vectors can say
which weights it was made for. The archive's checksums find damage.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from znak.errors import DataError, StorageError
from znak.words.base import DIM

FORMAT = 1
SHIPPED = "words.npz"
_LAYER = ("norm1", "qkv", "position", "out", "norm2", "up", "up_bias", "down")

_INDEX = (("stem", "rows"), ("slip", "rows"), ("pair", "pairs"))  # and the table each points into


@dataclass(frozen=True)
class Weights:
    """The arrays of a file by name, with the vocabulary and the meta data."""

    name: str
    words: tuple[str, ...]
    n_layers: int
    recipe: dict[str, Any]
    arrays: Mapping[str, NDArray[Any]]

    def __getitem__(self, name: str) -> NDArray[Any]:
        """Return one array."""
        return self.arrays[name]

    def layer(self, index: int) -> dict[str, NDArray[np.float32]]:
        """Return the arrays of one transformer layer."""
        return {name: self.arrays[f"layer{index}_{name}"] for name in _LAYER}


def read_weights(path: Path | None = None) -> Weights:
    """Return a file's weights, the shipped file's by default.

    Raises DataError for a file that is missing, damaged or of another format.
    """
    path = path or Path(str(resources.files("znak.words") / "data" / SHIPPED))
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        meta = json.loads(arrays.pop("meta").tobytes())
        if meta["format"] != FORMAT:
            raise DataError(
                f"{path} has words format {meta['format']}, this version reads {FORMAT}: "
                "reinstall znak or train again with: znak train words",
                ru=f"{path}: формат {meta['format']}, нужен {FORMAT}; переустановите znak",
            )
        words = tuple(arrays.pop("words").tobytes().decode("utf-8").split("\n"))
        found = Weights(meta["name"], words, int(meta["layers"]), meta["recipe"], arrays)
        _check(found)
    except DataError:
        raise
    except FileNotFoundError as error:
        raise _damaged(path, "it is missing", "его нет") from error
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
        EOFError,
        zipfile.BadZipFile,
        zlib.error,
    ) as e:
        raise _damaged(path, f"damaged: {e}", f"повреждён: {e}") from e
    for name, array in arrays.items():
        if array.dtype == np.float16:
            arrays[name] = array.astype(np.float32)
    return found


def write_weights(
    path: Path,
    arrays: Mapping[str, NDArray[Any]],
    *,
    words: tuple[str, ...],
    n_layers: int,
    recipe: dict[str, Any],
) -> str:
    """Write a file, the same bytes for the same arguments, and return the weights' name."""
    text = np.frombuffer("\n".join(words).encode("utf-8"), np.uint8)
    digest = hashlib.sha256(text.tobytes())
    for key in sorted(arrays):
        digest.update(key.encode() + np.ascontiguousarray(arrays[key]).tobytes())
    name = f"znak-words-{FORMAT}-{digest.hexdigest()[:12]}"
    meta = {"format": FORMAT, "name": name, "layers": n_layers, "recipe": recipe}
    blob = np.frombuffer(json.dumps(meta, sort_keys=True).encode(), np.uint8)
    stored: dict[str, Any] = {"meta": blob, "words": text, **{k: arrays[k] for k in sorted(arrays)}}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            np.savez(file, **stored)
    except OSError as error:
        raise StorageError(
            f"{path} can't be written ({error.strerror}): choose another --out",
            ru=f"Не удалось записать {path} ({error.strerror}): выберите другой --out",
        ) from error
    return name


def _check(weights: Weights) -> None:
    """Raise ValueError or KeyError where the arrays don't fit together."""
    n, n_grams, n_pairs = len(weights.words), len(weights["grams"]), len(weights["pairs"])
    wanted = {
        "rows": (n, DIM), "row_scales": (n,), "grams": (n_grams, DIM), "gram_scales": (n_grams,),
        "pairs": (n_pairs, DIM), "pair_scales": (n_pairs,), "pool_norm": (DIM,), "pool": (DIM,), "gains": (5, 2), "projection": (384, DIM),
    }  # fmt: skip
    for name, shape in wanted.items():
        if weights[name].shape != shape:
            raise ValueError(f"{name} has shape {weights[name].shape}, not {shape}")
    for name, table in _INDEX:
        rows = weights[f"{name}_rows"]
        if rows.shape != weights[f"{name}_hashes"].shape:
            raise ValueError(f"{name}_hashes and {name}_rows differ in length")
        if len(rows) and int(rows.max()) >= len(weights[table]):
            raise ValueError(f"{name}_rows points beyond {table}")
    for index in range(weights.n_layers):
        weights.layer(index)


def _damaged(path: Path, what: str, what_ru: str) -> DataError:
    return DataError(
        f"the text encoder's file {path} can't be used ({what}): reinstall znak, or train it "
        "again with: znak train words",
        ru=f"Файл кодировщика текста {path} непригоден ({what_ru}): переустановите znak",
    )
