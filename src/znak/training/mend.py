"""Training of `znak.fields.mend`: rough fields → clean fields, in minutes on a processor.

    znak train mend PACK --out mend.npz --minutes 20

Each step takes clean drawings of the train split, turned and mirrored at random, roughens them at a
strength drawn at random (three quarters of the batches at 0.7–1.2, the rest below) and learns to undo it. Absolute error, weighted towards the outline; AdamW
with a cosine; the weights are averaged. Not a run folder: it is short and starts afresh.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from znak.atomic import write_bytes
from znak.errors import DataError
from znak.fields.mend import NETWORK, Weights
from znak.fields.roughen import roughen_batch


@dataclass(frozen=True)
class MendRun:
    """Settings; `average` is the share of the averaged weights that a step keeps."""

    batch: int = 64
    rate: float = 2e-3
    warmup: int = 100
    average: float = 0.998
    type: Literal["bfloat16", "float32"] = "bfloat16"
    seed: int = 0


class MendModel(nn.Module):
    """The network of `NETWORK` in torch; (B, 1, 64, 64) → (B, 1, 64, 64)."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleDict()
        for name, kind, c, d in NETWORK:
            if kind == "down":
                self.layers[name] = nn.Conv2d(c, d, 2, stride=2)
            elif kind == "up":
                self.layers[name] = nn.ConvTranspose2d(c, d, 2, stride=2)
            else:
                self.layers[name] = nn.Conv2d(c, d, 3, padding=1)
        head = self.layers["head"]
        assert isinstance(head, nn.Conv2d)
        nn.init.zeros_(head.weight)

    def forward(self, rough: Tensor) -> Tensor:
        """Return the mended fields."""
        x = functional.pixel_unshuffle(rough, 2)
        held: list[Tensor] = []
        for name, kind, _, _ in NETWORK:
            layer = self.layers[name]
            if kind == "block":
                x = x + functional.relu(layer(x))
            elif kind == "conv":
                x = functional.relu(layer(x)) if name == "stem" else layer(x)
            elif kind == "down":
                held.append(x)
                x = functional.relu(layer(x))
            else:
                x = held.pop() + layer(x)
        return rough + functional.pixel_shuffle(x, 2)


def export(state: dict[str, Tensor]) -> Weights:
    """Return torch's weights as the numpy network takes them."""
    out: Weights = {}
    for name, kind, c, d in NETWORK:
        weight = state[f"layers.{name}.weight"].float().numpy()
        if kind == "up":  # (c, d, 2, 2) → (c, row, column, d)
            out[f"{name}.weight"] = weight.transpose(0, 2, 3, 1).reshape(c, 4 * d)
        else:  # (d, c, row, column) → (row, column, c, d)
            out[f"{name}.weight"] = weight.transpose(2, 3, 1, 0).reshape(-1, d)
        out[f"{name}.bias"] = state[f"layers.{name}.bias"].float().numpy()
    # torch folds 2×2 samples behind the channel, numpy before it: the same for one channel
    return out


def batches(
    fields: NDArray[np.int8], config: MendRun
) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Yield rough and clean fields (B, 64, 64) without end."""
    rng = np.random.default_rng(config.seed)
    while True:
        rows = np.sort(rng.integers(0, len(fields), config.batch))
        clean = fields[rows].astype(np.float32) / np.float32(127)
        turns = int(rng.integers(0, 4))
        clean = np.ascontiguousarray(np.rot90(clean, turns, axes=(1, 2)))
        if rng.random() < 0.5:
            clean = np.ascontiguousarray(clean[:, :, ::-1])
        strength = rng.uniform(0.7, 1.2) if rng.random() < 0.75 else rng.uniform(0.1, 0.7)
        yield roughen_batch(clean, rng, strength), clean


def train(
    fields: NDArray[np.int8],
    *,
    minutes: float | None = None,
    steps: int | None = None,
    log_every: int = 200,
    config: MendRun | None = None,
    on_log: Callable[[int, float, float], None] = lambda step, ratio, rate: None,
) -> Weights:
    """Return weights trained on clean int8 fields (n, 64, 64) for `minutes` or so many `steps`.

    `on_log` gets the step, the error as a share of the rough fields' own, and fields per second.
    """
    config = config or MendRun()
    torch.manual_seed(config.seed)
    model = MendModel()
    nn.Module.to(model, memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimiser = torch.optim.AdamW(model.parameters(), lr=config.rate, weight_decay=1e-3)
    kept = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    begin = time.monotonic()
    sums = np.zeros(2)
    for step, (rough, clean) in enumerate(batches(fields, config)):
        done = step / steps if steps else (time.monotonic() - begin) / (60 * (minutes or 1.0))
        if done >= 1:
            break
        for group in optimiser.param_groups:
            decay = 0.5 * (1 + np.cos(np.pi * done))
            group["lr"] = config.rate * min(1.0, (step + 1) / config.warmup) * decay + 1e-6
        x, y = torch.from_numpy(rough)[:, None], torch.from_numpy(clean)[:, None]
        with torch.autocast("cpu", torch.bfloat16, enabled=config.type == "bfloat16"):
            out = model(x.contiguous(memory_format=torch.channels_last))
        weight = torch.exp(-4 * y.abs()) + 0.08
        loss = ((out.float() - y).abs() * weight).mean()
        optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        keep = min(config.average, (step + 1) / (step + 11))
        for name, tensor in model.state_dict().items():
            kept[name].lerp_(tensor, 1 - keep)
        sums += loss.item(), ((x - y).abs() * weight).mean().item()
        if (step + 1) % log_every == 0:
            if not np.isfinite(sums).all():
                raise DataError(
                    f"the loss is not finite at step {step + 1}: start again with a lower rate",
                    ru=f"Потери не конечны на шаге {step + 1}: начните снова с меньшей скоростью",
                )
            rate = (step + 1) * config.batch / (time.monotonic() - begin)
            on_log(step + 1, float(sums[0] / sums[1]), rate)
            sums[:] = 0
    return export(kept)


def write_weights(path: Path, weights: Weights) -> None:
    """Write weights in half precision, whole or not at all."""
    buffer = io.BytesIO()
    halves: dict[str, Any] = {name: w.astype(np.float16) for name, w in weights.items()}
    np.savez_compressed(buffer, **halves)
    write_bytes(path, buffer.getvalue())
