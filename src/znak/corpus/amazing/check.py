"""What is wrong with files of logos with captions: one pass, a table of counts.

    znak data check data/amazing

Every file is opened by itself, so one damaged shard does not hide the rest. Pictures are decoded
in working processes, a piece of a row group at a time; 800 bytes a row are kept.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.lib.format import open_memmap
from numpy.typing import NDArray

from znak.corpus.amazing.cache import MAX_CAPTION, digest
from znak.corpus.amazing.copies import SIDE, group_copies, is_flat
from znak.corpus.amazing.pictures import FAULTS, Picture, decode, make_thumb
from znak.corpus.amazing.shards import (
    Piece,
    Shard,
    Shards,
    find_files,
    image_bytes,
    open_shard,
    read_piece,
)
from znak.corpus.captions import parse
from znak.corpus.workers import map_ordered
from znak.errors import DataError

EXAMPLES = 5
"""How many rows are named for each finding."""
LOSING = (*FAULTS, "caption null", "file damaged")
"""Findings that cost rows: with any of them the exit code is 1."""


@dataclass
class Finding:
    """How often something was found, and the first rows where."""

    count: int = 0
    rows: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Check:
    """What a check found. `files` are those that can be read, `damaged` the others with why."""

    files: tuple[Shard, ...]
    damaged: dict[str, DataError]
    rows: int
    synthetic: bool
    findings: dict[str, Finding]

    @property
    def clean(self) -> bool:
        """Whether every row can be used."""
        return not any(self.findings[name].count for name in LOSING)


def check(
    paths: Sequence[Path],
    *,
    processes: int = 2,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Check:
    """Return what is wrong with the parquet files at `paths`.

    `progress` is called with rows done and rows in all. Raises DataError when there is no file, or
    none that can be read.
    """
    files: list[Shard] = []
    damaged: dict[str, DataError] = {}
    for path in find_files(paths):
        try:
            files.append(open_shard(path))
        except DataError as error:
            damaged[str(path)] = error
    shards = Shards(tuple(files))
    if not shards.rows:
        if damaged:
            raise next(iter(damaged.values()))
        raise DataError(
            f"{', '.join(map(str, paths))} holds no rows: give parquet files with logos in them",
            ru=f"В {', '.join(map(str, paths))} нет строк: укажите файлы parquet с логотипами",
        )
    n = shards.rows
    names = (*LOSING, "caption empty", "caption too long", "caption not parsed", "one colour",
             "animated", "smaller than 8 px", "wider or taller than 8,000 px", "exact copies",
             "near copies", "same caption")  # fmt: skip
    findings = {name: Finding() for name in names}
    findings["file damaged"].count = len(damaged)
    ratios, digests = np.ones(n, np.float32), np.zeros(n, np.uint64)
    texts, valid = np.zeros(n, np.uint64), np.zeros(n, bool)
    with tempfile.TemporaryDirectory(prefix="znak-check-") as folder:
        path = Path(folder) / "thumbs.npy"
        thumbs = open_memmap(path, mode="w+", dtype=np.uint8, shape=(n, SIDE, SIDE, 3))
        done = 0
        jobs = ((piece, path) for piece in shards.pieces())
        for part in map_ordered(_check_piece, jobs, processes=processes):
            if part.error:
                damaged[str(part.piece.path)] = part.error
                findings["file damaged"].count = len(damaged)
            here = slice(part.piece.start, part.piece.start + part.piece.rows)
            ratios[here], digests[here] = part.ratios, part.digests
            texts[here], valid[here] = part.texts, part.valid
            for name, rows in part.found.items():
                _add(findings[name], rows)
            done += part.piece.rows
            progress(done, n)
        for at in range(0, n, 4096):
            flat = is_flat(thumbs[at : at + 4096]) & valid[at : at + 4096]
            _add(findings["one colour"], (np.flatnonzero(flat) + at).tolist())
        group = group_copies(thumbs, ratios, digests, valid=valid)
    exact = _repeats(digests, valid)
    _add(findings["exact copies"], np.flatnonzero(exact).tolist())
    near = valid & (group != np.arange(n)) & ~exact
    _add(findings["near copies"], np.flatnonzero(near).tolist())
    _add(findings["same caption"], np.flatnonzero(_repeats(texts, texts != 0)).tolist())
    return Check(tuple(files), damaged, n, shards.synthetic, findings)


@dataclass(frozen=True, eq=False)
class _Part:
    piece: Piece
    ratios: NDArray[np.float32]
    digests: NDArray[np.uint64]
    texts: NDArray[np.uint64]
    valid: NDArray[np.bool_]
    found: dict[str, list[int]]
    error: DataError | None


def _check_piece(job: tuple[Piece, Path]) -> _Part:
    piece, path = job
    n = piece.rows
    found: dict[str, list[int]] = {}
    part = _Part(piece, np.ones(n, np.float32), np.zeros(n, np.uint64), np.zeros(n, np.uint64),
                 np.zeros(n, bool), found, None)  # fmt: skip
    try:
        table = read_piece(piece)
    except DataError as error:
        found["undecodable"] = list(range(piece.start, piece.start + n))
        return _Part(piece, part.ratios, part.digests, part.texts, part.valid, found, error)
    thumbs = np.load(path, mmap_mode="r+")
    captions = table.column("text").to_pylist()
    for k, (data, caption) in enumerate(zip(image_bytes(table), captions, strict=True)):
        row = piece.start + k
        faults = caption_faults(caption)
        if caption and caption.strip():
            part.texts[k] = _text_digest(caption)
        picture = decode(data)
        if isinstance(picture, Picture):
            width, height = picture.rgb.size
            thumbs[row] = make_thumb(picture.rgb, SIDE)
            part.valid[k], part.ratios[k] = True, width / height
            part.digests[k] = digest(data or b"")
            faults += ["animated"] if picture.frames > 1 else []
            faults += ["smaller than 8 px"] if min(width, height) < 8 else []
            faults += ["wider or taller than 8,000 px"] if max(width, height) > 8000 else []
        else:
            faults.append(picture.reason)
        for fault in faults:
            found.setdefault(fault, []).append(row)
    return part


def caption_faults(caption: str | None) -> list[str]:
    """Return what is wrong with a caption, in the words of the findings."""
    if caption is None:
        return ["caption null"]
    if not caption.strip():
        return ["caption empty"]
    if len(caption) > MAX_CAPTION:
        return ["caption too long"]
    return [] if parse(caption).parsed else ["caption not parsed"]


def _text_digest(text: str) -> int:
    data = " ".join(text.split()).casefold().encode("utf-8", "replace")
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "little") or 1


def _repeats(values: NDArray[np.uint64], valid: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Say which valid rows repeat the value of an earlier one."""
    inside = np.flatnonzero(valid)
    repeats = np.zeros(len(values), dtype=bool)
    repeats[inside] = True
    _, first = np.unique(values[inside], return_index=True)
    repeats[inside[first]] = False
    return repeats


def _add(finding: Finding, rows: Sequence[int]) -> None:
    finding.count += len(rows)
    finding.rows += list(rows[: max(0, EXAMPLES - len(finding.rows))])
