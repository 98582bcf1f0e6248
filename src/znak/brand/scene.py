"""Scenes: what a logo consists of, and the SVG that it is written as.

A scene is a view box and shapes in painting order; a shape has an outline and a role, and a
palette gives roles their colours. One path a shape, outlines only, three decimals at most.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import numpy as np

from znak.brand.lettering import bounds
from znak.brand.oklch import contrast
from znak.brand.palettes import WHITE, Palette
from znak.fields.outline import Loop, Outline
from znak.fields.svg import SVG_NAMESPACE

Box = tuple[float, float, float, float]
_LIGHT = 1.9
"""Contrast with white below which a colour counts as ground in one colour."""
_KAPPA = 0.5522847498


@dataclass(frozen=True, eq=False)
class Shape:
    """A filled outline: `group` is the id it is drawn under, `role` names its colour: "mark",
    "accent", "ink", "ground" (the ground's own colour), "paper", or "#rrggbb" where it has its own.
    """

    group: str
    outline: Outline
    role: str

    @property
    def box(self) -> Box:
        """Left, top, right, bottom."""
        return bounds(self.outline)

    def moved(self, dx: float, dy: float, scale: float = 1.0) -> Shape:
        """Return the shape scaled about the origin, then moved."""
        return replace(self, outline=place(self.outline, dx, dy, scale))


@dataclass(frozen=True, eq=False)
class Scene:
    """Shapes in painting order on a view box from the origin; `clear` is the clear space in it."""

    width: float
    height: float
    shapes: tuple[Shape, ...]
    clear: float = 0.0

    def group_box(self, group: str) -> Box | None:
        """Return the bounds of a group's shapes."""
        boxes = [shape.box for shape in self.shapes if shape.group == group]
        return union_box(boxes) if boxes else None


def place(outline: Outline, dx: float, dy: float, scale: float = 1.0) -> Outline:
    """Return the outline scaled about the origin, then moved."""
    return outline.transform(np.array([[scale, 0, dx], [0, scale, dy]]))


def turn(outline: Outline, angle: float, dx: float, dy: float) -> Outline:
    """Return the outline turned clockwise about the origin (radians), then moved."""
    c, s = math.cos(angle), math.sin(angle)
    return outline.transform(np.array([[c, -s, dx], [s, c, dy]]))


def union_box(boxes: list[Box]) -> Box:
    """Return the box around boxes."""
    a = np.array(boxes)
    return (
        float(a[:, 0].min()), float(a[:, 1].min()), float(a[:, 2].max()), float(a[:, 3].max())
    )  # fmt: skip


def circle(x: float, y: float, radius: float) -> Loop:
    """Return a circle of four arcs, positive area."""
    corners = np.array([[1, 0], [0, 1], [-1, 0], [0, -1]], dtype=np.float64)
    ahead = np.roll(corners, -1, axis=0)
    handles = np.stack([corners + _KAPPA * ahead, ahead + _KAPPA * corners], axis=1)
    middle = np.array([x, y])
    return Loop(corners * radius + middle, handles * radius + middle, np.zeros(4, dtype=bool))


def ring(x: float, y: float, outer: float, inner: float) -> Outline:
    """Return a ring between two circles."""
    return Outline((circle(x, y, outer), circle(x, y, inner).reverse()))


def rounded_box(x: float, y: float, width: float, height: float, radius: float) -> Outline:
    """Return a rectangle with round corners."""
    r = min(radius, width / 2, height / 2)
    if r <= 0:
        points = [[x, y], [x + width, y], [x + width, y + height], [x, y + height]]
        return Outline((Loop.polygon(np.array(points, dtype=np.float64)),))
    k = r * (1 - _KAPPA)
    xr, yb = x + width, y + height
    anchors = [
        [x + r, y], [xr - r, y], [xr, y + r], [xr, yb - r],
        [xr - r, yb], [x + r, yb], [x, yb - r], [x, y + r],
    ]  # fmt: skip
    corners = {1: ([xr - k, y], [xr, y + k]), 3: ([xr, yb - k], [xr - k, yb]),
               5: ([x + k, yb], [x, yb - k]), 7: ([x, y + k], [x + k, y])}  # fmt: skip
    handles = np.array([corners.get(i, (anchors[i], anchors[(i + 1) % 8])) for i in range(8)])
    return Outline(
        (Loop(np.array(anchors, dtype=np.float64), handles, np.array([True, False] * 4)),)
    )


def colour_of(role: str, palette: Palette) -> str:
    """Return the colour a palette gives a role; a colour of its own stays, but in one-colour palettes
    becomes ink or ground.
    """
    if role.startswith("#"):
        if palette.source != "single":
            return role
        return palette.ground if contrast(role, WHITE) < _LIGHT else palette.mark
    return {
        "mark": palette.mark,
        "accent": palette.second,
        "ink": palette.ink,
        "ground": palette.ground,
        "paper": palette.ground,
    }[role]


def write_svg(
    scene: Scene,
    palette: Palette,
    *,
    title: str,
    description: str = "",
    about: Mapping[str, Any] | None = None,
    ground: bool = False,
    decimals: int = 2,
) -> str:
    """Return the scene as an SVG document; `ground` paints the palette's ground under it.

    `about` goes into its metadata as JSON.
    """
    parts = [
        f'<svg xmlns="{SVG_NAMESPACE}" viewBox="0 0 {_n(scene.width)} {_n(scene.height)}">',
        f"<title>{escape(_printable(title))}</title>",
    ]
    if description:
        parts.append(f"<desc>{escape(_printable(description))}</desc>")
    if about:
        note = json.dumps(dict(about), ensure_ascii=False, sort_keys=True)
        parts.append(f"<metadata>{escape(_printable(note))}</metadata>")
    if palette.blend:
        box = scene.group_box("mark") or (0.0, 0.0, scene.width, scene.height)
        parts.append(f"<defs>{gradient('tone', box, palette.blend, palette.mark)}</defs>")
    if ground:
        size = f'width="{_n(scene.width)}" height="{_n(scene.height)}"'
        parts.append(f'<rect id="ground" {size} fill="{palette.ground}"/>')
    groups: dict[str, list[Shape]] = {}
    for shape in scene.shapes:
        groups.setdefault(shape.group, []).append(shape)
    for name, shapes in groups.items():
        parts.append(f"<g id={quoteattr(name)}>")
        for shape in shapes:
            fill = colour_of(shape.role, palette)
            if palette.blend and shape.role == "mark" and name == "mark":
                fill = "url(#tone)"
            parts.append(f'<path fill="{fill}" d="{shape.outline.path_data(decimals=decimals)}"/>')
        parts.append("</g>")
    parts.append("</svg>")
    return "".join(parts) + "\n"


def gradient(name: str, box: Box, start: str, end: str) -> str:
    """Return a linear gradient from the upper left to the lower right of a box."""
    x0, y0, x1, y1 = (_n(v) for v in box)
    return (
        f'<linearGradient id="{name}" gradientUnits="userSpaceOnUse" '
        f'x1="{x0}" y1="{y0}" x2="{x1}" y2="{y1}">'
        f'<stop offset="0" stop-color="{start}"/><stop offset="1" stop-color="{end}"/>'
        "</linearGradient>"
    )


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _printable(text: str) -> str:
    return "".join(c for c in text if c.isprintable())
