import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from znak.fields.contour import shoelace
from znak.fields.outline import Loop
from znak.fields.regular.pieces import resample
from znak.fields.regular.primitives import LARGEST, find_primitives
from znak.fields.regularise import regularise, simplify
from znak.fields.sdf import signed_distance
from znak.fields.shapes import shield
from znak.fields.trace import trace


def turned(points, angle=0.0, centre=(32.0, 32.0)):
    c, s = math.cos(angle), math.sin(angle)
    return np.asarray(points) @ np.array([[c, s], [-s, c]]) + centre


def oval(a, b, count=160):
    angle = np.arange(count) / count * 2 * np.pi
    return np.stack([a * np.cos(angle), b * np.sin(angle)], axis=1)


def box(a, b):
    return resample(np.array([[-a, -b], [a, -b], [a, b], [-a, b]], dtype=float))


def bar(a, b, count=60):
    angle = np.linspace(-np.pi / 2, np.pi / 2, count)
    end = np.stack([a - b + b * np.cos(angle), b * np.sin(angle)], axis=1)
    return resample(np.concatenate([end, -end]))


def wobble(points, amount, seed=0):
    rng = np.random.default_rng(seed)
    phase = np.arange(len(points)) / len(points) * 2 * np.pi
    move = sum(
        rng.normal(0, 1, 2) * np.sin(k * phase + rng.uniform(0, 6))[:, None] for k in range(2, 7)
    )
    return points + move * amount / np.abs(move).max()


def only(points, slack=0.5, **more):
    (found,) = find_primitives([points], slack, **more)
    return found


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    ("form", "anchors", "straight"),
    [(oval(3.6, 3.6), 4, 0), (oval(5.5, 3.0), 4, 0), (bar(6.0, 2.0), 6, 2), (box(5.0, 2.4), 4, 4)],
)
def test_a_wobbly_small_loop_becomes_what_it_nearly_is(form, anchors, straight, seed):
    points = wobble(turned(form, math.radians(4)), 0.2, seed)
    found = only(points)
    assert found is not None
    assert (len(found), found.straight.sum()) == (anchors, straight)
    assert found.area == pytest.approx(shoelace(points), rel=0.03)
    spans = np.ptp(found.flatten(16), axis=0)
    upright = np.ptp(turned(form), axis=0)
    assert np.abs(spans - upright).max() < 1.0, "four degrees are levelled"


def test_a_circle_is_preferred_to_an_ellipse_that_covers_little_more():
    found = only(turned(oval(4.1, 3.85)))
    spans = np.ptp(found.flatten(32), axis=0)
    assert abs(spans[0] - spans[1]) < 0.05


def star(n=5, radius=7.0, inner=3.0):
    angle = np.arange(2 * n) * math.pi / n
    r = np.resize([radius, inner], 2 * n)
    return resample(np.stack([r * np.cos(angle), r * np.sin(angle)], axis=1))


def crescent(radius=7.0, width=4.0):
    angle = np.linspace(0, math.pi, 50)
    arc = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return resample(np.concatenate([radius * arc, (radius * arc * [1, 0.2])[::-1] + [0, 0.1]]))


@pytest.mark.parametrize(
    "form",
    [
        star(),
        crescent(),
        resample(np.array([[0, -5.0], [6, 5], [-6, 5]])),
        resample(np.array([[-9.0, -4], [9, -4], [5, 4], [-5, 4]])),
        trace(shield()).loops[0].flatten(12) - 32,
    ],
    ids=["star", "smile", "triangle", "hull", "shield"],
)
def test_what_says_something_else_is_left_alone(form):
    assert only(turned(form)) is None


def test_near_equal_loops_become_equal_in_one_row_and_keep_their_orientation():
    eyes = [turned(oval(3.4, 3.0), centre=(22, 26.3)), turned(oval(3.2, 3.1), centre=(42, 25.9))]
    left, right = find_primitives([eyes[0][::-1], eyes[1][::-1]], 1.0)
    assert left.area == pytest.approx(right.area, rel=1e-6)
    assert left.area < 0
    middles = [loop.flatten(16).mean(axis=0)[1] for loop in (left, right)]
    assert middles[0] == pytest.approx(middles[1], abs=1e-9)


def test_a_loop_is_centred_on_a_circle_that_is_there():
    pupil = turned(oval(3.4, 3.2), centre=(32.4, 31.7))
    found = only(pupil, 0.6, centres=[np.array([32.0, 32.0])])
    assert np.allclose(found.flatten(16).mean(axis=0), 32.0, atol=1e-6)


@settings(max_examples=60, deadline=None)
@given(
    st.floats(0.6, 20),
    st.floats(1, 8),
    st.floats(0, math.pi),
    st.integers(0, 10**6),
    st.floats(0, 2),
)
def test_whatever_is_drawn_has_the_loops_area_and_orientation(half, aspect, angle, seed, amount):
    points = wobble(turned(oval(half * aspect, half), angle), amount, seed)
    for line in (points, points[::-1]):
        found = only(line)
        if found is not None:
            assert isinstance(found, Loop)
            assert abs(shoelace(line)) <= LARGEST
            assert found.area == pytest.approx(shoelace(line), rel=0.02)


def test_simplify_makes_eyes_of_specks_and_regularise_does_not():
    face = oval(27, 27) + 32
    egg = wobble(oval(3.6, 3.6), 1.2)
    eyes = [turned(egg, 0.5, (22, 26))[::-1], turned(egg, -0.9, (43, 27))[::-1]]
    field = signed_distance([face, *eyes])
    simple, plain = simplify(field, tolerance=0.25), regularise(field, tolerance=0.25)
    holes = [loop for loop in simple.loops if loop.area < 0]
    assert [len(loop) for loop in holes] == [4, 4]
    assert holes[0].area == pytest.approx(holes[1].area, rel=1e-3)
    uneven = [loop.area for loop in plain.loops if loop.area < 0]
    assert uneven[0] != pytest.approx(uneven[1], rel=1e-3)
