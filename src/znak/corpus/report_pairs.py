"""Pairs of drawings on either side of the near-copy line, for the corpus report.

The line is that of `cluster`: at most `MAX_FAR` of the samples near the outlines differ by more
than `FAR` px, and by less than `MAX_GAP` px in the mean. Here pairs are looked for that lie close
to it, in a few thousand drawings; `cluster` decides, this shows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from znak.corpus.cluster import FAR, MAX_FAR, MAX_GAP

_NEAR = 0.9
_MOST = 8000
_BAND = np.float32(1.5)
_PIXELS = np.float32(8 / 127)

Bytes = NDArray[np.int8]
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Near:
    """A pair: indices, share of far samples, mean difference in px; `score` < 1 is inside the line."""

    score: float
    far: float
    gap: float
    a: int
    b: int
    mirrored: bool


def find_near(fields: Bytes, rng: np.random.Generator) -> list[Near]:
    """Return pairs among `fields` (n, 64, 64) with a score under 2, in order of it."""
    n = len(fields)
    means = _block_means(fields)
    pairs: list[NDArray[np.int64]] = []
    for mirrored, others in ((0, means), (1, _block_means(fields[:, :, ::-1]))):
        for start in range(0, n, 1024):
            rows = means[start : start + 1024]
            squared = (rows**2).sum(axis=1)[:, None] + (others**2).sum(axis=1) - 2 * rows @ others.T
            i, j = np.nonzero(squared < _NEAR**2)
            keep = j > i + start
            pairs.append(
                np.stack([i[keep] + start, j[keep], np.full(keep.sum(), mirrored)], axis=1)
            )
    found = np.concatenate(pairs) if pairs else np.empty((0, 3), dtype=np.int64)
    if len(found) > _MOST:
        found = found[np.sort(rng.choice(len(found), _MOST, replace=False))]
    far, gap = _compare(fields, found)
    score = np.maximum(far / MAX_FAR, gap / MAX_GAP)
    near = [
        Near(float(score[k]), float(far[k]), float(gap[k]), int(a), int(b), bool(mirrored))
        for k, (a, b, mirrored) in enumerate(found.tolist())
        if score[k] < 2
    ]
    return sorted(near, key=lambda pair: (pair.score, pair.a, pair.b))


def _block_means(fields: Bytes) -> Floats:
    """Return 16×16 means in pixels, scaled so that distances are root mean squares."""
    out = np.empty((len(fields), 256), dtype=np.float32)
    for start in range(0, len(fields), 512):
        block = np.clip(fields[start : start + 512].astype(np.float32) * _PIXELS, -4, 4)
        out[start : start + 512] = (
            block.reshape(-1, 16, 4, 16, 4).mean(axis=(2, 4)).reshape(len(block), -1)
        )
    return out / np.float32(16)


def _compare(fields: Bytes, pairs: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Return the share of far samples and the mean difference of each pair."""
    far, gap = np.empty((2, len(pairs)), dtype=np.float32)
    for start in range(0, len(pairs), 256):
        a, b, mirrored = pairs[start : start + 256].T
        f, g = fields[a].astype(np.float32) * _PIXELS, fields[b].astype(np.float32) * _PIXELS
        g = np.where(mirrored.astype(bool)[:, None, None], g[:, :, ::-1], g)
        near = np.minimum(np.abs(f), np.abs(g)) < _BAND
        difference = np.abs(np.clip(f, -4, 4) - np.clip(g, -4, 4)) * near
        count = np.maximum(near.sum(axis=(1, 2)), 1)
        far[start : start + 256] = (difference > FAR).sum(axis=(1, 2)) / count
        gap[start : start + 256] = difference.sum(axis=(1, 2)) / count
    return far, gap
