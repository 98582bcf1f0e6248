"""`znak train gan`, `rgb`, `ablations`, `encoder`: models that draw or see pictures.

znak train gan data/amazing --preset seed-baseline --out runs/seed
znak train rgb data/amazing --preset flow-rgb-32 --out runs/flow-32
torchrun --nproc-per-node 2 -m znak train rgb data/amazing --preset flow-rgb-32 --out runs/flow-32
znak train ablations data/amazing --out runs/ablations
znak train encoder CORPUS --out runs/encoder
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from znak.cli.bars import step_bars, train_extra, training_bar
from znak.cli.train import Device, DryRun, Minutes, Out, Resume, Samples, Settings, parse_setting
from znak.errors import DataError

if TYPE_CHECKING:
    from znak.training.gan_start import PicturesOrder

Data = Annotated[
    Path,
    typer.Argument(help="Parquet files of amazing_logos_v4's schema, or a cache made of them."),
]
Cache = Annotated[
    Path | None, typer.Option(help="Folder for what is computed once (default: beside OUT).")
]
Preset = Annotated[
    str | None,
    typer.Option(
        help="seed-baseline (of gan), seed-32, gan-32, gan-64, flow-rgb-32 (of rgb) or flow-rgb-64."
    ),
]


def register(train: typer.Typer) -> None:
    """Add the commands to `znak train`."""
    train.command("gan", help="Train the seed's GAN, or what improves it, on logos with captions.")(
        _pictures("seed-baseline", Path("runs/gan"))
    )
    train.command(
        "rgb",
        help="Train the flow transformer on logos with captions; several processes by torchrun.",
    )(_pictures("flow-rgb-32", Path("runs/flow-rgb")))
    train.command("encoder")(encoder)
    train.command("ablations")(ablations)


def _pictures(first: str, folder: Path) -> Callable[..., None]:
    """Return a command that trains a model of pictures; all take the same options."""

    def command(
        data: Data,
        out: Out = folder,
        preset: Preset = None,
        settings: Settings = None,
        minutes: Minutes = None,
        samples: Samples = None,
        resume: Resume = False,
        cache: Cache = None,
        device: Device = "auto",
        dry_run: DryRun = False,
    ) -> None:
        with train_extra():
            from znak.training.gan_start import PicturesOrder
        order = PicturesOrder(
            data=data,
            out=out,
            preset=preset or (None if resume else first),
            settings=dict(parse_setting(s) for s in settings or []),
            resume=resume,
            cache=cache or out.parent / "cache",
            device=device,
        )
        _go(order, minutes=minutes, samples=samples, dry_run=dry_run)

    return command


def _go(order: PicturesOrder, *, minutes: float | None, samples: int | None, dry_run: bool) -> None:
    from znak.models.config import plain
    from znak.models.device import pick_device
    from znak.training.folder import MODEL
    from znak.training.gan_start import prepare_pictures, resolve_pictures_order, train_pictures
    from znak.training.ranks import ALONE, join_ranks, leave_ranks
    from znak.training.run import Limits

    config = resolve_pictures_order(order)
    if dry_run:
        Console().print_json(json.dumps(plain(config)))
        return
    if not order.data.exists():
        raise DataError(
            f"there is no {order.data}: give a folder of parquet files (znak data fetch amazing-logos "
            "--to DIR) or a cache of them",
            ru=f"Нет {order.data}: укажите папку с parquet (znak data fetch amazing-logos --to DIR) "
            "или кэш",
        )
    several = int(os.environ.get("WORLD_SIZE", "1")) > 1
    ranks = join_ranks(pick_device(order.device)) if several else ALONE
    console = Console(quiet=not ranks.writes)
    learner, fingerprint = prepare_pictures(order, config, ranks)
    parameters = sum(p.numel() for p in learner.model.parameters())
    about: Any = learner.about()
    console.print(
        f"{config.preset or order.preset}: {parameters:,} parameters, batch {config.batch}, text encoder "
        f"{about['encoder']}, into {order.out}"
        + (", synthetic data" if about["synthetic"] else ""),
        soft_wrap=True,
    )
    whole = min(learner.config.samples, samples or learner.config.samples)
    with training_bar(console, total=whole) as show:
        report = train_pictures(
            learner,
            order,
            fingerprint,
            limits=Limits(minutes, samples),
            on_log=show,
            ranks=ranks,
        )
    leave_ranks(ranks)
    console.print(
        f"stopped by {report.stopped_by} at {report.samples:,} samples: {order.out / MODEL}; go on "
        "with --resume",
        soft_wrap=True,
    )


def encoder(
    corpus: Annotated[Path, typer.Argument(help="A corpus made by `znak corpus build`.")],
    out: Out = Path("runs/encoder"),
    settings: Settings = None,
    minutes: Minutes = None,
    samples: Samples = None,
    resume: Resume = False,
    device: Device = "auto",
    dry_run: DryRun = False,
) -> None:
    """Train the drawing encoder that the metrics stand on, on the corpus's split "train"."""
    with train_extra():
        from znak.models.checkpoint import read_checkpoint
        from znak.models.config import build, override, plain
        from znak.models.device import pick_device
        from znak.training.drawing_encoder import EncoderLearner, EncoderRun, load_named
        from znak.training.folder import CHECKPOINT, MODEL
        from znak.training.run import Limits, run
    values: dict[str, Any] = {}
    if resume:
        values = read_checkpoint(out / CHECKPOINT, kind="encoder-run").config
    changes = dict(parse_setting(s) for s in settings or [])
    config = build(EncoderRun, override(values, changes))
    console = Console()
    if dry_run:
        console.print_json(json.dumps(plain(config)))
        return
    drawings = load_named(corpus, "train", min_class=config.min_class)
    held_out = load_named(corpus, "valid", classes=drawings.classes)
    learner = EncoderLearner(config, drawings, held_out, device=pick_device(device))
    console.print(f"{len(drawings.labels):,} drawings of {len(drawings.classes)} concepts")

    with training_bar(console, total=min(config.samples, samples or config.samples)) as show:
        report = run(
            learner,
            out,
            fingerprint=drawings.fingerprint(),
            limits=Limits(minutes, samples),
            resume=resume,
            on_log=show,
        )
    console.print(f"stopped by {report.stopped_by} at {report.samples:,} samples: {out / MODEL}")


def ablations(
    data: Data,
    out: Out = Path("runs/ablations"),
    samples: Annotated[int, typer.Option(help="Samples seen by each run.", min=1)] = 200_000,
    seeds: Annotated[int, typer.Option(help="Runs of each line.", min=1)] = 3,
    n: Annotated[int, typer.Option("-n", help="Images measured.", min=1)] = 1_000,
    batch: Annotated[int, typer.Option(help="Pictures a step.", min=1)] = 64,
    settings: Settings = None,
    cache: Cache = None,
    device: Device = "auto",
) -> None:
    """Train the seed's GAN with each improvement alone and with all, and print the table."""
    with train_extra():
        from znak.metrics.extractors import open_extractor
        from znak.models.device import pick_device
        from znak.training.gan_ablations import AblationPlan, print_table, run_ablations
    plan = AblationPlan(
        samples=samples,
        seeds=seeds,
        n=n,
        batch=batch,
        settings=tuple(parse_setting(s) for s in settings or []),
    )
    console = Console()
    with step_bars() as show:

        def tell(what: str, done: int, total: int) -> None:
            console.print(f"{done}/{total} {what}", highlight=False)
            show("ablations", done, total)

        table = run_ablations(
            data,
            out,
            cache=cache or out / "cache",
            extract=open_extractor("znak", device=pick_device(device)),
            plan=plan,
            device=device,
            progress=tell,
        )
    console.print(print_table(table), soft_wrap=True, markup=False, highlight=False)
