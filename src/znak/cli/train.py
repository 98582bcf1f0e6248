"""`znak train`: the networks of the mark model.

znak train flow PACK --out runs/marks --minutes 60
znak train flow PACK --out runs/marks --resume --set optim.decay_at=9000000
znak train form PACK --out runs/form --from runs/marks/model.safetensors
znak train guidance PACK --out runs/guidance --first runs/marks/model.safetensors
znak train mend PACK --out mend.npz
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer
from rich.console import Console

from znak.cli.bars import train_extra, training_bar
from znak.errors import DataError, InputError

if TYPE_CHECKING:
    from znak.training.start import Order

train = typer.Typer(help="Train the models of marks.", no_args_is_help=True)

Pack = Annotated[Path, typer.Argument(help="A pack made by `znak corpus pack`.")]
Out = Annotated[Path, typer.Option(help="The run's folder.")]
Preset = Annotated[str, typer.Option(help="Settings to begin with: marks, marks-tiny, …")]
Settings = Annotated[
    list[str] | None, typer.Option("--set", help="A setting, as in model.width=384; repeatable.")
]
Minutes = Annotated[float | None, typer.Option(help="Stop after so many minutes.", min=0)]
Samples = Annotated[int | None, typer.Option(help="Stop at so many samples in all.", min=1)]
Resume = Annotated[bool, typer.Option(help="Go on from the folder's last checkpoint.")]
Begin = Annotated[
    Path | None,
    typer.Option(
        "--from",
        "--first",
        help="flow: begin from these exported weights. form: the first stage's weights, whose marks "
        "its sheets show drawn again. guidance: the first stage, a run's or the package's.",
    ),
]
Encoder = Annotated[str, typer.Option(help="Text vectors: znak (shipped) or minilm (teacher).")]
Cache = Annotated[Path | None, typer.Option(help="Folder for what is computed once.")]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1 …")]
DryRun = Annotated[bool, typer.Option(help="Print the resolved settings and end.")]

STAGES = {
    "flow": (Path("runs/marks"), "Train the flow transformer: text → 32-px (or 64-px) field."),
    "form": (
        Path("runs/form"),
        "Train the form network, which draws the later times on 64-px fields.",
    ),
    "guidance": (
        Path("runs/guidance"),
        "Teach a trained first stage to draw in one pass what guidance makes of two.",
    ),
}
"""The stages of the mark model: where a run goes by default, and what the command does."""


def register(app: typer.Typer) -> None:
    """Add `znak train` to the command line."""
    app.add_typer(train, name="train")


def _stage(kind: str, folder: Path) -> Callable[..., None]:
    """Return the command that trains a stage; both take the same options."""

    def command(
        pack: Pack,
        out: Out = folder,
        preset: Preset = "marks",
        settings: Settings = None,
        minutes: Minutes = None,
        samples: Samples = None,
        resume: Resume = False,
        begin: Begin = None,
        encoder: Encoder = "minilm",
        cache: Cache = None,
        device: Device = "auto",
        dry_run: DryRun = False,
    ) -> None:
        with train_extra():
            from znak.training.start import Order
        order = Order(
            kind=kind,
            pack=pack,
            out=out,
            preset=preset,
            settings=dict(parse_setting(s) for s in settings or []),
            resume=resume,
            encoder=encoder,
            cache=cache or pack.parent / "cache",
            device=device,
        )
        _go(order, minutes=minutes, samples=samples, start=begin, dry_run=dry_run)

    return command


for _kind, (_folder, _help) in STAGES.items():
    train.command(_kind, help=_help)(_stage(_kind, _folder))


@train.command("mend")
def mend(
    pack: Pack,
    out: Annotated[Path, typer.Option(help="The file of weights.")] = Path("mend.npz"),
    minutes: Annotated[float, typer.Option(help="How long to train.", min=0.01)] = 20,
    cache: Cache = None,
) -> None:
    """Train the small network that mends rough fields before they are regularised."""
    with train_extra():
        from znak.corpus.pack import unpack
        from znak.training.mend import train as train_mend
        from znak.training.mend import write_weights
    drawings = unpack(pack, cache or pack.parent / "cache", kind="solid")
    rows = np.flatnonzero(np.asarray(drawings.split) == "train")
    console = Console()

    def show(step: int, ratio: float, rate: float) -> None:
        console.print(f"{step:>8,}  error left {ratio:.3f}  {rate:.0f}/s", highlight=False)

    write_weights(out, train_mend(drawings.fields[rows], minutes=minutes, on_log=show))
    console.print(str(out), soft_wrap=True)


def parse_setting(setting: str) -> tuple[str, Any]:
    """Return name and value of "name=value"; values are JSON, anything else is a string."""
    name, equals, text = setting.partition("=")
    if not equals or not name:
        raise InputError(
            f"--set {setting!r}: write name=value, as in model.width=384",
            ru=f"--set {setting!r}: пишите имя=значение, например model.width=384",
        )
    try:
        return name, json.loads(text)
    except ValueError:
        return name, text


def _go(
    order: Order,
    *,
    minutes: float | None,
    samples: int | None,
    start: Path | None,
    dry_run: bool,
) -> None:
    from znak.models.config import plain
    from znak.training.folder import MODEL
    from znak.training.run import Limits, run
    from znak.training.start import prepare, resolve_order

    console = Console()
    config = resolve_order(order)
    if dry_run:
        console.print_json(json.dumps(plain(config)))
        return
    if not order.pack.exists():
        raise DataError(
            f"there is no pack {order.pack}: make one with znak corpus pack",
            ru=f"Нет пакета {order.pack}: создайте его командой znak corpus pack",
        )
    learner, fingerprint = prepare(order, config, start)
    parameters = sum(p.numel() for p in learner.model.parameters())
    console.print(
        f"{order.kind}: {parameters:,} parameters, batch {config.batch}, into {order.out}"
    )
    with training_bar(console, total=min(config.samples, samples or config.samples)) as show:
        report = run(
            learner,
            order.out,
            fingerprint=fingerprint,
            limits=Limits(minutes, samples),
            resume=order.resume,
            on_log=show,
        )
    console.print(
        f"stopped by {report.stopped_by} at {report.samples:,} samples: {order.out / MODEL}; go on "
        "with --resume",
        soft_wrap=True,
    )
