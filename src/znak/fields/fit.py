"""Least-squares pieces of an outline: optimal segmentation and Bézier fitting.

`segment` divides stretches of evenly spaced points into lines and cubics by dynamic programming;
`fit_handles` finds the handles of many cubics at once. Nothing here knows of fields.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from znak.fields.rings import STEP, Floats, Indices, Rings

LINE_COST = 1.0
CURVE_COST = 2.0
MAX_TURN = 1.95
"""Most a single cubic turns, radians: a little over a quarter, so that a circle takes four."""
_FORBIDDEN = 1e6


@dataclass(frozen=True)
class Stretches:
    """Open stretches of loops: from local point `low` to `high` (may run past the loop's end).

    `loop`, `low`, `high` are (p,); `corner` (p,) says whether a stretch begins at a corner.
    """

    loop: Indices
    low: Indices
    high: Indices
    corner: NDArray[np.bool_]


@dataclass(frozen=True)
class Runs:
    """Fitted segments in order along the loops.

    Segment k belongs to `loop[k]` and runs over local points `low[k]` … `high[k]`; `ends` and
    `tangents` (r, 2, 2) are the fitted end points and unit directions of travel there; `corner`
    says whether it begins at a corner found before.
    """

    loop: Indices
    low: Indices
    high: Indices
    straight: NDArray[np.bool_]
    ends: Floats
    tangents: Floats
    corner: NDArray[np.bool_]


class _Moments:
    """Prefix sums of moments over stretches laid end to end, for fits of any part in O(1)."""

    def __init__(self, points: Floats, lengths: Indices) -> None:
        begin = np.cumsum(lengths) - lengths
        self.centre = np.repeat(
            np.add.reduceat(points, begin, axis=0) / lengths[:, None], lengths, axis=0
        )
        self.points = points
        # each stretch about its own centre and middle, so that no digits are lost
        self.z = np.arange(len(points)) - np.repeat(begin + (lengths - 1) / 2, lengths)
        x, y = (points - self.centre).T
        z = self.z
        columns = [x, y, x * z, y * z, x * z**2, y * z**2, x * z**3, y * z**3, x * x, x * y, y * y]
        self.sums = np.zeros((len(columns), len(points) + 1))
        np.cumsum(np.stack(columns), axis=1, out=self.sums[:, 1:])

    def project(self, i: Indices, j: Indices) -> tuple[Floats, ...]:
        """Return count, sums (11, k) and the norms and projections on discrete Legendre cubics.

        For the points i … j inclusive; w = z - middle is the variable.
        """
        m = self.sums.take(j + 1, axis=1)
        m -= self.sums.take(i, axis=1)
        count = j - i + 1
        table = _legendre(1 << int(count.max(initial=1)).bit_length()).take(count, axis=1)
        mid = (self.z[i] + self.z[j]) / 2
        w = m[:8].reshape(4, 2, -1).copy()
        for order in (1, 2, 3):  # moments about the middle, by repeated division
            w[order:] -= (
                mid * (m[:6].reshape(3, 2, -1) if order == 1 else w[order - 1 : 3])[: 4 - order]
            )
        w[3] -= table[1] * w[1]
        w[2] -= table[0] * w[0]
        return count.astype(np.float64), m, table[2:], w

    def errors(self, i: Indices, j: Indices) -> tuple[Floats, Floats]:
        """Return sums of squared residuals of a line and of a cubic polynomial of arc length."""
        n, m, inverse, w = self.project(i, j)
        xx, xy, yy = m[8] - m[0] ** 2 / n, m[9] - m[0] * m[1] / n, m[10] - m[1] ** 2 / n
        line = (xx + yy) / 2 - np.sqrt(((xx - yy) / 2) ** 2 + xy * xy)
        cubic = xx + yy - ((w[1:] ** 2).sum(axis=1) * inverse[1:]).sum(axis=0)
        return np.maximum(line, 0), np.maximum(cubic, 0)

    def fit(self, i: Indices, j: Indices, straight: NDArray[np.bool_]) -> tuple[Floats, Floats]:
        """Return end points and unit tangents (k, 2, 2) of the least-squares line or cubic."""
        n, m, inverse, w = self.project(i, j)
        xx, xy, yy = m[8] - m[0] ** 2 / n, m[9] - m[0] * m[1] / n, m[10] - m[1] ** 2 / n
        angle = 0.5 * np.arctan2(2 * xy, xx - yy)
        direction = np.stack([np.cos(angle), np.sin(angle)], axis=1)
        chord = self.points[j] - self.points[i]
        direction *= np.where((direction * chord).sum(1) < 0, -1.0, 1.0)[:, None]
        middle = self.centre[i] + (m[0:2] / n).T
        both = np.stack([self.points[i], self.points[j]], axis=1)
        along = ((both - middle[:, None]) * direction[:, None]).sum(2)
        line = middle[:, None] + along[..., None] * direction[:, None]

        half = np.stack([-(n - 1) / 2, (n - 1) / 2])
        s2 = n * (n * n - 1) / 12
        ratio = s2 * (3 * n * n - 7) / 20 / np.maximum(s2, 1e-9)
        basis = np.stack([np.ones_like(half), half, half**2 - s2 / n, half**3 - ratio * half])
        slope = np.stack([0 * half, np.ones_like(half), 2 * half, 3 * half**2 - ratio])
        coefficients = w * inverse[:, None]  # (4, 2, k)
        curve = np.einsum("bdk,bek->ked", coefficients, basis) + self.centre[i][:, None]
        tangent = np.einsum("bdk,bek->ked", coefficients, slope)
        tangent /= np.maximum(np.hypot(tangent[..., 0], tangent[..., 1]), 1e-9)[..., None]
        pick = straight[:, None, None]
        return np.where(pick, line, curve), np.where(pick, direction[:, None], tangent)


@lru_cache(maxsize=16)
def _legendre(limit: int) -> Floats:
    """Return for counts 0 … `limit`: what turns moments into projections (2) and inverse norms (4)."""
    n = np.maximum(np.arange(limit + 1, dtype=np.float64), 1.0)
    s2 = n * (n * n - 1) / 12
    s4 = s2 * (3 * n * n - 7) / 20
    s6 = s2 * (3 * n**4 - 18 * n * n + 31) / 112
    ratio = s4 / np.maximum(s2, 1e-9)
    norms = np.stack([n, s2, s4 - s2 * s2 / n, s6 - s4 * ratio])
    inverse = np.where(norms > 1e-6, 1 / np.maximum(norms, 1e-6), 0.0)
    return np.concatenate([[s2 / n, ratio], inverse])


def segment(rings: Rings, stretches: Stretches, *, tolerance: float, stride: int = 3) -> Runs:
    """Divide each stretch into the cheapest lines and cubics, by dynamic programming.

    The cost is a price per segment plus the squared residual in units of `tolerance` (field px),
    integrated over the length. Divisions are at every `stride`-th point.
    """
    lengths = stretches.high - stretches.low + 1
    begin = np.cumsum(lengths) - lengths
    local = np.arange(lengths.sum()) - np.repeat(begin - stretches.low, lengths)
    index = rings.index(np.repeat(stretches.loop, lengths), local)
    moments = _Moments(rings.points[index], lengths)
    angle = np.cumsum(rings.turn[index])
    angle -= rings.turn[index]
    scale = STEP / tolerance**2

    def price(i: Indices, j: Indices) -> tuple[Floats, NDArray[np.bool_]]:
        line, cubic = moments.errors(i, j)
        line, cubic = LINE_COST + line * scale, CURVE_COST + cubic * scale
        cubic += np.where(np.abs(angle[j] - angle[i]) > MAX_TURN, _FORBIDDEN, 0.0)
        cubic += np.where(j - i < 4, 1.0, 0.0)
        return np.minimum(line, cubic), line <= cubic

    whole, as_line = price(begin, begin + lengths - 1)
    chosen: list[tuple[Indices, Indices, NDArray[np.bool_]]] = []
    open_stretches = np.flatnonzero((whole > CURVE_COST * 1.2) & (lengths >= 4))
    knots = [begin[p] + _knots(int(lengths[p]), stride) for p in open_stretches]
    pairs = [np.triu_indices(len(k), 1) for k in knots]
    sizes = [len(a) for a, _ in pairs]
    if sizes:
        i = np.concatenate([k[a] for k, (a, _) in zip(knots, pairs, strict=True)])
        j = np.concatenate([k[b] for k, (_, b) in zip(knots, pairs, strict=True)])
        step = np.concatenate([b - a for a, b in pairs])
        likely = np.flatnonzero((np.abs(angle[j] - angle[i]) <= MAX_TURN) | (step == 1))
        cost, straight = np.full(len(i), _FORBIDDEN), np.zeros(len(i), dtype=bool)
        cost[likely], straight[likely] = price(i[likely], j[likely])
    at = 0
    solved = {}
    for p, k, (a, b), size in zip(open_stretches.tolist(), knots, pairs, sizes, strict=True):
        part = slice(at, at + size)
        at += size
        solved[p] = _cheapest(k, a, b, cost[part], straight[part])
    for p in range(len(lengths)):
        chosen.append(
            solved.get(
                p,
                (begin[p : p + 1], begin[p : p + 1] + lengths[p] - 1, as_line[p : p + 1]),
            )
        )
    i, j = np.concatenate([c[0] for c in chosen]), np.concatenate([c[1] for c in chosen])
    straight = np.concatenate([c[2] for c in chosen])
    piece = np.repeat(np.arange(len(lengths)), [len(c[0]) for c in chosen])
    ends, tangents = moments.fit(i, j, straight)
    offset = stretches.low[piece] - begin[piece]
    corner = (i == begin[piece]) & stretches.corner[piece]
    return Runs(stretches.loop[piece], i + offset, j + offset, straight, ends, tangents, corner)


def _knots(length: int, stride: int) -> Indices:
    """Return where a stretch of `length` points may be divided."""
    if length <= 12:
        return np.arange(length)
    knots = np.arange(0, length, stride if length <= 250 else stride + 1)
    knots[-1] = length - 1
    return knots


def _cheapest(
    knots: Indices, a: Indices, b: Indices, cost: Floats, straight: NDArray[np.bool_]
) -> tuple[Indices, Indices, NDArray[np.bool_]]:
    """Return first and last points and kinds of the cheapest chain from first to last knot."""
    count = len(knots)
    table = np.full((count, count), np.inf)
    table[b, a] = cost
    lines = np.zeros((count, count), dtype=bool)
    lines[b, a] = straight
    best = np.zeros(count)
    back = [0] * count
    for k in range(1, count):
        total = best[:k] + table[k, :k]
        back[k] = start = int(total.argmin())
        best[k] = total[start]
    chain = [count - 1]
    while chain[-1] > 0:
        chain.append(back[chain[-1]])
    path = np.array(chain[::-1])
    return knots[path[:-1]], knots[path[1:]], lines[path[1:], path[:-1]]


def fit_handles(
    samples: NDArray[np.float64], ends: NDArray[np.float64], tangents: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the handles (s, 2, 2) of cubics that best follow `samples` (s, k, 2).

    `ends` (s, 2, 2) and unit `tangents` (s, 2, 2, in the direction of travel) are kept.
    """
    data = samples
    steps = np.hypot(
        *np.moveaxis(
            np.diff(np.concatenate([ends[:, :1], data, ends[:, 1:]], axis=1), axis=1), 2, 0
        )
    )
    arc = np.cumsum(steps, axis=1)
    t = arc[:, :-1] / np.maximum(arc[:, -1:], 1e-9)
    length = np.maximum(np.hypot(*(ends[:, 1] - ends[:, 0]).T), 1e-6)
    alpha = np.repeat(length[:, None] / 3, 2, axis=1)
    controls = np.empty((len(data), 4, 2))
    controls[:, 0], controls[:, 3] = ends[:, 0], ends[:, 1]
    for _ in range(4):
        u = 1 - t
        b0, b1, b2, b3 = u**3, 3 * t * u * u, 3 * t * t * u, t**3
        a1 = b1[..., None] * tangents[:, None, 0]
        a2 = -b2[..., None] * tangents[:, None, 1]
        rest = (
            data - (b0 + b1)[..., None] * ends[:, None, 0] - (b2 + b3)[..., None] * ends[:, None, 1]
        )
        c11, c12, c22 = (a1 * a1).sum((1, 2)), (a1 * a2).sum((1, 2)), (a2 * a2).sum((1, 2))
        # a little pull towards thirds keeps nearly straight cubics well posed
        weight = 1e-3 * (c11 + c22) + 1e-9
        r1 = (a1 * rest).sum((1, 2)) + weight * arc[:, -1] / 3
        r2 = (a2 * rest).sum((1, 2)) + weight * arc[:, -1] / 3
        c11, c22 = c11 + weight, c22 + weight
        det = c11 * c22 - c12 * c12
        alpha[:, 0] = (c22 * r1 - c12 * r2) / det
        alpha[:, 1] = (c11 * r2 - c12 * r1) / det
        low = 0.05 * length
        high = 1.2 * arc[:, -1]
        alpha = np.clip(alpha, low[:, None], high[:, None])
        controls[:, 1] = ends[:, 0] + alpha[:, :1] * tangents[:, 0]
        controls[:, 2] = ends[:, 1] - alpha[:, 1:] * tangents[:, 1]
        t = _closer(controls, data, t)
    return controls[:, 1:3].copy()


def _closer(controls: NDArray[np.float64], data: NDArray[np.float64], t: Floats) -> Floats:
    """Return parameters after one Newton step towards the feet of `data` on the cubics."""
    p0, p1, p2, p3 = (controls[:, None, k] for k in range(4))
    a, b, c = p3 - 3 * p2 + 3 * p1 - p0, 3 * (p2 - 2 * p1 + p0), 3 * (p1 - p0)
    s = t[..., None]
    value = ((a * s + b) * s + c) * s + p0 - data
    first = (3 * a * s + 2 * b) * s + c
    second = 6 * a * s + 2 * b
    slope = (first * first).sum(-1) + (value * second).sum(-1)
    step = (value * first).sum(-1) / np.where(slope > 1e-9, slope, np.inf)
    return np.asarray(np.clip(t - step, 0, 1))
