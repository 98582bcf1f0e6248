"""Mock-ups: the logo in use, as vector scenes: a card, a sign, a cup, an app icon on a phone."""

from __future__ import annotations

import numpy as np

from znak.brand.logo import Logo
from znak.brand.oklch import contrast, from_oklch, oklch
from znak.brand.page import Page
from znak.brand.scene import Scene, place, rounded_box
from znak.fields.outline import Loop, Outline

WIDTH, HEIGHT = 800.0, 600.0


def mockups(logo: Logo) -> dict[str, Page]:
    """Return the mock-ups by name; those that letter the name are left out without one."""
    wide = logo.at("horizontal").scene if logo.copy else None
    tall = logo.at("stacked").scene if logo.copy else None
    mark = logo.at("mark").scene
    pages = {"cup": _cup(logo, mark), "phone": _phone(logo, mark)}
    if wide is not None and tall is not None:
        pages |= {
            "card": _card(logo, wide, mark),
            "sign": _sign(logo, wide if _is_wide(wide) else tall),
        }
    return dict(sorted(pages.items()))


def _is_wide(scene: Scene) -> bool:
    return scene.width < 4.6 * scene.height


def _tint(logo: Logo, lightness: float, chroma: float = 0.012) -> str:
    return from_oklch(lightness, chroma, oklch(logo.palette.mark)[2])


def _shadow(page: Page, x: float, y: float, width: float, height: float, radius: float) -> None:
    for k in range(7):
        spread = 2.2 * k
        page.box(
            x - spread, y + 10 - spread / 2, width + 2 * spread, height + 2 * spread,
            "#000000", radius=radius + spread, opacity=0.022,
        )  # fmt: skip


def _card(logo: Logo, scene: Scene, mark: Scene) -> Page:
    page = Page(WIDTH, HEIGHT, _tint(logo, 0.9))
    width, height = 430.0, 258.0
    dark = logo.palette.reversed()
    _shadow(page, 300, 70, width, height, 8)
    page.box(300, 70, width, height, dark.ground, radius=8)
    page.logo(mark, dark, 300 + width / 2 - 80, 70 + height / 2 - 80, 160, 160)
    _shadow(page, 90, 270, width, height, 8)
    page.box(90, 270, width, height, logo.palette.ground, radius=8)
    page.logo(scene, logo.palette, 90 + 45, 270 + 40, width - 90, height - 80)
    return page


def _sign(logo: Logo, scene: Scene) -> Page:
    wall = _tint(logo, 0.8, 0.02)
    page = Page(WIDTH, HEIGHT, wall)
    seam = _tint(logo, 0.755, 0.02)
    for row in range(11):  # bricks
        y = row * 34.0
        page.line(0, y, WIDTH, y, seam, 2)
        for k in range(9):
            x = k * 100.0 + (50 if row % 2 else 0)
            page.line(x, y, x, y + 34, seam, 2)
    glass = _tint(logo, 0.34, 0.02)
    page.box(0, 374, WIDTH, 226, _tint(logo, 0.62, 0.02))
    for x in (50.0, 300.0, 550.0):
        page.box(x, 400, 200, 200, _tint(logo, 0.24, 0.02))
        page.box(x + 8, 408, 184, 192, glass)
        page.add(
            Outline((Loop.polygon(np.array([[x + 70, 408], [x + 120, 408], [x + 40, 600], [x + 8, 600], [x + 8, 560]])),)),
            "#ffffff", 0.07,
        )  # fmt: skip
    dark = logo.palette.reversed()
    _shadow(page, 90, 130, 620, 180, 6)
    page.box(90, 130, 620, 180, dark.ground, radius=6)
    page.logo(scene, dark, 110, 140, 580, 160)
    return page


def _cup(logo: Logo, mark: Scene) -> Page:
    page = Page(WIDTH, HEIGHT, _tint(logo, 0.88, 0.025))
    page.box(0, 455, WIDTH, 145, _tint(logo, 0.8, 0.03))
    for k in range(6):
        page.add(_ellipse(400, 500, 130 + 9 * k, 10 + 4 * k), "#000000", 0.035)
    body = np.array([[290, 150], [510, 150], [478, 500], [322, 500]], dtype=float)
    page.add(Outline((Loop.polygon(body),)), "#fbfaf7")
    shade = np.array([[452, 150], [510, 150], [478, 500], [440, 500]], dtype=float)
    page.add(Outline((Loop.polygon(shade),)), "#000000", 0.05)
    palette = logo.palette
    sleeve_colour = (
        palette.mark if contrast(palette.mark, "#ffffff") > 2.2 else palette.reversed().ground
    )
    sleeve = np.array([[301.5, 245], [498.5, 245], [484.5, 405], [315.5, 405]], dtype=float)
    page.add(Outline((Loop.polygon(sleeve),)), sleeve_colour)
    edge = np.array([[447, 245], [498.5, 245], [484.5, 405], [441, 405]], dtype=float)
    page.add(Outline((Loop.polygon(edge),)), "#000000", 0.07)
    paper = palette.single("#ffffff", sleeve_colour)
    page.logo(mark, paper, 335, 258, 130, 134)
    lid = np.array([[283, 128], [517, 128], [514, 156], [286, 156]], dtype=float)
    page.add(Outline((Loop.polygon(lid),)), "#33302e")
    page.add(rounded_box(296, 108, 208, 24, 8), "#3d3a38")
    return page


def _phone(logo: Logo, mark: Scene) -> Page:
    page = Page(WIDTH, HEIGHT, _tint(logo, 0.86, 0.03))
    _shadow(page, 260, 40, 280, 640, 42)
    page.box(260, 40, 280, 640, "#17181b", radius=42)
    page.box(271, 51, 258, 640, _tint(logo, 0.52, 0.07), radius=33)
    page.box(352, 62, 96, 22, "#17181b", radius=11)
    size, gap = 46.0, 15.5
    for row in range(7):
        for column in range(4):
            x, y = 287 + column * (size + gap), 120 + row * (size + 26)
            if row == 1 and column in (1, 2):
                continue
            if row == 2 and column in (1, 2):
                continue
            if (row == 5 and column > 1) or row == 6:
                continue
            page.box(x, y, size, size, "#ffffff", radius=11, opacity=0.2)
            page.box(x + 8, y + size + 7, size - 16, 5, "#ffffff", radius=2.5, opacity=0.25)
    x, y, big = 287 + size + gap, 120 + size + 26, 2 * size + gap
    colour, ground = icon_colours(logo)
    page.box(x, y, big, big, ground, radius=26)
    page.logo(mark, logo.palette.single(colour, ground), x + 8, y + 8, big - 16, big - 16)
    page.box(x + 26, y + big + 9, big - 52, 6, "#ffffff", radius=3, opacity=0.6)
    return page


def icon_colours(logo: Logo) -> tuple[str, str]:
    """Return the mark's and the ground's colour for app icons: white on the mark's own colour."""
    palette = logo.palette
    if contrast(palette.mark, "#ffffff") >= 3:
        return "#ffffff", palette.mark
    return palette.mark, palette.reversed().ground


def _ellipse(x: float, y: float, rx: float, ry: float) -> Outline:
    from znak.brand.scene import circle

    unit = Outline((circle(0, 0, 1),))
    return place(unit.transform(np.array([[rx, 0, 0], [0, ry, 0]])), x, y)
