"""The sheets of a run, one after the other, as a GIF."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont, UnidentifiedImageError

from znak.atomic import write_bytes

MOST = 60
_FRAME, _LAST = 180, 1500  # milliseconds
_BAR = 18


def animate(sheets: Path, out: Path) -> int:
    """Write the pictures of a folder, in the order of their names, to `out`; return the frames.

    At most MOST, evenly chosen, the last one always; a torn file is left out. Nothing is written
    without two frames.
    """
    paths = sorted(sheets.glob("*.png"))
    places = np.linspace(0, len(paths) - 1, min(len(paths), MOST)).round().astype(int)
    frames = []
    for i in np.unique(places) if paths else ():
        try:
            with Image.open(paths[i]) as picture:
                frames.append(_label(picture.convert("RGB"), paths[i].stem))
        except (OSError, UnidentifiedImageError):
            continue
    if len(frames) < 2:
        return len(frames)
    size = frames[-1].size
    frames = [f if f.size == size else f.resize(size) for f in frames]
    colours = frames[-1].quantize(255, method=Image.Quantize.MEDIANCUT)
    indexed = [f.quantize(palette=colours, dither=Image.Dither.NONE) for f in frames]
    buffer = io.BytesIO()
    times = [_FRAME] * (len(frames) - 1) + [_LAST]
    indexed[0].save(buffer, "GIF", save_all=True, append_images=indexed[1:], duration=times, loop=0)
    write_bytes(out, buffer.getvalue())
    return len(frames)


def _label(sheet: Image.Image, name: str) -> Image.Image:
    """Return the sheet with how many samples had been seen, written below it."""
    frame = Image.new("RGB", (sheet.width, sheet.height + _BAR), (30, 30, 30))
    frame.paste(sheet, (0, 0))
    text = f"{int(name):,} samples" if name.isdigit() else name
    font = ImageFont.load_default(size=11)
    ImageDraw.Draw(frame).text((8, sheet.height + 2), text, fill=(240, 240, 240), font=font)
    return frame
