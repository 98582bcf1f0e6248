"""Colours in words and codes, English and Russian, with shades: names and hex values."""

from __future__ import annotations

import colorsys
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from znak.brief.lexicon import bases_of, is_form, read_lines
from znak.brief.model import Colour
from znak.brief.stems import key, keys
from znak.brief.tokens import Token

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?\s*%?|deg")
# Colours whose Russian compound (сине-зелёный) names one colour between the two.
_NEIGHBOURS = frozenset(
    frozenset(pair.split())
    for pair in (
        "blue green|yellow green|red orange|yellow orange|red brown|blue purple|blue violet|"
        "red purple|pink purple|yellow brown|orange brown|red pink|blue lilac|green turquoise|"
        "blue turquoise|light_blue green"
    ).split("|")
)
_HUES = frozenset("red orange yellow green blue purple violet pink brown gray".split())
_GRAY = frozenset({"gray", "silver"})


@dataclass(frozen=True)
class Swatch:
    """A row of the table."""

    name: str
    hex: str | None
    is_thing: bool = False  # the word is also a thing to draw: mint, olive, rose


@cache
def table() -> dict[str, Swatch]:
    """Return phrase key → colour, both languages."""
    found: dict[str, Swatch] = {}
    for written, code, english, russian in read_lines("znak.brief", "colours.tsv"):
        words = [*english.split("|"), *russian.split("|")]
        name = written.removesuffix("!")
        if name == written:  # the bare word of a palette such as `cool!` is no colour
            words.insert(0, name)
        things = {keys(word[:-1]) for word in words if word.endswith("*")}
        for word in words:
            k = keys(word.removesuffix("*"))
            if k:
                found.setdefault(k, Swatch(name, code or None, k in things))
    return found


@cache
def bases() -> dict[str, list[str]]:
    """Return key → base forms of the words of one word."""
    return bases_of(
        cell
        for row in read_lines("znak.brief", "colours.tsv")
        for cell in (row[0], *row[2].split("|"), *row[3].split("|"))
    )


@cache
def palette() -> dict[str, str | None]:
    """Return colour name → hex."""
    return {swatch.name: swatch.hex for swatch in table().values()}


@cache
def _in_russian() -> dict[str, str]:
    rows = [
        *read_lines("znak.brief", "colours.tsv"),
        *(fields for fields in read_lines("znak.brief", "shades.tsv")),
    ]
    return {row[0].rstrip("!"): row[3].split("|")[0].rstrip("*") for row in rows if row[3]}


def russian(name: str) -> str:
    """Return a colour's Russian name: `dark blue` → `тёмный синий`; "" for one without."""
    known = _in_russian()
    if name in known:
        return known[name]
    shade, _, base = name.partition(" ")
    return f"{known[shade]} {known[base]}" if shade in known and base in known else ""


@cache
def _shades() -> tuple[dict[str, str], dict[str, tuple[float, float]]]:
    words: dict[str, str] = {}
    shifts: dict[str, tuple[float, float]] = {}
    for name, shift, english, russian in read_lines("znak.brief", "shades.tsv"):
        lightness, saturation = shift.split()
        shifts[name] = (float(lightness), float(saturation))
        for word in (*english.split("|"), *russian.split("|")):
            words.setdefault(key(word), name)
    return words, shifts


def match(tokens: Sequence[Token]) -> tuple[int, tuple[Colour, ...], bool]:
    """Return how many of the first tokens say a colour, the colours, and whether it's a thing too."""
    first = tokens[0]
    if first.kind in ("hex", "func"):
        code = read_code(first.text)
        return (1, (Colour(code, code),), False) if code else (0, (), False)
    words = [token.key for token in tokens[:4]]
    n, colour, is_thing = _longest(words)
    if n == 1 and not is_form(first, bases()):
        n, colour = 0, None
    shade = _shades()[0].get(words[0])
    if shade:
        m, base, _ = _longest(words[1:])
        if base and base.hex and m + 1 > n and not base.name.startswith(shade):
            return m + 1, (shaded(shade, base),), False
    if colour and is_thing and first.text.isascii():
        m, base, base_is_thing = _longest(words[n:])
        if base and base.hex and not base_is_thing and base.name in _HUES:
            return n + m, (_between(colour, base),), False
    if colour:
        return n, (colour,), is_thing
    if "-" in words[0]:
        compound = _compound(first.folded)
        if compound:
            return 1, compound, False
    return 0, (), False


def _longest(words: Sequence[str]) -> tuple[int, Colour | None, bool]:
    for n in range(min(3, len(words)), 0, -1):
        swatch = table().get(" ".join(words[:n]))
        if swatch:
            return n, Colour(swatch.name, swatch.hex), swatch.is_thing
    return 0, None, False


def _compound(word: str) -> tuple[Colour, ...]:
    """Return the colours of `тёмно-синий`, `жёлто-синий`, `black-and-white`; () for no colour."""
    parts = [part for part in word.split("-") if part not in ("and", "и")]
    found: list[Colour] = []
    shade = ""
    for place, part in enumerate(parts):
        swatch = table().get(key(part))
        is_shade = key(part) in _shades()[0] and place < len(parts) - 1
        if swatch and not is_shade:
            colour = Colour(swatch.name, swatch.hex)
            found.append(shaded(shade, colour) if shade else colour)
            shade = ""
        elif is_shade:
            shade = _shades()[0][key(part)]
        else:
            return ()
    if len(found) == 2 and _are_one(found[0].name, found[1].name):
        return (_between(*found),)
    if len(found) == 2 and found[0].name.endswith(f" {found[1].name}"):
        return (found[0],)
    return tuple(dict.fromkeys(found)) if not shade else ()


def _are_one(a: str, b: str) -> bool:
    pair = frozenset({a.replace(" ", "_"), b.replace(" ", "_")})
    plain = {"black", "white"}
    return pair in _NEIGHBOURS or any(
        x in _GRAY and y not in plain and y not in _GRAY for x, y in ((a, b), (b, a))
    )


def _between(a: Colour, b: Colour) -> Colour:
    """Return the colour between two, called by both: `gray green`."""
    name = f"{a.name} {b.name}"
    known = palette().get(name)
    mixed = [round((x + y) / 2) for x, y in zip(_rgb(a.hex), _rgb(b.hex), strict=True)]
    return Colour(name, known or _hex(*mixed))


def shaded(shade: str, colour: Colour) -> Colour:
    """Return `colour` in a shade: `dark` and `blue` give `dark blue`."""
    name = f"{shade} {colour.name}"
    if palette().get(name):
        return Colour(name, palette()[name])
    lightness, saturation = _shades()[1][shade]
    h, l, s = colorsys.rgb_to_hls(*(value / 255 for value in _rgb(colour.hex)))  # noqa: E741
    if s < 0.05:
        saturation = 0.0
    red, green, blue = colorsys.hls_to_rgb(h, _unit(l + lightness), _unit(s + saturation))
    if shade in ("warm", "cool"):
        tilt = 0.06 if shade == "warm" else -0.06
        red, blue = _unit(red + tilt), _unit(blue - tilt)
    return Colour(name, _hex(*(round(value * 255) for value in (red, green, blue))))


def read_code(text: str) -> str | None:
    """Return `#rrggbb` for a colour code (#abc, rgb(…), rgb(… %), hsl(…)), or None if it's none."""
    if text.startswith("#"):
        digits = text[1:].lower()
        if len(digits) in (3, 4):
            digits = "".join(c * 2 for c in digits)
        return f"#{digits[:6]}"
    numbers = [n for n in _NUMBER.findall(text.replace(",", " ")) if n != "deg"]
    if len(numbers) < 3:
        return None
    values = [float(n.rstrip("% ")) for n in numbers[:3]]
    if text.lower().startswith("hsl"):
        light = _unit(values[2] / 100)
        rgb = colorsys.hls_to_rgb(values[0] % 360 / 360, light, _unit(values[1] / 100))
        return _hex(*(round(value * 255) for value in rgb))
    scale = 2.55 if any("%" in n for n in numbers[:3]) else 1.0
    return _hex(*(round(value * scale) for value in values))


def _rgb(code: str | None) -> tuple[int, int, int]:
    digits = (code or "#808080")[1:]
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)


def _hex(red: int, green: int, blue: int) -> str:
    return "#" + "".join(f"{min(255, max(0, value)):02x}" for value in (red, green, blue))


def _unit(value: float) -> float:
    return min(1.0, max(0.0, value))
