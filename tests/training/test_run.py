from __future__ import annotations

import errno
import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from tests.training.fakes import HashEncoder, make_pack
from znak.errors import DataError, InputError, StorageError
from znak.models.checkpoint import load_model
from znak.models.config import build, override
from znak.models.flow import FlowModel
from znak.models.sampling import sample
from znak.training.config import PRESETS, FlowRun, FormRun, GuidanceRun, resolve
from znak.training.data import load_drawings
from znak.training.feed import Feed
from znak.training.flow import FlowLearner, fit_places
from znak.training.folder import CHECKPOINT, MODEL
from znak.training.form import FormLearner
from znak.training.log import read_log
from znak.training.run import Limits, Report, run

CPU = torch.device("cpu")
SETTINGS = {"model.text_dim": 16, "model.width": 16, "model.depth": 1, "batch": 8, "log_every": 16}
FORM = {"model.text_dim": 16, "batch": 8, "log_every": 16}


def make_learner(**settings: Any) -> FlowLearner:
    config = resolve(FlowRun, "flow", "marks-tiny", SETTINGS | settings)
    drawings = load_drawings(make_pack(), config.data, config.model.style)
    encode = HashEncoder()
    feed = Feed(drawings, encode, config.data, batch=config.batch, seed=config.seed, device=CPU)
    return FlowLearner(config, feed, encode, device=CPU, held_out=feed, prompts=("disc", "bar"))


def go(folder: Path, samples: int, **options: Any) -> Report:
    settings = options.pop("settings", {})
    return run(
        make_learner(**settings),
        folder,
        fingerprint="data",
        limits=Limits(samples=samples),
        **options,
    )


def test_a_run_killed_and_resumed_ends_in_the_same_bits(tmp_path: Path) -> None:
    class KilledError(Exception):
        pass

    def kill(report: Report) -> None:
        if report.samples == 64:
            raise KilledError

    go(tmp_path / "whole", 96)
    with pytest.raises(KilledError):
        go(tmp_path / "cut", 96, on_log=kill, settings={"checkpoint_minutes": 0})
    assert read_log(tmp_path / "cut")[-1]["samples"] == 64
    report = go(tmp_path / "cut", 96, resume=True)
    assert report.samples == 96
    whole, cut = (load_file(tmp_path / name / CHECKPOINT) for name in ("whole", "cut"))
    assert whole.keys() == cut.keys()
    for name, tensor in whole.items():
        assert torch.equal(tensor, cut[name]), name
    losses = [
        [(line["samples"], line["loss"]) for line in read_log(tmp_path / name)]
        for name in ("whole", "cut")
    ]
    assert losses[0] == losses[1]


def test_the_run_folder_holds_what_it_should(tmp_path: Path) -> None:
    seen: list[Report] = []
    report = go(tmp_path, 64, on_log=seen.append, settings={"sheet_every": 32})
    assert report.stopped_by == "samples"
    assert len(seen) == 4
    assert {p.name for p in tmp_path.iterdir()} >= {"config.json", "log.jsonl", CHECKPOINT, MODEL}
    record = json.loads((tmp_path / "config.json").read_text())
    assert build(FlowRun, record["config"]) == make_learner(sheet_every=32).config
    assert record["fingerprint"] == "data"
    assert len(list((tmp_path / "sheets").glob("*.png"))) == 2
    assert "valid_loss" in read_log(tmp_path)[-1]
    model, about = load_model(tmp_path / MODEL, kind="flow")
    assert about["samples"] == 64
    assert about["encoder"] == "hash"
    fields = sample(model, HashEncoder()(["disc"]), seeds=[0], steps=2)  # type: ignore[arg-type]
    assert fields.shape == (1, 64, 64)


def test_a_signal_ends_the_run_with_a_checkpoint(tmp_path: Path) -> None:
    def interrupt(report: Report) -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    report = go(tmp_path, 10**6, on_log=interrupt)
    assert report.stopped_by == "SIGTERM"
    assert (tmp_path / CHECKPOINT).is_file()
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_minutes_are_a_limit_too(tmp_path: Path) -> None:
    report = run(make_learner(), tmp_path, fingerprint="x", limits=Limits(minutes=0.0))
    assert report.stopped_by == "time"
    assert report.samples == 8


def test_nan_stops_the_run_and_leaves_the_checkpoint(tmp_path: Path) -> None:
    go(tmp_path, 32)
    before = (tmp_path / CHECKPOINT).read_bytes()
    learner = make_learner()
    plain = learner._plain_loss
    learner._loss = lambda *given: plain(*given) * float("nan")
    with pytest.raises(DataError, match=r"loss is nan at step 5 .*Resume with a lower"):
        run(learner, tmp_path, fingerprint="data", limits=Limits(samples=64), resume=True)
    assert (tmp_path / CHECKPOINT).read_bytes() == before


def test_a_full_disk_leaves_the_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go(tmp_path, 32)
    before = (tmp_path / CHECKPOINT).read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="disk is full"):
        go(tmp_path, 64, resume=True)
    assert (tmp_path / CHECKPOINT).read_bytes() == before


def test_folders_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no checkpoint"):
        go(tmp_path, 16, resume=True)
    go(tmp_path, 16)
    with pytest.raises(InputError, match="--resume"):
        go(tmp_path, 32)
    with pytest.raises(DataError, match="other data"):
        run(make_learner(), tmp_path, fingerprint="new", limits=Limits(), resume=True)
    with pytest.raises(DataError, match="another model"):
        go(tmp_path, 32, resume=True, settings={"model.depth": 2})
    (tmp_path / CHECKPOINT).write_bytes((tmp_path / CHECKPOINT).read_bytes()[:-100])
    with pytest.raises(DataError, match="damaged"):
        go(tmp_path, 32, resume=True)


def test_weights_can_be_begun_from_at_another_size(tmp_path: Path) -> None:
    small = make_learner()
    large = make_learner(**{"model.size": 64})
    large.start_from(small.weights())
    assert torch.equal(large.weights()["stem.weight"], small.weights()["stem.weight"])
    flat = torch.full((16, 4), 3.0)
    torch.testing.assert_close(fit_places(flat, torch.zeros(64, 4)), torch.full((64, 4), 3.0))


def make_form_learner(first: FlowModel | None = None, **settings: Any) -> FormLearner:
    config = resolve(FormRun, "form", "marks-tiny", FORM | settings)
    drawings = load_drawings(make_pack(), config.data, config.model.style)
    encode = HashEncoder()
    feed = Feed(drawings, encode, config.data, batch=8, seed=0, device=CPU)
    return FormLearner(
        config, feed, encode, device=CPU, first=first, held_out=feed, prompts=("disc",)
    )


@pytest.mark.parametrize("with_first", [True, False])
def test_form_learner_runs(tmp_path: Path, with_first: bool) -> None:
    first = make_learner().model if with_first else None
    learner = make_form_learner(first)
    report = run(learner, tmp_path, fingerprint="x", limits=Limits(samples=16))
    assert report.figures["loss"] > 0
    assert set(learner.evaluate()) == {"valid_loss", "valid_ink", "valid_plain"}
    assert load_model(tmp_path / MODEL, kind="form")[1]["samples"] == 16


def test_form_network_learns_to_take_noise_off() -> None:
    settings = {"optim.averages": [64, 128], "optim.warmup": 64, "optim.rate": 1e-2}
    learner = make_form_learner(**settings)
    before = learner.evaluate()["valid_loss"]
    for step in range(120):
        learner.advance(step)
    assert learner.evaluate()["valid_loss"] < 0.7 * before


def test_every_preset_resolves_and_unknown_settings_are_refused() -> None:
    for kind, name in PRESETS:
        resolve({"flow": FlowRun, "form": FormRun, "guidance": GuidanceRun}[kind], kind, name, {})
    with pytest.raises(InputError, match=r"model\.widht"):
        resolve(FlowRun, "flow", "marks", {"model.widht": 3})
    with pytest.raises(InputError, match="batch"):
        resolve(FlowRun, "flow", "marks", {"batch": "many"})
    with pytest.raises(InputError, match=r"optim\.method"):
        resolve(FlowRun, "flow", "marks", {"optim.method": "sgd"})
    with pytest.raises(InputError, match="no parts"):
        override({"batch": 3}, {"batch.size": 3})
    with pytest.raises(InputError, match="marks-tiny"):
        resolve(FlowRun, "flow", "mark", {})
