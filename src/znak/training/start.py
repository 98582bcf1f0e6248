"""From an order on the command line to a learner that is ready to run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from znak.corpus.pack import unpack
from znak.engine.flow import KIND
from znak.errors import DataError, InputError
from znak.models.checkpoint import build_model, load_model, load_strictly, read_checkpoint
from znak.models.config import build, override
from znak.models.device import pick_device
from znak.models.flow import FlowModel
from znak.training.config import FlowRun, FormRun, GuidanceRun, RunConfig, resolve
from znak.training.data import load_drawings
from znak.training.feed import Feed
from znak.training.flow import FlowLearner
from znak.training.folder import CHECKPOINT
from znak.training.form import FormLearner
from znak.training.guidance import GuidanceLearner
from znak.training.loop import Learner
from znak.training.memory import keep_memory
from znak.training.vectors import Cached, open_encoder

_RUNS: dict[str, type[RunConfig]] = {
    "flow": FlowRun,
    "form": FormRun,
    "guidance": GuidanceRun,
}
_DIMS = {"minilm": 384}


@dataclass(frozen=True)
class Order:
    """What the command line asks for."""

    kind: str
    pack: Path
    out: Path
    preset: str = "marks"
    settings: Mapping[str, Any] = field(default_factory=dict)
    resume: bool = False
    encoder: str = "minilm"
    cache: Path = Path("cache")
    device: str = "auto"


def resolve_order(order: Order) -> RunConfig:
    """Return the run's config: the preset's, or a resumed run's own, with the settings put in."""
    cls = _RUNS[order.kind]
    if order.resume:
        held = read_checkpoint(order.out / CHECKPOINT, kind=f"{order.kind}-run").config
        return build(cls, override(held, order.settings))
    from znak.words.base import DIM

    where = "model.flow.text_dim" if order.kind == "guidance" else "model.text_dim"
    settings = {where: _DIMS.get(order.encoder, DIM), **order.settings}
    return resolve(cls, order.kind, order.preset, settings)


def prepare(order: Order, config: RunConfig, start: Path | None) -> tuple[Learner, str]:
    """Return the learner and the data's fingerprint.

    `start` holds the weights a flow run begins from, or the first stage whose marks the sheets of a
    form run show drawn again, or the first stage that guidance is folded into.
    """
    assert isinstance(config, (FlowRun, FormRun, GuidanceRun))
    teacher = None
    if isinstance(config, GuidanceRun):
        teacher = read_first(start)
        shape = teacher.config
        config = replace(config, model=replace(config.model, flow=shape))
    keep_memory()
    device = pick_device(order.device)
    pack = unpack(order.pack, order.cache, kind="solid")
    drawings = load_drawings(pack, config.data, config.model.style)
    encode = Cached(open_encoder(order.encoder, device=device.type), order.cache)
    if encode.dim != config.model.text_dim:
        raise DataError(
            f"the encoder {encode.name} gives vectors of {encode.dim}, the model takes "
            f"{config.model.text_dim}: give the encoder it was begun with, or set model.text_dim",
            ru=f"Кодировщик {encode.name} даёт векторы длины {encode.dim}, а модели нужны "
            f"{config.model.text_dim}",
        )
    feed = Feed(drawings, encode, config.data, batch=config.batch, seed=config.seed, device=device)
    held_out = _held_out(pack, config, encode, device)
    fingerprint = f"{drawings.fingerprint()}-{encode.name}"
    if isinstance(config, FormRun):
        first = load_model(start, kind="flow")[0] if start is not None else None
        assert first is None or isinstance(first, FlowModel)
        mender = FormLearner(config, feed, encode, device=device, first=first, held_out=held_out)
        return mender, fingerprint
    if isinstance(config, GuidanceRun):
        assert teacher is not None
        folder = GuidanceLearner(
            config, feed, encode, device=device, first=teacher, held_out=held_out
        )
        return folder, f"{fingerprint}-{folder.first}"
    learner = FlowLearner(config, feed, encode, device=device, held_out=held_out)
    if start is not None and not order.resume:
        learner.start_from(read_checkpoint(start, kind="flow").tensors)
    return learner, fingerprint


def read_first(path: Path | None) -> FlowModel:
    """Return the first stage that guidance is folded into: a run's model or a run-time file.

    Raises InputError where none is given, DataError where it is no first stage.
    """
    if path is None:
        raise InputError(
            "which first stage? give its weights with --first",
            ru="В какую первую ступень? Дайте её веса: --first",
        )
    found = read_checkpoint(path)
    if found.kind == KIND:  # the package's own file
        tensors = {n[5:]: t for n, t in found.tensors.items() if n.startswith("flow.")}
        model = build_model("flow", found.config.get("flow") or {}, path)
        load_strictly(model, tensors, path)
    else:
        model = load_model(path, kind="flow")[0]
    assert isinstance(model, FlowModel)
    return model.eval()


def _held_out(
    pack: Any, config: FlowRun | FormRun | GuidanceRun, encode: Cached, device: torch.device
) -> Feed | None:
    """Return batches of the "valid" split, or None where the pack has none."""
    plain = replace(config.data, split="valid", power=0.0, move=0.0)
    try:
        drawings = load_drawings(pack, plain, config.model.style)
    except DataError:
        return None
    return Feed(drawings, encode, plain, batch=min(config.batch, 256), seed=1, device=device)
