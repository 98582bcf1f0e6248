"""The text part of the exploratory analysis at the size of the real data set, against its limit.

    python benchmarks/eda.py [--rows 397251] [--processes 2]

Writes a parquet file of that many synthetic captions (no pictures) with the numbers of FACTS: 1 % that
do not parse, 6.5 % with the name alone, 44,800 industries of which the median has one logo, tags of
a heavy-tailed vocabulary. Prints seconds by the wall clock and of processor, beside the limit of
120 s on two cores. On a machine that others use, the processor seconds over the number of processes
are what two free cores would need at least.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import tempfile
import time
from importlib.resources import files
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from znak.corpus.captions import FLAG, PREFIX, STYLE_WORDS
from znak.corpus.eda.explore import Options, explore
from znak.corpus.export import SCHEMA
from znak.corpus.synthetic_captions import invent_name

LIMIT = 120.0
POOL = 100_000
"""Industries to draw from: 15 % of the rows draw evenly, which gives 44,800 and a median of 1."""


def write_captions(path: Path, rows: int, *, seed: int = 0) -> None:
    rng = np.random.default_rng(seed)
    text = (files("znak.corpus") / "data" / "vocabulary.tsv").read_text("utf-8")
    lines = [line.split("\t") for line in text.splitlines() if not line.startswith("#")]
    vocabulary = np.array([line[0].capitalize() for line in lines], dtype=object)
    weights = np.array([float(line[1]) for line in lines]) ** 2
    names = [invent_name(rng, "Cafe") for _ in range(20_000)]
    trades = np.array([f"{a} {b}" for a, b in rng.choice(vocabulary, (POOL, 2))], dtype=object)
    common = rng.zipf(1.6, rows)
    rare = (rng.random(rows) < 0.15) | (common > 400)
    trade = np.where(rare, rng.integers(0, POOL, rows), common)
    tags = rng.choice(vocabulary, (rows, 8), p=weights / weights.sum())
    n_tags = rng.integers(2, 9, rows)
    kind = rng.random(rows)
    tail = ", ".join(STYLE_WORDS)
    schema = SCHEMA
    with pq.ParquetWriter(path, schema) as writer:
        for start in range(0, rows, 10_000):
            texts = []
            for i in range(start, min(start + 10_000, rows)):
                name = (
                    f"{names[i % 20_000]} {names[i * 7 % 20_000]}" if i % 3 else names[i % 20_000]
                )
                if kind[i] < 0.065:
                    said = f"{PREFIX} {name}, {tail}"
                else:
                    said = f"{PREFIX} {name}, {' '.join(tags[i, : n_tags[i]])}, {trades[trade[i]]}, {tail}"
                if i < rows // 40:
                    said += f", {FLAG}"
                texts.append(said[len(PREFIX) :] if kind[i] > 0.99 else said)
            images = pa.nulls(len(texts), schema.field("image").type)
            writer.write_table(pa.table([images, pa.array(texts)], schema=schema))


def processor_seconds() -> float:
    """Seconds of processor time so far, of this process and of those that have ended."""
    for process in multiprocessing.active_children():
        process.join()
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(u.ru_utime + u.ru_stime for u in map(resource.getrusage, kinds))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=397_251)
    parser.add_argument("--processes", type=int, default=2)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "captions.parquet"
        write_captions(path, chosen.rows)
        print(f"{chosen.rows:,} synthetic captions, {path.stat().st_size / 1e6:.0f} MB")
        marks: dict[str, float] = {}
        wall, processor = time.perf_counter(), processor_seconds()

        def show(step: str, done: int, total: int) -> None:
            if done == total:
                marks[step] = time.perf_counter() - wall

        options = Options(text_only=True, processes=chosen.processes)
        summary = explore([path], Path(folder) / "eda", options, progress=show)
        wall = time.perf_counter() - wall
        processor = processor_seconds() - processor
    text = summary["text"]
    print(f"parsed {text['parsed']:,.0f}, industries {text['industries']:,.0f}, "
          f"median logos {text['median_logos_per_industry']:.0f}")  # fmt: skip
    print(f"peak memory of this process {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB, "
          f"of a working one {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6:.2f} GB")  # fmt: skip
    print(f"{'captions read':<42}{marks['captions']:>8.1f} s")
    print(f"{'statistics, figures, page':<42}{wall - marks['captions']:>8.1f} s")
    print(f"{'all, wall clock':<42}{wall:>8.1f} s")
    print(
        f"{'all, processor':<42}{processor:>8.1f} s = {processor / chosen.processes:.1f} s a process"
    )
    print(f"{'limit on two cores':<42}{LIMIT:>8.1f} s")
    print(f"{'load of this machine (1 minute)':<42}{os.getloadavg()[0]:>8.1f}")


if __name__ == "__main__":
    main()
