"""Retrieval: drawings of a corpus in place of samples, for research only.

The nearest captions by text vector; the seed says which of the nearest drawings. What it returns is
somebody's drawing under its own licence, so it serves as a yardstick ("does the model beat looking
things up?") and never as a result: its name and the marks' provenance say retrieval.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from znak.engine.base import Floats, OnStep
from znak.errors import DataError, MissingError
from znak.fields.sdf import dequantise
from znak.words import TextEncoder, load_encoder

_NEAREST = 12


@lru_cache(maxsize=1)
def open_retrieval(corpus: Path, *, split: str = "train") -> RetrievalEngine:
    """Return the engine over the solid drawings of a corpus folder; raise DataError, MissingError."""
    try:
        from znak.corpus.store import read_drawings
    except ImportError as error:
        raise MissingError(
            f"the engine retrieval needs the extra 'train' ({error.name} is missing): pip install "
            "'znak[train]'",
            ru=f"Движку retrieval нужен набор 'train' (нет {error.name}): pip install 'znak[train]'",
        ) from error
    fields, captions, names = [], [], []
    columns = ["set", "name", "caption", "field", "solid"]
    for batch in read_drawings(corpus, split=split, columns=columns):
        for row in batch.to_pylist():
            if row["solid"] and row["caption"]:
                fields.append(np.frombuffer(row["field"], np.int8).reshape(64, 64))
                captions.append(row["caption"])
                names.append(f"{row['set']}:{row['name']}")
    if not fields:
        raise DataError(
            f"{corpus} holds no solid {split} drawing with a caption",
            ru=f"В {corpus} нет сплошных рисунков с подписями",
        )
    return RetrievalEngine(np.stack(fields), captions, names, load_encoder())


class RetrievalEngine:
    """See the module."""

    name = "retrieval"
    original = False  # its drawings are known ones, and are not dropped for that
    output: Literal["fields", "images"] = "fields"

    def __init__(
        self,
        fields: NDArray[np.int8],
        captions: Sequence[str],
        names: Sequence[str],
        encoder: TextEncoder,
    ) -> None:
        """Take n drawings (n, 64, 64) with their captions and names."""
        self.fields, self.names, self.encoder = fields, list(names), encoder
        self.revision = f"retrieval-{len(fields)}"
        distinct = sorted(set(captions))
        self._vectors = encoder(distinct)
        number = {caption: k for k, caption in enumerate(distinct)}
        self._caption = np.array([number[c] for c in captions])

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return the text vectors (n, d)."""
        return self.encoder(list(texts))

    def sample(
        self,
        text_vectors: Floats,
        *,
        seeds: Sequence[int],
        steps: int | None = None,
        guidance: float | None = None,
        style: Floats | None = None,
        on_step: OnStep | None = None,
    ) -> Floats:
        """Return a drawing's field for each seed; steps, guidance and style mean nothing here."""
        rows = self.find(text_vectors, seeds=seeds)
        if on_step is not None:
            on_step(1.0)
        return dequantise(self.fields[rows])

    def find(self, text_vectors: Floats, *, seeds: Sequence[int]) -> NDArray[np.intp]:
        """Return the row of the drawing taken for each seed: one of the nearest, by the seed."""
        text = np.asarray(text_vectors, np.float32)
        if text.ndim == 3:
            text = text[:, 0]
        out = np.empty(len(seeds), np.intp)
        for k, (vector, seed) in enumerate(zip(text, seeds, strict=True)):
            near = (self._vectors @ vector)[self._caption]
            order = np.argsort(-near, kind="stable")[:_NEAREST]
            out[k] = order[np.random.Generator(np.random.Philox(key=seed)).integers(len(order))]
        return out
