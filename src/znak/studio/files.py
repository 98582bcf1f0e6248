"""A result on disk: SVG and PNG of each mark, a sheet to look at, and the brief.

All files are written beside the folder's own first and moved in when they are whole; what else is
in the folder stays.
"""

from __future__ import annotations

import errno
import json
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from PIL import Image

from znak.errors import StorageError
from znak.fields import render
from znak.studio.mark import Mark, check_size
from znak.studio.result import Result

_CELL, _COLUMNS = 256, 4
PNG_SIZE = 512


def write_result(result: Result, out: Path, *, sizes: Sequence[int] = (PNG_SIZE,)) -> list[Path]:
    """Write the result's files into the folder `out` and return their paths.

    `sizes` are the sides of the PNGs: the first is `1.png`, further ones are `1-2048.png`. Raises
    StorageError when the folder can't be written or the disk is full; nothing half-written is left.
    """
    for size in sizes:
        check_size(size)
    try:
        out.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=".znak-", dir=out) as staging:
            drawn = _draw(result, Path(staging), list(dict.fromkeys(sizes)))
            return [path.replace(out / path.name) for path in drawn]
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        reason = "the disk is full" if full else (error.strerror or str(error))
        raise StorageError(
            f"{out} can't be written ({reason}): choose another --out or free some space",
            ru=f"Не удалось записать в {out} ({'диск полон' if full else reason}): выберите другую "
            "папку --out или освободите место",
        ) from error


def describe(result: Result) -> dict[str, Any]:
    """Return the result as JSON-ready values: the brief, and each mark's provenance and scores."""
    return {
        "brief": json.loads(result.brief.to_json()),
        "engine": result.engine,
        "revision": result.revision,
        "marks": [
            {
                "file": f"{number}.svg",
                "colours": list(mark.colours),
                "anchors": mark.n_anchors,
                **json.loads(mark.provenance.to_json(mark.scores)),
            }
            for number, mark in enumerate(result, start=1)
        ],
        "notes": [english for english, _ in result.notes],
    }


def _draw(result: Result, folder: Path, sizes: list[int]) -> list[Path]:
    cells = []
    for number, mark in enumerate(result, start=1):
        (folder / f"{number}.svg").write_text(mark.svg + "\n", encoding="utf-8")
        for place, size in enumerate(sizes):
            picture = Image.fromarray(mark.render(size))
            suffix = "" if place == 0 else f"-{size}"
            picture.save(folder / f"{number}{suffix}.png", compress_level=6)
        cells.append(_cell(mark))
    sheet(cells).save(folder / "sheet.png")
    (folder / "brief.json").write_text(result.brief.to_json() + "\n", encoding="utf-8")
    return sorted(folder.iterdir())


def _cell(mark: Mark) -> Image.Image:
    return Image.fromarray(render(mark.svg, _CELL))


def sheet(cells: Sequence[Image.Image]) -> Image.Image:
    """Return the pictures side by side on white, four in a row."""
    columns = min(_COLUMNS, len(cells))
    page = Image.new("RGB", (columns * _CELL, -(-len(cells) // columns) * _CELL), "white")
    for index, cell in enumerate(cells):
        page.paste(cell, (index % columns * _CELL, index // columns * _CELL), cell)
    return page
