from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.engine.tiny import export_tiny, random_model
from tests.training.fakes import HashEncoder, make_pack
from tests.training.test_run import make_learner
from znak.engine.file import read_weights
from znak.engine.flow import fold, guidance_path, load_flow, read_marks
from znak.engine.trained import open_trained
from znak.errors import DataError, InputError
from znak.models.checkpoint import load_model, save_model
from znak.models.config import build, override, plain
from znak.models.flow import FlowModel
from znak.models.guidance import Addition, GuidanceConfig
from znak.training.config import GuidanceRun, resolve
from znak.training.data import load_drawings
from znak.training.export import export, export_guidance
from znak.training.feed import Feed
from znak.training.folder import MODEL
from znak.training.guidance import GuidanceLearner, name_weights
from znak.training.run import Limits, run
from znak.training.start import read_first

CPU = torch.device("cpu")


def make_guidance_learner(seed: int = 3, **settings: Any) -> GuidanceLearner:
    first = random_model(make_learner().model, seed)
    shape = {"flow": plain(first.config), "rank": 4, "guidance": 3.0}
    given = {"batch": 8, "log_every": 16, "model": shape, **settings}
    config = resolve(GuidanceRun, "guidance", "marks-tiny", {})
    config = build(GuidanceRun, override(plain(config), given))
    drawings = load_drawings(make_pack(), config.data, config.model.style)
    encode = HashEncoder()
    feed = Feed(drawings, encode, config.data, batch=8, seed=0, device=CPU)
    return GuidanceLearner(
        config, feed, encode, device=CPU, first=first, held_out=feed, prompts=("disc",)
    )


def test_an_addition_is_nothing_at_first_and_the_first_stage_never_changes() -> None:
    learner = make_guidance_learner(**{"optim.rate": 1e-2, "optim.warmup": 8})
    state, t, known = learner._inputs(learner.feed(0), learner.student)
    with torch.no_grad():
        assert torch.equal(learner.student(state, t, *known), learner.teacher(state, t, *known))
        before = learner.teacher(state, t, *known)
    for step in range(3):
        learner.advance(step)
    with torch.no_grad():
        assert torch.equal(learner.teacher(state, t, *known), before)
        assert not torch.allclose(learner.student(state, t, *known), before)


def test_one_pass_learns_what_guidance_makes_of_two() -> None:
    learner = make_guidance_learner(
        **{"optim.rate": 2e-2, "optim.warmup": 32, "optim.averages": [128]}
    )
    before = learner.evaluate()
    assert before["valid_loss"] == pytest.approx(before["valid_told"], rel=0.05)
    for step in range(150):
        learner.advance(step)
    assert learner.evaluate()["valid_loss"] < 0.7 * before["valid_told"]


def test_a_guidance_run_resumes_to_the_bit_and_names_its_first_stage(tmp_path: Path) -> None:
    for folder, parts in ((tmp_path / "whole", (32,)), (tmp_path / "parts", (16, 32))):
        for k, samples in enumerate(parts):
            run(
                make_guidance_learner(), folder, fingerprint="data", limits=Limits(samples=samples),
                resume=k > 0,
            )  # fmt: skip
    whole, parts_ = (tmp_path / name / MODEL for name in ("whole", "parts"))
    assert whole.read_bytes() == parts_.read_bytes()
    model, about = load_model(whole, kind="guidance")
    assert isinstance(model, Addition)
    assert about["first"] == make_guidance_learner().first != make_guidance_learner(4).first


def folded(folder: Path, *, guidance: float = 3.0, first: str | None = None) -> tuple[Path, Path]:
    """Return a run-time file without a form network, and an addition trained for it."""
    export_tiny(folder)
    alone = folder / "alone.safetensors"
    export(folder / "flow.safetensors", alone)
    weights = read_weights(alone, kind="marks")
    model, about = load_model(folder / "flow.safetensors", kind="flow")
    addition = random_model(Addition(GuidanceConfig(model.config, guidance, rank=4)), 5)
    own = {n.removeprefix("flow."): a for n, a in weights.arrays.items()}
    known = {"encoder": about["encoder"], "samples": 9, "first": first or name_weights(own)}
    save_model(folder / "addition.safetensors", addition, about=known, dtype=torch.float16)
    return alone, folder / "addition.safetensors"


def test_the_folded_guidance_takes_one_pass_and_any_other_the_first_stage(tmp_path: Path) -> None:
    alone, addition = folded(tmp_path)
    plain_engine = load_flow(alone)
    vectors = plain_engine.encode(["fox", "a cup"])
    options: dict[str, Any] = {"seeds": [1, 2], "steps": 3}
    without = plain_engine.sample(vectors, guidance=2.0, **options)
    load_flow.cache_clear()
    export_guidance(addition, alone, sampling={"guidance": 3.0, "steps": 3})
    engine = load_flow(alone)
    assert engine.revision.startswith(f"{plain_engine.revision}+folded-guidance-1-")
    assert engine.about["stages"]["guidance"]["samples"] == 9
    assert engine.sampling.steps == 3
    assert np.array_equal(engine.sample(vectors, guidance=2.0, **options), without)
    assert not np.array_equal(
        engine.sample(vectors, **options), plain_engine.sample(vectors, guidance=3.0, **options)
    )

    # one pass a step: what a first stage with the products in its matrices draws without guidance
    model, _ = load_model(tmp_path / "flow.safetensors", kind="flow")
    added, _ = load_model(addition, kind="guidance")
    assert isinstance(model, FlowModel)
    assert isinstance(added, Addition)
    student = added.attach(model).eval()
    text = torch.zeros(2, 2, 256)
    text[:, 0] = torch.from_numpy(vectors)
    state = torch.randn(2, 1, 32, 32, generator=torch.Generator().manual_seed(0))
    style = torch.full((2, len(model.config.style)), float("nan"))
    with torch.no_grad():
        wanted = student(state, torch.full((2,), 0.3), text, style, torch.zeros(2, 4)).numpy()
    predict = engine._guide(text.numpy(), style.numpy(), 3.0)
    assert np.abs(predict(state.numpy(), 0.3) - wanted).max() < 1e-3

    torch_engine = open_trained(alone, device="cpu")
    drawn = engine.sample(vectors, **options)
    assert np.abs(torch_engine.sample(vectors, **options) - drawn).max() < 2e-3


def test_an_addition_to_other_weights_is_refused(tmp_path: Path) -> None:
    alone, addition = folded(tmp_path, first="0badc0de")
    with pytest.raises(DataError, match="trained for the first stage 0badc0de"):
        export_guidance(addition, alone)
    with pytest.raises(DataError, match="'guidance' model is wanted"):
        export_guidance(tmp_path / "flow.safetensors", alone)
    assert not guidance_path(alone).exists()

    alone, addition = folded(tmp_path)
    export_guidance(addition, alone)
    beside = guidance_path(alone)
    other = tmp_path / "other.safetensors"
    model, about = load_model(tmp_path / "flow.safetensors", kind="flow")
    save_model(tmp_path / "m", random_model(model, 9), about=about)
    export(tmp_path / "m", other)
    guidance_path(other).write_bytes(beside.read_bytes())
    with pytest.raises(DataError, match="was made for marks-1-"):
        read_marks(other)
    beside.write_bytes(beside.read_bytes()[:-1])
    with pytest.raises(DataError, match="damaged"):
        read_marks(alone)
    export(tmp_path / "m", alone)  # new weights: what belonged to the old ones goes
    assert not beside.exists()


def test_a_misfit_in_the_run_time_file_is_named(tmp_path: Path) -> None:
    alone, addition = folded(tmp_path)
    export_guidance(addition, alone)
    arrays = read_marks(alone).arrays
    del arrays["guidance.down.head"]
    with pytest.raises(DataError, match=r"doesn't fit the first stage at head\.weight"):
        fold(arrays)


def test_the_first_stage_is_a_runs_or_the_packages(tmp_path: Path) -> None:
    alone, _ = folded(tmp_path)
    ours, theirs = read_first(alone), read_first(tmp_path / "flow.safetensors")
    assert torch.equal(ours.stem.weight, theirs.stem.weight)
    with pytest.raises(InputError, match="--first"):
        read_first(None)
    with pytest.raises(DataError, match="'flow' model is wanted"):
        read_first(tmp_path / "form.safetensors")
