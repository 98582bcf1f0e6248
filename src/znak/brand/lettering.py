"""Names and taglines as outlines: shaped with HarfBuzz, drawn as Béziers, overlaps removed.

Lengths are in capital heights until a lock-up scales them: a line's capitals are 1 high, its
baseline is y = 0 and y points down (font y is flipped once, here).
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import uharfbuzz as hb
from fontTools.pens.recordingPen import DecomposingRecordingPen
from numpy.typing import NDArray
from pathops import Path

from znak.brand.fonts import Font
from znak.errors import InputError
from znak.fields.outline import Loop, Outline, Points

MAX_NAME = 40
"""Longest name, in characters."""
MAX_TAGLINE = 60
_MIN_SEGMENT = 0.5  # font units


@dataclass(frozen=True, eq=False)
class Glyph:
    """A placed letter: `outline` about its own origin, `x` where that stands on the baseline."""

    outline: Outline
    x: float
    advance: float


@dataclass(frozen=True, eq=False)
class Line:
    """One line of text, baseline at y = 0, capitals 1 high, left ink edge at x = 0."""

    text: str
    glyphs: tuple[Glyph, ...]
    font: Font

    @cached_property
    def outline(self) -> Outline:
        """The whole line."""
        loops: list[Loop] = []
        for glyph in self.glyphs:
            loops += glyph.outline.transform(np.array([[1, 0, glyph.x], [0, 1, 0]])).loops
        return Outline(tuple(loops))

    @cached_property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom of the ink."""
        return bounds(self.outline)

    @property
    def width(self) -> float:
        """Width of the ink."""
        return self.box[2] - self.box[0]

    @cached_property
    def x_height(self) -> float:
        """Height of x over that of capitals."""
        return self.font.x_height / self.font.cap_height

    @cached_property
    def optical_middle(self) -> float:
        """The y about which the eye sees the line's middle: between caps' and small letters'."""
        letters = [c for c in self.text if c.isalnum()]
        high = sum(c.isupper() or c.isdigit() or c in "бё" for c in letters)
        share = high / max(len(letters), 1)
        small = self.x_height / 2
        return -(small + (0.5 - small) * min(1.0, 0.45 + share))


def bounds(outline: Outline) -> tuple[float, float, float, float]:
    """Return left, top, right, bottom of an outline's ink."""
    points = np.concatenate([loop.flatten(8) for loop in outline.loops])
    low, high = points.min(axis=0), points.max(axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def check_text(text: str, *, limit: int, what: tuple[str, str]) -> str:
    """Return `text` fit for lettering: NFC, single spaces, no control characters.

    Raises InputError for what is empty, too long, stacks marks (Zalgo) or runs right to left.
    `what` names it in English and Russian.
    """
    english, russian = what
    text = unicodedata.normalize("NFC", text)
    text = " ".join(
        "".join(
            c for c in text if unicodedata.category(c) not in ("Cc", "Cf") or c.isspace()
        ).split()
    )
    if not any(c.isprintable() and not c.isspace() for c in text):
        raise InputError(
            f"the {english} is empty: give 1 to {limit} characters",
            ru=f"{russian} — пусто: дайте от 1 до {limit} знаков",
        )
    if len(text) > limit:
        raise InputError(
            f"the {english} has {len(text)} characters: give at most {limit}",
            ru=f"{russian}: {len(text)} знаков; дайте не больше {limit}",
        )
    if any(unicodedata.category(c) == "Mn" for c in text):
        raise InputError(
            f"the {english} {text[:20]!r} stacks combining marks, which can't be lettered: "
            "write it with plain letters",
            ru=f"{russian} {text[:20]!r}: знаки поверх букв не набираются; напишите простыми буквами",
        )
    if any(unicodedata.bidirectional(c) in ("R", "AL") for c in text):
        raise InputError(
            f"the {english} {text[:20]!r} is in a script written from right to left, which is not "
            "supported: write it in Latin or Cyrillic",
            ru=f"{russian} {text[:20]!r}: письмо справа налево не поддерживается; "
            "напишите латиницей или кириллицей",
        )
    return text


def set_line(text: str, font: Font, *, tracking: float = 0.0) -> Line:
    """Return `text` shaped in `font`, kerning on; `tracking` is extra space in capital heights.

    Raises InputError naming a character that the font lacks.
    """
    buffer = hb.Buffer()
    buffer.add_str(text)
    buffer.guess_segment_properties()
    spaced = abs(tracking) > 1e-6
    hb.shape(font.shaper, buffer, {"kern": True, "liga": not spaced, "clig": not spaced})
    scale = 1 / font.cap_height
    placed: list[Glyph] = []
    pen = 0.0
    for info, position in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
        if info.codepoint == 0:
            character = text[info.cluster]
            raise InputError(
                f"no installed font has {character!r} (U+{ord(character):04X}): use another "
                "character, or give a font with --font",
                ru=f"Ни в одном шрифте нет {character!r} (U+{ord(character):04X}): возьмите другой "
                "знак или дайте шрифт: --font",
            )
        advance = position.x_advance * scale + tracking
        outline = _glyph(font, int(info.codepoint))
        if outline.loops:
            placed.append(Glyph(outline, pen + position.x_offset * scale, advance))
        pen += advance
    if not placed:
        raise InputError(
            f"{text!r} has no ink: give letters or digits",
            ru=f"В {text!r} нечего рисовать: дайте буквы или цифры",
        )
    left = bounds(placed[0].outline)[0] + placed[0].x
    glyphs = tuple(Glyph(g.outline, g.x - left, g.advance) for g in placed)
    return Line(text, glyphs, font)


def split_name(text: str) -> tuple[str, ...]:
    """Return `text` as two lines of about equal length, or as one where it has no space."""
    words = text.split(" ")
    if len(words) == 1:
        return (text,)
    cuts = [(" ".join(words[:k]), " ".join(words[k:])) for k in range(1, len(words))]
    return min(cuts, key=lambda cut: (max(map(len, cut)), len(cut[0])))


@lru_cache(maxsize=4096)
def _glyph(font: Font, number: int) -> Outline:
    """Return a glyph's outline in capital heights, y down, strokes united."""
    pen = DecomposingRecordingPen({})
    font.shaper.draw_glyph_with_pen(number, pen)
    path = Path()
    pen.replay(path.getPen(glyphSet=None))
    path.simplify(fix_winding=True, keep_starting_points=False)
    recorded = DecomposingRecordingPen({})
    path.draw(recorded)
    scale = np.array([1.0, -1.0]) / font.cap_height
    loops = [loop for contour in _contours(recorded.value) if (loop := _loop(contour, scale))]
    areas = [loop.area for loop in loops]
    if sum(areas) < 0:
        loops = [loop.reverse() for loop in loops]
    return Outline(tuple(loops))


Command = tuple[str, Sequence[Any]]


def contour_loops(commands: Sequence[Command]) -> list[Loop]:
    """Return the loops of recorded pen commands, in their own units."""
    scale = np.ones(2)
    contours = _contours(commands)
    return [found for c in contours if (found := _loop(c, scale, least=1e-6)) is not None]


def _contours(commands: Sequence[Command]) -> list[list[Command]]:
    contours: list[list[Command]] = []
    for command in commands:
        if command[0] == "moveTo":
            contours.append([command])
        elif command[1] and command[1][-1] is None:  # a closed spline without points on the curve
            ring = command[1][:-1]
            (x0, y0), (x1, y1) = ring[-1], ring[0]
            start = ((x0 + x1) / 2, (y0 + y1) / 2)
            contours.append([("moveTo", (start,)), ("qCurveTo", (*ring, start))])
        elif command[0] not in ("closePath", "endPath"):
            contours[-1].append(command)
    return contours


def _loop(contour: list[Command], scale: Points, *, least: float = _MIN_SEGMENT) -> Loop | None:
    """Return a contour's loop; quadratics become the same curves as cubics."""
    start = np.array(contour[0][1][0], dtype=np.float64)
    here = start
    segments: list[tuple[Points, Points, Points, bool]] = []
    for command, arguments in contour[1:]:
        points = [np.array(p, dtype=np.float64) for p in arguments]
        if command == "lineTo":
            segments.append((here, here, points[0], True))
        elif command == "curveTo":
            segments.append((here, np.stack(points[:2]), points[2], False))
        else:
            for k, control in enumerate(points[:-1]):
                end = points[-1] if k == len(points) - 2 else (control + points[k + 1]) / 2
                handles = np.stack([here + (control - here) * 2 / 3, end + (control - end) * 2 / 3])
                segments.append((here, handles, end, False))
                here = end
        here = points[-1]
    if math.dist(here, start) > least:
        segments.append((here, here, start, True))
    segments = [s for s in segments if math.dist(s[0], s[2]) > least or not s[3]]
    if len(segments) < 2:
        return None
    anchors = np.stack([s[0] for s in segments]) * scale
    handles = np.stack([np.broadcast_to(s[1], (2, 2)) for s in segments]) * scale
    straight: NDArray[np.bool_] = np.array([s[3] for s in segments])
    return Loop(anchors, handles, straight)
