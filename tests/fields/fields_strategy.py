"""Hypothesis strategies for fields of real shapes."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from znak.fields import algebra, shapes
from znak.fields.sdf import Field, dequantise


@st.composite
def blobs(draw: st.DrawFn) -> Field:
    """One to three discs, rectangles and stars anywhere on the canvas, united."""
    parts = []
    for _ in range(draw(st.integers(1, 3))):
        centre = (draw(st.floats(14, 50)), draw(st.floats(14, 50)))
        size = draw(st.floats(5, 22))
        kind = draw(st.sampled_from(["disc", "rectangle", "star"]))
        if kind == "disc":
            parts.append(shapes.disc(radius=size, centre=centre))
        elif kind == "rectangle":
            height = draw(st.floats(6, 40))
            parts.append(shapes.rectangle(width=2 * size, height=height, centre=centre))
        else:
            parts.append(
                shapes.star(draw(st.integers(3, 7)), radius=size, inner=size / 2, centre=centre)
            )
    return algebra.union(*parts)


@st.composite
def noise(draw: st.DrawFn) -> Field:
    """Any int8 field at all."""
    seed = draw(st.integers(0, 2**32 - 1))
    values = np.random.default_rng(seed).integers(-127, 128, (64, 64), dtype=np.int8)
    return dequantise(values)
