"""Loops → the circle, ellipse, bar with round ends or box that a designer would have put there.

A loop of a few pixels is drawn by a model with an error as large as its details, so that little is
told of its form: where a primitive covers nearly the same area, it is meant. Larger loops must be
nearer to it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from znak.fields.contour import shoelace
from znak.fields.outline import Loop, Points
from znak.fields.regular.equalise import share
from znak.fields.regular.pieces import Floats

LARGEST = 1000.0
"""Area up to which a loop may be a primitive, square px."""
_BEST, _LESS, _LEAST = 0.98, 0.8, 0.86
"""A primitive is taken from an overlap of `_BEST` on, less `_LESS` over the root of the area, px,
but not below `_LEAST`: the same distance between outlines costs small loops more overlap."""
_RATHER = {"circle": 0.04, "ellipse": 0.0, "bar": 0.01, "box": 0.005, "round box": -0.015}
"""By how much less overlap a kind is preferred to others."""
_ASPECT, _SQUARE = 6.0, 1.15
"""Longest aspect that is looked at, and that below which a loop has no direction of its own."""
_TURN = math.radians(12)
"""Angles nearer than this to a multiple of 45° become it."""
_ALIKE = 1.35
"""Ratio of areas, and of aspects, up to which loops are meant to be equal."""
_FINE = 4
"""Samples a pixel where overlaps are measured."""
_KAPPA = 0.5519150244935106
"""Handle length of a quarter circle of radius 1."""


class _Form(NamedTuple):
    """Half length and half width, and the radius of the corners; an ellipse's is endless."""

    half: float
    other: float
    radius: float


@dataclass
class _Found:
    """A loop: where it lies, and the primitive of each kind that covers it best."""

    index: int
    centre: Floats
    aspect: float
    angle: float
    area: float
    forms: dict[str, tuple[float, _Form]]


def find_primitives(
    lines: Sequence[Points], slack: float, *, centres: Sequence[Floats] = ()
) -> list[Loop | None]:
    """Return the primitive that each closed polyline (n, 2; px) means, None where it means none.

    What is nearly equal becomes equal, and rows and columns within `slack` px one; `centres` are
    those of the circles that are there already.
    """
    out: list[Loop | None] = [None] * len(lines)
    known = np.reshape(centres, (-1, 2))
    found = [one for k, line in enumerate(lines) if (one := _look(k, line)) is not None]
    for group in _groups(found):
        weights = np.array([abs(one.area) for one in group])
        places = np.array([one.centre for one in group])
        for k in range(2):
            places[:, k] = _settle(share(places[:, k], weights, slack), known[:, k], slack)
        common = set.intersection(*(set(s.forms) for s in group))
        alike = _preferred({k: sum(s.forms[k][0] for s in group) / len(group) for k in common})
        for k, one in enumerate(group):
            kind = alike or _preferred({name: form[0] for name, form in one.forms.items()})
            if kind is None:
                continue
            like = [s.forms[kind][1] for s in group] if alike else [one.forms[kind][1]]
            form = _Form(*np.mean(like, axis=0).tolist())
            out[one.index] = _draw(places[k], form, one.angle, clockwise=one.area > 0)
    return out


def _settle(values: Floats, known: Floats, slack: float) -> Floats:
    """Return `values`, those within `slack` of a known one equal to it."""
    if not len(known):
        return values
    nearest = known[np.abs(values[:, None] - known).argmin(axis=1)]
    return np.where(np.abs(values - nearest) <= slack, nearest, values)


def _preferred(overlaps: dict[str, float]) -> str | None:
    return max(overlaps, key=lambda kind: overlaps[kind] + _RATHER[kind], default=None)


def _groups(found: list[_Found]) -> list[list[_Found]]:
    """Return the loops that are meant to be equal, together."""
    groups: list[list[_Found]] = []
    for one in sorted(found, key=lambda f: (f.area, f.index)):
        for group in groups:
            ratio = one.area / group[0].area, one.aspect / group[0].aspect
            if all(1 / _ALIKE <= r <= _ALIKE for r in ratio):
                group.append(one)
                break
        else:
            groups.append([one])
    return groups


def _look(index: int, points: Points) -> _Found | None:
    """Return what a loop may mean, None where it means no primitive."""
    area = shoelace(points)
    if not 0 < abs(area) <= LARGEST:
        return None
    centre, (a, b), angle = _moments(points)
    if a > _ASPECT * b:
        return None
    turned = round(angle / (math.pi / 4)) * math.pi / 4
    angles = [turned, angle] if abs(angle - turned) < _TURN else [angle]
    low, high = points.min(axis=0) - 0.5, points.max(axis=0) + 0.5
    count = np.ceil((high - low) * _FINE).astype(int)
    x, y = (low[k] + (np.arange(count[k]) + 0.5) / _FINE for k in range(2))
    inside = _inside(points, x, y)
    away = x[None, :] - centre[0], y[:, None] - centre[1]
    least = max(_BEST - _LESS / abs(area) ** 0.5, _LEAST)
    for way in angles if a >= _SQUARE * b else [0.0]:
        forms: dict[str, tuple[float, _Form]] = {}
        for kind, form in _candidates(abs(area), a, b):
            mask = _covered(form, way, *away)
            overlap = float((mask & inside).sum() / max((mask | inside).sum(), 1))
            if overlap >= least and (kind not in forms or overlap > forms[kind][0]):
                forms[kind] = overlap, form
        if forms:
            return _Found(index, centre, a / b, way, area, forms)
    return None


def _covered(form: _Form, angle: float, dx: Floats, dy: Floats) -> NDArray[np.bool_]:
    """Return which places, told from the centre, the turned form covers."""
    c, s = math.cos(angle), math.sin(angle)
    u, v = np.abs(c * dx + s * dy), np.abs(c * dy - s * dx)
    if math.isinf(form.radius):
        return np.asarray((u / form.half) ** 2 + (v / form.other) ** 2 <= 1)
    du = np.maximum(u - form.half + form.radius, 0)
    dv = np.maximum(v - form.other + form.radius, 0)
    round_ = du**2 + dv**2 <= form.radius**2 + 1e-9
    return np.asarray(round_ & (u <= form.half) & (v <= form.other))


def _candidates(area: float, a: float, b: float) -> Iterator[tuple[str, _Form]]:
    """Yield primitives of this area; `a`, `b` are the semi-axes of the ellipse of its moments."""
    r, aspect = math.sqrt(area / math.pi), a / b
    yield "circle", _Form(r, r, math.inf)
    yield "ellipse", _Form(r * aspect**0.5, r / aspect**0.5, math.inf)
    # a bar is 1.03 times as long for its width as the ellipse of its moments
    for longer in (0.88 * aspect, 1.03 * aspect, 1.18 * aspect):
        if longer > 1.2:
            w = math.sqrt(area / (4 * longer - 4 + math.pi))
            yield "bar", _Form(w * longer, w, w)
    for kind, part in (("box", 0.0), ("round box", 0.25), ("round box", 0.5)):
        w = math.sqrt(area / (4 * aspect - (4 - math.pi) * part**2))
        yield kind, _Form(w * aspect, w, part * w)


def _moments(points: Points) -> tuple[Floats, tuple[float, float], float]:
    """Return centre, semi-axes and angle of the ellipse with the loop's area moments."""
    mean = points.mean(axis=0)
    x, y = (points - mean).T
    u, v = np.roll(x, -1), np.roll(y, -1)
    cross = x * v - u * y
    area = cross.sum() / 2
    cx, cy = ((x + u) * cross).sum() / 6 / area, ((y + v) * cross).sum() / 6 / area
    xx = (x * x + x * u + u * u) @ cross / 12 / area - cx * cx
    yy = (y * y + y * v + v * v) @ cross / 12 / area - cy * cy
    xy = (x * v + 2 * x * y + 2 * u * v + u * y) @ cross / 24 / area - cx * cy
    spread = math.hypot((xx - yy) / 2, xy)
    long, short = (xx + yy) / 2 + spread, max((xx + yy) / 2 - spread, 1e-6)
    axes = (2 * math.sqrt(long), 2 * math.sqrt(short))
    return mean + np.array([cx, cy]), axes, 0.5 * math.atan2(2 * xy, xx - yy)


def _inside(points: Points, x: Floats, y: Floats) -> NDArray[np.bool_]:
    """Return (rows, columns): whether the places lie within the closed polyline (even-odd)."""
    (px, py), (qx, qy) = points.T, np.roll(points, -1, axis=0).T
    odd = np.zeros((len(y), len(x)), dtype=bool)
    for row, level in enumerate(y):
        cut = (py <= level) != (qy <= level)
        at = px[cut] + (level - py[cut]) / (qy[cut] - py[cut]) * (qx[cut] - px[cut])
        odd[row] = (at[:, None] > x).sum(axis=0) % 2 == 1
    return odd


def _draw(centre: Floats, form: _Form, angle: float, *, clockwise: bool) -> Loop:
    half = np.array([form.half, form.other])
    radii = np.minimum(half, form.radius)
    ways = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
    after = np.roll(ways, -1, axis=0)
    turns = (ways + after) * (half - radii)
    starts, ends = turns + ways * radii, turns + after * radii
    anchors: list[Floats] = []
    handles: list[list[Floats]] = []
    straight: list[bool] = []
    for k in range(4):
        if radii[0] > 0:
            anchors.append(starts[k])
            first, second = _KAPPA * after[k] * radii, _KAPPA * ways[k] * radii
            handles.append([starts[k] + first, ends[k] + second])
            straight.append(False)
        if np.abs(starts[(k + 1) % 4] - ends[k]).max() > 1e-6:
            anchors.append(ends[k])
            handles.append([ends[k], ends[k]])
            straight.append(True)
    c, s = math.cos(angle), math.sin(angle)
    turn = np.array([[c, -s, centre[0]], [s, c, centre[1]]])
    loop = Loop(np.array(anchors), np.array(handles), np.array(straight)).transform(turn)
    return loop if clockwise else loop.reverse()
