"""The memory-mapped cache of pictures that training reads.

    znak data cache data/amazing --to data/cache --size 32

    folder = build_cache([Path("data/amazing")], Path("data/cache"), CacheSettings(size=32))
    cache = open_cache(folder)
    cache.images[cache.rows("train")[:32]]      # uint8 (32, 32, 32, 3), RGB

A cache's folder is named after the content of the files and the settings, so a second call finds
the first one's. Row i of every array is row i of the files, in file order; a row without a usable
picture is black and stands in no split. Caching takes one pass over the files by row group.

A cache folder holds `images.npy` (n, size, size, 3), `thumbs.npy` (n, 16, 16, 3), `rows.npz`
(split, group, flat, and why a row was skipped), `captions.arrow` and `manifest.json`.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any, overload

import numpy as np
import pyarrow as pa
from numpy.lib.format import open_memmap
from numpy.typing import NDArray

from znak.atomic import new_folder
from znak.corpus.amazing.copies import SIDE, group_copies, is_flat
from znak.corpus.amazing.pictures import FAULTS, FITS, Picture, decode, make_thumb, shrink
from znak.corpus.amazing.shards import Piece, Shards, image_bytes, open_shards, read_piece
from znak.corpus.amazing.split import SKIPPED, SPLITS, order_rows, split_rows
from znak.corpus.workers import map_ordered
from znak.errors import DataError, InputError

VERSION = 1
SIZES = (28, 32, 64, 128)
SEED_ROWS = 100_300
"""Rows of the seed's own preset: the last ones in file order."""
MAX_CAPTION = 2000
"""Longer captions are cut here."""
MANIFEST = "manifest.json"


@dataclass(frozen=True)
class CacheSettings:
    """What a cache is made with; part of its name."""

    size: int = 32
    fit: str = "pad"  # or "stretch", as the seed
    seed: int = 0  # of the split and of the order of rows
    valid: float = 0.05
    test: float = 0.05

    def check(self) -> None:
        """Raise InputError for a setting that can't be used."""
        if self.size not in SIZES:
            sizes = ", ".join(map(str, SIZES))
            raise InputError(
                f"size {self.size}: choose one of {sizes}",
                ru=f"Размер {self.size}: выберите один из {sizes}",
            )
        if self.fit not in FITS:
            raise InputError(
                f"fit {self.fit!r}: choose {' or '.join(FITS)}",
                ru=f"Способ вписывания {self.fit!r}: выберите {' или '.join(FITS)}",
            )
        shares = (self.valid, self.test)
        if min(shares) < 0 or sum(shares) >= 1 or self.seed < 0:
            raise InputError(
                f"shares valid {self.valid} and test {self.test}, seed {self.seed}: the shares must "
                "be 0 or more and leave rows for training, the seed 0 or more",
                ru=f"Доли valid {self.valid} и test {self.test}, зерно {self.seed}: доли — не меньше "
                "0 и в сумме меньше 1, зерно — не меньше 0",
            )


class Captions(Sequence[str]):
    """Captions by row, read from disk when asked for."""

    def __init__(self, table: pa.Table) -> None:
        self._column: pa.ChunkedArray = table.column("text")

    def __len__(self) -> int:
        return len(self._column)

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> list[str]: ...
    def __getitem__(self, at: int | slice) -> str | list[str]:
        if isinstance(at, slice):
            found: list[str] = self._column.take(
                pa.array(range(*at.indices(len(self))))
            ).to_pylist()
            return found
        return str(self._column[int(at)])

    def take(self, rows: NDArray[np.int64] | Sequence[int]) -> list[str]:
        """Return the captions of some rows."""
        found: list[str] = self._column.take(pa.array(np.asarray(rows, dtype=np.int64))).to_pylist()
        return found


@dataclass(frozen=True, eq=False)
class ImageCache:
    """An opened cache; arrays are memory maps or small.

    `images` uint8 (n, size, size, 3); `split` int8, an index into SPLITS or SKIPPED; `group` the
    first row of each row's group of copies; `flat` pictures of one colour.
    """

    folder: Path
    images: NDArray[np.uint8]
    thumbs: NDArray[np.uint8]
    captions: Captions
    split: NDArray[np.int8]
    group: NDArray[np.int32]
    flat: NDArray[np.bool_]
    settings: CacheSettings
    manifest: dict[str, Any]

    def __len__(self) -> int:
        return len(self.images)

    @property
    def fingerprint(self) -> str:
        """The name of content and settings."""
        return str(self.manifest["fingerprint"])

    @property
    def synthetic(self) -> bool:
        """Whether the files say that they are made up; every figure from them must say so too."""
        return bool(self.manifest["synthetic"])

    @cached_property
    def valid(self) -> NDArray[np.bool_]:
        """Rows with a usable picture."""
        return np.asarray(self.split != SKIPPED)

    def rows(self, split: str) -> NDArray[np.int64]:
        """Return the rows of "train", "valid", "test" or "all", shuffled by the cache's seed.

        Order carries style in these data sets, so a beginning of these rows is a fair sample.
        """
        if split != "all" and split not in SPLITS:
            raise InputError(
                f"split {split!r}: choose {', '.join(SPLITS)} or all",
                ru=f"Часть {split!r}: выберите {', '.join(SPLITS)} или all",
            )
        mask = self.valid if split == "all" else self.split == SPLITS.index(split)
        return order_rows(np.flatnonzero(mask), seed=self.settings.seed)

    def seed_rows(self, n: int = SEED_ROWS) -> NDArray[np.int64]:
        """Return the rows that the seed system trained on: the last `n` in file order."""
        return np.flatnonzero(self.valid)[-n:]


def build_cache(
    paths: Sequence[Path],
    root: Path,
    settings: CacheSettings | None = None,
    *,
    processes: int = 2,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Path:
    """Return the folder under `root` of the cache of these files, made unless it is there.

    `progress` is called with rows done and rows in all. Raises InputError for settings, DataError
    for the files (or when no picture in them can be used), StorageError for `root`.
    """
    settings = settings or CacheSettings()
    settings.check()
    shards = open_shards(paths)
    name = fingerprint(shards, settings)
    folder = root / f"amazing-{settings.size}-{name[:16]}"
    if (folder / MANIFEST).is_file():
        open_cache(folder)
        return folder
    with new_folder(folder, marker=MANIFEST) as temporary:
        _fill(shards, temporary, settings, name, processes, progress)
    return folder


def fingerprint(shards: Shards, settings: CacheSettings) -> str:
    """Return the name of content and settings."""
    text = json.dumps([VERSION, shards.digest, asdict(settings)], sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def open_cache(folder: Path) -> ImageCache:
    """Return the cache in `folder`; raises DataError when it is missing, damaged or too old."""
    remedy = "make it with znak data cache"
    remedy_ru = "создайте его командой znak data cache"
    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(
            f"{folder} is no cache ({error}): {remedy}",
            ru=f"{folder} не кэш ({error}): {remedy_ru}",
        ) from error
    if manifest.get("version") != VERSION:
        raise DataError(
            f"{folder} is a cache of version {manifest.get('version')}, this is {VERSION}: {remedy}",
            ru=f"{folder}: версия кэша {manifest.get('version')}, нужна {VERSION}: {remedy_ru}",
        )
    try:
        known = {f.name for f in fields(CacheSettings)}
        settings = CacheSettings(**{k: v for k, v in manifest["settings"].items() if k in known})
        images = np.load(folder / "images.npy", mmap_mode="r")
        thumbs = np.load(folder / "thumbs.npy", mmap_mode="r")
        with np.load(folder / "rows.npz") as rows:
            split, group, flat = rows["split"], rows["group"], rows["flat"]
        with pa.memory_map(str(folder / "captions.arrow")) as file:
            captions = Captions(pa.ipc.open_file(file).read_all())
        n, size = int(manifest["rows"]), settings.size
        whole = images.shape == (n, size, size, 3) and thumbs.shape == (n, SIDE, SIDE, 3)
        if not whole or {len(split), len(group), len(flat), len(captions)} != {n}:
            raise ValueError(f"its arrays do not have {n} rows each")
    except (OSError, ValueError, KeyError, TypeError, EOFError, pa.ArrowException) as error:
        raise DataError(
            f"{folder} is damaged ({error}): delete it and {remedy}",
            ru=f"{folder} повреждён ({error}): удалите его и {remedy_ru}",
        ) from error
    return ImageCache(folder, images, thumbs, captions, split, group, flat, settings, manifest)


def _fill(
    shards: Shards,
    folder: Path,
    settings: CacheSettings,
    name: str,
    processes: int,
    progress: Callable[[int, int], None],
) -> None:
    n, size = shards.rows, settings.size
    _make(folder / "images.npy", (n, size, size, 3))
    thumbs = _make(folder / "thumbs.npy", (n, SIDE, SIDE, 3))
    ratios = np.ones(n, dtype=np.float32)
    digests = np.zeros(n, dtype=np.uint64)
    fault = np.zeros(n, dtype=np.int8)  # 0, or 1 + an index into FAULTS
    cut = empty = done = 0
    with (
        pa.OSFile(str(folder / "captions.arrow"), "wb") as file,
        pa.ipc.new_file(file, pa.schema([("text", pa.string())])) as writer,
    ):
        jobs = ((piece, folder, settings) for piece in shards.pieces())
        for part in map_ordered(_cache_piece, jobs, processes=processes):
            here = slice(part.start, part.start + len(part.fault))
            ratios[here], digests[here], fault[here] = part.ratios, part.digests, part.fault
            cut, empty = cut + part.cut, empty + part.empty
            writer.write_batch(pa.record_batch([part.captions], names=["text"]))
            done += len(part.fault)
            progress(done, n)
    valid = fault == 0
    if not valid.any():
        raise DataError(
            f"none of the {n} pictures can be decoded: see znak data check",
            ru=f"Ни одна из {n} картинок не читается: смотрите znak data check",
        )
    flat = np.concatenate([is_flat(thumbs[at : at + 4096]) for at in range(0, n, 4096)]) & valid
    group = group_copies(thumbs, ratios, digests, valid=valid)
    split = split_rows(group, digests, valid, settings)
    np.savez(folder / "rows.npz", split=split, group=group, flat=flat, fault=fault)
    counts = {
        "usable": int(valid.sum()),
        **{name: int((split == k).sum()) for k, name in enumerate(SPLITS)},
        **{f"skipped, {reason}": int((fault == k + 1).sum()) for k, reason in enumerate(FAULTS)},
        "of one colour": int(flat.sum()),
        "copies of an earlier row": int((valid & (group != np.arange(n))).sum()),
        "captions empty": empty,
        "captions cut": cut,
    }
    manifest = {
        "version": VERSION,
        "fingerprint": name,
        "rows": n,
        "synthetic": shards.synthetic,
        "settings": asdict(settings),
        "counts": counts,
        "files": [{"name": file.path.name, "rows": file.rows} for file in shards.files],
    }
    text = json.dumps(manifest, indent=1, ensure_ascii=False)
    (folder / MANIFEST).write_text(text, encoding="utf-8")


def _make(path: Path, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Return a new array on disk, its whole room taken at once.

    A memory map over a sparse file dies of a signal when the disk fills; this raises instead.
    """
    array: NDArray[np.uint8] = open_memmap(path, mode="w+", dtype=np.uint8, shape=shape)
    if hasattr(os, "posix_fallocate"):
        with path.open("r+b") as file:
            os.posix_fallocate(file.fileno(), 0, path.stat().st_size)
    return array


@dataclass(frozen=True, eq=False)
class _Part:
    start: int
    ratios: NDArray[np.float32]
    digests: NDArray[np.uint64]
    fault: NDArray[np.int8]
    captions: pa.Array
    cut: int
    empty: int


def _cache_piece(job: tuple[Piece, Path, CacheSettings]) -> _Part:
    """Decode a piece's pictures into the arrays on disk; what is small goes back."""
    piece, folder, settings = job
    table = read_piece(piece)
    images = np.load(folder / "images.npy", mmap_mode="r+")
    thumbs = np.load(folder / "thumbs.npy", mmap_mode="r+")
    n = piece.rows
    part = _Part(piece.start, np.ones(n, np.float32), np.zeros(n, np.uint64), np.zeros(n, np.int8),
                 *clean_captions(table.column("text").to_pylist()))  # fmt: skip
    for k, data in enumerate(image_bytes(table)):
        picture = decode(data)
        if not isinstance(picture, Picture):
            part.fault[k] = 1 + FAULTS.index(picture.reason)
            continue
        images[piece.start + k] = shrink(picture.rgb, settings.size, fit=settings.fit)
        thumbs[piece.start + k] = make_thumb(picture.rgb, SIDE)
        part.ratios[k] = picture.rgb.width / picture.rgb.height
        part.digests[k] = digest(data or b"")
    return part


def digest(data: bytes) -> int:
    """Return 64 bits of a digest of `data`."""
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "little")


def clean_captions(texts: Sequence[str | None]) -> tuple[pa.Array, int, int]:
    """Return captions without nulls and cut at MAX_CAPTION, how many were cut and how many empty."""
    plain = [text or "" for text in texts]
    cut = sum(len(text) > MAX_CAPTION for text in plain)
    empty = sum(not text.strip() for text in plain)
    return pa.array([text[:MAX_CAPTION] for text in plain], pa.string()), cut, empty
