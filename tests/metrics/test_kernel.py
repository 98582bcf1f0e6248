from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from znak.errors import InputError
from znak.metrics.features import Features
from znak.metrics.kernel import measure_kernel, squared_mmd


def draw(n: int, d: int, seed: int, shift: float = 0.0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((n, d)) + shift


def test_it_agrees_with_torch_fidelity(fidelity: Any) -> None:
    x, y = draw(300, 24, 0), draw(260, 24, 1, 0.2)
    theirs = fidelity.kid.kid_features_to_metric(
        torch.from_numpy(x),
        torch.from_numpy(y),
        kid_subsets=7,
        kid_subset_size=100,
        kid_kernel="poly",
        kid_kernel_poly_degree=3,
        kid_kernel_poly_gamma=None,
        kid_kernel_poly_coef0=1,
        rng_seed=2020,
        verbose=False,
    )
    ours = measure_kernel(
        Features(x), Features(y), subsets=7, subset_size=100, seed=2020, replicates=0
    )
    assert ours.value == pytest.approx(theirs["kernel_inception_distance_mean"], rel=1e-6)
    assert ours.details["deviation over subsets"] == pytest.approx(
        theirs["kernel_inception_distance_std"], rel=1e-6
    )


def test_it_is_unbiased_by_hand() -> None:
    x, y = np.array([[1.0], [2.0], [3.0]]), np.array([[0.0], [1.0]])

    def kernel(a: float, b: float) -> float:
        return (a * b + 1) ** 3

    xx = np.mean([kernel(a, b) for a, b in ((1, 2), (1, 3), (2, 3))])
    xy = np.mean([kernel(a, b) for a in (1, 2, 3) for b in (0, 1)])
    assert squared_mmd(x, y) == pytest.approx(xx + kernel(0, 1) - 2 * xy)


def test_the_same_distribution_is_about_0_and_its_interval_holds_it() -> None:
    x, y = Features(draw(600, 8, 0)), Features(draw(600, 8, 1))
    same = measure_kernel(x, y, subset_size=200)
    assert same.interval is not None
    assert same.interval[0] < 0 < same.interval[1]
    other = measure_kernel(x, Features(draw(600, 8, 2, 1.0)), subset_size=200)
    assert other.interval is not None
    assert other.interval[0] > same.interval[1]


def test_subsets_larger_than_a_set_are_refused() -> None:
    x = Features(draw(50, 4, 0))
    with pytest.raises(InputError, match="fewer than 100"):
        measure_kernel(x, x, subset_size=100)
    assert measure_kernel(x, x, subset_size=50, replicates=0).name == "KD-given"
