import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from znak.errors import FieldError
from znak.fields.contour import shoelace
from znak.fields.measure import measure
from znak.fields.outline import Outline
from znak.fields.regular.crossings import crossing_loops
from znak.fields.regular.equalise import even_out, share
from znak.fields.regular.halves import mirror_outline
from znak.fields.regular.pieces import Price, cut, fit_circle, resample
from znak.fields.regularise import (
    regularise,
    regularise_field,
    regularise_outline,
    roughness,
    simplify,
    tolerance_of,
)
from znak.fields.roughen import roughen
from znak.fields.sdf import field_of_outline, quantise, signed_distance
from znak.fields.trace import trace


def rectangle(left, top, right, bottom):
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], dtype=float)


def disc(x, y, radius, count=200):
    angle = np.arange(count) / count * 2 * np.pi
    return np.stack([x + radius * np.cos(angle), y + radius * np.sin(angle)], axis=1)


def wobble(points, amount=0.35, seed=0):
    """Move a dense closed polyline by smooth noise."""
    rng = np.random.default_rng(seed)
    phase = np.arange(len(points)) / len(points) * 2 * np.pi
    shift = sum(
        rng.normal(0, 1, 2) * np.sin(k * phase + rng.uniform(0, 6))[:, None] for k in range(3, 12)
    )
    return points + shift * amount / np.abs(shift).max()


def blur(field, passes=2):
    for _ in range(passes):
        padded = np.pad(field, 1, mode="edge")
        field = (padded[:-2, 1:-1] + 2 * padded[1:-1, 1:-1] + padded[2:, 1:-1]) / 4
        padded = np.pad(field, 1, mode="edge")
        field = (padded[1:-1, :-2] + 2 * padded[1:-1, 1:-1] + padded[1:-1, 2:]) / 4
    return field.astype(np.float32)


def counts(outline):
    areas = [loop.area for loop in outline.loops]
    return sum(a > 0 for a in areas), sum(a < 0 for a in areas)


@pytest.mark.parametrize("seed", range(3))
def test_a_wobbly_square_becomes_a_level_square_with_four_anchors(seed):
    points = wobble(resample(rectangle(14, 14, 50, 50)), seed=seed)
    outline = regularise(blur(signed_distance([points])), tolerance=0.6)
    (loop,) = outline.loops
    assert len(loop) == 4
    assert loop.straight.all()
    sides = np.abs(np.roll(loop.anchors, -1, axis=0) - loop.anchors)
    assert sides.min(axis=1).max() < 1e-6
    corners = rectangle(14, 14, 50, 50)
    gap = np.hypot(*(loop.anchors[:, None] - corners[None]).transpose(2, 0, 1)).min(axis=1)
    assert gap.max() < 0.6


@pytest.mark.parametrize("seed", range(3))
def test_a_noisy_circle_becomes_a_circle_of_four_curves(seed):
    field = blur(signed_distance([wobble(disc(31, 33, 18), seed=seed)]))
    (loop,) = regularise(field, tolerance=0.6).loops
    assert len(loop) == 4
    assert not loop.straight.any()
    points = loop.flatten(16)
    centre = points.mean(axis=0)
    radius = np.hypot(*(points - centre).T)
    assert np.ptp(radius) < 0.005 * radius.mean()
    assert np.abs(centre - [31, 33]).max() < 0.3
    assert abs(radius.mean() - 18) < 0.4


def test_a_nearly_symmetric_mark_becomes_symmetric_to_a_millionth():
    arrow = np.array([[32, 8], [54, 34], [40, 34], [40, 56], [24, 56], [24, 34], [10, 34]], float)
    outline = regularise(blur(signed_distance([wobble(resample(arrow), 0.4)])), tolerance=0.6)
    anchors = outline.loops[0].anchors
    axis = (anchors[:, 0].min() + anchors[:, 0].max()) / 2
    mirrored = anchors * [-1, 1] + [2 * axis, 0]
    gap = np.hypot(*(anchors[:, None] - mirrored[None]).transpose(2, 0, 1)).min(axis=1)
    assert gap.max() < 1e-6


@pytest.mark.parametrize("down", [True, False])
def test_a_mark_nearly_symmetric_about_a_diagonal_becomes_so_to_a_millionth(down):
    key = [[30, 6], [34, 6], [37, 40], [44, 42], [45, 54], [32, 60], [19, 54], [20, 42], [27, 40]]
    c = np.sqrt(0.5) * np.array([[1, -1], [1, 1]])
    sloped = (np.array(key, float) - 32) @ (c if down else c.T) + 32
    outline = regularise(blur(signed_distance([wobble(resample(sloped), 0.3)])), tolerance=0.6)
    (loop,) = outline.loops
    mirrored = loop.anchors[:, ::-1] if down else 64 - loop.anchors[:, ::-1]
    gap = np.hypot(*(loop.anchors[:, None] - mirrored[None]).transpose(2, 0, 1)).min(axis=1)
    assert gap.max() < 1e-6


def test_near_equal_stripes_become_equal():
    tops = [10.0, 20.2, 29.9, 40.1, 50.0]
    rows = [rectangle(8, y, 56, y + 5 + 0.2 * (-1) ** k) for k, y in enumerate(tops)]
    field = blur(signed_distance([wobble(resample(r), 0.25, k) for k, r in enumerate(rows)]))
    outline = regularise(field, tolerance=0.6)
    assert counts(outline) == (5, 0)
    heights = [np.ptp(loop.anchors[:, 1]) for loop in outline.loops]
    widths = [np.ptp(loop.anchors[:, 0]) for loop in outline.loops]
    assert np.ptp(heights) < 1e-3
    assert np.ptp(widths) < 1e-3


def test_near_equal_dots_share_radius_and_row():
    field = signed_distance([disc(14, 32, 6.1), disc(32, 32.2, 5.9), disc(50, 31.9, 6.0)])
    outline = regularise(blur(field), tolerance=0.6)
    assert counts(outline) == (3, 0)
    assert np.ptp([loop.area for loop in outline.loops]) < 0.01
    assert np.ptp([loop.anchors[:, 1].mean() for loop in outline.loops]) < 0.01


def test_specks_go_and_a_hair_crack_is_closed():
    rows, columns = np.mgrid[:64, :64]
    field = signed_distance([rectangle(12, 12, 52, 52)])
    crack = np.hypot(np.maximum(np.abs(columns - 30) - 7, 0), rows - 31) - 0.4
    speck = 0.9 - np.hypot(columns - 57, rows - 8)
    rough = np.maximum(np.minimum(blur(field), crack / 8), speck / 8).astype(np.float32)
    assert (measure(rough).n_parts, measure(rough).n_holes) == (2, 1)
    assert counts(regularise(rough, tolerance=0.6)) == (1, 0)
    mended = measure(regularise_field(rough, tolerance=0.6))
    assert (mended.n_parts, mended.n_holes) == (1, 0)


def test_parts_two_pixels_apart_are_never_merged():
    loops = [rectangle(8, 10, 31, 54), rectangle(33, 10, 56, 54)]
    field = signed_distance([wobble(resample(loop), 0.3, k) for k, loop in enumerate(loops)])
    assert counts(regularise(field, tolerance=0.6)) == (2, 0)


def test_a_clean_field_is_only_traced():
    field = signed_distance([disc(32, 32, 20), disc(32, 32, 10)[::-1]])
    assert tolerance_of(field) == 0
    assert regularise(field).path_data() == trace(field).path_data()
    assert np.array_equal(regularise_field(field), field)


def test_roughness_grows_with_strength():
    field = signed_distance([rectangle(12, 12, 52, 40)])
    values = [roughness(roughen(field, seed=2, strength=s)) for s in (0.0, 0.4, 1.0)]
    assert values[0] < values[1] < values[2]


def test_same_field_same_outline_and_int8_is_taken():
    rough = roughen(signed_distance([disc(30, 30, 16)]), seed=7)
    assert regularise(rough).path_data() == regularise(rough.copy()).path_data()
    assert len(regularise(quantise(rough))) == len(regularise(rough))


def test_regularise_outline_straightens_a_rough_trace():
    rough = blur(signed_distance([wobble(resample(rectangle(10, 16, 54, 48)))]))
    outline = regularise_outline(trace(rough))
    assert outline.n_anchors == 4


@pytest.mark.parametrize("value", [-1.0, np.nan])
def test_what_has_no_outline_is_refused(value):
    with pytest.raises(FieldError):
        regularise(np.full((64, 64), value, dtype=np.float32))


@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 10_000),
    strength=st.floats(0.2, 2.0),
    size=st.tuples(st.floats(12, 26), st.floats(12, 26)),
    hole=st.floats(3.5, 8),
)
def test_any_rough_mark_gives_uncrossed_loops_with_its_parts(seed, strength, size, hole):
    w, h = size
    field = signed_distance([rectangle(32 - w, 32 - h, 32 + w, 32 + h), disc(32, 32, hole)[::-1]])
    rough = roughen(field, seed=seed, strength=strength)
    outline = regularise(rough)
    assert len(outline) >= 1
    assert not crossing_loops(outline.loops)
    for loop in outline.loops:
        assert np.isfinite(loop.controls).all()
        assert abs(loop.area) > 0.5
    again = field_of_outline(outline)
    assert np.isfinite(again).all()


def test_mirror_outline_keeps_the_left_half():
    outline = Outline(trace(signed_distance([rectangle(10, 20, 50.5, 44)])).loops)
    mirrored = mirror_outline(outline, 30.0)
    assert mirrored is not None
    x = mirrored.loops[0].anchors[:, 0]
    assert x.min() + x.max() == pytest.approx(60.0, abs=1e-9)
    assert len(mirrored.loops[0]) == 4


def test_even_out_moves_steps_to_one_length_with_the_least_move():
    out = even_out(np.array([0.0, 5.0, 10.2, 15.0]), np.ones(4), slack=0.5)
    assert np.ptp(np.diff(out)) < 1e-9
    assert np.abs(out - [0.0, 5.0, 10.2, 15.0]).max() < 0.2
    assert np.array_equal(share(np.array([1.0, 9.0]), np.ones(2), 0.5), [1.0, 9.0])


def test_cut_finds_the_four_sides_of_a_square_and_the_circle_its_centre():
    points = resample(rectangle(10, 10, 42, 42))
    pieces = cut(points, Price(noise=0.3))
    assert sum(piece.is_line for piece in pieces) == 4
    centre, radius = fit_circle(disc(0, 0, 5.0))
    assert centre == pytest.approx([0, 0], abs=1e-6)
    assert radius == pytest.approx(5.0)
    assert shoelace(points) > 0


def test_simplify_makes_level_sides_where_regularise_keeps_a_models_bends():
    """Sides bent by 0.9 px: more than the field's roughness tells, and smooth."""
    square = resample(rectangle(12, 12, 52, 52)) - 32
    across = np.abs(square).argmax(axis=1)
    along = np.take_along_axis(square, 1 - across[:, None], axis=1)[:, 0]
    bent = square * (1 - 0.9 / 20 * np.cos(along / 20 * np.pi / 2))[:, None]
    field = blur(signed_distance([bent + 32]))
    (plain,) = regularise(field, tolerance=0.2).loops
    (simple,) = simplify(field, tolerance=0.2).loops
    assert len(plain) > 8
    assert len(simple) == 4
    assert simple.straight.all()
    sides = np.abs(np.roll(simple.anchors, -1, axis=0) - simple.anchors)
    assert sides.min(axis=1).max() < 1e-6


def test_simplify_keeps_small_things_that_say_what_is_drawn():
    """A smile and two eyes in a disc stay a smile and two eyes; the disc becomes exact."""
    angle = np.linspace(0.15 * np.pi, 0.85 * np.pi, 60)
    lip = np.stack([32 + 14 * np.cos(angle), 30 + 14 * np.sin(angle)], axis=1)
    chin = np.stack([32 + 10 * np.cos(angle), 30 + 10 * np.sin(angle)], axis=1)[::-1]
    mouth = np.concatenate([lip, chin])[::-1]
    eyes = [disc(x, 26, 4.0)[::-1] for x in (22, 42)]
    face = wobble(disc(32, 32, 27), amount=0.3, seed=1)
    field = blur(signed_distance([face, *eyes, mouth]), passes=1)
    outline = simplify(field, tolerance=0.25)
    assert counts(outline) == (1, 3)
    ring = max(outline.loops, key=lambda loop: loop.area).flatten(16)
    away = np.hypot(*(ring - ring.mean(axis=0)).T)
    assert np.ptp(away) < 0.05
    below = min(outline.loops, key=lambda loop: loop.area).flatten(
        16
    )  # the mouth is the largest hole
    middle = np.abs(below[:, 0] - 32) < 1
    assert below[middle, 1].max() - below[:, 1][np.abs(below[:, 0] - 32) > 10].max() > 3


def test_simplify_keeps_parts_holes_and_symmetry_or_does_less():
    rng = np.random.default_rng(3)
    for seed in range(4):
        half = 4 + 16 * rng.random(12)
        angle = np.arange(12) / 12 * np.pi - np.pi / 2
        right = np.stack([32 + half * np.cos(angle), 32 + half * np.sin(angle)], axis=1)
        left = right[::-1] * [-1, 1] + [64, 0]
        field = roughen(signed_distance([resample(np.concatenate([right, left]))]), seed=seed)
        field = np.asarray((field + field[:, ::-1]) / 2, np.float32)
        outline = simplify(field)
        assert not crossing_loops(outline.loops)
        assert counts(outline) == counts(regularise(field))
        drawn = field_of_outline(outline)
        assert ((drawn > 0) == (drawn[:, ::-1] > 0)).mean() > 0.995


def test_simplify_only_traces_a_clean_field_and_refuses_what_has_no_outline():
    clean = signed_distance([rectangle(10, 20, 50, 44)])
    assert simplify(clean).to_svg() == trace(clean).to_svg()
    assert simplify(clean, tolerance=0.0).to_svg() == trace(clean).to_svg()
    with pytest.raises(FieldError):
        simplify(np.full((64, 64), -1.0, np.float32))


@pytest.mark.parametrize(("radius", "corner"), [(9.0, 0.0), (7.0, 2.0)])
def test_a_bevel_of_the_noise_becomes_a_round_corner(radius, corner):
    """A rounded square comes back with arcs at its corners, not with 45° lines."""
    parts = []
    for k, (x, y) in enumerate([(47, 17), (47, 47), (17, 47), (17, 17)]):
        turn = (k - 1) * np.pi / 2 + np.linspace(0, np.pi / 2, 12)
        away = 9 - radius
        centre = np.array([x, y]) + away * np.sign(np.array([x, y]) - 32)
        parts.append(centre + radius * np.stack([np.cos(turn), np.sin(turn)], axis=1))
    outer = wobble(resample(np.concatenate(parts)), amount=0.5 + 0.1 * corner, seed=4)
    (loop,) = simplify(blur(signed_distance([outer])), tolerance=0.35).loops
    lines = np.roll(loop.anchors, -1, axis=0) - loop.anchors
    slanted = np.abs(lines).min(axis=1) > 0.2 * np.hypot(*lines.T)
    assert not (slanted & loop.straight).any()
    assert (~loop.straight).sum() >= 4
