"""A run-time file of tiny untrained networks, and what stands in for it in the studio's tests."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from znak.engine.flow import FlowEngine
from znak.models.checkpoint import save_model
from znak.models.flow import FlowConfig, FlowModel
from znak.models.form import FormConfig, FormModel
from znak.training.export import export
from znak.words import load_encoder

TINY_FORM = {"widths": (16, 32), "depths": (1, 2), "head": 16, "known": 32}


def random_model(model: torch.nn.Module, seed: int) -> torch.nn.Module:
    """Fill a model with noise, its zero-initialised layers too, so that every part matters."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator) * 0.08)
    return model.eval()


def export_tiny(
    folder: Path, *, size: int = 32, encoder: str | None = None, **shape: object
) -> Path:
    name = encoder or load_encoder().name
    common = {"width": 32, "depth": 2, "head": 16, "text_dim": 256, **shape}
    flow = random_model(FlowModel(FlowConfig(size=size, **common)), 0)
    form = random_model(FormModel(FormConfig(**TINY_FORM, text_dim=common["text_dim"])), 1)
    about = {"encoder": name, "samples": 7}
    save_model(folder / "flow.safetensors", flow, about=about, dtype=torch.float16)
    save_model(folder / "form.safetensors", form, about=about, dtype=torch.float16)
    export(
        folder / "flow.safetensors",
        folder / "marks.safetensors",
        form=folder / "form.safetensors" if size == 32 else None,
    )
    return folder / "marks.safetensors"


class Drawer:
    """An engine that draws simple solid shapes, a different one for each text and seed."""

    name = "drawer"
    revision = "drawer-1"
    output = "fields"
    styles = ("thickness", "symmetry", "parts", "holes", "solid", "cleanness", "coverage")

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []
        self.encoder = load_encoder()

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        return self.encoder(list(texts))

    def sample(
        self, text_vectors, *, seeds, steps=None, guidance=None, style=None, on_step=None
    ) -> np.ndarray:
        out = np.stack(
            [draw(float(np.abs(v).sum()), s) for v, s in zip(text_vectors, seeds, strict=True)]
        )
        if on_step is not None:
            on_step(1.0)
        return out

    def redraw(
        self, fields, text_vectors, *, strength, seeds, steps=None, guidance=None, style=None,
        on_step=None,
    ) -> np.ndarray:  # fmt: skip
        drawn = self.sample(text_vectors, seeds=seeds)
        return np.float32(1 - strength) * fields + np.float32(strength) * drawn


def draw(kind: float, seed: int) -> np.ndarray:
    """Return a rounded star-like blob as a distance field."""
    random = np.random.default_rng([seed % 2**32, int(kind * 1000)])
    y, x = np.mgrid[:64, :64] + 0.5 - 32
    angle = np.arctan2(y, x)
    radius = 20 + 5 * np.cos(random.integers(2, 7) * angle + random.uniform(0, 6))
    radius = radius + 3 * np.cos(random.integers(1, 5) * angle + random.uniform(0, 6))
    field = (radius - np.hypot(x, y)) / 8
    if random.random() < 0.5:
        hole = np.hypot(x - random.uniform(-5, 5), y - random.uniform(-5, 5)) - 6
        field = np.minimum(field, hole / 8)
    return np.clip(field, -1, 1).astype(np.float32)


def tiny_engine(path: Path, **options: object) -> FlowEngine:
    from znak.engine.file import read_weights
    from znak.engine.flow import KIND

    return FlowEngine(read_weights(path, kind=KIND), **options)
