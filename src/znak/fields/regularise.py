"""What a designer does to a rough sketch: from a rough field to a clean outline.

`regularise` takes a field that a weak model drew, lets a small network mend it (`mend`) and returns
an outline in which near-straight is straight, near-level level, near-round round, near-equal equal and nearly symmetric symmetric,
without specks and hair cracks. Each change stays within a tolerance, estimated from the field's own
roughness when none is given; a clean field is left as `trace` draws it. What would change the
number of parts or holes, or make an outline cross itself, is done more timidly, at last not at all.

The figures are printed by benchmarks/regularise.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from znak.errors import FieldError
from znak.fields.contour import shoelace, zero_lines
from znak.fields.mend import mend
from znak.fields.outline import Loop, Outline, Points
from znak.fields.regular.cleaning import close_cracks, drop_specks
from znak.fields.regular.crossings import crossing_loops
from znak.fields.regular.halves import mirror_outline
from znak.fields.regular.mirror import asymmetry, flip_diagonal, mirror_axis, shift
from znak.fields.regular.sketch import draw
from znak.fields.sdf import CLAMP, SIZE, Field, check_field, redistance
from znak.fields.trace import trace

SPECK = 4.0
"""Parts and holes smaller than this are specks where the field is rough, square px."""
CLEAN = 0.028
"""A field is clean, and only traced, when its roughness is below this."""
MOST = 0.65
"""Largest tolerance that is chosen without being asked for, field px."""
_ROUGH = 0.075
"""Roughness that asks for the largest tolerance; three quarters of `roughen`'s output has more."""
_MENDED = 0.6
"""What mending leaves of the tolerance."""
BOLD = 1.1
"""Largest tolerance for sketches (`simplify`), field px; larger ones lose what tells things apart."""
_BOLDEST, _TIMIDER = 4.0, 0.7
"""Most by which a sketch's tolerance exceeds a drawing's; what each further try leaves of it."""
_TYPICAL = 0.6
"""Tolerance that suits a field overlapping the intended one by 0.93, field px."""
_MEAN, _LOCAL = 0.75, 1.8
"""Mean distance to the mirror image, and its largest local mean, below which a mark is symmetric;
px at the `_TYPICAL` tolerance."""
_SWAP = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])


def roughness(field: Field) -> float:
    """Return how far the field's slope near its zero line is from a distance field's, 0 to 1.

    A true distance field has slope 1 px per px; blur and noise change it.
    """
    rows, columns = np.gradient(field * CLAMP)
    near = np.abs(field) < 1.5 / CLAMP
    near[[0, -1]] = near[:, [0, -1]] = False
    if not near.any():
        return 0.0
    slope = np.hypot(rows[near], columns[near])
    return float(min(np.median(np.abs(slope - 1)), 1.0))


def tolerance_of(field: Field) -> float:
    """Return the tolerance that suits the field's roughness in field px, 0 for a clean field."""
    rough = roughness(field)
    return 0.0 if rough < CLEAN else MOST * min(1.0, rough / _ROUGH)


def regularise(
    field: NDArray[np.generic], *, tolerance: float | None = None, mended: Field | None = None
) -> Outline:
    """Return the clean outline of a rough `field` (64, 64; float32 in [-1, 1] or int8).

    `tolerance` in field px is how far the outline may stray from the field's zero line to be
    simpler; by default it follows the field's roughness. 0 only traces. `mended` is what `mend`
    makes of the field, where that is known. Raises FieldError for what is no field and for a field
    without an outline.
    """
    values = check_field(field)
    if tolerance is None:
        tolerance = _MENDED * tolerance_of(values)
    if tolerance <= 0:
        return trace(values)
    drawn = _redraw(mend(values) if mended is None else mended, tolerance)
    return trace(values) if drawn is None else drawn[0]


def simplify(
    field: NDArray[np.generic], *, tolerance: float | None = None, mended: Field | None = None
) -> Outline:
    """Return the simplest outline of a sketched `field` (64, 64; float32 in [-1, 1] or int8).

    What a model samples wobbles by more than its roughness tells, so it is regularised with up to
    `_BOLDEST` times the `tolerance` in field px that `regularise` would take (at most `BOLD`), less
    where that would change the number of parts or holes or lose a symmetry, and what nearly is a
    circle, an ellipse, a bar or a box becomes one. With a tolerance of 0, which is a clean
    field's, it is only traced. `mended` and errors as for `regularise`.
    """
    values = check_field(field)
    least = _MENDED * tolerance_of(values) if tolerance is None else tolerance
    if least <= 0:
        return trace(values)
    whole = mend(values) if mended is None else mended
    wanted = _count(
        shoelace(line) for line in zero_lines(drop_specks(close_cracks(whole), SPECK), upsample=2)
    )
    bold = min(BOLD, _BOLDEST * least)
    while bold > least:
        drawn = _redraw(whole, bold, primitives=True)
        if drawn is not None and drawn[1] and _count(lp.area for lp in drawn[0].loops) == wanted:
            return drawn[0]
        bold *= _TIMIDER
    return regularise(values, tolerance=least, mended=whole)


def _redraw(
    mended: Field, tolerance: float, *, primitives: bool = False
) -> tuple[Outline, bool] | None:
    """Return the outline of a mended field and whether it has the field's symmetry; None without ink."""
    values, axes = _prepare(mended, tolerance)
    lines = [line for line in zero_lines(values, upsample=2) if abs(shoelace(line)) >= SPECK]
    return _mirror(_outline(lines, values, tolerance, primitives), axes) if lines else None


def _count(areas: Iterable[float]) -> tuple[int, int]:
    """Return how many of the loops' signed areas are parts, and how many holes; specks are neither."""
    some = [area for area in areas if abs(area) >= SPECK]
    return sum(area > 0 for area in some), sum(area < 0 for area in some)


def regularise_field(field: NDArray[np.generic], *, tolerance: float | None = None) -> Field:
    """Return `field` without specks and cracks, symmetric where it nearly is, as a distance field."""
    values = check_field(field)
    if tolerance is None:
        tolerance = _MENDED * tolerance_of(values)
    if tolerance <= 0:
        return values
    values, axes = _prepare(mend(values), tolerance)
    if axes.level is not None:
        values = np.ascontiguousarray(shift(values.T, axes.level - SIZE / 2).T)
    if axes.upright is not None:
        values = shift(values, axes.upright - SIZE / 2)
    return redistance(values)


def regularise_outline(outline: Outline, *, tolerance: float = _TYPICAL) -> Outline:
    """Return a rough outline drawn again within the tolerance; a loop that resists is kept."""
    drawn = draw(outline.flatten(16), tolerance, blur=0.9)
    loops = [new or old for new, old in zip(drawn, outline.loops, strict=True)]
    for k in crossing_loops(loops):
        loops[k] = outline.loops[k]
    return outline if crossing_loops(loops) else Outline(tuple(loops))


class _Axes(NamedTuple):
    """What a field is symmetric about: x of an upright line, y of a level one, or a diagonal."""

    upright: float | None
    level: float | None
    diagonal: bool | None = None
    """Through the middle of the canvas, running down (True) or up; looked for where both are None."""


def _prepare(field: Field, tolerance: float) -> tuple[Field, _Axes]:
    """Return the cleaned field, moved so that its mirror axes lie in the middle, and the axes."""
    field = drop_specks(close_cracks(field), SPECK)
    scale = min(tolerance / _TYPICAL, 1.2)
    axes: list[float | None] = [None, None]
    for k in range(2):
        view = field if k == 0 else np.ascontiguousarray(field.T)
        axis, mean, local = mirror_axis(view)
        if mean < _MEAN * scale and local < _LOCAL * scale:
            axes[k] = axis
            view = shift(view, SIZE / 2 - axis)
            view = np.asarray((view + view[:, ::-1]) / 2, dtype=np.float32)
            field = view if k == 0 else np.ascontiguousarray(view.T)
    if axes != [None, None]:
        return field, _Axes(axes[0], axes[1])
    for down in (True, False):
        image = flip_diagonal(field, down)
        mean, local = asymmetry(field, image)
        if mean < _MEAN * scale and local < _LOCAL * scale:
            return np.asarray((field + image) / 2, dtype=np.float32), _Axes(None, None, down)
    return field, _Axes(None, None)


def _outline(lines: list[Points], values: Field, tolerance: float, primitives: bool) -> Outline:
    """Return the drawn loops of `lines`; the traced one where a line resists or loops cross."""
    drawn = draw(lines, tolerance, blur=0.9, primitives=primitives)
    crossing = crossing_loops([loop for loop in drawn if loop is not None])
    if crossing and primitives:
        return _outline(lines, values, tolerance, False)
    if not crossing and None not in drawn:
        return Outline(tuple(loop for loop in drawn if loop is not None))
    known = [k for k, loop in enumerate(drawn) if loop is not None]
    for k in crossing:
        drawn[known[k]] = None
    try:
        plain = trace(values, tolerance=0.3 * tolerance)
    except FieldError:
        return Outline(tuple(Loop.polygon(line) for line in lines))
    loops = [
        loop if loop is not None else min(plain.loops, key=lambda other: _apart(other, line))
        for loop, line in zip(drawn, lines, strict=True)
    ]
    return plain if crossing_loops(loops) else Outline(tuple(loops))


def _apart(loop: Loop, line: Points) -> float:
    """Return how different a loop and a polyline are in place and size."""
    points = loop.flatten()
    place = np.abs(points.min(axis=0) - line.min(axis=0)) + np.abs(
        points.max(axis=0) - line.max(axis=0)
    )
    wrong = 64.0 if loop.area * shoelace(line) < 0 else 0.0
    return float(place.sum() + wrong)


def _mirror(outline: Outline, axes: _Axes) -> tuple[Outline, bool]:
    """Return the outline made exactly symmetric about the middle and moved to its axes, and if it could be."""
    turns = []
    if axes.upright is not None:
        turns.append((np.eye(2, 3), np.eye(2, 3)))
    if axes.level is not None:
        turns.append((_SWAP, _SWAP))
    if axes.diagonal is not None:
        turns.append((_turn(axes.diagonal), _turn(not axes.diagonal)))
    could = True
    for turn, back in turns:
        mirrored = mirror_outline(outline.transform(turn), SIZE / 2)
        if mirrored is None or crossing_loops(mirrored.loops):
            could = False
            continue
        outline = mirrored.transform(back)
    x, y = (0.0 if axis is None else axis - SIZE / 2 for axis in (axes.upright, axes.level))
    return outline.transform(np.array([[1.0, 0.0, x], [0.0, 1.0, y]])), could


def _turn(down: bool) -> NDArray[np.float64]:
    """Return the turn by 45° about the middle that sets the diagonal running `down` upright."""
    c, s = np.sqrt(0.5), np.sqrt(0.5) * (1 if down else -1)
    middle = SIZE / 2
    return np.array(
        [[c, -s, middle - (c - s) * middle], [s, c, middle - (s + c) * middle]], dtype=np.float64
    )
