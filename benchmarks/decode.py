"""Decoding and shrinking into the cache against Pillow's own rate on one thread.

    python benchmarks/decode.py [--rows 6000] [--processes 2] [--size 32] [PATH …]

The peer is a bare loop over encoded pictures in memory: open, RGB, bicubic resize. `znak data cache`
does the same from parquet, and besides checks headers, hashes content, makes thumbnails, finds near
copies and splits. Wanted: at least 80 % of the peer's rate times the number of processes. Rates are
given by the wall clock and by processor time (children included); on a machine that others use the
second is the one to read. Without PATH, pictures are drawn here in the sizes of FACTS.
"""

from __future__ import annotations

import argparse
import io
import os
import resource
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image, ImageDraw, ImageFilter

from znak.corpus.amazing.cache import CacheSettings, build_cache
from znak.corpus.amazing.shards import image_bytes, open_shards, read_piece
from znak.corpus.export import SCHEMA

WANTED = 0.8
PEER_ROWS = 600


def draw(rng: np.random.Generator) -> bytes:
    """A logo-like picture: a few soft-edged shapes on white, as PNG or JPEG."""
    side = int(rng.choice([180, 300, 512, 256, 400], p=[0.64, 0.12, 0.16, 0.04, 0.04]))
    image = Image.new("RGB", (side, side), "white")
    pen = ImageDraw.Draw(image)
    for _ in range(rng.integers(2, 9)):
        (x, y), r = rng.uniform(0.2, 0.8, 2) * side, rng.uniform(0.04, 0.25) * side
        box = (x - r, y - r, x + r, y + r)
        fill = tuple(rng.integers(0, 256, 3).tolist())
        (pen.ellipse if rng.random() < 0.5 else pen.rectangle)(box, fill=fill)
    image = image.filter(ImageFilter.GaussianBlur(0.6))
    file = io.BytesIO()
    if rng.random() < 0.6:
        image.save(file, "JPEG", quality=int(rng.integers(75, 96)))
    else:
        image.save(file, "PNG", compress_level=4)
    return file.getvalue()


def write(path: Path, rows: int, *, distinct: int = 1500) -> None:
    """Write `rows` pictures of which `distinct` are drawn; the bytes of the others differ at the end."""
    rng = np.random.default_rng(0)
    drawn = [draw(rng) for _ in range(min(rows, distinct))]
    with pq.ParquetWriter(path, SCHEMA) as writer:
        for start in range(0, rows, 500):
            images = [
                {"bytes": drawn[i % len(drawn)] + i.to_bytes(4, "little"), "path": None}
                for i in range(start, min(start + 500, rows))
            ]
            table = pa.table({"image": images, "text": [""] * len(images)}, schema=SCHEMA)
            writer.write_table(table)


def processor_seconds() -> float:
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(u.ru_utime + u.ru_stime for u in map(resource.getrusage, kinds))


def peer(paths: list[Path], size: int) -> tuple[int, float, float]:
    """Return pictures, wall seconds and processor seconds of Pillow's own loop."""
    data = []
    shards = open_shards(paths)
    stride = max(1, shards.rows // PEER_ROWS)
    for piece in shards.pieces(size=500):
        data += [b for b in image_bytes(read_piece(piece))[::stride] if b]
    wall, processor = time.perf_counter(), processor_seconds()
    for encoded in data:
        Image.open(io.BytesIO(encoded)).convert("RGB").resize(
            (size, size), Image.Resampling.BICUBIC
        )
    return len(data), time.perf_counter() - wall, processor_seconds() - processor


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("paths", nargs="*", type=Path)
    parser.add_argument("--rows", type=int, default=6000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--size", type=int, default=32)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        paths = chosen.paths
        if not paths:
            paths = [Path(folder) / "synthetic.parquet"]
            write(paths[0], chosen.rows)
        rows = open_shards(paths).rows
        n, wall, processor = peer(paths, chosen.size)
        start, used = time.perf_counter(), processor_seconds()
        build_cache(
            paths,
            Path(folder) / "cache",
            CacheSettings(size=chosen.size),
            processes=chosen.processes,
        )
        start, used = time.perf_counter() - start, processor_seconds() - used
    p = chosen.processes
    wanted = (n / wall * p, n / processor * p)
    found = (rows / start, rows / used * p)
    print(f"{rows:,} synthetic pictures, {chosen.size} px, {p} processes, load {os.getloadavg()[0]:.1f}"
          if not chosen.paths else f"{rows:,} pictures, {chosen.size} px, {p} processes")  # fmt: skip
    print(f"{'pictures a second':<44}{'wall clock':>12}{'processor':>12}")
    print(f"{'Pillow, one thread':<44}{n / wall:>12.0f}{n / processor:>12.0f}")
    print(f"{f'Pillow × {p}':<44}{wanted[0]:>12.0f}{wanted[1]:>12.0f}")
    print(f"{'znak data cache, start of processes included':<44}{found[0]:>12.0f}{found[1]:>12.0f}")
    print(
        f"{f'share (wanted {WANTED:.0%})':<44}{found[0] / wanted[0]:>12.0%}{found[1] / wanted[1]:>12.0%}"
    )


if __name__ == "__main__":
    main()
