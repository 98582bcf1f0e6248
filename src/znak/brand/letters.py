"""Letters as fields: glyph outlines from a font, framed for the canvas.

Kerned lines of text are lettering, which this module does not do; it serves monograms.
"""

from __future__ import annotations

import importlib.resources
from functools import cache
from itertools import pairwise
from pathlib import Path as FilePath

import numpy as np
from fontTools.pens.recordingPen import RecordingPen
from fontTools.ttLib import TTFont
from pathops import Path

from znak.errors import InputError
from znak.fields.outline import Points
from znak.fields.sdf import INK, SIZE, Field, signed_distance

_STEPS = 8


@cache
def default_font() -> TTFont:
    """Return Manrope Bold, which covers Latin and Russian."""
    return TTFont(
        FilePath(str(importlib.resources.files("font_manrope"))) / "files" / "Manrope-Bold.ttf"
    )


def letters_field(
    text: str, *, font: TTFont | None = None, ink: float = INK, gap: float = 0.06
) -> Field:
    """Return one to three letters side by side as a field, longest side `ink` px, centred.

    `gap` is the space between letters over the capital height. Raises InputError for a character
    that the font lacks or that has no ink.
    """
    font = font or default_font()
    loops: list[Points] = []
    pen_x = 0.0
    for character in text:
        glyph = _glyph_loops(font, character)
        points = np.concatenate(glyph)
        low, high = points[:, 0].min(), points[:, 0].max()
        loops += [loop + [pen_x - low, 0.0] for loop in glyph]
        pen_x += high - low + gap * float(font["head"].unitsPerEm)
    if not loops:
        raise InputError("there are no letters to draw: give a name", ru="Нет букв: дайте название")
    points = np.concatenate(loops)
    low, high = points.min(axis=0), points.max(axis=0)
    scale = ink / float((high - low).max())
    centre = (low + high) / 2
    flip = np.array([scale, -scale])  # font y points up
    return signed_distance([(loop - centre) * flip + SIZE / 2 for loop in loops])


def _glyph_loops(font: TTFont, character: str) -> list[Points]:
    name = font.getBestCmap().get(ord(character))
    glyphs = font.getGlyphSet()
    path = Path()
    if name is not None:
        glyphs[name].draw(path.getPen(glyphSet=glyphs))
    path.simplify()  # fonts let strokes overlap; the distance is to the edge of their union
    pen = RecordingPen()
    path.draw(pen)
    if not pen.value:
        raise InputError(
            f"the font has no drawing for {character!r}: use another letter",
            ru=f"В шрифте нет рисунка для {character!r}: возьмите другую букву",
        )
    loops: list[Points] = []
    current: list[Points] = []
    for command, arguments in pen.value:
        if command == "moveTo":
            current = [np.array([arguments[0]], dtype=np.float64)]
        elif command == "lineTo":
            current.append(np.array([arguments[0]], dtype=np.float64))
        elif command == "qCurveTo":
            if arguments[-1] is None:  # a closed spline without points on the curve: O
                ring = np.array(arguments[:-1], dtype=np.float64)
                start = (ring[-1] + ring[0]) / 2
                current = [start[None], *_quadratics(start, np.concatenate([ring, start[None]]))]
            else:
                current += _quadratics(current[-1][-1], np.array(arguments, dtype=np.float64))
        elif command == "curveTo":
            current.append(_bezier(np.array([current[-1][-1], *arguments], dtype=np.float64)))
        elif command in ("closePath", "endPath"):
            loops.append(np.concatenate(current))
    return loops


def _quadratics(start: Points, points: Points) -> list[Points]:
    """Return the polylines of a TrueType spline: on-curve points are implied between controls."""
    curves = []
    for k in range(len(points) - 1):
        control = points[k]
        end = points[k + 1] if k == len(points) - 2 else (points[k] + points[k + 1]) / 2
        curves.append(_bezier(np.stack([start, control, end])))
        start = end
    return curves


def _bezier(control: Points) -> Points:
    """Return points along a Bézier of any degree, its start left out."""
    t = (np.arange(1, _STEPS + 1) / _STEPS)[:, None]
    level = [control[k] * np.ones_like(t) for k in range(len(control))]
    while len(level) > 1:
        level = [(1 - t) * a + t * b for a, b in pairwise(level)]
    return np.asarray(level[0], dtype=np.float64)
