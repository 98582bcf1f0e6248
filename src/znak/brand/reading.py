"""From an SVG file's text back to a mark's outline: exact for Znak's own, traced for any other.

Of a logo of Znak's own it is the mark alone that is read, before it was outlined, striped or put
on a badge; what name, colours and layout it had, its metadata says (`about["logo"]`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import Element

import numpy as np

from znak.brand.audit import mark_alone, outline_of_path
from znak.brand.forms import Part
from znak.brand.oklch import check_code, contrast
from znak.brand.palettes import WHITE, Palette
from znak.errors import DrawingError, InputError
from znak.fields import Outline, field_of_svg, trace
from znak.fields.sdf import INK, SIZE
from znak.fields.svg import parse, view_box

_LONGEST = 100_000
_CODE = re.compile(r"#[0-9a-f]{6}")


def read_mark(svg: str) -> tuple[Outline, dict[str, Any]]:
    """Return a mark's outline in field px, and the provenance that Znak wrote ({} for others).

    Raises DrawingError for hostile, broken or empty drawings.
    """
    root = parse(svg)
    about = read_about(root)
    outline = None
    if about:
        outline = _of_logo(root, about["logo"]) if is_logo(about) else _own(root)
    if outline is None:
        outline = trace(field_of_svg(mark_alone(root) if is_logo(about) else svg))
    return outline, about


def read_parts(svg: str) -> tuple[Part, ...]:
    """Return the coloured shapes of a mark of Znak's own that was traced in colour, () for others.

    A white sheet that lies under all is left out.
    """
    root = parse(svg)
    groups = [e for e in root if e.get("id") == "mark" and _local(e) == "g"]
    if view_box(root) != (0.0, 0.0, 64.0, 64.0) or not groups:
        return ()
    parts = []
    for element in groups[0]:
        fill = (element.get("fill") or "").lower()
        outline = outline_of_path(element.get("d") or "")
        if _local(element) != "path" or not _CODE.fullmatch(fill) or not outline.loops:
            return ()
        parts.append(Part(outline, fill))
    if len(parts) > 1 and contrast(parts[0].role, WHITE) < 1.15:
        parts = parts[1:]
    return tuple(parts)


def is_logo(about: Mapping[str, Any]) -> bool:
    """Say whether what `read_mark` returned beside a mark is that of a whole logo."""
    return isinstance(about.get("logo"), dict)


def read_palette(about: Mapping[str, Any]) -> Palette | None:
    """Return the palette of a logo of Znak's own, None where it says none."""
    colours = about["logo"].get("colours") if is_logo(about) else None
    if not isinstance(colours, dict):
        return None
    try:
        mark, ink, ground = (check_code(str(colours[role])) for role in ("mark", "ink", "ground"))
        accent, blend = (
            check_code(str(colours[role])) if colours.get(role) else None
            for role in ("accent", "blend")
        )
    except (KeyError, InputError):
        return None
    return Palette(mark, ink, ground, accent, "given", blend)


def read_about(root: Element) -> dict[str, Any]:
    """Return the JSON of an SVG's metadata where it is Znak's, else {}."""
    for element in root:
        if _local(element) == "metadata" and 0 < len(element.text or "") < _LONGEST:
            try:
                row = json.loads(element.text or "")
            except (ValueError, RecursionError):
                continue
            if isinstance(row, dict) and "znak" in row:
                return row
    return {}


def _of_logo(root: Element, logo: Mapping[str, Any]) -> Outline | None:
    """Return the mark of a logo: as its metadata has it, else the path of the group "mark"."""
    told = logo.get("mark")
    if isinstance(told, str) and len(told) < _LONGEST:
        return _checked(told)
    groups = [e for e in root if e.get("id") == "mark"]
    paths = [e for e in groups[0] if _local(e) == "path"] if groups else []
    if len(paths) != 1 or any(e.get("transform") for e in root.iter()):
        return None
    return _checked(paths[0].get("d") or "", framed=False)


def _own(root: Element) -> Outline | None:
    """Return the mark's own path, where it stands on a 64×64 view box untransformed."""
    if view_box(root) != (0.0, 0.0, 64.0, 64.0):
        return None
    paths = [e for e in root.iter() if _local(e) == "path"]
    if len(paths) != 1 or any(e.get("transform") for e in root.iter()):
        return None
    return _checked(paths[0].get("d") or "")


def _checked(data: str, *, framed: bool = True) -> Outline | None:
    """Return path data as a mark's outline, None for what is none; fit it to the canvas first where
    it is not `framed` yet.
    """
    try:
        outline = outline_of_path(data)
    except DrawingError:
        return None
    if not outline.loops:
        return None
    points = np.concatenate(outline.flatten(4))
    low, high = points.min(axis=0), points.max(axis=0)
    side = float((high - low).max())
    if not framed and side > 0:
        scale = INK / side
        x, y = SIZE / 2 - scale * (low + high) / 2
        outline = outline.transform(np.array([[scale, 0.0, x], [0.0, scale, y]]))
        points = np.concatenate(outline.flatten(4))
    if outline.area < 1:
        return None
    inside = points.min() > -4 and points.max() < 68
    return outline if inside else None


def _local(element: Element) -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""
