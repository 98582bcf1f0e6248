"""Fitted runs → a chain: corners by intersection, smooth joints, rounded corners."""

from __future__ import annotations

import numpy as np

from znak.fields.chain import Chain, cut
from znak.fields.corners import rounding_radii
from znak.fields.fit import Runs, fit_handles
from znak.fields.rings import Floats, Rings

_SAMPLES = 12
_SHORTEST = 0.4
_FLAT = 0.06
_SMOOTH = 0.45
_QUARTER = 4 / 3


def assemble(runs: Runs, rings: Rings, *, farthest: float = 9.0) -> Chain:
    """Join fitted runs into closed loops: corners by intersection, smooth joints by tangents.

    Sides are produced by up to `farthest` px to meet.
    """
    count = len(runs.loop)
    sizes = np.bincount(runs.loop, minlength=len(rings.sizes))
    previous = np.arange(count) - 1
    begin = np.cumsum(sizes) - sizes
    previous[begin] = begin + sizes - 1
    p, u = runs.ends[previous, 1], runs.tangents[previous, 1]
    q, v = runs.ends[:, 0], runs.tangents[:, 0]
    middle = (p + q) / 2
    cross = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
    bend = np.abs(np.arctan2(cross, (u * v).sum(1)))
    both = runs.straight & runs.straight[previous]
    sharp = runs.corner | (bend > np.where(both, _FLAT, _SMOOTH))
    gap = q - p
    safe = np.where(np.abs(cross) > 1e-6, cross, 1.0)
    ahead = (gap[:, 0] * v[:, 1] - gap[:, 1] * v[:, 0]) / safe
    behind = (gap[:, 1] * u[:, 0] - gap[:, 0] * u[:, 1]) / safe
    meets = sharp & (bend > 0.1) & (np.minimum(ahead, behind) > -0.5)
    meets &= np.maximum(ahead, behind) < farthest
    anchors = np.where(meets[:, None], p + ahead[:, None] * u, middle)
    into_curve = ~sharp & runs.straight[previous] & ~runs.straight
    from_curve = ~sharp & runs.straight & ~runs.straight[previous]
    on_line = p + ((middle - p) * u).sum(1)[:, None] * u
    anchors = np.where(into_curve[:, None], on_line, anchors)
    on_line = q + ((middle - q) * v).sum(1)[:, None] * v
    anchors = np.where(from_curve[:, None], on_line, anchors)
    common = u + v
    common /= np.maximum(np.hypot(common[:, 0], common[:, 1]), 1e-9)[:, None]
    common = np.where(into_curve[:, None], u, np.where(from_curve[:, None], v, common))
    tangents = runs.tangents.copy()
    tangents[:, 0] = np.where(sharp[:, None], v, common)
    tangents[previous, 1] = np.where(sharp[:, None], u, common)

    following = np.empty(count, dtype=np.intp)
    following[previous] = np.arange(count)
    ends = np.stack([anchors, anchors[following]], axis=1)
    thirds = np.array([[2, 1], [1, 2]]) / 3
    handles = np.einsum("ab,kbd->kad", thirds, ends)
    curved = np.flatnonzero(~runs.straight)
    if len(curved):
        share = np.arange(1, _SAMPLES + 1) / (_SAMPLES + 1)
        low, high = runs.low[curved, None], runs.high[curved, None]
        at = low + (high - low) * share
        base = np.floor(at).astype(np.intp)
        part = (at - base)[..., None]
        loop = runs.loop[curved, None]
        samples = rings.points[rings.index(loop, base)] * (1 - part)
        samples += rings.points[rings.index(loop, base + 1)] * part
        handles[curved] = fit_handles(samples, ends[curved], tangents[curved])
    return Chain(anchors, handles, runs.straight.copy(), sharp, sizes.tolist())


def round_corners(chain: Chain, distance: Floats) -> Chain:
    """Return the chain with those corners rounded that the field (n, n; px) shows rounded."""
    corners = np.flatnonzero(chain.corner)
    if len(corners) == 0:
        return chain
    controls = chain.controls
    arriving = controls[chain.previous[corners], ::-1]  # from the corner backwards
    departing = controls[corners]
    entering, bend_in = _tangent_and_bend(arriving)
    leaving, bend_out = _tangent_and_bend(departing)
    radius, turn = rounding_radii(
        chain.anchors[corners], -entering, leaving, np.stack([-bend_in, bend_out], axis=1), distance
    )
    radii = np.zeros(len(controls))
    angle = np.zeros(len(controls))
    radii[corners], angle[corners] = radius, np.abs(turn)
    return _insert(chain, controls, radii, angle) if radii.any() else chain


def _tangent_and_bend(controls: Floats) -> tuple[Floats, Floats]:
    """Return unit tangents (k, 2) and signed curvatures (k,) at the start of cubics (k, 4, 2)."""
    first = controls[:, 1] - controls[:, 0]
    second = controls[:, 2] - 2 * controls[:, 1] + controls[:, 0]
    length = np.maximum(np.hypot(first[:, 0], first[:, 1]), 1e-9)
    bend = 2 / 3 * (first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]) / length**3
    return first / length[:, None], np.clip(bend, -0.3, 0.3)


def _insert(chain: Chain, controls: Floats, radii: Floats, angle: Floats) -> Chain:
    """Cut the sides back at each corner with a radius and put an arc between."""
    following, previous = chain.following, chain.previous
    length = np.hypot(*np.moveaxis(np.diff(controls, axis=1), 2, 0)).sum(axis=1)
    length = np.maximum(length, 1e-9)
    back = radii * np.tan(np.minimum(angle, 2.6) / 2)
    # two roundings share a side fairly
    share = np.minimum(1, length / np.maximum(back + back[following], 1e-9))
    back = back * np.minimum(share, share[previous])
    low, high = back / length, 1 - back[following] / length
    rounded = back > 0
    gone = (high - low) * length < _SHORTEST
    gone &= rounded & rounded[following]
    low, high = np.where(gone, (low + high) / 2, low), np.where(gone, (low + high) / 2, high)
    sides = cut(controls, low, high)

    at = np.flatnonzero(rounded)
    start, end, tip = sides[previous[at], 3], sides[at, 0], chain.anchors[at]
    reach = _QUARTER * np.tan(angle[at] / 4) / np.maximum(np.tan(angle[at] / 2), 1e-9)
    arcs = np.stack(
        [start, start + (tip - start) * reach[:, None], end + (tip - end) * reach[:, None]], axis=1
    )
    left = np.flatnonzero(~gone)
    order = np.argsort(np.concatenate([2 * at, 2 * left + 1]), kind="stable")
    parts = np.concatenate([arcs, sides[left, :3]])[order]
    none = np.zeros(len(at), dtype=bool)
    straight = np.concatenate([none, chain.straight[left]])[order]
    corner = np.concatenate([none, chain.corner[left] & ~rounded[left]])[order]
    owner = np.concatenate([chain.owner[at], chain.owner[left]])
    sizes = np.bincount(owner, minlength=len(chain.sizes)).tolist()
    return Chain(parts[:, 0], parts[:, 1:], straight, corner, sizes)
