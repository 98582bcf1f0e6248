from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.engine.tiny import export_tiny, random_model, tiny_engine
from znak.engine.base import Sampling
from znak.engine.file import pack_bytes, read_weights, unpack_bytes
from znak.engine.flow import FlowEngine, form_path, load_flow, read_marks
from znak.engine.trained import open_trained
from znak.errors import DataError
from znak.models.checkpoint import save_model, write_checkpoint
from znak.models.config import plain
from znak.models.flow import FlowConfig, FlowModel
from znak.training.config import FlowRun
from znak.training.export import export, export_form, read_stage
from znak.words import load_encoder

TINY = FlowConfig(width=32, depth=1, head=16, text_dim=256)


def save(path, *, encoder=None, samples=5, model=None):
    about = {"encoder": encoder or load_encoder().name, "samples": samples}
    save_model(path, model or random_model(FlowModel(TINY), 0), about=about)
    return path


def test_the_file_says_how_to_be_sampled_and_what_it_was_trained_on(tmp_path):
    out = tmp_path / "marks.safetensors"
    wanted = Sampling(
        steps=5, guidance=2.5, interval=(0.1, 0.8), shift=1.5, quality=0.4, mirror=0.9
    )
    size = export(save(tmp_path / "m"), out, sampling=wanted)
    engine = tiny_engine(out)
    assert size == out.stat().st_size
    assert engine.sampling == wanted
    assert engine.about["stages"]["flow"]["samples"] == 5
    assert engine.about["encoder"] == load_encoder().name


def test_a_run_that_goes_on_is_exported_from_its_newest_average(tmp_path):
    run, model = tmp_path / "run", random_model(FlowModel(TINY), 1)
    save(run / "model.safetensors", samples=10)
    averages = {f"average0.{n}": t * 0 for n, t in model.state_dict().items()}
    averages |= {f"average1.{n}": t for n, t in model.state_dict().items()}
    config = plain(FlowRun(model=TINY))
    for samples, newest in ((20, True), (3, False)):
        about = {"samples": samples, "fingerprint": f"abc-{load_encoder().name}", "step": 1}
        write_checkpoint(run / "last.ckpt", averages, kind="flow-run", config=config, about=about)
        stage = read_stage(run, "flow")
        assert stage.about["encoder"] == load_encoder().name
        taken = torch.equal(stage.tensors["stem.weight"], model.state_dict()["stem.weight"])
        assert taken == newest
    export(run, tmp_path / "marks")
    assert tiny_engine(tmp_path / "marks").revision.startswith("marks-1-")


def test_what_can_not_be_shipped_is_refused_and_the_old_file_stays(tmp_path):
    out = export_tiny(tmp_path)
    before = out.read_bytes()
    huge = random_model(FlowModel(TINY), 0)
    with torch.no_grad():
        huge.stem.bias[0] = 1e6  # no half-precision number
    cases = {
        "trained on text vectors of minilm": save(tmp_path / "a", encoder="minilm"),
        "NaN or infinity": save(tmp_path / "b", model=huge),
        "holds neither": tmp_path / "empty",
        "there is no checkpoint": tmp_path / "missing",
        "a 'flow' model is wanted": tmp_path / "form.safetensors",
    }
    (tmp_path / "empty").mkdir()
    for message, path in cases.items():
        with pytest.raises(DataError, match=message):
            export(path, out)
    with pytest.raises(DataError, match="the two stages were trained"):
        export(save(tmp_path / "c", encoder="other"), out, form=tmp_path / "form.safetensors")
    assert out.read_bytes() == before


def test_a_model_too_large_to_ship_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("znak.training.export.MAX_BYTES", 1000)
    with pytest.raises(DataError, match="at most"):
        export(save(tmp_path / "m"), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_half_precision_changes_little(tmp_path):
    path = save(tmp_path / "m")
    export(path, tmp_path / "out")
    stage = read_stage(path, "flow")
    arrays = tiny_engine(tmp_path / "out").flow._w
    for name, tensor in stage.tensors.items():
        assert np.abs(arrays[name] - tensor.numpy()).max() <= 1e-3 * tensor.abs().max() + 1e-6


def parts_of(folder):
    """Return a run-time file without a form network, and a form network for it."""
    whole = export_tiny(folder)
    alone = folder / "alone.safetensors"
    export(folder / "flow.safetensors", alone)
    return whole, alone, folder / "form.safetensors"


def test_a_form_network_beside_the_file_draws_what_one_inside_draws(tmp_path):
    whole, alone, form = parts_of(tmp_path)
    before = alone.read_bytes()
    size = export_form(form, alone)
    assert size == form_path(alone).stat().st_size
    assert alone.read_bytes() == before
    engines = load_flow(whole), load_flow(alone)
    vectors = engines[0].encode(["fox", "a cup"])
    drawn = engines[1].sample(vectors, seeds=[1, 2], steps=2)
    inside = read_marks(whole)  # in half precision; beside it the matrices are bytes
    part = {n: a for n, a in inside.arrays.items() if n.startswith("form.")}
    packed = {**inside.arrays, **unpack_bytes(pack_bytes(part))}
    assert np.array_equal(drawn, FlowEngine(replace(inside, arrays=packed)).sample(
        vectors, seeds=[1, 2], steps=2
    ))  # fmt: skip
    assert engines[1].revision.startswith(f"{read_weights(alone, kind='marks').revision}+form-")
    assert set(engines[1].about["stages"]) == {"flow", "form"}
    torch_engine = open_trained(alone, device="cpu")
    assert np.abs(torch_engine.sample(vectors, seeds=[1, 2], steps=2) - drawn).max() < 2e-3


def test_the_parts_together_may_not_be_larger_than_what_ships(tmp_path, monkeypatch):
    _, alone, form = parts_of(tmp_path)
    export_form(form, alone)
    before = form_path(alone).read_bytes()
    size = alone.stat().st_size + len(before)
    monkeypatch.setattr("znak.training.export.MAX_BYTES", size - 20_000)
    with pytest.raises(DataError, match="at most"):
        export_form(form, alone)
    assert form_path(alone).read_bytes() == before


def test_a_form_network_says_how_both_stages_are_sampled_with_it(tmp_path):
    _, alone, form = parts_of(tmp_path)
    before = load_flow(alone).sampling
    load_flow.cache_clear()
    export_form(form, alone, sampling={"steps": 3, "last": 0.6, "quality": 0.5})
    assert load_flow(alone).sampling == replace(before, steps=3, last=0.6, quality=0.5)
    with pytest.raises(DataError, match="sampling settings"):
        export_form(form, alone, sampling={"last": 2.0})
    load_flow.cache_clear()
    assert load_flow(alone).sampling.last == 0.6


def test_a_shipped_form_network_can_be_exported_again_to_be_sampled_otherwise(tmp_path):
    _, alone, form = parts_of(tmp_path)
    export_form(form, alone, sampling={"temperature": 0.9})
    beside = form_path(alone)
    before = read_weights(beside, kind="form-network")
    export_form(beside, alone, sampling={"temperature": 0.7})
    after = read_weights(beside, kind="form-network")
    assert after.about == {**before.about, "sampling": {"temperature": 0.7}}
    assert all(np.allclose(after.arrays[n], a, atol=1e-7) for n, a in before.arrays.items())
    load_flow.cache_clear()
    assert load_flow(alone).sampling.temperature == 0.7


def test_a_form_network_of_other_weights_is_refused_and_goes_when_new_ones_come(tmp_path):
    whole, alone, form = parts_of(tmp_path)
    export_form(form, alone)
    beside = form_path(alone)
    other = tmp_path / "other.safetensors"
    export(save(tmp_path / "m"), other)
    beside.rename(form_path(other))
    with pytest.raises(DataError, match="was made for marks-1-"):
        read_marks(other)
    form_path(other).write_bytes(form_path(other).read_bytes()[:-1])
    with pytest.raises(DataError, match="damaged"):
        read_marks(other)
    export(save(tmp_path / "m"), other)
    assert not form_path(other).exists()
    assert read_marks(other).config["form"] is None
    with pytest.raises(DataError, match="holds a form network already"):
        export_form(form, whole)
    assert not form_path(whole).exists()


def test_what_does_not_go_with_the_file_is_not_put_beside_it(tmp_path, monkeypatch):
    _, alone, form = parts_of(tmp_path)
    with pytest.raises(DataError, match="'form' model is wanted"):
        export_form(tmp_path / "flow.safetensors", alone)
    with pytest.raises(DataError, match="there is no file"):
        export_form(form, tmp_path / "none.safetensors")
    monkeypatch.setattr("znak.training.export.MAX_BYTES", 1000)
    with pytest.raises(DataError, match="at most"):
        export_form(form, alone)
    assert not form_path(alone).exists()
