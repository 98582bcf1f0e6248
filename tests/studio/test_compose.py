from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.tiny import draw
from znak.brand.joined import lettered
from znak.brand.oklch import contrast
from znak.brief import Brief, Colour, read
from znak.fields import algebra, field_of_outline, placing, shapes, trace
from znak.fields.measure import measure
from znak.studio import compose
from znak.studio.colour import choose_inks
from znak.studio.tidy import finish, frame, hold_rough, tidy

STAR, DISC = shapes.star(), shapes.disc()
RING = algebra.outline(DISC, width=4, place=-1.0)


def test_the_widest_place_inside_is_found():
    x, y, radius = placing.widest(shapes.rectangle(width=50, height=20, centre=(30, 40)))
    assert radius == pytest.approx(10, abs=0.6)
    assert y == pytest.approx(40, abs=0.6)
    assert x == pytest.approx(30, abs=1)
    assert placing.widest(np.full((64, 64), -1.0, np.float32)) is None


def test_a_mark_is_cut_out_of_the_widest_place_of_another():
    found = placing.negative(DISC, STAR)
    assert measure(found).n_holes == 1
    assert measure(found).n_parts == 1
    assert placing.negative(shapes.rectangle(width=56, height=12), STAR) is None


def test_a_mark_stands_in_a_hole():
    found = placing.nested(RING, STAR)
    assert measure(found).n_parts == 2
    assert placing.nested(DISC, STAR) is None


def test_a_letter_holds_the_mark_or_is_cut_out_of_it():
    assert measure(lettered("D", DISC)).n_parts == 2
    assert measure(lettered("I", DISC)).n_holes == 1
    assert lettered("漢", DISC) is None


@pytest.mark.parametrize("way", [placing.beside, compose.above])
def test_two_marks_stand_side_by_side_without_touching(way):
    found = way(STAR, DISC)
    assert measure(found).n_parts == 2
    cover = found > 0
    assert not (cover[[0, -1]].any() or cover[:, [0, -1]].any())
    sparse = way(shapes.rectangle(width=56, height=3), shapes.rectangle(width=3, height=56))
    assert sparse is None or measure(sparse).n_parts == 2


@pytest.mark.parametrize("shape", sorted(compose.SHAPES))
@pytest.mark.parametrize("exact", [True, False])
def test_every_shape_holds_a_mark_inside_its_edge(shape, exact):
    found = measure(compose.hold(STAR, shape, exact=exact))
    empty = measure(compose.SHAPES[shape]())
    if shape in ("ring", "frame"):
        assert (found.n_parts, found.n_holes) == (2, 1)
    else:
        assert (found.n_parts, found.n_holes) == (1, 1)
        assert found.coverage < empty.coverage


def test_the_quick_and_the_exact_way_draw_the_same():
    quick = placing.move(STAR, np.array([32.0, 32.0]), 0.5, (24, 40), exact=False)
    exact = placing.move(STAR, np.array([32.0, 32.0]), 0.5, (24, 40), exact=True)
    near = np.abs(exact) < 0.3
    assert np.abs(quick - exact)[near].max() < 0.08
    assert ((quick > 0) == (exact > 0)).mean() > 0.99


@settings(max_examples=8)
@given(
    seeds=st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)),
    relation=st.sampled_from([None, "inside", "on", "under", "with", "shape"]),
    shape=st.sampled_from([None, "disc", "shield", "ring"]),
    badge=st.booleans(),
)
def test_any_two_marks_combine_to_fields_in_the_ways_asked(seeds, relation, shape, badge):
    a, b = (draw(1.0, s) for s in seeds)
    found = list(compose.combine(a, b, relation=relation, shape=shape, turn=0, badge=badge))
    for composite in found:
        exact = composite.exact()
        assert composite.field.shape == exact.shape == (64, 64)
        assert (exact > 0).any()
        if shape is not None or badge:
            assert composite.way == f"in a {shape or 'disc'}"
    if shape is None and not badge:
        assert any(c.way == "beside" for c in found)


def test_a_winner_is_traced_in_its_frame():
    rough = tidy(algebra.place(STAR, scale=0.6, shift=(6, 4)))
    points = np.concatenate(finish(rough).outline.flatten())
    assert np.ptp(points, axis=0).max() == pytest.approx(56, abs=0.02)
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    assert middle == pytest.approx([32, 32], abs=0.02)
    held = finish(hold_rough(rough, "disc")).outline
    assert len(held) == 2
    assert tidy(np.full((64, 64), -1.0, np.float32)) is None
    assert frame(finish(rough).outline).path_data() == finish(rough).outline.path_data()


@given(st.integers(0, 0xFFFFFF))
def test_an_ink_given_by_name_is_seen_on_white(value):
    brief = Brief(colours=(Colour("a colour", f"#{value:06x}"),))
    assert contrast(choose_inks(brief, 1)[0], "#ffffff") >= 3


def test_a_colour_code_is_taken_as_written_and_a_business_has_its_own():
    assert choose_inks(read("a fox, #FFD700"), 1) == ["#ffd700"]
    assert set(choose_inks(read("a fox, #C2410C"), 8)) == {"#c2410c"}
    assert choose_inks(read("a yellow fox"), 1) != ["#ffd700"]
    assert choose_inks(read("a fox"), 9)[:3] == choose_inks(read("a fox"), 3)
    assert len(set(choose_inks(read("dental clinic"), 8))) >= 2


@pytest.mark.parametrize("letters", ["M", "О", "Ж", "AB"])
def test_letters_and_a_thing_make_one_mark_in_several_ways(letters):
    found = list(compose.combine_letters(letters, DISC, shape=None))
    ways = [c.way for c in found]
    assert "beside the letter" in ways
    assert len(ways) == len(set(ways)) >= 2
    for composite in found:
        exact = composite.exact()
        assert ((exact > 0) == (composite.field > 0)).mean() > 0.97
        assert not (exact[[0, -1]] > 0).any()
    held = list(compose.combine_letters(letters, DISC, shape="disc"))
    assert all(measure(c.exact()).n_holes >= 1 and c.way.endswith("in a disc") for c in held)
    assert list(compose.combine_letters("漢", DISC, shape=None)) == []


def test_the_letter_stays_to_be_read_behind_the_thing():
    from znak.brand.joined import before, heavy_font
    from znak.brand.letters import letters_field

    letter = letters_field("M", font=heavy_font())
    joined = before(letter, DISC)
    kept = ((joined > 0) & (letter > 0)).sum() / (letter > 0).sum()
    assert kept > 0.6
    assert measure(joined).n_parts >= 2


def test_a_finished_outline_has_no_specks(monkeypatch):
    from znak.studio import tidy as module

    dot = shapes.disc(radius=1.0, centre=(8, 8))
    drawn = algebra.union(shapes.disc(radius=20), dot)
    monkeypatch.setattr(module, "trace", lambda field: trace(drawn))
    outline = finish(module.Rough(drawn, 0.0)).outline
    assert len(outline) == 1
    assert np.ptp(np.concatenate(outline.flatten()), axis=0) == pytest.approx([56, 56], abs=0.1)


@pytest.mark.parametrize("way", ["letter cut out", "beside the letter"])
def test_a_joined_letter_has_the_fonts_own_straight_lines(way):
    from znak.studio.tidy import Rough

    (composite,) = (c for c in compose.combine_letters("M", DISC, shape=None) if c.way == way)
    outline = finish(Rough(composite.field, 1.0, composite.exact, mend=composite.mend)).outline
    letter = max(outline.loops, key=lambda loop: int(loop.straight.sum()))
    assert len(letter) == int(letter.straight.sum()) == 12
    assert (letter.area < 0) == (way == "letter cut out")
    field = field_of_outline(outline)
    assert ((field > 0) == (composite.exact() > 0)).mean() > 0.9
