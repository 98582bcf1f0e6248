"""`znak train judge`: the model that benchmarks/marks.py measures with, and nothing else uses.

znak train judge data/pack --out runs/judge.safetensors --minutes 5
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from znak.cli.bars import train_extra

if TYPE_CHECKING:
    from znak.training.judge import Report


def register(train: typer.Typer) -> None:
    """Add the command to `znak train`."""
    train.command("judge")(judge)


def judge(
    pack: Annotated[Path, typer.Argument(help="A pack made by `znak corpus pack`.")],
    out: Annotated[Path, typer.Option(help="The file to write.")] = Path("runs/judge.safetensors"),
    minutes: Annotated[float, typer.Option(help="How long to train at most.", min=0.01)] = 5,
    steps: Annotated[
        int | None, typer.Option(help="Train so many steps instead: repeatable.", min=1)
    ] = None,
    most: Annotated[int | None, typer.Option(help="Use so many drawings only.", min=2)] = None,
    cache: Annotated[Path | None, typer.Option(help="Folder for what is computed once.")] = None,
    processes: Annotated[int, typer.Option(help="For tracing, once.", min=1)] = 1,
    seed: Annotated[int, typer.Option(help="Of weights and batches.")] = 0,
) -> None:
    """Train the judge of the mark benchmark: outlines and names it shares with no other model."""
    with train_extra():
        from znak.corpus.pack import unpack
        from znak.metrics.prompts import load_prompts
        from znak.training.judge import learn, load_lessons, write_judge
    console = Console()
    folder = cache or pack.parent / "cache"
    lessons, tried = load_lessons(unpack(pack, folder), folder, processes=processes, most=most)
    console.print(f"{len(lessons):,} drawings to learn from, {len(tried):,} to stop by")

    def show(report: Report) -> None:
        first, fifth = report.recall
        console.print(
            f"{report.step:>7,}  loss {report.loss:.3f}  recall@1 {first:.3f}  @5 {fifth:.3f}",
            highlight=False,
        )

    trained, about = learn(
        lessons, tried, load_prompts(), minutes=minutes, steps=steps, seed=seed, on_log=show
    )
    write_judge(out, trained)
    first, fifth = about["recall"]
    console.print(f"{out}  recall@1 {first:.3f}  @5 {fifth:.3f}", soft_wrap=True)
