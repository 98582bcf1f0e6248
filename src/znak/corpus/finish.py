"""The second half of a build: labels, near-copies, sifting, concepts and splits.

Takes the lots of `stage` as one table of rows and returns the four tables of a corpus. All orders
are fixed by set, name and kind, all chance by hashes, so the same lots give the same tables.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from znak.corpus import cluster, concepts
from znak.corpus.label import Labels
from znak.corpus.sift import Rows, Sieve
from znak.corpus.stage import STAGED, Lot, Progress
from znak.corpus.store import BRAND, CONCEPT, DRAWING, REJECT
from znak.errors import DataError


@dataclass(frozen=True, eq=False)
class Tables:
    """The tables of a corpus, and counts for its manifest."""

    drawings: pa.Table
    brands: pa.Table
    rejects: pa.Table
    concepts: pa.Table
    counts: dict[str, Any]


def read_lots(folder: Path, work: Sequence[Lot]) -> pa.Table:
    """Return the rows of all lots."""
    tables = [STAGED.empty_table()]
    for lot in work:
        try:
            tables.append(pq.read_table(folder / lot.file).replace_schema_metadata(None))
        except (OSError, pa.ArrowInvalid) as error:
            raise DataError(
                f"{folder / lot.file} is damaged ({error}): delete it and run the build again",
                ru=f"{folder / lot.file} повреждён ({error}): удалите его и запустите сборку снова",
            ) from error
    return pa.concat_tables(tables)


def finish(
    staged: pa.Table,
    *,
    emojibase: Path | None,
    vectors: concepts.Vectors | None,
    progress: Progress,
) -> Tables:
    """Return the finished tables of the staged rows.

    `emojibase` is the folder of npm's emojibase-data, for Russian; `vectors` text vectors, for
    concepts (None: rules alone).
    """
    is_reject = pa.compute.equal(staged.column("kind"), "reject")
    rejects: Rows = staged.filter(is_reject).select(REJECT.names).to_pylist()
    kept = staged.filter(pa.compute.invert(is_reject)).drop_columns(["reason", "detail"])
    rows: Rows = sorted(kept.to_pylist(), key=lambda row: (row["set"], row["name"], row["derived"]))
    labels = Labels(emojibase)
    for i, row in enumerate(rows):
        labels.label(row)
        if i % 4096 == 0 or i + 1 == len(rows):
            progress("captions", i + 1, len(rows))
    pairs = cluster.find_pairs(_fields(rows), progress=lambda done, n: progress("cluster", done, n))
    sieve = Sieve(rows, pairs, rejects)
    sieve.sift()
    drawings = _drawings(sieve)
    brands = [rows[i] for i in np.flatnonzero(sieve.stays & sieve.brand)]
    progress("concepts", 0, 1)
    concept_rows = _concepts(drawings, vectors, labels)
    progress("concepts", 1, 1)
    rejects.sort(key=lambda row: (row["set"], row["name"], row["reason"], row["detail"]))
    return Tables(
        pa.Table.from_pylist(drawings, schema=DRAWING),
        pa.Table.from_pylist(brands, schema=BRAND),
        pa.Table.from_pylist(rejects, schema=REJECT),
        pa.Table.from_pylist(concept_rows, schema=CONCEPT),
        _counts(drawings, brands, rejects, concept_rows),
    )


def _fields(rows: Rows) -> NDArray[np.int8]:
    out = np.empty((len(rows), 64, 64), dtype=np.int8)
    for i, row in enumerate(rows):
        out[i] = np.frombuffer(row["field"], dtype=np.int8).reshape(64, 64)
    return out


def _drawings(sieve: Sieve) -> Rows:
    """Return the drawings that stay, with their cluster and split."""
    kept = np.flatnonzero(sieve.stays & ~sieve.brand)
    place = np.full(len(sieve.rows), -1, dtype=np.int64)
    place[kept] = np.arange(len(kept))
    a, b = place[sieve.pairs.a], place[sieve.pairs.b]
    both = (a >= 0) & (b >= 0)
    pairs = cluster.Pairs(a[both], b[both], sieve.pairs.gap[both], sieve.pairs.mirrored[both])
    rows = [sieve.rows[i] for i in kept]
    keys = [f"{row['set']}:{row['name']}" for row in rows]
    families = _with_derived(keys, cluster.components(len(rows), pairs))
    splits = cluster.splits(keys, families)
    for row, number, split in zip(
        rows, cluster.stars(len(rows), pairs).tolist(), splits, strict=True
    ):
        row["cluster"], row["split"] = number, split
    return rows


def _with_derived(keys: Sequence[str], component: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return components in which a drawing and what is derived from it are together."""
    parent = np.arange(int(component.max()) + 1 if len(component) else 0)

    def find(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = int(parent[i])
        return i

    first: dict[str, int] = {}
    for key, number in zip(keys, component.tolist(), strict=True):
        a, b = find(number), find(first.setdefault(key, number))
        parent[max(a, b)] = min(a, b)
    return np.array([find(i) for i in range(len(parent))], dtype=np.int32)[component]


def _concepts(rows: Rows, vectors: concepts.Vectors | None, labels: Labels) -> Rows:
    """Set the concept of each row; return the table of concepts."""
    solid = Counter(row["caption"] for row in rows if row["solid"])
    drawings = Counter(row["caption"] for row in rows)
    counts = {caption: solid.get(caption, 0) for caption in sorted(drawings)}
    found = concepts.assign(counts, vectors=vectors)
    for row in rows:
        row["concept"] = found.of(row["caption"])
    return [
        {
            "concept": c.concept,
            "ru": c.ru,
            "head": c.head,
            "n_drawings": c.n_drawings,
            "n_solid": c.n_solid,
            "captions": list(c.captions),
        }
        for c in found.rows(drawings=drawings, russian=labels.russian)
    ]


def _counts(rows: Rows, brands: Rows, rejects: Rows, concept_rows: Rows) -> dict[str, Any]:
    def tally(key: str, of: Rows) -> dict[str, int]:
        return dict(sorted(Counter(str(row[key]) for row in of if row[key]).items()))

    solid = [row for row in rows if row["solid"]]
    return {
        "drawings": len(rows),
        "solid": len(solid),
        "solid_derived": tally("derived", solid),
        "derived": tally("derived", rows),
        "clusters": len({row["cluster"] for row in rows}),
        "solid_clusters": len({row["cluster"] for row in solid}),
        "splits": tally("split", rows),
        "interface": sum(row["interface"] for row in rows),
        "brands": len(brands),
        "concepts": len(concept_rows),
        "rejects": tally("reason", rejects),
        "sets": tally("set", rows),
        "licences": tally("license", rows),
    }
