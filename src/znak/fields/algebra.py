"""Design as arithmetic on fields: combine, thicken, cut, mirror and blend marks.

All functions take and return fields (float32 (64, 64), see `sdf`); lengths are field pixels,
angles degrees, clockwise on the screen. Union, intersection and subtraction keep the zero line
exact but not always the distances; call `redistance` before an offset or an outline of their
result when true widths matter.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from znak.errors import FieldError
from znak.fields.contour import zero_lines
from znak.fields.sdf import CLAMP, SIZE, Field, check_field, redistance, signed_distance


def union(*fields: Field) -> Field:
    """Return what lies inside any of `fields`."""
    return _clip(np.maximum.reduce([check_field(field) for field in fields]))


def intersection(*fields: Field) -> Field:
    """Return what lies inside all of `fields`."""
    return _clip(np.minimum.reduce([check_field(field) for field in fields]))


def complement(field: Field) -> Field:
    """Return the inside as outside and the other way round."""
    return -check_field(field)


def subtract(field: Field, *cut: Field) -> Field:
    """Return `field` without what lies inside any of `cut`."""
    return intersection(field, *(complement(other) for other in cut))


def smooth_union(a: Field, b: Field, *, radius: float) -> Field:
    """Return the union whose inner corners are filled over about `radius` px (Quilez's quadratic
    polynomial smooth maximum).
    """
    a, b = check_field(a), check_field(b)
    k = np.float32(_positive(radius, "radius") / CLAMP)
    blend = np.maximum(k - np.abs(a - b), 0) / k
    return _clip(np.maximum(a, b) + blend * blend * k / 4)


def smooth_intersection(a: Field, b: Field, *, radius: float) -> Field:
    """Return the intersection whose outer corners are rounded over about `radius` px."""
    return complement(smooth_union(complement(a), complement(b), radius=radius))


def smooth_subtract(field: Field, cut: Field, *, radius: float) -> Field:
    """Return `field` without `cut`, the edge between them softened over about `radius` px."""
    return smooth_intersection(field, complement(cut), radius=radius)


def offset(field: Field, distance: float) -> Field:
    """Return the mark grown by `distance` px on all sides (shrunk when negative; within ±8)."""
    if not abs(distance) < CLAMP:
        raise FieldError(
            f"an offset of {distance} px is beyond the field's reach: keep it within ±{CLAMP:g}",
            ru=f"Сдвиг {distance} px больше, чем хранит поле: держите его в пределах ±{CLAMP:g}",
        )
    return _clip(check_field(field) + np.float32(distance / CLAMP))


def outline(field: Field, *, width: float, place: float = 0.0) -> Field:
    """Return the mark's outline as a line of `width` px.

    `place` says where it runs: 0 centred on the edge, -1 inside it, 1 outside.
    """
    half = _positive(width, "width") / 2
    if width >= CLAMP:
        raise FieldError(
            f"a line {width} px wide is beyond the field's reach: keep it below {CLAMP:g}",
            ru=f"Линия шириной {width} px больше, чем хранит поле: держите её меньше {CLAMP:g}",
        )
    shifted = check_field(field) + np.float32(place * half / CLAMP)
    return _clip(np.float32(half / CLAMP) - np.abs(shifted))


def double_line(field: Field, *, width: float, gap: float) -> Field:
    """Return two lines of `width` px along the edge, `gap` px apart, both inside it."""
    outer = outline(field, width=width, place=-1.0)
    inner = outline(redistance(offset(field, -(width + gap))), width=width, place=-1.0)
    return union(outer, inner)


def inline(field: Field, *, width: float, inset: float) -> Field:
    """Return the mark with a line of `width` px knocked out, `inset` px inside its edge."""
    core = redistance(offset(field, -inset))
    return subtract(field, outline(core, width=width, place=-1.0))


def rounded(field: Field, *, radius: float) -> Field:
    """Return the mark with outer and inner corners rounded to about `radius` px.

    An opening followed by a closing, distances restored in between.
    """
    r = _positive(radius, "radius")
    opened = offset(redistance(offset(redistance(field), -r)), r)
    return redistance(offset(redistance(offset(redistance(opened), r)), -r))


def half_plane(*, angle: float = 0.0, position: float = 0.0) -> Field:
    """Return the field of a half-plane.

    Its edge passes `position` px beyond the centre in the direction `angle` (0: to the right);
    the side behind it is inside.
    """
    x, y = _samples()
    a = math.radians(angle)
    along = (x - SIZE / 2) * math.cos(a) + (y - SIZE / 2) * math.sin(a)
    return _clip((position - along) / CLAMP)


def split(
    field: Field, *, angle: float = 0.0, position: float = 0.0, gap: float = 0.0
) -> tuple[Field, Field]:
    """Return the two parts of `field` on both sides of a line, `gap` px apart.

    The line is that of `half_plane`; the first part is the one behind it.
    """
    near = half_plane(angle=angle, position=position - gap / 2)
    far = complement(half_plane(angle=angle, position=position + gap / 2))
    return intersection(field, near), intersection(field, far)


def stripes(
    field: Field, *, period: float, width: float, angle: float = 0.0, phase: float = 0.0
) -> Field:
    """Return `field` cut into stripes of `width` px every `period` px.

    `angle` is the direction across the stripes; one stripe is centred `phase` px from the centre.
    """
    if not 0 < width < period:
        raise FieldError(
            f"stripes {width} px wide don't fit a period of {period} px: make the width smaller",
            ru=f"Полосы шириной {width} px не помещаются в шаг {period} px: уменьшите ширину",
        )
    x, y = _samples()
    a = math.radians(angle)
    along = (x - SIZE / 2) * math.cos(a) + (y - SIZE / 2) * math.sin(a) - phase
    away = np.abs((along + period / 2) % period - period / 2)
    return intersection(field, _clip((width / 2 - away) / CLAMP))


def mirror(field: Field, *, axis: str = "x") -> Field:
    """Return the mirror image: `axis` "x" swaps left and right, "y" top and bottom."""
    return np.ascontiguousarray(check_field(field)[:, ::-1] if _axis(axis) == "x" else field[::-1])


def symmetrise(field: Field, *, axis: str = "x") -> Field:
    """Return the average of `field` and its mirror image, exactly symmetric."""
    field = check_field(field)
    return np.asarray((field + mirror(field, axis=axis)) / 2, dtype=np.float32)


def interpolate(a: Field, b: Field, share: float) -> Field:
    """Return the mark `share` of the way from `a` (0) to `b` (1)."""
    if not 0 <= share <= 1:
        raise FieldError(
            f"a share of {share} is not between two marks: give 0 to 1",
            ru=f"Доля {share} — не между двумя знаками: дайте от 0 до 1",
        )
    return np.asarray((1 - share) * check_field(a) + share * check_field(b), dtype=np.float32)


def place(
    field: Field,
    *,
    scale: float = 1.0,
    angle: float = 0.0,
    shift: tuple[float, float] = (0.0, 0.0),
) -> Field:
    """Return the mark scaled and turned about the canvas centre, then moved by `shift` px.

    Goes through the outline, so distances stay exact at any scale.
    """
    _positive(scale, "scale")
    a = math.radians(angle)
    turn = scale * np.array([[math.cos(a), math.sin(a)], [-math.sin(a), math.cos(a)]])
    centre = SIZE / 2
    loops = zero_lines(check_field(field), upsample=2)
    return signed_distance([(loop - centre) @ turn + centre + np.asarray(shift) for loop in loops])


def _samples() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    y, x = np.mgrid[:SIZE, :SIZE].astype(np.float32) + np.float32(0.5)
    return x, y


def _clip(values: NDArray[np.floating]) -> Field:
    return np.asarray(np.clip(values, -1, 1), dtype=np.float32)


def _positive(value: float, name: str) -> float:
    if not (math.isfinite(value) and value > 0):
        raise FieldError(
            f"{name} is {value}: give a number above 0",
            ru=f"{name} = {value}: нужно число больше 0",
        )
    return value


def _axis(axis: str) -> str:
    if axis not in ("x", "y"):
        raise FieldError(
            f"axis is {axis!r}: give 'x' or 'y'", ru=f"Ось {axis!r} не годится: 'x' или 'y'"
        )
    return axis
