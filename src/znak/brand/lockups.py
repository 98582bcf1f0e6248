"""Lock-ups: the mark and the lettering arranged on a view box, with clear space from their bounds.

The unit: a mark of square bounds is 100 high. All scenes have `clear` on every side, a fixed share
of the mark or of the capitals.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from znak.brand.faces import Face, soften
from znak.brand.forms import Part
from znak.brand.lettering import Line, bounds, set_line, split_name
from znak.brand.scene import Scene, Shape, circle, place, ring, turn, union_box
from znak.errors import InputError
from znak.fields.outline import Loop, Outline

LAYOUTS = ("horizontal", "stacked", "mark", "name", "badge", "shield", "monogram")
MARK = 100.0
_LONG = 15
"""Longest name kept on one line beside the mark if it can be divided."""


@dataclass(frozen=True, eq=False)
class Copy:
    """What is lettered, and in what: `tagline` may be ""."""

    name: str
    tagline: str
    face: Face
    small: Face
    tracking: float = 0.0


def compose(layout: str, parts: Sequence[Part], copy: Copy | None) -> Scene:
    """Return the scene of one layout; `copy` is needed by all but `mark` and `monogram`."""
    if layout in ("mark", "monogram"):
        return _framed(_mark(parts, MARK), clear=0.125 * MARK)
    if copy is None or layout not in LAYOUTS:
        raise InputError(
            f"no layout is called {layout!r}: choose from {', '.join(LAYOUTS)}",
            ru=f"Нет компоновки {layout!r}: выберите из {', '.join(LAYOUTS)}",
        )
    if layout == "name":
        return _framed(_text(copy, cap=40.0, lines=_name_lines(copy, 22)), clear=26.0)
    if layout == "horizontal":
        return _horizontal(parts, copy)
    if layout == "stacked":
        return _stacked(parts, copy)
    return _badge(parts, copy, shield=layout == "shield")


def _mark(parts: Sequence[Part], height: float) -> list[Shape]:
    """Return the mark's shapes from (0, 0), of about the visual size of a square `height` high."""
    left, top, right, bottom = union_box([bounds(p.outline) for p in parts])
    width, tall = right - left, bottom - top
    if width < 1e-3 or tall < 1e-3:
        raise InputError(
            "the mark has no area: choose another one",
            ru="У знака нет площади: выберите другой",
        )
    ratio = width / tall
    scale = height / tall * min(1.12, max(0.5, ratio**-0.45))
    filled = parts[0].outline.area / (width * tall)
    scale *= 1.0 if filled < 0.78 else 0.94  # a full square looks larger than a figure
    return [
        Shape("mark", place(p.outline, -left * scale, -top * scale, scale), p.role) for p in parts
    ]


def _name_lines(copy: Copy, longest: int) -> tuple[str, ...]:
    return split_name(copy.name) if len(copy.name) > longest else (copy.name,)


def _set(text: str, face: Face, cap: float, tracking: float) -> tuple[Line, Outline]:
    line = set_line(text, face.font, tracking=tracking)
    return line, place(soften(line.outline, face.soft), 0, 0, cap)


def _text(copy: Copy, *, cap: float, lines: tuple[str, ...], centred: bool = False) -> list[Shape]:
    """Return name and tagline, left edge at x = 0 (or centred there), first baseline at y = 0."""
    shapes: list[Shape] = []
    y = 0.0
    set_lines = [_set(text, copy.face, cap, copy.tracking) for text in lines]
    for number, (_, outline) in enumerate(set_lines):
        if number:
            y += _leading(set_lines[number - 1][0], set_lines[number][0]) * cap
        left, _, right, _ = bounds(outline)
        dx = -(left + right) / 2 if centred else -left
        shapes.append(Shape("name", place(outline, dx, y), "ink"))
    if copy.tagline:
        width = max(s.box[2] - s.box[0] for s in shapes)
        small, tracking = (0.4 if len(lines) == 1 else 0.52) * cap, 0.1
        line, outline = _set(copy.tagline, copy.small, small, tracking)
        if line.width * small > width:
            small = max(0.27 * cap, small * width / (line.width * small))
            line, outline = _set(copy.tagline, copy.small, small, tracking * 0.5)
        drop = max(shapes[-1].box[3] - y, 0.16 * cap) + 0.34 * cap
        left, top, right, _ = bounds(outline)
        dx = -(left + right) / 2 if centred else -left
        shapes.append(Shape("tagline", place(outline, dx, y + drop - min(top, -small)), "ink"))
    return shapes


def _leading(above: Line, below: Line) -> float:
    """Return the distance of two baselines in capital heights: tight, but never touching."""
    return max(1.42, above.box[3] - below.box[1] + 0.2)


def _horizontal(parts: Sequence[Part], copy: Copy) -> Scene:
    mark = _mark(parts, MARK)
    box = union_box([s.box for s in mark])
    lines = _name_lines(copy, _LONG)
    cap = 44.0 if len(lines) == 1 else 32.0
    cap *= 0.86 if copy.tagline else 1.0
    text = _text(copy, cap=cap, lines=lines)
    gap = 0.24 * MARK + 0.06 * cap
    if len(lines) == 1 and not copy.tagline:
        line = set_line(lines[0], copy.face.font, tracking=copy.tracking)
        middle = line.optical_middle * cap
    else:
        top = text[0].box[1]
        last = [s for s in text if s.group == "tagline"] or text[-1:]
        first = set_line(lines[0], copy.face.font).optical_middle * cap * 2
        middle = (min(first, 0.9 * top) + last[-1].box[3]) / 2
    dx, dy = box[2] + gap, (box[1] + box[3]) / 2 - middle
    return _framed([*mark, *(s.moved(dx, dy) for s in text)], clear=0.2 * MARK)


def _stacked(parts: Sequence[Part], copy: Copy) -> Scene:
    mark = _mark(parts, MARK)
    box = union_box([s.box for s in mark])
    lines = _name_lines(copy, 18)
    unit = max(set_line(t, copy.face.font, tracking=copy.tracking).width for t in lines)
    cap = min(30.0, max(15.0, 165.0 / unit))
    text = _text(copy, cap=cap, lines=lines, centred=True)
    top = min(s.box[1] for s in text if s.group == "name")
    x = _middle_x(mark)
    dy = box[3] + 0.2 * MARK + 0.1 * cap - min(top, -cap)
    return _framed([*mark, *(s.moved(x, dy) for s in text)], clear=0.2 * MARK, about_x=x)


def _middle_x(shapes: Sequence[Shape]) -> float:
    """Return the x about which the eye sees the middle: between bounds' and mass's."""
    left, _, right, _ = union_box([s.box for s in shapes])
    total = moment = 0.0
    for shape in shapes:
        for loop in shape.outline.loops:
            p = loop.flatten(8)
            q = np.roll(p, -1, axis=0)
            cross = p[:, 0] * q[:, 1] - q[:, 0] * p[:, 1]
            total += float(cross.sum()) / 2
            moment += float(((p[:, 0] + q[:, 0]) * cross).sum()) / 6
    middle = (left + right) / 2
    reach = 0.06 * (right - left)
    lean = 0.5 * (moment / total - middle) if total > 1e-6 else 0.0
    return middle + min(reach, max(-reach, lean))


def _framed(shapes: Sequence[Shape], *, clear: float, about_x: float | None = None) -> Scene:
    """Return the scene around shapes with `clear` on each side; symmetric about `about_x`."""
    left, top, right, bottom = union_box([s.box for s in shapes])
    if about_x is not None:
        half = max(about_x - left, right - about_x)
        left, right = about_x - half, about_x + half
    width, height = right - left + 2 * clear, bottom - top + 2 * clear
    moved = tuple(s.moved(clear - left, clear - top) for s in shapes)
    return Scene(math.ceil(width * 100) / 100, math.ceil(height * 100) / 100, moved, clear)


def _badge(parts: Sequence[Part], copy: Copy, *, shield: bool) -> Scene:
    return _shield(parts, copy) if shield else _round(parts, copy)


def _round(parts: Sequence[Part], copy: Copy) -> Scene:
    """Return the badge: a ring with the name along it and the mark in the middle."""
    radius, middle = 100.0, 100.0
    upper, lower = copy.name, copy.tagline
    words = split_name(copy.name)
    if not lower and len(copy.name) > 20 and len(words) == 2:
        upper, lower = words
    tracking = max(copy.tracking, 0.07)
    low_face = copy.small if lower == copy.tagline else copy.face
    low_share = 0.72 if lower == copy.tagline else 1.0
    cap = 18.5
    for _ in range(24):
        base = radius - 7.4 - cap * 1.34
        arcs = [
            set_line(t, f.font, tracking=tracking).width * c / (base + 0.4 * cap)
            for t, f, c in ((upper, copy.face, cap), (lower, low_face, low_share * cap))
            if t
        ]
        limit = math.radians(225 if not lower else 205)
        if arcs[0] <= limit and (len(arcs) == 1 or arcs[0] + arcs[1] <= math.radians(310)):
            break
        cap *= 0.95
    inner = base - cap * 0.5
    shapes = [
        Shape("badge", ring(middle, middle, radius, radius - 3.2), "mark"),
        Shape("badge", ring(middle, middle, inner, inner - 1.6), "mark"),
    ]
    face = copy.face
    shapes.append(
        Shape("name", _on_circle(upper, face, cap, tracking, middle, base, below=False), "ink")
    )
    if lower:
        group = "tagline" if copy.tagline else "name"
        small = low_share * cap
        low = _on_circle(
            lower, low_face, small, tracking, middle, base + (cap + small) / 2, below=True
        )
        shapes.append(Shape(group, low, "ink"))
        free = (2 * math.pi - arcs[0] - arcs[1]) / 4
        dots = [-math.pi / 2 + arcs[0] / 2 + free, -math.pi / 2 - arcs[0] / 2 - free]
    else:
        free = (2 * math.pi - arcs[0]) / 2
        dots = (
            [math.pi / 2] if free < 1.2 else [math.pi / 2 - 0.17, math.pi / 2, math.pi / 2 + 0.17]
        )
    track = base + cap / 2
    size = 0.15 * cap
    loops = tuple(
        circle(middle + track * math.cos(a), middle + track * math.sin(a), size) for a in dots
    )
    shapes.append(Shape("badge", Outline(loops), "accent"))
    shapes += _held(parts, middle, middle, (inner - 1.6) * 0.84)
    return _framed(shapes, clear=14.0)


def _held(parts: Sequence[Part], x: float, y: float, radius: float) -> list[Shape]:
    """Return the mark inside a circle."""
    points = np.concatenate([p for part in parts for p in part.outline.flatten(8)])
    low, high = points.min(axis=0), points.max(axis=0)
    centre = (low + high) / 2
    reach = float(np.hypot(*(points - centre).T).max())
    if reach < 1e-3:
        raise InputError(
            "the mark has no area: choose another one", ru="У знака нет площади: выберите другой"
        )
    scale = radius / reach
    return [
        Shape("mark", place(p.outline, x - centre[0] * scale, y - centre[1] * scale, scale), p.role)
        for p in parts
    ]


def _on_circle(
    text: str, face: Face, cap: float, tracking: float, middle: float, base: float, *, below: bool
) -> Outline:
    """Return text whose baseline runs on a circle: over the top, or under the bottom, upright."""
    line = set_line(text, face.font, tracking=tracking)
    span = line.width
    # letters keep their spacing at the height of their middles
    reference = base + (-0.4 if below else 0.4) * cap
    loops: list[Loop] = []
    for glyph in line.glyphs:
        left, _, right, _ = bounds(glyph.outline)
        own = (left + right) / 2
        angle = (glyph.x + own - span / 2) * cap / reference
        outline = soften(glyph.outline, face.soft)
        centred = place(outline, -own * cap, 0, cap)
        if below:
            a = math.pi / 2 - angle
            placed = turn(centred, -angle, middle + base * math.cos(a), middle + base * math.sin(a))
        else:
            a = -math.pi / 2 + angle
            placed = turn(centred, angle, middle + base * math.cos(a), middle + base * math.sin(a))
        loops += placed.loops
    return Outline(tuple(loops))


def _shield(parts: Sequence[Part], copy: Copy) -> Scene:
    """Return the shield: the mark above, the name on a band across it."""
    outer = shield_frame(180.0, 200.0)
    inner = _inset(outer, 4.2)
    shapes = [
        Shape("badge", Outline((*outer.loops, *(lp.reverse() for lp in inner.loops))), "mark")
    ]
    left, top, right, _ = bounds(outer)
    x = (left + right) / 2
    one, two = (copy.name,), split_name(copy.name)
    lines = two if len(copy.name) > 13 else one
    plain_copy = Copy(copy.name, "", copy.face, copy.small, copy.tracking)
    start = top + 103.0
    cap = 22.0
    while True:
        text = _text(plain_copy, cap=cap, lines=lines, centred=True)
        text = [s.moved(x, start - text[0].box[1]) for s in text]
        if all(s.box[2] - s.box[0] <= _room(inner, s.box[3]) for s in text) or cap < 3:
            break
        cap *= 0.95
        if cap < 9 and lines == one != two:
            lines, cap = two, 16.0
    shapes += text
    low = text[-1].box[3]
    shapes += _held(parts, x, top + 55.0, 38.0)
    loops = tuple(circle(x + d, low + 13.0, 2.3) for d in (-11.0, 0.0, 11.0))
    shapes.append(Shape("badge", Outline(loops), "accent"))
    return _framed(shapes, clear=14.0)


def shield_frame(width: float, height: float) -> Outline:
    """Return a shield from (0, 0): a straight top and shoulders, two arcs that meet below."""
    shoulder, half = 0.42 * height, width / 2
    drop = height - shoulder
    radius = (drop**2 + half**2) / (2 * half)
    angle = math.asin(min(1.0, drop / radius))
    reach = 4 / 3 * math.tan(angle / 4) * radius
    # the arc leaves the shoulder straight down and comes to the point along its tangent
    along = reach * np.array([math.sin(angle), -math.cos(angle)])
    anchors = np.array(
        [[0, 0], [width, 0], [width, shoulder], [half, height], [0, shoulder]], float
    )
    handles = np.stack([anchors, np.roll(anchors, -1, axis=0)], axis=1)
    handles[2] = [[width, shoulder + reach], [half + along[0], height + along[1]]]
    handles[3] = [[half - along[0], height + along[1]], [0, shoulder + reach]]
    return Outline((Loop(anchors, handles, np.array([True, True, False, False, True])),))


def _room(outline: Outline, y: float) -> float:
    """Return the width for lettering inside a convex outline at the height y."""
    points = np.concatenate(outline.flatten(24))
    near = points[np.abs(points[:, 1] - y) < 6.0]
    return float(np.ptp(near[:, 0])) * 0.9 - 6.0 if len(near) > 1 else 100.0


def _inset(outline: Outline, width: float) -> Outline:
    """Return a convex outline drawn smaller about its middle, `width` inside at the sides."""
    left, top, right, bottom = bounds(outline)
    sx = 1 - 2 * width / (right - left)
    sy = 1 - 2 * width / (bottom - top)
    x, y = (left + right) / 2, (top + bottom) / 2
    return outline.transform(np.array([[sx, 0, x * (1 - sx)], [0, sy, y * (1 - sy)]]))
