"""Pictures of made-up logos: a drawing painted and set out, with or without lettering."""

from __future__ import annotations

import colorsys
import io
from collections.abc import Collection
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from znak.fields.svg import render

_SIDES = ((180, 0.62), (512, 0.14), (300, 0.10), (256, 0.03), (400, 0.02), (225, 0.02), (200, 0.02))
_JPEG = 0.6

Colour = tuple[float, float, float]

_HUES = (
    ("Red", 0.99, 1.2), ("Orange", 0.07, 1.3), ("Yellow", 0.13, 0.9), ("Green", 0.36, 1.2),
    ("Teal", 0.48, 0.9), ("Blue", 0.60, 2.2), ("Purple", 0.76, 0.8), ("Pink", 0.92, 0.7),
    ("Brown", 0.06, 0.5), ("Black", 0.60, 1.4), ("Gray", 0.58, 0.5),
)  # fmt: skip


def _pick_colour(rng: np.random.Generator) -> tuple[str, Colour]:
    """Return a colour word and a colour by that name, in [0, 1]."""
    weights = np.array([w for _, _, w in _HUES])
    name, hue, _ = _HUES[int(rng.choice(len(_HUES), p=weights / weights.sum()))]
    hue = (hue + rng.normal(0, 0.015)) % 1
    light, full = {
        "Black": (rng.uniform(0.04, 0.14), rng.uniform(0, 0.3)),
        "Gray": (rng.uniform(0.3, 0.6), rng.uniform(0, 0.12)),
        "Brown": (rng.uniform(0.2, 0.34), rng.uniform(0.35, 0.6)),
        "Yellow": (rng.uniform(0.46, 0.56), rng.uniform(0.8, 1)),
    }.get(name, (rng.uniform(0.3, 0.55), rng.uniform(0.55, 0.95)))
    return name, colorsys.hls_to_rgb(hue, light, full)


def paint(
    rng: np.random.Generator,
    svg: str,
    *,
    coloured: bool,
    progress: float,
    black_and_white: bool,
    lettering: str | None,
    flaws: Collection[str],
) -> tuple[Image.Image, str]:
    """Return the picture and a word for its main colour ("" when it has many).

    `progress` is the row's place in the set, 0 to 1: coloured grounds grow commoner with it.
    """
    width, height = _pick_size(rng, flaws)
    word, ink = ("", (0.0, 0.0, 0.0)) if black_and_white else _pick_colour(rng)
    ground: Colour = (1.0, 1.0, 1.0)
    reverse = rng.random() < (0.15 if black_and_white else 0.05 + 0.3 * progress)
    if reverse and black_and_white:
        ink, ground = ground, ink
    elif reverse and coloured:
        tint = _pick_colour(rng)[1]
        ground = tuple(1 - (1 - c) * 0.18 for c in tint)  # type: ignore[assignment]
    elif reverse:
        ink, ground = (1.0, 1.0, 1.0), ink
    picture = Image.new("RGB", (width, height), _bytes(ground))
    if "flat colour" not in flaws:
        mark, text = _lay_out(width, height, lettering is not None)
        bare = not coloured or black_and_white
        if bare:
            _paste_silhouette(
                picture,
                svg,
                mark,
                _fill(rng, mark[2] - mark[0], ink, black_and_white or reverse),
            )
        else:
            colours = Image.fromarray(render(svg, mark[2] - mark[0]), "RGBA")
            picture.paste(colours, mark[:2], colours)
        if lettering is not None and text[2] - text[0] >= 30:
            _write(rng, picture, lettering, text, ink if bare else (0.13, 0.13, 0.15))
    if "one channel" in flaws:
        picture = picture.convert("L")
    return picture, "" if coloured else word


def _bytes(colour: Colour) -> tuple[int, int, int]:
    red, green, blue = (round(c * 255) for c in colour)
    return red, green, blue


def _pick_size(rng: np.random.Generator, flaws: Collection[str]) -> tuple[int, int]:
    draw = rng.random()
    side = int(rng.integers(100, 800))
    for candidate, share in _SIDES:
        if draw < share:
            side = candidate
            break
        draw -= share
    if "not square" not in flaws:
        return side, side
    ratio = float(np.exp(rng.uniform(np.log(0.1), np.log(4))))
    return (
        (side, max(24, round(side / ratio))) if ratio > 1 else (max(24, round(side * ratio)), side)
    )


Box = tuple[int, int, int, int]


def _lay_out(width: int, height: int, lettered: bool) -> tuple[Box, Box]:
    """Return the boxes (left, top, right, bottom) of mark and lettering."""
    wide = width > 1.6 * height
    if wide and lettered:
        side = round(min(height * 0.8, width * 0.35))
        left, top = round(width * 0.05), (height - side) // 2
        return (left, top, left + side, top + side), (
            left + side + 4,
            top,
            round(width * 0.96),
            top + side,
        )
    share = 0.56 if lettered else 0.74
    side = max(8, round(min(width, height) * share))
    left = (width - side) // 2
    top = round((height - side) / 2 - (0.11 * min(width, height) if lettered else 0))
    bottom = top + side
    margin = round(width * 0.08)
    return (left, top, left + side, bottom), (
        margin, bottom + round(height * 0.03), width - margin, min(height, bottom + round(side * 0.34)),
    )  # fmt: skip


def _paste_silhouette(picture: Image.Image, svg: str, box: Box, paint: Image.Image) -> None:
    alpha = Image.fromarray(np.ascontiguousarray(render(svg, box[2] - box[0])[..., 3]), "L")
    picture.paste(paint, box[:2], alpha)


def _fill(rng: np.random.Generator, side: int, ink: Colour, plain: bool) -> Image.Image:
    """Return the paint of a one-colour mark: flat, two colours, or a gradient."""
    kind = rng.random()
    flat = Image.new("RGB", (side, side), _bytes(ink))
    if plain or kind < 0.62:
        return flat
    angle = rng.uniform(0, 2 * np.pi)
    second = Image.new("RGB", (side, side), _bytes(_pick_colour(rng)[1]))
    ramp = (np.arange(side, dtype=np.float32) + np.float32(0.5)) / np.float32(side) - np.float32(
        0.5
    )
    t = ramp[None, :] * np.float32(np.cos(angle)) + ramp[:, None] * np.float32(np.sin(angle))
    steep = np.float32(1 if kind < 0.85 else side)
    mask = np.clip(t * steep + np.float32(0.5), 0, 1) * np.float32(255)
    return Image.composite(second, flat, Image.fromarray(mask.astype(np.uint8), "L"))


@cache
def _fonts() -> tuple[Path, ...]:
    spec = find_spec("font_manrope")
    if spec is None or spec.origin is None:  # pragma: no cover - a core dependency
        return ()
    folder = Path(spec.origin).parent / "files"
    return tuple(
        folder / f"Manrope-{weight}.ttf" for weight in ("Bold", "Medium", "ExtraBold", "Light")
    )


@cache
def _font(path: Path, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)


def _write(
    rng: np.random.Generator, picture: Image.Image, text: str, box: Box, ink: Colour
) -> None:
    """Set `text` as large as `box` allows, centred."""
    left, top, right, bottom = box
    font = _fonts()[int(rng.integers(4))]
    probe = _font(font, 40).getlength(text)
    size = int(min(40 * (right - left) / max(probe, 1), (bottom - top) * 0.62))
    if size < 7:
        return
    centre = ((left + right) / 2, (top + bottom) / 2)
    ImageDraw.Draw(picture).text(
        centre, text, font=_font(font, size), fill=_bytes(ink), anchor="mm"
    )


def encode(rng: np.random.Generator, picture: Image.Image) -> bytes:
    """Return the picture as a JPEG or PNG file."""
    file = io.BytesIO()
    if rng.random() < _JPEG:
        picture.save(file, "JPEG", quality=int(rng.integers(75, 96)))
    else:
        picture.save(file, "PNG", compress_level=4)
    return file.getvalue()
