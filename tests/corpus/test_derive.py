import numpy as np
import pytest

from znak.corpus import derive
from znak.fields.measure import measure, occupancy
from znak.fields.sdf import field_of_svg, frame

STROKE = 'fill="none" stroke="#000" stroke-width="2" stroke-linejoin="round" stroke-linecap="round"'
PAIRS = {
    "box": (f'<path {STROKE} d="M4 5h16v14H4z"/>', '<path stroke="#000" stroke-width="2" d="M4 5h16v14H4z"/>'),
    "disc": (f'<circle {STROKE} cx="12" cy="12" r="9"/>', '<circle cx="12" cy="12" r="10"/>'),
    "minus": (
        f'<circle {STROKE} cx="12" cy="12" r="9"/><path {STROKE} d="M8 12h8"/>',
        '<path fill-rule="evenodd" d="M2 12a10 10 0 0 1 20 0 10 10 0 0 1-20 0zM8 11.300v1.400h8v-1.400z"/>',
    ),
}  # fmt: skip


def svg(body: str) -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">{body}</svg>'


def solid(body: str) -> derive.Mark | None:
    drawing = frame(svg(body))
    return derive.solid_mark(drawing.loops, drawing.field, measure(drawing.field))


def iou(a: np.ndarray, b: np.ndarray) -> float:
    p, q = occupancy(a), occupancy(b)
    return float(np.minimum(p, q).sum() / np.maximum(p, q).sum())


@pytest.mark.parametrize("name", PAIRS)
def test_a_filled_line_drawing_is_what_a_designer_fills(name):
    line, filled = PAIRS[name]
    mark = solid(line)
    assert mark is not None and mark.label == "filled"
    assert iou(mark.field, field_of_svg(svg(filled))) > 0.96
    assert derive.is_solid(mark.measures)


def test_the_derived_svg_is_the_derived_field():
    mark = solid(PAIRS["minus"][0])
    assert mark is not None
    assert iou(mark.field, field_of_svg(mark.svg)) > 0.98


def test_an_open_line_is_thickened_and_framed_again():
    mark = solid(f'<path {STROKE} d="M3 12c4-8 6-8 9 0s6 8 9 0"/>')
    assert mark is not None and mark.label == "thickened"
    assert mark.measures.n_parts == 1 and mark.measures.thickness > derive.SOLID
    ink = np.argwhere(mark.field > 0)
    assert ink[:, 1].min() == 4 and ink[:, 1].max() == 59


def test_thickening_never_closes_a_gap():
    lines = "".join(f'<path {STROKE} d="M4 {y}h16"/>' for y in (4, 7, 10, 13, 16, 19))
    assert solid(lines.replace('stroke-width="2"', 'stroke-width="1.800"')) is None


def test_what_is_solid_is_left_alone():
    assert solid('<circle cx="12" cy="12" r="10"/>') is None


def test_hairlines_and_slits_are_counted():
    clean = field_of_svg(svg('<path d="M2 2h20v20H2z"/>'))
    slit = field_of_svg(svg('<path d="M2 2h9.800v20H2zM12.100 2H22v20h-9.900z"/>'))
    hair = field_of_svg(svg('<path d="M2 2h8v20H2zM10 11.900h4v.300h-4zM14 2h8v20h-8z"/>'))
    assert derive.hairs(clean) <= 4
    assert derive.hairs(slit) > derive.MAX_HAIR
    assert derive.hairs(hair) > 4


def test_inner_parts_are_not_outermost():
    drawing = frame(svg(f'<circle {STROKE} cx="12" cy="12" r="9"/><circle cx="12" cy="12" r="3"/>'))
    assert len(drawing.loops) == 3
    assert len(derive.outermost(drawing.loops)) == 1
