"""Where a zero line turns sharply, and whether the turn is a corner or a small rounding.

`find_corners` proposes turns on the zero line, which shows every corner rounded by about a
sample; `rounding_radii` decides from the samples around each, where a sharp corner's distances
differ from a rounded one's by far more than the noise.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from znak.fields.rings import Indices, Rings

Floats = NDArray[np.float64]

_HALF = 3
_BACKGROUND = 4
_SHARP = 0.36
_TIGHT = 0.8
_REACH = 5
_CAP = 2.3
_BLUNT = 1.4
_ACUTE = 1.6
_CAP_WIDTH = 0.9
_TIP_REACH = 1.4
_MORE = 2
_TIP_TURN = 1.9
_PATCH = 3
_VISIBLE = 0.12
_SMALLEST = 0.5
_RADII = np.array([0.0, 0.3, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 3.5, 4.0])


def find_corners(rings: Rings) -> list[Indices]:
    """Return for each loop (k, 3): sharp turns' local indices and their reach, back and forth.

    The reach is in points: the stretch that the turn takes, left out when the sides are fitted.
    A stroke's end that turns through about a half circle at once counts as two turns with a short
    side between.
    """
    turn = rings.turn
    zero = max(_REACH + 1, _HALF + _BACKGROUND)
    offsets = np.arange(-zero, zero)
    window = turn[rings.along(offsets)]  # turn from point i + offset to the next
    inner = window[:, zero - _HALF : zero + _HALF].sum(axis=1)
    sign = np.where(inner < 0, -1.0, 1.0)
    window *= sign[:, None]
    span = slice(zero - _HALF - _BACKGROUND, zero - _HALF)
    before = np.maximum(window[:, span].sum(axis=1), 0) / _BACKGROUND
    span = slice(zero + _HALF, zero + _HALF + _BACKGROUND)
    after = np.maximum(window[:, span].sum(axis=1), 0) / _BACKGROUND
    # a turn tighter than any rounding counts whatever its neighbours do: ends of strokes
    jump = np.maximum(np.abs(inner) - _HALF * (before + after), np.abs(inner) - _TIGHT)
    jump = np.where(jump > _SHARP, jump, 0)
    near = jump[rings.along(np.array([-3, -2, -1, 1, 2, 3]))]
    keep = (jump > 0) & (jump >= near[:, :3].max(axis=1)) & (jump > near[:, 3:].max(axis=1))
    found = np.flatnonzero(keep)
    window = window[found]
    profile = (window[:, 1:] + window[:, :-1]) / 2  # at the points around, -_REACH … _REACH
    profile = profile[:, zero - 1 - _REACH : zero + _REACH]
    high = profile > 0.35 * profile[:, _REACH - 1 : _REACH + 2].max(axis=1, initial=0)[:, None]
    right = np.cumprod(high[:, _REACH + 1 :], axis=1).sum(axis=1) + 1
    left = np.cumprod(high[:, _REACH - 1 :: -1], axis=1).sum(axis=1) + 1
    held = (offsets >= -left[:, None]) & (offsets < right[:, None])
    whole = (window * held).sum(axis=1)
    local = found - rings.first[found]
    size, first = rings.size[found], rings.first[found]
    ends = (
        rings.points[first + (local + right) % size] - rings.points[first + (local - left) % size]
    )
    fits = np.minimum(left, right) <= _REACH
    apex = rings.points[found] - rings.points[first + (local - left) % size] - ends / 2
    width = np.hypot(*ends.T)
    beyond = width / 2 / np.tan(np.maximum(np.pi - whole, 0.02) / 2) - np.hypot(*apex.T)
    cap = (whole > _CAP) & (width > _CAP_WIDTH) & (np.minimum(left, right) >= 2) & (beyond > _BLUNT)
    # near an acute tip the interpolation errs along both sides, as far as they are close together
    wide = np.where(whole > _ACUTE, np.maximum(whole, window.sum(axis=1)), 0.0)
    wide = np.minimum(wide, 2.6)
    tip = np.ceil(_TIP_REACH * np.tan(wide / 2)).astype(np.intp)
    left = np.where(cap, left, np.maximum(left, np.minimum(tip, left + _MORE)))
    right = np.where(cap, right, np.maximum(right, np.minimum(tip, right + _MORE)))
    back, forth = np.where(cap, (left + 1) // 2, 0), np.where(cap, (right + 1) // 2, 0)
    one = np.stack([first, (local - back) % size, left - back, np.where(cap, back, right)], axis=1)
    one = one[fits | cap]
    two = np.stack([first, (local + forth) % size, forth, right - forth], axis=1)[cap]
    every = np.concatenate([one, two])
    every = every[np.lexsort((every[:, 1], every[:, 0]))]
    return [
        _merge_tips(every[every[:, 0] == start, 1:], rings, loop)
        for loop, start in enumerate(rings.starts)
    ]


def _merge_tips(corners: Indices, rings: Rings, loop: int) -> Indices:
    """Return the corners with two that are one blunted tip made one.

    The zero line cuts an acute tip off by up to about a pixel; the cut then shows two turns.
    """
    n = int(rings.sizes[loop])
    k = 0
    while len(corners) > 1 and k < len(corners):
        (c, left, _), (d, _, right) = corners[k], corners[(k + 1) % len(corners)]
        step = int((d - c) % n)
        if (
            0 < step <= 5
            and _blunting(rings, loop, int(c - left), int(c) + step + int(right)) < _BLUNT
        ):
            merged = np.array([[(c + step // 2) % n, left + step // 2, right + step - step // 2]])
            corners = np.concatenate([np.delete(corners, [k, (k + 1) % len(corners)], 0), merged])
            corners = corners[np.argsort(corners[:, 0])]
            k = 0
        else:
            k += 1
    return corners


def _blunting(rings: Rings, loop: int, low: int, high: int) -> float:
    """Return how far the sides before point `low` and after `high` meet beyond the line, px."""
    index = rings.index(np.array(loop), np.arange(low, high + 1))
    turn = abs(float(rings.turn[index[:-1]].sum()))
    if not _TIP_TURN < turn < 2.8:
        return np.inf
    a, b, apex = (
        rings.points[index[0]],
        rings.points[index[-1]],
        rings.points[index[len(index) // 2]],
    )
    height = float(np.hypot(*(a - b))) / 2 / np.tan((np.pi - turn) / 2)
    return float(height - np.hypot(*(apex - (a + b) / 2)))


def rounding_radii(
    tips: Floats, entering: Floats, leaving: Floats, bends: Floats, distance: Floats
) -> tuple[Floats, Floats]:
    """Return the radius (k,) that rounds each corner and the turn (k,) at it, signed, radians.

    `tips` (k, 2) are where the sides would meet, `entering` and `leaving` (k, 2) the unit tangents
    there, `bends` (k, 2) the sides' signed curvatures, `distance` (n, n) the field in px. 0 means
    sharp.
    """
    cross = entering[:, 0] * leaving[:, 1] - entering[:, 1] * leaving[:, 0]
    turn = np.arctan2(cross, (entering * leaving).sum(1))
    # a convex corner turns positively (inside to the right of travel on the screen); mirror others
    sign = np.where(turn >= 0, 1.0, -1.0)
    n = distance.shape[0]
    base = np.floor(tips).astype(np.intp)
    span = np.arange(-_PATCH, _PATCH + 1)
    rows = base[:, 1, None, None] + span[None, :, None] + 0 * span[None, None, :]
    columns = base[:, 0, None, None] + 0 * span[None, :, None] + span[None, None, :]
    inside = (rows >= 0) & (rows < n) & (columns >= 0) & (columns < n)
    value = distance[np.clip(rows, 0, n - 1), np.clip(columns, 0, n - 1)] * sign[:, None, None]
    x = columns + 0.5 - tips[:, 0, None, None]
    y = rows + 0.5 - tips[:, 1, None, None]
    # single precision is enough to compare candidates, and half the work
    single: Any = np.float32
    value, x, y = (a.reshape(len(tips), -1).astype(single) for a in (value, x, y))
    inside = inside.reshape(len(tips), -1)
    entering, leaving = entering.astype(single), leaving.astype(single)
    bends, radii = bends.astype(single), _RADII.astype(single)
    near = x * x + y * y
    along1 = x * entering[:, :1] + y * entering[:, 1:]
    along2 = x * leaving[:, :1] + y * leaving[:, 1:]
    # distances to the two sides, positive inside the convex wedge, parabolas for curved sides
    side1 = sign[:, None].astype(np.float32) * (
        -x * entering[:, 1:] + y * entering[:, :1] - bends[:, :1] * along1 * along1 / 2
    )
    side2 = sign[:, None].astype(np.float32) * (
        -x * leaving[:, 1:] + y * leaving[:, :1] - bends[:, 1:] * along2 * along2 / 2
    )
    wedge = np.minimum(side1, side2)
    weight = inside * np.exp(-near / 4) * (np.abs(value) < 7)
    half = np.abs(turn) / 2
    inward = leaving - entering
    inward /= np.maximum(np.hypot(inward[:, 0], inward[:, 1]), 1e-9)[:, None]
    reach = radii[None, :] / np.maximum(np.cos(half), 0.05)[:, None].astype(np.float32)
    qx = x[:, None, :] - (inward[:, :1] * reach)[:, :, None]
    qy = y[:, None, :] - (inward[:, 1:] * reach)[:, :, None]
    in_cone = (qx * entering[:, 0, None, None] + qy * entering[:, 1, None, None] > 0) & (
        qx * leaving[:, 0, None, None] + qy * leaving[:, 1, None, None] < 0
    )
    model = np.where(in_cone, radii[None, :, None] - np.sqrt(qx * qx + qy * qy), wedge[:, None, :])
    error = np.minimum((model - value[:, None, :]) ** 2, np.float32(0.16))
    cost = (error @ weight[:, :, None])[:, :, 0].astype(np.float64)
    cost /= np.maximum(weight.sum(1), 1e-9)[:, None]
    best = np.argmin(cost, axis=1)
    k = np.arange(len(tips))
    left, right = cost[k, np.maximum(best - 1, 0)], cost[k, np.minimum(best + 1, len(_RADII) - 1)]
    gap = _RADII[np.minimum(best + 1, len(_RADII) - 1)] - _RADII[np.maximum(best - 1, 0)]
    curve = left - 2 * cost[k, best] + right
    shift = np.where(curve > 1e-12, (left - right) / np.maximum(curve, 1e-12) / 4, 0)
    radius = _RADII[best] + np.clip(shift, -0.5, 0.5) * gap * (best > 0)
    cut = radius * (1 / np.maximum(np.cos(half), 0.05) - 1)
    clear = (cost[:, 0] > cost[k, best] * 1.5) & (cut > _VISIBLE) & (radius > _SMALLEST)
    return np.where(clear, radius, 0.0), turn
