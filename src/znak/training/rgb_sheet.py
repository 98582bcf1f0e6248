"""Grids of colour pictures with their texts below."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

CELL, GAP, LINE = 128, 8, 12
_LETTERS = 21
_LINES = 2


def draw_pictures(
    images: NDArray[np.uint8], labels: Sequence[str], *, columns: int = 6, title: str = ""
) -> Image.Image:
    """Return a grid of pictures (n, S, S, 3), enlarged without smoothing, labels cut to fit."""
    rows = -(-len(images) // columns)
    head = LINE + GAP if title else 0
    wide, high = CELL + GAP, CELL + GAP + _LINES * LINE
    sheet = Image.new("RGB", (columns * wide + GAP, rows * high + GAP + head), (244, 244, 242))
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(size=10)
    if title:
        pen.text((GAP, GAP // 2), title, fill=(20, 20, 20), font=font)
    for i, (image, label) in enumerate(zip(images, labels, strict=True)):
        left, top = GAP + i % columns * wide, GAP + head + i // columns * high
        cell = Image.fromarray(image).resize((CELL, CELL), Image.Resampling.NEAREST)
        sheet.paste(cell, (left, top))
        for k, line in enumerate(wrap(label)):
            pen.text((left, top + CELL + 1 + k * LINE), line, fill=(60, 60, 60), font=font)
    return sheet


def wrap(label: str) -> list[str]:
    """Return a label in at most two lines of about the width of a cell."""
    lines = [""]
    for word in label.split():
        longer = f"{lines[-1]} {word}".strip()
        if len(longer) <= _LETTERS or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    if len(lines) > _LINES:
        lines = [*lines[: _LINES - 1], lines[_LINES - 1][: _LETTERS - 1] + "…"]
    return [line if len(line) <= _LETTERS + 3 else line[: _LETTERS + 2] + "…" for line in lines]
