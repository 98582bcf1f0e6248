"""Why the seed's inception score was exactly 1, and both ways side by side on one generator."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from znak.metrics.extractors import DrawingExtractor, fit
from znak.metrics.inception_score import log_probabilities
from znak.metrics.seed_way import (
    LAST,
    SPLITS,
    measure_both_ways,
    measure_like_seed,
    print_sides,
    score_like_seed,
)
from znak.models.checkpoint import save_model
from znak.models.drawing_encoder import DrawingEncoder, DrawingEncoderConfig
from znak.models.gan import GanConfig, Generator
from znak.models.images import from_bytes, to_bytes


@pytest.fixture(scope="module")
def generated() -> np.ndarray:
    torch.manual_seed(0)
    model = Generator(GanConfig(text_dim=8))
    torch.nn.init.normal_(model.layers[-2].weight, std=5)  # unlike each other without training
    texts = np.random.default_rng(0).standard_normal((300, 8)).astype(np.float32)
    return to_bytes(model.sample(texts, seeds=range(300)))


@pytest.fixture(scope="module")
def extractor(tmp_path_factory: pytest.TempPathFactory, generated: np.ndarray) -> DrawingExtractor:
    """An untrained network whose classes lie where the generated images differ."""
    torch.manual_seed(1)
    config = DrawingEncoderConfig(tuple("abcdefgh"), widths=(8, 8), features=6)
    model = DrawingEncoder(config).eval()
    with torch.no_grad():
        seen = model.see(fit(torch.from_numpy(from_bytes(generated))))
        spread = torch.randn(8, 6) / seen.std(dim=0).clamp_min(1e-6)
        model.classify.weight.copy_(3 * spread)
        model.classify.bias.copy_(-(model.classify.weight @ seen.mean(dim=0)))
    path = tmp_path_factory.mktemp("encoder") / "e.safetensors"
    save_model(path, model, about={"fingerprint": "tested"})
    return DrawingExtractor(path)


@pytest.fixture(scope="module")
def real() -> np.ndarray:
    rng = np.random.default_rng(5)
    small = rng.integers(0, 256, (300, 4, 4, 3), dtype=np.uint8)
    return small.repeat(7, axis=1).repeat(7, axis=2)


def test_twelve_images_in_ten_splits_are_one_image_a_split() -> None:
    assert (LAST, LAST // SPLITS) == (12, 1)


def test_one_image_a_split_scores_exactly_1_whatever_it_shows() -> None:
    rng = np.random.default_rng(0)
    for spread in (0.0, 1.0, 50.0):
        log_p = log_probabilities(rng.standard_normal((LAST, 1000)) * spread)
        assert score_like_seed(log_p) == pytest.approx(1, abs=1e-12)
    # the same rows in one split are worth their variety
    sure = np.full((LAST, 1000), -1e3)
    sure[np.arange(LAST), np.arange(LAST)] = 0
    assert score_like_seed(log_probabilities(sure)) == pytest.approx(1, abs=1e-12)
    assert score_like_seed(log_probabilities(sure), splits=1) == pytest.approx(LAST)


def test_both_ways_side_by_side_for_one_generator(
    generated: np.ndarray, real: np.ndarray, extractor: DrawingExtractor
) -> None:
    noise = np.random.default_rng(1).integers(0, 256, generated.shape, dtype=np.uint8)
    sides = [
        measure_both_ways(name, images, real, extractor, replicates=20)
        for name, images in (("generator", generated), ("noise", noise), ("real", real[::-1]))
    ]
    for side in sides:
        assert side.seed_score == pytest.approx(1, abs=1e-12)
        assert side.score is not None
        assert side.distance is not None
    generator, _, same = sides
    assert generator.score is not None
    assert generator.score.value > 1.05  # it does tell images apart
    assert generator.score.details["images a split"] == 100
    assert same.distance is not None
    assert abs(same.distance.value) < 1e-6  # the very same images: the right way says 0
    assert same.seed_distance > 1e-3  # and the seed's compares twelve of them with twelve others
    table = print_sides(sides)
    print(table)
    assert table.count("1.000000") == 3
    assert "IS-znak-" in table
    assert "FID " not in table.splitlines()[1]


def test_the_seeds_distance_depends_on_which_twelve_it_gets(
    real: np.ndarray, extractor: DrawingExtractor
) -> None:
    values = [
        measure_like_seed(real[i : i + LAST], real[150 + i : 150 + i + LAST], extractor)[1]
        for i in range(0, 120, 12)
    ]
    assert max(values) > 1.5 * min(values)


def test_too_few_images_are_refused_by_the_right_way(
    real: np.ndarray, extractor: DrawingExtractor
) -> None:
    side = measure_both_ways("last batch", real[:LAST], real, extractor, replicates=0)
    assert side.score is None
    assert side.seed_score == pytest.approx(1, abs=1e-12)
    assert "refused" in print_sides([side])
