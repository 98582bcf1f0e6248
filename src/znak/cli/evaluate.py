"""`znak evaluate`: the metrics of a checkpoint that draws colour images.

znak evaluate runs/gan/model.safetensors --data data/amazing --out runs/gan/evaluation
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from znak.cli.bars import step_bars, train_extra
from znak.cli.data import pick_language

Data = Annotated[
    Path, typer.Option(help="Parquet files of amazing_logos_v4's schema, or a cache of them.")
]
Cache = Annotated[Path | None, typer.Option(help="Folder for what is computed once.")]
N = Annotated[int, typer.Option("-n", help="How many images at most.", min=1)]
Split = Annotated[str, typer.Option(help="What they stand against: valid or test.")]
Extractor = Annotated[
    str, typer.Option("--extractor", help="znak (shipped), or inception (torch-fidelity's).")
]
Weights = Annotated[Path | None, typer.Option(help="The extractor's weights.")]
Steps = Annotated[int | None, typer.Option(help="Steps of a flow model.", min=1)]
Guidance = Annotated[float | None, typer.Option(help="Guidance of a flow model.")]
Seed = Annotated[int, typer.Option(help="The first image's seed.", min=0)]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda …")]
Language = Annotated[
    str | None, typer.Option(help="Language of the report: en or ru; by default your own.")
]


def register(app: typer.Typer) -> None:
    """Add `znak evaluate` to the command line."""
    app.command("evaluate")(evaluate)


def evaluate(
    checkpoint: Annotated[Path, typer.Argument(help="Weights of a GAN or of an RGB flow model.")],
    data: Data,
    out: Annotated[Path | None, typer.Option(help="Folder of the result.")] = None,
    n: N = 2_000,
    split: Split = "valid",
    extractor: Extractor = "znak",
    weights: Weights = None,
    steps: Steps = None,
    guidance: Guidance = None,
    seed: Seed = 0,
    cache: Cache = None,
    device: Device = "auto",
    language: Language = None,
) -> None:
    """Measure a checkpoint: FD or FID, IS, KD or KID, precision … text match, memorisation."""
    with train_extra():
        from znak.metrics.extractors import open_extractor
        from znak.models.device import pick_device
        from znak.training.evaluate import EvaluationPlan, evaluate_checkpoint, write_evaluation
    spoken = pick_language(language)
    where = pick_device(device)
    folder = out or checkpoint.parent / "evaluation"
    with step_bars() as progress:
        found = evaluate_checkpoint(
            checkpoint,
            data,
            cache=cache or folder / "cache",
            extract=open_extractor(extractor, weights=weights, device=where),
            plan=EvaluationPlan(n=n, split=split, seed=seed, steps=steps, guidance=guidance),
            device=where,
            progress=progress,
        )
    result, report = write_evaluation(found, folder, language=spoken)
    console = Console()
    say_synthetic(console, found.about["synthetic"], spoken)
    for figure in found.figures:
        console.print(str(figure), soft_wrap=True, highlight=False, markup=False)
    for what, why in found.left_out.items():
        console.print(f"{what}: {why.text(spoken)}", soft_wrap=True, highlight=False, markup=False)
    console.print(f"{result}, {report}", soft_wrap=True, markup=False)


def say_synthetic(console: Console, synthetic: bool, language: str) -> None:
    """Print that figures are of synthetic data, where they are."""
    if synthetic:
        console.print(
            "Данные синтетические: ни одно число не относится к настоящему набору."
            if language == "ru"
            else "synthetic data: the figures say nothing about the real data set"
        )
