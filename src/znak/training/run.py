"""Run folders: a training run with its config, log, sheets and checkpoints, resumable to the bit.

A run folder holds::

    config.json         resolved config, data fingerprint, environment, and how it was resumed
    log.jsonl           a line of figures each `log_every` samples
    tensorboard/        the same, when tensorboard is installed
    sheets/*.png        fixed prompts from fixed noise
    last.ckpt           everything needed to go on (masters, moments, averages, step)
    model.safetensors   the averaged weights, half precision, for use

Batches, noise and times depend on the seed and the step alone, so the step is the whole state of
the random numbers and of the data order.
"""

from __future__ import annotations

import math
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import torch

from znak.errors import DataError
from znak.training.folder import (
    CHECKPOINT,
    export_model,
    load_state,
    open_folder,
    save_sheet,
    save_state,
)
from znak.training.log import Log
from znak.training.loop import Learner, Step, train
from znak.training.ranks import ALONE, Ranks


@dataclass(frozen=True)
class Limits:
    """When to stop: after `minutes` of this call, or at `samples` seen in all; None for no limit."""

    minutes: float | None = None
    samples: int | None = None


@dataclass
class Report:
    """How a call of `run` went; passed to `on_log` as it goes."""

    samples: int = 0
    figures: dict[str, float] = field(default_factory=dict)
    rate: float = 0.0
    seconds_left: float = math.inf
    stopped_by: str = ""


def run(
    learner: Learner,
    folder: Path,
    *,
    fingerprint: str,
    limits: Limits,
    resume: bool = False,
    on_log: Callable[[Report], None] = lambda report: None,
    on_sheet: Callable[[Report], None] = lambda report: None,
    ranks: Ranks = ALONE,
) -> Report:
    """Train until a limit or a signal; leave a checkpoint and the exported model in `folder`.

    `on_sheet` is called after each sheet is written. Of several `ranks` the first one keeps the
    folder and decides when to stop, the others only compute.
    Raises DataError when the loss is not finite, or the folder's checkpoint is damaged or of other
    data; the last good checkpoint stays.
    """
    ranks.check(learner.config.batch)
    if not ranks.writes:
        return _follow(learner, folder, fingerprint=fingerprint, resume=resume, ranks=ranks)
    start = open_folder(learner, folder, fingerprint, resume)
    batch = learner.config.batch
    last = min(learner.config.samples, limits.samples or learner.config.samples)
    report = Report(samples=start * batch)
    began = saved = time.monotonic()
    window: list[Step] = []
    window_began, done = began, start
    with Log(folder, start * batch) as log, _signals() as stopped:
        if start == 0:
            save_state(learner, folder, 0, fingerprint)
        ranks.wait()
        ranks.agree(done * batch < last)
        while done * batch < last:
            for step in train(learner, done):
                window.append(step)
                done, now = step.number, time.monotonic()
                late = limits.minutes is not None and now - began > limits.minutes * 60
                over = done * batch >= last
                if late or over or stopped or _due(step, batch, learner.config.log_every):
                    report.figures = _figures(window, folder)
                    now = time.monotonic()
                    report.samples = done * batch
                    report.rate = len(window) * batch / max(now - window_began, 1e-9)
                    report.seconds_left = _left(report, limits, last, now - began)
                    drawn = _due(step, batch, learner.config.sheet_every)
                    if drawn:
                        report.figures |= learner.evaluate()
                        save_sheet(learner, folder, report.samples)
                    log.add(report.samples, report.figures | {"images_per_second": report.rate})
                    if drawn:
                        on_sheet(report)
                    on_log(report)
                    window, window_began = [], time.monotonic()
                if now - saved > learner.config.checkpoint_minutes * 60 and not window:
                    save_state(learner, folder, done, fingerprint)
                    saved = time.monotonic()
                if ranks.agree(bool(late or over or stopped)):
                    report.stopped_by = stopped[0] if stopped else "time" if late else "samples"
                    break
            if report.stopped_by:
                break
        report.stopped_by = report.stopped_by or "samples"  # a finished run resumed: nothing to do
        save_state(learner, folder, done, fingerprint)
        save_sheet(learner, folder, done * batch)
        export_model(learner, folder, done * batch, fingerprint)
        on_sheet(report)
    return report


def _follow(
    learner: Learner, folder: Path, *, fingerprint: str, resume: bool, ranks: Ranks
) -> Report:
    """Compute this process's share until process 0 says stop; write nothing."""
    ranks.wait()
    start = load_state(learner, folder, fingerprint) if resume else 0
    report = Report(samples=start * learner.config.batch, stopped_by="process 0")
    if ranks.agree(False):
        for step in train(learner, start):
            report.samples = step.samples
            if ranks.agree(False):
                break
    return report


def _due(step: Step, batch: int, every: int) -> bool:
    return step.samples // every > (step.samples - batch) // every


def _left(report: Report, limits: Limits, last: int, spent: float) -> float:
    by_samples = (last - report.samples) / max(report.rate, 1e-9)
    if limits.minutes is None:
        return by_samples
    return max(0.0, min(by_samples, limits.minutes * 60 - spent))


def _figures(window: list[Step], folder: Path) -> dict[str, float]:
    """Return the window's mean figures; raise DataError when one is not finite."""
    means: dict[str, float] = {}
    for key in window[0].figures:
        values = torch.stack([torch.as_tensor(s.figures[key]).float().cpu() for s in window])
        if not values.isfinite().all():
            first = window[int((~values.isfinite()).nonzero()[0])]
            raise DataError(
                f"{key} is {values[~values.isfinite()][0]} at step {first.number} ({first.samples:,} "
                f"samples): stopped; {folder / CHECKPOINT} is from before it. Resume with a lower "
                "learning rate (optim.rate; of a GAN rate_critic, rate_generator)",
                ru=f"{key} перестал быть числом на шаге {first.number}; {folder / CHECKPOINT} цел: "
                "продолжите с меньшим optim.rate (у GAN — rate_critic, rate_generator)",
            )
        means[key] = float(values.mean())
    return means


@contextmanager
def _signals() -> Iterator[list[str]]:
    """Collect the names of SIGTERM and SIGINT in a list instead of dying of the first of them."""
    caught: list[str] = []

    def note(number: int, frame: FrameType | None) -> None:
        if caught:
            raise KeyboardInterrupt
        caught.append(signal.Signals(number).name)

    former = {}
    try:
        for number in (signal.SIGTERM, signal.SIGINT):
            former[number] = signal.signal(number, note)
    except ValueError:  # not in the main thread: signals stay with whoever handles them
        pass
    try:
        yield caught
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
