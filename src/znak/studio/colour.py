"""Which ink each mark is drawn in: the brief's colours, else those that its words and business wear."""

from __future__ import annotations

from znak.brand.palettes import choose_palette
from znak.brief import Brief

LEAST_CONTRAST = 3.0
"""WCAG contrast of a mark on white, kept for colours given by name; codes are taken as written."""
_TURNS = 8


def choose_inks(brief: Brief, n: int) -> list[str]:
    """Return the ink of each of `n` marks; a shorter list is a prefix of a longer one."""
    asked = [
        c.hex.lower() if c.name.startswith("#") else darken(c.hex.lower())
        for c in brief.colours
        if c.hex and contrast(c.hex) > 1.15
    ]
    if not asked:
        asked = [darken(choose_palette(brief, seed=turn).mark) for turn in range(_TURNS)]
    inks = list(dict.fromkeys(asked))
    return [inks[k % len(inks)] for k in range(n)]


def contrast(code: str) -> float:
    """Return the WCAG 2 contrast of "#rrggbb" with white."""

    def linear(value: int) -> float:
        v = value / 255
        return v / 12.92 if v <= 0.04045 else float(((v + 0.055) / 1.055) ** 2.4)

    red, green, blue = (linear(int(code[i : i + 2], 16)) for i in (1, 3, 5))
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def darken(code: str) -> str:
    """Return the colour, darkened as far as it needs to stand on white."""
    rgb = [int(code[i : i + 2], 16) for i in (1, 3, 5)]
    for step in range(100):
        shade = "#" + "".join(f"{round(v * (1 - step / 100)):02x}" for v in rgb)
        if contrast(shade) >= LEAST_CONTRAST:
            return shade
    return "#000000"
