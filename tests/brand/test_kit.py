from __future__ import annotations

import io
import json
import shutil
import struct
import subprocess
import zipfile
from dataclasses import replace

import numpy as np
import pypdfium2
import pytest
from defusedxml.ElementTree import fromstring
from picosvg.svg import SVG
from PIL import Image

from tests.brand.marks import mark
from znak.brand import MODES, design, make_palette
from znak.brand.kit import make_kit, pack, write_kit
from znak.brand.page import of_logo, png_of
from znak.brief import read
from znak.errors import StorageError

_PALETTE = make_palette(("#1d4ed8", "#f59e0b"))


def _logo(name="Лис & Co"):
    return design(
        read("кофейня"), mark("dots"), name=name, tagline="кофе" if name else "",
        layout="horizontal" if name else "mark", form="two-tone", palette=_PALETTE,
        about={"znak": 1, "prompt": "лис", "seed": 0},
    )  # fmt: skip


@pytest.fixture(scope="module")
def kit():
    return make_kit(_logo(), language="ru")


def test_the_kit_holds_what_printers_sites_and_messengers_ask_for(kit):
    for name in (
        "svg/horizontal-colour.svg", "svg/stacked-reversed.svg", "svg/badge-black.svg",
        "png/mark-colour@1x.png", "png/mark-colour@4x.png", "print/horizontal-rgb.pdf",
        "print/stacked-cmyk.pdf", "web/favicon.ico", "web/favicon.svg", "web/site.webmanifest",
        "web/apple-touch-icon.png", "web/maskable-512.png", "social/cover-1500x500.png",
        "social/telegram-sticker.webp", "social/telegram-profile.png", "tokens.css", "tokens.json",
        "brand-sheet.pdf", "brand-sheet.png", "mockups/card.svg", "mockups/cup.png", "README.txt",
    ):  # fmt: skip
        assert len(kit[name]) > 100, name


def test_pictures_have_their_sizes_and_clear_grounds(kit):
    for name, side in (("web/icon-192.png", 192), ("web/apple-touch-icon.png", 180),
                       ("social/telegram-profile.png", 640), ("social/avatar-800.png", 800)):  # fmt: skip
        assert Image.open(io.BytesIO(kit[name])).size == (side, side)
    one, four = (Image.open(io.BytesIO(kit[f"png/horizontal-colour@{k}x.png"])) for k in (1, 4))
    assert four.width == 4 * one.width
    assert four.getpixel((0, 0))[3] == 0 and four.getchannel("A").getextrema() == (0, 255)
    sticker = Image.open(io.BytesIO(kit["social/telegram-sticker.webp"]))
    assert sticker.size == (512, 512) and sticker.convert("RGBA").getpixel((0, 0))[3] == 0
    cover = Image.open(io.BytesIO(kit["social/cover-1500x500.png"]))
    assert cover.size == (1500, 500)


def test_maskable_icons_keep_the_mark_in_the_safe_circle(kit):
    pixels = np.asarray(Image.open(io.BytesIO(kit["web/maskable-512.png"])).convert("RGB"), float)
    mark_there = np.abs(pixels - pixels[0, 0]).max(axis=2) > 40
    ys, xs = np.nonzero(mark_there)
    assert np.hypot(xs - 255.5, ys - 255.5).max() < 0.4 * 512
    assert mark_there.sum() > 5000


def test_the_ico_holds_three_sizes_that_pillow_reads(kit):
    data = kit["web/favicon.ico"]
    assert struct.unpack("<HHH", data[:6]) == (0, 1, 3)
    assert Image.open(io.BytesIO(data)).info["sizes"] == {(16, 16), (32, 32), (48, 48)}


def test_pdfs_are_vector_and_look_like_the_svg():
    page = of_logo(_logo().scene, _PALETTE, ground=True, scale=1.2)
    drawn = Image.open(io.BytesIO(png_of(page.svg(), 600))).convert("RGB")
    pdf = page.pdf(title="Лис")
    assert b"/Subtype /Image" not in pdf and pdf == page.pdf(title="Лис")
    document = pypdfium2.PdfDocument(pdf)
    shown = document[0].render(scale=600 / document[0].get_width()).to_pil().convert("RGB")
    a, b = (np.asarray(im.resize((300, 120)), float) for im in (drawn, shown))
    assert np.abs(a - b).mean() < 2.0
    document.close()


def test_the_print_pdf_is_cmyk_with_a_bleed(kit):
    data = kit["print/horizontal-cmyk.pdf"]
    plain, press = (
        pypdfium2.PdfDocument(kit[f"print/horizontal-{kind}.pdf"]) for kind in ("rgb", "cmyk")
    )
    bleed = 3 * 72 / 25.4
    assert press[0].get_width() - plain[0].get_width() == pytest.approx(2 * bleed, abs=0.01)
    trim = press[0].get_trimbox()
    assert trim[0] == pytest.approx(bleed, abs=0.01)
    assert trim[2] - trim[0] == pytest.approx(plain[0].get_width(), abs=0.01)
    assert b"FlateDecode" in data
    page = of_logo(_logo().scene, _PALETTE)
    import reportlab.rl_config as config

    assert config.pageCompression in (0, 1)
    raw = page.pdf(press=True)
    import re
    import zlib
    from base64 import a85decode

    stream = re.search(rb"stream\r?\n(.*?)endstream", raw, re.S).group(1).strip()
    content = zlib.decompress(a85decode(stream.removesuffix(b"~>")))
    assert b" k\n" in content and b" rg" not in content
    plain.close()
    press.close()


def test_tokens_and_manifest_are_what_they_say(kit):
    tokens = json.loads(kit["tokens.json"])
    assert tokens["color"]["mark"]["$value"] == "#1d4ed8"
    assert "--brand-mark: #1d4ed8;" in kit["tokens.css"].decode()
    manifest = json.loads(kit["web/site.webmanifest"])
    assert {icon["src"] for icon in manifest["icons"]} <= {
        name.removeprefix("web/") for name in kit if name.startswith("web/")
    }
    assert (
        "Охранное" not in kit["README.txt"].decode() and "типографии" in kit["README.txt"].decode()
    )


def test_every_svg_is_plain_and_has_title_and_provenance(kit):
    for name, data in kit.items():
        if name.startswith("svg/"):
            root = fromstring(data.decode())
            kinds = {e.tag.rpartition("}")[2] for e in root.iter()}
            assert kinds <= {"svg", "title", "desc", "metadata", "g", "path", "rect"}
            assert root[0].text == "Лис & Co"
            assert json.loads(root.find("{*}metadata").text)["prompt"] == "лис"


def test_the_same_logo_gives_the_same_kit_and_zip(kit):
    again = make_kit(_logo(), language="ru")
    assert again == kit
    names = zipfile.ZipFile(io.BytesIO(pack(kit))).namelist()
    assert names == sorted(kit)
    assert pack(kit) == pack(again)


def test_a_mark_without_a_name_has_a_kit_too():
    files = make_kit(_logo(""), language="en")
    assert "svg/mark-colour.svg" in files and "svg/horizontal-colour.svg" not in files
    assert "brand-sheet.pdf" in files and "mockups/card.svg" not in files


def test_a_folder_that_cannot_be_written_leaves_nothing(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("x")
    with pytest.raises(StorageError):
        write_kit(_logo(""), blocked)
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("mode", MODES)
def test_picosvg_keeps_the_looks(mode):
    svg = _logo().at("stacked").svg(mode, ground=True)
    normal = SVG.fromstring(svg).topicosvg().tostring()
    a, b = (np.asarray(Image.open(io.BytesIO(png_of(s, 400))), float) for s in (svg, normal))
    assert np.abs(a - b).mean() < 0.5


@pytest.mark.system("chromium")
@pytest.mark.parametrize("layout", ["horizontal", "badge"])
def test_chromium_and_resvg_draw_alike(layout, tmp_path):
    svg = _logo().at(layout).svg(ground=True)
    scene = _logo().at(layout).scene
    width, height = 600, round(600 * scene.height / scene.width)
    page = tmp_path / "page.html"
    sized = svg.replace("<svg ", f'<svg width="{width}" height="{height}" ', 1)
    page.write_text(f'<body style="margin:0;background:#fff">{sized}</body>', encoding="utf-8")
    shot = tmp_path / "shot.png"
    command = [
        shutil.which("chromium"), "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
        "--force-color-profile=srgb", f"--user-data-dir={tmp_path / 'profile'}",
        f"--window-size={width},{max(height, 300) + 200}", f"--screenshot={shot}", page.as_uri(),
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    seen = np.asarray(Image.open(shot).convert("RGB").crop((0, 0, width, height)), float)
    drawn = Image.open(io.BytesIO(png_of(svg, width))).convert("RGBA").resize((width, height))
    ground = Image.new("RGBA", drawn.size, "white")
    ours = np.asarray(Image.alpha_composite(ground, drawn).convert("RGB"), float)
    assert np.abs(seen - ours).mean() / 255 < 0.01


def test_a_gradient_is_alike_in_svg_and_pdf_and_gone_in_one_colour():
    blended = replace(_logo(), palette=_PALETTE.blended())
    page = of_logo(blended.scene, blended.palette, ground=True, scale=1.2)
    drawn = Image.open(io.BytesIO(png_of(page.svg(), 600))).convert("RGB")
    for press in (False, True):
        pdf = page.pdf(press=press)
        assert b"/Subtype /Image" not in pdf
        document = pypdfium2.PdfDocument(pdf)
        shown = document[0].render(scale=600 / document[0].get_width()).to_pil().convert("RGB")
        a, b = (np.asarray(im.resize((300, 120)), float) for im in (drawn, shown))
        assert np.abs(a - b).mean() < (12.0 if press else 2.0)
        document.close()
    assert "linearGradient" in blended.svg() and "linearGradient" in blended.svg("reversed")
    for mode in ("mono", "black", "white"):
        assert "linearGradient" not in blended.svg(mode)
    flat = of_logo(blended.scene, _PALETTE, ground=True, scale=1.2)
    assert flat.svg() != page.svg()
