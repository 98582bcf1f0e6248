"""The same or nearly the same drawing, found across and within sets; splits that respect it.

Two fields of framed drawings are near-copies when nearly all of one outline lies near the other:
of the samples within 1.5 px of both outlines or either, at most MAX_FAR may differ by more than
FAR px, and the mean difference (`gap`) must stay under MAX_GAP. A mean alone won't do: a smile and
a frown in the same disc differ little on the whole and much at the mouth. Candidates come from
block means of the fields on their principal axes, searched exhaustively within a window of
coverage, upright and mirrored; each is verified on the fields themselves.

How the threshold was chosen: pairs of 16,000 random drawings were looked at in bands of the mean
of their worst 5 % of differences. Under 1.5 px all but one in fourteen are the same drawing, up to
2 px four in five (the rest: octagon and disc, five and six of clubs), above 2.4 px half; the
share below, which is cheaper, agrees with the line at 2 px in 99.8 % of pairs. See docs/corpus.md.

Clusters are stars: every member is verified against the cluster's centre, so a chain of small
steps can't join different drawings. Splits go by connected components of all verified pairs, so no
near-copy crosses a split even where two stars touch; the largest components go to `train`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

FAR = 2.0
"""Field pixels: a sample that differs by more is far off."""
MAX_FAR = 0.02
"""Largest share of samples near the outlines that may be far off."""
MAX_GAP = 1.1
"""Field pixels: largest mean difference near the outlines."""
BIG = 0.004
"""Components with a larger share of all drawings go to `train`."""
TEST, VALID = 0.15, 0.05
_BAND = np.float32(1.5)
_SIDE = 16
_AXES = 48
_NEAR = np.float32(0.85)
_BLOCK = 2048
_COVERAGE_RATIO = 0.7
_SAMPLE = 20_000
_PIXELS = np.float32(8 / 127)

Bytes = NDArray[np.int8]
Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Pairs:
    """Verified near-copies: indices `a` < `b`, their gap in field pixels, whether mirrored."""

    a: NDArray[np.int64]
    b: NDArray[np.int64]
    gap: NDArray[np.float32]
    mirrored: NDArray[np.bool_]


def find_pairs(fields: Bytes, *, progress: Callable[[int, int], None] | None = None) -> Pairs:
    """Return all verified pairs among `fields` (n, 64, 64) int8."""
    n = len(fields)
    if n < 2:
        return _collect([])
    cover = _coverage(fields)
    order = np.argsort(cover, kind="stable")
    cover = cover[order]
    means, mirrored_means = _block_means(fields), _block_means(fields[:, :, ::-1])
    basis = _basis(means)
    points, mirror = means @ basis, mirrored_means @ basis
    coarse = np.ascontiguousarray(fields[:, ::2, ::2])
    found: list[tuple[NDArray[np.int64], NDArray[np.int64], Floats, bool]] = []
    for start in range(0, n, _BLOCK):
        stop = min(start + _BLOCK, n)
        last = int(np.searchsorted(cover, cover[stop - 1] / _COVERAGE_RATIO, side="right"))
        rows = order[start:stop]
        for other, mirrored in ((points, False), (mirror, True)):
            for left in range(start, last, 4 * _BLOCK):
                columns = order[left : min(left + 4 * _BLOCK, last)]
                i, j = _near(points[rows], other[columns])
                later = (left + j) > (start + i)
                a, b = rows[i[later]], columns[j[later]]
                likely = np.isfinite(_gaps(coarse, a, b, mirrored, slack=2.0))
                a, b = a[likely], b[likely]
                gap = _gaps(fields, a, b, mirrored, slack=1.0)
                good = np.isfinite(gap)
                found.append((a[good], b[good], gap[good], mirrored))
        if progress:
            progress(stop, n)
    return _collect(found)


def _coverage(fields: Bytes) -> NDArray[np.float64]:
    out = np.empty(len(fields))
    for start in range(0, len(fields), _BLOCK):
        block = fields[start : start + _BLOCK].astype(np.float32) * _PIXELS
        out[start : start + _BLOCK] = np.clip(block + np.float32(0.5), 0, 1).mean(axis=(1, 2))
    return np.maximum(out, 1e-4)


def _block_means(fields: Bytes) -> Floats:
    """Return the fields' block means in pixels, scaled so that distances are root mean squares."""
    out = np.empty((len(fields), _SIDE * _SIDE), dtype=np.float32)
    step = 64 // _SIDE
    for start in range(0, len(fields), _BLOCK):
        block = np.clip(fields[start : start + _BLOCK].astype(np.float32) * _PIXELS, -4, 4)
        block = block.reshape(-1, _SIDE, step, _SIDE, step).mean(axis=(2, 4))
        out[start : start + _BLOCK] = block.reshape(len(block), -1)
    return out / np.float32(_SIDE)


def _basis(means: Floats) -> Floats:
    """Return the first principal axes of the block means, (256, axes)."""
    sample = means[:: max(1, len(means) // _SAMPLE)].astype(np.float64)
    _, vectors = np.linalg.eigh(np.cov(sample.T))
    return np.asarray(vectors[:, ::-1][:, :_AXES], dtype=np.float32)


def _near(a: Floats, b: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the index pairs of candidates."""
    squared = (a * a).sum(axis=1)[:, None] + (b * b).sum(axis=1)[None] - 2 * (a @ b.T)
    i, j = np.nonzero(squared < _NEAR * _NEAR)
    return i, j


def _gaps(
    fields: Bytes, a: NDArray[np.int64], b: NDArray[np.int64], mirrored: bool, *, slack: float
) -> Floats:
    """Return the gap of each pair in field pixels; infinity where it is no near-copy.

    `slack` widens the limits, for fields looked at in fewer samples.
    """
    out = np.empty(len(a), dtype=np.float32)
    for start in range(0, len(a), 1024):
        f = fields[a[start : start + 1024]].astype(np.float32) * _PIXELS
        g = fields[b[start : start + 1024]].astype(np.float32) * _PIXELS
        if mirrored:
            g = g[:, :, ::-1]
        near = np.minimum(np.abs(f), np.abs(g)) < _BAND
        difference = np.abs(np.clip(f, -4, 4) - np.clip(g, -4, 4)) * near
        count = np.maximum(near.sum(axis=(1, 2)), 1)
        gap = difference.sum(axis=(1, 2)) / count
        far = (difference > FAR).sum(axis=(1, 2)) / count
        out[start : start + 1024] = np.where(
            (far < MAX_FAR * slack) & (gap < MAX_GAP * slack), gap, np.inf
        )
    return out


def _collect(
    found: Sequence[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32], bool]],
) -> Pairs:
    if not found:
        empty = np.zeros(0, dtype=np.int64)
        return Pairs(empty, empty, empty.astype(np.float32), empty.astype(bool))
    a = np.concatenate([f[0] for f in found])
    b = np.concatenate([f[1] for f in found])
    gap = np.concatenate([f[2] for f in found])
    mirrored = np.concatenate([np.full(len(f[0]), f[3]) for f in found])
    low, high = np.minimum(a, b), np.maximum(a, b)
    order = np.lexsort((gap, mirrored, high, low))
    low, high, gap, mirrored = low[order], high[order], gap[order], mirrored[order]
    first = np.ones(len(low), dtype=bool)
    first[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
    return Pairs(low[first], high[first], gap[first], mirrored[first])


def stars(n: int, pairs: Pairs) -> NDArray[np.int32]:
    """Return a cluster number for each of `n` drawings: stars of verified pairs, largest first."""
    graph = _graph(n, pairs)
    degree = np.diff(graph.indptr)
    cluster = np.full(n, -1, dtype=np.int32)
    count = 0
    for centre in np.lexsort((np.arange(n), -degree)):
        if cluster[centre] >= 0:
            continue
        cluster[centre] = count
        near = graph.indices[graph.indptr[centre] : graph.indptr[centre + 1]]
        cluster[near[cluster[near] < 0]] = count
        count += 1
    return cluster


def components(n: int, pairs: Pairs) -> NDArray[np.int32]:
    """Return the number of the connected component of each of `n` drawings."""
    return np.asarray(connected_components(_graph(n, pairs), directed=False)[1], dtype=np.int32)


def splits(keys: Sequence[str], component: NDArray[np.int32]) -> list[str]:
    """Return train, valid or test for each drawing, by a hash of its component's first key."""
    first: dict[int, str] = {}
    for key, number in zip(keys, component.tolist(), strict=True):
        first[number] = min(first.get(number, key), key)
    sizes = np.bincount(component) if len(component) else np.zeros(0, dtype=np.int64)
    big = set(np.flatnonzero(sizes > max(BIG * len(keys), 25)).tolist())
    names = {}
    for number, key in first.items():
        share = int.from_bytes(hashlib.sha256(key.encode()).digest()[:6], "big") / 2**48
        split = "test" if share < TEST else "valid" if share < TEST + VALID else "train"
        names[number] = "train" if number in big else split
    return [names[number] for number in component.tolist()]


def _graph(n: int, pairs: Pairs) -> sparse.csr_matrix:
    ones = np.ones(2 * len(pairs.a), dtype=np.int8)
    rows, columns = np.concatenate([pairs.a, pairs.b]), np.concatenate([pairs.b, pairs.a])
    return sparse.csr_matrix((ones, (rows, columns)), shape=(n, n))
