"""Colourways: the palettes that a set of logos wears.

Asked colours are worn in turn: each as the mark's, with another as lettering or accent. Where none
is asked, they are those that the things drawn and the business usually wear, then quiet ones.
`data/palettes.json` is learned by `znak.corpus.palettes`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache, lru_cache
from hashlib import sha256
from importlib import resources
from itertools import islice

from znak.brand.oklch import contrast, from_oklch, least_difference, oklch
from znak.brand.palettes import (
    MARK_CONTRAST,
    TEXT_CONTRAST,
    WHITE,
    Palette,
    accent_of,
    assign,
    tone,
)
from znak.brief import Brief
from znak.brief.industries import industries

_Wear = Callable[..., Palette]
SET = 8
"""Palettes of a set at most."""
_SURE = -0.5
"""Log-odds from which the words' own colour goes before the business's."""
_GREY = 0.03
_NEAR_HUE = 50.0
"""Angle of hue up to which a quiet colour goes with those that the business wears, degrees."""
_QUIET = (
    "#c2410c", "#1d4ed8", "#0f766e", "#7c2d92", "#b91c1c", "#3f6212", "#1e3a5f", "#9d174d",
)  # fmt: skip


def choose_palettes(brief: Brief, n: int) -> list[Palette]:
    """Return the palettes of a set of `n` logos, the likeliest first, in turn where there are fewer.

    A shorter list is a prefix of a longer one.
    """
    ways = _ways(brief)
    return [ways[k % len(ways)] for k in range(n)]


def choose_palette(brief: Brief, *, seed: int = 0) -> Palette:
    """Return the palette that stands at the place `seed` of the brief's set."""
    ways = _ways(brief)
    return ways[seed % len(ways)]


@lru_cache(maxsize=256)
def _ways(brief: Brief) -> list[Palette]:
    asked = list(dict.fromkeys(c.hex.lower() for c in brief.colours if c.hex))
    exact = {c.hex.lower() for c in brief.colours if c.hex and c.name.startswith("#")}
    moods = {c.name for c in brief.colours if not c.hex}
    inked = bool({"minimal", "serious", "luxury", "elegant"} & set(brief.style))
    found: dict[tuple[str, str | None, str, str], Palette] = {}
    ways = _asked(asked, exact, moods) if asked else _usual(brief, moods)
    for way in islice(ways, 3 * SET):
        palette = replace(way, accent=None) if "monochrome" in moods else way
        if inked and palette.accent is None and len(found) % 2 == 0 and _can_letter(palette):
            palette = replace(palette, ink=palette.mark)
        found.setdefault((palette.mark, palette.accent, palette.ink, palette.ground), palette)
    return list(found.values())[:SET]


def _can_letter(palette: Palette) -> bool:
    return contrast(palette.mark, palette.ground) >= TEXT_CONTRAST


def _asked(asked: list[str], exact: set[str], moods: set[str]) -> Iterator[Palette]:
    """Yield the ways to wear the colours asked for."""
    tints = [c for c in asked if oklch(c)[1] > _GREY]
    darks = [c for c in asked if c not in tints and contrast(c, WHITE) >= TEXT_CONTRAST]
    greys = [c for c in asked if c not in tints and c not in darks and contrast(c, WHITE) > 1.3]
    tints = [c if c in exact else _mood(c, moods) for c in tints] or greys or darks or ["#111111"]
    darks = [c for c in darks if c not in tints]

    def wear(first: str, second: str | None = None) -> Palette:
        return assign(first, second, exact=first in exact, source="asked")

    if len(tints) > 1:
        for a, b in ((a, b) for k, a in enumerate(tints) for b in tints[k + 1 :]):
            yield from _pair(wear, a, b, darks)
        return
    first = tints[0]
    if darks and contrast(first, WHITE) < MARK_CONTRAST <= contrast(first, darks[0]):
        gold_on_black = Palette(first, WHITE, darks[0], None, "asked")
        yield gold_on_black
        if _can_letter(gold_on_black):
            yield replace(gold_on_black, ink=first)
        yield wear(darks[0], first)
        return
    if darks:
        yield replace(wear(first), ink=darks[0])
        yield replace(wear(first, darks[0]), ink=darks[0])
        yield replace(wear(darks[0], first), ink=darks[0])
        return
    plain = wear(first)
    yield plain
    if plain.ground != WHITE:  # too light for white: a dark mark on the colour itself, too
        yield Palette(plain.ground, plain.ground, first, None, "asked")
        yield replace(plain, ink=plain.mark)
        return
    if any(contrast(c, WHITE) < 1.15 for c in asked) and _can_letter(plain):
        yield Palette(WHITE, WHITE, plain.mark, None, "asked")
    if oklch(first)[1] > _GREY:
        yield tone(plain)
        if _can_letter(plain):
            yield replace(plain, ink=plain.mark)


def _pair(wear: _Wear, a: str, b: str, darks: list[str]) -> Iterator[Palette]:
    """Yield two colours as mark and accent, mark and lettering, and the other way round."""
    inks = [*darks, *(c for c in (a, b) if contrast(c, WHITE) >= 7.0)]
    for first, second in ((a, b), (b, a)):
        plain = wear(first)
        if plain.ground != WHITE and contrast(first, second) >= TEXT_CONTRAST:
            ink = WHITE if contrast(WHITE, second) >= TEXT_CONTRAST else first
            yield Palette(first, ink, second, None, "asked")
            continue
        fitting = [c for c in inks if c != first and contrast(c, plain.ground) >= TEXT_CONTRAST]
        ink = fitting[0] if fitting else plain.ink
        both = wear(first, second)
        yield replace(both, ink=ink if both.ground == plain.ground else both.ink)
        yield replace(plain, ink=ink)


def _mood(code: str, moods: set[str]) -> str:
    lightness, chroma, hue = oklch(code)
    if "pastel" in moods:
        return from_oklch(max(lightness, 0.7), min(chroma, 0.11), hue)
    if "bright" in moods or "colorful" in moods:
        return from_oklch(min(max(lightness, 0.55), 0.72), max(chroma, 0.19), hue)
    if "warm" in moods and 110 < hue < 330:
        return from_oklch(0.62, 0.17, 48)
    if "cool" in moods and not 110 < hue < 330:
        return from_oklch(0.5, 0.14, 250)
    return code


def _usual(brief: Brief, moods: set[str]) -> Iterator[Palette]:
    """Yield the palettes of the brief's words and business, then quiet ones."""
    scores = word_scores([c.name for c in brief.concepts])
    worn: list[tuple[float, str]] = []
    if scores is not None:
        ordered = sorted(zip(scores, _table()[0], strict=True), reverse=True)
        worn = [(s, c) for s, c in ordered[:3] if s > ordered[0][0] - 1.3 and oklch(c)[1] > _GREY]
    learned = [code for _, code in worn]
    business = industries().get(brief.industry or "")
    usual = [c for c in business.colours if contrast(c, WHITE) > 1.6] if business else []
    turn = sha256(brief.prompt.encode("utf-8", "ignore")).digest()[0]
    quiet = [_QUIET[(turn + 3 * k) % len(_QUIET)] for k in range(len(_QUIET))]
    if worn and (worn[0][0] > _SURE or not usual):
        firsts = [learned[0], *usual[:2], *learned[1:]]
    else:
        firsts = [*usual[:2], *learned]
    lively = bool(moods & {"colorful", "bright"}) or "gradient" in brief.style
    worn_all = list(dict.fromkeys([*firsts, *usual[2:]]))
    if worn_all:  # a dentist in teal may be in blue, but hardly in dark red
        quiet = [c for c in quiet if min(_turn(c, w) for w in worn_all) < _NEAR_HUE] or quiet
    pool = [*worn_all, *(_deeper(c) for c in worn_all if oklch(c)[1] > _GREY), *quiet]
    for k, code in enumerate(dict.fromkeys(pool)):
        first = _mood(code, moods)
        source = "words" if code in learned else "business" if code in usual else "free"
        plain = assign(first, exact=False, source=source)
        if plain.ground != WHITE:  # a dark ground is for those who ask for yellow
            continue
        near = [c for c in usual if least_difference(c, plain.mark) > 0.15]
        accent = None
        if near:
            accent = accent_of(_mood(near[k % len(near)], moods), plain.mark, plain.ground)
        two_toned = replace(plain, accent=accent) if accent else tone(plain)
        if lively or k % 3 == 2:
            yield two_toned
        else:
            yield plain
        if k == 0 and not lively:
            yield two_toned


def _turn(a: str, b: str) -> float:
    """Return the angle between two colours' hues, degrees; 180 where one is grey."""
    (_, chroma, hue), (_, other_chroma, other) = oklch(a), oklch(b)
    if min(chroma, other_chroma) < _GREY:
        return 180.0
    return min(abs(hue - other), 360 - abs(hue - other))


def _deeper(code: str) -> str:
    """Return a deeper tone of a light colour, a lighter one of a deep colour."""
    lightness, chroma, hue = oklch(code)
    return from_oklch(lightness - 0.16 if lightness > 0.5 else lightness + 0.16, chroma, hue)


@cache
def _table() -> tuple[list[str], dict[str, list[float]], list[float]]:
    text = resources.files("znak.brand").joinpath("data").joinpath("palettes.json").read_text()
    data = json.loads(text)
    return data["colours"], data["words"], data["prior"]


def word_scores(texts: list[str]) -> list[float] | None:
    """Return the log-odds of each learned colour given the words, None where none is known."""
    _, words, prior = _table()
    known = [words[w] for text in texts for w in text.lower().split() if w in words]
    if not known:
        return None
    return [
        math.log(prior[k]) + sum(row[k] for row in known) / math.sqrt(len(known))
        for k in range(len(prior))
    ]
