"""Text match: whether an image shows what its own text says, rather than another's.

    images → class probabilities → their names' text vectors, mixed → cosine with the own text

`match` is the mean cosine with the own text less that with the other images' texts, so that 0 is
chance whatever the texts have in common. `pick` is the share of images for which the own text beats
CANDIDATES − 1 texts drawn at random; chance is 1 / CANDIDATES.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from znak.errors import InputError
from znak.metrics.features import Features, Floats, check_vectors
from znak.metrics.figure import Figure, bootstrap
from znak.metrics.inception_score import log_probabilities

CANDIDATES = 32


def name_images(logits: NDArray[np.floating], names: NDArray[np.floating]) -> Floats:
    """Return (n, d): the class names' vectors (classes, d) mixed by the images' probabilities."""
    mixed = np.exp(log_probabilities(logits)) @ np.asarray(names, dtype=np.float64)
    return np.asarray(mixed)


def _unit(rows: Floats) -> Floats:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True).clip(1e-12))


def measure_text_match(
    features: Features,
    texts: NDArray[np.floating],
    names: NDArray[np.floating],
    *,
    replicates: int = 200,
    seed: int = 0,
) -> list[Figure]:
    """Return `match` and `pick` for images with logits and their texts' vectors (n, d).

    Raises InputError for fewer than CANDIDATES images, texts that are all the same, or numbers
    that do not belong together.
    """
    if features.logits is None or features.logits.shape != (len(texts), len(names)):
        shape = None if features.logits is None else features.logits.shape
        raise InputError(
            f"text match: logits {shape} for {len(texts)} texts and {len(names)} class names",
            ru=f"Соответствие тексту: {shape} для {len(texts)} текстов и {len(names)} классов",
        )
    check_vectors(np.asarray(texts), "text match", least=CANDIDATES)
    own = _unit(np.asarray(texts, dtype=np.float64))
    if np.ptp(own, axis=0).max() < 1e-9:
        raise InputError(
            "text match: all texts are the same, so no image can prefer its own",
            ru="Соответствие тексту: все тексты одинаковы",
        )
    check_vectors(features.logits, "text match", least=CANDIDATES)
    cosines = _unit(name_images(features.logits, names)) @ own.T
    n = len(cosines)
    mine = np.diagonal(cosines).copy()
    margin = mine - (cosines.sum(axis=1) - mine) / (n - 1)
    rng = np.random.default_rng(seed)
    picked = np.empty(n)
    for i in range(n):
        others = rng.choice(n - 1, CANDIDATES - 1, replace=False)
        rivals = cosines[i, others + (others >= i)]
        ties = int((rivals == mine[i]).sum())
        picked[i] = (rivals > mine[i]).sum() == 0 and 1 / (1 + ties)
    details = {"candidates": CANDIDATES, "replicates": replicates}
    figures = []
    for name, values in (("text match", margin), ("text pick", picked)):

        def resampled(rows: NDArray[np.int64], values: Floats = values) -> float:
            return float(values[rows].mean())

        value = float(values.mean())
        figures.append(
            Figure(
                name=f"{name}-{features.extractor}",
                value=value,
                interval=bootstrap(
                    resampled,
                    n,
                    value,
                    replicates=replicates,
                    seed=seed,
                    is_share=values is picked,
                ),
                n=n,
                n_real=None,
                extractor=features.extractor,
                resize=features.resize,
                details=details,
            )
        )
    return figures
