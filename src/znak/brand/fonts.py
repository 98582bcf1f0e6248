"""The fonts that lettering is set in: the shipped faces, and a file of the user's own.

The shipped ones come as Python packages (open licences). A face is chosen by `faces.choose`; this
module only opens files and says what a font can draw.
"""

from __future__ import annotations

import importlib.util
import io
import unicodedata
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

import uharfbuzz as hb
from fontTools.ttLib import TTFont, TTLibError

from znak.errors import InputError, MissingError

MAX_FONT_BYTES = 30_000_000


@dataclass(frozen=True, eq=False)
class Font:
    """An open font: `family` and `weight` for people, `licence` an SPDX id or ""."""

    family: str
    weight: str
    licence: str
    data: bytes = field(repr=False)

    @cached_property
    def face(self) -> hb.Face:
        """HarfBuzz's face."""
        return hb.Face(self.data)

    @cached_property
    def shaper(self) -> hb.Font:
        """HarfBuzz's font, in font units."""
        return hb.Font(self.face)

    @cached_property
    def characters(self) -> frozenset[int]:
        """The code points that the font has a glyph for."""
        return frozenset(self.face.unicodes)

    @cached_property
    def cap_height(self) -> float:
        """Height of H in font units."""
        return self._height("H", "О")

    @cached_property
    def x_height(self) -> float:
        """Height of x in font units."""
        return self._height("x", "н")

    @cached_property
    def stem(self) -> float:
        """Width of the stem of I, l or н over the capital height: how bold the font is."""
        glyph = self.shaper.get_nominal_glyph(ord("l"))
        extents = self.shaper.get_glyph_extents(glyph) if glyph else None
        return abs(extents.width) / self.cap_height if extents else 0.2

    def _height(self, *candidates: str) -> float:
        for character in candidates:
            glyph = self.shaper.get_nominal_glyph(ord(character))
            extents = self.shaper.get_glyph_extents(glyph) if glyph else None
            if extents and extents.y_bearing > 0:
                return float(extents.y_bearing)
        return 0.7 * float(self.face.upem)

    def lacks(self, text: str) -> str:
        """Return the characters of `text` that the font can't draw, each once."""
        missing = (
            c
            for c in unicodedata.normalize("NFC", text)
            if not c.isspace() and ord(c) not in self.characters
        )
        return "".join(dict.fromkeys(missing))


@cache
def packaged(package: str, name: str, family: str, weight: str, licence: str) -> Font:
    """Return the font file `name` that the installed `package` carries."""
    spec = importlib.util.find_spec(package)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        for path in (Path(folder) / "files" / name, Path(folder) / "ttf" / name):
            if path.is_file():
                return Font(family, weight, licence, path.read_bytes())
    project = package.replace("_", "-")
    raise MissingError(
        f"the font {family} is not installed: pip install {project}",
        ru=f"Шрифт {family} не установлен: pip install {project}",
    )


def open_font(path: Path) -> Font:
    """Return the font in a file of the user's (TTF, OTF, WOFF; the first of a collection).

    Raises InputError for a file that is missing, too large or no font.
    """
    try:
        size = path.stat().st_size
        data = path.read_bytes() if 0 < size <= MAX_FONT_BYTES else b""
    except OSError as error:
        raise InputError(
            f"the font {path} can't be read ({error.strerror}): give a TTF, OTF or WOFF file",
            ru=f"Шрифт {path} не читается ({error.strerror}): нужен файл TTF, OTF или WOFF",
        ) from error
    try:
        font = TTFont(io.BytesIO(data), fontNumber=0, lazy=True)
        names = font["name"]
        family = names.getBestFamilyName() or path.stem
        weight = names.getBestSubFamilyName() or ""
        glyphs = len(font.getBestCmap() or {})
        if font.flavor or data[:4] == b"ttcf":
            font.flavor = None
            plain = io.BytesIO()
            font.save(plain)
            data = plain.getvalue()
    except (TTLibError, ImportError, KeyError, ValueError, AssertionError, OSError) as error:
        raise _no_font(path) from error
    except Exception as error:  # fontTools lets struct and index errors of damaged tables through
        raise _no_font(path) from error
    opened = Font(str(family), str(weight), "", data)
    if glyphs == 0 or not opened.characters:
        raise _no_font(path)
    return opened


def _no_font(path: Path) -> InputError:
    return InputError(
        f"{path} is no font that can be read: give a TTF, OTF or WOFF file",
        ru=f"{path} — не шрифт или повреждён: нужен файл TTF, OTF или WOFF",
    )
