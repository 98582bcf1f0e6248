"""The inception score (arXiv 1606.03498, section 4): exp of the mean KL(p(y|x) ‖ p(y)).

    images → logits → class probabilities → splits → score of each → mean

It asks whether each image is of one clear class and all together of many. It never sees a real
image. Why the seed's was exactly 1 whatever its images: `docs/inception-score-one.md`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from znak.errors import InputError
from znak.metrics.features import Features, Floats, check_vectors
from znak.metrics.figure import Figure, bootstrap, name_figure

LEAST = 100
"""Images a split, below which the score says more about their number than about them."""


def log_probabilities(logits: NDArray[np.floating]) -> Floats:
    """Return log p(y|x) (n, classes) in float64."""
    shifted = np.asarray(logits, dtype=np.float64)
    shifted = shifted - shifted.max(axis=1, keepdims=True)
    shifted -= np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return np.asarray(shifted)


def score_splits(log_p: Floats, splits: int) -> Floats:
    """Return the score of each of `splits` consecutive parts; any number of rows, unchecked.

    With one row a part, p(y) is p(y|x) and the score is exp(0) = 1, whatever the row.
    """
    n = len(log_p)
    scores = []
    for i in range(splits):
        part = log_p[i * n // splits : (i + 1) * n // splits]
        p = np.exp(part)
        mean = p.mean(axis=0)
        known = mean > 0
        # the mean KL is the mean of Σ p log p less that of the mean
        own = np.einsum("ij,ij->", p, part) / len(part)
        scores.append(np.exp(own - mean[known] @ np.log(mean[known])))
    return np.array(scores)


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
    log_p = log_probabilities(features.logits)
    log_p = log_p[np.random.default_rng(seed).permutation(n)]
    scores = score_splits(log_p, splits)
    value = float(scores.mean())
    interval = bootstrap(
        lambda rows: float(score_splits(log_p[rows], splits).mean()),
        n,
        value,
        replicates=replicates,
        seed=seed,
    )
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
