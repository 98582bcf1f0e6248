"""Palettes: the colours asked for, else those that words and businesses wear, with their roles.

A palette has one to four colours: `mark`, an optional `accent`, `ink` (lettering) and `ground`.
On its ground the lettering has a WCAG contrast of 4.5 or more and the mark 3 or more; mark and
accent stay apart for people with colour-vision deficiencies. `data/palettes.json` is learned by
`znak.corpus.palettes`.
"""

from __future__ import annotations

import json
import math
import random
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources

from znak.brand.oklch import contrast, from_oklch, least_difference, oklch, with_contrast
from znak.brief import Brief
from znak.brief.industries import industries

TEXT_CONTRAST, MARK_CONTRAST = 4.5, 3.0
APART = 0.09
"""Least OKLab distance of mark and accent in any kind of vision."""
WHITE, BLACK, PAPER = "#ffffff", "#000000", "#ffffff"
_SET, _TURNS = 8, 24
"""Palettes of one set at most, and the seeds that they are looked for in."""
_QUIET = (
    "#c2410c", "#1d4ed8", "#0f766e", "#7c2d92", "#b91c1c", "#3f6212", "#1e3a5f", "#9d174d",
)  # fmt: skip


@dataclass(frozen=True)
class Palette:
    """Colours by role, "#rrggbb"; `source` says where they come from."""

    mark: str
    ink: str
    ground: str = WHITE
    accent: str | None = None
    source: str = "asked"

    @property
    def colours(self) -> tuple[str, ...]:
        """The palette's own colours, without a white ground, each once."""
        found = (self.mark, self.accent, self.ink, self.ground)
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
        return Palette(mark, WHITE, ground, accent, self.source)

    def single(self, colour: str, ground: str = WHITE) -> Palette:
        """Return the palette in one colour."""
        return Palette(colour, colour, ground, None, self.source)


def choose_palette(brief: Brief, *, seed: int = 0) -> Palette:
    """Return the palette for a brief; the same seed gives the same one."""
    rng = random.Random(seed)
    asked = [c.hex.lower() for c in brief.colours if c.hex]
    exact = {c.hex.lower() for c in brief.colours if c.hex and c.name.startswith("#")}
    source = "asked"
    if not asked:
        asked, source = _usual(brief, rng)
    moods = {c.name for c in brief.colours if not c.hex}
    two_toned = len(asked) > 1 or "gradient" in brief.style or "colorful" in moods
    tints = [c for c in asked if oklch(c)[1] > 0.03]
    first = tints[0] if tints else next((c for c in asked if contrast(c, WHITE) > 1.3), "#111111")
    first = _mood(first, moods) if first not in exact else first
    rest = [c for c in asked if c != first and contrast(c, WHITE) > 1.15]
    if "monochrome" in moods:
        rest, two_toned = [], False
    palette = _roles(first, rest[0] if rest and two_toned else None, first in exact, source)
    serious = {"minimal", "serious", "luxury", "elegant"} & set(brief.style)
    dark_enough = contrast(palette.mark, palette.ground) >= TEXT_CONTRAST
    if serious and palette.accent is None and dark_enough and rng.random() < 0.5:
        palette = replace(palette, ink=palette.mark)
    return palette


def choose_palettes(brief: Brief, n: int) -> list[Palette]:
    """Return the palettes of a set of `n` logos, the likeliest first.

    They differ as far as the brief lets them; a shorter list is a prefix of a longer one.
    """
    found: dict[tuple[str, str | None], Palette] = {}
    for seed in range(_TURNS):
        palette = choose_palette(brief, seed=seed)
        found.setdefault((palette.mark, palette.accent), palette)
        if len(found) == _SET:
            break
    palettes = list(found.values())
    return [palettes[k % len(palettes)] for k in range(n)]


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
        return Palette(mark, ink, ground, _accent(second, mark, ground), "given")
    palette = _roles(codes[0], codes[1] if len(codes) > 1 else None, True, "given")
    if len(codes) > 2:
        ink = with_contrast(codes[2], palette.ground, TEXT_CONTRAST)
        palette = replace(palette, ink=ink)
    return palette


def _roles(first: str, second: str | None, exact: bool, source: str) -> Palette:
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
    accent = None if second is None else _accent(second, mark, ground)
    return Palette(mark, ink, ground, accent, source)


def _accent(code: str, mark: str, ground: str) -> str | None:
    """Return a colour that stands on the ground and apart from the mark, or None for none near."""
    lightness, chroma, hue = oklch(code)
    steps = [0.0, 0.08, -0.08, 0.16, -0.16, 0.24, -0.24, 0.32, -0.32]
    for step in steps:
        found = from_oklch(lightness + step, chroma, hue)
        if contrast(found, ground) >= 2.0 and least_difference(found, mark) >= APART:
            return found
    return None


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


def _usual(brief: Brief, rng: random.Random) -> tuple[list[str], str]:
    """Return the colours of the brief's words or business, else of a quiet set, and their source."""
    words = [c.name for c in brief.concepts]
    learned = learned_colours(words)
    business = industries().get(brief.industry or "")
    usual = [c for c in business.colours if contrast(c, WHITE) > 1.6] if business else []
    if learned and (not usual or rng.random() < 0.6):
        second = [c for c in usual if least_difference(c, learned) > 0.15]
        return [learned, *(second[:1] if rng.random() < 0.4 else [])], "words"
    if usual:
        turn = rng.randrange(2)
        ordered = usual[turn % len(usual) :] + usual[: turn % len(usual)]
        return ordered[: 1 + (rng.random() < 0.45)], "business"
    return [rng.choice(_QUIET)], "free"


@cache
def _table() -> tuple[list[str], dict[str, list[float]], list[float]]:
    text = resources.files("znak.brand").joinpath("data").joinpath("palettes.json").read_text()
    data = json.loads(text)
    return data["colours"], data["words"], data["prior"]


def learned_colours(texts: list[str]) -> str | None:
    """Return the colour that the words' coloured drawings wear most, or None for unknown words."""
    scores = word_scores(texts)
    if scores is None:
        return None
    return _table()[0][max(range(len(scores)), key=scores.__getitem__)]


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
