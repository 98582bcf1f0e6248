from pathlib import Path

import numpy as np
import pytest

from tests.corpus.fake_npm import HOUSE, SETS
from znak.corpus import colour
from znak.corpus.draw import Clock, draw
from znak.corpus.palette import to_lab
from znak.corpus.sources import Icon, IconSet
from znak.fields.sdf import CLAMP


def rows(body: str, *, coloured: bool = False, kind: str = "drawing") -> list[dict]:
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">{body}</svg>'
    icon_set = IconSet("s", Path("icons.json"), "MIT", "Author", "UI", coloured)
    return draw(icon_set, Icon("thing", svg, ("tag",), False), kind=kind, clock=Clock())


def field(row: dict) -> np.ndarray:
    return np.frombuffer(row["field"], dtype=np.int8).reshape(64, 64) / 127 * CLAMP


def at(row: dict, x: float, y: float) -> float:
    """The distance at a point of the drawing given in shares of its box."""
    return float(field(row)[int(4 + 56 * y), int(4 + 56 * x)])


def test_a_solid_icon_is_its_silhouette_framed_and_measured():
    [row] = rows(f'<path d="{HOUSE}"/>')
    assert (row["kind"], row["derived"], row["colours"]) == ("drawing", "", [])
    assert row["solid"] and row["n_parts"] == 1 and row["n_holes"] == 0
    assert row["symmetry"] > 0.98 and 0.2 < row["coverage"] < 0.6
    ink = np.argwhere(field(row) > 0)
    assert ink.min() == 4 and ink.max() == 59
    assert row["license"] == "MIT" and row["author"] == "Author" and "viewBox" in row["svg"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ('<path fill="none" d="M0 0h9v9z"/>', "empty"),
        ('<path d="M0 0"', "can't be rendered"),
        ("<script>x()</script><path d='M0 0h9v9z'/>", "can't be rendered"),
        ('<image href="http://x/y.png" width="9" height="9"/>', "can't be rendered"),
        ('<path fill="none" stroke="#000" stroke-width=".2" d="M2 2 22 22"/>', "too thin"),
        ("<path d='M0 0h1'/>" * 9 + f"<desc>{'x' * 60_000}</desc>", "too detailed"),
        ("".join(f'<circle cx="{i % 8 * 3 + 2}" cy="{i // 8 * 3 + 2}" r="1"/>' for i in range(56)), "too detailed"),
        (
            '<path opacity=".3" d="M4 4h16v16H4z"/>'
            '<path fill="none" stroke="#000" stroke-width="2" d="M4 4h16v16H4z"/>',
            "two-tone",
        ),
    ],
)  # fmt: skip
def test_unfit_drawings_become_rejects_with_a_reason(body, reason):
    [row] = rows(body)
    assert (row["kind"], row["reason"]) == ("reject", reason)
    assert "field" not in row


def test_eyes_and_mouth_are_knocked_out_of_a_face():
    [row] = rows(SETS["colours"]["icons"]["smiling-face"]["body"], coloured=True)
    assert row["derived"] == "silhouette" and row["solid"]
    assert row["colours"] == ["#ffcc33", "#553311"]
    assert (row["n_parts"], row["n_holes"]) == (1, 3)
    assert at(row, 0.3, 0.35) < 0 and at(row, 0.5, 0.7) < 0 and at(row, 0.5, 0.45) > 0


def test_two_contrasting_halves_are_cut_apart():
    [row] = rows(SETS["colours"]["icons"]["ball"]["body"], coloured=True)
    assert row["n_parts"] == 2
    assert at(row, 0.5, 0.5) < 0.5 and at(row, 0.5, 0.3) > 2 and at(row, 0.5, 0.7) > 2


def test_one_colour_in_a_coloured_set_is_a_plain_silhouette():
    [row] = rows('<circle cx="12" cy="12" r="9" fill="#d22"/>', coloured=True)
    assert (row["derived"], row["colours"]) == ("", ["#dd2222"])


def test_a_pupil_in_a_white_eye_is_ink_again():
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><circle cx="32" cy="32" r="28" fill="#46a"/>'
        '<circle cx="32" cy="32" r="14" fill="#fff"/><circle cx="32" cy="32" r="7" fill="#111"/></svg>'
    )
    values = colour.structure(svg).field
    assert values is not None
    assert values[32, 32] > 0 and values[32, 42] < 0 and values[32, 55] > 0


def test_soft_gradients_do_not_cut():
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><defs><linearGradient id="g">'
        '<stop stop-color="#f80"/><stop offset="1" stop-color="#80f"/></linearGradient></defs>'
        '<circle cx="32" cy="32" r="28" fill="url(#g)"/></svg>'
    )
    values = colour.structure(svg).field
    assert values is not None
    assert values[32, 8:56].min() > 0.3


def test_lab_of_known_colours():
    lab = to_lab(np.array([[255, 255, 255], [255, 0, 0], [0, 0, 0]], dtype=np.uint8))
    np.testing.assert_allclose(lab, [[100, 0, 0], [53.24, 80.09, 67.2], [0, 0, 0]], atol=0.05)


def test_nothing_is_derived_from_brands():
    line = '<path fill="none" stroke="#000" stroke-width="2" d="M4 5h12v14H4z"/>'
    assert len(rows(line)) == 2
    assert len(rows(line, kind="brand")) == 1
