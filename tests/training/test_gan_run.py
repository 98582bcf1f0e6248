"""Runs on pictures: the GANs and the RGB flow, from parquet to the folder."""

from __future__ import annotations

import errno
import importlib.util
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from tests.corpus.fake_logos import rows, write
from znak.corpus.amazing.cache import ImageCache
from znak.errors import DataError, InputError, MissingError, StorageError, ZnakError
from znak.metrics.extractors import DrawingExtractor
from znak.models.checkpoint import read_checkpoint, save_model, write_checkpoint
from znak.models.device import pick_device
from znak.models.drawing_encoder import DrawingEncoder, DrawingEncoderConfig
from znak.models.images import load_image_model
from znak.training import gan_ablations, gan_metrics, gan_start
from znak.training.animation import animate
from znak.training.folder import CHECKPOINT, MODEL
from znak.training.gan import GanLearner
from znak.training.gan_ablations import ALL, AblationPlan, run_ablations
from znak.training.gan_config import IMPROVEMENTS, PRESETS, GanRun, resolve_pictures
from znak.training.gan_start import (
    PicturesOrder,
    prepare_pictures,
    resolve_pictures_order,
    train_pictures,
)
from znak.training.log import read_log
from znak.training.rgb_data import PicturesConfig, choose_texts, describe, open_pictures
from znak.training.run import Limits, Report

TINY: dict[str, Any] = {
    "batch": 16,
    "log_every": 32,
    "sheet_every": 64,
    "metrics_epochs": 1,
    "model.widths": [8, 8],
    "model.critic_widths": [8, 8],
}
IMPROVED: dict[str, Any] = {
    **TINY,
    "average": 64,
    "penalty_every": 2,
    "model.text_dim": 300,
    "encoder": "znak-300",
}
FLOW: dict[str, Any] = {
    "batch": 16,
    "log_every": 32,
    "sheet_every": 64,
    "type": "float32",
    "model.width": 32,
    "model.depth": 1,
    "model.head": 16,
    "model.patch": 16,
    "optim.warmup": 1,
}


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(
        tmp_path_factory.mktemp("logos") / "part-0.parquet",
        rows(150),
        metadata={"synthetic": "true"},
    )


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def extractor(tmp_path_factory: pytest.TempPathFactory) -> DrawingExtractor:
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("encoder") / "e.safetensors"
    config = DrawingEncoderConfig(("cup", "bars"), widths=(4, 4), features=3)
    save_model(path, DrawingEncoder(config), about={"fingerprint": "abcdef"})
    return DrawingExtractor(path)


@pytest.fixture(autouse=True)
def _small_metrics(monkeypatch: pytest.MonkeyPatch, extractor: DrawingExtractor) -> None:
    monkeypatch.setattr(gan_metrics, "_extractor", lambda device: extractor)


def order_of(data: Path, out: Path, cache: Path, preset: str, **settings: Any) -> PicturesOrder:
    return PicturesOrder(data, out, preset, settings=settings, cache=cache, device="cpu")


def go(
    data: Path,
    out: Path,
    cache: Path,
    samples: int,
    preset: str = "seed-32",
    *,
    resume: bool = False,
    on_log: Any = lambda report: None,
    settings: dict[str, Any] | None = None,
) -> Report:
    order = order_of(data, out, cache, preset, **(TINY if settings is None else settings))
    order = PicturesOrder(**{**order.__dict__, "resume": resume, "settings": order.settings})
    config = resolve_pictures_order(order)
    learner, fingerprint = prepare_pictures(order, config)
    return train_pictures(
        learner, order, fingerprint, limits=Limits(samples=samples), on_log=on_log
    )


@pytest.mark.parametrize(
    ("preset", "settings"), [("seed-32", TINY), ("gan-32", IMPROVED), ("flow-rgb-32", FLOW)]
)
def test_a_run_killed_and_resumed_ends_in_the_same_bits(
    data: Path, cache: Path, tmp_path: Path, preset: str, settings: dict[str, Any]
) -> None:
    class KilledError(Exception):
        pass

    def kill(report: Report) -> None:
        if report.samples == 64:
            raise KilledError

    go(data, tmp_path / "whole", cache, 96, preset, settings=settings)
    with pytest.raises(KilledError):
        go(
            data,
            tmp_path / "cut",
            cache,
            96,
            preset,
            on_log=kill,
            settings={**settings, "checkpoint_minutes": 0},
        )
    go(data, tmp_path / "cut", cache, 96, preset, resume=True, settings={})
    whole, cut = (load_file(tmp_path / name / CHECKPOINT) for name in ("whole", "cut"))
    assert whole.keys() == cut.keys()
    for name, tensor in whole.items():
        assert torch.equal(tensor, cut[name]), name
    a, b = (load_file(tmp_path / name / MODEL) for name in ("whole", "cut"))
    assert all(torch.equal(a[name], b[name]) for name in a)


def test_the_seeds_preset_goes_by_epochs_and_fills_its_folder(
    data: Path, cache: Path, tmp_path: Path, extractor: DrawingExtractor
) -> None:
    settings = {
        "epochs": 2,
        "metrics_epochs": 1,
        "batch": 16,
        "log_every": 80,
        "model.widths": [8, 8],
        "model.critic_widths": [8, 8],
        "encoder": "znak-300",
    }
    report = go(data, tmp_path, cache, 10**9, "seed-baseline", settings=settings)
    held = json.loads((tmp_path / "config.json").read_text())["config"]
    assert held["encoder"] == "znak-300"
    assert held["sheet_every"] == 10 * 16  # 150 pictures: nine batches of 16 and one of 6
    assert report.samples == 2 * 10 * 16
    assert len(list((tmp_path / "sheets").glob("*.png"))) == 2
    assert len(list((tmp_path / "checkpoints").glob("*.safetensors"))) == 2
    for name in ("losses.png", "losses.svg", "metrics.png", "metrics.svg"):
        assert (tmp_path / "plots" / name).stat().st_size > 1000
    with Image.open(tmp_path / "animation.gif") as film:
        assert film.n_frames == 2  # type: ignore[attr-defined]
    metrics = (tmp_path / "tables" / "metrics.csv").read_text().splitlines()
    assert metrics[0].startswith(f"samples,FD-{extractor.name}")
    card = (tmp_path / "README.md").read_text()
    assert "synthetic" in card
    assert "amazing-logos --to data/amazing && znak train gan data/amazing --preset " in card
    assert "to-300" in card
    assert "were trained on: the data hold no others" in card  # fewer rows than the seed took
    model, about = load_image_model(tmp_path / MODEL)
    assert model.config.size == 28
    assert about["encoder"].endswith("-to-300")
    assert "generator_loss" in read_log(tmp_path)[-1]


@pytest.mark.parametrize("name", list(IMPROVEMENTS))
def test_every_improvement_can_be_switched_on_alone(data: Path, cache: Path, name: str) -> None:
    settings = {**TINY, **IMPROVEMENTS[name]}
    order = order_of(data, Path("unused"), cache, "seed-32", **settings)
    learner, _ = prepare_pictures(order, resolve_pictures_order(order))
    assert isinstance(learner, GanLearner)
    before = {k: v.clone() for k, v in learner.state().items()}
    figures = [learner.advance(step) for step in range(2)]
    assert all(torch.isfinite(v).all() for f in figures for v in f.values())
    assert figures[0].keys() == figures[1].keys()
    after = learner.state()
    for part in ("generator", "critic"):
        masters = [k for k in after if k.startswith(f"{part}.master.")]
        assert all(not torch.equal(before[k], after[k]) for k in masters)


def test_bfloat16_trains_too(data: Path, cache: Path) -> None:
    order = order_of(data, Path("unused"), cache, "gan-32", **IMPROVED, type="bfloat16")
    learner, _ = prepare_pictures(order, resolve_pictures_order(order))
    assert all(torch.isfinite(v).all() for v in learner.advance(0).values())


def test_an_averaged_generator_has_its_own_statistics(data: Path, cache: Path) -> None:
    order = order_of(data, Path("unused"), cache, "seed-32", **TINY, average=10_000)
    learner, _ = prepare_pictures(order, resolve_pictures_order(order))
    assert isinstance(learner, GanLearner)
    for step in range(6):
        learner.advance(step)
    first, again = learner.weights(), learner.weights()
    assert all(torch.equal(first[k], again[k]) for k in first)
    last = learner.model.state_dict()
    assert not torch.equal(first["layers.0.weight"], last["layers.0.weight"])
    assert not torch.equal(first["layers.1.running_var"], last["layers.1.running_var"])


def test_nan_stops_the_run_and_leaves_the_checkpoint(
    data: Path, cache: Path, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match="is nan at step"):
        go(data, tmp_path, cache, 640, settings={**TINY, "rate_critic": 1e30})
    assert (tmp_path / CHECKPOINT).is_file()
    assert all(t.isfinite().all() for t in load_file(tmp_path / CHECKPOINT).values())


def test_a_full_disk_leaves_the_checkpoint(
    data: Path, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go(data, tmp_path, cache, 32)
    before = (tmp_path / CHECKPOINT).read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="full"):
        go(data, tmp_path, cache, 64, resume=True, settings={})
    assert (tmp_path / CHECKPOINT).read_bytes() == before


def test_data_that_do_not_fit_are_refused(data: Path, cache: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"do not fill a batch of 512.*--set batch="):
        go(data, tmp_path / "a", cache, 32, settings={**TINY, "batch": 512})
    with pytest.raises(DataError, match=r"model\.text_dim=256"):
        go(data, tmp_path / "b", cache, 32, settings={**TINY, "encoder": "znak"})
    held = next(cache.glob("amazing-32-*"))
    with pytest.raises(DataError, match="pictures of 32 px, 28"):
        go(held, tmp_path / "c", cache, 32, "seed-baseline", settings={**TINY, "epochs": 1})
    go(data, tmp_path / "d", cache, 32)
    with pytest.raises(InputError, match="--resume"):
        go(data, tmp_path / "d", cache, 64)
    with pytest.raises(InputError, match="seed-baseline"):
        go(data, tmp_path / "e", cache, 32, "gan")
    with pytest.raises(InputError, match=r"match 0\.3"):
        go(data, tmp_path / "f", cache, 32, settings={**TINY, "match": 0.3})
    assert not any((tmp_path / name).exists() for name in "abcef")


def test_another_runs_checkpoint_is_not_gone_on_with(
    data: Path, cache: Path, tmp_path: Path
) -> None:
    go(data, tmp_path, cache, 32)
    before = (tmp_path / CHECKPOINT).read_bytes()
    with pytest.raises(DataError, match=r"of the preset seed-32, not gan-64: leave --preset out"):
        go(data, tmp_path, cache, 64, "gan-64", resume=True, settings={})
    assert (tmp_path / CHECKPOINT).read_bytes() == before
    held = read_checkpoint(tmp_path / CHECKPOINT)
    for kind, config, said in (
        (
            held.kind,
            held.config | {"surprise": 1},
            r"last\.ckpt: its config is not of this version",
        ),
        ("flow-run", held.config, "holds a 'flow-run', not a run on pictures"),
    ):
        write_checkpoint(
            tmp_path / CHECKPOINT, held.tensors, kind=kind, config=config, about=held.about
        )
        with pytest.raises(DataError, match=said):
            go(data, tmp_path, cache, 64, resume=True, settings={})


@pytest.mark.skipif(
    importlib.util.find_spec("en_core_web_md") is None,
    reason="SKIPPED: spaCy's en_core_web_md is not installed",
)
def test_the_seeds_own_vectors_are_used_where_they_are_installed(
    data: Path, cache: Path, tmp_path: Path
) -> None:
    order = order_of(data, tmp_path, cache, "seed-baseline", batch=16)
    config = resolve_pictures_order(order)
    assert config.encoder == "spacy"
    learner, _ = prepare_pictures(order, config)
    assert learner.about()["encoder"] == "spacy-en_core_web_md-mean"
    assert all(torch.isfinite(v).all() for v in learner.advance(0).values())


def test_without_spacy_the_stand_in_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(choice: str) -> Any:
        raise MissingError("not installed")

    monkeypatch.setattr(gan_start, "open_text_encoder", missing)
    order = order_of(Path("x"), Path("y"), Path("z"), "seed-baseline")
    assert resolve_pictures_order(order).encoder == "znak-300"


def test_the_table_of_ablations_goes_on_where_it_was(
    data: Path, cache: Path, tmp_path: Path, extractor: DrawingExtractor
) -> None:
    lines = ("baseline", "average", ALL)
    small = (("model.widths", [8, 8]), ("model.critic_widths", [8, 8]))
    plan = AblationPlan(samples=32, seeds=2, n=60, batch=16, lines=lines, settings=small)
    table = run_ablations(data, tmp_path, cache=cache, extract=extractor, plan=plan, device="cpu")
    assert list(table["lines"]) == list(lines)
    assert table["lines"]["baseline"]["seeds"] == 2
    text = (tmp_path / "table.md").read_text()
    assert "sh runs/ablations.sh data/amazing" in text
    assert text.startswith("**Synthetic data")
    assert "32 samples seen by each run" in text
    made = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("model.safetensors")}
    assert len(made) == 6
    again = run_ablations(data, tmp_path, cache=cache, extract=extractor, plan=plan, device="cpu")
    assert again == table
    assert all(p.stat().st_mtime_ns == when for p, when in made.items())
    with pytest.raises(DataError, match="not 64 in batches of 16"):
        run_ablations(
            data, tmp_path, cache=cache, extract=extractor, plan=replace(plan, samples=64)
        )
    with pytest.raises(DataError, match="in batches of 16, not 32 in batches of 8"):
        run_ablations(data, tmp_path, cache=cache, extract=extractor, plan=replace(plan, batch=8))
    with pytest.raises(InputError, match=r"--set batch: .* give --batch"):
        own = replace(plan, settings=(*small, ("batch", 8)))
        run_ablations(data, tmp_path, cache=cache, extract=extractor, plan=own)
    with pytest.raises(InputError, match="known lines"):
        run_ablations(
            data, tmp_path, cache=cache, extract=extractor, plan=replace(plan, lines=("x",))
        )


def test_a_table_told_to_stop_keeps_no_half_trained_run(
    data: Path,
    cache: Path,
    tmp_path: Path,
    extractor: DrawingExtractor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    small = (("model.widths", [8, 8]), ("model.critic_widths", [8, 8]))
    plan = AblationPlan(samples=96, seeds=1, n=60, batch=16, lines=("baseline",), settings=small)
    whole = gan_ablations.train_pictures

    def stop(*given: Any, **named: Any) -> Report:
        report = whole(*given, **named | {"limits": Limits(samples=32)})
        report.stopped_by = "SIGTERM"
        return report

    with monkeypatch.context() as patch:
        patch.setattr(gan_ablations, "train_pictures", stop)
        with pytest.raises(ZnakError, match=r"stopped by SIGTERM in .*same command to go on"):
            run_ablations(data, tmp_path, cache=cache, extract=extractor, plan=plan)
    assert not list(tmp_path.rglob("ablation.json"))
    table = run_ablations(data, tmp_path, cache=cache, extract=extractor, plan=plan)
    assert table["lines"]["baseline"]["seeds"] == 1
    assert read_log(tmp_path / "baseline-0")[-1]["samples"] == 96


def test_a_resumed_run_keeps_the_name_of_its_preset(
    data: Path, cache: Path, tmp_path: Path
) -> None:
    settings = TINY | {"samples": 16, "metrics_epochs": 0}
    order = PicturesOrder(
        data, tmp_path, "seed-32", settings=settings, cache=cache, device="cpu"
    )  # fmt: skip
    learner, fingerprint = prepare_pictures(order, resolve_pictures_order(order))
    train_pictures(learner, order, fingerprint, limits=Limits())
    # on the command line the preset is left out then, so it is the default one
    again = PicturesOrder(data, tmp_path, settings={"samples": 32}, resume=True, cache=cache)
    learner, fingerprint = prepare_pictures(again, resolve_pictures_order(again))
    train_pictures(learner, again, fingerprint, limits=Limits())
    assert (tmp_path / "README.md").read_text().startswith("# seed-32\n")


def test_a_device_that_is_not_here_is_refused() -> None:
    for name in ("nonsense", "cuda:99"):
        with pytest.raises(InputError, match=f"--device {name} can't be used here"):
            pick_device(name)


def test_every_preset_resolves() -> None:
    for name, (cls, _) in PRESETS.items():
        assert type(resolve_pictures(name, {})) is cls
    assert isinstance(resolve_pictures("gan-64", {"penalty": 2}), GanRun)


def test_an_epoch_shows_every_picture_once(data: Path, cache: Path) -> None:
    from tests.training.fakes import HashEncoder
    from znak.training.rgb_data import PictureFeed

    pictures = open_pictures(data, PicturesConfig(split="all"), size=32, cache=cache)
    feed = PictureFeed(pictures, HashEncoder(8), batch=64, seed=0, device=torch.device("cpu"))
    assert feed.steps_an_epoch == 3
    sizes = [len(feed(step).images) for step in range(3)]
    assert sum(sizes) == len(pictures) == 150
    seen = torch.cat([feed(step).images for step in range(3)]).flatten(1)
    assert len(torch.unique(seen, dim=0)) == 150
    torch.testing.assert_close(feed(1).images, feed(1).images, rtol=0, atol=0)
    assert not torch.equal(feed(0).images, feed(3).images)  # another epoch, another order
    assert float(seen.min()) >= -1
    assert float(seen.max()) <= 1
    assert len(choose_texts(pictures, 5)) == 5


def test_held_out_pictures_are_none_that_the_seed_trains_on(
    data: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ImageCache, "seed_rows", lambda self: np.arange(75, 150))
    plan = PicturesConfig(split="all")
    unseen = open_pictures(data, plan, size=32, cache=cache, without_seed=True)
    assert sorted(unseen.rows) == list(range(75))
    assert not unseen.trained_on
    seed = open_pictures(data, PicturesConfig(rows="seed"), size=32, cache=cache)
    assert sorted(seed.rows) == list(range(75, 150))
    assert seed.fingerprint != unseen.fingerprint


def test_what_a_model_is_told_of_a_caption() -> None:
    from tests.corpus.fake_logos import caption

    assert describe(caption(0), "content") == ("orange, bars, tag0, Cafe", False)
    assert describe(caption(0), "whole")[0] == caption(0)
    assert describe("a fox", "content") == ("a fox", False)
    marked = caption(1, black_and_white=True)
    assert describe(marked, "content")[1]


def test_the_animation_skips_torn_sheets_and_needs_two(tmp_path: Path) -> None:
    sheets = tmp_path / "sheets"
    sheets.mkdir()
    rng = np.random.default_rng(0)
    for i in range(3):
        pixels = rng.integers(0, 255, (40, 60, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(sheets / f"{i:010d}.png")
    (sheets / "0000000001.png").write_bytes(b"torn")
    assert animate(sheets, tmp_path / "film.gif") == 2
    first = (tmp_path / "film.gif").read_bytes()
    animate(sheets, tmp_path / "film.gif")
    assert (tmp_path / "film.gif").read_bytes() == first
    (sheets / "0000000002.png").unlink()
    (tmp_path / "film.gif").unlink()
    assert animate(sheets, tmp_path / "film.gif") == 1
    assert not (tmp_path / "film.gif").exists()
