"""Outlines: closed loops of lines and cubic Béziers, the vector side of the codec.

Coordinates are field pixels: x right, y down, the canvas is [0, 64] × [0, 64] and the centre of
the field's sample (row i, column j) lies at (j + 0.5, i + 0.5). Outer loops have positive shoelace
area in these axes (clockwise on the screen), holes negative.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
"""Points as an (n, 2) array of x, y in field pixels."""


@dataclass(frozen=True, eq=False)
class Loop:
    """A closed chain of segments; segment i runs from `anchors[i]` to `anchors[i + 1]`.

    `anchors` is (n, 2); `handles` (n, 2, 2) holds the two inner control points of each segment;
    `straight` (n,) says which segments are lines (their handles are then ignored).
    """

    anchors: Points
    handles: NDArray[np.float64]
    straight: NDArray[np.bool_]

    @classmethod
    def polygon(cls, points: Points) -> Loop:
        """Return the loop with straight sides through `points` (n, 2)."""
        points = np.asarray(points, dtype=np.float64)
        ends = np.roll(points, -1, axis=0)
        handles = np.stack([points + (ends - points) / 3, ends - (ends - points) / 3], axis=1)
        return cls(points, handles, np.ones(len(points), dtype=bool))

    def __len__(self) -> int:
        return len(self.anchors)

    @cached_property
    def controls(self) -> NDArray[np.float64]:
        """The segments as (n, 4, 2) Bézier control points; lines with their handles at thirds."""
        ends = np.roll(self.anchors, -1, axis=0)
        handles = self.handles.copy()
        lines = self.straight
        handles[lines, 0] = (2 * self.anchors[lines] + ends[lines]) / 3
        handles[lines, 1] = (self.anchors[lines] + 2 * ends[lines]) / 3
        return np.concatenate([self.anchors[:, None], handles, ends[:, None]], axis=1)

    @cached_property
    def area(self) -> float:
        """The exact signed area enclosed, in square pixels; positive for outer loops."""
        p = self.controls
        return float(
            np.sum(
                6 * _cross(p[:, 0], p[:, 1])
                + 3 * _cross(p[:, 0], p[:, 2])
                + _cross(p[:, 0], p[:, 3])
                + 3 * _cross(p[:, 1], p[:, 2])
                + 3 * _cross(p[:, 1], p[:, 3])
                + 6 * _cross(p[:, 2], p[:, 3])
            )
            / 20
        )

    def flatten(self, steps: int = 12) -> Points:
        """Return the loop as a polyline: one point a line, `steps` points a curve, end excluded."""
        t = np.arange(steps) / steps
        basis = np.stack([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3], axis=1)
        curves = np.einsum("tk,nkd->ntd", basis, self.controls)
        keep = ~self.straight[:, None] | (np.arange(steps) == 0)[None, :]
        return np.asarray(curves[keep], dtype=np.float64)

    def transform(self, matrix: NDArray[np.float64]) -> Loop:
        """Return the loop under the 2×3 affine `matrix`, orientation kept (reversed if mirrored)."""
        m = np.asarray(matrix, dtype=np.float64)
        loop = Loop(
            self.anchors @ m[:, :2].T + m[:, 2],
            self.handles @ m[:, :2].T + m[:, 2],
            self.straight,
        )
        return loop.reverse() if np.linalg.det(m[:, :2]) < 0 else loop

    def reverse(self) -> Loop:
        """Return the same curve run the other way."""
        anchors = np.roll(self.anchors[::-1], 1, axis=0)
        return Loop(anchors, self.handles[::-1, ::-1], self.straight[::-1])


@dataclass(frozen=True, eq=False)
class Outline:
    """A mark's outline: outer loops and holes, filled by the nonzero rule."""

    loops: tuple[Loop, ...]

    def __len__(self) -> int:
        return len(self.loops)

    @property
    def n_anchors(self) -> int:
        """Number of anchor points in all loops."""
        return sum(len(loop) for loop in self.loops)

    @property
    def area(self) -> float:
        """Area inside, in square pixels."""
        return sum(loop.area for loop in self.loops)

    def flatten(self, steps: int = 12) -> list[Points]:
        """Return each loop as a closed polyline without its repeated end."""
        return [loop.flatten(steps) for loop in self.loops]

    def transform(self, matrix: NDArray[np.float64]) -> Outline:
        """Return the outline under the 2×3 affine `matrix`."""
        return Outline(tuple(loop.transform(matrix) for loop in self.loops))

    def path_data(self, *, scale: float = 1.0, decimals: int = 3) -> str:
        """Return SVG path data (M, L, C, Z; absolute), coordinates times `scale`."""
        return "".join(_loop_data(loop, scale, decimals) for loop in self.loops)

    def to_svg(self, *, fill: str = "#000", decimals: int = 3) -> str:
        """Return a whole SVG document with one path on a 64×64 view box."""
        return (
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">'
            f'<path fill="{fill}" d="{self.path_data(decimals=decimals)}"/></svg>'
        )


def _cross(a: Points, b: Points) -> NDArray[np.float64]:
    return a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]


def _number(value: float, decimals: int) -> str:
    text = f"{value:.{decimals}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def _loop_data(loop: Loop, scale: float, decimals: int) -> str:
    def point(p: NDArray[np.float64]) -> str:
        return f"{_number(p[0] * scale, decimals)} {_number(p[1] * scale, decimals)}"

    n = len(loop)
    parts = ["M" + point(loop.anchors[0])]
    for i in range(n):
        end = loop.anchors[(i + 1) % n]
        if loop.straight[i]:
            if i < n - 1:
                parts.append("L" + point(end))
        else:
            first, second = loop.handles[i]
            parts.append(f"C{point(first)} {point(second)} {point(end)}")
    return "".join(parts) + "Z"
