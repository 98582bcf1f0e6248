"""Parquet files in the schema of `amazing_logos_v4`, drawn here, with every kind of dirt."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image, ImageDraw

from znak.corpus.captions import compose

IMAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
SCHEMA = pa.schema([("image", IMAGE), ("text", pa.string())])
INDUSTRIES = ("Cafe", "Software", "Sport", "Travel")
INKS = ((200, 60, 20), (30, 60, 200), (20, 140, 60), (20, 20, 20))
COLOURS = ("orange", "blue", "green", "black")


def draw(index: int, *, size: tuple[int, int] = (180, 180), ink=None, mode="RGB") -> Image.Image:
    """A picture unlike that of any other index: bars whose heights spell the index."""
    ink = ink or INKS[index % 4]
    image = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(image)
    rng = np.random.default_rng(index)
    width, height = size
    for k, top in enumerate(rng.uniform(0.1, 0.8, 6)):
        left = width * (0.1 + 0.14 * k)
        pen.rectangle((left, height * top, left + width * 0.1, height * 0.9), fill=ink)
    return image.convert(mode)


def encode(image: Image.Image, kind: str = "PNG", **options) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def caption(index: int, **changes) -> str:
    fields = {
        "tags": [COLOURS[index % 4], "bars", f"tag{index % 7}"],
        "industry": INDUSTRIES[index % 4],
        **changes,
    }
    return compose(f"Brand {index}", **fields)


def rows(n: int) -> list[tuple[bytes | None, str | None]]:
    return [(encode(draw(i)), caption(i)) for i in range(n)]


def write(path: Path, content, *, group: int = 50, schema=SCHEMA, metadata=None) -> Path:
    """Write (bytes, caption) pairs to a parquet file; return its path."""
    images = [None if data is None else {"bytes": data, "path": None} for data, _ in content]
    schema = schema.with_metadata(metadata)
    table = pa.table({"image": images, "text": [text for _, text in content]}, schema=schema)
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, row_group_size=group)
    return path
