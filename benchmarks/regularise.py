"""Regularising: rough fields → outlines, by `trace` alone, by `regularise` and by `simplify`.

    python benchmarks/regularise.py --corpus DIR            # the corpus's test split
    python benchmarks/regularise.py --sample sample.jsonl   # rows {set, name, svg}, from row 1500 on
    python benchmarks/regularise.py … --sheets DIR          # and the sheets for a blind reader

The held-out drawings' fields are roughened (`roughen`, strength 1, seed: row number). Outlines are
rendered at 512 px and compared with the original SVG's own render: intersection over union;
symmetric Hausdorff distance between the outlines, both sampled every 1/8 field px (one pixel of
512), its largest value and the 95th percentile of the worse direction, in field px; anchors;
share of marks with the original's number of parts and holes. Times are CPU time of one process.

`--sheets` writes before/after/original sheets, and blind pairs (sides shuffled by seed; key.json
says which side is which).

Needs picosvg and scipy.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from codec import count_anchors, machine, read_corpus, read_sample  # sets one thread before numpy

import numpy as np  # isort: skip
from PIL import Image, ImageDraw  # isort: skip
from scipy.spatial import cKDTree  # isort: skip

from znak.fields import sdf, svg
from znak.fields.contour import shoelace, zero_lines
from znak.fields.outline import Outline, Points
from znak.fields.regularise import regularise, simplify
from znak.fields.roughen import roughen
from znak.fields.trace import trace

PIXELS = 512
STEP = sdf.SIZE / PIXELS
LEAST = 1e-3
"""Parts and holes below this share of the mark's area are not counted."""
WAYS = (
    "trace(rough)",
    "regularise(rough)",
    "trace(clean)",
    "regularise(clean)",
    "simplify(rough)",
    "simplify(clean)",
)
DRAW = {"trace": trace, "regularise": regularise, "simplify": simplify}


@dataclass(frozen=True)
class Score:
    iou: float
    far: float
    far95: float
    anchors: int
    topology: bool
    ms: float


def sample_line(loops: list[Points]) -> Points:
    """Points every pixel of 512 along closed polylines."""
    out = [np.zeros((0, 2))]
    for line in loops:
        ends = np.roll(line, -1, axis=0)
        length = np.hypot(*(ends - line).T)
        count = np.maximum(np.ceil(length / STEP).astype(int), 1)
        index = np.repeat(np.arange(len(line)), count)
        share = (np.arange(len(index)) - np.repeat(np.cumsum(count) - count, count)) / count[index]
        out.append(line[index] + (ends - line)[index] * share[:, None])
    return np.concatenate(out)


def count_form(areas: list[float]) -> tuple[int, int]:
    least = LEAST * sum(areas)
    return sum(a > least for a in areas), sum(a < -least for a in areas)


def outline_of(way: str, clean: sdf.Field, rough: sdf.Field) -> Outline:
    field = rough if "rough" in way else clean
    return DRAW[way.partition("(")[0]](field)


def measure_mark(job: tuple[int, str, np.ndarray]) -> tuple[int, list[Score]]:
    seed, text, stored = job
    clean = sdf.dequantise(stored)
    rough = roughen(clean, seed=seed)
    cover = svg.coverage(text, PIXELS)
    solid = cover > 0.5
    lines = zero_lines(cover - np.float32(0.5), scale=STEP)
    form = count_form([shoelace(line) for line in lines])
    points = sample_line(lines)
    tree = cKDTree(points)
    scores = []
    for way in WAYS:
        begin = time.process_time()
        outline = outline_of(way, clean, rough)
        ms = 1e3 * (time.process_time() - begin)
        inside = svg.coverage(outline.to_svg(), PIXELS) > 0.5
        drawn = sample_line(outline.flatten(16))
        away = tree.query(drawn)[0], cKDTree(drawn).query(points)[0]
        scores.append(
            Score(
                iou=float((inside & solid).sum() / max((inside | solid).sum(), 1)),
                far=float(max(a.max() for a in away)),
                far95=float(max(np.percentile(a, 95) for a in away)),
                anchors=outline.n_anchors,
                topology=count_form([loop.area for loop in outline.loops]) == form,
                ms=ms,
            )
        )
    return count_anchors(text), scores


# Output


def print_table(results: list[tuple[int, list[Score]]]) -> None:
    own = np.array([anchors for anchors, _ in results])
    print(
        "| outline | IoU median | 5th pct | Hausdorff median | 95 % | anchors median "
        "| ≤ 2 × original's | parts and holes equal | ms mean | ms p95 |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    columns = [[scores[k] for _, scores in results] for k in range(len(WAYS))]
    for way, scores in zip(WAYS, columns, strict=True):
        iou = np.array([s.iou for s in scores])
        anchors = np.array([s.anchors for s in scores])
        ms = np.array([s.ms for s in scores])
        print(
            f"| {way} | {np.median(iou):.4f} | {np.percentile(iou, 5):.4f} "
            f"| {np.median([s.far for s in scores]):.3f} | {np.median([s.far95 for s in scores]):.3f} "
            f"| {np.median(anchors):.0f} | {100 * np.mean((anchors <= 2 * own)[own > 0]):.1f} % "
            f"| {100 * np.mean([s.topology for s in scores]):.1f} % "
            f"| {ms.mean():.1f} | {np.percentile(ms, 95):.1f} |"
        )
    print(f"| the drawings' own SVG | 1 | 1 | 0 | 0 | {np.median(own[own > 0]):.0f} | | | | |\n")
    before, after = columns[0], columns[1]
    for name in ("far", "far95"):
        b = np.array([getattr(s, name) for s in before])
        a = np.array([getattr(s, name) for s in after])
        label = "Hausdorff" if name == "far" else "Hausdorff, 95 %"
        print(
            f"{label}: median down by {100 * (1 - np.median(a) / np.median(b)):.0f} %, "
            f"mean by {100 * (1 - a.mean() / b.mean()):.0f} %, "
            f"per mark by {100 * (1 - np.median(a / b)):.0f} % in median"
        )
    better = np.mean([a.iou > b.iou for a, b in zip(after, before, strict=True)])
    harm = [a.iou - b.iou for a, b in zip(columns[3], columns[2], strict=True)]
    print(f"IoU better in {100 * better:.0f} % of the marks")
    print(f"clean fields: IoU changes by {np.median(harm):+.4f} in median, worst {min(harm):+.4f}")


def picture(text: str, size: int) -> Image.Image:
    alpha = svg.render(text, size)[..., 3]
    return Image.fromarray(255 - alpha).convert("RGB")


def write_sheets(rows: list, folder: Path, *, pairs: int, size: int, seed: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    rng = random.Random(seed)
    key = {}
    drawn = []
    for k, row in enumerate(rows[:pairs]):
        rough = roughen(sdf.dequantise(row.field), seed=k)
        drawn.append((row, trace(rough).to_svg(), regularise(rough).to_svg()))
    per_sheet, per_row = 10, 2
    for first in range(0, len(drawn), per_sheet):
        some = drawn[first : first + per_sheet]
        height = -(-len(some) // per_row)
        blind = Image.new("RGB", (per_row * (2 * size + 40), height * (size + 24)), "white")
        open_ = Image.new("RGB", (per_row * (3 * size + 40), height * (size + 24)), "white")
        for k, (row, before, after) in enumerate(some):
            y = (k // per_row) * (size + 24) + 20
            left = rng.random() < 0.5
            number = first + k + 1
            key[number] = {"name": row.name, "regularised": "left" if left else "right"}
            sides = (after, before) if left else (before, after)
            for sheet, pictures, name in (
                (blind, sides, f"{number}"),
                (
                    open_,
                    (before, after, row.svg),
                    f"{number} {row.name}: rough, regularised, original",
                ),
            ):
                x = (k % per_row) * (len(pictures) * size + 40) + 10
                ImageDraw.Draw(sheet).text((x, y - 16), name, fill="black")
                for i, text in enumerate(pictures):
                    sheet.paste(picture(text, size), (x + i * (size + 10), y))
        for sheet, name in ((blind, "blind"), (open_, "open")):
            buffer = io.BytesIO()
            sheet.save(buffer, "PNG", optimize=True)
            (folder / f"{name}-{first // per_sheet + 1}.png").write_bytes(buffer.getvalue())
    (folder / "key.json").write_text(json.dumps(key, indent=1), encoding="utf-8")
    print(f"sheets of {len(drawn)} pairs in {folder}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--corpus", type=Path, help="a corpus folder")
    source.add_argument("--sample", type=Path, help="a .jsonl sample with its fields beside it")
    parser.add_argument("--n", type=int, default=1000, help="marks measured; 0: sheets only")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--sheets", type=Path, help="write sheets for readers to this folder")
    parser.add_argument("--pairs", type=int, default=40)
    options = parser.parse_args()
    rows = read_corpus(options.corpus) if options.corpus else read_sample(options.sample)
    random.Random(options.seed).shuffle(rows)
    if options.sheets:
        write_sheets(rows, options.sheets, pairs=options.pairs, size=300, seed=options.seed)
    rows = rows[: options.n]
    if rows:
        print(machine())
        print(
            f"{len(rows)} held-out solid drawings, seed {options.seed}; compared at {PIXELS} px\n"
        )
        jobs = [(k, row.svg, row.field) for k, row in enumerate(rows)]
        with ProcessPoolExecutor(options.processes) as pool:
            results = list(pool.map(measure_mark, jobs, chunksize=10))
        print_table(results)
    return 0


if __name__ == "__main__":
    sys.exit(main())
