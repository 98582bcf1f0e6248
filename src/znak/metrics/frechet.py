"""The Fréchet distance of two sets of features as Gaussians (FID, arXiv 1706.08500, eq. 6).

images → features → Gaussian → distance
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from znak.metrics.features import Features, Floats, check_pair
from znak.metrics.figure import Figure, bootstrap, name_figure

_ROWS = 2048


@dataclass(frozen=True, eq=False)
class Gaussian:
    """Mean (d) and covariance (d, d) of n vectors, float64; the covariance divides by n − 1."""

    mean: Floats
    covariance: Floats
    n: int


def fit_gaussian(chunks: Iterable[NDArray[np.floating]]) -> Gaussian:
    """Return the Gaussian of all rows of `chunks` (each (n, d)), met once and never all held.

    Chunks are joined by the pairwise update of Chan, Golub and LeVeque (1979).
    """
    n, mean, scatter = 0, np.zeros(0), np.zeros((0, 0))
    for chunk in chunks:
        for start in range(0, len(chunk), _ROWS):
            rows = np.asarray(chunk[start : start + _ROWS], dtype=np.float64)
            here = rows.mean(axis=0)
            centred = rows - here
            if n == 0:
                n, mean, scatter = len(rows), here, centred.T @ centred
                continue
            step = here - mean
            total = n + len(rows)
            scatter += centred.T @ centred
            scatter += np.outer(step * (n * len(rows) / total), step)
            mean = mean + step * (len(rows) / total)
            n = total
    scatter /= max(n - 1, 1)
    return Gaussian(mean, scatter, n)


def trace_root(a: Floats, b: Floats) -> float:
    """Return Tr √(A·B) of two covariances: with A = L·Lᵀ, the roots of the eigenvalues of Lᵀ·B·L.

    These are symmetric, so that no general matrix square root is needed, and nothing is complex.
    """
    try:
        factor = linalg.cholesky(a, lower=True, check_finite=False)
    except linalg.LinAlgError:  # not of full rank
        values, vectors = linalg.eigh(a, check_finite=False)
        factor = vectors * np.sqrt(values.clip(0))
    inner = factor.T @ (b @ factor)
    inner += inner.T.copy()
    inner *= 0.5
    values = linalg.eigvalsh(inner, overwrite_a=True, check_finite=False)
    return float(np.sqrt(values.clip(0)).sum())


def measure_distance(a: Gaussian, b: Gaussian) -> float:
    """Return |μ₁ − μ₂|² + Tr(Σ₁ + Σ₂ − 2 √(Σ₁Σ₂))."""
    step = a.mean - b.mean
    traces = np.trace(a.covariance) + np.trace(b.covariance)
    return float(step @ step + traces - 2 * trace_root(a.covariance, b.covariance))


def measure_frechet(
    generated: Features, real: Features, *, replicates: int = 100, seed: int = 0
) -> Figure:
    """Return FID (FD-… unless of Inception) with its interval over resamples of both sets.

    Raises InputError with no more images than dimensions: the covariance is singular then.
    """
    what = name_figure("FD", generated.extractor)
    check_pair(generated, real, what, least=generated.vectors.shape[-1] + 1)
    value = measure_distance(fit_gaussian([generated.vectors]), fit_gaussian([real.vectors]))
    x, y = (np.asarray(f.vectors, dtype=np.float64) for f in (generated, real))
    rng = np.random.default_rng([seed, 1])

    def resampled(rows: NDArray[np.int64]) -> float:
        others = rng.integers(len(y), size=len(y))
        return measure_distance(fit_gaussian([x[rows]]), fit_gaussian([y[others]]))

    interval = bootstrap(resampled, len(x), value, replicates=replicates, seed=seed)
    return Figure(
        name=what,
        value=value,
        interval=interval,
        n=len(generated),
        n_real=len(real),
        extractor=generated.extractor,
        resize=generated.resize,
        details={"dimensions": x.shape[1], "replicates": replicates},
    )
