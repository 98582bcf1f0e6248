"""All segments of an outline in flat arrays, for work on every segment at once."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from znak.fields.outline import Loop, Outline
from znak.fields.rings import Floats, Indices


@dataclass(frozen=True)
class Chain:
    """All segments of an outline: segment k runs from `anchors[k]` to `anchors[following[k]]`.

    `handles` (n, 2, 2), `straight` (n,), `corner` (n,) whether anchor k is a corner, `sizes` the
    number of segments of each loop, in order; `fixed` (n,) marks segments that refining leaves.
    """

    anchors: Floats
    handles: Floats
    straight: NDArray[np.bool_]
    corner: NDArray[np.bool_]
    sizes: list[int]
    fixed: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=bool))

    def __post_init__(self) -> None:
        if len(self.fixed) != len(self.anchors):
            object.__setattr__(self, "fixed", np.zeros(len(self.anchors), dtype=bool))

    @cached_property
    def following(self) -> Indices:
        """Index of the anchor after each."""
        out = np.arange(1, len(self.anchors) + 1)
        ends = np.cumsum(self.sizes)
        out[ends - 1] = ends - self.sizes
        return out

    @cached_property
    def previous(self) -> Indices:
        """Index of the anchor before each."""
        out = np.empty(len(self.anchors), dtype=np.intp)
        out[self.following] = np.arange(len(out))
        return out

    @cached_property
    def owner(self) -> Indices:
        """Number of the loop of each anchor."""
        return np.repeat(np.arange(len(self.sizes)), self.sizes)

    @cached_property
    def controls(self) -> Floats:
        """Control points (n, 4, 2), the handles of lines at thirds."""
        ends = self.anchors[self.following]
        handles = self.handles.copy()
        lines = self.straight
        handles[lines, 0] = (2 * self.anchors[lines] + ends[lines]) / 3
        handles[lines, 1] = (self.anchors[lines] + 2 * ends[lines]) / 3
        return np.concatenate([self.anchors[:, None], handles, ends[:, None]], axis=1)

    def split(self) -> list[Chain]:
        """Return each loop as a chain of its own."""
        chains, start = [], 0
        for size in self.sizes:
            part = slice(start, start + size)
            chains.append(
                Chain(
                    self.anchors[part],
                    self.handles[part],
                    self.straight[part],
                    self.corner[part],
                    [size],
                    self.fixed[part],
                )
            )
            start += size
        return chains

    def outline(self) -> Outline:
        """Return the outline."""
        loops, start = [], 0
        for size in self.sizes:
            part = slice(start, start + size)
            loops.append(
                Loop(
                    self.anchors[part].copy(), self.handles[part].copy(), self.straight[part].copy()
                )
            )
            start += size
        return Outline(tuple(loops))


def join(chains: list[Chain]) -> Chain:
    """Return the chains of several loops as one."""
    return Chain(
        np.concatenate([c.anchors for c in chains]),
        np.concatenate([c.handles for c in chains]),
        np.concatenate([c.straight for c in chains]),
        np.concatenate([c.corner for c in chains]),
        [size for c in chains for size in c.sizes],
        np.concatenate([c.fixed for c in chains]),
    )


def align_joints(chain: Chain) -> Chain:
    """Return the chain with exactly common tangents at its smooth joints."""
    following = chain.following
    handles = chain.handles.copy()
    smooth = ~chain.corner
    before = chain.previous
    a = chain.anchors
    into = a - np.where(chain.straight[before, None], a[before], handles[before, 1])
    out = np.where(chain.straight[:, None], a[following], handles[:, 0]) - a
    reach_in = np.maximum(np.hypot(into[:, 0], into[:, 1]), 1e-9)
    reach_out = np.maximum(np.hypot(out[:, 0], out[:, 1]), 1e-9)
    unit_in, unit_out = into / reach_in[:, None], out / reach_out[:, None]
    common = unit_in * reach_in[:, None] + unit_out * reach_out[:, None]
    common = np.where(chain.straight[before, None], unit_in, common)
    common = np.where(chain.straight[:, None], unit_out, common)
    common /= np.maximum(np.hypot(common[:, 0], common[:, 1]), 1e-9)[:, None]
    smooth = smooth & ~chain.fixed
    entering = smooth & ~chain.straight[before]
    leaving = smooth & ~chain.straight
    handles[before[entering], 1] = a[entering] - common[entering] * reach_in[entering, None]
    handles[leaving, 0] = a[leaving] + common[leaving] * reach_out[leaving, None]
    return replace(chain, handles=handles)


def bernstein(t: Floats) -> Floats:
    """Return the weights (…, 4) of a cubic's control points at parameters `t`."""
    u = 1 - t
    return np.stack([u**3, 3 * t * u * u, 3 * t * t * u, t**3], axis=-1)


def cut(controls: Floats, low: Floats, high: Floats) -> Floats:
    """Return the parts of cubics (k, 4, 2) between parameters `low` and `high` (k,)."""

    def blossom(*places: Floats) -> Floats:
        p = controls
        for t in places:
            p = p[:, :-1] + (p[:, 1:] - p[:, :-1]) * t[:, None, None]
        return p[:, 0]

    return np.stack(
        [
            blossom(low, low, low),
            blossom(low, low, high),
            blossom(low, high, high),
            blossom(high, high, high),
        ],
        axis=1,
    )
