"""`znak train export`, `match`, `originality`: what the package ships, made from runs and a corpus.

znak train export runs/marks --form runs/form
znak train export --fold runs/guidance
znak train match data/pack
znak train originality data/corpus
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from znak.cli.bars import train_extra
from znak.errors import InputError


def register(train: typer.Typer) -> None:
    """Add the commands to `znak train`."""
    train.command("export")(export)
    train.command("match")(match)
    train.command("originality")(originality)


def export(
    run: Annotated[
        Path | None,
        typer.Argument(
            help="A run's folder, or its model.safetensors. Left out: the file stays, and the form "
            "network goes beside it."
        ),
    ] = None,
    form: Annotated[Path | None, typer.Option(help="The form network's run or file.")] = None,
    fold: Annotated[
        Path | None,
        typer.Option(help="A run of `znak train guidance` or its file, to go beside the weights."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="The file to write; by default the package's own place.")
    ] = None,
    steps: Annotated[
        int | None,
        typer.Option(
            help="Sampling steps by default: 5, 4 before a form network, 6 with guidance folded in.",
            min=1,
        ),
    ] = None,
    guidance: Annotated[float, typer.Option(help="Guidance by default.", min=0)] = 4.0,
    interval: Annotated[
        tuple[float, float], typer.Option(help="Times between which guidance acts.")
    ] = (0.0, 0.75),
    shift: Annotated[float, typer.Option(help="Above 1: more steps near the noise.")] = 1.0,
    last: Annotated[
        float | None,
        typer.Option(
            help="Time of the last step: even, 0.6 before a form network, 0.7 with guidance folded in.",
            min=0,
        ),
    ] = None,
    quality: Annotated[float, typer.Option(help="Time from which the form network draws.")] = 0.7,
    form_steps: Annotated[int, typer.Option(help="Steps of the form network.", min=1)] = 1,
    mirror: Annotated[
        float, typer.Option(help="Overlap with the mirror image that makes symmetric.", max=1)
    ] = 0.92,
    temperature: Annotated[
        float, typer.Option(help="Spread of the noise that a mark begins with.", min=0.01, max=2)
    ] = 0.7,
    form_temperature: Annotated[
        float, typer.Option(help="Spread of the form network's noise.", min=0.01, max=2)
    ] = 0.8,
) -> None:
    """Write the run-time file of trained weights, which `znak make` then uses."""
    with train_extra():
        from znak.engine.base import Sampling
        from znak.engine.flow import form_path, guidance_path, shipped_path
        from znak.training.export import export as export_weights
        from znak.training.export import export_form, export_guidance
    path = out or shipped_path()
    if fold is not None:
        steps, last = steps or 6, 0.7 if last is None else last
    elif form is not None:
        steps, last = steps or 4, 0.6 if last is None else last
    sampling = Sampling(
        steps=steps or 5,
        guidance=guidance,
        interval=interval,
        shift=shift,
        last=last,
        quality=quality,
        form_steps=form_steps,
        mirror=mirror,
        temperature=temperature,
        form_temperature=form_temperature,
    )
    console = Console()
    if run is None and form is None and fold is None:
        raise InputError(
            "nothing to export: give a run, --form or --fold",
            ru="Нечего экспортировать: дайте запуск, --form или --fold",
        )
    if run is not None:
        size = export_weights(run, path, form=form, sampling=sampling)
        console.print(f"{path}  {size / 1e6:.1f} MB", soft_wrap=True)
    elif form is not None:
        size = export_form(form, path, sampling=asdict(sampling))
        console.print(f"{form_path(path)}  {size / 1e6:.1f} MB", soft_wrap=True)
    if fold is not None:
        size = export_guidance(fold, path, sampling={"steps": steps, "last": last})
        console.print(f"{guidance_path(path)}  {size / 1e6:.1f} MB", soft_wrap=True)


def match(
    pack: Annotated[Path, typer.Argument(help="A pack made by `znak corpus pack`.")],
    out: Annotated[
        Path | None, typer.Option(help="The file to write; by default the package's own place.")
    ] = None,
    minutes: Annotated[float, typer.Option(help="How long to train.", min=0.01)] = 15,
    cache: Annotated[Path | None, typer.Option(help="Folder for what is computed once.")] = None,
    seed: Annotated[int, typer.Option(help="Of weights and batches.")] = 0,
) -> None:
    """Train the tower that judges how well a mark shows its text."""
    with train_extra():
        from znak.engine.match import shipped_path
        from znak.training.match import train_match
    console = Console()

    def show(samples: int, loss: float, recall: float) -> None:
        console.print(f"{samples:>10,}  loss {loss:.3f}  recall@5 {recall:.3f}", highlight=False)

    path = out or shipped_path()
    size = train_match(
        pack, path, minutes=minutes, cache=cache or pack.parent / "cache", seed=seed, on_log=show
    )
    console.print(f"{path}  {size / 1e6:.2f} MB", soft_wrap=True)


def originality(
    corpus: Annotated[Path, typer.Argument(help="A corpus folder (znak corpus build).")],
    out: Annotated[
        Path | None, typer.Option(help="The file to write; by default the package's own place.")
    ] = None,
    components: Annotated[int, typer.Option(help="Length of a feature.", min=4, max=128)] = 32,
) -> None:
    """Build the index of known drawings and brand logos: names and features, no pictures."""
    with train_extra():
        from znak.engine.originality import shipped_path
        from znak.training.originality import build_index
    path = out or shipped_path()
    rows, size = build_index(corpus, path, components=components)
    Console().print(f"{path}  {rows:,} drawings  {size / 1e6:.2f} MB", soft_wrap=True)
