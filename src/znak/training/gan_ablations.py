"""The table of ablations: each improvement of the seed's GAN alone, equal samples seen.

    znak train ablations DATA --out runs/ablations --samples 200000

Every line of `IMPROVEMENTS` is a run of preset seed-32 with one change, `gan-32` all of them at
once; each with several seeds. A finished run is not trained again, so a stopped table goes on.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from znak.atomic import write_bytes
from znak.errors import DataError, InputError, ZnakError
from znak.metrics.extractors import Extractor, Remembered
from znak.training.evaluate import EvaluationPlan, evaluate_checkpoint
from znak.training.folder import CHECKPOINT, MODEL
from znak.training.gan_config import IMPROVEMENTS
from znak.training.gan_start import (
    PicturesOrder,
    prepare_pictures,
    resolve_pictures_order,
    train_pictures,
)
from znak.training.log import read_log
from znak.training.run import Limits

ALL = "all of them (gan-32)"
_KEPT = (
    "FD-",
    "KD-",
    "IS-",
    "precision",
    "recall",
    "density",
    "coverage",
    "text match",
    "text pick",
)


@dataclass(frozen=True)
class AblationPlan:
    """How large the table is: samples seen by each run, seeds, images measured."""

    samples: int = 200_000
    seeds: int = 3
    n: int = 1_000
    batch: int = 64
    lines: Sequence[str] = (*IMPROVEMENTS, ALL)
    settings: tuple[tuple[str, Any], ...] = ()


def run_ablations(
    data: Path,
    out: Path,
    *,
    cache: Path,
    extract: Extractor,
    plan: AblationPlan,
    device: str = "auto",
    progress: Callable[[str, int, int], None] = lambda what, done, total: None,
) -> dict[str, Any]:
    """Train and measure every line with every seed; write table.json and table.md to `out`."""
    unknown = [name for name in plan.lines if name not in (*IMPROVEMENTS, ALL)]
    if unknown or plan.seeds < 1:
        raise InputError(
            f"lines {unknown}, seeds {plan.seeds}: known lines are {', '.join((*IMPROVEMENTS, ALL))}",
            ru=f"Строки {unknown}, зёрна {plan.seeds}: известны {', '.join((*IMPROVEMENTS, ALL))}",
        )
    own = sorted({"batch", "samples", "seed"} & dict(plan.settings).keys())
    if own:
        raise InputError(
            f"--set {own[0]}: the table sets it for all its runs, give --batch, --samples or --seeds",
            ru=f"--set {own[0]}: таблица задаёт это сама, используйте --batch, --samples или --seeds",
        )
    jobs = [(line, seed) for seed in range(plan.seeds) for line in plan.lines]
    results: list[dict[str, Any]] = []
    extract = Remembered(extract)
    for done, (line, seed) in enumerate(jobs):
        progress(f"{line}, seed {seed}", done, len(jobs))
        run = out / f"{line.split(' (')[0].replace(' ', '-')}-{seed}"
        path = run / "ablation.json"
        if not path.is_file():
            result = _train_line(data, run, line, seed, plan, cache, extract, device)
            write_bytes(path, (json.dumps(result, ensure_ascii=False, indent=1) + "\n").encode())
        held = json.loads(path.read_text(encoding="utf-8"))
        had, wanted = (held.get("samples"), held.get("batch")), (plan.samples, plan.batch)
        if had != wanted:
            raise DataError(
                f"{run} was trained for {had[0]} samples in batches of {had[1]}, not {wanted[0]} in "
                f"batches of {wanted[1]}: give another --out",
                ru=f"{run}: обучено на {had[0]} образцах пакетами по {had[1]}, а нужно {wanted[0]} "
                f"пакетами по {wanted[1]}: укажите другой --out",
            )
        results.append(held)
        table = make_table(results, plan)
        write_bytes(out / "table.json", (json.dumps(table, ensure_ascii=False, indent=1)).encode())
        write_bytes(out / "table.md", print_table(table).encode())
    progress("done", len(jobs), len(jobs))
    return table


def _train_line(
    data: Path,
    run: Path,
    line: str,
    seed: int,
    plan: AblationPlan,
    cache: Path,
    extract: Extractor,
    device: str,
) -> dict[str, Any]:
    preset = "gan-32" if line == ALL else "seed-32"
    settings: dict[str, Any] = {
        "batch": plan.batch,
        "seed": seed,
        "samples": plan.samples,
        "log_every": max(plan.samples // 20, plan.batch),
        "sheet_every": max(plan.samples // 4, plan.batch),
        "metrics_epochs": 0,
        **({} if line == ALL else {"pictures.text": "content", **IMPROVEMENTS[line]}),
        **dict(plan.settings),
    }
    resume = (run / CHECKPOINT).is_file()
    order = PicturesOrder(
        data, run, preset, settings={} if resume else settings, resume=resume, cache=cache,
        device=device,
    )  # fmt: skip
    config = resolve_pictures_order(order)
    learner, fingerprint = prepare_pictures(order, config)
    report = train_pictures(learner, order, fingerprint, limits=Limits())
    if report.stopped_by != "samples":
        raise ZnakError(
            f"stopped by {report.stopped_by} in {run}: run the same command to go on from there",
            ru=f"остановлено ({report.stopped_by}) в {run}: запустите ту же команду, чтобы продолжить",
        )
    found = evaluate_checkpoint(
        run / MODEL,
        data,
        cache=cache,
        extract=extract,
        plan=EvaluationPlan(n=plan.n, replicates=0, train=2_000),
    )
    rates = [entry["images_per_second"] for entry in read_log(run)]
    return {
        "line": line,
        "seed": seed,
        "samples": plan.samples,
        "batch": plan.batch,
        "type": config.type,
        "synthetic": found.about["synthetic"],
        "data": found.about["data"],
        "parameters": found.about["parameters"],
        "images a second": float(np.median(rates)),
        "n": found.figures[0].n if found.figures else 0,
        "figures": {f.name: f.value for f in found.figures if f.name.startswith(_KEPT)},
        "left out": found.plain()["left out"],
    }


def make_table(results: list[dict[str, Any]], plan: AblationPlan) -> dict[str, Any]:
    """Return mean and spread (sample standard deviation over the seeds) of every line's figures."""
    lines: dict[str, Any] = {}
    for line in plan.lines:
        own = [r for r in results if r["line"] == line]
        if not own:
            continue
        figures = {}
        for name in own[0]["figures"]:
            values = [r["figures"][name] for r in own if name in r["figures"]]
            spread = float(np.std(values, ddof=1)) if len(values) > 1 else None
            figures[name] = {"mean": float(np.mean(values)), "spread": spread, "values": values}
        lines[line] = {
            "seeds": len(own),
            "images a second": float(np.median([r["images a second"] for r in own])),
            "parameters": own[0]["parameters"],
            "figures": figures,
        }
    return {
        "samples": plan.samples,
        "batch": plan.batch,
        "type": results[0]["type"] if results else None,
        "n": max((r["n"] for r in results), default=0),
        "synthetic": any(r["synthetic"] for r in results),
        "data": results[0]["data"] if results else None,
        "lines": lines,
    }


def print_table(table: dict[str, Any]) -> str:
    """Return the table as Markdown, with how small it is on top."""
    names = list(
        dict.fromkeys(name for line in table["lines"].values() for name in line["figures"])
    )
    kind = (
        "**Synthetic data: nothing here is a figure of the real data set.** The same on that one: "
        "`znak data fetch amazing-logos --to data/amazing && sh runs/ablations.sh data/amazing`. "
        if table["synthetic"]
        else ""
    )
    seeds = max((line["seeds"] for line in table["lines"].values()), default=0)
    out = [
        f"{kind}32 px, {table['samples']:,} samples seen by each run, batch {table['batch']}, "
        f"{table['type']}, up to {seeds} seeds (mean ± standard deviation), {table['n']:,} images against as many held-out "
        "pictures.",
        "",
        "| | " + " | ".join(names) + " | images/s |",
        "|---|" + "---|" * (len(names) + 1),
    ]
    for title, line in table["lines"].items():
        cells = []
        for name in names:
            figure = line["figures"].get(name)
            if figure is None:
                cells.append("–")
                continue
            spread = "" if figure["spread"] is None else f" ± {figure['spread']:.2g}"
            cells.append(f"{figure['mean']:.4g}{spread}")
        out.append(f"| {title} | " + " | ".join(cells) + f" | {line['images a second']:.0f} |")
    return "\n".join(out) + "\n"
