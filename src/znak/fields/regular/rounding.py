"""Decide at each corner of a rough outline: sharp, or rounded with which radius.

Blur rounds every corner a little. Where two pieces meet, with or without a small arc between them,
the distance from their crossing to the outline (the recess) says whether blur alone can have done
it. What blur explains becomes sharp again; more than that becomes an arc tangent to both.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from znak.fields.outline import Points
from znak.fields.regular.pieces import FILLET, SETTLED, STEP, Floats, Piece, Price, fit, stretch

_SMALL = 3.2
"""Largest radius of an arc that may be a corner rounded by blur, field px."""
_NEAR = 4.0
"""Farthest a restored corner may lie from the outline, field px."""

_LEAST_TURN, _MOST_TURN = np.radians(25), np.radians(150)
_TIP = 3.5
"""Longest straight piece that may be a tip cut off by blur, field px."""
_LEAST_HALF, _MOST_HALF = np.radians(14), np.radians(78)
_LEAST_BEVEL, _MOST_BEVEL = np.radians(30), np.radians(60)
_MOST_RADIUS = 14.0
"""Largest radius of a corner that may have come out as a bevel, field px."""
_SHARP = 1.6
"""A corner with a smaller radius is drawn sharp, field px."""
_OWN = 0.4
"""Weight of a corner's own radius (times tan² of its half turn) against its mark's."""


def cross(a: Floats, b: Floats) -> float:
    """Return the z component of a × b."""
    return float(a[0] * b[1] - a[1] * b[0])


def meet(one: Piece, two: Piece, p: Floats) -> Floats | None:
    """Return the crossing of two pieces nearest to `p`, None where they don't cross nearby."""
    q = p
    for _ in range(1 if one.is_line and two.is_line else 8):
        u, v = one.nearest(q), two.nearest(q)
        a, b = one.tangent(u), two.tangent(v)
        sine = cross(a, b)
        if abs(sine) < 0.17:
            return None
        former, q = q, u + a * (cross(v - u, b) / sine)
        if math.dist(former, q) < SETTLED:
            break
    return q if float(np.hypot(*(q - p))) < 8 else None


def restore_corners(
    pieces: list[Piece], points: Points, price: Price, *, tolerance: float
) -> list[Piece]:
    """Return the chain with small arcs at corners dropped, its lines and arcs fitted again.

    So are bevels that an arc would follow within the tolerance: corners are rounded more often.
    """
    pieces = list(pieces)
    n = len(points)
    k = 0
    while k < len(pieces) and len(pieces) > 3:
        piece, one = pieces[k], pieces[k - 1]
        two = pieces[(k + 1) % len(pieces)]
        middle = points[(piece.start + piece.end) // 2 % n]
        if _is_blurred_corner(one, piece, two, middle, points) or _is_rounded_corner(
            one, piece, two, points, tolerance
        ):
            split = (piece.start + piece.end) // 2
            pieces[k - 1] = _stretch(one, points, price, end=split)
            pieces[(k + 1) % len(pieces)] = _stretch(two, points, price, start=split)
            del pieces[k]
            k = max(k - 1, 0)
        else:
            k += 1
    return pieces


def _stretch(
    piece: Piece, points: Points, price: Price, *, start: int | None = None, end: int | None = None
) -> Piece:
    """Return `piece` with another start or end (index in the ring), fitted again."""
    n = len(points)
    low = piece.start if start is None else start
    high = piece.end if end is None else end
    low += round((piece.start - low) / n) * n
    high += round((piece.end - high) / n) * n
    if low < 0:
        low, high = low + n, high + n
    return fit(points, low, high, price, piece.kind)


def _is_blurred_corner(
    one: Piece, piece: Piece, two: Piece, middle: Floats, points: Points
) -> bool:
    if one is two:
        return False
    n = len(points)
    length = (piece.end - piece.start) * STEP
    first, last = points[piece.start % n], points[piece.end % n]
    a, b = one.tangent(first), two.tangent(last)
    turn = float(np.arctan2(cross(a, b), a @ b))
    if not _LEAST_TURN < abs(turn) < _MOST_TURN:
        return False
    if piece.is_line:
        chord = piece.direction
        if length > _TIP or cross(a, chord) * turn < 0 or cross(chord, b) * turn < 0:
            return False
    elif piece.radius > _SMALL:
        return False
    corner = meet(one, two, middle)
    if corner is None:
        return False
    recess = float(np.hypot(*(corner - middle)))
    blunt = sharp_recess(abs(turn) / 2, 0.9)
    if piece.is_line:
        return recess < 1.5 * blunt + 0.3
    if one.is_line and two.is_line:
        return recess < max(_NEAR, 2 * blunt)  # then judged by round_corners
    if turn * piece.turn < 0:
        return recess < 2
    return recess < 1.5 * blunt + 0.3 and length < 6


def _is_rounded_corner(
    one: Piece, piece: Piece, two: Piece, points: Points, tolerance: float
) -> bool:
    """Say whether a bevel between two lines may as well be an arc tangent to both."""
    if one is two or not (one.is_line and piece.is_line and two.is_line):
        return False
    bevel = stretch(points, piece.start, piece.end, 0)
    corner = meet(one, two, bevel[len(bevel) // 2])
    cosine = float(np.clip(one.direction @ two.direction, -1, 1))
    half = math.acos(cosine) / 2
    if corner is None or not _LEAST_BEVEL < half < _MOST_BEVEL:
        return False
    first = math.acos(float(np.clip(one.direction @ piece.direction, -1, 1)))
    if not 0.5 * half < first < 1.5 * half:
        return False
    recess = float(np.hypot(*(corner - bevel[len(bevel) // 2])))
    radius = recess / (1 / math.cos(half) - 1)
    arc = fillet(one, two, corner, radius)
    off = np.abs(np.hypot(*(bevel - arc.centre).T) - radius)
    return radius < _MOST_RADIUS and float(off.max()) < tolerance


@dataclass(frozen=True)
class Corner:
    """Where piece k - 1 and piece k, both lines, cross.

    `half` is half the turn there; `square` estimates the squared radius of the corner (below 0
    when blur explains more than there is); `convex` says whether the ink's side is the inner one.
    """

    k: int
    point: Floats
    half: float
    square: float
    convex: bool


def find_corners(pieces: list[Piece], points: Points, *, blur: float) -> list[Corner]:
    """Return the crossings of neighbouring lines, and how round the outline is there."""
    n = len(points)
    corners = []
    for k, two in enumerate(pieces):
        one = pieces[k - 1]
        if len(pieces) < 3 or not (one.is_line and two.is_line):
            continue
        point = meet(one, two, points[two.start % n])
        half = float(np.arccos(np.clip(one.direction @ two.direction, -1, 1))) / 2
        if point is None or not _LEAST_HALF < half < _MOST_HALF:
            continue
        inwards = two.direction - one.direction
        inwards = inwards / np.hypot(*inwards)
        around = points[np.arange(two.start - 9, two.start + 10) % n] - point
        middle = int(np.argmin(np.abs(around @ np.array([-inwards[1], inwards[0]]))))
        recess = float(around[middle] @ inwards)
        excess = 0.95 * (1 / np.cos(half) - 1)
        square = (recess * abs(recess) - sharp_recess(half, blur) ** 2) / excess**2
        convex = cross(one.direction, two.direction) > 0
        corners.append(Corner(k, point, half, square, convex))
    return corners


def pool(corners: list[Corner]) -> dict[bool, float]:
    """Return the squared radius that a mark's convex, and its concave, corners share."""
    shared = {}
    for convex in (True, False):
        some = [c for c in corners if c.convex == convex]
        weights = [np.tan(c.half) ** 4 for c in some]
        squares = [float(np.clip(c.square, -9, 36)) for c in some]
        shared[convex] = float(np.average(squares, weights=weights)) if some else 0.0
    return shared


def round_corners(
    pieces: list[Piece], corners: list[Corner], shared: dict[bool, float]
) -> list[Piece]:
    """Return the chain with a tangent arc put in at the corners that are truly round."""
    count = len(pieces)
    by_piece = {c.k: c for c in corners}
    radius, reach = np.zeros(count), np.zeros(count)
    for c in corners:
        own = float(np.clip(c.square, -9, 100))
        trust = _OWN * np.tan(c.half) ** 2
        square = (own * trust + shared[c.convex]) / (1 + trust)
        if square > _SHARP**2:
            radius[c.k] = np.sqrt(square)
            reach[c.k] = radius[c.k] * np.tan(c.half)
    for k in range(count):
        following = (k + 1) % count
        if k not in by_piece or following not in by_piece:
            continue
        room = float(np.hypot(*(by_piece[k].point - by_piece[following].point)))
        need = reach[k] + reach[following]
        if need > room > 0:
            for j in (k, following):
                radius[j] *= room / need
                reach[j] *= room / need
    out: list[Piece] = []
    for k, two in enumerate(pieces):
        if radius[k] > 0.6:
            out.append(fillet(pieces[k - 1], two, by_piece[k].point, float(radius[k])))
        out.append(two)
    return out


def sharp_recess(half: float, blur: float) -> float:
    """Return the recess that blur of standard deviation `blur` gives a corner of half turn `half`.

    Measured on wedges of 30–140°, roughened 60 times each.
    """
    return float(0.98 * blur * np.tan(half))


def fillet(one: Piece, two: Piece, corner: Floats, radius: float) -> Piece:
    """Return the arc of `radius` tangent to two lines that meet at `corner`."""
    turn = 1.0 if cross(one.direction, two.direction) > 0 else -1.0
    half = np.arccos(np.clip(one.direction @ two.direction, -1, 1)) / 2
    inwards = two.direction - one.direction
    centre = corner + inwards / np.hypot(*inwards) * (radius / np.cos(half))
    return replace(two, end=two.start, kind=FILLET, centre=centre, radius=radius, turn=turn)
