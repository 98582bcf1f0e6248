from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.training.fakes import HashEncoder, make_pack
from znak.errors import DataError
from znak.training.data import DataConfig, load_drawings, measure_cleanness
from znak.training.feed import Feed, move

STYLE = ("thickness", "solid", "cleanness", "parts")
CPU = torch.device("cpu")


def make_feed(config: DataConfig, batch: int = 32, seed: int = 0) -> Feed:
    drawings = load_drawings(make_pack(), config, STYLE)
    return Feed(drawings, HashEncoder(), config, batch=batch, seed=seed, device=CPU)


def test_only_the_asked_split_is_loaded() -> None:
    pack = make_pack()
    drawings = load_drawings(pack, DataConfig(), STYLE)
    assert len(drawings) == int((pack.split == "train").sum())
    assert drawings.captions == ["bar", "bar left", "disc"]
    assert drawings.style.shape == (len(drawings), 4)
    with pytest.raises(DataError, match="'test'"):
        load_drawings(pack, DataConfig(split="test"), STYLE)
    with pytest.raises(DataError, match="min_concept"):
        load_drawings(pack, DataConfig(min_concept=1000, min_word=1000), STYLE)


def test_captions_without_a_concept_need_common_words() -> None:
    pack = make_pack()
    names = [f"thing {i}" if i % 4 == 1 else name for i, name in enumerate(pack.captions)]
    names[2], names[6] = "disc bar", "big old disc bar"
    concepts = ["" if i % 4 == 1 or i in (2, 6) else c for i, c in enumerate(pack.concepts)]
    drawings = load_drawings(replace(pack, captions=names, concepts=concepts), DataConfig(), STYLE)
    assert drawings.captions == ["bar", "bar left", "disc", "disc bar"]
    signs = replace(pack, interface=np.array([c == "disc" for c in pack.concepts]))
    assert "disc" not in load_drawings(signs, DataConfig(), STYLE).captions
    assert "disc" in load_drawings(signs, DataConfig(interface=True), STYLE).captions


def test_weights_go_by_the_root_of_the_concepts_count() -> None:
    drawings = load_drawings(make_pack(), DataConfig(), STYLE)
    disc = np.array([drawings.captions[i] == "disc" for i in drawings.caption])
    np.testing.assert_allclose(drawings.weights[disc], disc.sum() ** -0.5)
    assert not drawings.flips[[drawings.captions[i] == "bar left" for i in drawings.caption]].any()
    assert drawings.flips[disc].all()


def test_a_batch_depends_on_seed_and_step_alone() -> None:
    feed = make_feed(DataConfig())
    first, again, other = feed(3), make_feed(DataConfig())(3), feed(4)
    for name in ("fields", "text", "augment"):
        assert torch.equal(getattr(first, name), getattr(again, name))
    assert torch.equal(first.style.nan_to_num(9), again.style.nan_to_num(9))
    assert not torch.equal(first.fields, other.fields)
    assert not torch.equal(first.fields, make_feed(DataConfig(), seed=1)(3).fields)


def test_conditions_are_dropped_at_their_rates() -> None:
    config = DataConfig(drop_all=0.25, drop_tags=0, drop_caption=0, drop_style=0, drop_each=0.5)
    batch = make_feed(config, batch=4096)(0)
    silent = (batch.text[:, 0] == 0).all(dim=-1)
    assert float(silent.float().mean()) == pytest.approx(0.25, abs=0.03)
    assert batch.style[silent].isnan().all()
    asked = ~batch.style[~silent].isnan()
    assert float(asked.float().mean()) == pytest.approx(0.5, abs=0.03)
    everything = DataConfig(drop_all=0, drop_tags=0, drop_caption=0, drop_style=0, drop_each=0)
    whole = make_feed(everything, batch=512)(0)
    assert not whole.style.isnan().any()
    assert (whole.text[:, 0] != 0).any(dim=-1).all()
    tagged = (whole.text[:, 1] != 0).any(dim=-1)
    assert 0 < int(tagged.sum()) < 512  # bars have no tags: a zero vector


def test_the_concepts_name_stands_in_for_the_caption() -> None:
    pack = make_pack()
    pack = replace(pack, concepts=[f"the {c}" for c in pack.concepts])
    drawings = load_drawings(pack, DataConfig(), STYLE)
    assert drawings.captions == ["bar", "bar left", "disc", "the bar", "the disc"]
    for share in (0.0, 1.0):
        config = DataConfig(name=share, drop_all=0, drop_caption=0)
        feed = Feed(drawings, HashEncoder(), config, batch=64, seed=0, device=CPU)
        said = feed(0).text[:, 0].half().unique(dim=0)
        wanted = ["the bar", "the disc"] if share else ["bar", "bar left", "disc"]
        expected = torch.from_numpy(HashEncoder()(wanted)).half().unique(dim=0)
        assert torch.equal(said, expected)


def test_moves_are_told_and_the_rest_stays_as_drawn() -> None:
    batch = make_feed(DataConfig(move=0.5, flip=False), batch=64)(0)
    assert (batch.augment[:32] != 0).all()
    assert (batch.augment[32:] == 0).all()
    stored = torch.from_numpy(make_pack().fields).float() / 127
    away = (batch.fields[32:] - stored).abs().amax(dim=(2, 3))
    assert float(away.min(dim=1).values.max()) < 1e-6


def test_move_shifts_by_a_pixel_and_zero_is_the_identity() -> None:
    field = torch.randn(1, 1, 64, 64)
    torch.testing.assert_close(move(field, torch.zeros(1, 4)), field, rtol=1e-4, atol=1e-4)
    shifted = move(field, torch.tensor([[0.0, 0, 1, 0]]))
    torch.testing.assert_close(
        shifted[..., 1:-1], field.roll(1, dims=-1)[..., 1:-1], rtol=1e-3, atol=1e-3
    )


def test_a_disc_is_cleaner_than_a_grating() -> None:
    y, x = np.mgrid[0:64, 0:64] + 0.5 - 32.0
    disc = np.int8(np.clip((20 - np.hypot(x, y)) / 8, -1, 1) * 127)
    grating = np.int8(np.clip((1 - np.abs(x % 3 - 1.5)) / 8, -1, 1) * 127)
    clean = measure_cleanness(np.stack([disc, grating]))
    assert clean[0] > 0.95
    assert clean[1] < 0.5
