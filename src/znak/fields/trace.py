"""Field → outline: the zero line as few lines and cubic Béziers, corners found again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from znak.errors import FieldError
from znak.fields.audit import crossing_loops, stray_loops
from znak.fields.chain import Chain, align_joints, join
from znak.fields.contour import drop_flat, shoelace, zero_lines
from znak.fields.corners import find_corners
from znak.fields.fit import Stretches, segment
from znak.fields.mirror import average, mirror_axis, swap, symmetrise
from znak.fields.outline import Outline, Points
from znak.fields.ovals import find_ovals
from znak.fields.pieces import assemble, round_corners
from znak.fields.refine import band_samples, refine
from znak.fields.rings import Floats, Rings, rings_of
from znak.fields.sdf import CLAMP, check_field

SPECK = 1e-3
"""Loops below this share of the mark's area are dropped."""
_EXACT = 4
_SIDE_SHARE = 0.7


def trace(field: NDArray[np.generic], *, tolerance: float = 0.1, rounds: int = 1) -> Outline:
    """Return the outline of `field` (64, 64; float32 in [-1, 1] or int8).

    `tolerance` in field pixels is how far the outline may stray from the zero line to save anchors;
    `rounds` is how often the outline is fitted to the distances around it (0: the zero line only).
    Raises FieldError for what is no field and for a field without an outline.
    """
    values = check_field(field)
    upright = mirror_axis(values)
    values = values if upright is None else average(values, upright)
    level = mirror_axis(values.T)
    values = values if level is None else average(values.T, level).T
    lines = zero_lines(values, upsample=2, tolerance=0.0)
    areas = [shoelace(line) for line in lines]
    total = sum(areas)
    kept = [line for line, area in zip(lines, areas, strict=True) if abs(area) >= SPECK * total]
    if not kept or total <= 0:
        raise FieldError(
            "the field has no outline: it is negative everywhere or holds specks only",
            ru="У поля нет контура: оно всюду отрицательно или в нём одни крупинки",
        )
    distance = values.astype(np.float64) * CLAMP
    outline = _mended(kept, distance, tolerance, rounds, (upright, level)).outline()
    areas = [loop.area for loop in outline.loops]
    least = SPECK * sum(areas)
    kept_loops = zip(outline.loops, areas, strict=True)
    return Outline(tuple(loop for loop, area in kept_loops if abs(area) > least))


def _mended(
    lines: list[Points],
    distance: Floats,
    tolerance: float,
    rounds: int,
    axes: tuple[float | None, float | None],
) -> Chain:
    """Return the fitted loops; any that cross or stray are fitted again more closely."""
    rings = rings_of(lines)
    care = [0] * len(lines)
    while True:
        chain = _fitted(lines, rings, distance, tolerance, rounds, care)
        uneven: set[int] = set()
        if axes[0] is not None:
            chain, uneven = symmetrise(chain, axes[0])
        if axes[1] is not None:
            chain, more = symmetrise(swap(chain), axes[1])
            chain, uneven = swap(chain), uneven | more
        bad = uneven | stray_loops(chain, rings, distance) | crossing_loops(chain)
        bad = {loop for loop in bad | _images(bad, rings, axes) if care[loop] < _EXACT}
        if not bad:
            return chain
        for loop in bad:
            care[loop] += 1


def _images(loops: set[int], rings: Rings, axes: tuple[float | None, float | None]) -> set[int]:
    """Return the loops that mirror `loops` where the mark is symmetric."""
    centres = np.add.reduceat(rings.points, rings.starts) / rings.sizes[:, None]
    found = set(loops)
    for direction, axis in enumerate(axes):
        if axis is not None:
            for loop in list(found):
                image = centres[loop].copy()
                image[direction] = 2 * axis - image[direction]
                found.add(int(np.argmin(((centres - image) ** 2).sum(axis=1))))
    return found


def _fitted(
    lines: list[Points],
    rings: Rings,
    distance: Floats,
    tolerance: float,
    rounds: int,
    care: list[int],
) -> Chain:
    """Return one chain of all loops, each fitted with its degree of care.

    0: few anchors, corners found again, refined on the field; 1: close to the zero line, refined;
    2: the same, not refined; 3: a polygon through the zero line; 4: all of its points.
    """
    ovals = find_ovals(rings, distance)
    parts = {loop: chain for loop, chain in ovals.items() if care[loop] == 0}
    free = [loop for loop, level in enumerate(care) if level == 0 and loop not in parts]
    close = [loop for loop, level in enumerate(care) if level in (1, 2)]
    if free:
        chain = align_joints(round_corners(_chain(rings.take(free), tolerance), distance))
        parts |= dict(zip(free, chain.split(), strict=True))
    if close:
        chain = align_joints(_chain(rings.take(close), tolerance / 2, close=True))
        for loop, part in zip(close, chain.split(), strict=True):
            parts[loop] = part if care[loop] == 1 else replace(part, fixed=~part.fixed)
    for loop, level in enumerate(care):
        if level >= 3:
            points = drop_flat(lines[loop], 0.03) if level == 3 else lines[loop]
            parts[loop] = _polygon(points)
    chain = join([parts[loop] for loop in range(len(care))])
    return refine(chain, *band_samples(distance), rounds=rounds)


def _polygon(points: Points) -> Chain:
    yes = np.ones(len(points), dtype=bool)
    handles = np.repeat(points[:, None], 2, axis=1)
    return Chain(points, handles, yes, yes.copy(), [len(points)], fixed=yes.copy())


def _chain(rings: Rings, tolerance: float, *, close: bool = False) -> Chain:
    """Return the loops as lines and cubics with corners still sharp.

    `close` keeps to the zero line at corners too, where otherwise the sides are produced to meet.
    """
    corners = find_corners(rings)
    if close:
        corners = [found * np.array([1, 0, 0]) for found in corners]
    parts: list[tuple[int, int, int, bool]] = []
    smooth = [loop for loop, found in enumerate(corners) if len(found) == 0]
    starts = _seams(rings, smooth, tolerance) if smooth else {}
    for loop, found in enumerate(corners):
        n = int(rings.sizes[loop])
        if len(found) == 0:
            parts.append((loop, starts[loop], starts[loop] + n, False))
            continue
        following = np.roll(found, -1, axis=0)
        following[-1, 0] += n
        for (c, _, right), (d, left, _) in zip(found.tolist(), following.tolist(), strict=True):
            spare = min(1.0, _SIDE_SHARE * (d - c) / max(left + right, 1))
            low, high = c + int(right * spare), d - int(left * spare)
            if high - low < 1:
                low = max(c, (low + high) // 2)
                high = low + 1
            parts.append((loop, low, high, True))
    runs = segment(rings, _stretches(parts), tolerance=tolerance)
    return assemble(runs, rings, farthest=0.7 if close else 9.0)


def _seams(rings: Rings, loops: list[int], tolerance: float) -> dict[int, int]:
    """Return for each loop without corners a joint of its best segmentation, to begin at."""
    parts = [(loop, 0, int(rings.sizes[loop]), False) for loop in loops]
    runs = segment(rings, _stretches(parts), tolerance=tolerance, stride=5)
    seams = {}
    for loop in loops:
        low = runs.low[runs.loop == loop]
        seams[loop] = int(low[len(low) // 2]) % int(rings.sizes[loop])
    return seams


def _stretches(parts: list[tuple[int, int, int, bool]]) -> Stretches:
    loop, low, high, corner = zip(*parts, strict=True)
    return Stretches(np.array(loop), np.array(low), np.array(high), np.array(corner))
