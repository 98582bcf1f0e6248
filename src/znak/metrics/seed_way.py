"""The seed system's way of scoring, kept to be shown beside the right one; never to be used.

It looked at the last batch of an epoch alone: 100,300 rows mod 32 = 12 images. Its inception score
cut them into 10 splits of 12 // 10 = 1 image. Its Fréchet distance took class logits for features
and gave the network inputs in another scale than its own. `docs/inception-score-one.md` explains.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from znak.errors import InputError
from znak.metrics.extractors import Extractor
from znak.metrics.features import Floats
from znak.metrics.figure import Figure
from znak.metrics.frechet import fit_gaussian, measure_distance, measure_frechet
from znak.metrics.inception_score import LEAST, log_probabilities, measure_inception_score

ROWS, BATCH, SPLITS = 100_300, 32, 10
LAST = ROWS % BATCH
"""Images in the seed's last batch: 12."""


@dataclass(frozen=True)
class Sides:
    """One generator's figures by both ways; the right ones are None where they would mean nothing."""

    name: str
    seed_score: float
    seed_distance: float
    score: Figure | None
    distance: Figure | None


def score_like_seed(log_p: Floats, splits: int = SPLITS) -> float:
    """Return the mean score of `splits` parts of n // splits rows, the rest dropped, unchecked."""
    part = len(log_p) // splits
    scores = []
    for i in range(splits):
        rows = log_p[i * part : (i + 1) * part]
        p = np.exp(rows)
        terms = p * (rows - np.log(p.mean(axis=0).clip(1e-300)))
        scores.append(np.exp(terms.sum(axis=1).mean()))
    return float(np.mean(scores))


def show_wrongly(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return images as the seed's network saw its own: of half the contrast and twice too bright.

    Its inputs were in [-1, 1], its network wanted another scale; here [0, 255] becomes [128, 255].
    """
    return np.asarray(128 + images // 2, dtype=np.uint8)


def measure_like_seed(
    generated: NDArray[np.uint8], real: NDArray[np.uint8], extract: Extractor
) -> tuple[float, float]:
    """Return the seed's score and distance of its last batch, with `extract` for its network."""
    fake, true = (extract(show_wrongly(images[-LAST:])).logits for images in (generated, real))
    assert fake is not None
    assert true is not None
    gaussians = [fit_gaussian([logits.astype(np.float64)]) for logits in (fake, true)]
    return score_like_seed(log_probabilities(fake)), measure_distance(*gaussians)


def measure_both_ways(
    name: str,
    generated: NDArray[np.uint8],
    real: NDArray[np.uint8],
    extract: Extractor,
    *,
    replicates: int = 100,
) -> Sides:
    """Return a generator's figures by the seed's way and by the right way."""
    score, distance = measure_like_seed(generated, real, extract)
    drawn, true = extract(generated), extract(real)
    splits = max(1, min(SPLITS, len(drawn) // LEAST))
    return Sides(
        name,
        score,
        distance,
        _measure(lambda: measure_inception_score(drawn, splits=splits, replicates=replicates)),
        _measure(lambda: measure_frechet(drawn, true, replicates=replicates)),
    )


def _measure(plan: Callable[[], Figure]) -> Figure | None:
    """Return a figure, or None where it is refused: too few images."""
    try:
        return plan()
    except InputError:
        return None


def print_sides(sides: list[Sides]) -> str:
    """Return a table of both ways, one line a generator."""
    head = ("images", "seed's IS", "seed's FID", "IS", "FD")
    rows: list[tuple[str, ...]] = [head]
    for s in sides:
        right = [_short(s.score), _short(s.distance)]
        rows.append((s.name, f"{s.seed_score:.6f}", f"{s.seed_distance:.1f}", *right))
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    lines = ["  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) for row in rows]
    return "\n".join(line.rstrip() for line in lines)


def _short(figure: Figure | None) -> str:
    if figure is None:
        return "refused: too few images"
    interval = "" if figure.interval is None else " [{:.3g}, {:.3g}]".format(*figure.interval)
    return f"{figure.name} {figure.value:.4g}{interval}, N {figure.n}"
