"""What a picture may be taken for when it is compared: its mark with and without ground or frame.

    picture_fields(rgba)        a picture in any colours → the fields it may be read as
    readings(field)             a mark → itself, and what is left of it without frame or ground
    turned(field, angles)       a mark → itself turned, quickly

No index lives here: that is `engine.originality`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from znak.errors import DrawingError, FieldError
from znak.fields.contour import shoelace, zero_lines
from znak.fields.outline import Points
from znak.fields.sdf import SIZE, Field, check_field, field_of_coverage, signed_distance

_RASTER = 256


def turned(field: Field, angles: Sequence[float]) -> NDArray[np.float32]:
    """Return `field` turned by each angle (degrees, clockwise) about its centre: (n, 64, 64).

    By bilinear sampling: quick, and exact enough to compare.
    """
    padded = np.full((SIZE + 2, SIZE + 2), -1, dtype=np.float32)
    padded[1:-1, 1:-1] = check_field(field)
    ticks = np.arange(SIZE) + 0.5 - SIZE / 2
    gx, gy = np.meshgrid(ticks, ticks)
    out = np.empty((len(angles), SIZE, SIZE), dtype=np.float32)
    for k, angle in enumerate(angles):
        a = math.radians(angle)
        x = np.clip(gx * math.cos(a) + gy * math.sin(a) + SIZE / 2 + 0.5, 0, SIZE + 0.999)
        y = np.clip(gy * math.cos(a) - gx * math.sin(a) + SIZE / 2 + 0.5, 0, SIZE + 0.999)
        column, row = x.astype(np.intp), y.astype(np.intp)
        s, t = (x - column).astype(np.float32), (y - row).astype(np.float32)
        top = padded[row, column] * (1 - s) + padded[row, column + 1] * s
        below = padded[row + 1, column] * (1 - s) + padded[row + 1, column + 1] * s
        out[k] = top * (1 - t) + below * t
    return out


def readings(field: Field) -> list[Field]:
    """Return the marks that `field` may be taken for, itself first.

    Where one loop encloses all others it may be a ground (the mark is what is cut from it) or the
    outside of a frame (the mark is what stands inside).
    """
    field = check_field(field)
    found = [field]
    loops = zero_lines(field, upsample=1)
    for _ in range(2):
        loops = _without_hull(loops)
        if sum(abs(shoelace(loop)) for loop in loops) < 0.004 * SIZE * SIZE:
            break
        found.append(_framed(loops))
    return found


def _without_hull(loops: list[Points]) -> list[Points]:
    """Return `loops` without the outermost if it encloses the others, else none."""
    if len(loops) < 2:
        return []
    areas = [abs(shoelace(loop)) for loop in loops]
    hull = int(np.argmax(areas))
    low, high = loops[hull].min(axis=0), loops[hull].max(axis=0)
    rest = [loop for k, loop in enumerate(loops) if k != hull]
    points = np.concatenate(rest)
    enclosed = (points >= low).all() and (points <= high).all()
    full = areas[hull] > 0.6 * float(np.prod(high - low))
    return rest if enclosed and full else []


def _framed(loops: list[Points]) -> Field:
    points = np.concatenate(loops)
    low, high = points.min(axis=0), points.max(axis=0)
    scale = (SIZE - 8) / max(float((high - low).max()), 1e-6)
    centre = (low + high) / 2
    return signed_distance([(loop - centre) * scale + SIZE / 2 for loop in loops])


def picture_fields(rgba: NDArray[np.uint8]) -> list[Field]:
    """Return the fields that a picture (h, w, 4; straight alpha) may be read as, likeliest first.

    What differs from the ground (the colour of the rim, or nothing where it is clear) is the mark;
    a picture in two colours or more may also mean its dark or its light parts. Raises DrawingError
    for a picture of one flat colour.
    """
    alpha = rgba[..., 3].astype(np.float32) / np.float32(255)
    rgb = rgba[..., :3].astype(np.float32) / np.float32(255)
    rim = np.concatenate([rgba[0], rgba[-1], rgba[:, 0], rgba[:, -1]])
    covers = []
    if (rim[:, 3] > 128).mean() < 0.5:
        covers.append(alpha)
        light = _lightness(rgb)
        inside = alpha > 0.5
        if inside.any():
            low, high = np.percentile(light[inside], (4, 96))
            if high - low > 0.3:
                dark = np.clip((high - light) / (high - low), 0, 1)
                covers += [alpha * dark, alpha * (1 - dark)]
    else:
        ground = np.median(rim[rim[:, 3] > 128][:, :3].astype(np.float32) / 255, axis=0)
        away = np.abs((rgb - ground) * alpha[..., None]).max(axis=2)
        top = float(np.percentile(away, 99.5))
        if top > 0.06:
            covers.append(np.clip(away / min(top, 0.5), 0, 1))
            away = np.abs(_lightness(rgb) - float(_lightness(ground[None])[0])) * alpha
            top = float(np.percentile(away, 99.5))
            if top > 0.2:
                covers.append(np.clip(away / top, 0, 1))
    fields = [field for cover in covers if (field := _field(cover)) is not None]
    if not fields:
        raise DrawingError(
            "the picture is empty or of one flat colour: give one with a mark on it",
            ru="Картинка пуста или одного цвета: дайте картинку со знаком",
        )
    return fields


def _lightness(rgb: NDArray[np.floating]) -> NDArray[np.float32]:
    return np.asarray(rgb @ np.array([0.299, 0.587, 0.114], dtype=np.float32), dtype=np.float32)


def _field(cover: NDArray[np.floating]) -> Field | None:
    """Return the field of the ink of `cover` (h, w), framed, or None without ink."""
    ink = cover > 0.5
    columns, rows = np.flatnonzero(ink.any(axis=0)), np.flatnonzero(ink.any(axis=1))
    if len(columns) < 2 or len(rows) < 2:
        return None
    x0, x1, y0, y1 = columns[0], columns[-1] + 1, rows[0], rows[-1] + 1
    side = max(x1 - x0, y1 - y0) * SIZE / (SIZE - 8)
    left, top = (x0 + x1 - side) / 2, (y0 + y1 - side) / 2
    image = Image.fromarray(np.asarray(cover, dtype=np.float32))
    box = image.transform(
        (_RASTER, _RASTER),
        Image.Transform.AFFINE,
        (side / _RASTER, 0, left, 0, side / _RASTER, top),
        resample=Image.Resampling.BILINEAR,
    )
    try:
        return field_of_coverage(np.asarray(box, dtype=np.float32))
    except FieldError:
        return None
