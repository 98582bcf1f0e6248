"""What leaves the studio holds no crumbs."""

from __future__ import annotations

import numpy as np

from znak.fields import Outline, algebra, field_of_outline, shapes
from znak.fields.regular.cleaning import drop_specks
from znak.fields.regular.crossings import crossing_loops
from znak.fields.regular.joints import circle
from znak.studio.tidy import Rough, finish, finish_clean, is_clean


def test_a_crumb_on_a_thin_neck_does_not_stay() -> None:
    disc = algebra.place(shapes.disc(), scale=0.6)
    for shift in (18.5, 19.5, 20.5):
        crumb = algebra.place(shapes.disc(), scale=0.06, shift=(shift, 0.0))
        outline, made = finish(Rough(algebra.union(disc, crumb), 0.0))
        np.testing.assert_array_equal(made, field_of_outline(outline))
        np.testing.assert_array_equal(drop_specks(made, 8.0) > 0, made > 0)
        assert (made > 0).any()


def test_a_shallow_crossing_is_no_clean_mark() -> None:
    turn = np.radians(7.5)  # so that the middles of coarse chords face each other
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])

    def disc(x: float) -> Outline:
        shift = np.array([[x], [32.0]])
        return Outline((circle(np.zeros(2), 12.0),)).transform(np.hstack([matrix, shift]))

    for x, clean in ((46.0, True), (41.9, False)):
        outline = Outline((*disc(18.0).loops, *disc(x).loops))
        assert not crossing_loops(outline.loops, steps=6)
        assert is_clean(outline, field_of_outline(outline)) is clean


def test_what_has_no_outline_is_no_clean_mark() -> None:
    nothing = np.full((64, 64), -1.0, np.float32)
    for tolerance in (0.0, 0.5):
        assert finish_clean(Rough(nothing, tolerance)) is None
