"""How small fields get, and how fast they come back: the pack's coder beside general compressors.

    python benchmarks/pack.py CORPUS [--fields 2000]

Solid fields of the corpus, drawn evenly. The peers get the fields as they are or what simple
2-D predictors leave of them; the field coder's model is counted in (spread over the fields at hand,
so its share shrinks in a real pack).
"""

import argparse
import bz2
import lzma
import time
import zlib
from pathlib import Path

import numpy as np
import pyarrow as pa
from rich.console import Console
from rich.table import Table

from znak.corpus import fieldcodec, fieldmodel
from znak.corpus.packing import sample_fields


def residuals(fields):
    padded = np.full((len(fields), 65, 65), -127, dtype=np.int16)
    padded[:, 1:, 1:] = fields
    left, up, corner = padded[:, 1:, :-1], padded[:, :-1, 1:], padded[:, :-1, :-1]
    plane = left + up - corner
    low, high = np.minimum(left, up), np.maximum(left, up)
    median = np.where(corner >= high, low, np.where(corner <= low, high, plane))
    ways = [np.abs(plane - near) for near in (left, up, corner)]
    paeth = np.choose(np.argmin(ways, axis=0), [left, up, corner])
    yield "as they are", fields
    for name, guess in (
        ("median (MED)", median),
        ("Paeth", paeth),
        ("gradient", np.clip(plane, -127, 127)),
    ):
        yield name, (fields - guess).astype(np.int8)


def peers():
    zstd = pa.Codec("zstd", 19)
    yield (
        "lzma -6",
        lambda data: lzma.compress(data, preset=6),
        lambda data, size: lzma.decompress(data),
    )
    yield (
        "zstd -19",
        lambda data: zstd.compress(data).to_pybytes(),
        zstd.decompress,
    )
    yield "bz2 -9", bz2.compress, lambda data, size: bz2.decompress(data)
    yield "zlib -9", lambda data: zlib.compress(data, 9), lambda data, size: zlib.decompress(data)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--fields", type=int, default=2000)
    options = parser.parse_args()
    fields = sample_fields(options.corpus, "solid", options.fields)
    table = Table(
        "predictor", "coder", "bytes a field", "ratio", "encode, fields/s", "decode, fields/s"
    )

    def row(predictor, coder, size, encode_s, decode_s):
        n = len(fields)
        rates = (f"{n / max(s, 1e-9):,.0f}" for s in (encode_s, decode_s))
        table.add_row(predictor, coder, f"{size / n:.0f}", f"{4096 * n / size:.2f}", *rates)

    for predictor, values in residuals(fields):
        data = np.ascontiguousarray(values).tobytes()
        for coder, compress, decompress in peers():
            start = time.process_time()
            packed = compress(data)
            middle = time.process_time()
            decompress(packed, len(data))
            row(predictor, coder, len(packed), middle - start, time.process_time() - middle)
    model = fieldmodel.train(fields)
    starts = range(0, len(fields), fieldcodec.BLOCK)
    start = time.process_time()
    blocks = [fieldcodec.encode(model, fields[i : i + fieldcodec.BLOCK]) for i in starts]
    middle = time.process_time()
    decoded = np.concatenate([fieldcodec.decode(model, block) for block in blocks])
    end = time.process_time()
    assert (decoded == fields).all()
    for name, extra in (("field coder", 0), ("field coder + model", len(model.to_bytes()))):
        row(
            "class rules, mirrors",
            name,
            sum(map(len, blocks)) + extra,
            middle - start,
            end - middle,
        )
    Console().print(table)
    Console().print(f"{len(fields):,} solid fields; seconds of processor time on one core")


if __name__ == "__main__":
    main()
