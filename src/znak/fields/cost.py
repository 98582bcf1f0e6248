"""What an SVG of somebody else's costs to draw, refused where that is too much.

`znak.fields.svg` refuses scripts, references outside, entities and sheer size. What is left can still
cost much: a few elements that use each other, masks over the whole canvas again and again, and filters
(one `feMorphology` of radius 500 takes a minute) or markers on each point of a path. A mark has no
need of them: filters and markers are refused, and of the rest little is taken. Icon packages are not
held to this: they are known, and some of them have filters.
"""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element

from znak.errors import DrawingError
from znak.fields.svg import parse, view_box

MAX_DRAWN = 5_000
"""Most elements that are drawn, with those that are used counted each time."""
MAX_LAYERS = 64
"""Most elements that need a canvas of their own: masks, patterns, clips, opacity of groups."""
_LAYERS = frozenset({"mask", "pattern", "clipPath"})
_REFUSED = frozenset({"filter", "marker"})
_STYLED = re.compile(r"(?<![-\w])(?:opacity|mask|clip-path|mix-blend-mode|isolation)(?![-\w])")
_FILTERED = re.compile(r"(?<![-\w])filter\s*:")
_DEEPEST = 250
"""Longest chain of elements inside or used by one another."""


def check_cost(svg: str) -> Element:
    """Return the root of an SVG; raise DrawingError for one that costs too much to draw."""
    root = parse(svg)
    view_box(root)
    layers = 0
    for element in root.iter():
        name = _local(element)
        styles = (element.get("style") or "") + (element.text or "" if name == "style" else "")
        if name in _REFUSED or "filter" in element.attrib or _FILTERED.search(styles):
            raise DrawingError(
                "the SVG has a filter (a shadow, a blur) or markers: keep shapes and paths only",
                ru="В SVG есть фильтр (тень, размытие) или маркеры: оставьте фигуры и контуры",
            )
        layers += name in _LAYERS
        layers += bool(_STYLED.search(" ".join((*element.attrib, styles)))) * (
            MAX_LAYERS if name == "style" else 1
        )
    drawn = _count_drawn(root)
    if layers > MAX_LAYERS or drawn > MAX_DRAWN:
        raise DrawingError(
            f"the SVG takes too much to draw ({drawn} elements, {layers} layers; at most {MAX_DRAWN} "
            f"and {MAX_LAYERS}): keep shapes and paths only",
            ru=f"SVG слишком сложен ({drawn} элементов, {layers} слоёв; не больше {MAX_DRAWN} и "
            f"{MAX_LAYERS}): оставьте только фигуры и контуры",
        )
    return root


def _count_drawn(root: Element) -> int:
    """Return how many elements are drawn when each `use` is replaced by what it uses.

    One that uses itself in the end, or a chain of uses that is very long, counts as more than is
    allowed.
    """
    named: dict[str, Element] = {}
    for element in root.iter():
        if identity := element.get("id"):
            named.setdefault(identity, element)
    known: dict[int, int] = {}
    open_: set[int] = set()

    def count(element: Element, depth: int) -> int:
        key = id(element)
        if key in known:
            return known[key]
        if key in open_ or depth > _DEEPEST:
            return MAX_DRAWN + 1
        open_.add(key)
        total = 1 + sum(count(child, depth + 1) for child in element)
        for reference in _references(element):
            if reference in named:
                total += count(named[reference], depth + 1)
        open_.discard(key)
        known[key] = min(total, MAX_DRAWN + 1)
        return known[key]

    return count(root, 0)


_URL = re.compile(r"url\(\s*['\"]?#([^'\")\s]+)")


def _references(element: Element) -> list[str]:
    found = []
    for key, value in element.attrib.items():
        if key.rpartition("}")[2] == "href" and value.startswith("#"):
            found.append(value[1:])
        else:
            found += _URL.findall(value)
    return found


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
