"""Stand-ins for a pack and a text encoder."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from znak.fields.sdf import quantise


@dataclass(frozen=True, eq=False)
class FakePack:
    """Discs and bars of random size, captioned as such."""

    fields: NDArray[np.int8]
    captions: list[str]
    concepts: list[str]
    tags: list[tuple[str, ...]]
    measures: NDArray[np.float32]
    split: NDArray[np.str_]
    derived: NDArray[np.str_]
    solid: NDArray[np.bool_]
    interface: NDArray[np.bool_]


def make_pack(n: int = 64) -> FakePack:
    rng = np.random.default_rng(0)
    y, x = np.mgrid[0:64, 0:64].astype(np.float32) + 0.5 - 32
    fields, names = [], []
    for i in range(n):
        size = rng.uniform(8, 24)
        if i % 2:
            fields.append((size - np.hypot(x, y)) / 8)
        else:
            fields.append(np.minimum(size - np.abs(y) / 2, size / 2 - np.abs(x)) / 8)
        names.append("disc" if i % 2 else "bar left" if i % 4 else "bar")
    stack = np.stack([quantise(f) for f in fields])
    measures = np.tile(np.array([0.3, 8, 1, 1, 0, 100], dtype=np.float32), (n, 1))
    return FakePack(
        fields=stack,
        captions=names,
        concepts=[name.split()[0] for name in names],
        tags=[("round",) if name == "disc" else () for name in names],
        measures=measures,
        split=np.array(["valid" if i % 8 == 7 else "train" for i in range(n)]),
        derived=np.array(["" if i % 3 else "filled" for i in range(n)]),
        solid=np.ones(n, dtype=bool),
        interface=np.zeros(n, dtype=bool),
    )


class HashEncoder:
    """A unit vector for each text, from its hash."""

    name = "hash"

    def __init__(self, dim: int = 16) -> None:
        self.dim = dim

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = np.zeros((len(texts), self.dim), dtype=np.float32)
        for i, text in enumerate(texts):
            if text:
                key = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little")
                vector = np.random.default_rng(key).standard_normal(self.dim)
                rows[i] = vector / np.linalg.norm(vector)
        return rows
