"""The mark model beside real drawings, retrieval and the seed's GAN, by an independent judge.

    python benchmarks/marks.py PACK --judge judge.safetensors [--model marks.safetensors]
        [--gan gan.safetensors] [--seeds 32] [--concepts 300] [--out figures.json] [--sheets DIR]

One run prints every figure of every condition (`conditions.py`); `docs/marks.md` says what each
means. Rows of the table are figures, columns conditions. A condition whose weights are absent is
left out with a note. Without --model the shipped weights are taken.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from conditions import (
    OF,
    Marks,
    draw,
    first_of,
    machine,
    rank,
    repeat,
    sample,
    take_nearest,
    take_real,
    time_engine,
    train_rows,
)
from contact import write_sheets
from rich.console import Console
from rich.table import Table

from znak.atomic import write_bytes
from znak.corpus.pack import Pack, unpack
from znak.engine import match as match_file
from znak.engine import originality
from znak.engine.base import Engine
from znak.engine.flow import is_shipped, load_flow, shipped_path
from znak.engine.originality import reduce
from znak.errors import MissingError, ZnakError
from znak.fields.sdf import dequantise
from znak.metrics.features import Features
from znak.metrics.frechet import measure_frechet
from znak.metrics.judge import TrainedJudge, load_judge
from znak.metrics.kernel import measure_kernel
from znak.metrics.marks import (
    FORMS,
    NOTHING,
    Share,
    match_counts,
    measure_copies,
    measure_diversity,
    measure_gap,
    measure_recall,
    spread_of,
)
from znak.metrics.prompts import Prompts, fingerprint, in_reference, load_prompts, real_rows
from znak.words import load_encoder

MOST = 4
"""Drawings of a concept in the reference that distances are measured to."""
SHOWN = 8
"""Marks of a concept that diversity is measured on."""
_BLOCK = 8192


def nearest_training(
    fields: np.ndarray, rows: np.ndarray, pack: Pack, *, dimensions: int = 256
) -> np.ndarray:
    """Return the distance (field px) of each field to the nearest training drawing.

    Both framed (so that shift and scale don't matter) and reduced to 16×16; the mirror image counts.
    """
    views = np.concatenate([reduce(fields), reduce(np.ascontiguousarray(fields[:, :, ::-1]))])
    own = np.einsum("nk,nk->n", views, views)
    best = np.full(len(views), np.inf, np.float32)
    for low in range(0, len(rows), _BLOCK):
        known = reduce(dequantise(np.ascontiguousarray(pack.fields[rows[low : low + _BLOCK]])))
        gap = own[:, None] + np.einsum("nk,nk->n", known, known) - 2 * (views @ known.T)
        best = np.minimum(best, gap.min(axis=1))
    return np.sqrt(np.maximum(best.reshape(2, -1).min(axis=0), 0) / dimensions)


class Bench:
    """What all conditions are measured with."""

    def __init__(
        self, pack: Pack, prompts: Prompts, judge: TrainedJudge, *, processes: int, replicates: int
    ) -> None:
        self.pack, self.prompts, self.judge, self.replicates = pack, prompts, judge, replicates
        every = take_real(pack, prompts, most=10**6, processes=processes)
        assert every.clusters is not None
        apart = in_reference(every.clusters)
        self.reference, self.real = every.take(apart), every
        self.train = train_rows(pack)
        # a drawing apart from the reference, for the distances of real to real
        self.aside = every.take(~apart)
        self.counts = {c: self.reference.concepts.count(c) for c in prompts.concepts}
        self.reference = self.reference.take(first_of(self.reference.concepts, MOST))
        self.held = nearest_training(every.fields, self.train, pack)
        diverse = set(prompts.diverse)
        shown = every.take(np.array([c in diverse for c in every.concepts]))
        shown = shown.take(first_of(shown.concepts, SHOWN))
        seen = judge.see(shown.rasters)
        places = judge.places(seen, shown.concepts, prompts.concepts)
        self.real_spread = spread_of(seen.vectors, places, shown.concepts)

    def measure(self, marks: Marks, *, per_mark: Marks | None = None) -> dict[str, Any]:
        """Return all figures of `marks`; `per_mark` are those that recall is measured on."""
        judged = marks if per_mark is None else per_mark
        prompts, replicates = self.prompts, self.replicates
        seen = self.judge.see(judged.rasters)
        places = self.judge.places(seen, judged.concepts, prompts.concepts)
        found: dict[str, Any] = {
            f"recall@{k}": measure_recall(places, judged.concepts, k=k, replicates=replicates)
            for k in (1, 5)
        }
        compared = self.aside if marks is self.real else marks
        rows = match_counts(compared.concepts, self.counts, most=MOST)
        compared = compared.take(rows)
        found |= self._distances(compared)
        found["marks compared"] = len(compared)
        diverse = set(prompts.diverse)
        shown = marks.take(np.array([c in diverse for c in marks.concepts]))
        shown = shown.take(first_of(shown.concepts, SHOWN))
        found["diversity"] = NOTHING
        if len(shown):
            seen = self.judge.see(shown.rasters)
            places = self.judge.places(seen, shown.concepts, prompts.concepts)
            found["diversity"] = measure_diversity(
                seen.vectors, places, shown.concepts, self.real_spread, replicates=replicates
            )
        own = self.held if marks is self.real else self._nearest(marks)
        found["near copies"] = (
            measure_copies(own, marks.concepts, self.held, replicates=replicates)
            if len(self.held) >= 100
            else NOTHING
        )
        for k, form in enumerate(FORMS):
            found[f"KS {form}"] = measure_gap(compared.forms[:, k], self.reference.forms[:, k])
        found["empty"] = float(np.mean([outline is None for outline in marks.outlines]))
        return found

    def _nearest(self, marks: Marks) -> np.ndarray:
        return nearest_training(marks.fields, self.train, self.pack)

    def _distances(self, marks: Marks) -> dict[str, Share]:
        a, b = self._features(marks), self._features(self.reference)
        size = min(1000, len(a), len(b))
        if size < 10:
            return {"KD ×1000": NOTHING, "FD": NOTHING}
        replicates = min(self.replicates, 100)
        kernel = measure_kernel(a, b, subset_size=size, subsets=50, replicates=replicates)
        found = {"KD ×1000": scaled(kernel.value, kernel.interval, kernel.n, 1000), "FD": NOTHING}
        n = min(len(a), len(self.aside), len(b))  # biased by the number: the same for all columns
        if n > a.vectors.shape[1]:
            kept = np.random.default_rng(0).permutation(len(a))[:n]
            part = Features(a.vectors[kept], a.extractor, a.resize)
            frechet = measure_frechet(part, b, replicates=replicates)
            found["FD"] = scaled(frechet.value, frechet.interval, frechet.n, 1)
        return found

    def _features(self, marks: Marks) -> Features:
        seen = self.judge.see(marks.rasters)
        # unit vectors times √d, so that the kernel (xᵀy/d + 1)³ is (cosine + 1)³
        return Features(
            seen.vectors * np.float32(seen.vectors.shape[1] ** 0.5), seen.extractor, seen.resize
        )


def scaled(value: float, interval: tuple[float, float] | None, n: int, by: float) -> Share:
    ends = None if interval is None else (interval[0] * by, interval[1] * by)
    return Share(value * by, ends, n)


def open_model(path: Path | None, note: Callable[[str], None]) -> Engine | None:
    """Return the shipped engine on `path` or on the shipped weights; None, with a note, without."""
    if path is None and not is_shipped():
        note(f"no model: there are no weights at {shipped_path().name}; give --model FILE")
        return None
    return load_flow(path)


def time_model(
    engine: Engine, path: Path | None, prompts: Prompts, note: Callable[[str], None]
) -> dict[str, tuple[float, float]]:
    """Return wall and processor ms per mark: the shipped engine in float32, torch in both types."""
    n = 32
    times = {"float32, shipped engine": time_engine(engine, prompts.concepts, n=n)}
    try:
        import torch

        from znak.engine.trained import open_trained

        other = open_trained(path or shipped_path(), device="cpu")
    except (ImportError, MissingError) as error:
        note(f"no times in bf16: {error}")
        return times
    times["float32, torch"] = time_engine(other, prompts.concepts, n=n)
    with torch.autocast("cpu", torch.bfloat16):
        times["bf16, torch"] = time_engine(other, prompts.concepts, n=n)
    return times


def restrict(prompts: Prompts, n: int) -> Prompts:
    """Return the first `n` of the frozen prompts: for a quick look, its figures compare with none."""
    kept = prompts.concepts[:n]
    return Prompts(kept, {c: prompts.counts[c] for c in kept}, prompts.corpus)


def gather(
    options: argparse.Namespace,
    bench: Bench,
    engine: Engine | None,
    note: Callable[[str], None],
) -> dict[str, dict[str, Any]]:
    """Return the figures of every condition that can be had."""
    prompts, processes, n = bench.prompts, options.processes, options.seeds
    columns = {"real": bench.measure(bench.real)}
    nearest = take_nearest(
        bench.pack,
        prompts,
        load_encoder(),
        per_concept=min(n, SHOWN),
        processes=processes,
    )
    columns["retrieval"] = bench.measure(nearest, per_mark=nearest.take(first_of(nearest.concepts)))
    if engine is not None:
        note(f"sampling {n * len(prompts.concepts):,} marks")
        fields = sample(engine, prompts.concepts, per_concept=n)
        every = draw("model", repeat(prompts.concepts, n), fields, processes=processes)
        if options.sheets is not None:
            pages = write_sheets(every.outlines, prompts.concepts, options.sheets)
            note(f"{len(pages)} contact sheets in {options.sheets}")
        columns["model"] = bench.measure(every, per_mark=every.take(first_of(every.concepts)))
        tower = match_file.load_match() if match_file.shipped_path().is_file() else None
        index = originality.load_index() if originality.shipped_path().is_file() else None
        for name, tool in (("match tower", tower), ("index of known drawings", index)):
            if tool is None:
                note(f"best of {OF}: ranked without the {name}, which this checkout lacks")
        if n >= OF:
            rows = rank(fields, prompts.concepts, per_concept=n, match=tower, index=index)
            ranked = every.take(rows)
            columns[f"best of {OF}"] = bench.measure(
                ranked, per_mark=ranked.take(first_of(ranked.concepts))
            )
        else:
            note(f"no best of {OF}: it needs --seeds {OF} or more")
    if options.gan is None or not options.gan.is_file():
        note(
            "no seed GAN: give --gan FILE, trained on the same fields for the same time (docs/marks.md)"
        )
    else:
        from znak.engine.trained import open_trained

        other = open_trained(options.gan, device="cpu")
        drawn = sample(other, prompts.concepts, per_concept=min(n, SHOWN))
        marks = draw(
            "seed GAN", repeat(prompts.concepts, min(n, SHOWN)), drawn, processes=processes
        )
        columns["seed GAN"] = bench.measure(marks, per_mark=marks.take(first_of(marks.concepts)))
    return columns


def show(columns: dict[str, dict[str, Any]], console: Console) -> None:
    table = Table("figure", *columns)
    for name in next(iter(columns.values())):
        cells = [column[name] for column in columns.values()]
        table.add_row(name, *(c if isinstance(c, str) else write(c) for c in cells))
    console.print(table)


def write(value: Any) -> str:
    if isinstance(value, Share | int):
        return str(value)
    return "–" if np.isnan(value) else f"{value:.3f}"


def plain(value: Any) -> Any:
    """Return figures ready for JSON."""
    if isinstance(value, Share):
        return {"value": plain(value.value), "interval": value.interval, "concepts": value.n}
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    return None if isinstance(value, float) and np.isnan(value) else value


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pack", type=Path, help="the pack that the prompts were frozen with")
    parser.add_argument("--judge", type=Path, required=True, help="made by znak train judge")
    parser.add_argument("--model", type=Path, help="a run-time file; by default the shipped one")
    parser.add_argument("--gan", type=Path, help="a GAN's model.safetensors")
    parser.add_argument("--prompts", type=Path, help="a list of prompts other than the frozen one")
    parser.add_argument("--concepts", type=int, help="use the first so many only: a quick look")
    parser.add_argument("--seeds", type=int, default=32, help="marks of a concept that are sampled")
    parser.add_argument("--replicates", type=int, default=1000, help="of the bootstrap")
    parser.add_argument("--processes", type=int, default=1, help="for tracing")
    parser.add_argument("--cache", type=Path, help="folder for what is computed once")
    parser.add_argument("--no-times", action="store_true", help="leave the times out")
    parser.add_argument("--out", type=Path, help="write the figures as JSON too")
    parser.add_argument("--sheets", type=Path, help="folder for contact sheets of seeds 0 to 7")
    options = parser.parse_args(arguments)
    console = Console(width=max(Console().width, 140), highlight=False)
    notes: list[str] = []

    def note(text: str) -> None:
        notes.append(text)
        console.print(f"  {text}", style="dim", soft_wrap=True)

    began = time.monotonic()
    judge = load_judge(options.judge)
    prompts = load_prompts(options.prompts)
    if options.concepts:
        prompts = restrict(prompts, options.concepts)
    pack = unpack(options.pack, options.cache or options.pack.parent / "cache", kind="solid")
    console.print(machine(), soft_wrap=True)
    if fingerprint(pack) != prompts.corpus:
        note("the pack is not the one that the prompts were frozen with: splits may differ")
    if judge.about.get("prompts") != prompts.corpus:
        note("the judge was trained with other prompts: it may have seen drawings of this table")
    engine = open_model(options.model, note)
    real = sum(map(len, real_rows(pack, prompts).values()))
    console.print(
        f"{len(prompts.concepts)} concepts ({len(prompts.diverse)} for diversity), {real} real drawings "
        f"of half B; {judge.name}, recall@1/@5 when trained {judge.about.get('recall')}; "
        f"{options.seeds} seeds of {'no model' if engine is None else engine.revision}",
        soft_wrap=True,
    )
    bench = Bench(pack, prompts, judge, processes=options.processes, replicates=options.replicates)
    columns = gather(options, bench, engine, note)
    show(columns, console)
    times: dict[str, tuple[float, float]] = {}
    if engine is not None and not options.no_times:
        times = time_model(engine, options.model, prompts, note)
        for name, (wall, cpu) in times.items():
            console.print(f"time per mark, {name}: {wall:.1f} ms, {cpu:.1f} ms of processor time")
    if options.out is not None:
        figures = {
            "machine": machine(),
            "judge": {"name": judge.name, **judge.about},
            "model": None if engine is None else engine.revision,
            "seeds": options.seeds,
            "concepts": len(prompts.concepts),
            "figures": plain(columns),
            "ms per mark": times,
            "notes": notes,
            "seconds": round(time.monotonic() - began),
        }
        write_bytes(options.out, (json.dumps(figures, indent=1) + "\n").encode())
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except ZnakError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
