"""Signed distance fields: what a mark is.

A field is float32 (64, 64) in [-1, 1]: the signed distance from each sample to the outline over
`CLAMP` = 8 field pixels, positive inside, samples at pixel centres, rows downwards. Stored fields
are int8, value × 127. This module makes fields from outlines and drawings and mends fields that
are no longer distances; `contour` and `trace` go the other way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from znak.errors import DrawingError, FieldError
from znak.fields import svg as svg_module
from znak.fields.contour import zero_lines
from znak.fields.outline import Outline, Points

SIZE = 64
"""Side of a field, in samples."""
CLAMP = 8.0
"""Distance in field pixels that maps to ±1."""
INK = 56.0
"""Longest side of a normalised drawing's ink, in field pixels; it is centred on the canvas."""

Field = NDArray[np.float32]

_PROBE = 64
_RASTER = 256
_TILE = 8


def check_field(field: NDArray[np.generic]) -> Field:
    """Return `field` as float32 (64, 64); raise FieldError when it is no field."""
    array = np.asarray(field)
    if array.shape != (SIZE, SIZE):
        raise FieldError(
            f"a field is {SIZE}×{SIZE}, this array is {'×'.join(map(str, array.shape))}",
            ru=f"Поле — это {SIZE}×{SIZE}, а этот массив {'×'.join(map(str, array.shape))}",
        )
    if array.dtype == np.int8:
        return dequantise(array)
    array = array.astype(np.float32)
    if not np.isfinite(array).all():
        raise FieldError(
            "the field holds NaN or infinity: sample it again",
            ru="В поле есть NaN или бесконечность: постройте его заново",
        )
    return np.asarray(np.clip(array, -1.0, 1.0), dtype=np.float32)


def quantise(field: Field) -> NDArray[np.int8]:
    """Return the stored form of `field`: int8, value × 127, rounded."""
    return np.asarray(np.rint(np.clip(field, -1, 1) * 127), dtype=np.int8)


def dequantise(stored: NDArray[np.generic]) -> Field:
    """Return the field of a stored int8 array (any leading shape)."""
    return np.asarray(stored, dtype=np.float32) / np.float32(127)


def signed_distance(loops: Sequence[Points]) -> Field:
    """Return the exact field of closed polylines (each (n, 2), field px; end not repeated).

    The even-odd rule says what is inside.
    """
    if not loops:
        return np.full((SIZE, SIZE), -1.0, dtype=np.float32)
    starts = np.concatenate(loops)
    ends = np.concatenate([np.roll(loop, -1, axis=0) for loop in loops])
    inside = _even_odd(starts, ends)
    distance = _distance(starts.astype(np.float32), ends.astype(np.float32))
    return np.asarray(np.where(inside, distance, -distance) / CLAMP, dtype=np.float32)


def _distance(starts: NDArray[np.float32], ends: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the unsigned distance to the segments, clamped, tile by tile of near segments."""
    out = np.full((SIZE, SIZE), CLAMP, dtype=np.float32)
    low, high = np.minimum(starts, ends), np.maximum(starts, ends)
    step = ends - starts
    length2 = np.maximum((step**2).sum(axis=1), 1e-12)
    offsets = np.arange(_TILE, dtype=np.float32) + np.float32(0.5)
    ys, xs = (grid.ravel() for grid in np.meshgrid(offsets, offsets, indexing="ij"))
    for top in range(0, SIZE, _TILE):
        rows = (high[:, 1] > top - CLAMP) & (low[:, 1] < top + _TILE + CLAMP)
        if not rows.any():
            continue
        for left in range(0, SIZE, _TILE):
            near = rows & (high[:, 0] > left - CLAMP) & (low[:, 0] < left + _TILE + CLAMP)
            index = np.flatnonzero(near)
            if len(index) == 0:
                continue
            dx = (xs + np.float32(left))[:, None] - starts[index, 0]
            dy = (ys + np.float32(top))[:, None] - starts[index, 1]
            ux, uy = step[index, 0], step[index, 1]
            t = np.clip((dx * ux + dy * uy) / length2[index], 0, 1)
            dx -= t * ux
            dy -= t * uy
            nearest = np.sqrt((dx * dx + dy * dy).min(axis=1))
            tile = out[top : top + _TILE, left : left + _TILE]
            np.minimum(tile, nearest.reshape(_TILE, _TILE), out=tile)
    return out


def _even_odd(starts: Points, ends: Points) -> NDArray[np.bool_]:
    """Return which samples lie inside by the even-odd rule, from crossings of their rows."""
    flips = np.zeros((SIZE, SIZE + 1), dtype=np.int64)
    y = np.arange(SIZE) + 0.5
    above = starts[:, 1][None, :] <= y[:, None]
    crossing = above != (ends[:, 1][None, :] <= y[:, None])
    row, segment = np.nonzero(crossing)
    a, b = starts[segment], ends[segment]
    x = a[:, 0] + (y[row] - a[:, 1]) * (b[:, 0] - a[:, 0]) / (b[:, 1] - a[:, 1])
    column = np.clip(np.ceil(x - 0.5), 0, SIZE).astype(np.int64)
    np.add.at(flips, (row, column), 1)
    inside = np.cumsum(flips, axis=1)[:, :SIZE] % 2 == 1
    return np.asarray(inside)


def redistance(field: Field) -> Field:
    """Return the exact signed distance field of `field`'s own zero line.

    Needed after operations that keep the zero line and lose the distances, and for model output.
    """
    field = check_field(field)
    loops = zero_lines(field, upsample=2)
    if not loops:
        return np.full((SIZE, SIZE), 1.0 if field[0, 0] > 0 else -1.0, dtype=np.float32)
    return signed_distance(loops)


def field_of_outline(outline: Outline) -> Field:
    """Return the field of an outline."""
    return signed_distance(outline.flatten())


def field_of_coverage(raster: NDArray[np.float32]) -> Field:
    """Return the field of an antialiased raster (n, n) in [0, 1] that covers the canvas.

    n is a multiple of 64; the outline is the line of half coverage, found between pixels.
    """
    scale = raster.shape[0] // SIZE
    if raster.shape != (scale * SIZE, scale * SIZE) or scale == 0:
        raise FieldError(
            f"a raster of {raster.shape} doesn't cover the canvas: give a square, side n × {SIZE}",
            ru=f"Растр {raster.shape} не покрывает холст: нужен квадрат со стороной n × {SIZE}",
        )
    return signed_distance(zero_lines(raster - np.float32(0.5), upsample=1, scale=1 / scale))


@dataclass(frozen=True, eq=False)
class Drawing:
    """An SVG framed for the canvas: `svg` with its ink centred, longest side 56 of the 64 units
    of a square view box, and `loops`, the same silhouette as closed polylines in field px.
    """

    svg: str
    loops: tuple[Points, ...]

    @cached_property
    def field(self) -> Field:
        """The field of the silhouette."""
        return signed_distance(self.loops)


def frame(svg: str) -> Drawing:
    """Return the drawing in `svg`, checked, framed and outlined.

    Raises DrawingError for what `svg.parse` refuses and for a drawing without ink.
    """
    root = svg_module.parse(svg)
    x, y, width, height = svg_module.view_box(root)
    side = max(width, height)
    box = (x + width / 2 - side / 2, y + height / 2 - side / 2, side, side)
    for _ in range(3):
        cover = svg_module.coverage(svg_module.with_view_box(root, box), _PROBE)
        left, top, right, bottom = _ink_box(cover)
        box = _frame_box(box, _PROBE, (left, top, right, bottom))
        if max(right - left, bottom - top) > _PROBE / 2:
            break
    cover = svg_module.coverage(svg_module.with_view_box(root, box), _RASTER)
    loops = zero_lines(cover - np.float32(0.5))
    if not loops:
        raise _empty()
    points = np.concatenate(loops)
    low, high = points.min(axis=0), points.max(axis=0)
    scale = INK / float((high - low).max())
    centre = (low + high) / 2
    box = _frame_box(box, _RASTER, (*low.tolist(), *high.tolist()))
    return Drawing(
        svg_module.with_view_box(root, box),
        tuple((loop - centre) * scale + SIZE / 2 for loop in loops),
    )


def _frame_box(
    box: tuple[float, float, float, float], pixels: int, ink: tuple[float, float, float, float]
) -> tuple[float, float, float, float]:
    """Return the view box that frames `ink` (left, top, right, bottom; pixels of `box` rendered)."""
    unit = box[2] / pixels
    left, top, right, bottom = ink
    side = max(right - left, bottom - top) * unit * SIZE / INK
    x, y = box[0] + (left + right) / 2 * unit, box[1] + (top + bottom) / 2 * unit
    return x - side / 2, y - side / 2, side, side


def _ink_box(cover: NDArray[np.float32]) -> tuple[float, float, float, float]:
    """Return left, top, right, bottom of the ink in pixels, edges from the coverage itself."""
    columns, rows = cover.max(axis=0), cover.max(axis=1)
    xs, ys = np.flatnonzero(columns > 0.1), np.flatnonzero(rows > 0.1)
    if len(xs) == 0 or len(ys) == 0:
        raise _empty()
    return (
        float(xs[0] + 1 - columns[xs[0]]),
        float(ys[0] + 1 - rows[ys[0]]),
        float(xs[-1] + columns[xs[-1]]),
        float(ys[-1] + rows[ys[-1]]),
    )


def _empty() -> DrawingError:
    return DrawingError(
        "the drawing is empty: nothing is painted inside its view box",
        ru="Рисунок пуст: внутри его viewBox ничего не нарисовано",
    )


def field_of_svg(svg: str) -> Field:
    """Return the field of a drawing's silhouette, framed as by `frame` (which raises)."""
    return frame(svg).field
