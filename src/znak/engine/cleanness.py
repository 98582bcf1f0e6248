"""Cleanness: what a designer would not let pass, measured on a field.

`inspect` gives the measures, `faults` names what is wrong, `cleanness` is one number for ranking.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from znak.engine.base import Floats
from znak.fields.contour import shoelace, zero_lines
from znak.fields.measure import occupancy
from znak.fields.sdf import CLAMP, SIZE

SPECK = 7.0
"""Parts and holes smaller than this are specks, square px."""


@dataclass(frozen=True)
class Cleanness:
    """Measures of one field; lengths in field px, shares of 1.

    `cramped` is the share of the outline without room on both sides (strokes, gaps thinner than
    about 2 px); `skew` how far the mark is from its mirror image when it nearly is symmetric, 0
    when it is symmetric or plainly is not; `cut` the share of the outline at the canvas' border.
    """

    coverage: float
    thickness: float
    parts: int
    holes: int
    specks: int
    cramped: float
    skew: float
    cut: float
    wander: float


def inspect(field: Floats) -> Cleanness:
    """Return the measures of `field` (64, 64)."""
    cover = occupancy(field)
    areas = [shoelace(line) for line in zero_lines(field, upsample=1)]
    inside = field[field > 0] * np.float32(CLAMP)
    px = field * np.float32(CLAMP)
    gx = (px[1:-1, 2:] - px[1:-1, :-2]) / 2
    gy = (px[2:, 1:-1] - px[:-2, 1:-1]) / 2
    near = np.abs(px[1:-1, 1:-1]) < 1
    edge = max(int(near.sum()), 1)
    cramped = float((near & (gx * gx + gy * gy < 0.55)).sum()) / edge
    border = np.concatenate([field[0], field[-1], field[:, 0], field[:, -1]])
    length = _length(field)
    area = float(cover.sum())
    return Cleanness(
        coverage=area / cover.size,
        thickness=2 * float(np.percentile(inside, 90)) if inside.size else 0.0,
        parts=sum(a >= SPECK for a in areas),
        holes=sum(a <= -SPECK for a in areas),
        specks=sum(abs(a) < SPECK for a in areas),
        cramped=cramped,
        skew=_skew(cover),
        cut=float((border > 0).sum()) / SIZE,
        wander=length * length / (4 * np.pi * area) if area > 0 else 0.0,
    )


def faults(found: Cleanness) -> tuple[str, ...]:
    """Return the names of what is plainly wrong; () for a clean mark."""
    wrong = {
        "empty": found.coverage < 0.03,
        "full": found.coverage > 0.78,
        "thin": found.thickness < 2.6,
        "specks": found.specks > 0,
        "broken": found.parts > 12 or found.parts == 0,
        "busy": found.holes > 24 or found.wander > 60,
        "cramped": found.cramped > 0.5,
        "cut": found.cut > 0.12,
    }
    return tuple(name for name, is_wrong in wrong.items() if is_wrong)


def cleanness(found: Cleanness) -> float:
    """Return a number from 0 (a mess) to 1 (clean) for ranking."""
    value = 1.0
    value -= 0.9 * min(found.cramped / 0.3, 1.0) * 0.5
    value -= 0.25 * found.skew
    value -= 0.05 * min(max(found.parts - 3, 0), 6)
    value -= 0.02 * min(max(found.holes - 4, 0), 10)
    value -= 0.2 * min(found.specks, 2)
    value -= 0.1 * min(max((found.wander - 12) / 30, 0.0), 1.0)
    value -= 0.15 * min(max((5.0 - found.thickness) / 2.0, 0.0), 1.0)
    value -= 0.3 * min(found.cut / 0.12, 1.0)
    return float(max(0.0, min(1.0, value)))


def _skew(cover: Floats) -> float:
    """Return 0 for a symmetric or a plainly asymmetric mark, up to 1 for a mirror image missed."""
    total = float(cover.sum())
    if total <= 0:
        return 0.0
    twice = round(2 * float((cover.sum(axis=0) * (np.arange(SIZE) + 0.5)).sum()) / total)
    images = twice - 1 - np.arange(SIZE)
    kept = (images >= 0) & (images < SIZE)
    here, there = cover[:, kept], cover[:, images[kept]]
    overlap = float(np.minimum(here, there).sum()) / max(float(np.maximum(here, there).sum()), 1e-6)
    return float(max(0.0, 1 - abs(overlap - 0.9) / 0.06)) if overlap < 0.97 else 0.0


def _length(field: Floats) -> float:
    lines = zero_lines(field, upsample=1)
    return sum(float(np.hypot(*(np.roll(p, -1, axis=0) - p).T).sum()) for p in lines)
