"""What a file of Znak's own says of itself, so that new marks and kits keep name and colours."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from znak.brand.palettes import Palette
from znak.brand.reading import is_logo, read_about, read_palette
from znak.errors import DrawingError
from znak.fields.svg import parse
from znak.studio.logos import Wish, fonts
from znak.studio.mark import read_ink, read_provenance


@dataclass(frozen=True)
class Origin:
    """A mark's or logo's own words: what it was made from, in which ink, and as which logo.

    `palette` is None for a mark alone; all is empty for a file that is not Znak's.
    """

    prompt: str = ""
    subject: str = ""
    ink: str | None = None
    wish: Wish = field(default_factory=Wish)
    palette: Palette | None = None


def read_origin(svg: str) -> Origin:
    """Return what an SVG says of itself; raise DrawingError for a hostile or broken one."""
    about = read_about(parse(svg))
    provenance = read_provenance(svg)
    if provenance is None:
        return Origin()
    plain = Origin(provenance.prompt, provenance.subject, read_ink(svg))
    palette = read_palette(about)
    if not is_logo(about) or palette is None:
        return plain
    return replace(plain, ink=palette.mark, wish=_wish(about["logo"]), palette=palette)


def origin_of(text: str | None) -> Origin:
    """Return the origin of an SVG's text, an empty one for None and for what is no SVG."""
    try:
        return Origin() if text is None else read_origin(text)
    except DrawingError:
        return Origin()


def _wish(logo: dict[str, Any]) -> Wish:
    """Return the wish that gives the same logo again; what can't be told is left open."""

    def text(key: str) -> str | None:
        value = logo.get(key)
        return value if isinstance(value, str) else None

    label = text("font") or ""
    named = [name for name in fonts() if label == name or label.startswith(name + " ")]
    return Wish(
        name=text("name"),
        tagline=text("tagline"),
        layout=text("layout"),
        form=text("form"),
        font=max(named, key=len, default=None),
    )


def prefer(asked: Wish, kept: Wish) -> Wish:
    """Return what is asked, and of what was kept all that is not asked."""
    return Wish(
        name=kept.name if asked.name is None else asked.name,
        tagline=kept.tagline if asked.tagline is None else asked.tagline,
        layout=asked.layout or kept.layout,
        form=asked.form or kept.form,
        colours=asked.colours or kept.colours,
        font=asked.font or kept.font,
    )
