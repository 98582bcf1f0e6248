"""Which face a name is set in: fitted to the mark's weight and roundness and to the style words."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from znak.brand.fonts import Font, packaged
from znak.brief import Brief
from znak.errors import InputError
from znak.fields.outline import Loop, Outline

_WEIGHTS = {
    "Light": 0.09, "Regular": 0.12, "Medium": 0.145, "SemiBold": 0.165, "Semibold": 0.165,
    "Bold": 0.19, "ExtraBold": 0.22, "Black": 0.24,
}  # fmt: skip
"""Stem over capital height, about, by the weight's name."""


@dataclass(frozen=True)
class Family:
    """A family of faces: where its files are and what it suits.

    `soft` rounds the corners of its letters by so many capital heights; `round` is how round it
    looks (0–1); `suits` holds style words.
    """

    name: str
    package: str
    pattern: str
    weights: tuple[str, ...]
    licence: str
    suits: frozenset[str]
    round: float
    serif: bool = False
    soft: float = 0.0


def _family(
    name: str, package: str, pattern: str, weights: str, suits: str, round_: float,
    *, licence: str = "OFL-1.1", serif: bool = False, soft: float = 0.0,
) -> Family:  # fmt: skip
    return Family(
        name, package, pattern, tuple(weights.split()), licence, frozenset(suits.split()),
        round_, serif, soft,
    )  # fmt: skip


FAMILIES = (
    _family("Manrope", "font_manrope", "Manrope-{}.ttf", "Regular Medium SemiBold Bold ExtraBold",
            "minimal modern tech geometric futuristic flat bold", 0.6),
    _family("Roboto", "font_roboto", "Roboto-{}.ttf", "Regular Medium Bold Black",
            "tech serious bold sharp flat modern", 0.3, licence="Apache-2.0"),
    _family("Source Sans Pro", "font_source_sans_pro", "SourceSansPro-{}.otf",
            "Regular Semibold Bold Black", "organic eco friendly classic serious", 0.4),
    _family("Source Serif Pro", "font_source_serif_pro", "SourceSerifPro-{}.otf",
            "Regular Semibold Bold", "elegant luxury classic vintage retro serious", 0.35,
            serif=True),
    _family("Manrope Soft", "font_manrope", "Manrope-{}.ttf", "SemiBold Bold ExtraBold",
            "playful cute rounded friendly organic hand-drawn", 0.9, soft=0.075),
    _family("Fredoka One", "font_fredoka_one", "FredokaOne-{}.ttf", "Regular",
            "playful cute rounded", 1.0),
)  # fmt: skip
"""Latin and Cyrillic all, but for Fredoka One."""
_STEMS = {"Fredoka One": 0.24}


@dataclass(frozen=True, eq=False)
class Face:
    """A chosen font: `soft` is the rounding of its corners in capital heights."""

    font: Font
    label: str
    soft: float = 0.0
    serif: bool = False


@dataclass(frozen=True)
class Character:
    """What a mark's form asks of the lettering: `stroke` over its size, `round` 0 to 1."""

    stroke: float
    round: float


def character_of(outline: Outline) -> Character:
    """Measure a mark: its strokes' width over its longest side, and how much of its turning is
    done in curves rather than corners.
    """
    points = np.concatenate([loop.flatten(4) for loop in outline.loops])
    side = float(np.ptp(points, axis=0).max())
    length = curved = sharp = 0.0
    for loop in outline.loops:
        c = loop.controls
        out = c[:, 1] - c[:, 0]
        into = c[:, 3] - c[:, 2]
        length += float(
            np.hypot(*(np.diff(loop.flatten(6), axis=0, append=loop.flatten(6)[:1])).T).sum()
        )
        curved += float(np.abs(_angles(out, into))[~loop.straight].sum())
        sharp += float(np.abs(_angles(into, np.roll(out, -1, axis=0))).sum())
    # a stroke of width w and length l has area w·l and outline about 2·l
    stroke = 2 * outline.area / max(length, 1e-9) / max(side, 1e-9)
    return Character(stroke, curved / max(curved + sharp, 1e-9))


def _angles(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    cross = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
    return np.asarray(np.arctan2(cross, (a * b).sum(axis=1)))


def choose_face(
    text: str,
    brief: Brief,
    character: Character,
    *,
    seed: int = 0,
    own: Font | None = None,
    family: str | None = None,
    cap_share: float = 0.42,
) -> Face:
    """Return the face that suits the style words and the mark and has every character of `text`.

    `own` is the user's font, `family` one of FAMILIES by name: taken if it can draw the text.
    `cap_share` is the height of capitals
    over that of the mark. Raises InputError naming a character that no font has.
    """
    if own is not None and not own.lacks(text):
        return Face(own, f"{own.family} {own.weight}".strip())
    rng = random.Random(seed * 1009 + 7)
    scored = [
        (_score(f, brief, character) + rng.random() * 0.9 + 99 * (f.name == family), -k, f)
        for k, f in enumerate(FAMILIES)
    ]
    lacking = ""
    for _, _, best in sorted(scored, reverse=True):
        weight = _weight(best, brief, character, cap_share)
        font = packaged(best.package, best.pattern.format(weight), best.name, weight, best.licence)
        lacking = font.lacks(text)
        if not lacking:
            return Face(font, f"{best.name} {weight}", best.soft, best.serif)
    character_ = lacking[0]
    raise InputError(
        f"no installed font has {character_!r} (U+{ord(character_):04X}): use another character, "
        "or give a font with --font",
        ru=f"Ни в одном шрифте нет {character_!r} (U+{ord(character_):04X}): возьмите другой знак "
        "или дайте шрифт: --font",
    )


def check_characters(text: str, *, own: Font | None = None) -> None:
    """Raise InputError naming a character where no one font has all of `text`."""
    choose_face(text, Brief(), Character(0.12, 0.5), own=own)


def _score(family: Family, brief: Brief, character: Character) -> float:
    wishes, styles = set(brief.lettering), set(brief.style)
    score = 1.2 * sum(style in family.suits for style in styles)
    score += 1.0 - abs(family.round - character.round)
    if "serif" in wishes or "script" in wishes:
        score += 6.0 * family.serif
    elif "sans" in wishes or "mono" in wishes:
        score -= 6.0 * family.serif
    elif family.serif and not styles & family.suits:
        score -= 0.5
    if "rounded" in wishes:
        score += 4.0 * (family.round > 0.8)
    elif family.round > 0.8 and not styles & family.suits:
        score -= 1.2
    return score


def _weight(family: Family, brief: Brief, character: Character, cap_share: float) -> str:
    """Return the weight whose stems come nearest to the mark's strokes, softened by contrast."""
    target = 0.16 + 0.12 * (character.stroke / cap_share - 0.3)
    target = min(0.2, max(0.14, target))
    words = {*brief.style, *brief.lettering}
    if "bold" in words:
        target = max(target, 0.2)
    if words & {"light", "elegant", "luxury", "line", "minimal"}:
        target = min(target, 0.145)
    return min(family.weights, key=lambda w: abs(_WEIGHTS[w] - target))


def tracking_of(text: str, brief: Brief, face: Face) -> float:
    """Return the extra space between letters, in capital heights."""
    upper = text.isupper() and len(text) > 2
    words = {*brief.style, *brief.lettering}
    if "wide" in words:
        return 0.28 if upper else 0.1
    if "condensed" in words:
        return -0.02
    if upper:
        return 0.16 if words & {"luxury", "elegant", "minimal", "serious"} else 0.05
    return -0.012 if not face.serif else 0.0


def apply_case(text: str, wishes: Sequence[str]) -> str:
    """Return `text` in the case that the lettering wishes ask for; else as it is written."""
    if "upper" in wishes:
        return text.upper()
    if "lower" in wishes:
        return text.lower()
    return text


def soften(outline: Outline, radius: float) -> Outline:
    """Return the outline with its corners rounded to about `radius`."""
    if radius <= 0:
        return outline
    loops = []
    for loop in outline.loops:
        c = loop.controls
        n = len(c)
        size = np.hypot(*np.moveaxis(c[:, 3] - c[:, 0], 1, 0))
        out, into = c[:, 1] - c[:, 0], c[:, 3] - c[:, 2]
        turn = np.abs(_angles(into, np.roll(out, -1, axis=0)))  # at the end of each segment
        cut_end = np.where(
            turn > math.radians(28),
            np.minimum(radius, 0.45 * np.minimum(size, np.roll(size, -1))),
            0,
        )
        cut_start = np.roll(cut_end, 1)
        anchors, handles, straight = [], [], []
        for k in range(n):
            t0 = cut_start[k] / max(size[k], 1e-9)
            t1 = 1 - cut_end[k] / max(size[k], 1e-9)
            part = _part(c[k], t0, t1)
            anchors.append(part[0])
            handles.append(part[1:3])
            straight.append(bool(loop.straight[k]))
            if cut_end[k] > 0:
                corner = c[k, 3]
                t2 = cut_end[k] / max(size[(k + 1) % n], 1e-9)
                end = _part(c[(k + 1) % n], t2, 1.0)[0]
                anchors.append(part[3])
                handles.append(
                    np.stack([part[3] + (corner - part[3]) * 0.55, end + (corner - end) * 0.55])
                )
                straight.append(False)
        loops.append(Loop(np.array(anchors), np.array(handles), np.array(straight)))
    return Outline(tuple(loops))


def _part(p: NDArray[np.float64], t0: float, t1: float) -> NDArray[np.float64]:
    """Return the control points (4, 2) of a cubic between two parameters (blossoms)."""

    def blossom(a: float, b: float, c: float) -> NDArray[np.float64]:
        q = [(1 - a) * p[k] + a * p[k + 1] for k in range(3)]
        r = [(1 - b) * q[k] + b * q[k + 1] for k in range(2)]
        return np.asarray((1 - c) * r[0] + c * r[1])

    return np.stack(
        [blossom(t0, t0, t0), blossom(t0, t0, t1), blossom(t0, t1, t1), blossom(t1, t1, t1)]
    )
