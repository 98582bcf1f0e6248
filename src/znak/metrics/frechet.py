"""The Fréchet distance of two sets of features as Gaussians (FID, arXiv 1706.08500, eq. 6).

images → features → Gaussian → distance
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg
from scipy.linalg import blas, lapack

from znak.metrics.features import Features, Floats, check_pair
from znak.metrics.figure import Figure, bootstrap, name_figure

_ROWS = 512
_TILE = 128


@dataclass(frozen=True, eq=False)
class Gaussian:
    """Mean (d) and covariance (d, d) of n vectors, float64; the covariance divides by n − 1."""

    mean: Floats
    covariance: Floats
    n: int


def fit_gaussian(chunks: Iterable[NDArray[np.floating]]) -> Gaussian:
    """Return the Gaussian of all rows of `chunks` (each (n, d)), met once and never all held.

    Blocks are joined by the pairwise update of Chan, Golub and LeVeque (1979). Above the result
    only one block is held: BLAS adds each block's products to one triangle in place.
    """
    n, mean, scatter, block = 0, np.zeros(0), np.zeros((0, 0)), np.zeros((0, 0))
    for chunk in chunks:
        for start in range(0, len(chunk), _ROWS):
            rows = chunk[start : start + _ROWS]
            size = len(rows)
            here = rows.mean(axis=0, dtype=np.float64)
            if n == 0:
                mean = np.zeros_like(here)
                scatter = np.zeros((len(here), len(here)), order="F")
            if len(block) <= size:
                block = np.empty((size + 1, len(here)))
            step = here - mean
            total = n + size
            np.subtract(rows, here, out=block[:size])
            # the distance between the means is one more row, so the update needs no outer product
            np.multiply(step, np.sqrt(n * size / total), out=block[size])
            scatter = blas.dsyrk(
                1.0, block[: size + 1].T, beta=1.0, c=scatter, lower=1, overwrite_c=1
            )
            mean += step * (size / total)
            n = total
    del block
    covariance = scatter.T
    covariance /= max(n - 1, 1)
    _mirror(covariance)
    return Gaussian(mean, covariance, n)


def _mirror(square: Floats) -> None:
    """Copy the upper triangle onto the lower one in place, by tiles that stay in the cache."""
    for start in range(0, len(square), _TILE):
        stop = start + _TILE
        corner = square[start:stop, start:stop]
        corner[:] = np.triu(corner) + np.triu(corner, 1).T
        square[stop:, start:stop] = square[start:stop, stop:].T


def trace_root(a: Floats, b: Floats) -> float:
    """Return Tr √(A·B) of two covariances: with A = Uᵀ·U, the roots of the eigenvalues of U·B·Uᵀ.

    These are symmetric, so that no general matrix square root is needed, and nothing is complex.
    One matrix is held above the given two: it is A, then U, then U·B·Uᵀ, then LAPACK's workspace.
    """
    # A is symmetric: its transpose in Fortran's order is the same bytes, U is L there
    factor, failed = lapack.dpotrf(np.array(a.T, order="F"), lower=1, clean=1, overwrite_a=1)
    inner = factor.T
    if failed:  # not of full rank
        del factor, inner
        values, vectors = linalg.eigh(
            np.array(a.T, order="F"), overwrite_a=True, check_finite=False
        )
        vectors *= np.sqrt(values.clip(0))
        inner = np.asfortranarray(vectors).T
        del vectors
    for start in range(0, len(inner), _TILE):
        # rows of U from here on have nothing left of the diagonal, and those before are done with
        left = 0 if failed else start
        rows = slice(start, start + _TILE)
        part = inner[rows, left:] @ b[left:, left:]
        inner[rows, start:] = part @ inner[start:, left:].T
    values = linalg.eigvalsh(inner.T, lower=True, overwrite_a=True, check_finite=False)
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
