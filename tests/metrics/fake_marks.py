"""A pack of simple shapes under several names, split as the corpus is, and a list of its prompts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from znak.fields.sdf import quantise
from znak.metrics.prompts import Prompts, fingerprint

SHAPES = ("disc", "ring", "bar", "cross")


@dataclass(frozen=True, eq=False)
class FakePack:
    fields: np.ndarray
    captions: list[str]
    concepts: list[str]
    split: np.ndarray
    cluster: np.ndarray
    derived: np.ndarray
    solid: np.ndarray
    interface: np.ndarray

    def __len__(self) -> int:
        return len(self.fields)


def draw_shape(name: str, size: float, x0: float, y0: float) -> np.ndarray:
    y, x = np.mgrid[:64, :64] + 0.5 - 32
    x, y = x - x0, y - y0
    r = np.hypot(x, y)
    bars = [np.minimum(size - np.abs(a), size / 3 - np.abs(b)) for a, b in ((x, y), (y, x))]
    shapes = {
        "disc": size - r,
        "ring": size / 4 - np.abs(r - 0.8 * size),
        "bar": bars[1],
        "cross": np.maximum(*bars),
    }
    return np.clip(shapes[name] / 8, -1, 1).astype(np.float32)


def make_pack(n: int = 240, *, seed: int = 0) -> FakePack:
    rng = np.random.default_rng(seed)
    names = [SHAPES[i % len(SHAPES)] for i in range(n)]
    fields = [
        quantise(draw_shape(m, rng.uniform(17, 24), *rng.uniform(-3, 3, 2)).astype(np.float32))
        for m in names
    ]
    split = np.array([("train", "test", "test", "valid")[i // len(SHAPES) % 4] for i in range(n)])
    return FakePack(
        np.stack(fields),
        [f"{name} {('plain', 'big')[i % 5 == 0]}" for i, name in enumerate(names)],
        names,
        split,
        np.arange(n, dtype=np.int32),
        np.array(["" if i % 3 else "filled" for i in range(n)]),
        np.ones(n, dtype=bool),
        np.zeros(n, dtype=bool),
    )


def make_prompts(pack: FakePack) -> Prompts:
    counts = {
        c: sum(pack.concepts[i] == c for i in np.flatnonzero(pack.split == "test")) for c in SHAPES
    }
    return Prompts(SHAPES, counts, fingerprint(pack))
