"""Pages: coloured outlines at given places, written as SVG, PNG or PDF from one description.

Brand sheets, mock-ups and social pictures are pages; a logo becomes one with `of_logo`. PDF is
vector, in RGB or CMYK, with a bleed where asked; units are points (1/72 inch) there.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field

import resvg_py

from znak.brand.faces import Face, soften
from znak.brand.lettering import bounds, set_line
from znak.brand.oklch import cmyk
from znak.brand.palettes import Palette
from znak.brand.scene import Box, Scene, circle, colour_of, gradient, place, rounded_box
from znak.errors import DrawingError, MissingError
from znak.fields.outline import Outline
from znak.fields.svg import SVG_NAMESPACE

_MM = 72 / 25.4


@dataclass(frozen=True)
class Blend:
    """A paint that runs from one colour to another, upper left to lower right of a box."""

    start: str
    end: str
    box: Box


@dataclass(eq=False)
class Page:
    """A page under way: `items` are (outline, "#rrggbb" or a blend, opacity) in painting order."""

    width: float
    height: float
    ground: str | None = None
    items: list[tuple[Outline, str | Blend, float]] = field(default_factory=list)

    def add(self, outline: Outline, colour: str | Blend, opacity: float = 1.0) -> None:
        """Paint an outline."""
        if outline.loops:
            self.items.append((outline, colour, opacity))

    def box(
        self, x: float, y: float, width: float, height: float, colour: str, *,
        radius: float = 0.0, opacity: float = 1.0,
    ) -> None:  # fmt: skip
        """Paint a rectangle."""
        self.add(rounded_box(x, y, width, height, radius), colour, opacity)

    def disc(self, x: float, y: float, radius: float, colour: str, opacity: float = 1.0) -> None:
        """Paint a disc."""
        self.add(Outline((circle(x, y, radius),)), colour, opacity)

    def line(
        self, x0: float, y0: float, x1: float, y1: float, colour: str, width: float = 0.6
    ) -> None:
        """Paint a level or upright line."""
        x, y = min(x0, x1), min(y0, y1)
        if abs(x1 - x0) > abs(y1 - y0):
            self.box(x, y - width / 2, abs(x1 - x0), width, colour)
        else:
            self.box(x - width / 2, y, width, abs(y1 - y0), colour)

    def text(
        self, text: str, x: float, y: float, cap: float, face: Face, colour: str, *,
        align: float = 0.0, limit: float | None = None,
    ) -> float:  # fmt: skip
        """Letter `text` on the baseline y, capitals `cap` high, and return its width.

        `align` 0 starts at x, 0.5 is centred there, 1 ends there; `limit` is the widest it may be.
        """
        line = set_line(text, face.font)
        if limit is not None and line.width * cap > limit:
            cap = limit / line.width
        width = line.width * cap
        self.add(place(soften(line.outline, face.soft), x - align * width, y, cap), colour)
        return width

    def logo(
        self, scene: Scene, palette: Palette, x: float, y: float, width: float, height: float
    ) -> tuple[float, float, float]:
        """Paint a logo fitted into a box, centred; return its left, top and scale."""
        scale = min(width / scene.width, height / scene.height)
        left = x + (width - scene.width * scale) / 2
        top = y + (height - scene.height * scale) / 2
        self.scene(scene, palette, left, top, scale)
        return left, top, scale

    def scene(self, scene: Scene, palette: Palette, dx: float, dy: float, scale: float) -> None:
        """Paint a scene's shapes scaled, then moved."""
        mark = scene.group_box("mark")
        for shape in scene.shapes:
            colour: str | Blend = colour_of(shape.role, palette)
            if palette.blend and shape.group == shape.role == "mark" and mark is not None:
                x0, y0, x1, y1 = (scale * v for v in mark)
                box = (x0 + dx, y0 + dy, x1 + dx, y1 + dy)
                colour = Blend(palette.blend, palette.mark, box)
            self.add(place(shape.outline, dx, dy, scale), colour)

    def svg(self, title: str = "") -> str:
        """Return the page as SVG."""
        from xml.sax.saxutils import escape

        parts = [
            f'<svg xmlns="{SVG_NAMESPACE}" viewBox="0 0 {self.width:g} {self.height:g}">'
            f"<title>{escape(''.join(c for c in title if c.isprintable()))}</title>"
        ]
        if self.ground:
            parts.append(
                f'<rect width="{self.width:g}" height="{self.height:g}" fill="{self.ground}"/>'
            )
        blends = list(dict.fromkeys(c for _, c, _ in self.items if isinstance(c, Blend)))
        if blends:
            told = (gradient(f"tone{k}", b.box, b.start, b.end) for k, b in enumerate(blends))
            parts.append(f"<defs>{''.join(told)}</defs>")
        for outline, paint, opacity in self.items:
            alpha = f' fill-opacity="{opacity:g}"' if opacity < 1 else ""
            fill = f"url(#tone{blends.index(paint)})" if isinstance(paint, Blend) else paint
            parts.append(f'<path fill="{fill}"{alpha} d="{outline.path_data(decimals=2)}"/>')
        return "".join(parts) + "</svg>\n"

    def png(self, width: int) -> bytes:
        """Return the page as PNG, `width` px wide."""
        return png_of(self.svg(), width)

    def pdf(self, *, title: str = "", press: bool = False, bleed_mm: float = 0.0) -> bytes:
        """Return the page as PDF: RGB, or CMYK for a press; `bleed_mm` extends the ground."""
        try:
            from reportlab.lib.colors import CMYKColor, Color
            from reportlab.pdfgen.canvas import FILL_NON_ZERO, Canvas
        except ImportError as error:
            raise MissingError(
                "PDF needs reportlab: pip install reportlab",
                ru="Для PDF нужен reportlab: pip install reportlab",
            ) from error
        bleed = bleed_mm * _MM
        width, height = self.width + 2 * bleed, self.height + 2 * bleed
        out = io.BytesIO()
        trim = (bleed, bleed, bleed + self.width, bleed + self.height)
        canvas = Canvas(
            out, pagesize=(width, height), invariant=1, pageCompression=1,
            trimBox=trim, bleedBox=(0, 0, width, height),
        )  # fmt: skip
        canvas.setTitle(title)
        canvas.setCreator("Znak")

        def ink(colour: str) -> Color:
            if press:
                return CMYKColor(*cmyk(colour))
            return Color(*(int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)))

        if self.ground:
            canvas.setFillColor(ink(self.ground))
            canvas.rect(0, 0, width, height, stroke=0, fill=1)
        for outline, paint, opacity in self.items:
            path = canvas.beginPath()
            for loop in outline.loops:
                c = loop.controls
                path.moveTo(c[0, 0, 0] + bleed, height - bleed - c[0, 0, 1])
                for points, straight in zip(c, loop.straight, strict=True):
                    xy = [v for x, y in points[1:] for v in (x + bleed, height - bleed - y)]
                    if straight:
                        path.lineTo(*xy[4:])
                    else:
                        path.curveTo(*xy)
                path.close()
            if isinstance(paint, Blend):
                x0, y0, x1, y1 = paint.box
                canvas.saveState()
                canvas.clipPath(path, stroke=0, fill=0, fillMode=FILL_NON_ZERO)
                canvas.linearGradient(
                    x0 + bleed, height - bleed - y0, x1 + bleed, height - bleed - y1,
                    (ink(paint.start), ink(paint.end)),
                )  # fmt: skip
                canvas.restoreState()
                continue
            canvas.setFillColor(ink(paint))
            canvas.setFillAlpha(opacity)
            canvas.drawPath(path, stroke=0, fill=1, fillMode=FILL_NON_ZERO)
        canvas.showPage()
        canvas.save()
        return out.getvalue()


def of_logo(scene: Scene, palette: Palette, *, ground: bool = False, scale: float = 1.0) -> Page:
    """Return the page of a logo, `scale` units to one of the scene's."""
    page = Page(scene.width * scale, scene.height * scale, palette.ground if ground else None)
    page.scene(scene, palette, 0, 0, scale)
    return page


def centred(
    scene: Scene, palette: Palette, *, width: float, height: float, share: float,
    ground: str | None = None, inked: bool = True,
) -> Page:  # fmt: skip
    """Return a page with a scene's ink fitted into `share` of its sides, in the middle."""
    page = Page(width, height, ground)
    boxes = [bounds(shape.outline) for shape in scene.shapes]
    left, top = min(b[0] for b in boxes), min(b[1] for b in boxes)
    right, bottom = max(b[2] for b in boxes), max(b[3] for b in boxes)
    scale = min(width * share / (right - left), height * share / (bottom - top))
    dx = width / 2 - (left + right) / 2 * scale
    dy = height / 2 - (top + bottom) / 2 * scale
    page.scene(scene, palette, dx, dy, scale)
    return page


def png_of(svg: str, width: int) -> bytes:
    """Return trusted SVG text as PNG, `width` px wide, transparent where nothing is painted."""
    try:
        return bytes(resvg_py.svg_to_bytes(svg_string=svg, width=width, skip_system_fonts=True))
    except ValueError as error:
        raise DrawingError(
            f"the SVG could not be rendered ({error}): save it again from a drawing program",
            ru=f"SVG не удалось отрисовать ({error}): сохраните его заново в редакторе",
        ) from error
