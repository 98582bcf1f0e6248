"""Fields: marks as 64×64 signed distance fields, and the codec between drawings and fields.

Conventions, stated once: a field is float32 (64, 64) in [-1, 1], the signed distance to the outline
over 8 field pixels, positive inside; rows go down; the centre of sample (row i, column j) lies at
x = j + 0.5, y = i + 0.5 of the canvas [0, 64] × [0, 64]. Stored fields are int8, value × 127. Lengths
are field pixels, angles degrees clockwise on the screen.

SVG → field: `frame`, `field_of_svg`. Field → lines and cubic Béziers: `trace`, and `regularise` for
rough fields. Design as arithmetic: `algebra`; plain shapes: `shapes`; numbers about a form: `measure`.
"""

from znak.fields import algebra, shapes
from znak.fields.measure import Measures, measure
from znak.fields.outline import Loop, Outline
from znak.fields.sdf import (
    CLAMP,
    INK,
    SIZE,
    Drawing,
    Field,
    check_field,
    dequantise,
    field_of_coverage,
    field_of_outline,
    field_of_svg,
    frame,
    quantise,
    redistance,
    signed_distance,
)
from znak.fields.svg import coverage, render
from znak.fields.trace import trace

__all__ = [
    "CLAMP",
    "INK",
    "SIZE",
    "Drawing",
    "Field",
    "Loop",
    "Measures",
    "Outline",
    "algebra",
    "check_field",
    "coverage",
    "dequantise",
    "field_of_coverage",
    "field_of_outline",
    "field_of_svg",
    "frame",
    "measure",
    "quantise",
    "redistance",
    "render",
    "shapes",
    "signed_distance",
    "trace",
]
