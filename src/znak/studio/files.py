"""A result on disk: SVG and PNG of each mark and logo, a sheet to look at, the brief, the result.

All files are written beside the folder's own first and moved in when they are whole; what else is
in the folder stays.
"""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from znak.atomic import new_files
from znak.brand.logo import Logo
from znak.brand.page import png_of
from znak.brand.palettes import WHITE
from znak.fields import render
from znak.studio.mark import Mark, check_size
from znak.studio.result import Result

_CELL, _COLUMNS = 256, 4
_WIDE, _HIGH, _MARGIN = 480, 320, 20
"""Size of a logo's cell on the sheet, px, and the margin in it."""
PNG_SIZE = 512


def write_result(result: Result, out: Path, *, sizes: Sequence[int] = (PNG_SIZE,)) -> list[Path]:
    """Write the result's marks into the folder `out` and return the files' paths.

    `sizes` are the sides of the PNGs: the first is `1.png`, further ones are `1-2048.png`. Raises
    StorageError when the folder can't be written or the disk is full; nothing half-written is left.
    """
    sizes = _checked(sizes)
    with new_files(out) as folder:
        for number, mark in enumerate(result, start=1):
            _draw(mark.svg + "\n", folder, str(number), sizes)
        sheet([_cell(mark) for mark in result]).save(folder / "sheet.png")
        names = _finish(result, (), folder)
    return [out / name for name in names]


def write_finished(
    result: Result, logos: Sequence[Logo], out: Path, *, sizes: Sequence[int] = (PNG_SIZE,)
) -> list[Path]:
    """Write the logos where there are any, else the marks."""
    if logos:
        return write_logos(result, logos, out, sizes=sizes)
    return write_result(result, out, sizes=sizes)


def write_logos(
    result: Result, logos: Sequence[Logo], out: Path, *, sizes: Sequence[int] = (PNG_SIZE,)
) -> list[Path]:
    """Write the logos of a result's marks as `1.svg` … and the marks alone as `1-mark.svg` ….

    `sizes` are the longest sides of the PNGs, as in `write_result`, which says what is raised.
    """
    sizes = _checked(sizes)
    with new_files(out) as folder:
        cells = []
        for number, (mark, logo) in enumerate(zip(result, logos, strict=True), start=1):
            _draw(mark.svg + "\n", folder, f"{number}-mark", sizes)
            slim = min(1.0, logo.scene.width / logo.scene.height)
            svg = logo.svg()
            first = _draw(svg, folder, str(number), sizes, share=slim)
            large = first if sizes[0] >= _WIDE else png_of(svg, round(_WIDE * slim))
            cells.append(_logo_cell(logo, large))
        sheet(cells, columns=2 if len(cells) < 5 else _COLUMNS).save(folder / "sheet.png")
        names = _finish(result, logos, folder)
    return [out / name for name in names]


def describe(result: Result, logos: Sequence[Logo] = ()) -> dict[str, Any]:
    """Return the result as JSON-ready values: the brief, each mark's provenance and scores, and
    what its logo consists of.
    """
    rows: list[dict[str, Any]] = []
    for number, mark in enumerate(result, start=1):
        row: dict[str, Any] = {
            "file": f"{number}.svg",
            "colours": list(mark.colours),
            "anchors": mark.n_anchors,
            **json.loads(mark.provenance.to_json(mark.scores)),
        }
        if logos:
            row |= {"mark": f"{number}-mark.svg", "logo": logos[number - 1].describe()}
        rows.append(row)
    notes = [*result.notes, *(note for logo in logos for note in logo.notes)]
    return {
        "brief": json.loads(result.brief.to_json()),
        "engine": result.engine,
        "revision": result.revision,
        "marks": rows,
        "notes": list(dict.fromkeys(english for english, _ in notes)),
    }


def _checked(sizes: Sequence[int]) -> list[int]:
    return list(dict.fromkeys(check_size(size) for size in sizes))


def _draw(svg: str, folder: Path, stem: str, sizes: Sequence[int], *, share: float = 1.0) -> bytes:
    """Write an SVG and its PNGs, `share` of a size wide; return the first PNG."""
    (folder / f"{stem}.svg").write_text(svg, encoding="utf-8")
    pictures = [png_of(svg, max(1, round(size * share))) for size in sizes]
    for place, (size, picture) in enumerate(zip(sizes, pictures, strict=True)):
        suffix = "" if place == 0 else f"-{size}"
        (folder / f"{stem}{suffix}.png").write_bytes(picture)
    return pictures[0]


def _finish(result: Result, logos: Sequence[Logo], folder: Path) -> list[str]:
    """Write the brief and the result; return the names of all files."""
    (folder / "brief.json").write_text(result.brief.to_json() + "\n", encoding="utf-8")
    text = json.dumps(describe(result, logos), ensure_ascii=False, indent=2)
    (folder / "result.json").write_text(text + "\n", encoding="utf-8")
    return sorted(path.name for path in folder.iterdir())


def _cell(mark: Mark) -> Image.Image:
    return Image.fromarray(render(mark.svg, _CELL))


def _logo_cell(logo: Logo, png: bytes) -> Image.Image:
    """Return the logo in the middle of its ground."""
    scene = logo.scene
    room = (_WIDE - 2 * _MARGIN, _HIGH - 2 * _MARGIN)
    scale = min(room[0] / scene.width, room[1] / scene.height)
    size = (max(1, round(scene.width * scale)), max(1, round(scene.height * scale)))
    picture = Image.open(io.BytesIO(png)).convert("RGBA").resize(size, Image.Resampling.LANCZOS)
    cell = Image.new("RGBA", (_WIDE, _HIGH), logo.palette.ground or WHITE)
    cell.alpha_composite(picture, ((_WIDE - picture.width) // 2, (_HIGH - picture.height) // 2))
    return cell


def sheet(cells: Sequence[Image.Image], *, columns: int = _COLUMNS) -> Image.Image:
    """Return pictures of one size side by side on white."""
    columns = min(columns, len(cells))
    width, height = cells[0].size
    page = Image.new("RGB", (columns * width, -(-len(cells) // columns) * height), "white")
    for index, cell in enumerate(cells):
        page.paste(cell, (index % columns * width, index // columns * height), cell)
    return page
