"""`znak data …`: logos with captions in the schema of `amazing_logos_v4`.

znak data fetch amazing-logos --to data/amazing
znak data check data/amazing
znak data cache data/amazing --to data/cache --size 32
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import DownloadColumn, TransferSpeedColumn
from rich.table import Table

from znak.cli.bars import row_bar, step_bars, train_extra
from znak.errors import InputError

if TYPE_CHECKING:
    from znak.corpus.amazing.check import Check

app = typer.Typer(help="Logos with captions: fetch, check, cache.", no_args_is_help=True)

Paths = Annotated[
    list[Path], typer.Argument(help="Parquet files, or folders of them.", show_default=False)
]
Processes = Annotated[int, typer.Option(min=1, max=64, help="Processes to use.")]
Quiet = Annotated[bool, typer.Option(help="Print nothing but errors.")]
_RU = {
    "missing": "картинки нет",
    "too large": "картинка больше 50 Мпикс",
    "undecodable": "картинка не читается",
    "caption null": "подписи нет (null)",
    "file damaged": "файл повреждён",
    "caption empty": "подпись пустая",
    "caption too long": "подпись длиннее 2000 знаков",
    "caption not parsed": "подпись не по грамматике",
    "one colour": "картинка одного цвета",
    "animated": "анимация (берётся первый кадр)",
    "smaller than 8 px": "меньше 8 px",
    "wider or taller than 8,000 px": "шире или выше 8000 px",
    "exact copies": "точные копии",
    "near copies": "почти копии",
    "same caption": "та же подпись",
}
_EN = {
    "missing": "no picture",
    "too large": "picture above 50 Mpx",
    "undecodable": "picture undecodable",
    "caption too long": "caption above 2,000 characters",
    "caption not parsed": "caption off the grammar",
    "one colour": "picture of one colour",
    "animated": "animated (first frame taken)",
}


@app.callback()
def data() -> None:
    """Logos with captions in parquet files: fetch, check, cache."""


def register(cli: typer.Typer) -> None:
    """Add `znak data` to the command line."""
    cli.add_typer(app, name="data")


@app.command()
def fetch(
    name: Annotated[str, typer.Argument(help="amazing-logos.", show_default=False)],
    to: Annotated[Path, typer.Option(help="Folder for the files.")],
    hub: Annotated[
        str, typer.Option(help="Address of the hub or of a mirror.", envvar="HF_ENDPOINT")
    ] = "https://huggingface.co",
    quiet: Quiet = False,
) -> None:
    """Fetch a data set from the hub (9.3 GB); a stopped fetch goes on where it stopped."""
    with train_extra():
        from znak.corpus.amazing.fetch import fetch as fetch_files
    columns = (DownloadColumn(), TransferSpeedColumn())
    with step_bars(hidden=quiet, columns=columns, kept=True) as show:
        paths = fetch_files(
            name,
            to,
            hub=hub.rstrip("/"),
            progress=lambda path, done, total: show(Path(path).name, done, total),
        )
    console = Console(quiet=quiet)
    console.print(f"{len(paths)} files: {to}", soft_wrap=True, highlight=False)
    console.print(f"znak data check {to}", soft_wrap=True, highlight=False)


@app.command("check")
def check_files(
    paths: Paths,
    processes: Processes = 2,
    language: Annotated[str | None, typer.Option(help="en or ru; by default your own.")] = None,
    quiet: Quiet = False,
) -> None:
    """Say what is wrong with files: exit code 0 when every row can be used, 1 when some can't."""
    with train_extra():
        from znak.corpus.amazing.check import check
    spoken = pick_language(language)
    with row_bar("check", hidden=quiet) as show:
        report = check(paths, processes=processes, progress=show)
    if not quiet:
        _print(Console(), report, spoken)
    if not report.clean:
        raise typer.Exit(1)


@app.command()
def cache(
    paths: Paths,
    to: Annotated[Path, typer.Option(help="Folder for caches; each has its own inside.")],
    size: Annotated[int, typer.Option(help="Side in pixels: 28, 32, 64 or 128.")] = 32,
    fit: Annotated[str, typer.Option(help="pad, or stretch as the seed did.")] = "pad",
    seed: Annotated[int, typer.Option(help="Seed of the split.")] = 0,
    processes: Processes = 2,
    quiet: Quiet = False,
) -> None:
    """Decode all pictures once into the memory-mapped cache that training reads."""
    with train_extra():
        from znak.corpus.amazing.cache import CacheSettings, build_cache, open_cache
    settings = CacheSettings(size=size, fit=fit, seed=seed)
    with row_bar("cache", hidden=quiet) as show:
        folder = build_cache(paths, to, settings, processes=processes, progress=show)
    console = Console(quiet=quiet)
    made = open_cache(folder)
    if made.synthetic:
        console.print("synthetic: made from drawings of icon sets, no real logos")
    for name, count in made.manifest["counts"].items():
        console.print(f"{name}: {count:,}", highlight=False)
    console.print(str(folder), soft_wrap=True, highlight=False)


def _print(console: Console, report: Check, language: str) -> None:
    russian = language == "ru"
    words = _RU if russian else _EN
    heads = ("", "строк", "%", "первые строки") if russian else ("", "rows", "%", "first rows")
    table = Table(*heads)
    files = len(report.files)
    title = (f"файлов {files}, строк {report.rows:,}".replace(",", " ") if russian
             else f"{files} files, {report.rows:,} rows")  # fmt: skip
    for name, finding in report.findings.items():
        if name == "file damaged":
            continue
        share = f"{100 * finding.count / report.rows:.2f}" if finding.count else ""
        rows = ", ".join(map(str, finding.rows))
        table.add_row(
            words.get(name, name), f"{finding.count:,}" if finding.count else "–", share, rows
        )
    console.print(title, highlight=False)
    if report.synthetic:
        note = (
            "Файлы синтетические: рисунки наборов значков, не настоящие логотипы."
            if russian
            else "The files are synthetic: drawings of icon sets, no real logos."
        )
        console.print(note)
    console.print(table)
    for error in report.damaged.values():
        console.print(error.text(language), soft_wrap=True, highlight=False)


def pick_language(language: str | None) -> str:
    """Return "en" or "ru": the option, else the user's own."""
    if language is None:
        from znak.cli import language as own

        return own()
    if language not in ("en", "ru"):
        raise InputError(
            f"--language {language!r}: choose en or ru",
            ru=f"--language {language!r}: выберите en или ru",
        )
    return language
