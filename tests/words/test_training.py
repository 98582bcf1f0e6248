"""Training the encoder, small: every stage runs, learns, and is the same for the same seed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest
import torch

from znak.training.words import Prepared, compose, train
from znak.training.words_contrast import Drawings
from znak.training.words_data import Entry, split
from znak.training.words_distil import DistilConfig, fit_pairs, start_model
from znak.words import WordEncoder, load_encoder

CONFIG = DistilConfig(
    steps=40, batch=64, n_buckets=256, most_pairs=50, further_words=5, prompts=20, phrases=10,
    further=8, tuning_steps=3, pair_steps=30, pair_rate=0.03,
)  # fmt: skip
ENTRIES = (
    Entry("fox", ("лиса", "лисица"), "animal"),
    Entry("cup", ("чашка",), "object"),
    Entry("tree", ("дерево",), "plant"),
    Entry("red", ("красный",), "colour"),
    Entry("comic shop", ("магазин комиксов",), "industry"),
    Entry("mountain range", ("горная цепь",), "nature"),
    Entry("bakery", ("пекарня",), "industry"),
)
CAPTIONS = {"fox": 5, "cup": 4, "fox head": 3, "tree": 3, "mountain range": 2, "red fox": 2}


class FakeTeacher:
    """Unit vectors of 384 that depend on the text alone."""

    def __call__(self, texts: list[str]) -> np.ndarray:
        out = np.zeros((len(texts), 384), np.float32)
        for i, text in enumerate(texts):
            for word in text.split():
                out[i] += np.random.default_rng(crc32(word.encode())).normal(size=384)
            out[i] /= np.linalg.norm(out[i])
        return out

    def whole_words(self) -> list[str]:
        return ["anchor", "bridge"]


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    pytest.importorskip("pymorphy3")
    torch.set_num_threads(1)
    material = split(CAPTIONS, ENTRIES, [])
    cache = tmp_path_factory.mktemp("cache")
    return compose(material, FakeTeacher(), CONFIG, cache=cache, say=lambda line: None)


@pytest.fixture(scope="module")
def drawings(ready: Prepared) -> Drawings:
    captions = tuple(sorted(ready.material.captions)) * 3
    fields = np.random.default_rng(0).integers(-127, 127, (len(captions), 32, 32))
    return Drawings(fields.astype(np.int8), captions)


def test_every_stage_runs_and_the_same_seed_gives_the_same_bytes(
    ready: Prepared, drawings: Drawings, tmp_path: Path
) -> None:
    files = [tmp_path / "a.npz", tmp_path / "b.npz"]
    for out in files:
        train(ready, CONFIG, out=out, before=tmp_path / "before.npz", drawings=drawings)
    assert files[0].read_bytes() == files[1].read_bytes()
    tuned, before = load_encoder(files[0]), load_encoder(tmp_path / "before.npz")
    assert tuned.name != before.name
    assert tuned._w.recipe["drawings"] == len(drawings.captions)
    other = replace(CONFIG, seed=1)
    train(ready, other, out=tmp_path / "c.npz", drawings=drawings)
    assert (tmp_path / "c.npz").read_bytes() != files[0].read_bytes()


def test_words_and_phrases_come_near_their_targets(ready: Prepared, tmp_path: Path) -> None:
    train(ready, CONFIG, out=tmp_path / "a.npz")
    encode: WordEncoder = load_encoder(tmp_path / "a.npz")
    for text, english in [("лиса", "fox"), ("горная цепь", "mountain range")]:
        assert float(encode([text])[0] @ ready.targets.of(english)) > 0.8, text


def test_fitting_pairs_changes_nothing_else(ready: Prepared) -> None:
    model = start_model(ready.vocabulary, ready.n_pairs, ready.targets, ready.material, CONFIG)
    old = {name: value.clone() for name, value in model.state_dict().items()}
    losses = [
        loss for _, loss in fit_pairs(model, ready.phrases, ready.targets, ready.entries, CONFIG)
    ]
    changed = {name for name, value in model.state_dict().items() if not value.equal(old[name])}
    assert changed == {"pairs"}
    assert losses[-1] < losses[0]
