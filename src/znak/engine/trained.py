"""Torch engines: the mark model on torch (CPU or CUDA), and trained RGB and GAN checkpoints.

Imported only when asked for; everything else in `znak.engine` does without torch. The mark model
takes the same noise through the same solver as the shipped engine, so that both draw the same marks
to rounding.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from znak.engine.base import Engine, Floats, OnStep
from znak.engine.flow import KIND, FlowEngine, check_guidance, check_steps, fold, read_marks
from znak.engine.sampling import Predict
from znak.errors import DataError, MissingError
from znak.words import TextEncoder

try:
    import torch
    from torch import nn

    from znak.models.checkpoint import (
        Checkpoint,
        build_model,
        load_model,
        load_strictly,
        read_checkpoint,
    )
    from znak.models.device import pick_device
except ImportError as error:
    raise MissingError(
        f"this engine needs the extra 'train' ({error.name} is missing): pip install 'znak[train]'",
        ru=f"Этому движку нужен набор 'train' (нет {error.name}): pip install 'znak[train]'",
    ) from error

_CHUNK = 64


def open_trained(
    path: Path,
    *,
    device: str = "auto",
    encoder: TextEncoder | None = None,
    coloured: bool = False,
) -> Engine:
    """Return the engine of a run-time file or of a flow, RGB flow or GAN checkpoint.

    `coloured` wants one that draws colour images, a GAN or an RGB flow. Raises DataError for a file
    that is damaged, of another kind, or made for another text encoder.
    """
    checkpoint = read_checkpoint(path)
    where = pick_device(device)
    if coloured and checkpoint.kind in (KIND, "flow"):
        raise DataError(
            f"{path} holds a {checkpoint.kind!r} model, which draws marks in one colour: --engine torch "
            "takes it, --engine gan wants a GAN or an RGB flow",
            ru=f"{path}: модель {checkpoint.kind!r} рисует одноцветные знаки, её берёт --engine torch, а "
            "--engine gan нужна GAN или flow-rgb",
        )
    if checkpoint.kind == KIND:
        return TorchEngine(path, where, encoder=encoder)
    if checkpoint.kind == "flow":
        return TorchEngine(path, where, encoder=encoder, checkpoint=checkpoint)
    if checkpoint.kind in ("gan", "flow-rgb"):
        return ImageEngine(path, where, encoder=encoder)
    raise DataError(
        f"{path} holds a {checkpoint.kind!r} model, which draws nothing by itself: give a flow or GAN "
        "checkpoint",
        ru=f"{path}: модель {checkpoint.kind!r} сама не рисует: дайте контрольную точку flow или GAN",
    )


class TorchEngine(FlowEngine):
    """The mark model computed by torch; `checkpoint` is a single stage trained but not exported."""

    name = "torch"
    chunk = _CHUNK

    def __init__(
        self,
        path: Path,
        device: torch.device,
        *,
        encoder: TextEncoder | None = None,
        checkpoint: Checkpoint | None = None,
    ) -> None:
        """Take a run-time file, or a flow checkpoint already read."""
        weights = _weights_of(path, checkpoint)
        super().__init__(weights, encoder=encoder, threads=1)
        self.device = device
        self._models = {
            kind: _model(kind, weights.config[kind], weights.arrays, path).to(device)
            for kind in ("flow", "form")
            if weights.config.get(kind) is not None
        }
        if self.folded is not None:
            folded = {f"flow.{name}": array for name, array in fold(weights.arrays).items()}
            model = _model("flow", weights.config["flow"], folded, path)
            self._models["folded"] = model.to(device)

    def _guide(self, text: Floats, style: Floats, guidance: float) -> Predict:
        low, high = self.sampling.interval
        told = [_tensor(a, self.device) for a in (text, style)]
        both = [torch.cat([told[0], torch.zeros_like(told[0])])]
        both.append(torch.cat([told[1], torch.full_like(told[1], float("nan"))]))
        model, n = self._models["flow"], len(text)
        if self.folded is not None and guidance == self.folds:
            model, guidance = self._models["folded"], 1

        @torch.inference_mode()
        def predict(state: Floats, t: float) -> Floats:
            x = _tensor(state, self.device)
            guided = guidance != 1 and low <= t <= high
            parts = both if guided else told
            x = torch.cat([x, x]) if guided else x
            times = torch.full((len(x),), t, device=self.device)
            still = torch.zeros(len(x), self.flow.shape.augment, device=self.device)
            out = model(x, times, *parts, still)
            if guided:
                out = out[n:] + guidance * (out[:n] - out[n:])
            return np.asarray(out.float().cpu().numpy())

        return predict

    def _former(self, text: Floats, style: Floats) -> Predict:
        model, told = self._models["form"], [_tensor(a, self.device) for a in (text, style)]

        @torch.inference_mode()
        def predict(state: Floats, t: float) -> Floats:
            times = torch.full((len(state),), t, device=self.device)
            return np.asarray(
                model(_tensor(state, self.device), times, *told).float().cpu().numpy()
            )

        return predict


class ImageEngine:
    """A GAN or a flow model trained on RGB images."""

    output: Literal["fields", "images"] = "images"

    def __init__(
        self, path: Path, device: torch.device, *, encoder: TextEncoder | None = None
    ) -> None:
        """Take a checkpoint whose model draws by itself."""
        from znak.models.rgb_text import find_text_encoder

        model, about = load_model(path)
        self.model: Any = model.to(device)
        self.name = "gan" if self.model.kind == "gan" else "rgb"
        self.revision = f"{self.model.kind}-{_digest(path)}"
        self.encoder = encoder or find_text_encoder(str(about.get("encoder")))
        self.device = device

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return the text vectors (n, d)."""
        return self.encoder(list(texts))

    def sample(
        self,
        text_vectors: Floats,
        *,
        seeds: Sequence[int],
        steps: int | None = None,
        guidance: float | None = None,
        style: Floats | None = None,
        on_step: OnStep | None = None,
    ) -> Floats:
        """Return images (n, 3, S, S) in [-1, 1]; style means nothing here."""
        options: dict[str, Any] = {}
        if steps is not None:
            options["steps"] = check_steps(steps)
        if guidance is not None:
            options["guidance"] = check_guidance(guidance)
        images = self.model.sample(text_vectors, seeds=seeds, device=self.device, **options)
        if on_step is not None:
            on_step(1.0)
        return np.asarray(images, np.float32)


def _weights_of(path: Path, checkpoint: Checkpoint | None) -> Any:
    """Return what the shipped engine would read of the file."""
    if checkpoint is None:
        return read_marks(path)
    from znak.engine.file import Weights

    arrays = {f"flow.{n}": t.float().numpy() for n, t in checkpoint.tensors.items()}
    about = {"encoder": checkpoint.about.get("encoder")}
    config = {"flow": checkpoint.config, "form": None}
    return Weights(KIND, config, about, arrays, f"flow-{_digest(path)}")


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:8]


def _model(kind: str, config: dict[str, Any], arrays: dict[str, Any], path: Path) -> nn.Module:
    model = build_model(kind, config, path)
    tensors = {
        name.removeprefix(f"{kind}."): torch.from_numpy(np.ascontiguousarray(array))
        for name, array in arrays.items()
        if name.startswith(f"{kind}.")
    }
    load_strictly(model, tensors, path)
    return model.eval()


def _tensor(values: Floats, device: torch.device) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(values)).to(device)
