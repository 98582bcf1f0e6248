"""`znak compare RUN…`: runs side by side on the same held-out texts, with metrics and cost.

Each run is evaluated anew, with one extractor and one plan, so that nothing in the table comes from
different conditions. Runs of different sizes stand against pictures of their own size.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch

from znak.atomic import write_bytes
from znak.errors import DataError, InputError
from znak.metrics.extractors import Extractor, Remembered
from znak.training.compare_report import write_report
from znak.training.evaluate import Evaluation, EvaluationPlan, evaluate_checkpoint
from znak.training.folder import MODEL
from znak.training.log import read_log


def compare_runs(
    runs: Sequence[Path],
    data: Path,
    out: Path,
    *,
    cache: Path,
    extract: Extractor,
    plan: EvaluationPlan | None = None,
    device: torch.device | str = "cpu",
    language: str = "en",
    progress: Callable[[str, int, int], None] = lambda what, done, total: None,
) -> list[Evaluation]:
    """Evaluate every run, write comparison.json and comparison.html to `out`, return the results.

    Raises DataError when a run has no exported model, or the runs' texts are not the same.
    """
    if not runs:
        raise InputError("name at least one run's folder", ru="Укажите хотя бы одну папку запуска")
    found: list[Evaluation] = []
    extract = Remembered(extract)  # the same held-out and training pictures for every run
    names = name_runs(runs)
    for run, name in zip(runs, names, strict=True):
        model = run / MODEL if run.is_dir() else run
        if not model.is_file():
            raise DataError(
                f"{run} has no {MODEL}: train it to its end, or give a checkpoint",
                ru=f"В {run} нет {MODEL}: доучите модель или укажите файл весов",
            )
        result = evaluate_checkpoint(
            model,
            data,
            cache=cache,
            extract=extract,
            plan=plan,
            device=device,
            progress=lambda what, done, total, name=name: progress(f"{name}: {what}", done, total),  # type: ignore[misc]
        )
        cost = read_cost(run) if run.is_dir() else {}
        found.append(replace(result, name=name, about=result.about | cost))
    record = {
        "when": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "runs": [result.plain() for result in found],
    }
    write_bytes(
        out / "comparison.json", (json.dumps(record, ensure_ascii=False, indent=1) + "\n").encode()
    )
    write_report(out / "comparison.html", found, language=language)
    return found


def name_runs(runs: Sequence[Path]) -> list[str]:
    """Return the runs' folder names, with the folder above where two are alike."""
    names = [run.name or str(run) for run in runs]
    return [
        f"{run.parent.name}/{name}" if names.count(name) > 1 else name
        for run, name in zip(runs, names, strict=True)
    ]


def read_cost(run: Path) -> dict[str, Any]:
    """Return what a run's folder says of its training: images a second, time a step, environment."""
    lines = [line for line in read_log(run) if "images_per_second" in line]
    rates = [line["images_per_second"] for line in lines]
    try:
        record = json.loads((run / "config.json").read_text(encoding="utf-8"))
        batch = int(record["config"]["batch"])
        environment = record["history"][-1]["environment"]
    except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
        raise DataError(
            f"{run / 'config.json'} can't be read ({error}): give a run's folder",
            ru=f"{run / 'config.json'} не читается ({error})",
        ) from error
    middle = sorted(rates)[len(rates) // 2] if rates else None
    seen = [0, *(line["samples"] for line in lines)]
    spent = sum((b - a) / rate for (a, b), rate in zip(pairwise(seen), rates, strict=True))
    return {
        "images a second in training": middle,
        "seconds a step": batch / middle if middle else None,
        "minutes of training": spent / 60,
        "threads": environment.get("threads"),
        "device": environment.get("device"),
    }
