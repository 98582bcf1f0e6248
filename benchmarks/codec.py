"""The codec beside its peers: field → outline by znak, potrace and vtracer.

    python benchmarks/codec.py --corpus DIR            # the corpus's test split
    python benchmarks/codec.py --sample sample.jsonl   # rows {set, name, svg}, from row 1500 on
    python benchmarks/codec.py --corpus DIR --rough    # fields roughened as a weak model draws them
    python benchmarks/codec.py --model --n 600         # fields that the shipped model draws

A sampled field has no drawing behind it: it is compared with its own zero line, up-sampled to the
same size, so that the table says what tracing alone changes; "studio" is what users get: the field
mended and regularised within the tolerance that its roughness asks for, which moves lines on
purpose. Sampled are the frozen prompts in turn, seeds 0, 1, 2 …

All start from the same int8 field. The peers trace its 512-px bicubic up-sampling, potrace with
`-a 1.1 -O 0.8`, vtracer in spline mode with speckle 8. Everything is rendered at 512 px and
compared with the original SVG's own render: intersection over union of the pixels more than half
covered; parts, holes (over 0.1 % of the area) and perimeter are those of the half-coverage line of
the render. Anchors are counted as drawing commands of the path data. Quality runs in two
processes; times are processor time of one process on one core (so that a busy machine counts for
little), of the first 200 marks.

Needs picosvg, vtracer and Debian's potrace.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import platform
import random
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import numpy as np  # noqa: E402
from numpy.typing import NDArray  # noqa: E402
from picosvg.svg import SVG  # noqa: E402
from picosvg.svg_types import SVGPath  # noqa: E402
from PIL import Image  # noqa: E402

from znak.fields import sdf, svg  # noqa: E402
from znak.fields.audit import crossing_loops  # noqa: E402
from znak.fields.chain import Chain  # noqa: E402
from znak.fields.contour import cubic_upsample, shoelace, zero_lines  # noqa: E402
from znak.fields.outline import Outline  # noqa: E402
from znak.fields.roughen import roughen  # noqa: E402
from znak.fields.trace import SPECK, trace  # noqa: E402

PIXELS = 512
HELD_OUT = 1500
TIMED = 200


@dataclass(frozen=True)
class Row:
    name: str
    svg: str
    field: NDArray[np.int8]


@dataclass(frozen=True)
class Score:
    """One tracing of one mark against its original."""

    iou: float
    anchors: int
    perimeter: float
    parts: bool
    holes: bool
    faults: int


# Input


def read_sample(path: Path) -> list[Row]:
    fields = np.load(path.with_name(path.stem + "_fields.npy"), mmap_mode="r")
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [
        Row(f"{r['set']}:{r['name']}", r["svg"], np.array(fields[k]))
        for k, r in enumerate(rows)
        if k >= HELD_OUT
    ]


def sample_model(n: int) -> list[Row]:
    from znak.engine.flow import load_flow
    from znak.metrics.prompts import load_prompts

    engine, names = load_flow(threads=1), load_prompts().concepts
    asked = [(names[k % len(names)], k // len(names)) for k in range(n)]
    rows: list[Row] = []
    for low in range(0, n, 64):
        part = asked[low : low + 64]
        fields = engine.sample(engine.encode([a for a, _ in part]), seeds=[s for _, s in part])
        rows += [
            Row(f"{name}:{seed}", "", sdf.quantise(np.clip(field, -1, 1)))
            for (name, seed), field in zip(part, fields, strict=True)
            if (field > 0).any()
        ]
    return rows


def read_corpus(path: Path) -> list[Row]:
    from znak.corpus.store import read_drawings

    rows = []
    columns = ["set", "name", "svg", "field", "solid", "derived"]
    for batch in read_drawings(path, split="test", columns=columns):
        for r in batch.to_pylist():
            if r["solid"] and r["derived"] == "":
                field = np.frombuffer(r["field"], dtype=np.int8).reshape(sdf.SIZE, sdf.SIZE)
                rows.append(Row(f"{r['set']}:{r['name']}", r["svg"], field))
    return rows


# Tracers: field → SVG


def raster(field: NDArray[np.int8]) -> NDArray[np.bool_]:
    """The peers' input: the field's bicubic up-sampling, inside or not."""
    return cubic_upsample(sdf.dequantise(field), PIXELS // sdf.SIZE) > 0


def by_znak(field: NDArray[np.int8]) -> str:
    return trace(field).to_svg()


def by_zero_line(field: NDArray[np.int8]) -> str:
    return trace(field, rounds=0).to_svg()


def by_potrace(field: NDArray[np.int8]) -> str:
    inside = raster(field)
    bitmap = f"P4\n{PIXELS} {PIXELS}\n".encode() + np.packbits(inside, axis=1).tobytes()
    command = ["potrace", "-b", "svg", "-a", "1.1", "-O", "0.8", "-o", "-", "-"]
    text = subprocess.run(command, input=bitmap, capture_output=True, check=True).stdout.decode()
    group = text[text.index("<g ") : text.rindex("</svg>")]  # its size in pt is not taken by resvg
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {PIXELS} {PIXELS}">{group}</svg>'


def by_vtracer(field: NDArray[np.int8]) -> str:
    import vtracer

    pixels = np.where(raster(field), 0, 255).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).convert("RGB").save(buffer, "PNG", compress_level=0)
    return str(
        vtracer.convert_raw_image_to_svg(
            buffer.getvalue(), img_format="png", colormode="binary", mode="spline", filter_speckle=8
        )
    )


TRACERS: dict[str, Callable[[NDArray[np.int8]], str]] = {
    "znak": by_znak,
    "znak, zero line only": by_zero_line,
    "potrace": by_potrace,
    "vtracer": by_vtracer,
}


def by_studio(field: NDArray[np.int8]) -> str:
    from znak.studio.tidy import draw, tidy

    rough = tidy(sdf.dequantise(field))
    return draw(rough).to_svg() if rough is not None else trace(field).to_svg()


def tracers(row: Row) -> dict[str, Callable[[NDArray[np.int8]], str]]:
    return TRACERS if row.svg else TRACERS | {"studio": by_studio}


# Figures


def count_anchors(text: str) -> int:
    """Number of anchors in an SVG's outlines; -1 where picosvg can't read it."""
    try:
        shapes = SVG.fromstring(text).topicosvg().shapes()
    except Exception:
        return -1
    return sum(count_commands(shape.as_path()) for shape in shapes)


def count_commands(path: SVGPath) -> int:
    """Number of segments, the closing ones that have a length too."""
    count = 0
    start = here = (0.0, 0.0)
    for command, numbers in path.absolute(inplace=False):
        if command == "M":
            start = here = (numbers[0], numbers[1])
        elif command in "Zz":
            count += int(np.hypot(here[0] - start[0], here[1] - start[1]) > 1e-3)
            here = start
        else:
            count += 1
            here = (
                numbers[-2]
                if command != "V" and len(numbers) > 1
                else (numbers[0] if command == "H" else here[0]),
                numbers[-1] if command != "H" else here[1],
            )
    return count


def traced_anchors(text: str) -> int:
    """Number of anchors in a tracer's own SVG, as it wrote it."""
    return sum(count_commands(shape.as_path()) for shape in SVG.fromstring(text).shapes())


def form(cover: NDArray[np.float32]) -> tuple[int, int, float]:
    """Parts, holes and perimeter (field px) of a render."""
    lines = zero_lines(cover - np.float32(0.5), scale=sdf.SIZE / PIXELS)
    areas = [shoelace(line) for line in lines]
    least = SPECK * sum(areas)
    length = sum(float(np.hypot(*(np.roll(p, -1, axis=0) - p).T).sum()) for p in lines)
    return sum(a > least for a in areas), sum(a < -least for a in areas), length


def count_faults(outline: Outline) -> int:
    """Loops that are specks, have no area, or cross themselves or another."""
    chain = Chain(
        np.concatenate([loop.anchors for loop in outline.loops]),
        np.concatenate([loop.handles for loop in outline.loops]),
        np.concatenate([loop.straight for loop in outline.loops]),
        np.zeros(outline.n_anchors, dtype=bool),
        [len(loop) for loop in outline.loops],
    )
    small = sum(abs(loop.area) < SPECK * outline.area for loop in outline.loops)
    return small + len(crossing_loops(chain, steps=32))


def original_of(row: Row) -> NDArray[np.float32]:
    """How much of each pixel the drawing covers, or a sampled field's own zero line."""
    if row.svg:
        return svg.coverage(row.svg, PIXELS)
    times = PIXELS // sdf.SIZE
    pixels = cubic_upsample(sdf.dequantise(row.field), times) * np.float32(sdf.CLAMP * times)
    return np.asarray(np.clip(pixels + np.float32(0.5), 0, 1))


def score(row: Row) -> tuple[int, dict[str, Score]]:
    original = original_of(row)
    parts, holes, perimeter = form(original)
    solid = original > 0.5
    out = {}
    for name, tracer in tracers(row).items():
        text = tracer(row.field)
        cover = svg.coverage(text, PIXELS)
        inside = cover > 0.5
        union = int((inside | solid).sum())
        p, h, length = form(cover)
        out[name] = Score(
            iou=int((inside & solid).sum()) / max(union, 1),
            anchors=traced_anchors(text),
            perimeter=abs(length / max(perimeter, 1e-9) - 1),
            parts=p == parts,
            holes=h == holes,
            faults=count_faults(trace(row.field)) if name == "znak" else -1,
        )
    return count_anchors(row.svg) if row.svg else 0, out


def time_tracer(tracer: Callable[[NDArray[np.int8]], str], rows: list[Row]) -> NDArray[np.float64]:
    """Milliseconds of processor time a mark, that of a program called included."""
    tracer(rows[0].field)
    taken = []
    for row in rows:
        begin = processor_time()
        tracer(row.field)
        taken.append(1e3 * (processor_time() - begin))
    return np.array(taken)


def processor_time() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


# Output


def table(rows: list[Row], scores: list[tuple[int, dict[str, Score]]]) -> Iterator[str]:
    yield (
        "| tracer | IoU median | 5th pct | anchors median | perimeter error | parts equal | "
        "holes equal | faults | ms mean | ms p95 |"
    )
    yield "|---|---|---|---|---|---|---|---|---|---|"
    timed = rows[:TIMED]
    for name, tracer in tracers(rows[0]).items():
        mine = [by_name[name] for _, by_name in scores]
        iou = np.array([s.iou for s in mine])
        ms = time_tracer(tracer, timed)
        faults = sum(s.faults for s in mine)
        yield (
            f"| {name} | {np.median(iou):.4f} | {np.percentile(iou, 5):.4f} "
            f"| {np.median([s.anchors for s in mine]):.0f} "
            f"| {100 * np.median([s.perimeter for s in mine]):.2f} % "
            f"| {100 * np.mean([s.parts for s in mine]):.1f} % "
            f"| {100 * np.mean([s.holes for s in mine]):.1f} % "
            f"| {faults if faults >= 0 else '–'} | {ms.mean():.1f} | {np.percentile(ms, 95):.1f} |"
        )
    own = np.array([anchors for anchors, _ in scores if anchors > 0])
    if len(own):
        yield f"| the drawings' own SVG | 1 | 1 | {np.median(own):.0f} | | | | | | |"


def machine() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        model = next(line.split(":", 1)[1].strip() for line in lines if "model name" in line)
        load = f"load {os.getloadavg()[0]:.1f}"
    except (OSError, StopIteration):
        model, load = platform.processor(), "load unknown"
    return (
        f"{model}, {os.cpu_count()} cores, {load}, Python {platform.python_version()}, "
        f"numpy {np.__version__}"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--corpus", type=Path, help="a corpus folder")
    source.add_argument("--model", action="store_true", help="fields of the shipped mark model")
    source.add_argument("--sample", type=Path, help="a .jsonl sample with its fields beside it")
    parser.add_argument("--n", type=int, default=2000, help="marks measured")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rough", action="store_true", help="roughen the fields first")
    options = parser.parse_args()
    if shutil.which("potrace") is None:
        sys.exit("potrace is missing: apt-get install potrace")
    if options.model:
        rows = sample_model(options.n)
    else:
        rows = read_corpus(options.corpus) if options.corpus else read_sample(options.sample)
    random.Random(options.seed).shuffle(rows)
    rows = rows[: options.n]
    if options.rough:
        rows = [
            replace(row, field=sdf.quantise(roughen(sdf.dequantise(row.field), seed=k)))
            for k, row in enumerate(rows)
        ]
    print(machine())
    kind = "fields of the mark model" if options.model else "held-out solid drawings"
    rough = ", roughened" * options.rough
    print(f"{len(rows)} {kind}, seed {options.seed}{rough}; compared at {PIXELS} px\n")
    with ProcessPoolExecutor(options.processes) as pool:
        scores = list(pool.map(score, rows, chunksize=20))
    for line in table(rows, scores):
        print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
