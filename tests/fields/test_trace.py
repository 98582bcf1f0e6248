"""Tracing: closed-form shapes, laws, bad input."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from znak.errors import FieldError
from znak.fields.audit import crossing_loops
from znak.fields.chain import Chain
from znak.fields.contour import cubic_upsample
from znak.fields.outline import Loop, Outline, Points
from znak.fields.sdf import field_of_outline, field_of_svg, quantise, signed_distance
from znak.fields.trace import SPECK, trace

FEW = settings(max_examples=25, deadline=None, derandomize=True)
turns = st.floats(0, 2 * np.pi)
shifts = st.tuples(st.floats(-3, 3), st.floats(-3, 3))


def turned(points: Points, angle: float, shift: tuple[float, float]) -> Points:
    c, s = np.cos(angle), np.sin(angle)
    return points @ np.array([[c, s], [-s, c]]) + 32 + np.array(shift)


def star(points: int, inner: float, outer: float) -> Points:
    angle = np.arange(2 * points) * np.pi / points
    radius = np.where(np.arange(2 * points) % 2, inner, outer)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


def ring(radius_x: float, radius_y: float, count: int = 720) -> Points:
    angle = np.arange(count) * 2 * np.pi / count
    return np.stack([radius_x * np.cos(angle), radius_y * np.sin(angle)], axis=1)


def box(width: float, height: float) -> Points:
    return np.array([[-width, -height], [width, -height], [width, height], [-width, height]]) / 2


def rounded_box(width: float, height: float, radius: float) -> Points:
    quarter = np.linspace(0, np.pi / 2, 60)
    parts = []
    for k, corner in enumerate(box(width - 2 * radius, height - 2 * radius)):
        angle = quarter + np.pi + k * np.pi / 2
        parts.append(corner + radius * np.stack([np.cos(angle), np.sin(angle)], axis=1))
    return np.concatenate(parts)


SHAPES = {
    "square": box(38, 38),
    "rectangle": box(44, 17),
    "triangle": 24 * np.array([[0, -1], [0.9, 0.8], [-0.9, 0.8]]),
    "star": star(5, 11, 26),
}


def field_of(*loops: Points) -> np.ndarray:
    return quantise(signed_distance(list(loops)))


def chain_of(outline: Outline) -> Chain:
    return Chain(
        np.concatenate([loop.anchors for loop in outline.loops]),
        np.concatenate([loop.handles for loop in outline.loops]),
        np.concatenate([loop.straight for loop in outline.loops]),
        np.zeros(outline.n_anchors, dtype=bool),
        [len(loop) for loop in outline.loops],
    )


def gap(one: Points, two: Points) -> float:
    """Largest distance from a point of either set to the nearest of the other."""
    apart = np.hypot(*(one[:, None] - two[None]).transpose(2, 0, 1))
    return float(max(apart.min(axis=0).max(), apart.min(axis=1).max()))


def check_clean(outline: Outline) -> None:
    assert outline.area > 0
    for loop in outline.loops:
        assert len(loop) >= 2
        assert np.isfinite(loop.controls).all()
        assert abs(loop.area) >= SPECK * outline.area * 0.99
    assert not crossing_loops(chain_of(outline))


@pytest.mark.parametrize("name", SHAPES)
@FEW
@given(angle=turns, shift=shifts)
def test_polygon_keeps_its_corners_and_gains_none(
    name: str, angle: float, shift: tuple[float, float]
) -> None:
    corners = turned(SHAPES[name], angle, shift)
    (loop,) = trace(field_of(corners)).loops
    assert len(loop) == len(corners)
    assert loop.straight.all()
    assert gap(loop.anchors, corners) < 0.15


@pytest.mark.parametrize("sides", [3, 4, 6])
def test_polygon_from_svg_keeps_its_corners(sides: int) -> None:
    points = 50 + 40 * star(sides, 1, 1)[::2]
    text = " ".join(f"{x:.3f},{y:.3f}" for x, y in points)
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100"><polygon points="{text}"/></svg>'
    (loop,) = trace(quantise(field_of_svg(svg))).loops
    assert len(loop) == sides
    assert loop.straight.all()


@FEW
@given(radius=st.floats(3, 27), shift=shifts)
def test_circle_is_four_curves(radius: float, shift: tuple[float, float]) -> None:
    centre = 32 + np.array(shift)
    (loop,) = trace(field_of(ring(radius, radius) + centre)).loops
    assert len(loop) == 4
    assert not loop.straight.any()
    error = np.hypot(*(loop.flatten(24) - centre).T) / radius - 1
    assert np.abs(error).max() < 0.005


@FEW
@given(long=st.floats(9, 26), share=st.floats(0.4, 0.9), angle=turns, shift=shifts)
def test_ellipse_is_four_curves(
    long: float, share: float, angle: float, shift: tuple[float, float]
) -> None:
    points = turned(ring(long, long * share), angle, shift)
    outline = trace(field_of(points))
    assert outline.n_anchors <= 6
    assert gap(outline.flatten(60)[0], points) < 0.6
    assert outline.area == pytest.approx(np.pi * long**2 * share, rel=0.005)


@FEW
@given(radius=st.floats(1, 9), angle=turns, shift=shifts)
def test_rounded_box_is_lines_and_arcs(
    radius: float, angle: float, shift: tuple[float, float]
) -> None:
    points = turned(rounded_box(42, 32, radius), angle, shift)
    (loop,) = trace(field_of(points)).loops
    assert 8 <= len(loop) <= 12
    assert loop.straight.sum() >= 4
    error = signed_distance([loop.flatten(24)]) - signed_distance([points])
    assert np.abs(error).max() * 8 < 0.2


def test_ring_has_a_hole() -> None:
    outline = trace(field_of(ring(25, 25) + 32, ring(14, 14)[::-1] + 32))
    outer, hole = sorted(outline.loops, key=lambda loop: -loop.area)
    assert outer.area == pytest.approx(np.pi * 625, rel=0.002)
    assert hole.area == pytest.approx(-np.pi * 196, rel=0.004)
    assert outline.n_anchors == 8


def mirrored(outline: Outline, axis: int) -> Points:
    points = chain_of(outline).controls.reshape(-1, 2).copy()
    points[:, axis] = 64 - points[:, axis]
    return points


def blobs(seed: int) -> np.ndarray:
    """A smooth random field with a band of background around it."""
    rng = np.random.default_rng(seed)
    values = cubic_upsample(rng.standard_normal((8, 8)).astype(np.float32), 8) * 0.7
    edge = np.minimum(np.arange(64), np.arange(64)[::-1])
    return np.minimum(values, np.minimum(edge[:, None], edge[None]) / 8 - 0.6).astype(np.float32)


@FEW
@given(seed=st.integers(0, 10**6), axis=st.sampled_from([0, 1]), both=st.booleans())
def test_symmetric_field_gives_symmetric_outline(seed: int, axis: int, both: bool) -> None:
    field = blobs(seed) + 0.2
    field = np.maximum(field, np.flip(field, 1 - axis))
    if both:
        field = np.maximum(field, np.flip(field, axis))
    outline = trace(field)
    check_clean(outline)
    for direction in (0, 1) if both else (axis,):
        points = chain_of(outline).controls.reshape(-1, 2)
        assert gap(mirrored(outline, direction), points) < 1e-6


SKETCHES = [
    (turned(star(5, 11, 21), 0.2, (-3, 2)),),
    (turned(rounded_box(33, 24, 5), 0.4, (2, 1)),),
    (turned(box(34, 20), 0.1, (0, 0)), turned(ring(6, 6), 0, (3, 1))[::-1]),
]


@pytest.mark.parametrize("sketch", range(len(SKETCHES)))
def test_moved_field_gives_moved_outline(sketch: int) -> None:
    field = field_of(*SKETCHES[sketch])
    still = trace(field)
    moved = trace(np.roll(field, (3, -4), axis=(0, 1)))
    assert moved.n_anchors == still.n_anchors
    for one, two in zip(still.loops, moved.loops, strict=True):
        assert gap(one.anchors + np.array([-4, 3]), two.anchors) < 0.02


@pytest.mark.parametrize("sketch", range(len(SKETCHES)))
@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_turned_field_gives_turned_outline(sketch: int, quarters: int) -> None:
    field = field_of(*SKETCHES[sketch])
    still = trace(field)
    moved = trace(np.rot90(field, quarters))
    assert moved.n_anchors == still.n_anchors
    apart = np.rot90(field_of_outline(still), quarters) - field_of_outline(moved)
    assert np.abs(apart).max() * 8 < 0.1


@FEW
@given(seed=st.integers(0, 10**6), rough=st.floats(0, 0.1))
def test_any_field_gives_a_clean_outline_near_its_zero_line(seed: int, rough: float) -> None:
    rng = np.random.default_rng(seed)
    field = blobs(seed) + 0.1 + rng.normal(0, rough, (64, 64)).astype(np.float32)
    try:
        outline = trace(field)
    except FieldError:
        assert not (field > 0.1).any()
        return
    check_clean(outline)
    inside = field_of_outline(outline) > 0
    clear = np.abs(field) > 0.15
    assert (inside == (field > 0))[clear].mean() > 0.985


def test_noise_alone_gives_a_clean_outline() -> None:
    field = np.random.default_rng(1).uniform(-1, 1, (64, 64)).astype(np.float32)
    field[:24] = field[40:] = -1
    check_clean(trace(field))


def test_full_canvas_is_its_border() -> None:
    (loop,) = trace(np.ones((64, 64), dtype=np.float32)).loops
    assert gap(loop.anchors, turned(box(64, 64), 0, (0, 0))) < 0.6


@pytest.mark.parametrize("value", [-1.0, -0.01, 0.0])
def test_empty_field_has_no_outline(value: float) -> None:
    with pytest.raises(FieldError, match="no outline"):
        trace(np.full((64, 64), value, dtype=np.float32))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_field_with_nan_is_refused(bad: float) -> None:
    field = np.full((64, 64), -1.0, dtype=np.float32)
    field[3, 4] = bad
    with pytest.raises(FieldError, match="NaN"):
        trace(field)


def test_wrong_shape_is_refused() -> None:
    with pytest.raises(FieldError, match="64×64"):
        trace(np.zeros((32, 64), dtype=np.float32))


def test_specks_are_dropped() -> None:
    field = np.maximum(field_of(turned(box(40, 40), 0, (0, 4))), field_of(box(1, 1) + [4.5, 4.5]))
    assert len(trace(field)) == 1


def test_rounds_and_tolerance_trade_anchors() -> None:
    field = field_of(turned(rounded_box(40, 30, 6), 0.3, (0, 0)))
    assert trace(field, tolerance=0.5).n_anchors <= trace(field, tolerance=0.05).n_anchors
    exact = signed_distance([turned(rounded_box(40, 30, 6), 0.3, (0, 0))])
    errors = [
        np.abs(field_of_outline(trace(field, rounds=rounds)) - exact).mean() for rounds in (0, 2)
    ]
    assert errors[1] < errors[0]


def test_same_field_gives_the_same_bytes() -> None:
    field = field_of(turned(star(7, 14, 25), 0.3, (1, -1)))
    assert trace(field).to_svg() == trace(field.copy()).to_svg()


def test_loop_runs_clockwise_on_the_screen() -> None:
    (loop,) = trace(field_of(turned(box(30, 20), 0, (0, 0)))).loops
    assert isinstance(loop, Loop)
    assert loop.area == pytest.approx(600, rel=0.01)
