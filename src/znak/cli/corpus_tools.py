"""`znak corpus report`, `pack` and `export`: what is done with a finished corpus."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from znak.cli.bars import add_bar, train_extra

Folder = Annotated[Path, typer.Argument(help="Folder of a built corpus.", show_default=False)]


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.command("report")(report)
    app.command("pack")(pack)
    app.command("export")(export)


def report(
    corpus: Folder,
    out: Annotated[
        Path | None, typer.Option(help="The page; by default report.html beside DIR.")
    ] = None,
    language: Annotated[str, typer.Option(help="en or ru.")] = "en",
    quiet: Annotated[bool, typer.Option(help="Print nothing but errors.")] = False,
) -> None:
    """Write a page to look at: counts, sheets, concepts, near-copies."""
    with train_extra():
        from znak.corpus.batches import count_drawings
        from znak.corpus.report import write_report
    place = out or corpus.absolute().with_name(corpus.absolute().name + "-report.html")
    with add_bar("report", 2 * count_drawings(corpus), hidden=quiet) as advance:
        write_report(corpus, place, language=language, progress=advance)
    Console(quiet=quiet).print(str(place), soft_wrap=True)


def pack(
    corpus: Folder,
    out: Annotated[Path, typer.Option(help="Folder for the pack.")],
    lines: Annotated[
        bool, typer.Option(help="Pack line drawings too, in their own files.")
    ] = False,
    processes: Annotated[int, typer.Option(min=1, max=64, help="Processes to use.")] = 2,
    quiet: Annotated[bool, typer.Option(help="Print nothing but errors.")] = False,
) -> None:
    """Pack what training needs into files of at most 60 MB, solid drawings first."""
    with train_extra():
        import pyarrow.dataset as ds

        from znak.corpus.batches import count_drawings
        from znak.corpus.packing import write_pack
    total = count_drawings(corpus, where=None if lines else ds.field("solid"))
    with add_bar("pack", total, hidden=quiet) as advance:
        index = write_pack(corpus, out, lines=lines, processes=processes, progress=advance)
    console = Console(quiet=quiet)
    for file in index["files"]:
        size, rows = file["bytes"], file["rows"]
        note = f"{size / 1e6:.1f} MB, {rows:,} drawings, {size / rows:.0f} bytes each"
        console.print(f"{out / file['name']}  {note}", soft_wrap=True, highlight=False)


def export(
    out: Annotated[Path, typer.Argument(help="The parquet file to write.", show_default=False)],
    corpus: Annotated[Path, typer.Option(help="Folder of a built corpus.")],
    rows: Annotated[int, typer.Option(help="Number of rows.")],
    schema: Annotated[str, typer.Option(help="amazing-logos.")] = "amazing-logos",
    dirt: Annotated[bool, typer.Option(help="Add the dirt of the real data set.")] = False,
    seed: Annotated[int, typer.Option(help="Same seed, same rows.")] = 0,
    processes: Annotated[int, typer.Option(min=1, max=64, help="Processes to use.")] = 2,
    quiet: Annotated[bool, typer.Option(help="Print nothing but errors.")] = False,
) -> None:
    """Render a synthetic data set of logos with captions, labelled synthetic."""
    with train_extra():
        from znak.corpus.export import export as write_export
    with add_bar("export", max(rows, 0), hidden=quiet) as advance:
        write_export(
            corpus,
            out,
            rows=rows,
            schema=schema,
            dirt=dirt,
            seed=seed,
            processes=processes,
            progress=advance,
        )
    Console(quiet=quiet).print(f"{rows:,} synthetic rows: {out}", soft_wrap=True, highlight=False)
