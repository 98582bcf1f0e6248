"""SVG → coverage raster, safely.

A drawing comes from anybody: it is parsed with defusedxml, limited in size and refused when it
holds a script, a reference outside itself or foreign content, before resvg sees it. This module
does not trace and knows nothing of fields; `sdf` does.
"""

from __future__ import annotations

import io
import math
import re
from xml.etree.ElementTree import Element, ParseError, register_namespace, tostring

import numpy as np
import resvg_py
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from numpy.typing import NDArray
from PIL import Image

from znak.errors import DrawingError

MAX_BYTES = 2_000_000
"""Longest SVG text taken, in characters."""
MAX_ELEMENTS = 20_000
"""Most elements taken in one SVG."""
MAX_PATH_NODES = 60_000
"""Most numbers taken in the path data of one SVG, about three per node."""

SVG_NAMESPACE = "http://www.w3.org/2000/svg"
register_namespace("", SVG_NAMESPACE)
_XLINK_HREF = "{http://www.w3.org/1999/xlink}href"
MAX_DEPTH = 200
"""Deepest nesting of elements taken."""
_FORBIDDEN = set(
    "script foreignObject iframe image audio video feImage handler "
    # filters whose cost a number in a file can raise without end
    "feTurbulence feConvolveMatrix feDiffuseLighting feSpecularLighting".split()
)
_EXTERNAL_URL = re.compile(r"url\(\s*['\"]?\s*(?!['\"]?\s*#)", re.IGNORECASE)
_PATH_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")


def parse(svg: str) -> Element:
    """Return the root of `svg` after refusing what is malformed, hostile or too large.

    Raises DrawingError that names what was found.
    """
    if len(svg) > MAX_BYTES:
        raise DrawingError(
            f"the SVG has {len(svg):,} characters, at most {MAX_BYTES:,} are taken: simplify it",
            ru=f"В SVG {len(svg)} знаков, принимается не больше {MAX_BYTES}: упростите его",
        )
    try:
        root: Element = fromstring(
            svg, forbid_dtd=False, forbid_entities=True, forbid_external=True
        )
    except DefusedXmlException as error:
        raise DrawingError(
            "the SVG declares entities, which are refused: remove its DOCTYPE",
            ru="SVG объявляет сущности (entities), они не принимаются: удалите DOCTYPE",
        ) from error
    except (ParseError, ValueError, UnicodeError) as error:
        raise DrawingError(
            f"the SVG is not well-formed XML ({error}): save it again from a drawing program",
            ru=f"SVG — неправильный XML ({error}): сохраните его заново в редакторе",
        ) from error
    if _local(root) != "svg":
        raise DrawingError(
            f"the root element is <{_local(root)}>, not <svg>: give an SVG file",
            ru=f"Корневой элемент <{_local(root)}>, а не <svg>: дайте файл SVG",
        )
    _refuse_hostile(root)
    return root


def _local(element: Element) -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _refuse_hostile(root: Element) -> None:
    numbers = count = 0
    waiting = [(root, 1)]
    while waiting:
        element, depth = waiting.pop()
        waiting += [(child, depth + 1) for child in reversed(element)]
        count += 1
        if depth > MAX_DEPTH:
            raise DrawingError(
                f"the SVG nests elements more than {MAX_DEPTH} deep: flatten its groups",
                ru=f"Элементы SVG вложены глубже {MAX_DEPTH} уровней: разгруппируйте их",
            )
        if count > MAX_ELEMENTS:
            raise DrawingError(
                f"the SVG has more than {MAX_ELEMENTS:,} elements: simplify it",
                ru=f"В SVG больше {MAX_ELEMENTS} элементов: упростите его",
            )
        name = _local(element)
        if name in _FORBIDDEN:
            raise DrawingError(
                f"the SVG holds <{name}>, which is refused: keep shapes and paths only",
                ru=f"В SVG есть <{name}>, это не принимается: оставьте только фигуры и контуры",
            )
        for key, value in element.attrib.items():
            attribute = key.rpartition("}")[2]
            if attribute.lower().startswith("on"):
                raise DrawingError(
                    f"the SVG has an event handler ({attribute}): remove it",
                    ru=f"В SVG есть обработчик событий ({attribute}): удалите его",
                )
            reference = key in (_XLINK_HREF, "href") and name != "a" and value[:1] not in ("#", "")
            if reference or _EXTERNAL_URL.search(value):
                raise DrawingError(
                    f"the SVG refers to {value[:60]!r} outside itself: embed or remove it",
                    ru=f"SVG ссылается наружу ({value[:60]!r}): встройте или удалите это",
                )
        if (
            name == "style"
            and element.text
            and re.search(r"@import|url\(\s*['\"]?[^#'\"\s]", element.text)
        ):
            raise DrawingError(
                "the SVG's style sheet loads something from outside: remove it",
                ru="Таблица стилей в SVG загружает что-то снаружи: удалите это",
            )
        if name in ("path", "polygon", "polyline"):
            data = element.get("d") or element.get("points") or ""
            numbers += (
                sum(1 for _ in _PATH_NUMBER.finditer(data)) if len(data) > 1000 else len(data) // 3
            )
            if numbers > MAX_PATH_NODES:
                raise DrawingError(
                    f"the SVG's paths hold more than {MAX_PATH_NODES:,} numbers: simplify them",
                    ru=f"В контурах SVG больше {MAX_PATH_NODES} чисел: упростите их",
                )


def view_box(root: Element) -> tuple[float, float, float, float]:
    """Return the drawing's view box as x, y, width, height in user units.

    Falls back to the width and height attributes; raises DrawingError when neither gives an area.
    """
    text = root.get("viewBox")
    if text:
        numbers = [float(n) for n in _PATH_NUMBER.findall(text)]
    else:
        numbers = [0.0, 0.0]
        for key in ("width", "height"):
            match = _PATH_NUMBER.match(root.get(key, ""))
            numbers.append(float(match.group()) if match else 0.0)
    if len(numbers) != 4 or not all(map(math.isfinite, numbers)) or min(numbers[2:]) <= 0:
        raise DrawingError(
            f"the SVG has no usable viewBox ({text!r}): give it one with width and height above 0",
            ru=f"У SVG нет годного viewBox ({text!r}): задайте его с шириной и высотой больше 0",
        )
    return numbers[0], numbers[1], numbers[2], numbers[3]


def with_view_box(root: Element, box: tuple[float, float, float, float]) -> str:
    """Return the SVG text of `root`, 64 px wide and high, shown through the square `box` (x, y,
    width, height in user units).
    """
    attributes = {k: v for k, v in root.attrib.items() if k not in ("width", "height", "viewBox")}
    framed = Element(root.tag, attributes)
    framed.set("viewBox", " ".join(f"{n:.6g}" for n in box))
    # resvg rounds a default size to whole pixels and stretches by the rounding: give it one
    for key in ("width", "height"):
        framed.set(key, "64")
    framed.text = root.text
    framed.extend(list(root))
    return tostring(framed, encoding="unicode")


def render(svg: str, size: int) -> NDArray[np.uint8]:
    """Render trusted SVG text to a (size, size, 4) RGBA raster, straight alpha.

    A view box that is not square is fitted and centred. Raises DrawingError when resvg can't.
    """
    try:
        png = resvg_py.svg_to_bytes(svg_string=svg, width=size, height=size, skip_system_fonts=True)
    except BaseException as error:
        # a panic of the renderer (sizes beyond all measure) is no Exception
        if not isinstance(error, ValueError) and type(error).__name__ != "PanicException":
            raise
        raise DrawingError(
            f"the SVG could not be rendered ({error}): save it again from a drawing program",
            ru=f"SVG не удалось отрисовать ({error}): сохраните его заново в редакторе",
        ) from error
    with Image.open(io.BytesIO(png)) as image:
        pixels = np.asarray(image.convert("RGBA"))
    if pixels.shape[:2] == (size, size):
        return pixels
    canvas = np.zeros((size, size, 4), dtype=np.uint8)
    height, width = pixels.shape[:2]
    top, left = (size - height) // 2, (size - width) // 2
    canvas[
        max(top, 0) : max(top, 0) + min(height, size),
        max(left, 0) : max(left, 0) + min(width, size),
    ] = pixels[:size, :size]
    return canvas


def coverage(svg: str, size: int) -> NDArray[np.float32]:
    """Render trusted SVG text to its alpha, (size, size) float32 in [0, 1]."""
    return render(svg, size)[..., 3].astype(np.float32) / np.float32(255)
