from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fields.fields_strategy import blobs, noise
from znak.errors import FieldError
from znak.fields import algebra, shapes
from znak.fields.measure import measure
from znak.fields.sdf import CLAMP, Field, redistance

fields = st.one_of(blobs(), noise())


@given(fields, fields, fields)
def test_union_and_intersection_commute_associate_and_are_idempotent(a, b, c):
    for operation in (algebra.union, algebra.intersection):
        np.testing.assert_array_equal(operation(a, b), operation(b, a))
        np.testing.assert_array_equal(operation(operation(a, b), c), operation(a, operation(b, c)))
        np.testing.assert_array_equal(operation(a, a), a)


@given(fields, fields)
def test_de_morgan(a, b):
    left = algebra.complement(algebra.union(a, b))
    np.testing.assert_array_equal(left, algebra.intersection(-a, -b))
    np.testing.assert_array_equal(algebra.subtract(a, b), algebra.complement(algebra.union(-a, b)))


@given(fields, st.floats(-7, 7), st.floats(-7, 7))
def test_offset_is_monotone(a, first, second):
    low, high = sorted((first, second))
    assert (algebra.offset(a, low) <= algebra.offset(a, high)).all()


@given(blobs(), st.floats(0.2, 2.5), st.floats(0.2, 2.5))
def test_growing_twice_is_growing_once_by_the_sum(a, first, second):
    a = redistance(a)
    once = redistance(algebra.offset(a, first + second))
    twice = redistance(algebra.offset(redistance(algebra.offset(a, first)), second))
    near_edge = np.abs(once) < 0.25
    assert np.abs(once - twice)[near_edge].mean() * CLAMP < 0.08


@given(blobs(), blobs(), st.floats(0.5, 6))
def test_smooth_blends_contain_the_sharp_ones(a, b, radius):
    assert (algebra.smooth_union(a, b, radius=radius) >= algebra.union(a, b) - 1e-6).all()
    sharp, smooth = algebra.subtract(a, b), algebra.smooth_subtract(a, b, radius=radius)
    assert (smooth <= sharp + 1e-6).all()


@given(fields, st.sampled_from(["x", "y"]))
def test_symmetrise_gives_its_own_mirror_image_and_mirror_is_an_involution(a, axis):
    both = algebra.symmetrise(a, axis=axis)
    np.testing.assert_array_equal(both, algebra.mirror(both, axis=axis))
    np.testing.assert_array_equal(algebra.mirror(algebra.mirror(a, axis=axis), axis=axis), a)


@given(fields, fields)
def test_interpolation_ends_at_its_marks(a, b):
    np.testing.assert_array_equal(algebra.interpolate(a, b, 0), a)
    np.testing.assert_array_equal(algebra.interpolate(a, b, 1), b)


def test_outline_and_double_line_have_the_asked_widths():
    disc = shapes.disc(radius=24)
    line = algebra.outline(disc, width=4)
    row = np.interp(np.linspace(0, 32, 3201), np.arange(64) + 0.5, line[31])
    assert np.count_nonzero(row > 0) / 100 == pytest.approx(4, abs=0.1)
    inside = algebra.outline(disc, width=4, place=-1)
    assert measure(inside).coverage * 4096 == pytest.approx(np.pi * (24**2 - 20**2), rel=0.01)
    assert measure(algebra.double_line(disc, width=3, gap=2)).n_parts == 2
    inline = measure(algebra.inline(disc, width=2, inset=3))
    assert (inline.n_parts, inline.n_holes) == (2, 1)


def test_split_and_stripes_cut_where_they_should():
    square = shapes.rectangle(width=40, height=40)
    left, right = algebra.split(square, gap=4)
    assert measure(left).coverage == pytest.approx(measure(right).coverage, rel=1e-3)
    assert measure(algebra.union(left, right)).coverage * 4096 == pytest.approx(40 * 36, rel=0.01)
    striped = algebra.stripes(square, period=10, width=5, angle=90)
    assert measure(striped).coverage * 4096 == pytest.approx(40 * 20, rel=0.02)


def test_rounding_takes_the_corner_of_a_square():
    area = measure(algebra.rounded(shapes.rectangle(width=40, height=40), radius=6)).coverage * 4096
    assert area == pytest.approx(1600 - (4 - np.pi) * 36, rel=0.005)


def test_place_scales_turns_and_moves():
    small = algebra.place(shapes.rectangle(width=40, height=20), scale=0.5, angle=90, shift=(8, -4))
    expected = shapes.rectangle(width=10, height=20, centre=(40, 28))
    assert np.abs(small - expected).max() * CLAMP < 0.25


@pytest.mark.parametrize(
    "call",
    [
        lambda f: algebra.offset(f, 9),
        lambda f: algebra.offset(f, float("nan")),
        lambda f: algebra.outline(f, width=0),
        lambda f: algebra.smooth_union(f, f, radius=-1),
        lambda f: algebra.stripes(f, period=3, width=4),
        lambda f: algebra.interpolate(f, f, 1.5),
        lambda f: algebra.place(f, scale=0),
        lambda f: algebra.mirror(f, axis="z"),
        lambda f: algebra.union(f, np.zeros((32, 32), np.float32)),
        lambda f: algebra.union(f, np.full((64, 64), np.nan, np.float32)),
    ],
)
def test_impossible_requests_name_the_value_in_both_languages(call):
    with pytest.raises(FieldError) as caught:
        call(shapes.disc())
    assert caught.value.text("en") != caught.value.text("ru")


def test_shapes_have_their_areas():
    def area(field: Field) -> float:
        return measure(field).coverage * 4096

    assert area(shapes.disc(radius=20)) == pytest.approx(np.pi * 400, rel=0.005)
    assert area(shapes.rectangle(width=30, height=20)) == pytest.approx(600, rel=0.005)
    assert area(shapes.regular(6, radius=20)) == pytest.approx(1.5 * 3**0.5 * 400, rel=0.005)
    assert measure(shapes.shield()).symmetry > 0.999
