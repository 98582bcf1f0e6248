from __future__ import annotations

import io
from itertools import pairwise

import numpy as np
import pytest
import uharfbuzz as hb
from fontTools.pens.boundsPen import BoundsPen
from fontTools.ttLib import TTFont

from znak.brand.faces import FAMILIES, character_of, choose_face, soften
from znak.brand.fonts import open_font, packaged
from znak.brand.lettering import check_text, set_line, split_name
from znak.brief import Brief
from znak.errors import InputError
from znak.fields import shapes, trace

FACES = [
    packaged(f.package, f.pattern.format(f.weights[-1]), f.name, f.weights[-1], f.licence)
    for f in FAMILIES
]
RUSSIAN = "АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯабвгдеёжзийклмнопрстуфхцчшщъыьэюя"


def test_all_families_but_the_latin_one_have_all_russian_letters():
    assert [f.family for f in FACES if f.lacks(RUSSIAN)] == ["Fredoka One"]
    assert all(not f.lacks("ABCXYZabcxyz 0123456789&") for f in FACES)


@pytest.mark.parametrize("font", FACES, ids=lambda f: f.family)
def test_the_ink_is_where_fonttools_puts_it(font):
    reference = TTFont(io.BytesIO(font.data))
    glyphs, cmap = reference.getGlyphSet(), reference.getBestCmap()
    for letter in "HoQg":
        pen = BoundsPen(glyphs)
        glyphs[cmap[ord(letter)]].draw(pen)
        line = set_line(letter, font)
        expected = np.array(pen.bounds) / font.cap_height
        assert line.box[1] == pytest.approx(-expected[3], abs=0.01)
        assert line.box[3] == pytest.approx(-expected[1], abs=0.01)
        assert line.width == pytest.approx(expected[2] - expected[0], abs=0.01)


@pytest.mark.parametrize("font", FACES, ids=lambda f: f.family)
def test_pairs_are_kerned(font):
    def advance(text, kern):
        buffer = hb.Buffer()
        buffer.add_str(text)
        buffer.guess_segment_properties()
        hb.shape(font.shaper, buffer, {"kern": kern})
        return sum(p.x_advance for p in buffer.glyph_positions) / font.cap_height

    assert advance("AVAT", True) < advance("AVAT", False) - 0.05
    line = set_line("AVAT", font)
    gap = line.glyphs[-1].x - line.glyphs[0].x
    apart = sum(set_line(c, font).glyphs[0].advance for c in "AVA")
    assert gap < apart - 0.03


def test_tracking_is_added_between_all_letters():
    font = FACES[0]
    tight, wide = set_line("nnnn", font), set_line("nnnn", font, tracking=0.2)
    assert wide.width - tight.width == pytest.approx(0.6, abs=1e-6)


def test_letters_with_overlapping_strokes_become_one_outline():
    for letter, loops in (("A", 2), ("B", 3), ("Ж", 1), ("Ы", 3), ("i", 2)):
        for font in FACES[:4]:
            found = set_line(letter, font).outline
            assert len(found) == loops, (font.family, letter)
            assert sum(loop.area > 0 for loop in found.loops) == {"Ы": 2, "i": 2}.get(letter, 1)


def test_soft_corners_lie_inside_the_letter_and_near_it():
    letter = set_line("ЖЩ", FACES[0]).outline
    soft = soften(letter, 0.08)
    assert soft.n_anchors > letter.n_anchors
    assert 0.95 * letter.area < soft.area < letter.area
    for a, b in pairwise([soften(letter, r).area for r in (0.0, 0.04, 0.08)]):
        assert b < a


def test_a_character_that_no_font_has_is_named():
    star = character_of(trace(shapes.star()))
    with pytest.raises(InputError, match=r"U\+6F22"):
        choose_face("漢", Brief(), star)
    with pytest.raises(InputError, match=r"U\+6F22"):
        set_line("漢", FACES[0])


def test_a_round_mark_is_rounder_and_a_heavy_one_heavier():
    disc = character_of(trace(shapes.disc()))
    square = character_of(trace(shapes.rectangle()))
    line = character_of(trace(shapes.rectangle(width=56, height=6)))
    assert disc.round > 0.9
    assert square.round < 0.1
    assert line.stroke < 0.15 < square.stroke


@pytest.mark.parametrize("data", [b"", b"not a font", b"\x00\x01\x00\x00" + b"\x00" * 400, b"OTTO"])
def test_a_file_that_is_no_font_is_refused(tmp_path, data):
    path = tmp_path / "bad.ttf"
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"bad\.ttf"):
        open_font(path)


def test_damaged_fonts_never_crash(tmp_path):
    whole = FACES[0].data
    path = tmp_path / "hurt.ttf"
    for cut in range(200, len(whole), len(whole) // 9):
        path.write_bytes(whole[:cut] + b"\xff" * 64 + whole[cut + 64 :])
        try:
            font = open_font(path)
            set_line("Знак", font)
        except InputError:
            pass


def test_a_font_file_of_the_users_own_is_taken(tmp_path):
    path = tmp_path / "own.ttf"
    path.write_bytes(FACES[0].data)
    font = open_font(path)
    assert font.family.startswith("Manrope") and not font.lacks("Знак")
    with pytest.raises(InputError, match="missing"):
        open_font(tmp_path / "missing.ttf")


def test_names_are_split_where_the_halves_are_about_equal():
    assert split_name("Deep Blue Sea Kitchen") == ("Deep Blue", "Sea Kitchen")
    assert split_name("Монолит") == ("Монолит",)


def test_text_is_normalised():
    assert check_text(" и\u0306од\u200b  и\tё ", limit=40, what=("name", "Название")) == "йод и ё"
