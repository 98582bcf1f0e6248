"""An audit of an SVG: what a designer would ask before taking it.

    report = audit(text)
    report.rows()        # (what, value, limit, passed)

Counts anchors, paths, specks, crossings, colours and stray attributes, and measures how many of the
mark's parts and holes are still told apart at 16 px. Any SVG is taken, after the checks of
`znak.fields.svg.parse` (which raises DrawingError for hostile or broken ones).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.etree.ElementTree import Element, tostring

import numpy as np
from fontTools.pens.recordingPen import RecordingPen
from fontTools.svgLib.path import parse_path
from numpy.typing import NDArray

from znak.errors import DrawingError
from znak.fields.contour import shoelace, zero_lines
from znak.fields.outline import Outline, Points
from znak.fields.svg import parse, render, view_box, with_view_box

LEGIBLE = 0.8
"""Least share of parts and holes told apart at 16 px."""
MAX_ANCHORS = 2000
MAX_COLOURS = 4
SPECK = 0.006
"""Loops whose longest side is below this share of the picture's are specks."""
_LETTERING = frozenset({"name", "tagline"})
"""Ids of the groups in which `znak.brand.scene` puts letters."""
_ALLOWED = {
    "svg": {"viewBox", "width", "height", "version", "id"},
    "g": {"id", "fill", "transform", "opacity"},
    "path": {"d", "fill", "fill-rule", "id", "transform", "fill-opacity"},
    "rect": {"x", "y", "width", "height", "fill", "id", "rx", "ry"},
    "circle": {"cx", "cy", "r", "fill", "id"},
    "linearGradient": {"id", "gradientUnits", "x1", "x2", "y1", "y2"},
    "stop": {"offset", "stop-color", "stop-opacity"},
    "title": set(), "desc": set(), "metadata": set(), "defs": set(),
}  # fmt: skip
_SHAPES = {
    "path",
    "rect",
    "circle",
    "ellipse",
    "polygon",
    "polyline",
    "line",
    "text",
    "image",
    "use",
}
_LONG_NUMBER = re.compile(r"\d*\.\d{4,}")


@dataclass(frozen=True)
class Audit:
    """What was found; `legible` None where the picture has no part to tell."""

    n_bytes: int
    anchors: int
    paths: int
    specks: int
    crossings: int
    colours: tuple[str, ...]
    stray: tuple[str, ...]
    long_numbers: int
    has_title: bool
    has_view_box: bool
    legible: float | None

    def rows(self) -> list[tuple[str, str, str, bool]]:
        """Return (what, found, limit, passed) for each check."""
        legible = "–" if self.legible is None else f"{self.legible:.2f}"
        return [
            ("bytes", f"{self.n_bytes:,}", "≤ 200,000", self.n_bytes <= 200_000),
            ("anchors", str(self.anchors), f"≤ {MAX_ANCHORS}", self.anchors <= MAX_ANCHORS),
            ("paths", str(self.paths), "≥ 1", self.paths >= 1),
            ("specks", str(self.specks), "0", self.specks == 0),
            ("crossings", str(self.crossings), "0", self.crossings == 0),
            ("colours", " ".join(self.colours[:6]), f"≤ {MAX_COLOURS}", len(self.colours) <= MAX_COLOURS),
            ("stray", ", ".join(self.stray[:5]) or "none", "none", not self.stray),
            ("decimals", f"{self.long_numbers} long", "≤ 3", self.long_numbers == 0),
            ("title", "yes" if self.has_title else "no", "yes", self.has_title),
            ("viewBox", "yes" if self.has_view_box else "no", "yes", self.has_view_box),
            ("legible at 16 px", legible, f"≥ {LEGIBLE}", self.legible is None or self.legible >= LEGIBLE),
        ]  # fmt: skip

    @property
    def passed(self) -> bool:
        """Say whether every check passed; legibility is a note and doesn't count."""
        return all(ok for what, _, _, ok in self.rows() if not what.startswith("legible"))


def audit(svg: str) -> Audit:
    """Return the audit of an SVG document."""
    root = parse(svg)
    box = view_box(root)
    outlines = [o for element in root.iter() if (o := _outline_of(element)) is not None]
    loops = [loop for outline in outlines for loop in outline.loops]
    # the dot of an i is small and meant: letters hold no specks
    letters = {
        id(e) for group in root.iter() if group.get("id") in _LETTERING for e in group.iter()
    }
    drawn = [
        loop
        for element in root.iter()
        if id(element) not in letters and (outline := _outline_of(element)) is not None
        for loop in outline.loops
    ]
    sizes = [float(np.ptp(loop.flatten(4), axis=0).max()) for loop in drawn]
    painted = sum(1 for element in root.iter() if _local(element) in _SHAPES)
    return Audit(
        n_bytes=len(svg.encode("utf-8")),
        anchors=sum(len(loop) for loop in loops),
        paths=painted,
        specks=sum(size < SPECK * max(box[2:]) for size in sizes),
        crossings=sum(_crossings(outline) for outline in outlines),
        colours=_colours(root),
        stray=_stray(root),
        long_numbers=sum(
            len(_LONG_NUMBER.findall(value)) for e in root.iter() for value in e.attrib.values()
        ),
        has_title=any(_local(e) == "title" and (e.text or "").strip() for e in root),
        has_view_box=root.get("viewBox") is not None,
        legible=legibility(root),
    )


def outline_of_path(data: str) -> Outline:
    """Return SVG path data as an outline; raise DrawingError for data that can't be read."""
    pen = RecordingPen()
    try:
        parse_path(data, pen)
    except (ValueError, IndexError, TypeError, AttributeError, AssertionError) as error:
        raise DrawingError(
            f"a path can't be read ({data[:30]!r}): save the SVG again from a drawing program",
            ru=f"Контур не читается ({data[:30]!r}): сохраните SVG заново в редакторе",
        ) from error
    from znak.brand.lettering import contour_loops

    return Outline(tuple(contour_loops(pen.value)))


def _outline_of(element: Element) -> Outline | None:
    data = element.get("d") if _local(element) == "path" else None
    return outline_of_path(data) if data else None


def _crossings(outline: Outline) -> int:
    """Return how many pairs of chords of an outline's loops cross."""
    flats = outline.flatten(10)
    if not flats:
        return 0
    starts = np.concatenate(flats)
    ends = np.concatenate([np.roll(f, -1, axis=0) for f in flats])
    sizes = np.array([len(f) for f in flats])
    first = np.repeat(np.cumsum(sizes) - sizes, sizes)
    here = np.arange(len(starts))
    after = np.where(here + 1 == first + np.repeat(sizes, sizes), first, here + 1)
    low, high = np.minimum(starts, ends), np.maximum(starts, ends)
    order = np.argsort(low[:, 0], kind="stable")
    last = np.searchsorted(low[order, 0], high[order, 0], side="right")
    counts = last - np.arange(len(order)) - 1
    if counts.sum() > 4_000_000:
        return 0
    i = np.repeat(np.arange(len(order)), counts)
    j = i + 1 + np.arange(len(i)) - np.repeat(np.cumsum(counts) - counts, counts)
    i, j = order[i], order[j]
    keep = (low[i, 1] <= high[j, 1]) & (low[j, 1] <= high[i, 1]) & (after[i] != j) & (after[j] != i)
    i, j = i[keep], j[keep]

    def side(a: Points, b: Points, p: Points) -> NDArray[np.float64]:
        return np.asarray(
            (b[:, 0] - a[:, 0]) * (p[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (p[:, 0] - a[:, 0])
        )

    a, b, c, d = starts[i], ends[i], starts[j], ends[j]
    hit = (side(a, b, c) * side(a, b, d) < -1e-9) & (side(c, d, a) * side(c, d, b) < -1e-9)
    return int(hit.sum())


def _colours(root: Element) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for element in root.iter():
        for key in ("fill", "stroke", "stop-color"):
            value = (element.get(key) or "").strip().lower()
            if value and value not in ("none", "currentcolor", "inherit") and "url(" not in value:
                found[value] = None
    return tuple(found)


def _stray(root: Element) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for element in root.iter():
        name = _local(element)
        if not name:
            continue
        allowed = _ALLOWED.get(name)
        if allowed is None:
            found[f"<{name}>"] = None
            continue
        for key in element.attrib:
            if key.rpartition("}")[2] not in allowed or "}" in key:
                found[f"{name}/{key.rpartition('}')[2]}"] = None
    return tuple(found)


def legibility(root: Element) -> float | None:
    """Return the share of the mark's parts and holes that are still told apart at 16 px.

    The mark is the group with id "mark", framed by its own ink, or the whole picture without its
    ground. A part or hole counts when the 16-px picture has one of its own at the same place.
    """
    from znak.fields.sdf import frame

    try:
        svg = frame(mark_alone(root)).svg
    except DrawingError:
        return None
    large = render(svg, 256)[..., 3].astype(np.float32) / np.float32(255)
    small = render(svg, 16)[..., 3].astype(np.float32) / np.float32(255)
    true = [
        p for p in zero_lines(large - np.float32(0.5), scale=16 / 256) if abs(shoelace(p)) > 0.25
    ]
    seen = zero_lines(small - np.float32(0.5), tolerance=0.0)
    if not true:
        return None
    free = list(range(len(seen)))
    told = 0
    for loop in sorted(true, key=lambda p: -abs(shoelace(p))):
        area = shoelace(loop)
        for k in free:
            other = shoelace(seen[k])
            if other * area > 0 and 0.25 < other / area < 4:
                gap = float(
                    np.hypot(*((seen[k].max(0) + seen[k].min(0) - loop.max(0) - loop.min(0)) / 2))
                )
                if gap < 1.5:
                    free.remove(k)
                    told += 1
                    break
    return told / len(true)


def mark_alone(root: Element) -> str:
    """Return the SVG with the group "mark" alone where there is one, never with its ground."""
    marks = [e for e in root.iter() if e.get("id") == "mark"]
    copy = Element(root.tag, dict(root.attrib))
    defs = [e for e in root if _local(e) in ("defs", "style")]
    kept = marks[:1] or [e for e in root if e.get("id") != "ground" and e not in defs]
    copy.extend([*defs, *kept])
    if marks:
        return with_view_box(copy, _square(view_box(root)))
    return tostring(copy, encoding="unicode")


def _square(box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    x, y, width, height = box
    side = max(width, height)
    return x - (side - width) / 2, y - (side - height) / 2, side, side


def _local(element: Element) -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""
