"""The inception score (arXiv 1606.03498, section 4): exp of the mean KL(p(y|x) ‖ p(y)).

    images → logits → class probabilities → splits → score of each → mean

It asks whether each image is of one clear class and all together of many. It never sees a real
image. Why the seed's was exactly 1 whatever its images: `docs/inception-score-one.md`.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from znak.errors import InputError
from znak.metrics.features import Features, Floats, check_vectors
from znak.metrics.figure import Figure, bootstrap, name_figure

LEAST = 100
"""Images a split, below which the score says more about their number than about them."""
_ROWS = 64
"""Rows at a time: what is computed of them stays in the processor's cache."""


def log_probabilities(logits: NDArray[np.floating]) -> Floats:
    """Return log p(y|x) (n, classes) in float64."""
    shifted = np.asarray(logits, dtype=np.float64)
    shifted = shifted - shifted.max(axis=1, keepdims=True)
    shifted -= np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return np.asarray(shifted)


def score_splits(logits: NDArray[np.floating], splits: int) -> Floats:
    """Return the score of each of `splits` consecutive parts; any number of rows, unchecked.

    `logits` may be log p(y|x) as well. With one row a part, p(y) is p(y|x) and the score is
    exp(0) = 1, whatever the row.
    """
    n = len(logits)
    scores = np.empty(splits)
    for i in range(splits):
        part = logits[i * n // splits : (i + 1) * n // splits]
        total, own = np.zeros(logits.shape[1]), 0.0
        for start in range(0, len(part), _ROWS):
            raised, sums, inner = _raise(part[start : start + _ROWS])
            total += (1 / sums) @ raised
            own += float(inner.sum())
        scores[i] = _score(own, total, len(part))
    return scores


def _raise(logits: NDArray[np.floating]) -> tuple[Floats, Floats, Floats]:
    """Return exp of the shifted logits, its sum over the classes, and Σ p log p of each row.

    One exponential a number: log p is the shifted logit less the logarithm of the row's sum.
    """
    shifted = np.array(logits, dtype=np.float64)
    shifted -= shifted.max(axis=1, keepdims=True)
    raised = np.exp(shifted)
    sums = raised.sum(axis=1)
    return raised, sums, np.einsum("ij,ij->i", raised, shifted) / sums - np.log(sums)


def _score(own: float, total: Floats, n: float) -> float:
    """Return exp of the mean KL of `n` rows: of their summed Σ p log p and their summed p."""
    mean = total / n
    known = mean > 0
    return float(np.exp(own / n - mean[known] @ np.log(mean[known])))


def measure_inception_score(
    features: Features, *, splits: int = 10, replicates: int = 100, seed: int = 0
) -> Figure:
    """Return IS (IS-… unless of Inception), the mean over `splits` parts of the shuffled images.

    Raises InputError with fewer than LEAST images a split, or without logits.
    """
    what = name_figure("IS", features.extractor)
    if features.logits is None:
        raise InputError(
            f"{what}: the extractor {features.extractor} has no classes", ru=f"{what}: нет классов"
        )
    if splits < 1:
        raise InputError(f"{what}: {splits} splits: give 1 or more", ru=f"{what}: частей {splits}")
    check_vectors(features.logits, what, least=1)
    n = len(features.logits)
    if n < LEAST * splits:
        raise InputError(
            f"{what}: {n} images in {splits} splits leave {n / splits:.3g} a split; under {LEAST} the "
            "score tells their number, with one image a split it is 1 whatever the images: give "
            f"{LEAST * splits} images or fewer splits",
            ru=f"{what}: {n} изображений в {splits} частях — по {n / splits:.3g}; меньше {LEAST} на часть "
            "оценка говорит лишь об их числе (при одном она равна 1 всегда): нужно "
            f"{LEAST * splits} изображений или меньше частей",
        )
    logits = features.logits[np.random.default_rng(seed).permutation(n)]
    scores = score_splits(logits, splits)
    value = float(scores.mean())
    interval = _spread(logits, value, splits=splits, replicates=replicates, seed=seed)
    return Figure(
        name=what,
        value=value,
        interval=interval,
        n=n,
        n_real=None,
        extractor=features.extractor,
        resize=features.resize,
        details={
            "splits": splits,
            "images a split": n // splits,
            "deviation over splits": float(scores.std()),
            "replicates": replicates,
        },
    )


def _spread(
    logits: NDArray[np.floating], value: float, *, splits: int, replicates: int, seed: int
) -> tuple[float, float] | None:
    """Return the interval of `value`; a resample only weighs the rows' p and Σ p log p anew."""
    if replicates < 2:
        return None
    n = len(logits)
    p, sums, inner = _raise(logits)
    p /= sums[:, None]

    def resampled(rows: NDArray[np.int64]) -> float:
        ends = [i * n // splits for i in range(splits + 1)]
        times = np.stack(
            [np.bincount(rows[a:b], minlength=n) for a, b in pairwise(ends)], dtype=np.float64
        )
        parts = zip(times @ inner, times @ p, times.sum(axis=1), strict=True)
        return float(np.mean([_score(own, total, count) for own, total, count in parts]))

    return bootstrap(resampled, n, value, replicates=replicates, seed=seed)
