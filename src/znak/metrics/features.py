"""Features of a set of images, and the checks that every metric begins with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from znak.errors import InputError

Floats = NDArray[np.float64]
INCEPTION = "inception"


@dataclass(frozen=True, eq=False)
class Features:
    """What an extractor saw in n images: `vectors` (n, d) and, for IS, `logits` (n, classes).

    `extractor` names network and weights, `resize` says how the images were brought to its size.
    """

    vectors: NDArray[np.floating]
    extractor: str = "given"
    resize: str = "none"
    logits: NDArray[np.floating] | None = None

    def __len__(self) -> int:
        return len(self.vectors)


def check_vectors(vectors: NDArray[np.floating], what: str, *, least: int) -> NDArray[np.floating]:
    """Return `vectors` (n, d) when they are finite and n ≥ `least`; raise InputError otherwise."""
    if vectors.ndim != 2 or 0 in vectors.shape:
        raise InputError(
            f"{what}: an array of shape {vectors.shape}; features are (images, dimensions)",
            ru=f"{what}: массив формы {vectors.shape}; признаки — (изображения, измерения)",
        )
    if not np.issubdtype(vectors.dtype, np.floating):
        raise InputError(
            f"{what}: features of type {vectors.dtype}; give floating-point numbers",
            ru=f"{what}: признаки типа {vectors.dtype}; нужны числа с плавающей точкой",
        )
    if len(vectors) < least:
        raise InputError(
            f"{what}: {len(vectors)} images, but the figure means nothing with fewer than {least}: "
            "give more",
            ru=f"{what}: изображений {len(vectors)}, а меньше чем с {least} число ничего не значит: "
            "дайте больше",
        )
    bad = ~np.isfinite(vectors).all(axis=1)
    if bad.any():
        raise InputError(
            f"{what}: the features of {int(bad.sum())} of {len(vectors)} images hold NaN or infinity "
            f"(first: image {int(bad.argmax())})",
            ru=f"{what}: в признаках {int(bad.sum())} из {len(vectors)} изображений есть NaN или "
            f"бесконечность (первое: {int(bad.argmax())})",
        )
    return vectors


def check_pair(a: Features, b: Features, what: str, *, least: int) -> None:
    """Raise InputError unless both sets are fit and of one extractor, resize and dimension."""
    check_vectors(a.vectors, f"{what}, generated", least=least)
    check_vectors(b.vectors, f"{what}, real", least=least)
    for name, left, right in (
        ("extractor", a.extractor, b.extractor),
        ("resize", a.resize, b.resize),
        ("dimension", a.vectors.shape[1], b.vectors.shape[1]),
    ):
        if left != right:
            raise InputError(
                f"{what}: generated and real images have features of another {name} ({left}, {right}): "
                "extract both in one way",
                ru=f"{what}: признаки получены по-разному ({name}: {left} и {right})",
            )
