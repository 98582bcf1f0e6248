"""From a logo to the bytes of a file: SVG, PNG or WebP of a size. Called in threads of the draw pool."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Literal

import resvg_py
from PIL import Image

from znak.brand.logo import Logo
from znak.brand.palettes import WHITE
from znak.brand.scene import Scene
from znak.serve.results import Saved, logo_of
from znak.studio.logos import Wish

Format = Literal["svg", "png", "webp"]
Background = Literal["auto", "transparent", "opaque"]
Mode = Literal["colour", "reversed", "mono", "black", "white"]
_SHARE = 0.92
"""How much of a picture a logo with its clear space fills, so that it doesn't cling to the edges."""
MEDIA_TYPES: dict[Format, str] = {"svg": "image/svg+xml", "png": "image/png", "webp": "image/webp"}


@dataclass(frozen=True)
class Look:
    """How a logo is written: `sides` are width and height in px, `quality` is WebP's (100: exact)."""

    format: Format = "svg"
    sides: tuple[int, int] = (1024, 1024)
    background: Background = "auto"
    mode: Mode = "colour"
    quality: int = 100


def draw(saved: Saved, number: int, wish: Wish, look: Look) -> bytes:
    """Return the file of a logo of a finished job."""
    return write(logo_of(saved, number, wish), look)


def write(logo: Logo, look: Look) -> bytes:
    """Return the file of a logo; a raster is fitted into its sides and centred."""
    painted = is_painted(logo, look)
    if look.format == "svg":
        return logo.svg(look.mode, ground=painted).encode()
    ground = logo.palette_of(look.mode).ground if painted else None
    picture = fit(logo.svg(look.mode, ground=False), logo.scene, look.sides, ground)
    out = io.BytesIO()
    if look.format == "png":
        picture.save(out, "PNG", compress_level=6)
    else:
        exact = look.quality >= 100
        picture.save(out, "WEBP", lossless=exact, quality=80 if exact else look.quality, method=2)
    return out.getvalue()


def is_painted(logo: Logo, look: Look) -> bool:
    """Say whether the ground is painted: by default where the design's ground is not white."""
    if look.background == "auto":
        return logo.palette_of(look.mode).ground != WHITE
    return look.background == "opaque"


def fit(svg: str, scene: Scene, sides: tuple[int, int], ground: str | None) -> Image.Image:
    """Return a logo's picture (width, height), RGBA, on its ground or on nothing."""
    width, height = sides
    scale = _SHARE * min(width / scene.width, height / scene.height)
    inner = max(1, round(scene.width * scale)), max(1, round(scene.height * scale))
    # resvg is given the width alone, and rounds the height in its own way
    png = resvg_py.svg_to_bytes(svg_string=svg, width=inner[0], skip_system_fonts=True)
    canvas = Image.new("RGBA", sides, ground or (0, 0, 0, 0))
    with Image.open(io.BytesIO(bytes(png))) as drawn:
        rgba = drawn.convert("RGBA")
    place = ((width - rgba.width) // 2, (height - rgba.height) // 2)
    if ground is None:
        canvas.paste(rgba, place)
    else:
        canvas.alpha_composite(rgba, (max(0, place[0]), max(0, place[1])))
    return canvas
