"""The judge: which of the frozen concepts an outline shows. It only measures.

    judge = load_judge(path)                    # trained by `znak train judge`
    seen = judge.see(rasters)                   # Features of `rasterise`d outlines
    places = judge.places(seen, concepts)       # rank of each mark's concept among all of them

An image–text model: patches through large depthwise kernels (ConvNeXt, arXiv 2201.03545) on one
side, hashed words and letter n-grams learnt from scratch (fastText, arXiv 1607.04606) on the other. It
shares neither architecture, nor text tower, nor training drawings with the mark model, the text
encoder, the match tower that ranks candidates or the drawing encoder of other metrics; it sees only
the rasterised final outline. It must never rank, filter or choose a checkpoint: a figure that is
aimed at measures nothing any more.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from znak.errors import DataError, InputError
from znak.fields.outline import Outline
from znak.fields.svg import coverage
from znak.metrics.extractors import digest_weights
from znak.metrics.features import Features
from znak.models.checkpoint import load_strictly, read_checkpoint
from znak.models.config import build

KIND = "judge"
SIDE = 64
RESIZE = f"resvg at {SIDE} px"
_ROWS = 128


@dataclass(frozen=True)
class JudgeConfig:
    """Shape of the judge: `widths` and `depths` of the stages after 4×4 patches, the common space's
    `dim`, and of the text tower `buckets` for words and n-grams.
    """

    widths: tuple[int, ...] = (48, 96, 192)
    depths: tuple[int, ...] = (1, 2, 2)
    dim: int = 128
    buckets: int = 16_384
    n_grams: tuple[int, ...] = (3, 4, 5)


class Judge(nn.Module):
    """Rasters and texts → unit vectors of one space; see the module."""

    kind = KIND

    def __init__(self, config: JudgeConfig) -> None:
        super().__init__()
        if len(config.widths) != len(config.depths) or not config.widths:
            raise InputError(
                f"widths {config.widths} and depths {config.depths}: give one depth for each width",
                ru=f"widths {config.widths} и depths {config.depths}: нужно поровну",
            )
        self.config: Any = config
        layers: list[nn.Module] = [nn.Conv2d(1, config.widths[0], 4, 4), Norm(config.widths[0])]
        for k, (width, depth) in enumerate(zip(config.widths, config.depths, strict=True)):
            if k:
                before = config.widths[k - 1]
                layers += [Norm(before), nn.Conv2d(before, width, 2, 2)]
            layers += [Block(width) for _ in range(depth)]
        self.layers = nn.Sequential(*layers)
        self.norm = nn.LayerNorm(config.widths[-1])
        self.project = nn.Linear(config.widths[-1], config.dim)
        self.words = nn.EmbeddingBag(config.buckets, config.dim, mode="mean")
        self.text = nn.Sequential(
            nn.LayerNorm(config.dim),
            nn.Linear(config.dim, 2 * config.dim),
            nn.GELU(),
            nn.Linear(2 * config.dim, config.dim),
        )
        self.log_scale = nn.Parameter(torch.tensor(2.3))

    def forward(self, x_bchw: Tensor) -> Tensor:
        """Return unit vectors (B, d) of ink in [0, 1], (B, 1, 64, 64)."""
        grid = self.layers(2 * x_bchw - 1)
        vectors: Tensor = self.project(self.norm(grid.mean(dim=(2, 3))))
        return functional.normalize(vectors, dim=1)

    def read(self, bags: tuple[Tensor, Tensor]) -> Tensor:
        """Return unit vectors (T, d) of texts given as `bag_texts`."""
        mixed = self.words(*bags)
        vectors: Tensor = mixed + self.text(mixed)
        return functional.normalize(vectors, dim=1)


class Norm(nn.Module):
    """Layer norm over the channels of each place."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)

    def forward(self, x: Tensor) -> Tensor:
        """Return a grid of the same shape."""
        normed: Tensor = self.norm(x.permute(0, 2, 3, 1))
        return normed.permute(0, 3, 1, 2)


class Block(nn.Module):
    """x + MLP(norm(depthwise 7×7)), scaled, over the channels of each place."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.spread = nn.Conv2d(width, width, 7, padding=3, groups=width)
        self.norm = nn.LayerNorm(width)
        self.wide = nn.Linear(width, 3 * width)
        self.narrow = nn.Linear(3 * width, width)
        self.gain = nn.Parameter(torch.full((width,), 0.1))

    def forward(self, x: Tensor) -> Tensor:
        """Return a grid of the same shape."""
        y = self.norm(self.spread(x).permute(0, 2, 3, 1))
        y = self.gain * self.narrow(functional.gelu(self.wide(y)))
        out: Tensor = x + y.permute(0, 3, 1, 2)
        return out


def bag_texts(texts: Sequence[str], config: JudgeConfig) -> tuple[Tensor, Tensor]:
    """Return the hashed words and letter n-grams of `texts` end to end, and where each begins.

    A word stands for itself and, between marks of its beginning and end, for its n-grams.
    """
    numbers: list[int] = []
    starts: list[int] = []
    for text in texts:
        starts.append(len(numbers))
        for word in text.lower().split() or [""]:
            marked = f"<{word}>"
            cuts = (marked[i : i + n] for n in config.n_grams for i in range(len(marked) - n + 1))
            pieces = dict.fromkeys([marked, *cuts])
            numbers += [zlib.crc32(piece.encode()) % config.buckets for piece in pieces]
    return torch.tensor(numbers, dtype=torch.long), torch.tensor(starts, dtype=torch.long)


def rasterise(outline: Outline | None) -> NDArray[np.uint8]:
    """Return what the judge sees of a final outline, (64, 64), ink 255; None is an empty sheet."""
    if outline is None:
        return np.zeros((SIDE, SIDE), np.uint8)
    return np.asarray(np.rint(coverage(outline.to_svg(), SIDE) * 255), np.uint8)


class TrainedJudge:
    """A judge ready to measure; build it with `load_judge`."""

    def __init__(self, model: Judge, about: dict[str, Any]) -> None:
        self.model, self.about = model.eval(), about
        self.name = f"judge-{digest_weights(model)[:6]}"

    @torch.inference_mode()
    def see(self, rasters: NDArray[np.uint8]) -> Features:
        """Return unit features (n, d) of rasters (n, 64, 64), ink 255; raise InputError."""
        if rasters.ndim != 3 or rasters.shape[1:] != (SIDE, SIDE) or rasters.dtype != np.uint8:
            raise InputError(
                f"rasters of shape {rasters.shape}, type {rasters.dtype}: the judge takes bytes (n, 64, 64)",
                ru=f"Растры формы {rasters.shape}, типа {rasters.dtype}: судья берёт байты (n, 64, 64)",
            )
        out = np.empty((len(rasters), self.model.config.dim), np.float32)
        for low in range(0, len(rasters), _ROWS):
            ink = torch.from_numpy(rasters[low : low + _ROWS].astype(np.float32) / 255)[:, None]
            out[low : low + _ROWS] = self.model(ink).numpy()
        return Features(out, self.name, RESIZE)

    @torch.inference_mode()
    def read(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return unit vectors (T, d) of texts."""
        found: NDArray[np.float32] = self.model.read(bag_texts(texts, self.model.config)).numpy()
        return found

    def places(
        self, seen: Features, own: Sequence[str], concepts: Sequence[str]
    ) -> NDArray[np.int64]:
        """Return how many of `concepts` the judge finds likelier than each mark's `own`; 0 is best.

        A tie counts against the mark, so that an empty sheet gains nothing.
        """
        numbers = {concept: k for k, concept in enumerate(concepts)}
        near = seen.vectors @ self.read(concepts).T
        rows = np.arange(len(near))
        columns = np.array([numbers[concept] for concept in own], dtype=np.int64)
        mine = near[rows, columns][:, None]
        return np.asarray((near >= mine).sum(axis=1) - 1, dtype=np.int64)


def load_judge(path: Path) -> TrainedJudge:
    """Return the judge of a file; raise DataError when it is missing, damaged or no judge."""
    checkpoint = read_checkpoint(path, kind=KIND)
    try:
        model = Judge(build(JudgeConfig, checkpoint.config))
    except (InputError, TypeError) as error:
        raise DataError(
            f"{path}: its config is not of this version ({error}): train it again",
            ru=f"{path}: настройки от другой версии ({error}): обучите судью заново",
        ) from error
    load_strictly(model, checkpoint.tensors, path)
    return TrainedJudge(model, checkpoint.about)
