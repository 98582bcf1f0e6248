"""Cut a noisy closed polyline into straight lines and circular arcs.

The cut is the best there is under a price list: every piece pays for its parameters, and its
points pay for their squared distance from it, in units of the noise. All pairs of break points are
priced at once from running moments, dynamic programming then finds the cheapest closed chain.
Points near a break are left out of a line's fit, since blur has rounded the corner there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from znak.fields.outline import Points

Floats = NDArray[np.float64]

STEP = 0.5
"""Spacing of the points that pieces are fitted to, field px."""
SETTLED = 1e-9
"""A point that moves by less is found, field px."""
_MOST_BREAKS = 120
"""Most candidate break points in one loop."""
_DIAGONAL = float(np.sqrt(0.5))
_FIXED = np.array([[1, 0], [0, 1], [_DIAGONAL, _DIAGONAL], [_DIAGONAL, -_DIAGONAL]])
"""Directions of the kinds 0–3: horizontal, vertical, 45° down, 45° up."""
_BULB, _MOST_TURN = 4.0, np.radians(205)
LINE, ARC, FILLET = 4, 5, 6
"""Kinds: a line in any direction, an arc, an arc made tangent to its two neighbours."""


@dataclass(frozen=True)
class Price:
    """What a chain of pieces costs; lengths in field px.

    `noise` is the outline's error (root mean square) and `reach` its correlation length; `level`,
    `diagonal`, `line` and `arc` are the prices of one piece: a horizontal or vertical line, one at
    45°, any line, any arc. Blur hides a piece's ends: `hidden` is left out when pieces are priced,
    `trim` when lines are fitted.
    """

    noise: float = 0.4
    reach: float = 4.0
    level: float = 0.5
    diagonal: float = 0.9
    line: float = 1.2
    arc: float = 1.5
    hidden: float = 0.5
    trim: float = 1.4

    @property
    def weight(self) -> float:
        """Cost of one point a unit of squared distance away."""
        return STEP / (2 * self.noise**2 * self.reach)


@dataclass
class Piece:
    """A line or an arc fitted to points `start` … `end` (indices run on past the loop's end).

    A line goes through `point` along the unit `direction`; an arc has its `centre` and `radius`
    and turns by `turn` = +1 (clockwise on the screen) or -1.
    """

    start: int
    end: int
    kind: int
    point: Floats
    direction: Floats
    centre: Floats
    radius: float
    turn: float

    @property
    def is_line(self) -> bool:
        """Whether the piece is straight."""
        return self.kind <= LINE

    def nearest(self, p: Floats) -> Floats:
        """Return the point of the piece's line or circle nearest to `p`."""
        if self.is_line:
            return np.asarray(
                self.point + self.direction * float((p - self.point) @ self.direction)
            )
        away = p - self.centre
        distance = max(math.hypot(*away.tolist()), 1e-9)
        return np.asarray(self.centre + away * (self.radius / distance))

    def tangent(self, p: Floats) -> Floats:
        """Return the unit tangent, along the loop, at the point nearest to `p`."""
        if self.is_line:
            return self.direction
        x, y = (p - self.centre).tolist()
        scale = self.turn / max(math.hypot(x, y), 1e-9)
        return np.array([-y * scale, x * scale])


def resample(loop: Points, *, count: int | None = None, step: float = STEP) -> Points:
    """Return the closed polyline `loop` at `count` even steps of its length (about `step` each)."""
    ends = np.roll(loop, -1, axis=0)
    lengths = np.hypot(*(ends - loop).T)
    along = np.concatenate([[0.0], np.cumsum(lengths)])
    if count is None:
        count = max(round(along[-1] / step), 12)
    at = np.arange(count) * (along[-1] / count)
    closed = np.concatenate([loop, loop[:1]])
    return np.stack([np.interp(at, along, closed[:, k]) for k in range(2)], axis=1)


@dataclass(frozen=True, eq=False)
class Spans:
    """How well each stretch of a closed polyline is a piece of each kind, whatever the price.

    `errors` (6, N, N + 1) are summed squared distances of the stretch from break i over k breaks,
    those left out at its ends counted in, and infinite where an arc is out of the question.
    """

    breaks: NDArray[np.int64]
    errors: Floats


def cut(points: Points, price: Price, spans: Spans | None = None) -> list[Piece]:
    """Return the cheapest closed chain of pieces through the evenly spaced `points`.

    `spans`, where given, is what `measure` returns for them.
    """
    n = len(points)
    spans = measure(points, hidden=price.hidden) if spans is None else spans
    costs, kinds = _cheapest(spans, price)
    first = _chain(costs, 0)
    starts = sorted({first[len(first) // 2], first[len(first) // 4]})
    chains = [_chain(costs, start) for start in starts]
    best = sorted(chains[int(np.argmin([_total(costs, chain) for chain in chains]))])
    pieces = []
    breaks, count = spans.breaks, len(spans.breaks)
    for a, b in zip(best, [*best[1:], best[0] + count], strict=True):
        start, end = int(breaks[a]), int(breaks[b % count]) + (n if b >= count else 0)
        pieces.append(fit(points, start, end, price, int(kinds[a, b - a])))
    return pieces


def _total(costs: Floats, chain: list[int]) -> float:
    ordered = sorted(chain)
    following = [*ordered[1:], ordered[0] + len(costs)]
    return float(sum(costs[a, b - a] for a, b in zip(ordered, following, strict=True)))


def _chain(costs: Floats, start: int) -> list[int]:
    """Return the break points of the cheapest closed chain through break `start`."""
    n = len(costs)
    a, b = _pairs(n + 1)
    table = np.full((n + 1, n + 1), np.inf)
    table[b, a] = costs[(start + a) % n, b - a]
    best = np.zeros(n + 1)
    origin = np.zeros(n + 1, dtype=np.int64)
    for j in range(1, n + 1):
        way = best[:j] + table[j, :j]
        origin[j] = int(way.argmin())
        best[j] = way[origin[j]]
    chain, j = [], n
    while j > 0:
        j = int(origin[j])
        chain.append((start + j) % n)
    return chain


@lru_cache(maxsize=8)
def _pairs(n: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the indices of all pairs a < b < n."""
    return np.triu_indices(n, 1)


def _moments(points: Points) -> Floats:
    x, y = points.T
    z = x * x + y * y
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y, x * z, y * z, z * z])


def measure(points: Points, *, hidden: float = Price.hidden) -> Spans:
    """Return the errors of all stretches of the evenly spaced `points`, by running moments.

    `hidden` field px at either end of a stretch are left out.
    """
    n = len(points)
    breaks = np.arange(0, n, max(1, -(-n // _MOST_BREAKS)))
    count = len(breaks)
    middle = points.mean(axis=0)
    around = np.concatenate([points, points]) - middle
    sums = np.concatenate([np.zeros((9, 1)), np.cumsum(_moments(around), axis=1)], axis=1)
    start = np.repeat(breaks[:, None], count + 1, axis=1)
    ring = np.concatenate([breaks, breaks + n, [2 * n]])
    end = ring[np.arange(count)[:, None] + np.arange(count + 1)[None, :]]
    span = end - start
    trim = np.minimum(round(hidden / STEP), span // 4)
    m = sums[:, np.minimum(end - trim + 1, 2 * n)] - sums[:, start + trim]
    size = np.maximum(m[0], 1)
    mx, my = m[1] / size, m[2] / size
    sxx, sxy, syy = m[3] - size * mx * mx, m[4] - size * mx * my, m[5] - size * my * my
    half = (sxx + syy) / 2
    line_error = half - np.sqrt(np.maximum((sxx - syy) ** 2 / 4 + sxy**2, 0))
    # circle: least squares of z + D x + E y + F, with z = x² + y² about the points' mean
    mz = (m[3] + m[5]) / size
    sxz, syz, szz = m[6] - m[1] * mz, m[7] - m[2] * mz, m[8] - size * mz * mz
    det = np.maximum(sxx * syy - sxy**2, 1e-9)
    d, e = (syy * sxz - sxy * syz) / det, (sxx * syz - sxy * sxz) / det
    left = np.maximum(szz - d * sxz - e * syz, 0)
    radius2 = mz + (d / 2 - mx) ** 2 + (e / 2 - my) ** 2 - mx**2 - my**2
    arc_error = left / (4 * np.maximum(radius2, 0.3))
    errors = np.stack([syy, sxx, half - sxy, half + sxy, np.maximum(line_error, 0), arc_error])
    errors *= np.where(m[0] > 0, span / np.maximum(m[0], 1), 1)
    bulb = _bulb(span * STEP, np.sqrt(np.maximum(radius2, 0)))
    errors[-1][(radius2 < 0.5) | (span < 3) | bulb] = np.inf
    return Spans(breaks, errors)


def _cheapest(spans: Spans, price: Price) -> tuple[Floats, NDArray[np.int64]]:
    """Return the cost of the best piece of each stretch, (N, N + 1), and its kind."""
    prices = (price.level, price.level, price.diagonal, price.diagonal, price.line, price.arc)
    costs = spans.errors[0] * price.weight + prices[0]
    kinds = np.zeros(costs.shape, dtype=np.int64)
    for kind in range(1, len(prices)):
        other = spans.errors[kind] * price.weight + prices[kind]
        kinds[other < costs] = kind
        np.minimum(costs, other, out=costs)
    costs[:, 0] = np.inf
    return costs, kinds


def _bulb(length: Floats, radius: Floats) -> NDArray[np.bool_]:
    """Return which arcs are small and turn by more than `_MOST_TURN`: blurred tabs, not discs."""
    return np.asarray((radius < _BULB) & (length > _MOST_TURN * radius))


def stretch(points: Points, start: int, end: int, trim: float) -> Points:
    """Return points `start` … `end` of the closed polyline without `trim` field px at either end."""
    n = len(points)
    cut = min(round(trim / STEP), (end - start) // 4)
    first, last = start + cut, end - cut + 1
    turns = first // n * n
    first, last = first - turns, last - turns
    if last <= n:
        return points[first:last]
    return np.concatenate([points[first:], points[: last - n]])


def fit(points: Points, start: int, end: int, price: Price, kind: int) -> Piece:
    """Return the piece of `kind` fitted to points `start` … `end`, its ends left out."""
    some = stretch(points, start, end, price.hidden if kind == ARC else price.trim)
    middle = np.add.reduce(some) / len(some)
    local = some - middle
    direction = direction_of(local, kind)
    if kind != ARC:
        return Piece(start, end, kind, middle, direction, middle, np.inf, 1.0)
    centre, radius = fit_circle(local)
    return arc_of(start, end, local, middle, direction, centre, radius)


def direction_of(local: Points, kind: int) -> Floats:
    """Return the direction of a line of `kind` through points about their mean, as they run."""
    if kind < LINE:
        direction = _FIXED[kind]
    else:
        (sxx, sxy), (_, syy) = (local.T @ local).tolist()
        angle = math.atan2(2 * sxy, sxx - syy) / 2
        direction = np.array([math.cos(angle), math.sin(angle)])
    return np.asarray(-direction if direction @ (local[-1] - local[0]) < 0 else direction)


def arc_of(
    start: int, end: int, local: Points, middle: Floats, direction: Floats,
    centre: Floats, radius: float,
) -> Piece:  # fmt: skip
    """Return the arc about `centre`, as `local` points, both given from `middle`."""
    x, y = (local - centre).T
    turning = float(x[:-1] @ y[1:] - y[:-1] @ x[1:])
    turn = 1.0 if turning >= 0 else -1.0
    return Piece(start, end, ARC, middle, direction, middle + centre, radius, turn)


def fit_circle(local: Points, *, limit: float = math.inf) -> tuple[Floats, float]:
    """Return centre and radius of the circle nearest to points whose mean is the origin.

    The radius is infinite where the points lie about `limit` from any circle, or farther (root mean square).
    """
    x, y = np.ascontiguousarray(local.T)
    z = x * x + y * y
    (sxx, sxy), (_, syy) = (local.T @ local).tolist()
    sxz, syz = float(x @ z), float(y @ z)
    det = max(sxx * syy - sxy * sxy, 1e-9)
    cx, cy = (syy * sxz - sxy * syz) / det / 2, (sxx * syz - sxy * sxz) / det / 2
    n = len(x)
    radius = math.sqrt(max((sxx + syy) / n + cx * cx + cy * cy, 0.25))
    if limit < math.inf:
        left = float(z @ z) - (sxx + syy) ** 2 / n - 2 * (cx * sxz + cy * syz)
        if left > n * (2 * radius * limit) ** 2:
            return np.array([cx, cy]), math.inf
    rows = np.empty((3, n))
    for _ in range(3):  # Gauss–Newton on true distances
        ax, ay = x - cx, y - cy
        distance = np.maximum(np.hypot(ax, ay), 1e-9)
        np.divide(ax, distance, out=rows[0])
        np.divide(ay, distance, out=rows[1])
        np.subtract(distance, radius, out=rows[2])
        mx, my, mean = (np.add.reduce(rows, axis=1) / n).tolist()
        (uu, uv, ug), (_, vv, vg), _ = (rows @ rows.T).tolist()
        a, b, c = uu - n * mx * mx, vv - n * my * my, uv - n * mx * my
        p, q = ug - n * mx * mean, vg - n * my * mean
        det = a * b - c * c
        if det < 1e-9 * n * n:
            break
        dx, dy = (b * p - c * q) / det, (a * q - c * p) / det
        size = math.hypot(dx, dy)
        scale = min(1.0, 0.5 * radius / max(size, 1e-9))
        dx, dy = dx * scale, dy * scale
        cx, cy = cx + dx, cy + dy
        radius = max(radius + mean - mx * dx - my * dy, 0.5)
    return np.array([cx, cy]), radius
