from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from znak.errors import InputError
from znak.metrics.features import Features
from znak.metrics.frechet import (
    Gaussian,
    fit_gaussian,
    measure_distance,
    measure_frechet,
    trace_root,
)


def draw(n: int, d: int, seed: int, shift: float = 0.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    mix = rng.standard_normal((d, d)) / d**0.5
    return rng.standard_normal((n, d)) @ mix + shift


def test_fid_of_unit_gaussians_one_apart_in_2048_dimensions_is_2048() -> None:
    eye = np.eye(2048)
    a = Gaussian(np.zeros(2048), eye, 10_000)
    b = Gaussian(np.ones(2048), eye, 10_000)
    assert measure_distance(a, b) == 2048


def test_diagonal_covariances_have_a_closed_form() -> None:
    a, b = np.array([1.0, 4.0, 9.0]), np.array([4.0, 4.0, 0.25])
    one, two = (Gaussian(np.zeros(3), np.diag(v), 9) for v in (a, b))
    assert trace_root(np.diag(a), np.diag(b)) == pytest.approx(np.sqrt(a * b).sum(), rel=1e-14)
    assert measure_distance(one, two) == pytest.approx(((a**0.5 - b**0.5) ** 2).sum(), rel=1e-12)


def test_covariances_without_full_rank_are_taken_too() -> None:
    flat = np.diag([1.0, 0.0, 4.0])
    assert trace_root(flat, flat) == pytest.approx(5, rel=1e-9)
    assert trace_root(np.zeros((3, 3)), flat) == 0


def test_the_gaussian_of_chunks_is_that_of_all_rows() -> None:
    x = draw(5000, 12, 0, shift=1e4)
    whole = fit_gaussian([x])
    parts = fit_gaussian(np.split(x.astype(np.float64), [1, 7, 3000]))
    np.testing.assert_allclose(whole.mean, x.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(whole.covariance, np.cov(x, rowvar=False), rtol=1e-8)
    np.testing.assert_allclose(parts.covariance, whole.covariance, rtol=1e-8)
    assert parts.n == 5000


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_the_covariance_is_symmetric_to_the_last_bit_in_any_layout(kind: type) -> None:
    x = draw(1300, 300, 4, shift=2.0).astype(kind)
    wide = np.zeros((1300, 600), dtype=kind)
    wide[:, ::2] = x
    for rows in (x, np.asfortranarray(x), wide[:, ::2]):
        covariance = fit_gaussian([rows]).covariance
        np.testing.assert_array_equal(covariance, covariance.T)
        expected = np.cov(x.astype(np.float64), rowvar=False)
        np.testing.assert_allclose(covariance, expected, rtol=0, atol=1e-12 * expected.max())


@pytest.mark.parametrize("n", [900, 200], ids=["full rank", "singular"])
def test_the_root_over_several_tiles_leaves_its_input_alone(n: int) -> None:
    a, b = (fit_gaussian([draw(size, 300, size)]).covariance for size in (n, 901))
    expected = np.sqrt(np.linalg.eigvals(a @ b).astype(complex)).real.sum()
    for order in ("C", "F"):
        one, two = (np.array(m, order=order) for m in (a, b))  # type: ignore[call-overload]
        assert trace_root(one, two) == pytest.approx(expected, rel=1e-6)
        np.testing.assert_array_equal(one, a)
        np.testing.assert_array_equal(two, b)


def test_memory_is_one_matrix_and_a_few_panels() -> None:
    d = 640
    x, y = draw(2000, d, 5), draw(2000, d, 6)
    a, b = fit_gaussian([x]), fit_gaussian([y])
    matrix, block = d * d * 8, 514 * d * 8

    def peak(work: Callable[[], Any]) -> int:
        tracemalloc.start()
        try:
            work()
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert matrix < peak(lambda: measure_distance(a, b)) < 1.6 * matrix
    assert matrix < peak(lambda: fit_gaussian([x])) < 1.1 * (matrix + block)


@pytest.mark.parametrize("d", [3, 64, 300])
def test_it_agrees_with_torch_fidelity(fidelity: Any, d: int) -> None:
    x, y = draw(400, d, 1), draw(500, d, 2, shift=0.3)
    stats = [fidelity.fid.fid_features_to_statistics(torch.from_numpy(z)) for z in (x, y)]
    theirs = fidelity.fid.fid_statistics_to_metric(*stats, verbose=False)
    ours = measure_frechet(Features(x), Features(y), replicates=0)
    assert ours.value == pytest.approx(theirs["frechet_inception_distance"], rel=1e-6)
    assert ours.interval is None


def test_the_interval_holds_the_value_and_narrows_with_n() -> None:
    widths = []
    for n in (100, 1600):
        figure = measure_frechet(
            Features(draw(n, 4, 3)), Features(draw(n, 4, 3, 0.2)), replicates=60
        )
        assert figure.interval is not None
        low, high = figure.interval
        assert low < figure.value < high
        widths.append(high - low)
    assert widths[1] < widths[0] / 2


def test_only_inception_gives_a_fid() -> None:
    x = draw(50, 4, 0)
    assert measure_frechet(Features(x), Features(x), replicates=0).name == "FD-given"
    real = Features(x, "inception", "r")
    figure = measure_frechet(real, real, replicates=0)
    assert figure.name == "FID"
    assert abs(figure.value) < 1e-9
    for part in ("N 50 against 50", "extractor inception", "resize r", "dimensions 4"):
        assert part in str(figure)


def test_input_that_means_nothing_is_refused() -> None:
    good = Features(draw(50, 8, 0))
    with pytest.raises(
        InputError, match="8 images, but the figure means nothing with fewer than 9"
    ):
        measure_frechet(Features(good.vectors[:8]), good)
    holes = good.vectors.copy()
    holes[3, 2] = np.nan
    with pytest.raises(InputError, match=r"NaN or infinity \(first: image 3\)"):
        measure_frechet(good, Features(holes))
    with pytest.raises(InputError, match="another extractor"):
        measure_frechet(good, Features(good.vectors, "inception"))
    with pytest.raises(InputError, match="another dimension"):
        measure_frechet(good, Features(good.vectors[:, :4]))
    with pytest.raises(InputError, match="shape"):
        measure_frechet(Features(np.zeros(5)), good)
    with pytest.raises(InputError, match="floating-point"):
        measure_frechet(Features(np.zeros((50, 8), dtype=np.int64)), good)  # type: ignore[arg-type]
