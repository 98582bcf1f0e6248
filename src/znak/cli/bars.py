"""What commands that work long share: bars on stderr, a training's lines, a missing extra."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from znak.errors import MissingError

if TYPE_CHECKING:
    from znak.training.run import Report

Steps = Callable[[str, int, int], None]
Rows = Callable[[int, int], None]


@contextmanager
def step_bars(
    *,
    hidden: bool = False,
    names: Mapping[str, str] | None = None,
    columns: tuple[ProgressColumn, ...] = (MofNCompleteColumn(),),
    kept: bool = False,
) -> Iterator[Steps]:
    """Show a bar for each step of the work in the block; yields `show(step, done, total)`.

    `names` says what a step is called, `columns` what stands between bar and time left; `kept` bars
    stay on the screen. A step of 0 in all has not said yet how long it is.
    """
    bars = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        *columns,
        TimeRemainingColumn(),
        console=Console(stderr=True),
        disable=hidden,
        transient=not kept,
    )
    tasks: dict[str, TaskID] = {}

    def show(step: str, done: int, total: int) -> None:
        if step not in tasks:
            tasks[step] = bars.add_task((names or {}).get(step, step), total=None)
        bars.update(tasks[step], completed=done, total=total or None)

    with bars:
        yield show


@contextmanager
def row_bar(what: str, *, hidden: bool = False) -> Iterator[Rows]:
    """Show one bar of rows while the block runs; yields `show(done, total)`."""
    with step_bars(hidden=hidden) as show:
        show(what, 0, 0)
        yield lambda done, total: show(what, done, total)


@contextmanager
def add_bar(what: str, total: int, *, hidden: bool = False) -> Iterator[Callable[[int], None]]:
    """Show one bar of `total` while the block runs; yields what is called with how much came just now."""
    done = 0

    def advance(more: int) -> None:
        nonlocal done
        done += more
        show(what, done, total)

    with step_bars(hidden=hidden) as show:
        show(what, 0, total)
        yield advance


@contextmanager
def training_bar(console: Console, *, total: int) -> Iterator[Callable[[Report], None]]:
    """Show how far a training is: a line a report on `console`, and on a terminal a bar below them."""
    bar = Progress(
        TextColumn("{task.completed:,.0f} of {task.total:,.0f}"),
        BarColumn(),
        console=console,
        transient=True,
    )
    with bar:
        task = bar.add_task("", total=total)

        def show(report: Report) -> None:
            bar.update(task, completed=report.samples)
            console.print(describe_report(report), soft_wrap=True, highlight=False)

        yield show


def describe_report(report: Report) -> str:
    """Return a line: samples seen, figures, samples a second, time left."""
    left = int(report.seconds_left)
    figures = "  ".join(f"{k} {v:.4g}" for k, v in report.figures.items())
    return (
        f"{report.samples:>12,}  {figures}  {report.rate:.0f}/s  "
        f"left {left // 3600}:{left // 60 % 60:02d}:{left % 60:02d}"
    )


@contextmanager
def train_extra() -> Iterator[None]:
    """Turn a missing package into the command that installs it."""
    try:
        yield
    except ImportError as error:
        raise MissingError(
            f"this needs the extra 'train' ({error.name} is missing): pip install 'znak[train]'",
            ru=f"Для этого нужен набор 'train' (нет {error.name}): pip install 'znak[train]'",
        ) from error
