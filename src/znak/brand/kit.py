"""The kit: every file of a logo that one takes to a printer, a web site or a messenger.

    write_kit(logo, Path("kit"), language="en")

All files are made in memory first and written by `znak.atomic`: an error leaves nothing half-written. The same logo gives the same bytes, the ZIP's too.
"""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Iterable
from html import escape
from pathlib import Path

from PIL import Image, ImageChops, ImageFilter

from znak.atomic import new_files
from znak.brand.logo import MODES, Logo
from znak.brand.mockups import icon_colours, mockups
from znak.brand.oklch import cmyk, oklch
from znak.brand.page import Page, centred, of_logo, png_of
from znak.brand.palettes import WHITE
from znak.brand.scene import rounded_box
from znak.brand.sheet import brand_sheet
from znak.brand.words import say

BLEED_MM = 3.0
_ICO_SIZES = (16, 32, 48)
_POINTS = 1.2  # points to a unit of the scene: a mark is about 4 cm high in the PDF


def make_kit(logo: Logo, *, language: str = "en") -> dict[str, bytes]:
    """Return the kit's files by their paths, the ZIP left out."""
    layouts = ("horizontal", "stacked", "mark", "name", "badge") if logo.copy else ("mark",)
    designs = {layout: logo.at(layout) for layout in layouts}
    files: dict[str, bytes] = {}
    for layout, design in designs.items():
        for mode in MODES:
            svg = design.svg(mode, ground=False)
            files[f"svg/{layout}-{mode}.svg"] = svg.encode()
            if mode == "mono" or layout == "name":
                continue
            width = round(128 * min(design.scene.width / design.scene.height, 4))
            for times in (1, 2, 3, 4) if mode in ("colour", "reversed") else (2,):
                files[f"png/{layout}-{mode}@{times}x.png"] = png_of(svg, width * times)
        page = of_logo(
            design.scene, logo.palette, ground=logo.palette.ground != WHITE, scale=_POINTS
        )
        title = logo.name or layout
        files[f"print/{layout}-rgb.pdf"] = page.pdf(title=title)
        files[f"print/{layout}-cmyk.pdf"] = page.pdf(title=title, press=True, bleed_mm=BLEED_MM)
    files |= _web(logo, designs["mark"])
    files |= _social(logo, designs)
    files |= _tokens(logo)
    sheet = brand_sheet(logo, language=language)
    files["brand-sheet.pdf"] = sheet.pdf(
        title=f"{logo.name} – {say('guide', language)}".strip(" –")
    )
    files["brand-sheet.png"] = sheet.png(1684)
    for name, mockup in mockups(logo).items():
        svg = mockup.svg(f"{logo.name} {name}".strip())
        files[f"mockups/{name}.svg"] = svg.encode()
        files[f"mockups/{name}.png"] = png_of(svg, 1000)
    name, font = logo.name or "–", logo.face.label if logo.face else "–"
    files["README.txt"] = say("readme", language).format(name=name, font=font).encode()
    return dict(sorted(files.items()))


def write_kit(logo: Logo, out: Path, *, language: str = "en") -> list[Path]:
    """Write the kit and `kit.zip` into the folder `out`, made where missing; return the paths.

    Raises StorageError where it can't be written.
    """
    files = make_kit(logo, language=language)
    files["kit.zip"] = pack(files)
    with new_files(out) as folder:
        for name, data in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    return [out / name for name in files]


def pack(files: dict[str, bytes]) -> bytes:
    """Return files as a ZIP with fixed times and order."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, date_time=(2020, 1, 1, 0, 0, 0))
            stored = name.endswith((".png", ".pdf", ".webp"))
            entry.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, files[name])
    return out.getvalue()


def _icon(logo: Logo, mark: Logo, *, share: float, radius: float) -> Page:
    """Return the app icon on a 512 square: the mark on a ground with round corners."""
    colour, ground = icon_colours(logo)
    page = Page(512, 512)
    page.add(rounded_box(0, 0, 512, 512, radius), ground)
    inner = centred(
        mark.scene, logo.palette.single(colour, ground), width=512, height=512, share=share
    )
    page.items += inner.items
    return page


def _web(logo: Logo, mark: Logo) -> dict[str, bytes]:
    rounded = _icon(logo, mark, share=0.66, radius=112).svg(logo.name)
    square = _icon(logo, mark, share=0.62, radius=0).svg(logo.name)
    # the safe zone of maskable icons is a circle of 80 % of the side
    masked = _icon(logo, mark, share=0.52, radius=0).svg(logo.name)
    tiny = centred(mark.scene, logo.palette, width=64, height=64, share=0.96).svg(logo.name)
    icons = [
        {"src": f"icon-{s}.png", "sizes": f"{s}x{s}", "type": "image/png"} for s in (192, 512)
    ] + [
        {
            "src": f"maskable-{s}.png",
            "sizes": f"{s}x{s}",
            "type": "image/png",
            "purpose": "maskable",
        }
        for s in (192, 512)
    ]
    name = logo.name or "logo"
    manifest = {
        "name": name, "short_name": name[:12], "icons": icons,
        "theme_color": logo.palette.mark, "background_color": logo.palette.ground,
        "display": "standalone",
    }  # fmt: skip
    head = (
        '<link rel="icon" href="favicon.ico" sizes="32x32">\n'
        '<link rel="icon" href="favicon.svg" type="image/svg+xml">\n'
        '<link rel="apple-touch-icon" href="apple-touch-icon.png">\n'
        '<link rel="manifest" href="site.webmanifest">\n'
        f'<meta name="theme-color" content="{logo.palette.mark}">\n'
        f'<meta name="application-name" content="{escape(name, quote=True)}">\n'
    )
    light = logo.palette.ground == WHITE
    favicon = tiny if light else rounded
    files = {
        "web/favicon.svg": favicon.encode(),
        "web/favicon.ico": ico([png_of(favicon, s) for s in _ICO_SIZES]),
        "web/apple-touch-icon.png": png_of(square, 180),
        "web/site.webmanifest": (
            json.dumps(manifest, ensure_ascii=False, indent=2) + "\n"
        ).encode(),
        "web/head.html": head.encode(),
    }
    for size in (192, 512):
        files[f"web/icon-{size}.png"] = png_of(rounded, size)
        files[f"web/maskable-{size}.png"] = png_of(masked, size)
    return files


def ico(pngs: Iterable[bytes]) -> bytes:
    """Return PNGs as one .ico file."""
    pictures = list(pngs)
    offset = 6 + 16 * len(pictures)
    head = struct.pack("<HHH", 0, 1, len(pictures))
    for png in pictures:
        width, height = struct.unpack(">II", png[16:24])
        head += struct.pack("<BBBBHHII", width % 256, height % 256, 0, 0, 1, 32, len(png), offset)
        offset += len(png)
    return head + b"".join(pictures)


def _social(logo: Logo, designs: dict[str, Logo]) -> dict[str, bytes]:
    mark = designs["mark"]
    wide = designs.get("horizontal", mark)
    palette = logo.palette
    avatar = _icon(logo, mark, share=0.56, radius=0).svg(logo.name)
    files = {
        "social/avatar-400.png": png_of(avatar, 400),
        "social/avatar-800.png": png_of(avatar, 800),
        "social/telegram-profile.png": png_of(avatar, 640),
        "social/telegram-sticker.webp": _sticker(centred(
            mark.scene, palette, width=512, height=512, share=0.86
        ).svg()),
    }  # fmt: skip
    for name, width, height in (("cover-1500x500", 1500, 500), ("cover-1200x630", 1200, 630)):
        ground = palette.ground
        page = centred(wide.scene, palette, width=width, height=height, share=0.5, ground=ground)
        band = palette.mark if oklch(palette.mark)[0] < 0.9 else palette.ink
        page.box(0, height - 14, width, 14, band)
        files[f"social/{name}.png"] = png_of(page.svg(), width)
    return files


def _sticker(svg: str) -> bytes:
    """Return the mark with a white rim on a clear ground, WebP, 512 px, as Telegram wants it."""
    picture = Image.open(io.BytesIO(png_of(svg, 512))).convert("RGBA")
    alpha = picture.getchannel("A")
    rim = alpha.filter(ImageFilter.MaxFilter(23)).filter(ImageFilter.GaussianBlur(1.2))
    sheet = Image.new("RGBA", picture.size, (255, 255, 255, 0))
    sheet.putalpha(ImageChops.lighter(rim, alpha))
    out = io.BytesIO()
    Image.alpha_composite(sheet, picture).save(out, "WEBP", lossless=True, quality=80, method=2)
    return out.getvalue()


def _tokens(logo: Logo) -> dict[str, bytes]:
    palette, dark = logo.palette, logo.palette.reversed()
    light = {
        "mark": palette.mark,
        "accent": palette.second,
        "ink": palette.ink,
        "ground": palette.ground,
    }
    night = {"mark": dark.mark, "accent": dark.second, "ink": dark.ink, "ground": dark.ground}
    font = logo.face.font.family if logo.face else ""
    lines = [":root {"]
    lines += [f"  --brand-{role}: {code};" for role, code in light.items()]
    if font:
        quoted = font.replace("\\", "").replace('"', "").replace("\n", " ")
        lines.append(f'  --brand-font: "{quoted}", system-ui, sans-serif;')
    lines += ["}", "@media (prefers-color-scheme: dark) {", "  :root {"]
    lines += [f"    --brand-{role}: {code};" for role, code in night.items()]
    lines += ["  }", "}", ""]
    values = {
        role: {"$type": "color", "$value": code, "cmyk": [round(v * 100) for v in cmyk(code)],
               "oklch": [round(v, 3) for v in oklch(code)]}
        for role, code in light.items()
    }  # fmt: skip
    tokens = {
        "color": values,
        "color-dark": {role: {"$type": "color", "$value": code} for role, code in night.items()},
        "font": {"name": {"$type": "fontFamily", "$value": font}},
        "clear-space": {"$type": "number", "$value": round(logo.scene.clear, 2)},
    }
    return {
        "tokens.css": "\n".join(lines).encode(),
        "tokens.json": (json.dumps(tokens, ensure_ascii=False, indent=2) + "\n").encode(),
    }
