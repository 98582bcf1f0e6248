"""Exact and near copies among pictures, from a small thumbnail of each.

    groups = group_copies(thumbs, ratios, digests)     row → the first row of its group

Two pictures are near copies when their 16×16 thumbnails differ by at most `LIMIT` grey levels
(root mean square over pixels and channels) and their proportions by at most 5 %: the same picture
at another size, quality or format. docs/eda.md has what was measured on either side of the line.

The search is exact but for one bound: thumbnails are projected to twelve orthonormal directions,
which never lengthens a distance, a k-d tree finds the neighbours within the limit there, and each
is checked on the whole thumbnail. Of a picture's neighbours the nearest `NEIGHBOURS` are looked at;
larger groups hold together through one another. Memory is some 400 bytes a picture beside the
thumbnails, which may be a memory map.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

SIDE = 16
"""Side of a thumbnail."""
LIMIT = 3.0
"""Largest root mean square difference of near copies, of 255."""
FLAT = 2.0
"""A thumbnail that varies less (largest standard deviation of a channel) is of one colour."""
RATIO = 0.05
NEIGHBOURS = 12
_BLOCK = 8192


def group_copies(
    thumbs: NDArray[np.uint8],
    ratios: NDArray[np.float32],
    digests: NDArray[np.uint64],
    *,
    valid: NDArray[np.bool_] | None = None,
    progress: Callable[[int], None] = lambda rows: None,
) -> NDArray[np.int32]:
    """Return for each picture the first row of its group of copies; invalid rows are alone.

    `thumbs` (n, 16, 16, 3), `ratios` width over height, `digests` of the encoded bytes. Pictures
    of one colour are grouped by digest alone: they are like each other whatever they were.
    `progress` is called with the number of pictures just compared.
    """
    n = len(thumbs)
    valid = np.ones(n, dtype=bool) if valid is None else valid
    rows = np.arange(n, dtype=np.int32)
    first = rows.copy()
    inside = np.flatnonzero(valid)
    _, start, inverse = np.unique(digests[inside], return_index=True, return_inverse=True)
    first[inside] = inside[start[inverse]]
    ones = inside[np.sort(start)]  # one picture of each content
    pairs = _near_pairs(thumbs, ratios, ones, progress)
    if len(pairs):
        links = coo_matrix((np.ones(len(pairs), np.int8), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
        _, label = connected_components(links, directed=False)
        low = np.full(label.max() + 1, n, dtype=np.int32)
        np.minimum.at(low, label, rows)
        first = np.minimum(low[label], low[label[first]]).astype(np.int32)
    return first


def near_pairs(
    thumbs: NDArray[np.uint8], ratios: NDArray[np.float32], rows: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return near pairs (k, 2) among `rows`, and their differences, nearest first."""
    pairs = np.unique(_near_pairs(thumbs, ratios, rows, lambda n: None), axis=0)
    gap = np.array(
        [difference(thumbs[a : a + 1], thumbs[b : b + 1])[0] for a, b in pairs], dtype=np.float32
    )
    order = np.lexsort((pairs[:, 1], pairs[:, 0], gap)) if len(pairs) else np.empty(0, np.int64)
    return pairs[order], gap[order]


def difference(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the root mean square difference of thumbnails, pair by pair."""
    gap = a.reshape(len(a), -1).astype(np.float32) - b.reshape(len(b), -1).astype(np.float32)
    root: NDArray[np.float32] = np.sqrt(np.mean(gap * gap, axis=1))
    return root


def is_flat(thumbs: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Say of thumbnails (n, 16, 16, 3) whether they are of one colour."""
    flat = np.asarray(thumbs, dtype=np.float32).reshape(len(thumbs), -1, 3)
    return np.asarray(flat.std(axis=1).max(axis=1) < FLAT)


def _near_pairs(
    thumbs: NDArray[np.uint8],
    ratios: NDArray[np.float32],
    rows: NDArray[np.int64],
    progress: Callable[[int], None],
) -> NDArray[np.int64]:
    axes = _axes()
    points = np.empty((len(rows), axes.shape[1]), dtype=np.float32)
    shaped = np.zeros(len(rows), dtype=bool)
    for at in range(0, len(rows), _BLOCK):
        block = np.asarray(thumbs[rows[at : at + _BLOCK]])
        shaped[at : at + _BLOCK] = ~is_flat(block)
        points[at : at + _BLOCK] = block.reshape(len(block), -1).astype(np.float32) @ axes
    rows, points = rows[shaped], points[shaped]
    if len(rows) < 2:
        return np.empty((0, 2), dtype=np.int64)
    reach = LIMIT * np.sqrt(SIDE * SIDE * 3)
    tree = cKDTree(points)
    found = []
    for at in range(0, len(rows), _BLOCK):
        here_points = points[at : at + _BLOCK]
        k = min(NEIGHBOURS + 1, len(rows))
        _, near = tree.query(here_points, k=k, distance_upper_bound=reach * 1.0001)
        here, column = np.nonzero(near < len(rows))
        a, b = here + at, near[here, column]
        # Each pair once a block; a pair that only one of the two sees among its nearest stays in.
        low, high = np.minimum(a, b), np.maximum(a, b)
        pairs = np.unique(np.stack([low, high], axis=1)[low < high], axis=0)
        for cut in range(0, len(pairs), _BLOCK):
            i, j = rows[pairs[cut : cut + _BLOCK]].T
            ratio = ratios[i] / ratios[j]
            keep = np.abs(np.log(ratio)) <= np.log(1 + RATIO)
            keep &= difference(np.asarray(thumbs[i]), np.asarray(thumbs[j])) <= LIMIT
            found.append(np.stack([i[keep], j[keep]], axis=1))
        progress(len(here_points))
    return np.concatenate(found) if found else np.empty((0, 2), dtype=np.int64)


def _axes() -> NDArray[np.float32]:
    """Return orthonormal directions (768, 12): the slowest cosines in grey, and the mean colour."""
    x = (np.arange(SIDE) + 0.5) * np.pi / SIDE
    waves = [np.cos(k * x) / np.linalg.norm(np.cos(k * x)) for k in range(4)]
    grey, red, blue = (np.array(c) / np.linalg.norm(c) for c in ((1, 1, 1), (1, -1, 0), (1, 1, -2)))
    slow = sorted(((u, v) for u in range(4) for v in range(4 - u)), key=sum)
    axes = [np.einsum("i,j,k->ijk", waves[u], waves[v], grey) for u, v in slow]
    axes += [np.einsum("i,j,k->ijk", waves[0], waves[0], c) for c in (red, blue)]
    return np.stack([a.ravel() for a in axes], axis=1).astype(np.float32)
