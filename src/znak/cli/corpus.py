"""`znak corpus …`: build the training corpus."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from znak.cli.bars import step_bars, train_extra
from znak.errors import ZnakError

app = typer.Typer(help="The corpus of drawings that models are trained on.", no_args_is_help=True)
_STEPS = {
    "install": "packages",
    "draw": "drawings",
    "captions": "captions",
    "cluster": "near-copies",
    "concepts": "concepts",
    "write": "tables",
}


@app.callback()
def corpus() -> None:
    """Build, look at and pack the corpus of drawings."""


@app.command()
def build(
    out: Annotated[Path, typer.Option(help="Folder for the corpus: new, empty or a corpus.")],
    cache: Annotated[
        Path | None,
        typer.Option(
            help="Folder for the npm packages (1 GB), kept; by default ~/.cache/znak/npm."
        ),
    ] = None,
    sets: Annotated[str, typer.Option(help="Only these icon sets, with commas between.")] = "",
    limit: Annotated[
        int | None, typer.Option(min=1, help="Only the first drawings of each set.")
    ] = None,
    processes: Annotated[int, typer.Option(min=1, help="Drawing processes.")] = 2,
    quiet: Annotated[bool, typer.Option(help="Print nothing but errors.")] = False,
) -> None:
    """Build the corpus from npm's icon packages; a stopped build goes on where it stopped."""
    with train_extra():
        from znak.corpus.build import build as build_corpus
        from znak.corpus.minilm import MiniLM
    vectors = MiniLM.load()
    chosen = [name.strip() for name in sets.split(",") if name.strip()] or None
    with step_bars(hidden=quiet, names=_STEPS, kept=True) as show:
        try:
            manifest = build_corpus(
                out,
                cache=cache or Path.home() / ".cache" / "znak" / "npm",
                sets=chosen,
                limit=limit,
                processes=processes,
                vectors=vectors,
                progress=show,
            )
        except KeyboardInterrupt as stop:
            raise ZnakError(
                f"stopped; what is drawn is kept in {out / 'work'}: run the same command to go on, "
                f"or delete {out}",
                ru=f"остановлено; нарисованное лежит в {out / 'work'}: запустите ту же команду, "
                f"чтобы продолжить, или удалите {out}",
            ) from stop
    if not quiet:
        _print(Console(), out, manifest)


def _print(console: Console, out: Path, manifest: dict[str, Any]) -> None:
    """Print the counts, and where the time went."""
    counts, seconds = manifest["counts"], manifest["seconds"]
    table = Table("corpus", "", title=str(out), title_justify="left")
    for name in ("drawings", "solid", "clusters", "concepts", "interface", "brands"):
        table.add_row(name, f"{counts[name]:,}")
    for group in ("derived", "splits", "rejects"):
        table.add_row(group, ", ".join(f"{name} {n:,}" for name, n in counts[group].items()))
    console.print(table)
    times = Table(
        "step", "seconds", "drawings/s", title="where the time goes", title_justify="left"
    )
    workers = ("render", "colour", "field", "measure", "derive")
    for name in [n for n in workers if n in seconds] + [n for n in seconds if n not in workers]:
        rate = f"{counts['drawings'] / seconds[name]:,.0f}" if seconds[name] > 0 else ""
        table_name = f"{name} (processor time, all processes)" if name in workers else name
        times.add_row(table_name, f"{seconds[name]:,.1f}", rate)
    console.print(times)
    if manifest["looked_at"]:
        rate = manifest["looked_at"] / max(seconds["draw, wall clock"], 1e-9)
        console.print(
            f"{manifest['looked_at']:,} icons looked at in this run, {rate:,.0f} a second"
        )
