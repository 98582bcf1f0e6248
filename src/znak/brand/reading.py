"""From an SVG file's text back to a mark's outline: exact for Znak's own, traced for any other."""

from __future__ import annotations

import json
from typing import Any
from xml.etree.ElementTree import Element

import numpy as np

from znak.brand.audit import outline_of_path
from znak.errors import DrawingError
from znak.fields import Outline, field_of_svg, trace
from znak.fields.svg import parse, view_box

_LONGEST = 100_000


def read_mark(svg: str) -> tuple[Outline, dict[str, Any]]:
    """Return a mark's outline in field px, and the provenance that Znak wrote ({} for others).

    Raises DrawingError for hostile, broken or empty drawings.
    """
    root = parse(svg)
    about = read_about(root)
    outline = _own(root) if about else None
    return outline or trace(field_of_svg(svg)), about


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


def _own(root: Element) -> Outline | None:
    """Return the mark's own path, where it stands on a 64×64 view box untransformed."""
    if view_box(root) != (0.0, 0.0, 64.0, 64.0):
        return None
    paths = [e for e in root.iter() if _local(e) == "path"]
    if len(paths) != 1 or any(e.get("transform") for e in root.iter()):
        return None
    try:
        outline = outline_of_path(paths[0].get("d") or "")
    except DrawingError:
        return None
    if not outline.loops or outline.area < 1:
        return None
    points = np.concatenate(outline.flatten(4))
    inside = points.min() > -4 and points.max() < 68
    return outline if inside else None


def _local(element: Element) -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""
