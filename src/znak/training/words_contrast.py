"""Visual tuning: words whose drawings look alike come together.

The teacher knows topics, not looks. A small convolutional tower reads fields at 32 px; drawings and
their captions are matched within a batch (CLIP's loss, Radford et al. 2021; captions that are equal
or mean the same are no negatives), while the distillation loss anchors the space. The tower is
thrown away. Only drawings of the train split with captions that are not held out take part.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as nnf

from znak.corpus import store
from znak.corpus.pack import unpack
from znak.training.words_data import plain
from znak.training.words_distil import DistilConfig, ExampleSet, distil_loss
from znak.training.words_model import WordModel
from znak.training.words_targets import Targets
from znak.words.base import DIM

SIDE = 32
ANCHOR = 2.0  # weight of the distillation loss
SAME = 0.8  # cosine of the targets from which two captions are no negatives
_BATCH = 512
_TOWER_RATE, _WORDS_RATE = 1e-3, 2e-4


@dataclass(frozen=True)
class Drawings:
    """Fields at 32 px, int8 × 127, with their captions in normal form."""

    fields: NDArray[np.int8]  # (n, 32, 32)
    captions: tuple[str, ...]


def halve(fields: NDArray[np.int8]) -> NDArray[np.int8]:
    """Return 64-px fields at 32 px, each value the mean of four."""
    n = len(fields)
    sums = fields.reshape(n, SIDE, 2, SIDE, 2).astype(np.int16).sum(axis=(2, 4))
    return np.asarray(np.rint(sums / 4), dtype=np.int8)


def read_drawings(folder: Path, *, cache: Path, split: str) -> Drawings:
    """Return the solid drawings of one split of a corpus or of a pack (unpacked into `cache`)."""
    if (folder / "pack.json").is_file():
        pack = unpack(folder, cache, kind="solid")
        rows = np.flatnonzero((pack.split == split) & pack.solid).tolist()
        return Drawings(halve(pack.fields[rows]), tuple(plain(pack.captions[i]) for i in rows))
    fields, captions = [], []
    for batch in store.read_drawings(folder, split=split, columns=["caption", "field", "solid"]):
        for caption, blob, solid in zip(*(c.to_pylist() for c in batch.columns), strict=True):
            if solid:
                fields.append(halve(np.frombuffer(blob, np.int8).reshape(1, 64, 64))[0])
                captions.append(plain(caption))
    return Drawings(np.stack(fields), tuple(captions))


def keep(drawings: Drawings, captions: Container[str]) -> Drawings:
    """Return the drawings whose caption is among `captions`."""
    rows = [i for i, caption in enumerate(drawings.captions) if caption in captions]
    return Drawings(drawings.fields[rows], tuple(drawings.captions[i] for i in rows))


class Tower(nn.Module):
    """Field → unit vector of DIM."""

    def __init__(self) -> None:
        """Make an untrained tower of 0.9 M weights."""
        super().__init__()
        widths = (1, 32, 64, 128, 256)
        blocks: list[nn.Module] = []
        for a, b in pairwise(widths):
            blocks += [nn.Conv2d(a, b, 3, stride=2, padding=1), nn.GroupNorm(8, b), nn.GELU()]
        self.body = nn.Sequential(*blocks, nn.Flatten(), nn.Linear(widths[-1] * 4, DIM))
        self.log_scale = nn.Parameter(torch.tensor(2.7))

    def forward(self, fields: NDArray[np.int8]) -> Tensor:
        """Return vectors `(n, DIM)` of int8 fields `(n, 32, 32)`."""
        x = torch.from_numpy(fields).float()[:, None] / 127
        vectors: Tensor = self.body(x)
        return nnf.normalize(vectors, dim=1)


def tune(
    model: WordModel,
    examples: ExampleSet,
    targets: Targets,
    entries: NDArray[np.int64],
    drawings: Drawings,
    config: DistilConfig,
) -> Iterator[tuple[int, float]]:
    """Tune `model`; yield (step, matching loss) after each step."""
    random = np.random.default_rng(config.seed + 1)
    torch.manual_seed(config.seed + 1)
    tower = Tower()
    plain_texts = {targets.names[i] for i in _plain_examples(examples)}
    drawings = keep(drawings, plain_texts)
    numbers, rows_of = _captions(drawings, examples, targets)
    groups = [
        {"params": tower.parameters(), "lr": _TOWER_RATE, "top": _TOWER_RATE},
        {"params": model.parameters(), "lr": _WORDS_RATE, "top": _WORDS_RATE},
    ]
    optimiser = torch.optim.Adam(groups, betas=(0.9, 0.98), eps=1e-7, fused=True)
    for step in range(config.tuning_steps):
        fall = 0.5 * (1 + float(np.cos(np.pi * step / config.tuning_steps)))
        for group in optimiser.param_groups:
            group["lr"] = group["top"] * fall
        picked = random.choice(len(drawings.captions), min(_BATCH, len(drawings.captions)), False)
        rows = rows_of[numbers[picked]]
        fields = drawings.fields[picked]
        fields = np.where(
            random.random(len(fields))[:, None, None] < 0.5, fields, fields[:, :, ::-1]
        )
        with torch.autocast("cpu", torch.bfloat16):
            texts = model(*examples.pad(rows), examples.bags)
        same = examples.target(rows, targets.vectors)
        loss = match(
            tower(np.ascontiguousarray(fields)), texts, tower.log_scale, same @ same.T > SAME
        )
        rows = examples.sample(config.batch // 2, random, misspelt=config.misspelt)
        anchor = distil_loss(model, examples, targets, entries, config, rows, random)
        optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss + ANCHOR * anchor)
        optimiser.step()
        yield step, float(loss.detach())


def match(images: Tensor, texts: Tensor, log_scale: Tensor, same: Tensor) -> Tensor:
    """Return the matching loss, both ways; pairs marked `same` off the diagonal don't count."""
    logits = images @ texts.T * log_scale.clamp(max=4.6).exp()
    right = torch.arange(len(images))
    off = same.clone()
    off[right, right] = False
    logits = logits.masked_fill(off, -1e4)
    return (nnf.cross_entropy(logits, right) + nnf.cross_entropy(logits.T, right)) / 2


def _captions(
    drawings: Drawings, examples: ExampleSet, targets: Targets
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return each drawing's caption number, and each caption's example."""
    distinct = sorted(set(drawings.captions))
    number = {caption: i for i, caption in enumerate(distinct)}
    rows = _plain_examples(examples)
    found = [rows[int(t)] for t in targets.find(distinct)]
    return np.array([number[c] for c in drawings.captions]), np.array(found, np.int64)


def _plain_examples(examples: ExampleSet) -> dict[int, int]:
    """Return target → the example whose text is the target itself.

    A caption that is also an entry of the lexicon or a single word may be an example of those.
    """
    names = ("caption", "english", "word")
    groups = [examples.groups[name] for name in names if name in examples.groups]
    return {int(examples.first[row]): int(row) for rows in groups for row in rows}


def train_tower(encode: Tensor, fields: NDArray[np.int8], *, steps: int, seed: int) -> Tower:
    """Return a tower trained against fixed text vectors `encode` (n, DIM), for measuring."""
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    tower = Tower()
    optimiser = torch.optim.Adam(tower.parameters(), lr=_TOWER_RATE, fused=True)
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = _TOWER_RATE * 0.5 * (1 + float(np.cos(np.pi * step / steps)))
        rows = random.choice(len(fields), min(_BATCH, len(fields)), False)
        texts = encode[rows]
        loss = match(tower(fields[rows]), texts, tower.log_scale, texts @ texts.T > 0.95)
        optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        optimiser.step()
    return tower


def same_looks(captions: Sequence[str], fields: NDArray[np.int8]) -> NDArray[np.float32]:
    """Return how alike the drawings of captions look: cosine of their mean fields, `(n, n)`.

    `captions` are distinct; `fields` holds the mean field of each, `(n, 32, 32)`. The mean over all
    is taken off first; of a drawing and its mirror image the more alike counts.
    """
    x = fields.reshape(len(captions), SIDE, SIDE).astype(np.float32)
    x = x - x.mean(axis=0)
    flat, mirrored = x.reshape(len(x), -1), x[:, :, ::-1].reshape(len(x), -1)
    norms = np.maximum(np.linalg.norm(flat, axis=1), 1e-6)
    direct, turned = flat @ flat.T, flat @ mirrored.T
    return np.asarray(np.maximum(direct, turned) / norms[:, None] / norms[None, :], np.float32)
