from __future__ import annotations

import json
from collections import Counter

import pytest
from defusedxml.ElementTree import fromstring
from PIL import Image

from znak.brand.oklch import contrast
from znak.errors import InputError
from znak.studio import Wish, design, make_logo, make_logos, write_logos
from znak.studio.logos import check_wish, fonts

PROMPT = "a fox for a coffee shop, #C2410C"


@pytest.fixture(scope="module")
def fox(tools):
    return design(PROMPT, name="Foxy Beans", seed=3, tools=tools)


@pytest.fixture(scope="module")
def logos(fox):
    return make_logos(fox)


def test_eight_logos_carry_name_and_colour_and_vary_in_layout(fox, logos):
    assert {logo.name for logo in logos} == {"Foxy Beans"}
    assert all("#c2410c" in logo.palette.colours for logo in logos)
    assert len({logo.layout for logo in logos}) >= 3
    assert Counter(logo.layout for logo in logos)["badge"] <= 2
    for logo in logos:
        ids = {element.get("id") for element in fromstring(logo.svg()).iter()}
        assert ids >= {"mark", "name"}
    assert fox.logos()[2].svg() == logos[2].svg()


def test_a_logo_is_the_same_alone_and_in_its_set_and_from_the_marks_svg(fox, logos):
    for number in (1, 6):
        mark = fox[number - 1]
        alone = make_logo(mark, fox.brief, seed=3, number=number)
        assert alone.svg() == logos[number - 1].svg()
        assert make_logo(mark.svg, fox.brief, seed=3, number=number).svg() == alone.svg()


def test_wishes_win_over_the_brief(fox):
    wish = Wish(
        name="Лис", tagline="кофе", layout="stacked", form="disc", colours=("#0f766e", "#f59e0b"),
        font="roboto",
    )  # fmt: skip
    for logo in make_logos(fox, wish=wish):
        assert (logo.name, logo.tagline, logo.layout, logo.form) == (
            "Лис",
            "кофе",
            "stacked",
            "disc",
        )
        assert logo.palette.mark == "#0f766e"
        assert logo.face.font.family == "Roboto"


def test_without_a_name_the_logo_is_the_mark_and_colours_vary_over_the_set(tools):
    result = design("dental clinic", tools=tools)
    logos = make_logos(result)
    assert {logo.layout for logo in logos} == {"mark"}
    assert len({logo.palette.mark for logo in logos}) >= 2
    assert all(contrast(logo.palette.mark, logo.palette.ground) >= 3 for logo in logos)


def test_the_svg_of_a_logo_says_where_its_mark_comes_from(fox, logos):
    note = json.loads(fromstring(logos[4].svg()).find("{*}metadata").text)
    assert note["prompt"] == PROMPT
    assert (note["seed"], note["engine"], note["number"]) == (3, "drawer", 5)
    assert note["revision"] == "drawer-1"
    assert note["cleanness"] == fox[4].scores.cleanness


def test_files_hold_logos_marks_and_the_result(tmp_path, fox, logos):
    paths = write_logos(fox, logos, tmp_path / "out", sizes=(300, 64))
    names = {"sheet.png", "brief.json", "result.json"}
    for k in range(1, 9):
        names |= {f"{k}{m}{end}" for m in ("", "-mark") for end in (".svg", ".png", "-64.png")}
    assert {p.name for p in paths} == {p.name for p in (tmp_path / "out").iterdir()} == names
    assert (tmp_path / "out/3.svg").read_text("utf-8") == logos[2].svg()
    assert (tmp_path / "out/3-mark.svg").read_text("utf-8") == fox[2].svg + "\n"
    with Image.open(tmp_path / "out/1.png") as picture:
        assert max(picture.size) == 300
        assert picture.getextrema()[3] == (0, 255)
    said = json.loads((tmp_path / "out/result.json").read_text("utf-8"))
    assert said["marks"][2]["logo"]["layout"] == logos[2].layout
    assert said["marks"][2]["mark"] == "3-mark.svg"


@pytest.mark.parametrize(
    ("wish", "word"),
    [
        (Wish(layout="diagonal"), "layout"),
        (Wish(form="chrome"), "form"),
        (Wish(colours=("orange-ish",)), "colour"),
        (Wish(colours=("#000000",) * 5), "at most 4"),
        (Wish(font="Comic Sans"), "Roboto"),
        (Wish(name="x" * 500), "500"),
        (Wish(name="שלום"), "right to left"),
        (Wish(tagline="x" * 61), "61"),
    ],
)
def test_wishes_that_can_not_be_met_are_said(fox, wish, word):
    for call in (lambda: check_wish(wish), lambda: make_logo(fox[0], fox.brief, wish=wish)):
        with pytest.raises(InputError, match=word) as caught:
            call()
        assert caught.value.ru != caught.value.message


def test_every_font_that_may_be_asked_for_letters_a_name(fox):
    for name in fonts():
        logo = make_logo(fox[0], fox.brief, wish=Wish(name="Foxy", font=name))
        assert logo.face.font.family == name
