"""The page's words: both languages, the same values in them, and all that the program asks for."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest

import znak.serve.page
from znak.brand import FORMS, LAYOUTS, MODES
from znak.brand.mockups import mockups
from znak.brief import read
from znak.brief.wishes import STYLES
from znak.serve.page.plots import PLOT_LOOKS
from znak.serve.page.texts import TEXTS, Speech, choose_language
from znak.studio.logos import Wish, make_logo

_MARK = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><path d="M8 8h48v48H8z"/></svg>'
)


def _values(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("key", TEXTS)
def test_a_text_stands_in_both_languages_with_the_same_values(key):
    english, russian = TEXTS[key]
    assert english.strip() and russian.strip()
    assert _values(english) == _values(russian)
    assert english.isascii() or not re.search("[а-яё]", english, re.IGNORECASE)
    same = key in ("svg", "png", "picture_facts")
    assert same or re.search("[а-яё]", russian, re.IGNORECASE)


def test_every_text_that_the_program_asks_for_is_there():
    folder = Path(str(znak.serve.page.__file__)).parent
    asked = {
        key
        for path in folder.glob("*.py")
        for key in re.findall(r'\bsay\(\s*"([a-z_0-9]+)"', path.read_text("utf-8"))
    }
    assert len(asked) > 90
    assert asked <= TEXTS.keys()


def test_all_layouts_forms_styles_modes_mockups_and_looks_have_names():
    logo = make_logo(_MARK, read("a box"), wish=Wish(name="Box"))
    wanted = [f"layout_{v}" for v in LAYOUTS] + [f"form_{v}" for v in FORMS]
    wanted += [f"style_{v}" for v in STYLES] + [f"mode_{v}" for v in MODES]
    wanted += [f"mockup_{v}" for v in mockups(logo)] + [f"theme_{v}" for v in PLOT_LOOKS]
    assert not [key for key in wanted if key not in TEXTS]


def test_numbers_sizes_and_shares_are_written_as_the_language_does():
    en, ru = Speech("en"), Speech("ru")
    assert (en.number(1234567), ru.number(1234567)) == ("1,234,567", "1\u00a0234\u00a0567")
    assert (en.number(0.5), ru.number(0.5)) == ("0.5", "0,5")
    assert (en.size(2_147_483_648), ru.size(3_400_000)) == ("2.1 GB", "3,4 МБ")
    assert en.size(12) == "12 B"
    assert (en.percent(0.034), ru.percent(0.5)) == ("3.4%", "50\u00a0%")


def test_the_language_is_that_of_the_link_then_of_the_browser():
    assert choose_language("ru", "en-US") == "ru"
    assert choose_language(None, "ru-RU") == "ru"
    assert choose_language("xx", "ru") == "ru"
    assert choose_language(None, "de-DE") == "en"
    assert choose_language(None, None) == "en"
