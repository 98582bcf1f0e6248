from __future__ import annotations

import numpy as np
import pytest

from znak.errors import InputError
from znak.metrics.features import Features
from znak.metrics.memorisation import measure_memorisation
from znak.metrics.text_match import CANDIDATES, measure_text_match


def draw(n: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((n, 6))


TRAIN, HELD_OUT = Features(draw(800, 0)), Features(draw(400, 1))


def test_an_honest_generator_is_as_near_as_new_images() -> None:
    found = measure_memorisation(Features(draw(400, 2)), TRAIN, HELD_OUT)
    assert found.median_ratio.value == pytest.approx(1, abs=0.1)
    assert found.median_ratio.interval is not None
    assert found.median_ratio.interval[0] < 1 < found.median_ratio.interval[1]
    assert found.near_share.value < 0.04


def test_copies_are_found_and_shown_first() -> None:
    copies = draw(400, 2)
    copies[10:110] = TRAIN.vectors[:100] + 1e-3
    found = measure_memorisation(Features(copies), TRAIN, HELD_OUT)
    assert found.near_share.value == pytest.approx(0.25, abs=0.02)
    assert set(found.nearest(100)) == set(range(10, 110))
    np.testing.assert_array_equal(found.neighbour[10:110], np.arange(100))
    assert "held out 400" in str(found.near_share)


def test_too_few_images_are_refused() -> None:
    with pytest.raises(InputError, match="fewer than 100"):
        measure_memorisation(Features(draw(99, 2)), TRAIN, HELD_OUT)
    with pytest.raises(InputError, match="held-out"):
        measure_memorisation(Features(draw(200, 2)), TRAIN, Features(draw(20, 1)))


def make_named(right: bool, n: int = 64) -> tuple[Features, np.ndarray, np.ndarray]:
    names = np.eye(n)
    shown = np.arange(n) if right else np.roll(np.arange(n), 7)
    return Features(np.ones((n, 2)), logits=40.0 * np.eye(n)[shown]), np.eye(n), names


def test_own_texts_are_found_and_others_are_not() -> None:
    match, pick = measure_text_match(*make_named(right=True))
    assert match.value == pytest.approx(1, abs=1e-6)
    assert pick.value == 1
    match, pick = measure_text_match(*make_named(right=False))
    assert match.value < 0
    assert pick.value < 0.6  # not always among the candidates


def test_images_that_say_nothing_are_picked_by_chance() -> None:
    _, texts, names = make_named(right=True)
    blank = Features(np.ones((64, 2)), logits=np.zeros((64, 64)))
    match, pick = measure_text_match(blank, texts, names)
    assert match.value == pytest.approx(0, abs=1e-9)
    assert pick.value == pytest.approx(1 / CANDIDATES, abs=0.01)
    assert pick.name == "text pick-given"


def test_texts_that_mean_nothing_are_refused() -> None:
    features, texts, names = make_named(right=True)
    with pytest.raises(InputError, match="all texts are the same"):
        measure_text_match(features, np.ones((64, 64)), names)
    with pytest.raises(InputError, match="64 texts and 3 class names"):
        measure_text_match(features, texts, names[:3])
    few = Features(features.vectors[:8], logits=np.zeros((8, 64)))
    with pytest.raises(InputError, match="fewer than 32"):
        measure_text_match(few, texts[:8], names)
