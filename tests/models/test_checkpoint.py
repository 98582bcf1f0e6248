from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from znak.errors import DataError, StorageError
from znak.models.checkpoint import (
    load_model,
    read_checkpoint,
    save_model,
    write_checkpoint,
)
from znak.models.flow import FlowConfig, FlowModel
from znak.models.form import FormConfig, FormModel

TINY: dict[str, Any] = {"width": 32, "depth": 2, "head": 16, "text_dim": 16}


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "model.safetensors"
    save_model(path, FlowModel(FlowConfig(**TINY)), about={"samples": 7, "fingerprint": "abc"})
    return path


def rewrite(path: Path, change: dict[str, Any], drop: str = "") -> None:
    tensors = load_file(path)
    tensors.pop(drop, None)
    header = read_checkpoint(path)
    meta = {
        "kind": header.kind,
        "version": 1,
        "config": header.config,
        "about": header.about,
    } | change
    save_file(tensors, path, metadata={"znak": json.dumps(meta)})


def test_round_trip_keeps_weights_config_and_words(saved: Path) -> None:
    model, about = load_model(saved, kind="flow")
    again = FlowModel(FlowConfig(**TINY))
    again.load_state_dict(load_file(saved))
    assert about == {"samples": 7, "fingerprint": "abc"}
    assert model.config == FlowConfig(**TINY)
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, again.state_dict()[name])


def test_half_precision_is_half_the_size(tmp_path: Path) -> None:
    model = FormModel(FormConfig(widths=(16, 32), depths=(1, 1), head=16, known=32))
    whole, half = tmp_path / "whole", tmp_path / "half"
    save_model(whole, model, about={})
    save_model(half, model, about={}, dtype=torch.float16)
    assert half.stat().st_size < 0.6 * whole.stat().st_size
    loaded, _ = load_model(half, kind="form")
    torch.testing.assert_close(
        loaded.state_dict(), model.state_dict(), rtol=1e-3, atol=1e-4, check_dtype=False
    )


@pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 0.999])
def test_truncated_files_are_refused(saved: Path, share: float) -> None:
    data = saved.read_bytes()
    saved.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(DataError, match="damaged"):
        load_model(saved)


def test_other_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    with pytest.raises(DataError, match="no checkpoint"):
        load_model(path)
    path.write_text("not a model")
    with pytest.raises(DataError, match="damaged"):
        load_model(path)
    save_file({"x": torch.zeros(1)}, path)
    with pytest.raises(DataError, match="not a Znak checkpoint"):
        load_model(path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": 99}, "version 99"),
        ({"kind": "poem"}, "'poem' model"),
        ({"config": {"widht": 32}}, "widht"),
        ({"config": TINY | {"depth": 3}}, "missing"),
        ({"config": TINY | {"depth": 1}}, "unknown"),
        ({"config": TINY | {"text_dim": 17}}, "another shape"),
        ({"config": TINY | {"width": "wide"}}, "wide"),
    ],
)
def test_mismatched_files_are_refused(saved: Path, change: dict[str, Any], message: str) -> None:
    rewrite(saved, change)
    with pytest.raises(DataError, match=message):
        load_model(saved)


def test_wrong_kind_missing_tensor_and_nan_are_refused(saved: Path) -> None:
    with pytest.raises(DataError, match="'form' model is wanted"):
        load_model(saved, kind="form")
    rewrite(saved, {}, drop="place")
    with pytest.raises(DataError, match="place"):
        load_model(saved)
    model = FlowModel(FlowConfig(**TINY))
    before = saved.read_bytes()
    with torch.no_grad():
        model.place[0, 0] = float("nan")
    with pytest.raises(DataError, match="not finite"):
        save_model(saved, model, about={})
    assert saved.read_bytes() == before


def test_a_full_disk_leaves_the_last_checkpoint(
    saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = saved.read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="disk is full"):
        write_checkpoint(saved, {"x": torch.zeros(4)}, kind="flow", config={}, about={})
    assert saved.read_bytes() == before
    assert list(saved.parent.iterdir()) == [saved]
