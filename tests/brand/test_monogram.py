from __future__ import annotations

import numpy as np
import pytest

from znak.brand.letters import letters_field
from znak.brand.monogram import draw_styles, initials, monogram, styles
from znak.errors import InputError
from znak.fields import measure, trace


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Foxy Beans", "FB"),
        ("Лисья нора", "ЛН"),
        ("  the old-town bakery & sons ", "TOT"),
        ("7 Hills", "7H"),
        ("../etc", "E"),
        ("ё", "Ё"),
    ],
)
def test_initials_are_the_first_letters_of_up_to_three_words(name, expected):
    assert initials(name) == expected


@pytest.mark.parametrize("name", ["", "   ", "..//..", "🦊🦊", "\u200b\x00"])
def test_a_name_without_letters_is_refused_in_both_languages(name):
    with pytest.raises(InputError) as caught:
        initials(name)
    assert caught.value.ru != caught.value.message


@pytest.mark.parametrize(
    ("letter", "parts", "holes"),
    [("A", 1, 1), ("O", 1, 1), ("о", 1, 1), ("B", 1, 2), ("Ж", 1, 0), ("Ы", 2, 1), ("Й", 2, 0)],
)
def test_letters_keep_their_parts_and_counters(letter, parts, holes):
    result = measure(letters_field(letter))
    assert (result.n_parts, result.n_holes) == (parts, holes)
    ys, xs = np.nonzero(letters_field(letter) > 0)
    assert max(np.ptp(ys), np.ptp(xs)) + 1 == pytest.approx(56, abs=1)


def test_a_character_that_the_font_lacks_is_named():
    with pytest.raises(InputError, match="漢"):
        letters_field("漢")


@pytest.mark.parametrize("style", styles())
@pytest.mark.parametrize("letters", ["Q", "ЛН", "WWW"])
def test_every_style_gives_a_mark_that_can_be_traced(style, letters):
    field = monogram(letters, style)
    assert 0.02 < measure(field).coverage < 0.9
    assert trace(field).area / 4096 == pytest.approx(measure(field).coverage, rel=0.05)


def test_fewer_styles_are_a_prefix_of_more():
    assert draw_styles(5, 3) == draw_styles(5, 20)[:3]
    assert len(set(draw_styles(1, len(styles())))) == len(styles())
