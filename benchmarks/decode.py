"""Decoding and shrinking into the cache against Pillow's own rate on one thread.

    python benchmarks/decode.py [--rows 6000] [--processes 2] [--size 32] [PATH …]

The peer is a bare loop over encoded pictures in memory: open, RGB, bicubic resize. A working process of
`znak data cache` does the same from parquet, and besides checks headers, hashes content, makes
thumbnails and writes the arrays. Wanted: at least 80 % of the peer's rate times the processes.

Two comparisons. Alternating: both do the same pictures, piece by piece in turn in this process, in
processor time, so that other work on the machine hits both alike. Whole: `build_cache` from start to
end by the wall clock, start of processes, near copies and split included; to be read on a free machine
only, and on many pictures. Without PATH, pictures are drawn here in the sizes of FACTS.
"""

from __future__ import annotations

import argparse
import io
import os
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image, ImageDraw, ImageFilter

from znak.corpus.amazing.cache import CacheSettings, _cache_piece, _make, build_cache
from znak.corpus.amazing.shards import Shards, image_bytes, open_shards, read_piece
from znak.corpus.export import SCHEMA

WANTED = 0.8
PIECES = 8


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


def write(path: Path, rows: int, *, distinct: int = 500) -> None:
    """Write `rows` pictures of which `distinct` are drawn; the bytes of the others differ at the end."""
    rng = np.random.default_rng(0)
    drawn = [draw(rng) for _ in range(min(rows, distinct))]
    with pq.ParquetWriter(path, SCHEMA) as writer:
        for start in range(0, rows, 250):
            images = [
                {"bytes": drawn[i % len(drawn)] + i.to_bytes(4, "little"), "path": None}
                for i in range(start, min(start + 250, rows))
            ]
            table = pa.table({"image": images, "text": [""] * len(images)}, schema=SCHEMA)
            writer.write_table(table)


def alternate(shards: Shards, size: int, folder: Path) -> tuple[int, float, float]:
    """Return pictures, and the processor seconds that Pillow's loop and the cache's took for them."""
    _make(folder / "images.npy", (shards.rows, size, size, 3))
    _make(folder / "thumbs.npy", (shards.rows, 16, 16, 3))
    settings = CacheSettings(size=size)
    pieces = [*shards.pieces(size=250)][:PIECES]
    _cache_piece((pieces[0], folder, settings))  # what is loaded at first use
    n, peer, own = 0, 0.0, 0.0
    for piece in pieces:
        data = [encoded for encoded in image_bytes(read_piece(piece)) if encoded]
        start = time.process_time()
        for encoded in data:
            Image.open(io.BytesIO(encoded)).convert("RGB").resize(
                (size, size), Image.Resampling.BICUBIC
            )
        middle = time.process_time()
        _cache_piece((piece, folder, settings))
        n, peer, own = n + len(data), peer + middle - start, own + time.process_time() - middle
    return n, peer, own


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("paths", nargs="*", type=Path)
    parser.add_argument("--rows", type=int, default=6000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--size", type=int, default=32)
    parser.add_argument("--alternating-only", action="store_true")
    chosen = parser.parse_args()
    p, kind = chosen.processes, "pictures" if chosen.paths else "synthetic pictures"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = chosen.paths
        if not paths:
            paths = [folder / "synthetic.parquet"]
            write(paths[0], chosen.rows)
        shards = open_shards(paths)
        n, peer, own = alternate(shards, chosen.size, folder)
        print(f"{n:,} {kind} to {chosen.size} px, alternating, processor time")
        print(f"{'Pillow, one thread':<46}{n / peer:>8.0f} pictures a second")
        print(f"{'a working process of the cache':<46}{n / own:>8.0f}")
        print(f"{f'share (wanted {WANTED:.0%})':<46}{peer / own:>8.0%}")
        if chosen.alternating_only:
            return
        start = time.perf_counter()
        build_cache(paths, folder / "cache", CacheSettings(size=chosen.size), processes=p)
        rate = shards.rows / (time.perf_counter() - start)
    print(f"{shards.rows:,} {kind}, the whole cache, {p} processes, load {os.getloadavg()[0]:.1f}")
    print(f"{f'Pillow × {p}':<46}{n / peer * p:>8.0f} pictures a second")
    print(f"{'znak data cache, wall clock':<46}{rate:>8.0f}")
    print(f"{f'share (wanted {WANTED:.0%} on a free machine)':<46}{rate / (n / peer * p):>8.0%}")


if __name__ == "__main__":
    main()
