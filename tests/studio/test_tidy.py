"""What leaves the studio holds no crumbs."""

from __future__ import annotations

import numpy as np

from znak.fields import algebra, field_of_outline, shapes
from znak.fields.regular.cleaning import drop_specks
from znak.studio.tidy import Rough, finish


def test_a_crumb_on_a_thin_neck_does_not_stay() -> None:
    disc = algebra.place(shapes.disc(), scale=0.6)
    for shift in (18.5, 19.5, 20.5):
        crumb = algebra.place(shapes.disc(), scale=0.06, shift=(shift, 0.0))
        outline, made = finish(Rough(algebra.union(disc, crumb), 0.0))
        np.testing.assert_array_equal(made, field_of_outline(outline))
        np.testing.assert_array_equal(drop_specks(made, 8.0) > 0, made > 0)
        assert (made > 0).any()
