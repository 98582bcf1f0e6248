"""Loops that are circles or ellipses, fitted as such: four curves between the extremes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from znak.fields.chain import Chain
from znak.fields.rings import Floats, Rings

_KAPPA = 0.5519150244935106
"""Handle length of a quarter circle of radius 1 with the smallest radial error, 0.02 %."""
_LARGEST_ERROR = 0.09
_LARGEST_SHARE = 0.04
_ROUND = 0.01
_BAND = 1.6


def find_ovals(rings: Rings, distance: Floats) -> dict[int, Chain]:
    """Return the loops that are ellipses to within the noise, by number, as fixed chains.

    `distance` (n, n) is the field in px; circles are fitted to it, ellipses to the zero line.
    """
    centre, axes, angle, error = _ellipses(rings)
    limit = np.minimum(_LARGEST_ERROR, _LARGEST_SHARE * axes[:, 1])
    found = {}
    for loop in np.flatnonzero((error < limit) & (axes[:, 1] > 1)).tolist():
        a, b = axes[loop].tolist()
        sign = _orientation(rings, loop)
        if a - b < max(_ROUND * a, 0.06):
            centre[loop], radius = _fit_circle(centre[loop], (a + b) / 2, sign, distance)
            found[loop] = _oval(centre[loop], radius, radius, 0.0, sign)
        else:
            found[loop] = _oval(centre[loop], a, b, float(angle[loop]), sign)
    return found


def _orientation(rings: Rings, loop: int) -> float:
    part = rings.points[rings.starts[loop] : rings.starts[loop] + rings.sizes[loop]]
    x, y = part.T
    return 1.0 if np.dot(x, np.roll(y, -1)) > np.dot(y, np.roll(x, -1)) else -1.0


def _ellipses(rings: Rings) -> tuple[Floats, Floats, Floats, Floats]:
    """Return centres (l, 2), semi-axes (l, 2; long first), angles and largest errors (l,), px.

    The ellipse of a loop is the one with the same area moments.
    """
    starts, sizes = rings.starts, rings.sizes
    mean = np.add.reduceat(rings.points, starts) / sizes[:, None]
    p = rings.points - np.repeat(mean, sizes, axis=0)
    q = p[rings.along(1)]
    cross = p[:, 0] * q[:, 1] - p[:, 1] * q[:, 0]
    x, y, u, v = p[:, 0], p[:, 1], q[:, 0], q[:, 1]
    parts = [
        cross / 2,
        (x + u) * cross / 6,
        (y + v) * cross / 6,
        (x * x + x * u + u * u) * cross / 12,
        (x * v + 2 * x * y + 2 * u * v + u * y) * cross / 24,
        (y * y + y * v + v * v) * cross / 12,
    ]
    area, mx, my, xx, xy, yy = np.add.reduceat(np.stack(parts), starts, axis=1)
    cx, cy = mx / area, my / area
    xx, xy, yy = xx / area - cx * cx, xy / area - cx * cy, yy / area - cy * cy
    spread = np.sqrt(((xx - yy) / 2) ** 2 + xy * xy)
    long, short = (xx + yy) / 2 + spread, np.maximum((xx + yy) / 2 - spread, 1e-6)
    axes = 2 * np.sqrt(np.stack([long, short], axis=1))
    # the moments of an inscribed polygon are a little small: keep the area exact
    angle = 0.5 * np.arctan2(2 * xy, xx - yy)
    offset = p - np.repeat(np.stack([cx, cy], axis=1), sizes, axis=0)
    c, s = np.repeat(np.cos(angle), sizes), np.repeat(np.sin(angle), sizes)
    a, b = np.repeat(axes[:, 0], sizes), np.repeat(axes[:, 1], sizes)
    e1, e2 = (offset[:, 0] * c + offset[:, 1] * s) / a, (offset[:, 1] * c - offset[:, 0] * s) / b
    level = e1 * e1 + e2 * e2
    slope = 2 * np.sqrt((e1 / a) ** 2 + (e2 / b) ** 2)
    error = np.maximum.reduceat(np.abs(level - 1) / np.maximum(slope, 1e-6), starts)
    return mean + np.stack([cx, cy], axis=1), axes, angle, error


def _fit_circle(
    centre: Floats, radius: float, sign: float, distance: Floats
) -> tuple[Floats, float]:
    """Return centre and radius that agree with the field around the circle."""
    n = distance.shape[0]
    low = np.maximum(np.floor(centre - radius - 2).astype(int), 0)
    high = np.minimum(np.ceil(centre + radius + 2).astype(int), n)
    rows, columns = np.mgrid[low[1] : high[1], low[0] : high[0]]
    points = np.stack([columns + 0.5, rows + 0.5], axis=-1).reshape(-1, 2)
    value = sign * distance[low[1] : high[1], low[0] : high[0]].ravel()
    state = np.array([centre[0], centre[1], radius])
    for _ in range(2):
        away = points - state[:2]
        reach = np.maximum(np.hypot(away[:, 0], away[:, 1]), 1e-6)
        error = value - (state[2] - reach)
        use = (np.abs(value) < min(_BAND, 0.6 * radius)) & (np.abs(error) < 0.4)
        if use.sum() < 6:
            return centre, radius
        rows_ = np.concatenate([away[use] / reach[use, None], np.ones((use.sum(), 1))], axis=1)
        step = np.linalg.lstsq(rows_, error[use], rcond=None)[0]
        if np.abs(step).max() > 0.5:
            return centre, radius
        state = state + step
    return state[:2], float(state[2])


def _oval(centre: Floats, a: float, b: float, angle: float, sign: float) -> Chain:
    turned = np.round(angle / (np.pi / 2)) * np.pi / 2
    if abs(angle - turned) < 0.02:
        angle = float(turned)
    c, s = np.cos(angle), np.sin(angle)
    long, short = a * np.array([c, s]), sign * b * np.array([-s, c])
    spokes = np.array([long, short, -long, -short])
    after = np.roll(spokes, -1, axis=0)
    anchors = centre + spokes
    handles = np.stack([anchors + _KAPPA * after, centre + after + _KAPPA * spokes], axis=1)
    none: NDArray[np.bool_] = np.zeros(4, dtype=bool)
    return Chain(anchors, handles, none, none.copy(), [4], fixed=np.ones(4, dtype=bool))
