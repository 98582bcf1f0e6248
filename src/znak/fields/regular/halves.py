"""Make an outline exactly mirror-symmetric: keep one half, put its mirror image beside it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from znak.fields.outline import Loop, Outline

_SIDE = 0.05
_SNAP = 0.35
"""Anchors this near the axis are put on it, field px."""
_LEVEL = np.radians(25)


def mirror_outline(outline: Outline, axis: float) -> Outline | None:
    """Return the outline whose left half is `outline`'s, mirrored about x = `axis`.

    Returns None when a loop crosses the axis in another way than twice, that is, when the outline
    is not nearly symmetric.
    """
    matrix = np.array([[-1.0, 0.0, 2 * axis], [0.0, 1.0, 0.0]])
    loops: list[Loop] = []
    right = 0
    pairs = 0
    for loop in outline.loops:
        x = loop.flatten()[:, 0]
        if x.max() <= axis + _SIDE:
            loops += [loop, loop.transform(matrix)]
            pairs += 1
        elif x.min() >= axis - _SIDE:
            right += 1
        else:
            mirrored = mirror_loop(loop, axis)
            if mirrored is None:
                return None
            loops.append(mirrored)
    return Outline(tuple(loops)) if right == pairs else None


def _crossings(curve: NDArray[np.float64], axis: float) -> list[float]:
    """Return where in (0, 1] the cubic `curve` (4, 2) meets x = `axis`, ascending."""
    a, b, c, d = curve[:, 0] - axis
    roots = np.roots([d - 3 * c + 3 * b - a, 3 * (c - 2 * b + a), 3 * (b - a), a])
    real = roots[np.abs(roots.imag) < 1e-7].real
    return sorted(float(t) for t in real if 1e-9 < t <= 1 + 1e-9)


def split(curve: NDArray[np.float64], t: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the two parts of a cubic (4, 2) cut at `t`."""
    ab, bc, cd = (curve[i] + (curve[i + 1] - curve[i]) * t for i in range(3))
    abc, bcd = ab + (bc - ab) * t, bc + (cd - bc) * t
    middle = abc + (bcd - abc) * t
    return np.stack([curve[0], ab, abc, middle]), np.stack([middle, bcd, cd, curve[3]])


def mirror_loop(loop: Loop, axis: float) -> Loop | None:
    """Return `loop` with its left half mirrored onto the right, None if it can't be halved."""
    parts: list[tuple[NDArray[np.float64], bool]] = []
    for curve, straight in zip(_snapped(loop, axis), loop.straight, strict=True):
        rest, done = curve, 0.0
        for t in _crossings(curve, axis):
            if t > 1 - 1e-3 or t - done < 1e-3:
                continue
            first, rest = split(rest, (t - done) / (1 - done))
            first[3, 0] = rest[0, 0] = axis
            parts.append((first, bool(straight)))
            done = t
        parts.append((rest, bool(straight)))
    left = [_middle(curve)[0] < axis for curve, _ in parts]
    starts = [i for i in range(len(parts)) if left[i] and not left[i - 1]]
    if len(starts) != 1:
        return None
    order = [(starts[0] + i) % len(parts) for i in range(sum(left))]
    half = [parts[i] for i in order]
    half[0], half[-1] = (half[0][0].copy(), half[0][1]), (half[-1][0].copy(), half[-1][1])
    half[0][0][0, 0] = axis
    half[-1][0][3, 0] = axis
    _level(half[0][0][:2], half[0][1])
    _level(half[-1][0][:1:-1], half[-1][1])
    flip = np.array([-1.0, 1.0])
    other = [((curve * flip + [2 * axis, 0])[::-1], straight) for curve, straight in half[::-1]]
    return _without_level_joints(half + other, len(half))


def _snapped(loop: Loop, axis: float) -> NDArray[np.float64]:
    """Return the loop's control points, anchors near the axis moved onto it with their handles."""
    controls = loop.controls.copy()
    off = controls[:, 0, 0] - axis
    move = np.where(np.abs(off) < _SNAP, -off, 0.0)
    after = np.roll(move, -1)
    controls[:, 0, 0] += move
    controls[:, 1, 0] += move
    controls[:, 2, 0] += after
    controls[:, 3, 0] += after
    return controls


def _middle(curve: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray((curve[0] + 3 * curve[1] + 3 * curve[2] + curve[3]) / 8)


def _level(ends: NDArray[np.float64], straight: bool) -> None:
    """Make a curve's end on the axis (point, handle) horizontal when it nearly is, in place."""
    if straight:
        return
    dx, dy = ends[1] - ends[0]
    if np.arctan2(abs(dy), abs(dx)) < _LEVEL:
        ends[1, 1] = ends[0, 1]


def _without_level_joints(parts: list[tuple[NDArray[np.float64], bool]], half: int) -> Loop:
    """Return the loop of `parts`, lines that go straight on across the axis made one."""
    count = len(parts)
    keep = [True] * count
    curves = [curve.copy() for curve, _ in parts]
    straight = [s for _, s in parts]
    for joint in (0, half):
        before = (joint - 1) % count
        if not (straight[joint] and straight[before]):
            continue
        rise = abs(curves[joint][3, 1] - curves[joint][0, 1])
        run = abs(curves[joint][3, 0] - curves[joint][0, 0])
        if rise < 0.12 * run:
            keep[joint] = False
            curves[before][3] = curves[joint][3]
    chosen = [i for i in range(count) if keep[i]]
    return Loop(
        np.array([curves[i][0] for i in chosen]),
        np.array([curves[i][1:3] for i in chosen]),
        np.array([straight[i] for i in chosen]),
    )
