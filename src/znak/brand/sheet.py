"""The brand sheet: one A4 page with clear space, least sizes, colours, font, do and don't."""

from __future__ import annotations

import math

import numpy as np

from znak.brand.faces import Face
from znak.brand.fonts import packaged
from znak.brand.logo import Logo
from znak.brand.oklch import cmyk, contrast, from_oklch, oklch
from znak.brand.page import Page
from znak.brand.palettes import WHITE, Palette
from znak.brand.scene import Scene, colour_of, place
from znak.brand.words import say

WIDTH, HEIGHT = 841.89, 595.28  # A4, landscape, points
_EDGE = 42.0
_INK, _QUIET, _RULE = "#1c1d20", "#6c7077", "#d9dbdf"


def text_faces() -> tuple[Face, Face]:
    """Return the faces that kits are lettered in: regular and bold."""
    return tuple(  # type: ignore[return-value]
        Face(packaged("font_manrope", f"Manrope-{w}.ttf", "Manrope", w, "OFL-1.1"), f"Manrope {w}")
        for w in ("Medium", "Bold")
    )


def brand_sheet(logo: Logo, *, language: str = "en") -> Page:
    """Return the page."""
    page = Page(WIDTH, HEIGHT, WHITE)
    plain, bold = text_faces()
    main = logo.at("horizontal") if logo.copy else logo.at("mark")
    name = logo.name or say("mark", language)
    shown = Face(logo.face.font, logo.face.label) if logo.face and not bold.font.lacks("") else bold
    _write(page, name, _EDGE, 58, 15, shown, _INK, limit=470)
    page.text(say("guide", language), WIDTH - _EDGE, 58, 7, plain, _QUIET, align=1)
    page.line(_EDGE, 74, WIDTH - _EDGE, 74, _RULE)
    _clear_space(page, main.scene, logo.palette, plain, language)
    _colours(page, logo, plain, bold, language)
    _variants(page, logo, plain, language)
    _manners(page, logo, plain, bold, language)
    return page


def _write(
    page: Page, text: str, x: float, y: float, cap: float, face: Face, colour: str, *, limit: float
) -> None:
    """Letter text of the user's in `face`, or in the kit's own where it lacks a character."""
    fitting = face if not face.font.lacks(text) else text_faces()[1]
    if not fitting.font.lacks(text):
        page.text(text, x, y, cap, fitting, colour, limit=limit)


def _clear_space(page: Page, scene: Scene, palette: Palette, plain: Face, language: str) -> None:
    x, y, width, height = _EDGE, 92.0, 430.0, 210.0
    page.text(say("clear", language), x, y + 8, 6.5, plain, _QUIET)
    if palette.ground != WHITE:
        page.box(x, y + 18, width, height - 18, palette.ground, radius=6)
    left, top, scale = page.logo(scene, palette, x + 14, y + 24, width - 28, height - 32)
    clear = scene.clear * scale
    w, h = scene.width * scale, scene.height * scale
    guide = from_oklch(0.68, 0.16, (oklch(palette.mark)[2] + 180) % 360)
    for a, b, c, d in (
        (left, top, left + w, top), (left, top + h, left + w, top + h),
        (left, top, left, top + h), (left + w, top, left + w, top + h),
        (left, top + clear, left + w, top + clear), (left, top + h - clear, left + w, top + h - clear),
        (left + clear, top, left + clear, top + h), (left + w - clear, top, left + w - clear, top + h),
    ):  # fmt: skip
        page.line(a, b, c, d, guide, 0.5)
    cap = min(6.0, clear * 0.3)
    for cx, cy in ((left + clear / 2, top + h / 2), (left + w / 2, top + clear / 2)):
        page.text("x", cx, cy + cap / 3, cap, plain, guide, align=0.5)
    least = max(18, round(16 * scene.height / max(scene.height - 2 * scene.clear, 1)))
    note = f"{say('least', language)}: {least} px / {least * 0.3:.0f} {say('mm', language)}"
    page.text(note, x, y + height + 16, 6, plain, _QUIET)


def _colours(page: Page, logo: Logo, plain: Face, bold: Face, language: str) -> None:
    x, y = 500.0, 92.0
    page.text(say("colours", language), x, y + 8, 6.5, plain, _QUIET)
    palette = logo.palette
    roles = [("mark", palette.mark)]
    if palette.accent:
        roles.append(("accent", palette.accent))
    if palette.ink != palette.mark:
        roles.append(("ink", palette.ink))
    roles.append(("ground", palette.ground))
    height = 46.0
    for number, (role, code) in enumerate(roles):
        top = y + 20 + number * (height + 8)
        if contrast(code, WHITE) < 1.1:
            page.box(x - 0.6, top - 0.6, 71.2, height + 1.2, _RULE, radius=6.4)
        page.box(x, top, 70, height, code, radius=6)
        page.text(say(role, language), x + 82, top + 13, 6.5, bold, _INK)
        rgb = " ".join(str(int(code[i : i + 2], 16)) for i in (1, 3, 5))
        press = " ".join(str(round(v * 100)) for v in cmyk(code))
        page.text(f"{code.upper()}   RGB {rgb}", x + 82, top + 27, 5.4, plain, _QUIET)
        page.text(f"CMYK {press}", x + 82, top + 40, 5.4, plain, _QUIET)
    if logo.face:
        top = y + 20 + len(roles) * (height + 8) + 8
        label = f"{say('font', language)}: {logo.face.label}"
        if not plain.font.lacks(label):
            page.text(label, x, top, 6.5, plain, _INK, limit=300)


def _variants(page: Page, logo: Logo, plain: Face, language: str) -> None:
    y, height = 346.0, 92.0
    page.text(say("variants", language), _EDGE, y, 6.5, plain, _QUIET)
    layouts = ("stacked", "horizontal", "badge", "mark") if logo.copy else ("mark",) * 4
    modes = ("colour", "reversed", "mono", "black")
    width = (WIDTH - 2 * _EDGE - 36) / 4
    for k, (layout, mode) in enumerate(zip(layouts, modes, strict=True)):
        x = _EDGE + k * (width + 12)
        palette = logo.palette_of(mode)
        page.box(x - 0.5, y + 9.5, width + 1, height + 1, _RULE, radius=6.5)
        page.box(x, y + 10, width, height, palette.ground, radius=6)
        page.logo(logo.at(layout).scene, palette, x + 6, y + 13, width - 12, height - 6)


def _manners(page: Page, logo: Logo, plain: Face, bold: Face, language: str) -> None:
    y, height = 470.0, 62.0
    scene = logo.at("horizontal" if logo.copy else "mark").scene
    width = (WIDTH - 2 * _EDGE - 60) / 6
    tint = from_oklch(0.95, 0.015, oklch(logo.palette.mark)[2])
    hue = oklch(logo.palette.mark)[2]
    wrong = from_oklch(0.66, 0.2, (hue + 150) % 360)
    strange = Palette(wrong, from_oklch(0.6, 0.2, (hue + 240) % 360), WHITE)
    light = logo.palette if logo.palette.ground == WHITE else logo.palette.single("#222222")
    cells = [
        ("do_ground", light, tint, 0.0, 1.0),
        ("do_reversed", logo.palette.reversed(), logo.palette.reversed().ground, 0.0, 1.0),
        ("do_mono", logo.palette.single("#000000"), WHITE, 0.0, 1.0),
        ("dont_stretch", light, WHITE, 0.0, 1.8),
        ("dont_turn", light, WHITE, -14.0, 1.0),
        ("dont_recolour", strange, WHITE, 0.0, 1.0),
    ]
    for k, (key, palette, ground, angle, stretch) in enumerate(cells):
        x = _EDGE + k * (width + 12)
        good = key.startswith("do_")
        if k in (0, 3):
            head, colour = ("do", "#1d8a4e") if good else ("dont", "#c62f3b")
            page.text(say(head, language), x, y - 4, 7, bold, colour)
        page.box(x - 0.5, y + 3.5, width + 1, height + 1, _RULE, radius=5.5)
        page.box(x, y + 4, width, height, ground, radius=5)
        _askew(
            page,
            scene,
            palette,
            (x + width / 2, y + 4 + height / 2),
            width - 14,
            height - 8,
            angle,
            stretch,
        )
        page.text(say(key, language), x, y + height + 16, 5.4, plain, _QUIET)


def _askew(
    page: Page, scene: Scene, palette: Palette, middle: tuple[float, float],
    width: float, height: float, angle: float, stretch: float,
) -> None:  # fmt: skip
    """Paint a logo stretched upwards and turned about its middle."""
    turned = math.radians(angle)
    scale = min(width / scene.width, height / (scene.height * stretch)) * (0.84 if angle else 1.0)
    c, s = math.cos(turned) * scale, math.sin(turned) * scale
    matrix = np.array([[c, -s * stretch, 0.0], [s, c * stretch, 0.0]])
    matrix[:, 2] = np.array(middle) - matrix[:, :2] @ np.array([scene.width / 2, scene.height / 2])
    for shape in scene.shapes:
        page.add(place(shape.outline.transform(matrix), 0, 0), colour_of(shape.role, palette))
