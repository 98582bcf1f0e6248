"""The numbers behind the corpus report, and which drawings it shows.

Everything but pictures and texts is kept as arrays, some forty bytes a drawing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from znak.corpus.batches import read_batches
from znak.errors import DataError

NUMBERS = ("coverage", "thickness", "symmetry", "n_parts", "perimeter")
_WORDS = ("set", "license", "split", "derived", "concept")
_SHEET = 48
_CONCEPTS = 40
_PER_CONCEPT = 12
_PAIR_SAMPLE = 6000

Progress = Callable[[int], None]


@dataclass(frozen=True, eq=False)
class Table:
    """All drawings as columns of numbers; words as codes into `names`."""

    codes: dict[str, NDArray[np.int32]]
    names: dict[str, list[str]]
    numbers: dict[str, NDArray[np.float32]]
    solid: NDArray[np.bool_]
    interface: NDArray[np.bool_]
    coloured: NDArray[np.bool_]
    cluster: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.solid)

    def counts(self, name: str, where: NDArray[np.bool_] | None = None) -> list[tuple[str, int]]:
        """Return the words of a column with their counts, commonest first."""
        codes = self.codes[name] if where is None else self.codes[name][where]
        found = np.bincount(codes, minlength=len(self.names[name])).tolist()
        pairs = [(word, n) for word, n in zip(self.names[name], found, strict=True) if n]
        return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))


def read_table(corpus: Path, progress: Progress) -> Table:
    """Return all drawings of a corpus as columns of numbers."""
    names: dict[str, dict[str, int]] = {word: {} for word in _WORDS}
    codes: dict[str, list[NDArray[np.int32]]] = {word: [] for word in _WORDS}
    numbers: dict[str, list[NDArray[np.float32]]] = {name: [] for name in NUMBERS}
    flags: dict[str, list[NDArray[Any]]] = {
        "solid": [],
        "interface": [],
        "coloured": [],
        "cluster": [],
    }
    columns = [*_WORDS, *NUMBERS, "solid", "interface", "colours", "cluster"]
    for batch in read_batches(corpus, columns=columns, batch_size=16384):
        for word in _WORDS:
            coded = batch.column(word).fill_null("").dictionary_encode()
            known = names[word]
            lookup = [known.setdefault(text, len(known)) for text in coded.dictionary.to_pylist()]
            codes[word].append(np.array(lookup, dtype=np.int32)[np.asarray(coded.indices)])
        for name in NUMBERS:
            numbers[name].append(np.asarray(batch.column(name)).astype(np.float32))
        for flag in ("solid", "interface", "cluster"):
            flags[flag].append(np.asarray(batch.column(flag)))
        flags["coloured"].append(
            np.asarray(batch.column("colours").value_lengths().fill_null(0)) > 0
        )
        progress(batch.num_rows)

    def join(parts: list[NDArray[Any]], kind: type) -> NDArray[Any]:
        return np.concatenate(parts) if parts else np.empty(0, dtype=kind)

    return Table(
        codes={word: join(codes[word], np.int32) for word in _WORDS},
        names={word: list(names[word]) for word in _WORDS},
        numbers={name: join(numbers[name], np.float32) for name in NUMBERS},
        solid=join(flags["solid"], np.bool_),
        interface=join(flags["interface"], np.bool_),
        coloured=join(flags["coloured"], np.bool_),
        cluster=join(flags["cluster"], np.int32),
    )


def count_column(path: Path, column: str) -> list[tuple[str, int]]:
    """Return the counts of a parquet file's or folder's column, commonest first; none if absent."""
    counts: dict[str, int] = {}
    try:
        parts = (
            sorted(path.rglob("*.parquet")) if path.is_dir() else [path] if path.exists() else []
        )
        for part in parts:
            with pq.ParquetFile(part) as file:
                for batch in file.iter_batches(columns=[column]):
                    for item in batch.column(0).fill_null("").value_counts().to_pylist():
                        counts[item["values"]] = counts.get(item["values"], 0) + item["counts"]
    except (pa.ArrowException, OSError) as error:
        raise _damaged(path, error) from error
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def read_russian(path: Path) -> dict[str, str]:
    """Return the concepts that have a Russian name, with it; none if there is no such file."""
    try:
        rows = pq.read_table(path, columns=["concept", "ru"]).to_pylist() if path.exists() else []
    except (pa.ArrowException, OSError) as error:
        raise _damaged(path, error) from error
    return {row["concept"]: row["ru"] for row in rows if row["ru"]}


def styles_of(table: Table) -> dict[str, NDArray[np.int64]]:
    """Return the rows of each style; a drawing has one style."""
    derived = np.array([name.encode() for name in table.names["derived"]])[table.codes["derived"]]
    made = (derived == b"filled") | (derived == b"thickened")
    plain = ~made & ~table.coloured & ~table.interface
    masks = {
        "style_solid": plain & table.solid,
        "style_line": plain & ~table.solid,
        "style_filled": derived == b"filled",
        "style_thickened": derived == b"thickened",
        "style_coloured": table.coloured,
        "style_silhouette": (derived == b"silhouette"),
        "style_interface": table.interface & ~made & ~table.coloured,
    }
    return {name: np.flatnonzero(mask) for name, mask in masks.items() if mask.any()}


def pick_styles(table: Table, rng: np.random.Generator) -> dict[str, NDArray[np.int64]]:
    """Return random rows of each style."""
    return {
        name: rng.choice(rows, min(_SHEET, len(rows)), replace=False)
        for name, rows in styles_of(table).items()
    }


def concept_sizes(table: Table) -> tuple[int, int]:
    """Return the number of concepts, and of those with 15 solid drawings or more."""
    found = [(word, n) for word, n in table.counts("concept") if word]
    rich = [n for word, n in table.counts("concept", table.solid) if word and n >= 15]
    return len(found), len(rich)


def pick_concepts(
    table: Table, rng: np.random.Generator
) -> list[tuple[tuple[str, int, int], NDArray[np.int64]]]:
    """Return the concepts with most drawings (name, drawings, solid), and rows of each to show."""
    chosen = [(word, n) for word, n in table.counts("concept") if word][:_CONCEPTS]
    solid = dict(table.counts("concept", table.solid))
    order = np.argsort(table.codes["concept"], kind="stable")
    starts = np.searchsorted(
        table.codes["concept"][order], np.arange(len(table.names["concept"]) + 1)
    )
    picked = []
    for word, n in chosen:
        code = table.names["concept"].index(word)
        rows = order[starts[code] : starts[code + 1]]
        strong = rows[table.solid[rows]]
        rows = strong if len(strong) >= _PER_CONCEPT else rows
        picked.append(
            (
                (word, n, solid.get(word, 0)),
                rng.choice(rows, min(_PER_CONCEPT, len(rows)), replace=False),
            )
        )
    return picked


def pick_probe(table: Table, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return the drawings among which near-copies are looked for: whole clusters and their like.

    Half come from clusters of two or more, half at random from the solid rest.
    """
    sizes = np.bincount(table.cluster - table.cluster.min())[table.cluster - table.cluster.min()]
    shared = np.flatnonzero(sizes > 1)
    shared = shared[np.lexsort((shared, table.cluster[shared]))]
    start = int(rng.integers(max(1, len(shared) - _PAIR_SAMPLE // 2 + 1)))
    some = shared[start : start + _PAIR_SAMPLE // 2]
    rest = np.setdiff1d(np.flatnonzero(table.solid), some)
    return np.union1d(
        some, rng.choice(rest, min(len(rest), _PAIR_SAMPLE - len(some)), replace=False)
    )


def _damaged(path: Path, error: Exception) -> DataError:
    return DataError(
        f"{path} can't be read ({error}): build the corpus again",
        ru=f"{path} не читается ({error}): постройте корпус заново",
    )
