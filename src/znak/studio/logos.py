"""From marks to finished logos: name, colours and layout of a set, and their files.

    result = design("a fox for a coffee shop, warm orange", name="Foxy Beans")
    logos = make_logos(result, wish=Wish(tagline="coffee & cakes"))
    logos[0].svg()

What is not wished for is the brief's; what the brief leaves open varies over the set by a logo's
number, the same for the same brief, mark, seed and number.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from znak.brand.faces import FAMILIES, check_characters
from znak.brand.fonts import Font, open_font
from znak.brand.forms import FORMS
from znak.brand.lettering import MAX_NAME, MAX_TAGLINE, check_text
from znak.brand.lockups import LAYOUTS
from znak.brand.logo import Logo
from znak.brand.logo import design as design_logo
from znak.brand.monogram import MAX_LETTERS
from znak.brand.oklch import check_code, contrast
from znak.brand.palettes import Palette
from znak.brand.reading import read_mark, read_parts
from znak.brief import Brief, Colour
from znak.errors import InputError
from znak.studio.colour import palette_at
from znak.studio.files import write_logos
from znak.studio.mark import TRACED, Mark
from znak.studio.result import MAX_MARKS, Result

__all__ = [
    "Wish", "check_wish", "finish", "fonts", "make_logo", "make_logos", "merge", "write_logos",
]  # fmt: skip

_LAYOUTS = (
    "horizontal", "stacked", "horizontal", "horizontal", "stacked", "badge", "horizontal", "stacked",
)  # fmt: skip
"""Layouts of a set, by number."""
_PLAIN = {"minimal", "tech", "futuristic", "line"}
"""Styles that no badge suits unless it is asked for."""
_RING = 22
"""Longest name that is put around a badge unasked."""
MAX_COLOURS = 4


@dataclass(frozen=True)
class Wish:
    """What is wished of the logos; it wins over the brief. None and () leave it to the brief.

    `layout` is one of `znak.brand.LAYOUTS`, `form` of `znak.brand.FORMS`; `colours` are one to four
    codes: mark, accent, lettering, ground; `font` is one of `fonts()`, or the Path of a font file.
    """

    name: str | None = None
    tagline: str | None = None
    layout: str | None = None
    form: str | None = None
    colours: tuple[str, ...] = ()
    font: str | Path | None = None


def fonts() -> tuple[str, ...]:
    """Return the names of the fonts that a wish may ask for."""
    return tuple(family.name for family in FAMILIES)


def make_logo(
    mark: Mark | str,
    brief: Brief,
    *,
    wish: Wish = Wish(),
    seed: int = 0,
    number: int = 1,
    palette: Palette | None = None,
) -> Logo:
    """Return the finished logo of a mark: a studio's, or the text of an SVG.

    `number`, from 1, is its place in a set and decides what brief and wish leave open; `palette`
    wins over the colours of both. Raises
    InputError for wishes that can't be met, DrawingError for an SVG that can't be used.
    """
    if number < 1:
        raise InputError(f"logo {number}: count from 1", ru=f"Логотип {number}: счёт с 1")
    # through its SVG always: a mark read back from its file gives the same logo
    svg = mark if isinstance(mark, str) else mark.svg
    outline, about = read_mark(svg)
    parts = read_parts(svg) if about.get("way") == TRACED else ()
    name = _given(wish.name, brief.name)
    way = str(about.get("way", "direct"))
    layout = wish.layout or _layout_of(brief, name, way, number)
    if layout == "monogram" and (about.get("engine") == "monogram" or "letter" in way):
        layout = "mark"  # it is one already
    if not name and layout not in ("mark", "monogram"):
        layout = "mark"
    font, family = _font_of(wish.font)
    form = wish.form or (None if way in ("direct", "varied") else "solid")
    codes = _codes(wish.colours)
    logo = design_logo(
        brief,
        outline,
        name=name,
        tagline=_given(wish.tagline, brief.slogan) if name else "",
        layout=layout,
        form=form,
        palette=palette or palette_at(brief, number, codes=codes),
        font=font,
        family=family,
        seed=seed * MAX_MARKS + number - 1,
        parts=parts,
        about={**about, "number": number} if about else None,
    )
    if palette is None and codes and codes[0] != logo.palette.mark:
        logo = dataclasses.replace(logo, notes=(*logo.notes, _moved(codes[0], logo.palette)))
    return logo


def make_logos(
    result: Result, *, wish: Wish = Wish(), palette: Palette | None = None
) -> tuple[Logo, ...]:
    """Return the logos of a result's marks, in their order, in one `palette` where it is given."""
    return tuple(
        make_logo(
            mark,
            result.brief,
            wish=wish,
            seed=mark.provenance.seed,
            number=number,
            palette=palette,
        )
        for number, mark in enumerate(result, start=1)
    )


def finish(
    result: Result, *, wish: Wish = Wish(), palette: Palette | None = None
) -> tuple[Result, tuple[Logo, ...]]:
    """Return the logos of a result that has a name, () where there is none to letter.

    A name that the prompt says and no font can letter leaves the marks alone, and the result's notes
    say why; one that is wished for raises InputError.
    """
    if not (_given(wish.name, result.brief.name) or wish.form):
        return result, ()
    try:
        return result, make_logos(result, wish=wish, palette=palette)
    except InputError as error:
        if wish.name is not None:
            raise
        note = (f"Marks without lettering: {error.message}", f"Знаки без названия: {error.ru}")
        return dataclasses.replace(result, notes=(*result.notes, note)), ()


def check_wish(wish: Wish) -> Wish:
    """Return a wish with its text and colours in their usual form; raise InputError for what can't
    be met whatever the mark.
    """
    if wish.layout is not None and wish.layout not in LAYOUTS:
        raise InputError(
            f"no layout is called {wish.layout!r}: choose from {', '.join(LAYOUTS)}",
            ru=f"Нет компоновки {wish.layout!r}: выберите из {', '.join(LAYOUTS)}",
        )
    if wish.form is not None and wish.form not in FORMS:
        raise InputError(
            f"no form of mark is called {wish.form!r}: choose from {', '.join(FORMS)}",
            ru=f"Нет вида знака {wish.form!r}: выберите из {', '.join(FORMS)}",
        )
    own, _ = _font_of(wish.font)
    name, tagline = wish.name, wish.tagline
    if name:
        name = check_text(name, limit=MAX_NAME, what=("name", "Название"))
    if tagline:
        tagline = check_text(tagline, limit=MAX_TAGLINE, what=("tagline", "Слоган"))
    for text in filter(None, (name, tagline)):
        check_characters(text, own=own)
    return dataclasses.replace(wish, name=name, tagline=tagline, colours=_codes(wish.colours))


def merge(brief: Brief, wish: Wish) -> Brief:
    """Return the brief with what is wished in place of what the prompt says."""
    changes: dict[str, Any] = {}
    if wish.name is not None:
        changes["name"] = wish.name or None
    if wish.tagline is not None:
        changes["slogan"] = wish.tagline or None
    if wish.layout is not None:
        changes["layout"] = wish.layout
    if wish.colours:
        changes["colours"] = tuple(Colour(code, code) for code in _codes(wish.colours))
    return dataclasses.replace(brief, **changes)


def _moved(code: str, palette: Palette) -> tuple[str, str]:
    """Return the note on a colour that could not be taken as it was given."""
    share = f"{contrast(code, palette.ground):.1f}"
    return (
        f"{code} has a contrast of {share} with its ground: {palette.mark} is used",
        f"У {code} контраст с фоном {share}: взят {palette.mark}",
    )


def _given(wished: str | None, read: str | None) -> str:
    return (read or "") if wished is None else wished.strip()


def _layout_of(brief: Brief, name: str, way: str, number: int) -> str:
    """Return the layout that the brief asks for, else the one of a logo's number."""
    if brief.layout == "monogram":  # the letters are the mark; they stand alone or beside a name
        if len(name) <= MAX_LETTERS:
            return "mark"
    elif brief.layout:
        return brief.layout
    layout = _LAYOUTS[(number - 1) % len(_LAYOUTS)]
    plain = bool(_PLAIN & set(brief.style)) or len(name) > _RING or way.startswith("in a ")
    return "stacked" if layout == "badge" and plain else layout


def _codes(colours: tuple[str, ...]) -> tuple[str, ...]:
    if len(colours) > MAX_COLOURS:
        raise InputError(
            f"{len(colours)} colours: give at most {MAX_COLOURS}",
            ru=f"Цветов {len(colours)}: дайте не больше {MAX_COLOURS}",
        )
    return tuple(check_code(code) for code in colours)


def _font_of(wished: str | Path | None) -> tuple[Font | None, str | None]:
    """Return the user's own font and the family that is wished for, one of them or none."""
    if wished is None:
        return None, None
    if isinstance(wished, Path):
        return open_font(wished), None
    for name in fonts():
        if name.casefold() == wished.strip().casefold():
            return None, name
    raise InputError(
        f"no font is called {wished[:40]!r}: choose from {', '.join(fonts())}",
        ru=f"Нет шрифта {wished[:40]!r}: выберите из {', '.join(fonts())}",
    )
