"""Encoded pictures from strangers → RGB, with what they were; nothing they hold raises.

    picture = decode(data)             Picture or Fault
    small = shrink(picture.rgb, 32)    antialiased, square

Transparency is laid on white, the first frame of an animation is taken, 16-bit values are scaled
and CMYK converted. Headers are looked at before pixels: a picture of more than `MAX_PIXELS` is
never unpacked.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass

import numpy as np
from PIL import Image, UnidentifiedImageError

MAX_PIXELS = 50_000_000
"""Pictures with more pixels are skipped as `too large`."""
FITS = ("pad", "stretch")
FAULTS = ("missing", "too large", "undecodable")
"""Why a picture can't be used: no bytes; more than MAX_PIXELS; not an image, damaged or cut."""
_WHITE = (255, 255, 255)
_WIDE_MODES = ("I", "F")


# What Pillow's readers of rarer formats let through on damaged files.
_DAMAGE = (
    SyntaxError, ValueError, TypeError, LookupError, ArithmeticError, MemoryError,
    NotImplementedError, RuntimeError,
)  # fmt: skip


@dataclass(frozen=True)
class Fault:
    """A picture that can't be used: one of `FAULTS`, and the decoder's words."""

    reason: str
    detail: str = ""


@dataclass(frozen=True, eq=False)
class Picture:
    """A decoded picture in RGB, and what it was: mode, format, frames, whether it had alpha."""

    rgb: Image.Image
    mode: str
    format: str
    frames: int
    alpha: bool


def decode(data: bytes | None) -> Picture | Fault:
    """Return the picture in `data`, or why there is none; never raises."""
    if not data:
        return Fault("missing")
    with warnings.catch_warnings():
        # Pillow warns of large pictures, damaged EXIF and odd palettes; all are decided here.
        warnings.simplefilter("ignore")
        try:
            with Image.open(io.BytesIO(data)) as image:
                width, height = image.size
                if width * height > MAX_PIXELS:
                    return Fault("too large", f"{width}×{height}")
                frames = int(getattr(image, "n_frames", 1))
                alpha = has_alpha(image)
                mode, kind = image.mode, image.format or ""
                return Picture(to_rgb(image), mode, kind, frames, alpha)
        except Image.DecompressionBombError as error:
            return Fault("too large", str(error))
        except (UnidentifiedImageError, OSError, EOFError) as error:
            return Fault("undecodable", str(error))
        except _DAMAGE as error:
            return Fault("undecodable", f"{type(error).__name__}: {error}")


def has_alpha(image: Image.Image) -> bool:
    """Say whether the picture can be transparent somewhere."""
    return image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info


def to_rgb(image: Image.Image) -> Image.Image:
    """Return the picture in RGB, transparency laid on white, 16-bit values scaled to 8."""
    if image.mode == "RGB" and "transparency" not in image.info:
        image.load()
        return image
    if image.mode.startswith(_WIDE_MODES):
        values = np.asarray(image, dtype=np.float64)
        # Pillow's own conversion clips at 255 and turns a 16-bit scan into a white sheet.
        top = 65535.0 if image.mode.startswith("I") and values.max(initial=0) > 255 else 255.0
        top = 1.0 if image.mode == "F" and values.max(initial=0) <= 1 else top
        scaled = np.clip(np.nan_to_num(values) / top * 255, 0, 255)
        return Image.fromarray(np.rint(scaled).astype(np.uint8), "L").convert("RGB")
    if not has_alpha(image):
        return image.convert("RGB")
    full = image.convert("RGBA")
    sheet = Image.new("RGB", full.size, _WHITE)
    sheet.paste(full, mask=full.getchannel("A"))
    return sheet


def shrink(rgb: Image.Image, size: int, *, fit: str = "pad") -> Image.Image:
    """Return an RGB picture as a square of `size`, antialiased (bicubic over the whole support).

    `stretch` changes the proportions, as the seed did; `pad` keeps them and fills the rest with
    the median colour of the picture's border.
    """
    width, height = rgb.size
    if fit == "stretch" or width == height:
        return rgb.resize((size, size), Image.Resampling.BICUBIC)
    longest = max(width, height)
    inner = (max(1, round(size * width / longest)), max(1, round(size * height / longest)))
    small = rgb.resize(inner, Image.Resampling.BICUBIC)
    sheet = Image.new("RGB", (size, size), border_colour(np.asarray(small)))
    sheet.paste(small, ((size - inner[0]) // 2, (size - inner[1]) // 2))
    return sheet


def make_thumb(rgb: Image.Image, side: int) -> Image.Image:
    """Return an RGB picture as a square of `side` for comparing, averaged in blocks first."""
    return rgb.resize((side, side), Image.Resampling.BICUBIC, reducing_gap=2.0)


def border_colour(pixels: np.ndarray) -> tuple[int, int, int]:
    """Return the median colour of the outermost pixels of (h, w, 3)."""
    edge = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    red, green, blue = np.median(edge, axis=0).astype(int).tolist()
    return red, green, blue
