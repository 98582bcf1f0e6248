"""`znak eda`: the exploratory analysis of logos with captions.

znak eda data/amazing --out eda --language ru
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from znak.cli.bars import step_bars, train_extra
from znak.cli.data import Paths, Processes, Quiet, pick_language

_RU = {
    "captions": "подписи",
    "text": "текст",
    "pictures": "картинки",
    "images": "изображения",
    "both": "слова и картинки",
    "maps": "карты",
}


def register(cli: typer.Typer) -> None:
    """Add `znak eda` to the command line."""
    cli.command("eda")(eda)


def eda(
    paths: Paths,
    out: Annotated[
        Path, typer.Option(help="Folder for the report: new, empty or an earlier report.")
    ],
    language: Annotated[str | None, typer.Option(help="en or ru; by default your own.")] = None,
    text_only: Annotated[bool, typer.Option(help="Leave the images out.")] = False,
    map_points: Annotated[int, typer.Option(help="Points of each map; 0 for no maps.")] = 1500,
    processes: Processes = 2,
    quiet: Quiet = False,
) -> None:
    """Explore logos with captions: one page, tables and figures."""
    with train_extra():
        from znak.corpus.eda.explore import REPORT, Options, explore
    spoken = pick_language(language)
    options = Options(
        language=spoken, text_only=text_only, map_points=map_points, processes=processes
    )
    with step_bars(hidden=quiet, names=_RU if spoken == "ru" else None) as show:
        summary = explore(paths, out, options, progress=show)
    console = Console(quiet=quiet)
    if summary["synthetic"]:
        console.print(
            "Данные синтетические: ни одно число не относится к настоящему набору."
            if spoken == "ru"
            else "The data are synthetic: no figure is one of the real data set."
        )
    console.print(str(out / REPORT), soft_wrap=True, highlight=False)
