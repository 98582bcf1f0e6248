"""Training of the judge at tiny size."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from tests.metrics.fake_marks import SHAPES, make_pack, make_prompts
from znak.cli import app
from znak.errors import DataError
from znak.metrics.judge import JudgeConfig, load_judge
from znak.metrics.prompts import is_tried, judge_rows
from znak.training import judge as training
from znak.training.judge import learn, load_lessons, match_loss, name_loss, shake, write_judge

torch.set_num_threads(1)
TINY = JudgeConfig(widths=(8, 16), depths=(1, 1), dim=16, buckets=256)


@pytest.fixture(scope="module")
def lessons(tmp_path_factory):
    return load_lessons(make_pack(), tmp_path_factory.mktemp("cache"))


def test_lessons_are_the_judges_own_rows_and_none_is_both_learnt_and_tried(tmp_path):
    pack = make_pack()
    learnt, tried = load_lessons(pack, tmp_path)
    rows = judge_rows(pack)
    held = is_tried(pack.cluster[rows])
    assert (len(learnt), len(tried)) == ((~held).sum(), held.sum())
    assert learnt.captions == [pack.captions[i] for i in rows[~held]]
    assert len(load_lessons(pack, tmp_path, most=20)[0]) < 20


def test_rasters_are_drawn_once_and_a_damaged_cache_is_drawn_anew(tmp_path, monkeypatch):
    first = load_lessons(make_pack(64), tmp_path)[0]
    (cached,) = tmp_path.glob("judge-*.npy")
    drawn = []
    draw = training._draw
    monkeypatch.setattr(training, "_draw", lambda job: drawn.append(1) or draw(job))
    again = load_lessons(make_pack(64), tmp_path)[0]
    assert not drawn and (again.rasters == first.rasters).all()
    cached.write_bytes(cached.read_bytes()[:200])
    mended = load_lessons(make_pack(64), tmp_path)[0]
    assert drawn and (mended.rasters == first.rasters).all()


def test_line_drawings_are_thickened():
    field = make_pack(8).fields[1]
    thin, thick = (training._draw((field, solid)) for solid in (True, False))
    assert thick.sum() > 1.2 * thin.sum()


def test_the_judge_learns_shapes_it_has_not_seen(lessons, tmp_path):
    prompts = make_prompts(make_pack())
    log = []
    judge, about = learn(
        *lessons, prompts, config=TINY, steps=80, batch=24, rate=8e-3, on_log=log.append
    )
    first, fifth = about["recall"]
    assert first > 0.6  # chance is 0.25
    assert fifth == 1
    assert log[-1].step == 80
    write_judge(tmp_path / "judge.safetensors", judge)
    kept = load_judge(tmp_path / "judge.safetensors")
    tried = lessons[1]
    places = kept.places(kept.see(tried.rasters), tried.concepts, SHAPES)
    assert (places == 0).mean() == pytest.approx(first, abs=0.1)
    assert "never ranks" in str(kept.about["use"])


def test_the_same_seed_gives_the_same_judge(lessons):
    prompts = make_prompts(make_pack())
    names = {learn(*lessons, prompts, config=TINY, steps=3, seed=s)[0].name for s in (1, 1, 2)}
    assert len(names) == 2


def test_shaking_keeps_ink_in_range_and_flips_only_what_may_be_flipped():
    rasters = torch.zeros(64, 64, 64, dtype=torch.uint8)
    rasters[:, 20:44, 8:20] = 255  # ink on the left
    generator = torch.Generator().manual_seed(0)
    flips = torch.arange(64) < 32
    ink = shake(rasters, flips, generator)
    assert ink.shape == (64, 1, 64, 64) and 0 <= float(ink.min()) <= float(ink.max()) <= 1
    on_right = ink[:, 0, :, 32:].sum(dim=(1, 2)) > ink[:, 0, :, :32].sum(dim=(1, 2))
    assert 5 < int(on_right[:32].sum()) < 27
    assert not on_right[32:].any()


def test_the_losses_know_what_is_right_and_what_is_no_negative():
    scale = torch.tensor(3.0)
    eye = torch.eye(3)
    right, wrong = torch.tensor([0, 1, 2]), torch.tensor([1, 2, 0])
    assert name_loss(eye, eye, right, -1, scale) < 1e-3 < name_loss(eye, eye, wrong, -1, scale)
    assert name_loss(eye, eye, torch.zeros(3, dtype=torch.long), 0, scale) == 0
    # drawings 0 and 1 look alike and are of one concept under two captions: no loss between them
    alike = torch.stack([eye[0], eye[0], eye[2]])
    one, apart = torch.tensor([5, 5, 6]), torch.tensor([5, 7, 6])
    loss = match_loss(alike, alike, right, one, 9, scale)
    assert loss < 1e-3 < match_loss(alike, alike, right, apart, 9, scale)
    assert match_loss(alike, alike, right, torch.tensor([9, 9, 6]), 9, scale) > 1e-3


def test_a_pack_without_held_out_drawings_and_a_missing_one_are_refused(tmp_path):
    pack = make_pack(32)
    pack.split[:] = "train"
    with pytest.raises(DataError, match="no drawings for the judge"):
        load_lessons(pack, tmp_path)
    done = CliRunner().invoke(
        app, ["train", "judge", str(tmp_path / "none"), "--out", str(tmp_path / "j.safetensors")]
    )
    assert isinstance(done.exception, DataError)
    assert not (tmp_path / "j.safetensors").exists()


def test_a_loss_that_is_not_finite_ends_the_training(lessons, monkeypatch):
    monkeypatch.setattr(training, "name_loss", lambda *a: torch.tensor(np.nan, requires_grad=True))
    with pytest.raises(DataError, match="not finite at step 1"):
        learn(*lessons, make_prompts(make_pack()), config=TINY, steps=5)
