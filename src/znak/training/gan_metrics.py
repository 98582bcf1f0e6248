"""The metrics a run measures as it goes, and the drawing of many images for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray

from znak.errors import InputError
from znak.metrics.extractors import DrawingExtractor
from znak.metrics.figure import Figure
from znak.metrics.frechet import measure_frechet
from znak.metrics.inception_score import LEAST, measure_inception_score
from znak.models.images import ImageModel, to_bytes
from znak.training.gan_config import GanRun, RgbFlowRun
from znak.training.rgb_data import Pictures
from znak.words.base import TextEncoder

_ROWS = 512


def draw_images(
    model: ImageModel,
    encode: TextEncoder,
    texts: Sequence[str],
    *,
    steps: int,
    guidance: float,
    seed: int = 0,
    device: torch.device | str = "cpu",
    progress: Callable[[int], None] = lambda done: None,
) -> NDArray[np.uint8]:
    """Return images (n, S, S, 3) of the texts, the i-th from seed `seed` + i."""
    out = []
    for start in range(0, len(texts), _ROWS):
        part = list(texts[start : start + _ROWS])
        seeds = range(seed + start, seed + start + len(part))
        images = model.sample(
            encode(part), seeds=seeds, steps=steps, guidance=guidance, device=device
        )
        out.append(to_bytes(images))
        progress(start + len(part))
    return np.concatenate(out)


def measure_training(
    model: ImageModel,
    held_out: Pictures | None,
    encode: TextEncoder,
    *,
    config: GanRun | RgbFlowRun,
    done: int,
    an_epoch: int,
    device: torch.device,
) -> dict[str, float]:
    """Return FD and IS of the shipped extractor at the steps the config plans them for.

    Between, and where there are too few held-out pictures for a figure to mean anything, it is left
    out. Both sets have min(metrics_images, held-out pictures) images.
    """
    if held_out is None or not is_due(config, done, an_epoch):
        return {}
    n = min(config.metrics_images, len(held_out))
    places = np.arange(n)
    steps, guidance = (1, 1.0) if isinstance(config, GanRun) else (12, 2.0)
    images = draw_images(
        model, encode, held_out.captions(places), steps=steps, guidance=guidance, device=device
    )
    extract = _extractor(str(device))
    drawn, real = extract(images), extract(held_out.take(places))
    splits = max(1, min(10, n // LEAST))
    plans: list[Callable[[], Figure]] = [
        lambda: measure_frechet(drawn, real, replicates=0),
        lambda: measure_inception_score(drawn, splits=splits, replicates=0),
    ]
    figures: dict[str, float] = {}
    for plan in plans:
        try:
            figure = plan()
        except InputError:  # too few images for this figure; the log goes without it
            continue
        figures[figure.name] = figure.value
    return figures


def is_due(config: GanRun | RgbFlowRun, done: int, an_epoch: int) -> bool:
    """Return whether metrics are measured, and a checkpoint kept, after `done` steps."""
    if not config.metrics_epochs:
        return False
    if config.epochs is None:
        every = config.sheet_every * config.metrics_epochs
        samples = done * config.batch
        return samples // every > (samples - config.batch) // every
    return done % (an_epoch * config.metrics_epochs) == 0


@lru_cache(maxsize=2)
def _extractor(device: str) -> DrawingExtractor:
    return DrawingExtractor(device=device)
