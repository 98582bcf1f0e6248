"""Take specks, pinholes and hair cracks out of a field."""

from __future__ import annotations

import numpy as np

from znak.fields.contour import shoelace, zero_lines
from znak.fields.sdf import CLAMP, SIZE, Field

_STEEP = 0.7
"""Slope of the ink on both sides that tells a hair crack from a gap that blur has narrowed."""
_ACROSS = ((2, 0), (0, 2), (1, 1), (1, -1))


def close_cracks(field: Field) -> Field:
    """Return `field` with the hair cracks in its ink closed.

    On both sides of a crack, two samples apart, the ink is about as deep as the distance; where a
    drawn gap has been blurred narrow it is shallower.
    """
    padded = np.pad(field, 2, mode="edge")
    crack = np.zeros(field.shape, dtype=bool)
    for dx, dy in _ACROSS:
        one = padded[2 + dy : 2 + dy + SIZE, 2 + dx : 2 + dx + SIZE]
        two = padded[2 - dy : 2 - dy + SIZE, 2 - dx : 2 - dx + SIZE]
        crack |= np.minimum(one, two) > _STEEP * np.hypot(dx, dy) / CLAMP
    crack &= field < 0.45 / CLAMP
    if not crack.any():
        return field
    out = field.copy()
    out[crack] = np.float32(0.6 / CLAMP)
    return out


def drop_specks(field: Field, least: float) -> Field:
    """Return `field` without parts and holes smaller than `least` square px."""
    out = field
    for line in zero_lines(field, upsample=1):
        area = shoelace(line)
        if abs(area) >= least:
            continue
        if out is field:
            out = field.copy()
        low = np.maximum(np.floor(line.min(axis=0) - 0.5).astype(int), 0)
        high = np.minimum(np.ceil(line.max(axis=0) - 0.5).astype(int), SIZE - 1)
        tile = out[low[1] : high[1] + 1, low[0] : high[0] + 1]
        weak = np.float32(0.3 / CLAMP)
        if area > 0:
            np.copyto(tile, np.minimum(tile, -weak), where=tile > 0)
        else:
            np.copyto(tile, np.maximum(tile, weak), where=tile < 0)
    return out
