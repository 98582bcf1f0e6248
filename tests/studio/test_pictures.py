from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw

from znak.errors import DataError, InputError, ZnakError
from znak.fields import shapes
from znak.fields.measure import measure, occupancy
from znak.studio.pictures import read_picture

STAR = shapes.star()


def picture(size=(300, 200), *, ground="white", ink="black", mode="RGB") -> Image.Image:
    """A star drawn off-centre."""
    page = Image.new(mode, size, ground)
    points = [(120 + 60 * np.sin(a) * r, 100 - 60 * np.cos(a) * r) for a, r in _star()]
    ImageDraw.Draw(page).polygon(points, fill=ink)
    return page


def _star():
    for k in range(10):
        yield k * np.pi / 5, 1.0 if k % 2 == 0 else 11.5 / 28


def same(field: np.ndarray) -> float:
    a, b = occupancy(field), occupancy(STAR)
    # framed by its box: a star's box is not centred on its middle
    best = 0.0
    for down in range(-5, 6):
        c = np.roll(a, down, axis=0)
        best = max(best, float(np.minimum(c, b).sum() / np.maximum(c, b).sum()))
    return best


@pytest.mark.parametrize(
    ("ground", "ink"), [("white", "black"), ("black", "white"), ("#ffe9d0", "#c2410c")]
)
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP"])
def test_a_drawing_is_found_on_any_ground(tmp_path, ground, ink, kind):
    path = tmp_path / "sketch"
    picture(ground=ground, ink=ink).save(path, kind)
    field = read_picture(path)
    assert measure(field).n_parts == 1
    assert same(field) > 0.9


def test_transparency_is_the_ground(tmp_path):
    picture(ground=(0, 0, 0, 0), ink=(0, 0, 0, 255), mode="RGBA").save(tmp_path / "a.png")
    assert same(read_picture(tmp_path / "a.png")) > 0.9


def test_a_noisy_photograph_and_a_palette_are_taken(tmp_path):
    grey = np.asarray(picture().convert("L"), np.float32) * 0.7 + 40
    noisy = np.clip(grey + np.random.default_rng(0).normal(0, 6, grey.shape), 0, 255)
    Image.fromarray(noisy.astype(np.uint8)).save(tmp_path / "a.jpg", quality=60)
    picture().convert("P").save(tmp_path / "b.gif")
    for name in ("a.jpg", "b.gif"):
        assert same(read_picture(tmp_path / name)) > 0.85


def test_an_svg_is_framed(tmp_path):
    (tmp_path / "a.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect width="3" height="3"/></svg>'
    )
    found = measure(read_picture(tmp_path / "a.svg"))
    assert found.coverage == pytest.approx((56 / 64) ** 2, abs=0.01)


def bad_files() -> dict[str, bytes]:
    good = io.BytesIO()
    picture().save(good, "PNG")
    flat = io.BytesIO()
    Image.new("RGB", (40, 40), "red").save(flat, "PNG")
    dot = io.BytesIO()
    Image.new("L", (1, 1)).save(dot, "PNG")
    bomb = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(bomb, "PNG")
    return {
        "empty": b"",
        "blank": b"  \n ",
        "text": b"hello, I am a logo",
        "truncated": good.getvalue()[: len(good.getvalue()) // 2],
        "flat": flat.getvalue(),
        "one pixel": dot.getvalue(),
        "bomb": bomb.getvalue(),
        "script": b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><script/></svg>',
        "entities": b'<!DOCTYPE svg [<!ENTITY a "b">]><svg xmlns="http://www.w3.org/2000/svg">&a;</svg>',
        "no ink": b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"/>',
        "other encoding": '<svg xmlns="http://www.w3.org/2000/svg"><t>я</t></svg>'.encode("utf-16"),
        "html": b"<html><body>logo</body></html>",
        "external": b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><image href="http://x/y"/></svg>',
    }


def test_a_picture_that_can_not_be_used_is_said(tmp_path):
    path = tmp_path / "x"
    for kind, data in bad_files().items():
        path.write_bytes(data)
        with pytest.raises(ZnakError) as caught:
            read_picture(path)
        assert caught.value.ru != caught.value.message, kind


def test_no_file_and_a_folder_are_said(tmp_path):
    with pytest.raises(DataError, match="no file"):
        read_picture(tmp_path / "none.png")
    with pytest.raises(InputError, match="folder"):
        read_picture(tmp_path)
