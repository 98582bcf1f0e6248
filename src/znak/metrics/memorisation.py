"""Nearest neighbours in the training set: signs that a generator repeats what it saw.

    images → features → distance to the nearest training image, beside held-out images' distances

A generator that has learnt the distribution is about as far from the training set as new real
images are. This finds copies; it does not prove that there are none (metrics of memorisation miss
much: arXiv 2306.04675), and a poor generator is far from everything.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from znak.metrics.features import Features, Floats, check_pair
from znak.metrics.figure import Figure, bootstrap
from znak.metrics.neighbours import find_nearest

Measure = Callable[[Floats, Floats], float]
LEAST = 100
NEAR = 0.01
"""A generated image is near when it is nearer than this share of the held-out ones."""


@dataclass(frozen=True, eq=False)
class Memorisation:
    """Distances to the nearest training image, whose it is, and two figures.

    `median_ratio` below 1: nearer to the training set than new images are. `near_share`: images
    nearer than 1 % of the held-out ones, which is 0.01 for an honest generator.
    """

    generated: Floats
    neighbour: NDArray[np.int64]
    held_out: Floats
    median_ratio: Figure
    near_share: Figure

    def nearest(self, n: int) -> NDArray[np.int64]:
        """Return the `n` generated images that are nearest to a training image, nearest first."""
        return np.argsort(self.generated, kind="stable")[:n]


def measure_memorisation(
    generated: Features,
    train: Features,
    held_out: Features,
    *,
    replicates: int = 200,
    seed: int = 0,
) -> Memorisation:
    """Return distances and figures; raise InputError with fewer than LEAST images in a set."""
    check_pair(generated, train, "nearest neighbours", least=LEAST)
    check_pair(held_out, train, "nearest neighbours, held-out", least=LEAST)
    x, y, z = (np.asarray(f.vectors, dtype=np.float64) for f in (generated, train, held_out))
    near, places = find_nearest(x, y)
    usual = find_nearest(z, y)[0]
    rng = np.random.default_rng([seed, 1])

    def ratio(a: Floats, b: Floats) -> float:
        return float(np.median(a) / max(np.median(b), 1e-300))

    def share(a: Floats, b: Floats) -> float:
        return float((a < np.quantile(b, NEAR)).mean())

    figures = []
    for name, measure in (("nearest-neighbour ratio", ratio), ("near-copy share", share)):
        value = measure(near, usual)

        def resampled(rows: NDArray[np.int64], measure: Measure = measure) -> float:
            return measure(near[rows], usual[rng.integers(len(usual), size=len(usual))])

        figures.append(
            Figure(
                name=name,
                value=value,
                interval=bootstrap(
                    resampled,
                    len(near),
                    value,
                    replicates=replicates,
                    seed=seed,
                    is_share=measure is share,
                ),
                n=len(generated),
                n_real=len(train),
                extractor=generated.extractor,
                resize=generated.resize,
                details={"held out": len(held_out), "replicates": replicates},
            )
        )
    return Memorisation(near, places, usual, figures[0], figures[1])
