"""The kernel distance (KID, arXiv 1801.01401): unbiased squared MMD, kernel (xᵀy/d + 1)³.

    images → features → subsets → squared MMD of each → mean

Unlike the Fréchet distance it is unbiased, so sets of different sizes may be compared.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from znak.metrics.features import Features, Floats, check_pair
from znak.metrics.figure import Figure, bootstrap, name_figure

_MOST = 2000
_ROWS = 1024
"""Rows of a product: smaller ones cost the library more than they save."""
_SLAB = 64
"""Rows of it raised at a time, while they are in the processor's cache."""


def polynomial_kernel(x: Floats, y: Floats) -> Floats:
    """Return (n, m): (xᵀy/d + 1)³."""
    gram = x @ y.T
    gram /= x.shape[1]
    gram += 1
    return np.asarray(gram * gram * gram)


def squared_mmd(x: Floats, y: Floats) -> float:
    """Return the unbiased estimate of the squared MMD of rows `x` and `y`; may fall below 0."""
    between = sum(
        _sum_cubes(x[i : i + _ROWS], y[j : j + _ROWS])
        for i in range(0, len(x), _ROWS)
        for j in range(0, len(y), _ROWS)
    )
    within = 0.0
    for z in (x, y):
        total = 0.0
        for i in range(0, len(z), _ROWS):  # symmetric: each pair of blocks once
            part = z[i : i + _ROWS]
            total += _sum_cubes(part, part)
            total += 2 * sum(
                _sum_cubes(part, z[j : j + _ROWS]) for j in range(i + _ROWS, len(z), _ROWS)
            )
        own = (np.einsum("ij,ij->i", z, z) / z.shape[1] + 1) ** 3
        within += (total - float(own.sum())) / (len(z) * (len(z) - 1))
    return float(within - 2 * between / (len(x) * len(y)))


def _sum_cubes(x: Floats, y: Floats) -> float:
    """Return the kernel's sum over all pairs; of `x` with itself, numpy computes one triangle."""
    gram = x @ y.T
    total = 0.0
    for i in range(0, len(gram), _SLAB):
        part = gram[i : i + _SLAB]
        part /= x.shape[1]
        part += 1
        total += float(np.vdot(part * part, part))
    return total


def measure_kernel(
    generated: Features,
    real: Features,
    *,
    subsets: int = 100,
    subset_size: int = 1000,
    replicates: int = 100,
    seed: int = 0,
) -> Figure:
    """Return KID (KD-… unless of Inception): the mean over random subsets, each without repeats.

    The interval is that of the unbiased estimate over resamples of both sets (of at most _MOST
    images each, narrowed to the sets' size). Raises InputError when a subset exceeds a set.
    """
    what = name_figure("KD", generated.extractor)
    check_pair(generated, real, what, least=max(subset_size, 2))
    x, y = (np.asarray(f.vectors, dtype=np.float64) for f in (generated, real))
    rng = np.random.RandomState(seed)  # the reference's generator, for the same subsets
    values = np.empty(subsets)
    for i in range(subsets):
        rows = rng.choice(len(x), subset_size, replace=False)
        others = rng.choice(len(y), subset_size, replace=False)
        values[i] = squared_mmd(x[rows], y[others])
    value = float(values.mean())
    interval = _spread(x, y, value, replicates=replicates, seed=seed)
    return Figure(
        name=what,
        value=value,
        interval=interval,
        n=len(generated),
        n_real=len(real),
        extractor=generated.extractor,
        resize=generated.resize,
        details={
            "subsets": subsets,
            "subset size": subset_size,
            "deviation over subsets": float(values.std()),
            "replicates": replicates,
        },
    )


def _spread(
    x: Floats, y: Floats, value: float, *, replicates: int, seed: int
) -> tuple[float, float] | None:
    """Return the interval of `value`; pairs of an image with its own copy are left out."""
    if replicates < 2:
        return None
    whole = min(len(x), len(y))
    n = min(whole, _MOST)
    rng = np.random.default_rng([seed, 1])
    x, y = (z[rng.choice(len(z), n, replace=False)] for z in (x, y))
    xx, yy, xy = polynomial_kernel(x, x), polynomial_kernel(y, y), polynomial_kernel(x, y)
    np.fill_diagonal(xx, 0)
    np.fill_diagonal(yy, 0)

    def resampled(rows: NDArray[np.int64]) -> float:
        v = np.bincount(rows, minlength=n).astype(np.float64)
        w = np.bincount(rng.integers(n, size=n), minlength=n).astype(np.float64)
        # n (n − 1) ordered pairs of distinct draws, less those that drew one image twice
        within = v @ xx @ v / (n * n - v @ v) + w @ yy @ w / (n * n - w @ w)
        return float(within - 2 * (v @ xy @ w) / (n * n))

    wide = bootstrap(resampled, n, value, replicates=replicates, seed=seed)
    assert wide is not None
    narrow = (n / whole) ** 0.5
    return value + narrow * (wide[0] - value), value + narrow * (wide[1] - value)
