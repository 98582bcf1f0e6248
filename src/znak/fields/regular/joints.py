"""Join fitted lines and arcs into a closed loop of lines and cubic Béziers.

Two pieces meet at a corner (their intersection, so that what blur has rounded is sharp again) or
smoothly (one common tangent). Arcs become cubics of at most 100° each.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from znak.fields.outline import Loop, Points
from znak.fields.regular.pieces import FILLET, SETTLED, STEP, Floats, Piece
from znak.fields.regular.rounding import sharp_recess

_SMOOTH = np.radians(25)
"""Pieces whose tangents differ by less are joined smoothly where one of them is an arc."""
_FLAT = np.radians(10)
_SPAN = np.radians(100)
"""Most degrees one cubic turns through when it stands for an arc."""
_KAPPA = 4 / 3 * np.tan(np.pi / 8)


@dataclass
class Joint:
    """Where two pieces meet: the point, and the tangents on its two sides (equal if smooth)."""

    point: Floats
    before: Floats
    after: Floats
    smooth: bool


def circle(centre: Floats, radius: float, *, clockwise: bool = True) -> Loop:
    """Return a circle as four cubics, positive area if `clockwise` (on the screen)."""
    turn = 1.0 if clockwise else -1.0
    angles = turn * np.arange(4) * np.pi / 2
    out = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    ahead = turn * np.stack([-out[:, 1], out[:, 0]], axis=1)
    anchors = centre + radius * out
    first = anchors + ahead * (radius * _KAPPA)
    second = np.roll(anchors - ahead * (radius * _KAPPA), -1, axis=0)
    return Loop(anchors, np.stack([first, second], axis=1), np.zeros(4, dtype=bool))


def join(pieces: list[Piece], points: Points) -> list[Joint]:
    """Return the joints; joint k lies between piece k - 1 and piece k."""
    n = len(points)
    return [
        _joint(pieces[k - 1], pieces[k], points[pieces[k].start % n]) for k in range(len(pieces))
    ]


def _cross(a: Floats, b: Floats) -> float:
    return float(a[0] * b[1] - a[1] * b[0])


def _joint(one: Piece, two: Piece, p: Floats) -> Joint:
    a, b = one.tangent(p), two.tangent(p)
    angle = abs(float(np.arctan2(_cross(a, b), a @ b)))
    if one.is_line and two.is_line:
        if _FLAT < angle < np.radians(165):
            t = _cross(two.point - one.point, b) / _cross(a, b)
            corner = one.point + a * t
            away = corner - p
            limit = 1.0 + 1.5 * sharp_recess(angle / 2, 0.9)
            if np.hypot(*away) > limit:
                corner = p + away * (limit / np.hypot(*away))
            return Joint(corner, a, b, False)
        return Joint((one.nearest(p) + two.nearest(p)) / 2, a, b, False)
    if FILLET in (one.kind, two.kind) or angle < _SMOOTH:
        return _smooth_joint(one, two, p)
    corner = _crossing(one, two, p)
    return Joint(corner, one.tangent(corner), two.tangent(corner), False)


def _smooth_joint(one: Piece, two: Piece, p: Floats) -> Joint:
    if one.is_line != two.is_line:
        line, arc = (one, two) if one.is_line else (two, one)
        foot = line.nearest(arc.centre)
        if arc.kind == FILLET:
            return Joint(foot, line.direction, line.direction, True)
        along = float((foot - p) @ line.direction)
        point = line.nearest(p) + line.direction * float(np.clip(along, -1.5, 1.5))
        return Joint(point, line.direction, line.direction, True)
    point = (one.nearest(p) + two.nearest(p)) / 2
    tangent = one.tangent(point) + two.tangent(point)
    tangent = tangent / np.hypot(*tangent)
    return Joint(point, tangent, tangent, True)


def _crossing(one: Piece, two: Piece, p: Floats) -> Floats:
    """Return the crossing of two pieces nearest to `p`, or a point between them where none is."""
    q = p
    for _ in range(6):  # alternate: intersect the tangents at the nearest points
        u, v = one.nearest(q), two.nearest(q)
        a, b = one.tangent(u), two.tangent(v)
        sine = _cross(a, b)
        if abs(sine) < 0.2:
            q = (u + v) / 2
            continue
        former, q = q, u + a * (_cross(v - u, b) / sine)
        if math.dist(former, q) < SETTLED:
            break
    if np.hypot(*(q - p)) > 3.0:
        return (one.nearest(p) + two.nearest(p)) / 2
    return q


def build(pieces: list[Piece], joints: list[Joint]) -> Loop:
    """Return the loop of `pieces` between their `joints`."""
    anchors: list[Floats] = []
    handles: list[NDArray[np.float64]] = []
    straight: list[bool] = []
    count = len(pieces)
    for k, piece in enumerate(pieces):
        a, b = joints[k], joints[(k + 1) % count]
        if piece.is_line:
            anchors.append(a.point)
            handles.append(np.stack([a.point, b.point]))
            straight.append(True)
            continue
        knots = _knots(piece, a, b)
        for (p, t), (q, u) in pairwise(knots):
            anchors.append(p)
            handles.append(_handles(p, t, q, u, piece))
            straight.append(False)
    return Loop(np.array(anchors), np.array(handles), np.array(straight))


def _knots(piece: Piece, a: Joint, b: Joint) -> list[tuple[Floats, Floats]]:
    """Return points and tangents along an arc from joint `a` to joint `b`."""
    first, last = a.point - piece.centre, b.point - piece.centre
    start = np.arctan2(first[1], first[0])
    sweep = (np.arctan2(last[1], last[0]) - start) * piece.turn % (2 * np.pi)
    if sweep > np.radians(350) and (piece.end - piece.start) * STEP < np.pi * piece.radius:
        sweep -= 2 * np.pi
    parts = max(1, int(np.ceil(sweep / _SPAN)))
    knots = [(a.point, a.after)]
    for i in range(1, parts):
        angle = start + piece.turn * sweep * i / parts
        out = np.array([np.cos(angle), np.sin(angle)])
        share = i / parts
        radius = (1 - share) * np.hypot(*first) + share * np.hypot(*last)
        radius += (piece.radius - radius) * min(1.0, 4 * share * (1 - share))
        knots.append((piece.centre + out * radius, np.array([-out[1], out[0]]) * piece.turn))
    knots.append((b.point, b.before))
    return knots


def _handles(p: Floats, t: Floats, q: Floats, u: Floats, piece: Piece) -> NDArray[np.float64]:
    """Return the handles of a cubic from `p` (tangent `t`) to `q` (`u`) as high as the arc is."""
    chord = q - p
    length = max(float(np.hypot(*chord)), 1e-9)
    normal = np.array([chord[1], -chord[0]]) / length * piece.turn  # the arc's outer side
    middle = (p + q) / 2
    height = float((piece.nearest(middle + normal * 0.3 * length) - middle) @ normal)
    bend = float((t - u) @ normal)
    reach = 8 / 3 * height / bend if bend > 0.02 else length / 3
    reach = float(np.clip(reach, 0.2 * length, 0.75 * length))
    return np.stack([p + t * reach, q - u * reach])
