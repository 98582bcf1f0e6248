"""The drawings that the mark model learns from, as pictures with captions for the seed's GAN.

    python benchmarks/gan_pictures.py PACK --out data/marks.parquet
    znak train gan data/marks.parquet --preset seed-baseline --out runs/gan

One row for each solid drawing of the train split that the mark model's training takes, black on
white, in that data set's schema; the text is the concept's name, or the caption where it has none.
"""

from __future__ import annotations

import argparse
import io
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from znak.atomic import new_file
from znak.corpus.export import SCHEMA
from znak.corpus.pack import unpack
from znak.fields.measure import occupancy
from znak.fields.sdf import dequantise
from znak.training.data import DataConfig, load_drawings

PICTURES = SCHEMA.remove_metadata()
"""Not the synthetic set's: these are the drawings themselves."""
ROWS = 4096
"""Rows of a group."""


def draw_picture(field: np.ndarray) -> bytes:
    """Return a stored field (64, 64) as the bytes of a PNG, black on white."""
    ink = occupancy(dequantise(field))
    picture = Image.fromarray(np.rint(255 * (1 - ink)).astype(np.uint8)).convert("RGB")
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=1)
    return out.getvalue()


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pack", type=Path, help="made by znak corpus pack")
    parser.add_argument("--out", type=Path, required=True, help="the parquet file to write")
    parser.add_argument("--cache", type=Path, help="folder for what is computed once")
    options = parser.parse_args(arguments)
    pack = unpack(options.pack, options.cache or options.pack.parent / "cache", kind="solid")
    drawings = load_drawings(pack, DataConfig(), ())
    order = np.random.default_rng(0).permutation(len(drawings))
    with new_file(options.out) as temporary, pq.ParquetWriter(temporary, PICTURES) as writer:
        for low in range(0, len(order), ROWS):
            rows = order[low : low + ROWS].tolist()
            images = [{"bytes": draw_picture(drawings.fields[i]), "path": f"{i}.png"} for i in rows]
            texts = [drawings.captions[drawings.concept[i]] for i in rows]
            writer.write_table(pa.table({"image": images, "text": texts}, schema=PICTURES))
    print(f"{options.out}  {len(order):,} pictures")
    return 0


if __name__ == "__main__":
    sys.exit(main())
