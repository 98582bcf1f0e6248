"""Plain shapes as fields: badges, cutters and the closed forms that tests compare with."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from znak.fields.outline import Points
from znak.fields.sdf import CLAMP, SIZE, Field, signed_distance

CENTRE = (SIZE / 2, SIZE / 2)


def disc(*, radius: float = 28.0, centre: tuple[float, float] = CENTRE) -> Field:
    """Return a disc."""
    y, x = np.mgrid[:SIZE, :SIZE] + 0.5
    distance = radius - np.hypot(x - centre[0], y - centre[1])
    return np.asarray(np.clip(distance / CLAMP, -1, 1), dtype=np.float32)


def polygon(points: Points | Sequence[tuple[float, float]]) -> Field:
    """Return the polygon through `points` (n, 2)."""
    return signed_distance([np.asarray(points, dtype=np.float64)])


def rectangle(
    *,
    width: float = 56.0,
    height: float = 56.0,
    corner: float = 0.0,
    centre: tuple[float, float] = CENTRE,
) -> Field:
    """Return a rectangle, its corners rounded with radius `corner`."""
    y, x = np.mgrid[:SIZE, :SIZE] + 0.5
    dx = np.abs(x - centre[0]) - (width / 2 - corner)
    dy = np.abs(y - centre[1]) - (height / 2 - corner)
    outside = np.hypot(np.maximum(dx, 0), np.maximum(dy, 0))
    distance = corner - outside - np.minimum(np.maximum(dx, dy), 0)
    return np.asarray(np.clip(distance / CLAMP, -1, 1), dtype=np.float32)


def regular(
    n: int, *, radius: float = 28.0, turn: float = 0.0, centre: tuple[float, float] = CENTRE
) -> Field:
    """Return a regular polygon with `n` corners, the first one up, turned `turn` degrees."""
    return polygon(_ring(n, [radius], turn, centre))


def star(
    n: int = 5,
    *,
    radius: float = 28.0,
    inner: float = 11.5,
    turn: float = 0.0,
    centre: tuple[float, float] = CENTRE,
) -> Field:
    """Return a star with `n` points, the first one up, turned `turn` degrees."""
    return polygon(_ring(2 * n, [radius, inner], turn, centre))


def shield(*, width: float = 50.0, height: float = 58.0) -> Field:
    """Return a shield: straight top and shoulders, two arcs that meet in a point below."""
    left, right = 32 - width / 2, 32 + width / 2
    top, bottom = 32 - height / 2, 32 + height / 2
    shoulder = top + height * 0.42
    drop, half = bottom - shoulder, width / 2
    radius = (drop**2 + half**2) / (2 * half)
    angles = np.linspace(0, math.asin(drop / radius), 24)
    arc_right = np.stack(
        [right - radius + radius * np.cos(angles), shoulder + radius * np.sin(angles)], axis=1
    )
    arc_left = arc_right[::-1] * [-1, 1] + [64, 0]
    return polygon(np.concatenate([[[left, top], [right, top]], arc_right, arc_left[1:]]))


def _ring(n: int, radii: list[float], turn: float, centre: tuple[float, float]) -> Points:
    angles = np.arange(n) * 2 * math.pi / n - math.pi / 2 + math.radians(turn)
    r = np.resize(np.array(radii, dtype=np.float64), n)
    return np.stack([centre[0] + r * np.cos(angles), centre[1] + r * np.sin(angles)], axis=1)
