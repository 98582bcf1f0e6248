"""Merge neighbouring pieces into one wherever one stays within the tolerance.

The cut prices squared error, so slow drift of the noise along a side splits the side; a designer
sees one line. Level lines are tried first, then 45°, then any line, then an arc.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from znak.fields.outline import Points
from znak.fields.regular.pieces import (
    ARC,
    LINE,
    STEP,
    Floats,
    Piece,
    Price,
    arc_of,
    direction_of,
    fit_circle,
    stretch,
)

_SHARE = {0: 1.5, 1: 1.5, 2: 1.3, 3: 1.3, LINE: 1.0, ARC: 0.9}
"""Multiple of the tolerance by which a point may stray, for each kind: the surer, the more."""
_HOPELESS = 1.5
"""Multiple of the tolerance beyond which points (root mean square, by algebra) are no arc's."""


def misfit(piece: Piece, points: Points, trim: float) -> float:
    """Return how far the points of a piece stray from it at most, ends left out, field px."""
    some = stretch(points, piece.start, piece.end, trim)
    if piece.is_line:
        return _off_line(some - piece.point, piece.direction)
    return _off_circle(some - piece.centre, piece.radius)


def _off_line(local: Points, direction: Floats) -> float:
    return float(np.abs(local @ np.array([-direction[1], direction[0]])).max())


def _off_circle(local: Points, radius: float) -> float:
    return float(np.abs(np.hypot(*local.T) - radius).max())


def simplest(
    points: Points, start: int, end: int, price: Price, tolerance: float, most: int = ARC
) -> Piece | None:
    """Return the simplest piece through points `start` … `end` within the tolerance, if any."""
    n = len(points)
    x, y = (points[end % n] - points[start % n]).tolist()
    length = math.hypot(x, y)
    if length >= 0.8 * (end - start) * STEP:
        angle = math.degrees(math.atan2(y, x)) % 180
        slack = 8 + math.degrees(math.atan2(tolerance, max(length / 2, 0.1)))
        some = stretch(points, start, end, price.trim)
        middle = np.add.reduce(some) / len(some)
        local = some - middle
        for kind, ideal in ((0, 0.0), (1, 90.0), (2, 45.0), (3, 135.0), (LINE, angle)):
            if kind > most or abs((angle - ideal + 90) % 180 - 90) > slack:
                continue
            direction = direction_of(local, kind)
            if _off_line(local, direction) < tolerance * _SHARE[kind]:
                return Piece(start, end, kind, middle, direction, middle, np.inf, 1.0)
    return _arc(points, start, end, price, tolerance) if most >= ARC else None


def _arc(points: Points, start: int, end: int, price: Price, tolerance: float) -> Piece | None:
    """Return the arc through points `start` … `end` within the tolerance, if any."""
    some = stretch(points, start, end, price.hidden)
    middle = np.add.reduce(some) / len(some)
    local = some - middle
    centre, radius = fit_circle(local, limit=_HOPELESS * tolerance)
    most = np.radians(205 if radius < 4 else 300)
    if radius > 200 or (end - start) * STEP > most * radius:
        return None
    if _off_circle(local - centre, radius) >= tolerance * _SHARE[ARC]:
        return None
    return arc_of(start, end, local, middle, direction_of(local, ARC), centre, radius)


def merge(pieces: list[Piece], points: Points, price: Price, *, tolerance: float) -> list[Piece]:
    """Return the chain with pieces simplified, and pairs and triples merged, while they fit."""
    n = len(points)
    tried: dict[tuple[int, int, int], tuple[float, Piece] | None] = {}

    def attempt(start: int, end: int, most: int) -> tuple[float, Piece] | None:
        key = (start, end, most)
        if key not in tried:
            piece = simplest(points, start, end, price, tolerance, most)
            tried[key] = None if piece is None else (misfit(piece, points, price.trim), piece)
        return tried[key]

    pieces = [simplest(points, p.start, p.end, price, tolerance, p.kind) or p for p in pieces]
    while len(pieces) > 2:
        count = len(pieces)
        best: tuple[float, int, int, Piece] | None = None
        for k in range(count):
            for span in (2, 3):
                first, last = pieces[k], pieces[(k + span - 1) % count]
                end = last.end + (n if last.end <= first.start else 0)
                if count <= span or end - first.start >= n:
                    continue
                most = max(LINE, *(pieces[(k + i) % count].kind for i in range(span)))
                found = attempt(first.start, end, most)
                if found is not None:
                    gain = found[0] + found[1].kind - 10 * span
                    if best is None or gain < best[0]:
                        best = (gain, k, span, found[1])
        if best is None:
            break
        _, k, span, piece = best
        gone = {(k + i) % count for i in range(span)}
        before = sum(i not in gone for i in range(k)) if k + span <= count else count - span
        pieces = [p for i, p in enumerate(pieces) if i not in gone]
        pieces.insert(before, piece)
    return pieces


def fuse(pieces: list[Piece], points: Points) -> list[Piece]:
    """Return the chain with neighbouring level lines on one offset made one line."""
    pieces = list(pieces)
    n = len(points)
    k = 0
    while k < len(pieces) and len(pieces) > 3:
        one, two = pieces[k - 1], pieces[k]
        same = one.kind == two.kind < 2 and float(one.direction @ two.direction) > 0
        if same and abs(float((one.point - two.point)[1 - one.kind])) < 1e-9:
            end = two.end + (n if two.end <= one.start else 0)
            pieces[k - 1] = replace(one, end=end)
            del pieces[k]
        else:
            k += 1
    return pieces
