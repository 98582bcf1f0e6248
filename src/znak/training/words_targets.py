"""What the teacher says of English texts, projected to the encoder's dimension."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from znak.words.base import DIM

Floats = NDArray[np.float32]
Encode = Callable[[Sequence[str]], Floats]


class Targets:
    """The teacher's vectors by English text, projected to DIM."""

    def __init__(self, texts: Sequence[str], vectors: Floats, *, projection: Floats) -> None:
        """`vectors` are the teacher's own, `projection` is `(384, DIM)`."""
        self.names = tuple(texts)
        self._at = {text: i for i, text in enumerate(texts)}
        self.full = vectors
        self.projection = projection
        self.vectors = unit_rows(vectors @ projection)

    def of(self, text: str) -> Floats:
        """Return one text's projected unit vector."""
        return np.asarray(self.vectors[self._at[text]], np.float32)

    def find(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """Return the row of each text."""
        return np.array([self._at[text] for text in texts], np.int64)

    def __contains__(self, text: object) -> bool:
        """Return whether the teacher has read a text."""
        return text in self._at


def teach(texts: Sequence[str], *, teacher: Encode, cache: Path | None) -> tuple[list[str], Floats]:
    """Return sorted texts and the teacher's vectors; vectors of an earlier run come from `cache`."""
    wanted = sorted(set(texts))
    known: dict[str, Floats] = {}
    if cache is not None and cache.is_file():
        with np.load(cache, allow_pickle=False) as stored:
            names = stored["texts"].tobytes().decode("utf-8").split("\n")
            known = dict(zip(names, stored["vectors"].astype(np.float32), strict=True))
    missing = [text for text in wanted if text not in known]
    known.update(zip(missing, teacher(missing), strict=True))
    if cache is not None and missing:
        names = sorted(known)
        blob = np.frombuffer("\n".join(names).encode("utf-8"), np.uint8)
        cache.parent.mkdir(parents=True, exist_ok=True)
        np.savez(cache, texts=blob, vectors=np.stack([known[n] for n in names]).astype(np.float16))
    vectors = np.stack([known[text] for text in wanted]).astype(np.float16)
    return wanted, vectors.astype(np.float32)


def project(vectors: Floats) -> Floats:
    """Return the `(384, DIM)` orthonormal projection that keeps most of the vectors' length."""
    _, axes = np.linalg.eigh((vectors.T @ vectors).astype(np.float64))
    kept = axes[:, ::-1][:, :DIM]
    signs = np.sign(kept[np.abs(kept).argmax(axis=0), np.arange(DIM)])
    return np.asarray(kept * signs, np.float32)


def unit_rows(x: Floats) -> Floats:
    """Return rows of unit length; zero rows stay."""
    return np.asarray(x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-9), np.float32)
