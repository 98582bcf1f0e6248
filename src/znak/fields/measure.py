"""What can be said of a mark's form in numbers; the model is conditioned on some of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from znak.fields.contour import shoelace, zero_lines
from znak.fields.sdf import CLAMP, Field, check_field


@dataclass(frozen=True)
class Measures:
    """Measures of one field; lengths in field pixels, shares of 1.

    `coverage` share of the canvas inside; `thickness` twice the 90th percentile of the inside
    distance (0–16: about the width of the strokes); `symmetry` overlap with the left-right mirror
    image (1: symmetric); `n_parts` and `n_holes` counts; `perimeter` length of the outline.
    """

    coverage: float
    thickness: float
    symmetry: float
    n_parts: int
    n_holes: int
    perimeter: float


def occupancy(field: Field) -> Field:
    """Return the share of each sample's pixel that is inside, in [0, 1]."""
    return np.asarray(np.clip(field * np.float32(CLAMP) + np.float32(0.5), 0, 1), dtype=np.float32)


def measure_symmetry(field: Field) -> float:
    """Return the overlap of `field` with its left-right mirror image, 1 for a symmetric one."""
    cover = occupancy(field)
    mirrored = cover[:, ::-1]
    union = float(np.maximum(cover, mirrored).sum())
    return float(np.minimum(cover, mirrored).sum()) / union if union else 1.0


def measure(field: Field) -> Measures:
    """Return the measures of `field`."""
    field = check_field(field)
    cover = occupancy(field)
    total = float(cover.sum())
    inside = field[field > 0] * CLAMP
    thickness = 2 * float(np.percentile(inside, 90)) if inside.size else 0.0
    loops = zero_lines(field, upsample=2)
    areas = [shoelace(loop) for loop in loops]
    length = sum(float(np.hypot(*(np.roll(p, -1, axis=0) - p).T).sum()) for p in loops)
    return Measures(
        coverage=total / cover.size,
        thickness=thickness,
        symmetry=measure_symmetry(field),
        n_parts=sum(area > 0 for area in areas),
        n_holes=sum(area < 0 for area in areas),
        perimeter=length,
    )
