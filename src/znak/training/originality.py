"""The index of known drawings and brand logos that `znak.engine.originality` reads.

    znak train originality data/corpus

One row for each cluster of near-copies among the drawings of the train and valid splits, and for
each brand logo. The drawings of the test split say how close drawings usually are to one another.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow.dataset as ds
from numpy.typing import NDArray

from znak.corpus.store import BRAND, read_drawings
from znak.engine.file import Weights, write_weights
from znak.engine.originality import GRID, KIND, Index, names_blob, reduce
from znak.errors import DataError
from znak.fields.sdf import dequantise

_HELD_OUT = 2000
_FITTED = 40_000
Rows = tuple[list[str], NDArray[np.float32], NDArray[np.int32]]


def build_index(corpus: Path, out: Path, *, components: int = 32) -> tuple[int, int]:
    """Write the index of a corpus folder to `out`; return its rows and its size in bytes."""
    names, features, clusters = _gather(_drawings(corpus, ("train", "valid")))
    _, first = np.unique(clusters, return_index=True)
    first.sort()
    brand_names, brand_features, _ = _gather(_brands(corpus))
    held = _gather(_drawings(corpus, ("test",)), most=_HELD_OUT)[1]
    if len(first) == 0 or len(held) == 0:
        raise DataError(
            f"{corpus} holds no drawings in its train or test split: build the corpus again",
            ru=f"В {corpus} нет рисунков в частях train или test: постройте корпус заново",
        )
    features = np.concatenate([features[first], brand_features])
    is_brand = np.arange(len(features)) >= len(first)
    kept_names = [*(names[i] for i in first), *brand_names]
    arrays = make_arrays(features, kept_names, is_brand, components=components)
    floats = {k: v.astype(np.float32) if v.dtype == np.float16 else v for k, v in arrays.items()}
    index = Index(Weights(KIND, {}, {}, floats, ""))
    distance, _ = index.search(held.reshape(-1, 64, 64))
    arrays["quantiles"] = np.percentile(distance, np.arange(101)).astype(np.float32)
    about = {"drawings": len(first), "brands": len(brand_names), "held_out": len(held)}
    size = write_weights(out, arrays, kind=KIND, config={"components": components}, about=about)
    return len(features), size


def make_arrays(
    features: NDArray[np.float32],
    names: list[str],
    brands: NDArray[np.bool_],
    *,
    components: int,
) -> dict[str, NDArray[np.generic]]:
    """Return the arrays of an index of `features` (n, 256), its quantiles still to be measured."""
    sample = features[:: max(1, len(features) // _FITTED)].astype(np.float64)
    mean = sample.mean(axis=0)
    _, vectors = np.linalg.eigh((sample - mean).T @ (sample - mean) / len(sample))
    basis = vectors[:, ::-1][:, :components].T
    # the sign of an eigenvector is the library's whim: fix it
    basis *= np.sign(basis[np.arange(len(basis)), np.abs(basis).argmax(axis=1)])[:, None]
    # stored as the reader will use them, so that both project alike
    basis = basis.astype(np.float16).astype(np.float32)
    mean = mean.astype(np.float16).astype(np.float32)
    projected = (features - mean) @ basis.T
    scale = float(np.percentile(np.abs(projected), 99.95)) / 127
    return {
        "rows": np.clip(np.rint(projected / scale), -127, 127).astype(np.int8),
        "basis": basis.astype(np.float16),
        "mean": mean.astype(np.float16),
        "scale": np.array([scale], np.float32),
        "names": names_blob(names),
        "brands": brands.astype(np.uint8),
        "quantiles": np.linspace(0, 8, 101).astype(np.float32),
    }


def _drawings(
    corpus: Path, splits: tuple[str, ...]
) -> Iterator[tuple[list[str], NDArray[np.int8], NDArray[np.int32]]]:
    columns = ["set", "name", "field", "solid", "cluster"]
    for split in splits:
        for batch in read_drawings(corpus, split=split, columns=columns):
            yield _unpack(batch, "cluster")


def _brands(
    corpus: Path,
) -> Iterator[tuple[list[str], NDArray[np.int8], NDArray[np.int32]]]:
    paths = sorted(str(p) for p in (corpus / "brands").glob("*.parquet"))
    if paths:
        columns = ["set", "name", "field", "solid"]
        for batch in ds.dataset(paths, schema=BRAND).to_batches(columns=columns, batch_size=4096):
            yield _unpack(batch, None)


def _unpack(
    batch: object, cluster: str | None
) -> tuple[list[str], NDArray[np.int8], NDArray[np.int32]]:
    rows = [row for row in batch.to_pylist() if row["solid"] or cluster is None]  # type: ignore[attr-defined]
    fields = np.frombuffer(b"".join(row["field"] for row in rows), np.int8).reshape(-1, 64, 64)
    names = [f"{row['set']}:{row['name']}" for row in rows]
    numbers = [row[cluster] if cluster else -1 for row in rows]
    return names, fields, np.array(numbers, np.int32)


def _gather(
    batches: Iterator[tuple[list[str], NDArray[np.int8], NDArray[np.int32]]],
    *,
    most: int | None = None,
) -> Rows:
    """Return names, features (n, 256) and clusters; with `most`, the first fields themselves."""
    names: list[str] = []
    parts: list[NDArray[np.float32]] = []
    clusters: list[NDArray[np.int32]] = []
    for some, fields, numbers in batches:
        values = dequantise(fields)
        parts.append(values.reshape(len(values), -1) if most is not None else reduce(values))
        names += some
        clusters.append(numbers)
        if most is not None and len(names) >= most:
            break
    width = 64 * 64 if most is not None else GRID * GRID
    features = np.concatenate(parts) if parts else np.empty((0, width), np.float32)
    return (
        names[:most],
        features[:most],
        np.concatenate(clusters)[:most] if clusters else np.empty(0, np.int32),
    )
