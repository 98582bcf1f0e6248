"""Checkpoints: weights and their config in one safetensors file.

The metadata key "znak" holds JSON: `kind`, `version`, `config`, and `about` (samples seen, data
fingerprint and whatever else the run wants to say). Files are written whole or not at all: a
temporary file beside the target, synced, then renamed over it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from znak.atomic import write_bytes
from znak.errors import DataError, InputError
from znak.models.config import build, plain
from znak.models.drawing_encoder import DrawingEncoder, DrawingEncoderConfig
from znak.models.flow import FlowConfig, FlowModel
from znak.models.form import FormConfig, FormModel
from znak.models.gan import GanConfig, Generator
from znak.models.guidance import Addition, GuidanceConfig
from znak.models.rgb import RgbFlowModel

VERSION = 1
KINDS: dict[str, tuple[type[Any], type[nn.Module]]] = {
    "flow": (FlowConfig, FlowModel),
    "form": (FormConfig, FormModel),
    "guidance": (GuidanceConfig, Addition),
    "gan": (GanConfig, Generator),
    "flow-rgb": (FlowConfig, RgbFlowModel),
    "drawing-encoder": (DrawingEncoderConfig, DrawingEncoder),
}


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """What a checkpoint file holds."""

    kind: str
    config: dict[str, Any]
    about: dict[str, Any]
    tensors: dict[str, Tensor]


def write_checkpoint(
    path: Path,
    tensors: Mapping[str, Tensor],
    *,
    kind: str,
    config: Mapping[str, Any],
    about: Mapping[str, Any],
) -> None:
    """Write a checkpoint atomically; raise StorageError, the former file intact, when it can't be."""
    header = {"kind": kind, "version": VERSION, "config": dict(config), "about": dict(about)}
    flat = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    data = save(flat, metadata={"znak": json.dumps(header, ensure_ascii=False)})
    write_bytes(path, data)


def read_checkpoint(path: Path, *, kind: str | None = None) -> Checkpoint:
    """Return a checkpoint, tensors on the CPU; raise DataError when it can't be trusted.

    That is: missing, damaged, truncated, of another format or version, or not of `kind`.
    """
    if not path.is_file():
        raise DataError(f"there is no checkpoint {path}", ru=f"Нет файла весов {path}")
    try:
        with safe_open(str(path), framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, RuntimeError, ValueError) as error:
        raise DataError(
            f"{path} is damaged or no safetensors file ({error}): take an intact copy",
            ru=f"{path} повреждён или не является файлом safetensors ({error}): возьмите целую копию",
        ) from error
    try:
        header = json.loads(metadata["znak"])
        found, version = header["kind"], header["version"]
        config, about = dict(header["config"]), dict(header["about"])
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(
            f"{path} is not a Znak checkpoint: its metadata lacks a readable 'znak' entry",
            ru=f"{path} — не контрольная точка Znak: нет записи 'znak'",
        ) from error
    if version != VERSION:
        raise DataError(
            f"{path} is a checkpoint of version {version}, this program reads {VERSION}: use the program "
            "that wrote it, or weights of this version",
            ru=f"{path}: версия {version}, эта программа читает {VERSION}",
        )
    if kind is not None and found != kind:
        raise DataError(
            f"{path} holds a {found!r} model, a {kind!r} model is wanted here",
            ru=f"{path} содержит модель {found!r}, а нужна {kind!r}",
        )
    return Checkpoint(found, config, about, tensors)


def save_model(
    path: Path,
    model: nn.Module,
    *,
    about: Mapping[str, Any],
    dtype: torch.dtype = torch.float32,
    tensors: Mapping[str, Tensor] | None = None,
) -> None:
    """Write `model` (or `tensors` in its shape) for use: weights in `dtype` (half for shipping)."""
    state = dict(tensors if tensors is not None else model.state_dict())
    bad = [name for name, tensor in state.items() if not tensor.isfinite().all()]
    if bad:
        raise DataError(
            f"the weights are not finite ({bad[0]}, {len(bad)} tensors): {path} was not written",
            ru=f"В весах есть NaN или бесконечность ({bad[0]}): {path} не записан",
        )
    write_checkpoint(
        path,
        {name: tensor.to(dtype) for name, tensor in state.items()},
        kind=str(model.kind),
        config=plain(model.config),
        about=about,
    )


def load_model(path: Path, *, kind: str | None = None) -> tuple[nn.Module, dict[str, Any]]:
    """Return the model in `path`, float32 in evaluation mode, and what the file says about itself."""
    checkpoint = read_checkpoint(path, kind=kind)
    model = build_model(checkpoint.kind, checkpoint.config, path)
    load_strictly(model, checkpoint.tensors, path)
    return model.eval(), checkpoint.about


def build_model(kind: str, config: Mapping[str, Any], path: Path) -> nn.Module:
    """Return an untrained model of a checkpoint's kind and config; raise DataError if unknown."""
    if kind not in KINDS:
        raise DataError(
            f"{path} holds a {kind!r} model, which can't be sampled: known are {', '.join(KINDS)}",
            ru=f"{path}: неизвестный вид модели {kind!r}; известны: {', '.join(KINDS)}",
        )
    config_class, model_class = KINDS[kind]
    try:
        return model_class(build(config_class, config))
    except (InputError, TypeError) as error:
        raise DataError(
            f"{path}: its config is not of this version ({error})",
            ru=f"{path}: настройки от другой версии ({error})",
        ) from error


def load_strictly(model: nn.Module, tensors: Mapping[str, Tensor], path: Path) -> None:
    """Load `tensors` into `model`; raise DataError unless names and shapes agree and all is finite."""
    own = model.state_dict()
    missing, extra = sorted(own.keys() - tensors.keys()), sorted(tensors.keys() - own.keys())
    shapes = [k for k in own.keys() & tensors.keys() if own[k].shape != tensors[k].shape]
    if missing or extra or shapes:
        first = (missing or extra or shapes)[0]
        raise DataError(
            f"{path} doesn't fit its own config: {len(missing)} tensors missing, {len(extra)} unknown, "
            f"{len(shapes)} of another shape (first: {first})",
            ru=f"{path} не подходит к своим настройкам: нет {len(missing)} тензоров, лишних "
            f"{len(extra)}, другой формы {len(shapes)} (первый: {first})",
        )
    for name, tensor in tensors.items():
        if not tensor.isfinite().all():
            raise DataError(
                f"{path}: the weights {name} hold NaN or infinity",
                ru=f"{path}: в весах {name} есть NaN",
            )
    model.load_state_dict({name: tensor.float() for name, tensor in tensors.items()})
