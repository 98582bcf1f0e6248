"""`Logo`: a finished design, and the way from a brief and a mark to it.

logo = design(read("a fox for a coffee shop"), outline, name="Foxy Beans", layout="horizontal")
logo.svg()                      # colour; also "reversed", "mono", "black", "white"
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from znak.brand.colourways import choose_palette
from znak.brand.faces import (
    Face,
    apply_case,
    character_of,
    choose_face,
    tracking_of,
)
from znak.brand.fonts import Font
from znak.brand.forms import FORMS, Part, draw_form
from znak.brand.lettering import MAX_NAME, MAX_TAGLINE, check_text
from znak.brand.lockups import LAYOUTS, Copy, compose
from znak.brand.palettes import BLACK, WHITE, Palette, tone
from znak.brand.scene import Scene, write_svg
from znak.brief import Brief
from znak.errors import InputError
from znak.fields import field_of_outline, render, trace
from znak.fields.outline import Outline

MODES = ("colour", "reversed", "mono", "black", "white")


@dataclass(frozen=True, eq=False)
class Logo:
    """A logo in one layout; `at` gives the same design in another one.

    `outline` is the mark's before `form` is done to it, which gives `parts`; `notes` are (English, Russian) lines for the user.
    """

    name: str
    tagline: str
    layout: str
    form: str
    palette: Palette
    face: Face | None
    outline: Outline = field(repr=False)
    parts: tuple[Part, ...] = field(repr=False)
    copy: Copy | None = field(repr=False)
    scene: Scene = field(repr=False)
    about: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[tuple[str, str], ...] = ()

    def at(self, layout: str) -> Logo:
        """Return the same logo in another layout."""
        return replace(self, layout=layout, scene=compose(layout, self.parts, self.copy))

    def palette_of(self, mode: str) -> Palette:
        """Return the palette of a mode; see MODES."""
        if mode == "colour":
            return self.palette
        if mode == "reversed":
            return self.palette.reversed()
        if mode == "mono":
            return self.palette.single(self.palette.mark, self.palette.ground)
        if mode == "black":
            return self.palette.single(BLACK, WHITE)
        if mode == "white":
            return self.palette.single(WHITE, BLACK)
        raise InputError(
            f"no mode is called {mode!r}: choose from {', '.join(MODES)}",
            ru=f"Нет варианта {mode!r}: выберите из {', '.join(MODES)}",
        )

    def svg(self, mode: str = "colour", *, ground: bool | None = None) -> str:
        """Return the SVG; `ground` paints the ground (by default where it is not white)."""
        palette = self.palette_of(mode)
        painted = palette.ground != WHITE if ground is None else ground
        title = self.name or str(self.about.get("subject", "logo"))
        return write_svg(
            self.scene,
            palette,
            title=title,
            description=", ".join(filter(None, (self.tagline, self.layout, self.form))),
            about=self._about(),
            ground=painted,
        )

    def describe(self) -> dict[str, Any]:
        """Return what the logo consists of, JSON-ready."""
        palette = self.palette
        return {
            "name": self.name,
            "tagline": self.tagline,
            "layout": self.layout,
            "form": self.form,
            "font": self.face.label if self.face else None,
            "colours": {
                "mark": palette.mark,
                "accent": palette.accent,
                "ink": palette.ink,
                "ground": palette.ground,
                **({"blend": palette.blend} if palette.blend else {}),
            },
        }

    def _about(self) -> dict[str, Any]:
        """Return the provenance and what `reading.read_logo` draws the same logo from."""
        if not self.about:
            return {}
        record = self.describe()
        if self.form != "solid":
            record["mark"] = self.outline.path_data(decimals=2)
        return {**self.about, "logo": record}

    def render(self, size: int = 512, mode: str = "colour") -> NDArray[np.uint8]:
        """Return the logo as a (size, size, 4) raster, fitted and centred."""
        return render(self.svg(mode), size)


def design(
    brief: Brief,
    mark: Outline | None,
    *,
    name: str | None = None,
    tagline: str | None = None,
    layout: str | None = None,
    form: str | None = None,
    palette: Palette | None = None,
    font: Font | None = None,
    family: str | None = None,
    seed: int = 0,
    parts: Sequence[Part] = (),
    about: Mapping[str, Any] | None = None,
) -> Logo:
    """Return the logo of a brief and a mark (field px), the same for the same seed.

    `name`, `tagline`, `layout` and `palette` win over the brief's; `mark` None takes a monogram of
    the name, `parts` are its coloured shapes where it has colours of its own; the layout "monogram" joins the mark with its first letter; `font` is the user's own, `family` one of `faces.FAMILIES` by name. Raises InputError for text that can't be lettered, a mark without area, an unknown
    layout or form.
    """
    name = brief.name or "" if name is None else name
    tagline = brief.slogan or "" if tagline is None else tagline
    layout = layout or brief.layout or ("stacked" if seed % 3 == 2 else "horizontal")
    notes: list[tuple[str, str]] = []
    if layout not in LAYOUTS:
        raise InputError(
            f"no layout is called {layout!r}: choose from {', '.join(LAYOUTS)}",
            ru=f"Нет компоновки {layout!r}: выберите из {', '.join(LAYOUTS)}",
        )
    if name.strip() or layout not in ("mark", "monogram"):
        name = check_text(name, limit=MAX_NAME, what=("name", "Название"))
    if tagline.strip():
        tagline = check_text(tagline, limit=MAX_TAGLINE, what=("tagline", "Слоган"))
    rng = random.Random(seed * 7919 + 13)
    outline = mark
    if outline is None or layout == "monogram":
        from znak.brand.joined import join
        from znak.brand.monogram import draw_styles, initials, monogram

        letters = initials(name)
        joined = [] if mark is None else list(join(letters[0], field_of_outline(mark)))
        one = joined[seed % len(joined)].exact() if joined else None
        outline = trace(monogram(letters, draw_styles(seed, 1)[0]) if one is None else one)
        form = form or "solid"
    if not outline.loops or outline.area < 1.0:
        raise InputError(
            "the mark has no area: choose another one", ru="У знака нет площади: выберите другой"
        )
    palette = palette or choose_palette(brief, seed=seed)
    if "gradient" in brief.style and not palette.blend:
        palette = palette.blended()
    if parts and layout != "monogram":
        form = "solid"
    else:
        parts, form = draw_form(outline, form or _form_of(brief, palette, layout, rng))
    if form == "two-tone" and palette.accent is None:
        palette = tone(palette)
    if form != "two-tone" and palette.accent and layout not in ("badge", "shield"):
        palette = replace(palette, accent=None)
    copy, face = None, None
    if name.strip():
        copy = _copy(name, tagline.strip(), brief, outline, seed, font, family)
        face = copy.face
        if font is None and family is not None and face.font.family != family:
            notes.append(
                (
                    f"{family} lacks a character of the name: {face.label} is used",
                    f"В {family} нет знака из названия: взят {face.label}",
                )
            )
        if font is not None and face.font is not font:
            lacking = font.lacks(name)
            notes.append(
                (
                    f"the font given lacks {lacking}: {face.label} is used",
                    f"В данном шрифте нет {lacking}: взят {face.label}",
                )
            )
    return Logo(
        name=name,
        tagline=tagline.strip(),
        layout=layout,
        form=form,
        palette=palette,
        face=face,
        outline=outline,
        parts=tuple(parts),
        copy=copy,
        scene=compose(layout, parts, copy),
        about=dict(about or {}),
        notes=tuple(notes),
    )


def _copy(
    name: str,
    tagline: str,
    brief: Brief,
    outline: Outline,
    seed: int,
    own: Font | None,
    family: str | None,
) -> Copy:
    text = apply_case(name, brief.lettering)
    character = character_of(outline)
    face = choose_face(text, brief, character, seed=seed, own=own, family=family)
    quiet = replace(brief, style=(*brief.style, "light"), lettering=(*brief.lettering, "light"))
    small = choose_face(tagline or text, quiet, character, seed=seed, own=own, family=family)
    if not tagline or small.serif != face.serif or not face.font.lacks(tagline):
        small = _lighter(face, tagline) if tagline else face
    return Copy(text, tagline, face, small, tracking_of(text, brief, face))


def _lighter(face: Face, text: str) -> Face:
    """Return the family's regular or medium weight for small text, where it has the characters."""
    from znak.brand.faces import FAMILIES
    from znak.brand.fonts import packaged

    for family in FAMILIES:
        if family.name == face.font.family and len(family.weights) > 1:
            weight = family.weights[0]
            font = packaged(
                family.package, family.pattern.format(weight), family.name, weight, family.licence
            )
            if not font.lacks(text):
                return Face(font, f"{family.name} {weight}", family.soft, family.serif)
    return face


def _form_of(brief: Brief, palette: Palette, layout: str, rng: random.Random) -> str:
    styles = set(brief.style)
    if "line" in styles:
        return "outline"
    if "negative space" in styles:
        return rng.choice(["disc", "tile", "counterchange"])
    if palette.accent and rng.random() < 0.8:
        return "two-tone"
    if layout in ("badge", "shield"):
        return "solid"
    weights: Sequence[float] = [0.74, 0, 0.06, 0.12, 0.02, 0.03, 0.0, 0.03, 0]
    return rng.choices(FORMS, weights=weights)[0]
