"""Drawings in colours: the silhouette with its inner structure as a field, and the colours.

A mark must read in one colour. The picture is divided into flat regions (colours merged in CIELAB;
gradients, which have no sharp edges, don't divide). Then, as a designer would: what touches the
outside is ink; a contrasting region inside an ink region is knocked out, one inside that is ink
again (eye, pupil); where two ink regions of different colour meet, a line of about 1.5 of the 64
field pixels is cut between them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from znak.corpus.palette import flat_colours, to_lab
from znak.fields import svg as svg_module
from znak.fields.sdf import Field, field_of_coverage

RASTER = 192
CUT = 1.6
"""Width of the cut between two ink regions, field pixels."""
EDGE = 22.0
"""Median jump of colour (ΔE) across a border that makes it a border."""
KNOCK = 26.0
"""Contrast (ΔE) with the surrounding region above which an inner region is knocked out."""
MAX_HOLE = 0.42
"""Largest share of the silhouette that one inner region may knock out."""
MIN_REGION = 50
"""Smallest region, in pixels of the raster (5.6 square field pixels)."""
MIN_CORE = 20
"""Its smallest core, without the pixels at its border."""


@dataclass(frozen=True, eq=False)
class Structure:
    """What `structure` found: `field` is None where nothing remains; `changed` says whether it
    differs from the plain silhouette; `colours` are "#rrggbb" by area.
    """

    field: Field | None
    changed: bool
    colours: tuple[str, ...]


def structure(svg: str) -> Structure:
    """Return the one-colour form of a framed drawing, with its colours."""
    pixels = svg_module.render(svg, RASTER)
    alpha = pixels[..., 3].astype(np.float32) / np.float32(255)
    inside = alpha > 0.5
    if int(inside.sum()) < MIN_REGION:
        return Structure(None, False, ())
    lab = np.zeros((RASTER, RASTER, 3), dtype=np.float32)
    lab[alpha > 0] = to_lab(pixels[..., :3][alpha > 0])
    labels, colours = flat_colours(pixels[..., :3], inside)
    regions = _regions(labels, lab, inside)
    ink, cut = _polarity(regions, lab, inside)
    if (ink == inside).all() and not cut.any():
        return Structure(field_of_coverage(alpha), False, colours)
    cover = np.where(ink & ~cut, alpha, 0).astype(np.float32)
    cover = _drop_specks(ndimage.gaussian_filter(cover, 1.0))
    if not (cover > 0.5).any():
        return Structure(None, False, colours)
    return Structure(field_of_coverage(cover), True, colours)


def _regions(
    labels: NDArray[np.int64], lab: NDArray[np.float32], inside: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Return connected regions (0 outside, else 1…), small ones and soft borders dissolved."""
    regions = np.zeros(labels.shape, dtype=np.int64)
    small = labels.astype(np.int8)
    plain = ndimage.minimum_filter(small, 3) == ndimage.maximum_filter(small, 3)
    count = 0
    for value in np.unique(small[plain & inside]).tolist():
        part, n = ndimage.label(plain & (small == value))
        sizes = np.bincount(part.ravel(), minlength=n + 1)
        numbers = np.zeros(n + 1, dtype=np.int64)
        keep = np.flatnonzero(sizes[1:] >= MIN_CORE) + 1
        numbers[keep] = count + 1 + np.arange(len(keep))
        regions += numbers[part]
        count += len(keep)
    if count == 0:
        return inside.astype(np.int64)
    nearest = ndimage.distance_transform_edt(
        regions == 0, return_distances=False, return_indices=True
    )
    regions = regions[nearest[0], nearest[1]]
    regions[~inside] = 0
    return _dissolve(regions, lab, count)


def _dissolve(
    regions: NDArray[np.int64], lab: NDArray[np.float32], count: int
) -> NDArray[np.int64]:
    """Merge neighbours between which the colour doesn't jump."""
    parent = np.arange(count + 1)

    def find(i: int) -> int:
        while parent[i] != i:
            i = int(parent[i])
        return i

    for (a, b), jump in sorted(_borders(regions, lab).items()):
        if jump < EDGE:
            parent[max(find(a), find(b))] = min(find(a), find(b))
    return np.array([find(i) for i in range(count + 1)])[regions]


def _borders(regions: NDArray[np.int64], lab: NDArray[np.float32]) -> dict[tuple[int, int], float]:
    """Return the median jump of colour over four pixels across each border of two regions."""
    found: dict[tuple[int, int], list[NDArray[np.float32]]] = {}
    step = 2
    for axis in (0, 1):
        a = np.take(regions, np.arange(step, RASTER - step - 1), axis=axis)
        b = np.take(regions, np.arange(step + 1, RASTER - step), axis=axis)
        far = [
            np.take(lab, np.arange(RASTER - 2 * step - 1) + shift, axis=axis)
            for shift in (0, 2 * step + 1)
        ]
        where = (a != b) & (a > 0) & (b > 0)
        if not where.any():
            continue
        jump = np.linalg.norm(far[0][where] - far[1][where], axis=1)
        pairs = np.stack([np.minimum(a[where], b[where]), np.maximum(a[where], b[where])], axis=1)
        unique, inverse = np.unique(pairs, axis=0, return_inverse=True)
        for k, (i, j) in enumerate(unique):
            found.setdefault((int(i), int(j)), []).append(jump[inverse.ravel() == k])
    return {pair: float(np.median(np.concatenate(jumps))) for pair, jumps in found.items()}


def _polarity(
    regions: NDArray[np.int64], lab: NDArray[np.float32], inside: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return the ink mask and the mask of the cut lines."""
    numbers = [int(n) for n in np.unique(regions) if n > 0]
    area = int(inside.sum())
    sizes = np.bincount(regions.ravel())
    flat = regions.ravel()
    sums = np.stack([np.bincount(flat, lab[..., k].ravel()) for k in range(3)], axis=1)
    mean = {n: sums[n] / sizes[n] for n in numbers}
    open_air = ndimage.binary_dilation(~_filled(inside), iterations=2)
    shell = {int(n) for n in np.unique(regions[open_air & (regions > 0)])}
    ink = dict.fromkeys(numbers, True)
    settled = set(shell)
    around = _neighbours(regions)
    frontier = sorted(shell)
    while frontier:
        reached = sorted({m for n in frontier for m in around.get(n, ()) if m not in settled})
        for m in reached:
            hosts = [n for n in around[m] if n in settled]
            host = max(hosts, key=lambda n: (around[m][n], -n))
            contrast = float(np.linalg.norm(mean[m] - mean[host]))
            large = int(sizes[m]) > MAX_HOLE * area
            flip = contrast > KNOCK and not (large and ink[host])
            ink[m] = ink[host] != flip
        settled.update(reached)
        frontier = reached
    mask = np.isin(regions, [n for n in numbers if ink[n]])
    cut = np.zeros(regions.shape, dtype=bool)
    for axis in (0, 1):
        a, b = (
            np.take(regions, range(RASTER - 1), axis=axis),
            np.take(regions, range(1, RASTER), axis=axis),
        )
        where = (a != b) & (a > 0) & (b > 0)
        where &= np.take(mask, range(RASTER - 1), axis=axis) & np.take(
            mask, range(1, RASTER), axis=axis
        )
        index = [slice(None), slice(None)]
        index[axis] = slice(0, RASTER - 1)
        cut[tuple(index)] |= where
    distance = ndimage.distance_transform_edt(~cut) if cut.any() else np.full(cut.shape, 99.0)
    return mask & inside, distance < CUT / 2 * RASTER / 64


def _filled(inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return np.asarray(ndimage.binary_fill_holes(inside))


def _neighbours(regions: NDArray[np.int64]) -> dict[int, dict[int, int]]:
    """Return for each region its neighbours and the lengths of their common borders."""
    around: dict[int, dict[int, int]] = {}
    for axis in (0, 1):
        a, b = (
            np.take(regions, range(RASTER - 1), axis=axis),
            np.take(regions, range(1, RASTER), axis=axis),
        )
        where = (a != b) & (a > 0) & (b > 0)
        pairs, counts = np.unique(
            np.stack([a[where], b[where]], axis=1), axis=0, return_counts=True
        )
        for (i, j), count in zip(pairs, counts, strict=True):
            for x, y in ((int(i), int(j)), (int(j), int(i))):
                around.setdefault(x, {})
                around[x][y] = around[x].get(y, 0) + int(count)
    return around


def _drop_specks(cover: NDArray[np.float32]) -> NDArray[np.float32]:
    """Drop ink specks and fill pin holes smaller than a region."""
    for sign in (1, -1):
        mask = (cover > 0.5) if sign > 0 else (cover <= 0.5)
        part, n = ndimage.label(mask)
        sizes = np.bincount(part.ravel(), minlength=n + 1)
        small = sizes < MIN_REGION // 2
        small[0] = False
        cover = np.where(small[part], np.float32(0 if sign > 0 else 1), cover).astype(np.float32)
    return cover
