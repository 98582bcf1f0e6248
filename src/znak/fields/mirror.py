"""Mirror symmetry: found in a field, kept exactly in its outline.

A field that equals its mirror image about a vertical or horizontal line to within the noise is
averaged with it; the outline's better half is then mirrored, so that both halves agree to the
last digit. Works on x; callers swap the axes for the other direction.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from znak.fields.chain import Chain, cut, join
from znak.fields.rings import Floats

_NEAR = 0.021
_SNAP = 0.25
_LEVEL = 0.12
_BLUNT = 0.3


def mirror_axis(values: NDArray[np.float32]) -> float | None:
    """Return the x of the vertical line about which the field (n, n) is symmetric, or None."""
    n = values.shape[0]
    cover = np.clip(values * 8 + 0.5, 0, 1)
    total = float(cover.sum())
    if total <= 0:
        return None
    twice = round(2 * float((cover.sum(axis=0) * (np.arange(n) + 0.5)).sum()) / total)
    images = twice - 1 - np.arange(n)
    kept = (images >= 0) & (images < n)
    if (values[:, ~kept] > -0.3).any():
        return None
    here, there = values[:, kept], values[:, images[kept]]
    band = np.minimum(np.abs(here), np.abs(there)) < 0.6
    if np.abs(here - there)[band].max(initial=0) > _NEAR:
        return None
    return twice / 2


def average(values: NDArray[np.float32], axis: float) -> NDArray[np.float32]:
    """Return the field averaged with its mirror image about x = `axis`."""
    n = values.shape[0]
    images = int(2 * axis) - 1 - np.arange(n)
    kept = (images >= 0) & (images < n)
    out = values.copy()
    out[:, kept] = (values[:, kept] + values[:, images[kept]]) / 2
    return out


def swap(chain: Chain) -> Chain:
    """Return the chain with x and y exchanged, each loop still in its own order of segments.

    Loops then run the other way round; swapping twice gives the same chain.
    """
    return replace(chain, anchors=chain.anchors[:, ::-1], handles=chain.handles[..., ::-1])


def symmetrise(chain: Chain, axis: float) -> tuple[Chain, set[int]]:
    """Return the chain made exactly symmetric about x = `axis`, and the loops that could not be."""
    loops = chain.split()
    box = [
        (float(c.anchors[:, 0].min()) - axis, float(c.anchors[:, 0].max()) - axis) for c in loops
    ]
    out: list[Chain | None] = [None] * len(loops)
    failed: set[int] = set()
    rights = {k for k, (low, high) in enumerate(box) if low + high > 0 and low > -_SNAP}
    for k in [k for k in range(len(loops)) if k not in rights]:
        if box[k][1] < _SNAP:
            image = reflect(loops[k], axis)
            partner = _partner(image, loops, rights)
            if partner is None:
                failed.add(k)
                continue
            rights.discard(partner)
            out[k], out[partner] = loops[k], image
        else:
            out[k] = _fold(loops[k], axis)
            if out[k] is None:
                failed.add(k)
    failed |= rights
    return join([new or old for new, old in zip(out, loops, strict=True)]), failed


def reflect(chain: Chain, axis: float) -> Chain:
    """Return one loop's mirror image about x = `axis`, run so that its area keeps its sign."""
    flip = np.array([-1.0, 1.0])
    shift = np.array([2 * axis, 0.0])
    anchors = np.roll(chain.anchors[::-1], 1, axis=0) * flip + shift
    return Chain(
        anchors,
        chain.handles[::-1, ::-1] * flip + shift,
        chain.straight[::-1].copy(),
        np.roll(chain.corner[::-1], 1),
        chain.sizes,
        chain.fixed[::-1].copy(),
    )


def _partner(image: Chain, loops: list[Chain], choices: set[int]) -> int | None:
    low, high = image.anchors.min(axis=0), image.anchors.max(axis=0)
    best, nearest = None, 2.0
    for k in choices:
        other = loops[k].anchors
        gap = np.abs(other.min(axis=0) - low).max() + np.abs(other.max(axis=0) - high).max()
        if gap < nearest:
            best, nearest = k, float(gap)
    return best


def _fold(loop: Chain, axis: float) -> Chain | None:
    """Return a loop that lies across the axis made symmetric, from its half with fewer anchors."""
    controls = loop.controls - np.array([axis, 0.0])
    straight, corner = loop.straight.copy(), loop.corner.copy()
    on_axis = np.abs(controls[:, 0, 0]) < _SNAP
    crossings: list[tuple[int, float]] = []
    for k in range(len(controls)):
        after = (k + 1) % len(controls)
        if on_axis[k]:
            before = controls[k - 1, 0, 0]
            ahead = controls[after, 0, 0]
            if before * ahead < 0 and not on_axis[after]:
                crossings.append((k, 0.0))
        elif not on_axis[after] and controls[k, 0, 0] * controls[k, 3, 0] < 0:
            crossings.append((k, _root(controls[k, :, 0])))
    if len(crossings) != 2:
        return None
    (first, s), (last, t) = crossings
    one = _half(controls, straight, corner, first, s, last, t)
    two = _half(controls, straight, corner, last, t, first, s)
    if abs(len(one[0]) - len(two[0])) == 0:
        half = one if one[0][0][1, 0] < 0 else two
    else:
        half = one if len(one[0]) < len(two[0]) else two
    return _unfold(*half, axis)


def _root(x: Floats) -> float:
    """Return where a cubic's x (4,) of opposite end signs is 0."""
    low, high = 0.0, 1.0
    start = x[0]
    for _ in range(60):
        t = (low + high) / 2
        u = 1 - t
        value = u * u * u * x[0] + 3 * t * u * u * x[1] + 3 * t * t * u * x[2] + t * t * t * x[3]
        low, high = (t, high) if (value > 0) == (start > 0) else (low, t)
    return (low + high) / 2


Half = tuple[list[Floats], list[bool], list[bool], tuple[bool, bool]]


def _half(
    controls: Floats,
    straight: NDArray[np.bool_],
    corner: NDArray[np.bool_],
    first: int,
    s: float,
    last: int,
    t: float,
) -> Half:
    """Return the segments from one crossing to the next, in order.

    Also whether each is straight, whether each begins at a corner, and whether the two crossings
    lie inside a segment (else at an anchor).
    """
    n = len(controls)
    parts: list[Floats] = []
    lines: list[bool] = []
    corners: list[bool] = []
    k = first
    while True:
        end = k == last and (k != first or len(parts) > 0)
        if end and t == 0.0:
            break
        low = s if not parts else 0.0
        high = t if end else 1.0
        whole = low == 0.0 and high == 1.0
        parts.append(
            controls[k].copy()
            if whole
            else cut(controls[k : k + 1], np.array([low]), np.array([high]))[0]
        )
        lines.append(bool(straight[k]))
        corners.append(bool(corner[k]) if low == 0.0 else False)
        if end:
            break
        k = (k + 1) % n
    finish = bool(corner[last]) if t == 0.0 else False
    corners.append(finish)
    return parts, lines, corners, (s > 0.0, t > 0.0)


def _unfold(
    parts: list[Floats],
    lines: list[bool],
    corners: list[bool],
    inside: tuple[bool, bool],
    axis: float,
) -> Chain:
    """Return the loop of half and mirror image, with no needless anchor where they meet."""
    flip = np.array([-1.0, 1.0])
    joined = [False, False]
    for side in (0, 1):
        k, at = (0, 0) if side == 0 else (len(parts) - 1, 3)
        part = parts[k]
        part[at, 0] = 0.0
        near, far = (1, 3) if at == 0 else (2, 0)
        rest = part[far] if lines[k] else part[near]
        bend = abs(float(np.arctan2(rest[1] - part[at, 1], abs(rest[0]) + 1e-12)))
        if lines[k]:
            joined[side] = 2 * bend < _LEVEL and abs(part[far, 0]) > 0.1
            corners[0 if side == 0 else -1] = True
        elif bend < _BLUNT and not corners[0 if side == 0 else -1]:
            part[near, 1] = part[at, 1]
            corners[0 if side == 0 else -1] = False
        else:
            corners[0 if side == 0 else -1] = True
    mirrored = [part[::-1] * flip for part in parts[::-1]]
    every = parts + mirrored
    kinds = lines + lines[::-1]
    starts = corners[:-1] + [corners[-1]] + corners[1:-1][::-1]
    n = len(parts)
    if joined[1] and n < len(every):
        # the last line of the half and its image are one
        every[n - 1] = _line(every[n - 1][0], every[n][3])
        del every[n], kinds[n], starts[n]
    if joined[0] and len(every) > 1:
        every[-1] = _line(every[-1][0], every[0][3])
        del every[0], kinds[0], starts[0]
    shift = np.array([axis, 0.0])
    controls = np.array(every) + shift
    return Chain(controls[:, 0], controls[:, 1:3], np.array(kinds), np.array(starts), [len(every)])


def _line(start: Floats, end: Floats) -> Floats:
    return start + (end - start) * (np.arange(4) / 3)[:, None]
