"""Palettes: colours with their roles. Which ones a brief gets, `colourways` says.

A palette has one to four colours: `mark`, an optional `accent`, `ink` (lettering) and `ground`.
On its ground the lettering has a WCAG contrast of 4.5 or more and the mark 3 or more; mark and
accent stay apart for people with colour-vision deficiencies.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from znak.brand.oklch import contrast, from_oklch, least_difference, oklch, with_contrast

TEXT_CONTRAST, MARK_CONTRAST = 4.5, 3.0
APART = 0.09
"""Least OKLab distance of mark and accent in any kind of vision."""
WHITE, BLACK, PAPER = "#ffffff", "#000000", "#ffffff"


@dataclass(frozen=True)
class Palette:
    """Colours by role, "#rrggbb"; `source` says where they come from.

    With `blend` the mark runs from that colour, at its upper left, to its own.
    """

    mark: str
    ink: str
    ground: str = WHITE
    accent: str | None = None
    source: str = "asked"
    blend: str | None = None

    @property
    def colours(self) -> tuple[str, ...]:
        """The palette's own colours, without a white ground, each once."""
        found = (self.mark, self.accent, self.blend, self.ink, self.ground)
        return tuple(dict.fromkeys(c for c in found if c and c != WHITE)) or (self.ink,)

    @property
    def second(self) -> str:
        """The accent, or the mark's colour where there is none."""
        return self.accent or self.mark

    def reversed(self) -> Palette:
        """Return the palette for a dark ground: the ink's hue, or the mark's."""
        lightness, chroma, hue = oklch(self.mark)
        if oklch(self.ground)[0] < 0.5:
            return self
        ground = from_oklch(0.23, min(chroma, 0.045), hue)
        mark = with_contrast(from_oklch(max(lightness, 0.62), chroma, hue), ground, MARK_CONTRAST)
        accent = None
        if self.accent:
            a, c, h = oklch(self.accent)
            accent = with_contrast(from_oklch(max(a, 0.72), c, h), ground, MARK_CONTRAST)
        found = Palette(mark, WHITE, ground, accent, self.source)
        return found.blended() if self.blend else found

    def blended(self) -> Palette:
        """Return the palette with a mark that runs from the accent, or where that is missing or pale
        from a lighter tone, to its colour.
        """
        lightness, chroma, hue = oklch(self.mark)
        lighter = from_oklch(min(lightness + 0.13, 0.9), chroma, (hue + 22) % 360)
        strong = self.accent and contrast(self.accent, self.ground) >= MARK_CONTRAST
        return replace(self, accent=None, blend=self.accent if strong else lighter)

    def single(self, colour: str, ground: str = WHITE) -> Palette:
        """Return the palette in one colour."""
        return Palette(colour, colour, ground, None, "single")


def tone(palette: Palette) -> Palette:
    """Return the palette with a lighter or deeper tone of the mark's colour as its accent."""
    lightness, chroma, hue = oklch(palette.mark)
    step = 0.17 if lightness < 0.58 else -0.16
    return replace(palette, accent=from_oklch(lightness + step, chroma, hue))


def make_palette(codes: tuple[str, ...]) -> Palette:
    """Return the palette of one to four colour codes given by hand: mark, accent, ink, ground.

    A colour without contrast on the ground is moved until it has enough.
    """
    codes = tuple(code.lower() for code in codes)
    if len(codes) > 3:
        first, second, third, ground = codes[:4]
        mark = with_contrast(first, ground, MARK_CONTRAST)
        ink = with_contrast(third, ground, TEXT_CONTRAST)
        return Palette(mark, ink, ground, accent_of(second, mark, ground), "given")
    palette = assign(codes[0], codes[1] if len(codes) > 1 else None, exact=True, source="given")
    if len(codes) > 2:
        ink = with_contrast(codes[2], palette.ground, TEXT_CONTRAST)
        palette = replace(palette, ink=ink)
    return palette


def assign(first: str, second: str | None = None, *, exact: bool, source: str) -> Palette:
    """Return the palette of a mark's colour and an accent's, with lettering and ground to suit.

    `exact` keeps the first as it is, on a dark ground where it can't stand on white.
    """
    lightness, chroma, hue = oklch(first)
    mark, ground = with_contrast(first, WHITE, MARK_CONTRAST), WHITE
    moved = lightness - oklch(mark)[0]
    if moved > 0.16 or (exact and moved > 0):  # yellow darkened is mud: give it a dark ground
        ground = from_oklch(0.24, min(chroma, 0.03), hue)
        mark = with_contrast(first, ground, MARK_CONTRAST)
        ink = with_contrast(from_oklch(0.97, min(chroma, 0.02), hue), ground, TEXT_CONTRAST)
    else:
        ink = with_contrast(from_oklch(0.25, min(chroma * 0.3, 0.045), hue), ground, TEXT_CONTRAST)
    if chroma < 0.03 and ground == WHITE and lightness < 0.4:
        ink = first
    accent = None if second is None else accent_of(second, mark, ground)
    return Palette(mark, ink, ground, accent, source)


def accent_of(code: str, mark: str, ground: str) -> str | None:
    """Return a colour that stands on the ground and apart from the mark, or None for none near."""
    lightness, chroma, hue = oklch(code)
    steps = [0.0, 0.08, -0.08, 0.16, -0.16, 0.24, -0.24, 0.32, -0.32]
    for step in steps:
        found = from_oklch(lightness + step, chroma, hue)
        if contrast(found, ground) >= 2.0 and least_difference(found, mark) >= APART:
            return found
    return None
