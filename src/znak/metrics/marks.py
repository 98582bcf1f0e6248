"""Figures of marks drawn for the frozen prompts: recall, diversity, near copies, form.

    places (from the judge) → recall@k          features of one concept's marks → diversity
    distances to training drawings → near copies      measures of outlines → KS distances

Intervals are bootstraps over concepts, for the marks of one concept are not independent. Kernel and
Fréchet distances are those of `kernel` and `frechet`; `match_counts` gives the rows to compare.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from znak.errors import InputError
from znak.metrics.features import Floats
from znak.metrics.figure import bootstrap
from znak.metrics.memorisation import NEAR

FORMS = ("perimeter", "parts", "holes", "thickness")
TOP = 5
"""A mark counts for diversity when its own concept is among so many."""


@dataclass(frozen=True)
class Share:
    """A value, its 95 % interval (None: too few to tell), and what it was made of."""

    value: float
    interval: tuple[float, float] | None
    n: int

    def __str__(self) -> str:
        if np.isnan(self.value):
            return "–"
        if self.interval is None:
            return f"{self.value:.3f}"
        return f"{self.value:.3f} [{self.interval[0]:.3f}, {self.interval[1]:.3f}]"


NOTHING = Share(float("nan"), None, 0)


def measure_recall(
    places: NDArray[np.integer],
    concepts: Sequence[str],
    *,
    k: int,
    replicates: int = 1000,
    seed: int = 0,
) -> Share:
    """Return the share of marks whose own concept is among the judge's first `k`.

    The mean over concepts of the share within each, so that a concept with many marks counts once.
    """
    groups = group(concepts)
    if not groups:
        return NOTHING
    each = np.array([(places[rows] < k).mean() for rows in groups.values()])
    return over_concepts(each, lambda rows: float(each[rows].mean()), replicates, seed)


def measure_diversity(
    vectors: NDArray[np.floating],
    places: NDArray[np.integer],
    concepts: Sequence[str],
    real: Mapping[str, float],
    *,
    replicates: int = 1000,
    seed: int = 0,
) -> Share:
    """Return how far the marks of one concept are apart, beside real drawings of it (`real`).

    The ratio of the summed mean pairwise distances over the concepts where both have two marks or
    more that count, that is, whose concept the judge places in its first TOP.
    """
    own = spread_of(vectors, places, concepts)
    both = [c for c in own if c in real]
    if not both:
        return NOTHING
    mine, theirs = np.array([own[c] for c in both]), np.array([real[c] for c in both])

    def ratio(rows: NDArray[np.integer]) -> float:
        return float(mine[rows].sum() / max(float(theirs[rows].sum()), 1e-12))

    return over_concepts(mine, ratio, replicates, seed)


def spread_of(
    vectors: NDArray[np.floating], places: NDArray[np.integer], concepts: Sequence[str]
) -> dict[str, float]:
    """Return each concept's mean pairwise distance (1 − cosine of unit vectors) of marks that count."""
    found = {}
    for concept, rows in group(concepts).items():
        counted = np.asarray(vectors[rows[places[rows] < TOP]], dtype=np.float64)
        n = len(counted)
        if n >= 2:
            alike = (float((counted @ counted.T).sum()) - n) / (n * (n - 1))
            found[concept] = 1 - alike
    return found


def measure_copies(
    distances: Floats,
    concepts: Sequence[str],
    held_out: Floats,
    *,
    replicates: int = 1000,
    seed: int = 0,
) -> Share:
    """Return the share of marks nearer to a training drawing than the nearest 1 % of held-out ones.

    Held-out drawings have 0.01 by definition. Both kinds of distance must come from one measure.
    """
    if len(held_out) < 100:
        raise InputError(
            f"{len(held_out)} held-out distances tell nothing of their nearest hundredth: give 100 or more",
            ru=f"Отложенных расстояний {len(held_out)}: нужно не меньше 100",
        )
    groups = group(concepts)
    if not groups:
        return NOTHING
    near = distances <= np.quantile(held_out, NEAR)
    hits = np.array([near[rows].sum() for rows in groups.values()], dtype=np.float64)
    counts = np.array([len(rows) for rows in groups.values()], dtype=np.float64)
    return over_concepts(
        hits, lambda rows: float(hits[rows].sum() / counts[rows].sum()), replicates, seed
    )


def measure_gap(values: NDArray[np.floating], real: NDArray[np.floating]) -> float:
    """Return the two-sample Kolmogorov–Smirnov distance: the largest gap of the distributions."""
    if not len(values) or not len(real):
        return float("nan")
    ticks = np.concatenate([values, real])
    shares = [
        np.searchsorted(np.sort(part), ticks, side="right") / len(part) for part in (values, real)
    ]
    return float(np.abs(shares[0] - shares[1]).max())


def match_counts(
    concepts: Sequence[str], reference: Mapping[str, int], *, most: int
) -> NDArray[np.int64]:
    """Return the rows of marks to compare with a reference of so many drawings a concept.

    Concepts come in the reference's proportions (each counted up to `most`), so that a distance
    tells of form and not of how often a concept was drawn: of a concept with r drawings there are
    r marks times the largest whole number for which no concept falls short, at least r where there
    are that many.
    """
    groups = group(concepts)
    wanted = {c: min(reference.get(c, 0), most) for c in groups}
    times = min((len(groups[c]) // most for c, r in wanted.items() if r), default=0)
    rows = [groups[c][: r * max(times, 1)] for c, r in wanted.items() if r]
    return np.concatenate(rows) if rows else np.empty(0, dtype=np.int64)


def group(concepts: Sequence[str]) -> dict[str, NDArray[np.int64]]:
    """Return each concept's rows, concepts in the order they are met."""
    found: dict[str, list[int]] = {}
    for i, concept in enumerate(concepts):
        found.setdefault(concept, []).append(i)
    return {concept: np.array(rows, dtype=np.int64) for concept, rows in found.items()}


def over_concepts(
    each: NDArray[np.floating],
    measure: Callable[[NDArray[np.int64]], float],
    replicates: int,
    seed: int,
) -> Share:
    """Return `measure` of all rows of `each` with its interval over resampled concepts."""
    n = len(each)
    value = measure(np.arange(n))
    interval = bootstrap(measure, n, value, replicates=replicates, seed=seed) if n > 1 else None
    return Share(value, interval, n)
