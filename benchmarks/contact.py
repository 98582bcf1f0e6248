"""Contact sheets: every mark of every prompt, unpicked, with the prompt's name beside its row.

    python benchmarks/marks.py PACK --judge judge.safetensors --sheets docs/contact

writes them of the marks that it measures.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from blind_naming import save_picture
from PIL import Image, ImageDraw, ImageFont

from znak.fields.outline import Outline
from znak.fields.svg import coverage

SHOWN = 8
"""Marks of a prompt on the sheets, seeds 0 to 7."""
ROWS, COLUMNS = 25, 2
NAME, CELL, INK, HEAD = 132, 58, 50, 6
_LETTERS = 18
"""Letters of a name that fit on a line."""


def write_sheets(
    outlines: Sequence[Outline | None], concepts: Sequence[str], folder: Path
) -> list[Path]:
    """Write `contact-1.png` … of the marks (SHOWN or more a concept, concepts in order)."""
    each = len(outlines) // len(concepts)
    rows = [
        (concept, outlines[k * each : k * each + min(each, SHOWN)])
        for k, concept in enumerate(concepts)
    ]
    paths = []
    for number, page in enumerate(_pages(rows), start=1):
        paths.append(folder / f"contact-{number}.png")
        save_picture(draw_sheet(page), paths[-1])
    return paths


def draw_sheet(rows: Sequence[tuple[str, Sequence[Outline | None]]]) -> Image.Image:
    """Return a page of named rows, black on white, in 16 greys."""
    wide = NAME + SHOWN * CELL
    high = min(len(rows), ROWS)
    page = Image.new("L", (-(-len(rows) // ROWS) * wide, HEAD + high * CELL), 255)
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(size=13)
    for k, (name, marks) in enumerate(rows):
        left, top = k // ROWS * wide, HEAD + k % ROWS * CELL
        pen.multiline_text((left + 8, top + 12), _fold(name), fill=90, font=font, spacing=2)
        for i, outline in enumerate(marks):
            if outline is not None:
                ink = coverage(outline.to_svg(), INK)
                picture = Image.fromarray(np.rint(255 * (1 - ink)).astype(np.uint8))
                page.paste(picture, (left + NAME + i * CELL, top))
    return page.quantize(16)


def _pages(
    rows: Sequence[tuple[str, Sequence[Outline | None]]],
) -> Iterator[Sequence[tuple[str, Sequence[Outline | None]]]]:
    for low in range(0, len(rows), ROWS * COLUMNS):
        yield rows[low : low + ROWS * COLUMNS]


def _fold(name: str) -> str:
    """Return the name on lines that fit beside the marks."""
    lines = [""]
    for word in name.split():
        fits = len(lines[-1]) + len(word) < _LETTERS
        lines[-1 if fits else len(lines) :] = [f"{lines[-1]} {word}".strip() if fits else word]
    return "\n".join(lines)
