from __future__ import annotations

import os

import numpy as np
import pytest

from znak.errors import InputError
from znak.metrics.features import Features
from znak.metrics.figure import bootstrap
from znak.metrics.manifold import count_in_balls, measure_manifold
from znak.metrics.neighbours import find_nearest, find_radii


def draw(n: int, d: int, seed: int, shift: float = 0.0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((n, d)) + shift


@pytest.mark.parametrize(("n", "m", "d", "shift"), [(700, 550, 20, 0.0), (300, 600, 5, 0.7)])
def test_it_agrees_with_prdc(n: int, m: int, d: int, shift: float) -> None:
    prdc = pytest.importorskip("prdc", reason="SKIPPED: prdc is not installed")
    real, fake = draw(n, d, 0), draw(m, d, 1, shift)
    theirs = prdc.compute_prdc(real, fake, nearest_k=5)
    ours = {f.name: f.value for f in measure_manifold(Features(fake), Features(real))}
    for name, value in theirs.items():
        assert ours[name] == pytest.approx(value, rel=1e-6), name


@pytest.mark.skipif(
    not (os.environ.get("CI") == "true" or os.environ.get("ZNAK_SLOW")),
    reason="SKIPPED: a minute of computing; set ZNAK_SLOW=1",
)
def test_the_published_pin_of_two_gaussian_draws() -> None:
    real, fake = (Features(draw(10_000, 1000, seed)) for seed in (0, 1))
    means = count_in_balls(fake, real, 5).means()
    # a few points are in very many balls there: density came out at 0.91, 1.00 and 1.14 for three draws
    assert means.pop("density") == pytest.approx(1.056, abs=0.2)
    assert means == pytest.approx(
        {"precision": 0.477, "recall": 0.471, "coverage": 0.974}, abs=0.03
    )


def test_a_line_of_points_has_known_balls() -> None:
    real = np.arange(60.0)[:, None]
    np.testing.assert_array_equal(find_radii(real, 1), np.ones(60))
    fake = np.concatenate([np.arange(30) + 0.5, np.full(30, 1e3)])[:, None]
    balls = count_in_balls(Features(fake), Features(real), 1)
    means = balls.means()
    assert means["precision"] == 0.5
    assert means["density"] == 1.0  # half of them in two balls each
    assert means["coverage"] == 31 / 60
    # each fake's ball reaches its two neighbours at 0.5, the last one 31 images far away
    assert means["recall"] >= 31 / 60


def test_distances_survive_a_far_origin_and_copies() -> None:
    x = draw(200, 3, 0) + 1e6
    near, places = find_nearest(x[:50], x)
    np.testing.assert_array_equal(places, np.arange(50))
    np.testing.assert_array_equal(near, np.zeros(50))
    gaps = np.sort(np.linalg.norm(x[:, None] - x[None], axis=-1), axis=1)[:, 3]
    np.testing.assert_allclose(find_radii(x, 3), gaps, rtol=1e-6)


def test_intervals_and_names() -> None:
    figures = measure_manifold(Features(draw(200, 4, 0)), Features(draw(200, 4, 1)), k=3)
    assert [f.name for f in figures] == ["precision", "recall", "density", "coverage"]
    for figure in figures:
        assert figure.interval is not None
        assert figure.interval[0] <= figure.value <= figure.interval[1]
        assert figure.details["neighbours"] == 3


def test_input_that_means_nothing_is_refused() -> None:
    x = Features(draw(100, 4, 0))
    with pytest.raises(InputError, match="fewer than 60"):
        measure_manifold(Features(x.vectors[:59]), x)
    with pytest.raises(InputError, match="0 neighbours"):
        measure_manifold(x, x, k=0)
    with pytest.raises(InputError, match="exact copies"):
        measure_manifold(x, Features(np.ones((100, 4))))


def test_the_interval_of_a_share_stays_within_0_and_1() -> None:
    seen = np.zeros(40)
    seen[0] = 1

    def mean(rows: np.ndarray) -> float:
        return float(seen[rows].mean())

    free, share = (bootstrap(mean, 40, 0.01, replicates=99, is_share=own) for own in (False, True))
    assert free is not None
    assert free[0] < 0
    assert share == (0.0, free[1])
