"""What the mark commands share: options, the progress bar, the table, messages in two languages."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

if TYPE_CHECKING:
    from znak.brand.logo import Logo
    from znak.studio import Result
    from znak.studio.tools import Tools

Out = Annotated[Path, typer.Option(help="Folder for the results.")]
Count = Annotated[int, typer.Option("-n", help="How many marks; fewer are the first of more.")]
Seed = Annotated[int, typer.Option(help="Same seed, same marks.")]
Sizes = Annotated[
    list[int] | None,
    typer.Option("--size", help="Side of PNGs beside 512, up to 4096; repeatable."),
]
Steps = Annotated[int | None, typer.Option(help="Sampling steps; more is slower.")]
Guidance = Annotated[float | None, typer.Option(help="How strictly the text is followed.")]
EngineName = Annotated[
    str,
    typer.Option("--engine", help="flow (shipped), torch, gan, retrieval (research), monogram."),
]
CheckpointFile = Annotated[
    Path | None,
    typer.Option("--checkpoint", help="A trained model's file in place of the shipped."),
]
Corpus = Annotated[Path | None, typer.Option(help="The corpus folder for --engine retrieval.")]
Device = Annotated[str, typer.Option(help="For torch engines: auto, cpu, cuda …")]
Quiet = Annotated[bool, typer.Option(help="Print nothing but errors.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def choose_tools(engine: str, checkpoint: Path | None, corpus: Path | None, device: str) -> Tools:
    """Return the studio's tools that the options ask for."""
    from znak.studio.tools import open_tools

    return open_tools(engine, checkpoint=checkpoint, corpus=corpus, device=device)


@contextmanager
def progress_bar(*, hidden: bool) -> Iterator[Callable[[float], None]]:
    """Yield a function that moves a bar on stderr to a share done; none shows off a terminal."""
    console = Console(stderr=True)
    if hidden or not console.is_terminal:
        yield lambda share: None
        return
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn(), console=console,
        transient=True,
    )  # fmt: skip
    with bar:
        task = bar.add_task("Znak", total=1.0)
        yield lambda share: bar.update(task, completed=share)


def show_result(
    result: Result, out: Path, *, logos: Sequence[Logo] = (), quiet: bool, as_json: bool
) -> None:
    """Print the table of marks or logos, the notes and where the files are; or JSON."""
    from znak.cli import language
    from znak.studio.files import describe

    if as_json:
        typer.echo(
            json.dumps({"out": str(out), **describe(result, logos)}, ensure_ascii=False, indent=2)
        )
        return
    if quiet:
        return
    russian = language() == "ru"
    console = Console()
    table = Table(*_heads(russian, bool(logos)))
    for number, mark in enumerate(result, start=1):
        scores = mark.scores
        closest = ""
        if scores.closest is not None:
            closest = f"{scores.closest} ({scores.distance:.2f} px, {scores.percentile:.0f} %)"
        logo = logos[number - 1] if logos else None
        table.add_row(
            f"{number}.svg",
            mark.provenance.subject,
            mark.provenance.way,
            _figure(scores.match),
            _figure(scores.cleanness),
            str(mark.n_anchors or "") if logo is None else f"{logo.layout}, {logo.form}",
            " ".join(mark.colours[:3] if logo is None else logo.palette.colours),
            closest,
        )
    console.print(table)
    for english, said in dict.fromkeys([*result.notes, *(n for logo in logos for n in logo.notes)]):
        console.print(said if russian else english)
    for note in result.brief.notes:
        console.print(note, markup=False)
    if result.engine == "retrieval":
        console.print(
            "Это чужие рисунки из корпуса, только для исследований: не используйте как логотип."
            if russian
            else "These are others' drawings from the corpus, for research only: no logos to use."
        )
    count = len(result)
    console.print(
        f"{'Логотипов' if logos else 'Знаков'} в SVG и PNG: {count}, папка {out}  "
        f"(посмотрите {out / 'sheet.png'})"
        if russian
        else f"{count} {'logos' if logos else 'marks'} as SVG and PNG: {out}  "
        f"(look at {out / 'sheet.png'})",
        soft_wrap=True,
    )


def _heads(russian: bool, finished: bool) -> tuple[str, ...]:
    if russian:
        last = "компоновка" if finished else "узлов"
        return (
            "файл",
            "что",
            "как",
            "похоже",
            "чисто",
            last,
            "цвет",
            "ближайший известный рисунок",
        )
    last = "layout" if finished else "anchors"
    return ("file", "shows", "way", "match", "clean", last, "colour", "closest known drawing")


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"
