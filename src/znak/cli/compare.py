"""`znak compare`: runs side by side.

znak compare runs/seed runs/gan-32 runs/flow-32 --data data/amazing --out runs/comparison
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from znak.cli.bars import step_bars, train_extra
from znak.cli.data import pick_language
from znak.cli.evaluate import (
    Cache,
    Data,
    Device,
    Extractor,
    Language,
    N,
    Seed,
    Split,
    Weights,
    say_synthetic,
)


def register(app: typer.Typer) -> None:
    """Add `znak compare` to the command line."""
    app.command("compare")(compare)


def compare(
    runs: Annotated[list[Path], typer.Argument(help="Folders of runs, or checkpoints.")],
    data: Data,
    out: Annotated[Path, typer.Option(help="Folder of the result.")] = Path("runs/comparison"),
    n: N = 2_000,
    split: Split = "valid",
    extractor: Extractor = "znak",
    weights: Weights = None,
    seed: Seed = 0,
    cache: Cache = None,
    device: Device = "auto",
    language: Language = None,
) -> None:
    """Compare runs: metrics with confidence, samples of the same texts, time, parameters."""
    with train_extra():
        from znak.metrics.extractors import open_extractor
        from znak.models.device import pick_device
        from znak.training.compare import compare_runs
        from znak.training.evaluate import EvaluationPlan
    spoken = pick_language(language)
    where = pick_device(device)
    with step_bars() as progress:
        found = compare_runs(
            runs,
            data,
            out,
            cache=cache or out / "cache",
            extract=open_extractor(extractor, weights=weights, device=where),
            plan=EvaluationPlan(n=n, split=split, seed=seed),
            device=where,
            language=spoken,
            progress=progress,
        )
    console = Console()
    say_synthetic(console, any(result.about["synthetic"] for result in found), spoken)
    table = Table("показатель" if spoken == "ru" else "figure", *(result.name for result in found))
    for name in dict.fromkeys(f.name for result in found for f in result.figures):
        cells = []
        for result in found:
            figure = next((f for f in result.figures if f.name == name), None)
            cells.append("–" if figure is None else f"{figure.value:.4g}")
        table.add_row(name, *cells)
    console.print(table)
    console.print(f"{out / 'comparison.html'}", soft_wrap=True, markup=False)
