"""`znak make`: marks on disk.

Until the mark model is in, the marks are monograms of the name, built by the field algebra and
traced by the codec; the output says so.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from PIL import Image
from rich.console import Console
from rich.table import Table

from znak.brand.monogram import draw_styles, initials, monogram
from znak.brief import Brief, read
from znak.errors import InputError, StorageError
from znak.fields import Outline, render, trace

MAX_MARKS = 100
_CELL = 256
_INKS = ["#1b1b1f", "#c2410c", "#1d4ed8", "#0f766e", "#7c2d92", "#b91c1c", "#365314", "#334155"]


def make(
    prompt: Annotated[str, typer.Argument(help="What the brand is, in English or Russian.")],
    name: Annotated[str, typer.Option(help="The brand's name.")] = "",
    out: Annotated[Path, typer.Option(help="Folder for the results.")] = Path("logos"),
    n: Annotated[int, typer.Option("-n", help="How many marks.")] = 8,
    seed: Annotated[int, typer.Option(help="Same seed, same marks.")] = 0,
    quiet: Annotated[bool, typer.Option(help="Print nothing but errors.")] = False,
) -> None:
    """Make marks for a brand: SVG, PNG and a sheet to look at."""
    if not 1 <= n <= MAX_MARKS:
        raise InputError(
            f"-n {n}: give a number from 1 to {MAX_MARKS}",
            ru=f"-n {n}: дайте число от 1 до {MAX_MARKS}",
        )
    brief = read(prompt, name=name or None)
    if brief.refused:
        refusal = brief.refused[0]
        raise InputError(f"{refusal.subject}: {refusal.instead}")
    letters = initials(brief.name or prompt)
    colours = [c.hex for c in brief.colours if c.hex and c.hex != "#ffffff"] or _INKS
    console = Console(quiet=quiet)
    table = Table("file", "style", "anchors", "colour")
    documents = []
    for index, style in enumerate(draw_styles(seed, n)):
        outline = trace(monogram(letters, style))
        ink = colours[index % len(colours)].lower()
        documents.append(_document(outline, title=f"{letters}, {style}", ink=ink))
        table.add_row(f"{index + 1}.svg", style, str(outline.n_anchors), ink)
    _write(out, documents, brief)
    console.print(table)
    console.print(
        "The mark model is not in this version yet: these are monograms of the name, drawn by the "
        "field algebra and traced by the codec; what the prompt describes is not drawn.\n"
        "Модели знаков в этой версии ещё нет: это монограммы названия."
    )
    console.print(f"{n} marks as SVG and PNG: {out}  (look at {out / 'sheet.png'})", soft_wrap=True)


def _document(outline: Outline, *, title: str, ink: str) -> str:
    return outline.to_svg(fill=ink).replace("<path", f"<title>{title}</title><path", 1)


def _write(out: Path, documents: list[str], brief: Brief) -> None:
    """Write all files beside `out` first and move them in when all are whole."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=".znak-", dir=out) as staging:
            for path in _draw(Path(staging), documents, brief):
                path.replace(out / path.name)
    except OSError as error:
        raise StorageError(
            f"{out} can't be written ({error.strerror}): choose another --out or free some space",
            ru=f"Не удалось записать в {out} ({error.strerror}): выберите другую папку --out",
        ) from error


def _draw(folder: Path, documents: list[str], brief: Brief) -> list[Path]:
    cells = []
    for index, svg in enumerate(documents, start=1):
        (folder / f"{index}.svg").write_text(svg + "\n", encoding="utf-8")
        picture = Image.fromarray(render(svg, 512))
        picture.save(folder / f"{index}.png", optimize=True)
        cells.append(picture.resize((_CELL, _CELL), Image.Resampling.LANCZOS))
    columns = min(4, len(cells))
    sheet = Image.new("RGB", (columns * _CELL, -(-len(cells) // columns) * _CELL), "white")
    for index, cell in enumerate(cells):
        sheet.paste(cell, (index % columns * _CELL, index // columns * _CELL), cell)
    sheet.save(folder / "sheet.png", optimize=True)
    (folder / "brief.json").write_text(brief.to_json() + "\n", encoding="utf-8")
    return sorted(folder.iterdir())
