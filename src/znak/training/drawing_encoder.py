"""Training of the drawing encoder that the metrics stand on.

    znak train encoder CORPUS --out runs/encoder --minutes 30

It learns the concepts' names from the corpus's drawings of the split "train", painted in random
colours, moved, and half of them blurred as a small generator's pictures are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional

from znak.corpus.store import read_drawings
from znak.errors import DataError
from znak.models.drawing_encoder import SIZE, DrawingEncoder, DrawingEncoderConfig
from znak.models.images import to_bytes
from znak.training.config import RunConfig
from znak.training.optim import Averages, OptimConfig, Optimiser, rate_at
from znak.training.rgb_sheet import draw_pictures

_GOLDEN = 0x9E3779B97F4A7C15


@dataclass(frozen=True)
class EncoderRun(RunConfig):
    """A run of the drawing encoder; classes are concepts of at least `min_class` drawings."""

    batch: int = 128
    samples: int = 600_000
    compile: bool = False
    log_every: int = 6_400
    sheet_every: int = 102_400
    min_class: int = 60
    power: float = 0.5
    colours: float = 1.0
    optim: OptimConfig = field(
        default_factory=lambda: OptimConfig(
            method="adamw",
            rate=2e-3,
            betas=(0.9, 0.98),
            weight_decay=0.02,
            warmup=12_800,
            decay_at=360_000,
            decay_for=240_000,
            averages=(40_000,),
        )
    )


@dataclass(frozen=True, eq=False)
class NamedDrawings:
    """n drawings, int8 fields (n, 64, 64), their class numbers, and the classes' names."""

    fields: NDArray[np.int8]
    labels: NDArray[np.int64]
    classes: tuple[str, ...]

    def fingerprint(self) -> str:
        """Return a hash of everything that shapes a batch."""
        digest = hashlib.sha256("\n".join(self.classes).encode())
        digest.update(self.fields.tobytes())
        digest.update(self.labels.tobytes())
        return digest.hexdigest()[:16]


def load_named(
    corpus: Path, split: str, *, min_class: int = 1, classes: tuple[str, ...] | None = None
) -> NamedDrawings:
    """Return the drawings of `split` whose concepts are `classes`, or have `min_class` drawings."""
    fields, names = [], []
    for batch in read_drawings(corpus, split=split, columns=["field", "concept"]):
        names.append(np.array(batch.column("concept").to_pylist(), dtype=np.str_))
        raw = batch.column("field")
        flat = np.frombuffer(raw.buffers()[1], np.int8).reshape(-1, SIZE, SIZE)
        fields.append(flat[raw.offset : raw.offset + len(raw)])
    every = np.concatenate(names) if names else np.empty(0, dtype=np.str_)
    if classes is None:
        found, counts = np.unique(every, return_counts=True)
        classes = tuple(str(c) for c in found[(counts >= min_class) & (found != "")])
    numbers = {name: i for i, name in enumerate(classes)}
    labels = np.array([numbers.get(str(name), -1) for name in every], dtype=np.int64)
    rows = np.flatnonzero(labels >= 0)
    if not len(rows):
        raise DataError(
            f"{corpus} has no concept of {min_class} drawings in {split!r}: lower min_class",
            ru=f"В {corpus} нет понятий с {min_class} рисунками в части {split!r}",
        )
    return NamedDrawings(np.concatenate(fields)[rows], labels[rows], classes)


class EncoderLearner:
    """Holds the encoder, its optimiser and average; see `znak.training.loop.Learner`."""

    kind = "encoder"

    def __init__(
        self,
        config: EncoderRun,
        drawings: NamedDrawings,
        held_out: NamedDrawings,
        *,
        device: torch.device,
    ) -> None:
        self.config, self.device, self.held_out = config, device, held_out
        torch.manual_seed(config.seed)
        self.classes = drawings.classes
        self.model = DrawingEncoder(DrawingEncoderConfig(drawings.classes)).to(device)
        self.optimiser = Optimiser(self.model, config.optim)
        self.averages = Averages(self.optimiser)
        self.fields = torch.from_numpy(np.array(drawings.fields)).to(device)
        self.labels = torch.from_numpy(drawings.labels).to(device)
        counts = np.bincount(drawings.labels, minlength=len(drawings.classes))
        weights = counts[drawings.labels].astype(np.float64) ** -config.power
        self.steps = torch.from_numpy(np.cumsum(weights / weights.sum())).to(device)

    def advance(self, step: int) -> dict[str, Tensor]:
        """Do one optimiser step; return the losses and the share of right names."""
        g = torch.Generator(self.device)
        g.manual_seed((self.config.seed * _GOLDEN + step) % 2**63)
        draws = torch.rand(self.config.batch, generator=g, device=self.device, dtype=torch.float64)
        rows = torch.searchsorted(self.steps, draws).clamp_max(len(self.steps) - 1)
        images = paint(self.fields[rows], g)
        target = read_palette(images)
        self.model.train()
        bf16 = self.config.type == "bfloat16"
        with torch.autocast(self.device.type, torch.bfloat16, enabled=bf16):
            _, logits, palette = self.model(images)
        labels = self.labels[rows]
        loss = functional.cross_entropy(logits.float(), labels, label_smoothing=0.1)
        colours = functional.mse_loss(palette.float(), target)
        torch.autograd.backward(loss + self.config.colours * colours)
        rate = rate_at(self.config.optim, step * self.config.batch)
        self.optimiser.step(rate)
        samples = (step + 1) * self.config.batch
        self.averages.update(step + 1, samples, self.config.batch)
        right = (logits.argmax(dim=1) == labels).float().mean()
        return {"loss": loss.detach(), "colours": colours.detach(), "right": right}

    def _buffers(self) -> dict[str, Tensor]:
        return {f"buffer.{n}": b for n, b in self.model.named_buffers()}

    def state(self) -> dict[str, Tensor]:
        """Return masters, moments, averages and the norms' statistics."""
        return self.optimiser.state() | self.averages.state() | self._buffers()

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Put a `state` back."""
        self.optimiser.load(state)
        self.averages.load(state)
        for name, buffer in self._buffers().items():
            buffer.copy_(state[name])

    def weights(self) -> dict[str, Tensor]:
        """Return the average, with the norms' statistics measured for it."""
        return self._averaged().state_dict()

    def about(self) -> dict[str, Any]:
        """Return what it was trained on."""
        return {"trained on": "the drawings of the corpus, split train", **self.evaluate()}

    @torch.no_grad()
    def _averaged(self) -> DrawingEncoder:
        shadow = DrawingEncoder(self.model.config).to(self.device)
        shadow.load_state_dict({**self.model.state_dict(), **self.averages.kept[-1]})
        norms = [m for m in shadow.modules() if isinstance(m, nn.BatchNorm2d)]
        for norm in norms:
            norm.reset_running_stats()
            norm.momentum = None  # the plain mean of what follows
        shadow.train()
        g = torch.Generator(self.device)
        g.manual_seed(self.config.seed)
        n = min(256, 4 * self.config.batch)
        for _ in range(8):
            draws = torch.rand(n, generator=g, device=self.device, dtype=torch.float64)
            rows = torch.searchsorted(self.steps, draws).clamp_max(len(self.steps) - 1)
            shadow(paint(self.fields[rows], g))
        return shadow.eval()

    @torch.no_grad()
    def evaluate(self) -> dict[str, float]:
        """Return the share of held-out drawings named rightly, at once and among five."""
        model, hits = self._averaged(), np.zeros(2)
        n = min(len(self.held_out.labels), 2048)
        places = np.linspace(0, len(self.held_out.labels) - 1, n).astype(np.int64)
        for start in range(0, n, 256):
            rows = places[start : start + 256]
            fields = torch.from_numpy(np.array(self.held_out.fields[rows])).to(self.device)
            logits = model(plain_picture(fields))[1]
            best = logits.topk(min(5, logits.shape[1]), dim=1).indices.cpu().numpy()
            same = best == self.held_out.labels[rows][:, None]
            hits += [same[:, 0].sum(), same.any(axis=1).sum()]
        return {"valid_right": float(hits[0] / n), "valid_right_of_5": float(hits[1] / n)}

    @torch.no_grad()
    def sheet(self) -> Image.Image:
        """Return held-out drawings, as painted in training, with what the encoder calls them."""
        g = torch.Generator(self.device)
        g.manual_seed(0)
        n = min(24, len(self.held_out.labels))
        places = np.linspace(0, len(self.held_out.labels) - 1, n).astype(np.int64)
        fields = torch.from_numpy(np.array(self.held_out.fields[places])).to(self.device)
        images = paint(fields, g)
        said = self._averaged()(images)[1].argmax(dim=1).tolist()
        return draw_pictures(to_bytes(images.cpu().numpy()), [self.classes[i] for i in said])


def plain_picture(fields: Tensor) -> Tensor:
    """Return int8 fields (B, 64, 64) as black on white, float32 (B, 3, 64, 64) in [-1, 1]."""
    ink = (fields.float() * (8 / 127) + 0.5).clamp(0, 1)
    return (1 - 2 * ink)[:, None].expand(-1, 3, -1, -1).contiguous()


def paint(fields: Tensor, generator: torch.Generator) -> Tensor:
    """Return int8 fields (B, 64, 64) moved and painted at random, as `plain_picture` otherwise."""
    n, device = len(fields), fields.device

    def chance(*shape: int) -> Tensor:
        return torch.rand(*shape, generator=generator, device=device)

    angle, size = (chance(n) - 0.5) * 0.28, 1 / (0.55 + 0.55 * chance(n))
    c, s = angle.cos() * size, angle.sin() * size
    shift = (chance(2, n) - 0.5) * 0.35
    flip = torch.where(chance(n) < 0.5, -1.0, 1.0)
    turn = torch.stack([c * flip, -s, shift[0], s * flip, c, shift[1]], dim=1).view(-1, 2, 3)
    grid = functional.affine_grid(turn, [n, 1, SIZE, SIZE], align_corners=False)
    distance = fields.float()[:, None] * (8 / 127)
    moved = functional.grid_sample(
        distance, grid, mode="bilinear", padding_mode="border", align_corners=False
    )
    ink = (moved / size.view(-1, 1, 1, 1) + 0.5).clamp(0, 1)
    front, back = chance(n, 3), 0.75 + 0.25 * chance(n, 3)
    front = torch.where(chance(n, 1) < 0.5, front[:, :1] * 0.3, front)
    back = torch.where(chance(n, 1) < 0.6, torch.ones(n, 3, device=device), back)
    dark = chance(n, 1) < 0.2
    close = (front.mean(1, keepdim=True) - back.mean(1, keepdim=True)).abs() < 0.25
    front = torch.where(close, front * 0.4, front)
    front, back = torch.where(dark, back, front), torch.where(dark, front, back)
    images = back[:, :, None, None] * (1 - ink) + front[:, :, None, None] * ink
    small = functional.avg_pool2d(images, 2)
    rough = functional.interpolate(small, size=SIZE, mode="bilinear", align_corners=False)
    images = torch.where(chance(n, 1, 1, 1) < 0.5, rough, images)
    return images * 2 - 1


def read_palette(images: Tensor) -> Tensor:
    """Return (B, 9): the mean, spread and border colour of pictures (B, 3, S, S)."""
    border = torch.cat([images[:, :, 0], images[:, :, -1]], dim=-1).mean(dim=-1)
    flat = images.flatten(2)
    return torch.cat([flat.mean(dim=-1), flat.std(dim=-1), border], dim=1)
