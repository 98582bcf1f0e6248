from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fields.fields_strategy import blobs
from znak.errors import DrawingError, FieldError
from znak.fields import sdf, shapes
from znak.fields.contour import shoelace, zero_lines
from znak.fields.measure import measure
from znak.fields.outline import Loop, Outline
from znak.fields.svg import coverage


def svg(body: str, box: str = "0 0 24 24") -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}">{body}</svg>'


def test_a_circle_drawn_small_and_off_centre_becomes_the_exact_disc():
    field = sdf.field_of_svg(svg('<circle cx="5" cy="17" r="3"/>'))
    assert np.abs(field - shapes.disc(radius=28)).max() * sdf.CLAMP < 0.12


def test_a_square_has_exact_distances_at_its_sides():
    field = sdf.field_of_svg(svg('<path d="M4 4h16v16h-16z"/>'))
    np.testing.assert_allclose(field[32, 2:8] * 8, [-1.5, -0.5, 0.5, 1.5, 2.5, 3.5], atol=0.02)


def test_the_framed_svg_renders_onto_its_field():
    drawing = sdf.frame(
        svg('<path d="M2 3h9l4 8-7 9z"/><circle cx="19" cy="6" r="3"/>', "-2 -2 40 30")
    )
    rendered = sdf.field_of_coverage(coverage(drawing.svg, 512))
    assert np.abs(rendered - drawing.field).max() * sdf.CLAMP < 0.12


@given(blobs())
def test_distances_change_by_at_most_one_pixel_a_pixel(field):
    field = sdf.redistance(field)
    for axis in (0, 1):
        assert np.abs(np.diff(field, axis=axis)).max() * sdf.CLAMP <= 1.0 + 1e-3


@given(blobs())
def test_redistance_keeps_the_inside_and_storing_loses_half_a_step(field):
    clear = np.abs(field) * sdf.CLAMP > 0.3
    np.testing.assert_array_equal((sdf.redistance(field) > 0)[clear], (field > 0)[clear])
    assert np.abs(sdf.dequantise(sdf.quantise(field)) - field).max() <= 0.5 / 127 + 1e-6


@given(blobs(), st.integers(0, 3))
def test_quarter_turns_commute_with_redistance(field, turns):
    turned = sdf.redistance(np.ascontiguousarray(np.rot90(field, turns)))
    assert np.abs(turned - np.rot90(sdf.redistance(field), turns)).max() * sdf.CLAMP < 0.02


def test_signs_by_crossings_agree_with_known_signs():
    ring = [
        np.array([[10.2, 10.1], [50.3, 12.4], [45.5, 52.6]]),
        np.array([[25, 20], [35, 20], [32, 30.0]]),
    ]
    field = sdf.signed_distance(ring)
    assert field[25, 30] < 0 < field[20, 22]
    assert field[5, 5] < 0


def test_zero_lines_are_oriented_and_counted():
    ring = np.minimum(shapes.disc(radius=24), -shapes.disc(radius=12))
    areas = sorted(shoelace(loop) for loop in zero_lines(ring, upsample=2))
    np.testing.assert_allclose(areas, [-np.pi * 144, np.pi * 576], rtol=0.01)
    result = measure(ring)
    assert (result.n_parts, result.n_holes) == (1, 1)
    assert result.perimeter == pytest.approx(2 * np.pi * 36, rel=0.005)


def test_a_mark_that_touches_the_border_is_closed_along_it():
    loops = zero_lines(np.full((64, 64), 1.0, np.float32))
    assert len(loops) == 1
    assert shoelace(loops[0]) == pytest.approx(4096, rel=0.04)


def test_loops_know_their_area_and_survive_transforms():
    k = 4 / 3 * (2**0.5 - 1) * 10
    anchors = np.array([[42, 32], [32, 42], [22, 32], [32, 22]], dtype=float)
    handles = np.array(
        [
            [[42, 32 + k], [32 + k, 42]],
            [[32 - k, 42], [22, 32 + k]],
            [[22, 32 - k], [32 - k, 22]],
            [[32 + k, 22], [42, 32 - k]],
        ]
    )
    circle = Loop(anchors, handles, np.zeros(4, bool))
    assert circle.area == pytest.approx(np.pi * 100, rel=1e-3)
    assert circle.reverse().area == pytest.approx(-circle.area)
    mirrored = circle.transform(np.array([[-1.0, 0, 64], [0, 1, 0]]))
    assert mirrored.area == pytest.approx(circle.area)
    field = sdf.field_of_outline(Outline((circle,)))
    assert np.abs(field - shapes.disc(radius=10)).max() * sdf.CLAMP < 0.1


def test_path_data_is_short_and_closed():
    square = Outline((Loop.polygon(np.array([[4, 4], [60, 4], [60, 60.00049], [4, 60]])),))
    assert square.path_data() == "M4 4L60 4L60 60L4 60Z"
    assert square.path_data(scale=0.5, decimals=1) == "M2 2L30 2L30 30L2 30Z"


@pytest.mark.parametrize(
    "field",
    [np.zeros((64, 63)), np.full((64, 64), np.nan), np.full((64, 64), np.inf), np.zeros(4096)],
)
def test_what_is_no_field_is_refused(field):
    with pytest.raises(FieldError):
        sdf.check_field(field)


@pytest.mark.parametrize(
    "body",
    [
        "",
        '<path d=""/>',
        '<rect x="30" y="30" width="4" height="4"/>',
        '<path fill="none" d="M0 0h9v9z"/>',
        '<path opacity="0" d="M0 0h9v9z"/>',
    ],
)
def test_empty_drawings_are_refused(body):
    with pytest.raises(DrawingError, match="empty"):
        sdf.frame(svg(body))
