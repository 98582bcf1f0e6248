"""Sample sheets: the same prompts from the same noise each time, to see a run's progress."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from znak.fields.contour import cubic_upsample

PROMPTS = (
    "coffee cup", "mountain with snow", "pine tree", "shopping bag", "diamond", "anchor",
    "fish", "hamburger", "crown", "shield", "cat head", "fox",
    "owl", "whale", "guitar", "castle", "lion", "rocket",
    "key", "bicycle", "mushroom", "butterfly", "house", "tooth",
)  # fmt: skip
_CELL, _LINE = 128, 16


def draw_sheet(
    fields: NDArray[np.float32], labels: Sequence[str], *, columns: int = 6
) -> Image.Image:
    """Return a grey-scale sheet of fields (n, 64, 64) with their labels below."""
    rows = -(-len(fields) // columns)
    sheet = Image.new("L", (columns * _CELL, rows * (_CELL + _LINE)), 255)
    pen = ImageDraw.Draw(sheet)
    for i, (field, label) in enumerate(zip(fields, labels, strict=True)):
        left, top = i % columns * _CELL, i // columns * (_CELL + _LINE)
        ink = np.clip(cubic_upsample(field, 2) * 16 + 0.5, 0, 1)
        cell = Image.fromarray(np.uint8(255 - 255 * ink))
        sheet.paste(cell, (left, top))
        pen.text((left + 4, top + _CELL), label, fill=0)
    return sheet
