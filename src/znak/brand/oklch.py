"""Colours as numbers: sRGB codes, OKLCH (Ottosson 2020), WCAG contrast, colour-vision deficiencies."""

from __future__ import annotations

import math
import re

import numpy as np
from numpy.typing import NDArray

from znak.errors import InputError

Vector = NDArray[np.float64]
_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
_LMS_BACK, _LAB_BACK = np.linalg.inv(_LMS), np.linalg.inv(_LAB)
# Machado, Oliveira & Fernandes 2009, severity 1, on linear sRGB
DEFICIENCIES: dict[str, Vector] = {
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
_CODE = re.compile(r"#[0-9a-f]{6}")


def check_code(code: str) -> str:
    """Return a colour code as "#rrggbb" in lower case; raise InputError for what is none."""
    text = code.strip().lower()
    if re.fullmatch(r"#?[0-9a-f]{3}", text):
        text = "#" + "".join(c * 2 for c in text.lstrip("#"))
    text = text if text.startswith("#") else "#" + text
    if not _CODE.fullmatch(text):
        raise InputError(
            f"{code[:20]!r} is no colour: write it as #c2410c",
            ru=f"{code[:20]!r} — не цвет: напишите его как #c2410c",
        )
    return text


def linear(code: str) -> Vector:
    """Return "#rrggbb" as linear light, (3,) in [0, 1]."""
    c = np.array([int(code[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.asarray(np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4))


def code_of(light: Vector) -> str:
    """Return linear light as "#rrggbb", clipped to the gamut."""
    c = np.clip(light, 0, 1)
    s = np.where(c <= 0.0031308, c * 12.92, 1.055 * c ** (1 / 2.4) - 0.055)
    return "#" + "".join(f"{round(float(v) * 255):02x}" for v in s)


def oklab(code: str) -> Vector:
    """Return "#rrggbb" as OKLab: lightness 0–1, a, b."""
    return _oklab(linear(code))


def _oklab(light: Vector) -> Vector:
    return np.asarray(_LAB @ np.cbrt(_LMS @ light))


def oklch(code: str) -> tuple[float, float, float]:
    """Return lightness 0–1, chroma 0–0.37 or so, hue in degrees."""
    lightness, a, b = oklab(code)
    return float(lightness), math.hypot(a, b), math.degrees(math.atan2(b, a)) % 360


def from_oklch(lightness: float, chroma: float, hue: float) -> str:
    """Return the colour as "#rrggbb"; chroma shrinks as far as sRGB needs."""
    lightness = min(1.0, max(0.0, lightness))
    a = math.radians(hue)
    low, high = 0.0, max(chroma, 0.0)
    for _ in range(14):
        middle = high if low == 0.0 and _in_gamut(lightness, high, a) else (low + high) / 2
        if _in_gamut(lightness, middle, a):
            low = middle
        else:
            high = middle
    return code_of(_light(lightness, low, a))


def _light(lightness: float, chroma: float, angle: float) -> Vector:
    lab = np.array([lightness, chroma * math.cos(angle), chroma * math.sin(angle)])
    return np.asarray(_LMS_BACK @ (_LAB_BACK @ lab) ** 3)


def _in_gamut(lightness: float, chroma: float, angle: float) -> bool:
    light = _light(lightness, chroma, angle)
    return bool((light >= -1e-4).all() and (light <= 1 + 1e-4).all())


def contrast(a: str, b: str) -> float:
    """Return the WCAG 2 contrast of two colours, 1 to 21."""
    weights = np.array([0.2126, 0.7152, 0.0722])
    high, low = sorted((float(weights @ linear(a)), float(weights @ linear(b))), reverse=True)
    return (high + 0.05) / (low + 0.05)


def difference(a: str, b: str, *, deficiency: str | None = None) -> float:
    """Return the OKLab distance of two colours, as seen with a `deficiency` when one is named."""
    if deficiency is None:
        return float(np.linalg.norm(oklab(a) - oklab(b)))
    matrix = DEFICIENCIES[deficiency]
    seen = [_oklab(np.clip(matrix @ linear(code), 0, 1)) for code in (a, b)]
    return float(np.linalg.norm(seen[0] - seen[1]))


def least_difference(a: str, b: str) -> float:
    """Return the smallest distance of two colours over normal and deficient vision."""
    return min(difference(a, b), *(difference(a, b, deficiency=d) for d in DEFICIENCIES))


def with_contrast(code: str, ground: str, least: float) -> str:
    """Return the colour, its lightness moved as little as `least` contrast with `ground` needs."""
    if contrast(code, ground) >= least:
        return code
    lightness, chroma, hue = oklch(code)
    darker = oklch(ground)[0] > 0.55
    for step in range(1, 101):
        moved = lightness - step / 100 if darker else lightness + step / 100
        found = from_oklch(moved, chroma, hue)
        if contrast(found, ground) >= least:
            return found
    return "#000000" if darker else "#ffffff"


def cmyk(code: str) -> tuple[float, float, float, float]:
    """Return a plain device CMYK, 0–1 each; dark neutrals go to black ink alone."""
    r, g, b = (int(code[i : i + 2], 16) / 255 for i in (1, 3, 5))
    black = 1 - max(r, g, b)
    if black >= 0.999:
        return 0.0, 0.0, 0.0, 1.0
    c, m, y = ((1 - v - black) / (1 - black) for v in (r, g, b))
    return round(c, 3), round(m, 3), round(y, 3), round(black, 3)
