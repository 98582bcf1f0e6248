"""The flat colours of a picture: pixels in CIELAB, near colours merged."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MERGE = 14.0
"""Colours nearer than this (CIELAB ΔE 1976) are one."""
MAX_COLOURS = 6
"""Most colours kept of a drawing."""
SHARE = 0.015
"""Smallest share of the area that makes a colour of the drawing's."""
_MAX_LABELS = 16
_LABEL_SHARE = 0.004


def to_lab(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return sRGB bytes (…, 3) as CIELAB under D65."""
    c = rgb.astype(np.float32) / np.float32(255)
    linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    matrix = np.array(
        [
            [0.4124564, 0.3575761, 0.1804375],
            [0.2126729, 0.7151522, 0.0721750],
            [0.0193339, 0.1191920, 0.9503041],
        ],
        dtype=np.float32,
    )
    xyz = linear @ matrix.T / np.array([0.95047, 1.0, 1.08883], dtype=np.float32)
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.stack(
        [116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])],
        axis=-1,
    ).astype(np.float32)


def flat_colours(
    rgb: NDArray[np.uint8], inside: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Return the number of each pixel's flat colour (-1 outside), and the colours by area.

    The colours are "#rrggbb", at most MAX_COLOURS, and as in the drawing, not averages.
    """
    inner = rgb[inside].astype(np.int64)
    keys = (inner >> 3) @ np.array([1024, 32, 1])
    values, inverse, counts = np.unique(keys, return_inverse=True, return_counts=True)
    total = len(keys)
    means = np.stack([np.bincount(inverse, inner[:, k]) / counts for k in range(3)], axis=1)
    points = to_lab(np.rint(means).astype(np.uint8))
    centres: list[int] = []
    for i in np.lexsort((values, -counts)):
        if centres and (counts[i] < _LABEL_SHARE * total or len(centres) == _MAX_LABELS):
            break
        if all(np.linalg.norm(points[i] - points[j]) > MERGE for j in centres):
            centres.append(int(i))
    nearest = np.linalg.norm(points[:, None] - points[None, centres], axis=2).argmin(axis=1)
    labels = np.full(inside.shape, -1, dtype=np.int64)
    labels[inside] = nearest[inverse]
    area = np.bincount(nearest, counts, minlength=len(centres))
    order = [k for k in np.argsort(-area, kind="stable") if area[k] >= SHARE * total]
    colours = [_commonest(inner[inverse == centres[k]]) for k in order[:MAX_COLOURS]]
    return labels, tuple(dict.fromkeys(colours))


def _commonest(pixels: NDArray[np.int64]) -> str:
    values, counts = np.unique(pixels @ np.array([65536, 256, 1]), return_counts=True)
    return f"#{int(values[counts.argmax()]):06x}"
