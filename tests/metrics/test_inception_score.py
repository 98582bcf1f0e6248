from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from znak.errors import InputError
from znak.metrics.features import Features
from znak.metrics.inception_score import log_probabilities, measure_inception_score, score_splits


def one_hot(n: int, k: int) -> np.ndarray:
    logits = np.full((n, k), -1e4)
    logits[np.arange(n), np.arange(n) % k] = 0
    return logits


def features(logits: np.ndarray, name: str = "given") -> Features:
    return Features(np.ones((len(logits), 2)), name, logits=logits)


def test_uniform_one_hot_rows_over_k_classes_score_k() -> None:
    for k in (2, 10, 50):
        scores = score_splits(log_probabilities(one_hot(20 * k, k)), 1)
        assert scores == pytest.approx([k], rel=1e-12)


def test_identical_rows_score_1() -> None:
    logits = np.tile(np.random.default_rng(0).standard_normal(10), (500, 1))
    assert measure_inception_score(features(logits), splits=5).value == pytest.approx(1, abs=1e-12)


def test_one_row_a_split_scores_1_whatever_the_rows() -> None:
    log_p = log_probabilities(one_hot(12, 12))
    np.testing.assert_allclose(score_splits(log_p, 12), np.ones(12), rtol=1e-12)
    assert score_splits(log_p, 1) == pytest.approx([12])


def test_it_agrees_with_torch_fidelity(fidelity: Any) -> None:
    logits = np.random.default_rng(1).standard_normal((1003, 37)) * 3
    theirs = fidelity.isc.isc_features_to_metric(torch.from_numpy(logits), splits=10, shuffle=False)
    ours = score_splits(log_probabilities(logits), 10)
    assert ours.mean() == pytest.approx(theirs["inception_score_mean"], rel=1e-6)
    assert ours.std() == pytest.approx(theirs["inception_score_std"], rel=1e-6)


def test_it_says_what_it_was_made_from() -> None:
    figure = measure_inception_score(features(one_hot(1000, 10)), splits=10)
    assert figure.name == "IS-given"
    assert "splits 10, images a split 100" in str(figure)
    assert figure.interval is not None
    assert figure.plain()["deviation over splits"] < 0.5
    assert measure_inception_score(features(one_hot(100, 10), "inception"), splits=1).name == "IS"


def test_too_few_images_a_split_are_refused() -> None:
    with pytest.raises(InputError, match=r"12 images in 10 splits leave 1\.2 a split"):
        measure_inception_score(features(one_hot(12, 12)), splits=10)
    with pytest.raises(InputError, match="has no classes"):
        measure_inception_score(Features(np.ones((200, 2))))
    with pytest.raises(InputError, match="0 splits"):
        measure_inception_score(features(one_hot(200, 2)), splits=0)
    broken = one_hot(200, 2)
    broken[7] = np.nan
    with pytest.raises(InputError, match="NaN"):
        measure_inception_score(features(broken), splits=1)
