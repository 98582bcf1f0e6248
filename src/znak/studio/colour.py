"""Which ink each mark is drawn in: the brief's colours, else its business's, else a quiet set."""

from __future__ import annotations

from znak.brief import Brief
from znak.brief.colours import palette
from znak.studio.plan import industry_colours

INKS = ("#1b1b1f", "#c2410c", "#1d4ed8", "#0f766e", "#7c2d92", "#b91c1c", "#365314", "#334155")
LEAST_CONTRAST = 3.0
"""WCAG contrast of a mark on white, kept for colours given by name; codes are taken as written."""


def choose_inks(brief: Brief, n: int) -> list[str]:
    """Return the ink of each of `n` marks; a shorter list is a prefix of a longer one."""
    asked = [
        c.hex.lower() if c.name.startswith("#") else darken(c.hex.lower())
        for c in brief.colours
        if c.hex and contrast(c.hex) > 1.15
    ]
    if not asked:
        usual = [palette().get(name) for name in industry_colours(brief)]
        asked = [darken(code.lower()) for code in usual if code and contrast(code) > 1.5]
    inks = list(dict.fromkeys(asked)) or list(INKS)
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
