"""Logos with captions as training batches: from the memory-mapped cache, by epochs.

A batch depends on the seed and the step alone. An epoch shows every picture once, in an order of
its own; its last batch is what is left, as the seed had it. `samples` counts steps × batch.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from znak.brief.captions import parse
from znak.corpus.amazing.cache import MANIFEST, CacheSettings, build_cache, open_cache
from znak.errors import DataError
from znak.models.images import from_bytes
from znak.words.base import TextEncoder

_GOLDEN = 0x9E3779B97F4A7C15


@dataclass(frozen=True)
class PicturesConfig:
    """Which pictures are used, and what of their captions.

    `rows`: "split" takes `split` of the cache; "seed" the last 100,300 rows in file order, as the
    seed did. `text`: "whole" reads the caption as it stands, "content" its tags and industry alone,
    without the words that every caption has. `fit` is how pictures that are not square become so.
    """

    rows: Literal["split", "seed"] = "split"
    split: Literal["train", "valid", "test", "all"] = "train"
    text: Literal["whole", "content"] = "content"
    fit: Literal["pad", "stretch"] = "pad"
    flat: bool = False
    limit: int | None = None


@dataclass(frozen=True, eq=False)
class Pictures:
    """n pictures: `images` uint8 (N, S, S, 3) of the whole cache, `rows` (n) of it that are used,
    the distinct `texts`, which of them each row has (`text`), and whether it is black and white.
    `trained_on`: held-out pictures that the seed's preset has seen, for want of others.
    """

    images: NDArray[np.uint8]
    rows: NDArray[np.int64]
    texts: list[str]
    text: NDArray[np.int64]
    black_and_white: NDArray[np.bool_]
    fingerprint: str
    synthetic: bool
    trained_on: bool = False

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def size(self) -> int:
        """Side of a picture in pixels."""
        return int(self.images.shape[1])

    def take(self, places: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Return pictures (k, S, S, 3) by their places among the n."""
        return np.ascontiguousarray(self.images[self.rows[places]])

    def captions(self, places: NDArray[np.int64]) -> list[str]:
        """Return the texts of pictures by their places."""
        return [self.texts[i] for i in self.text[places]]


def open_pictures(
    path: Path, config: PicturesConfig, *, size: int, cache: Path, without_seed: bool = False
) -> Pictures:
    """Return the pictures of a cache folder, or of parquet files, which are cached under `cache`.

    `without_seed` leaves out the rows that the seed's preset trains on, unless that leaves none.
    Raises DataError when there are none, or the cache is of another size.
    """
    if (path / MANIFEST).is_file():
        folder = path
    else:
        folder = build_cache([path], cache, CacheSettings(size=size, fit=config.fit))
    held = open_cache(folder)
    if held.settings.size != size:
        raise DataError(
            f"{folder} holds pictures of {held.settings.size} px, {size} are wanted: give the parquet "
            "files, or a cache of that size",
            ru=f"В {folder} картинки {held.settings.size} пкс, нужны {size}",
        )
    rows = held.seed_rows() if config.rows == "seed" else held.rows(config.split)
    if not config.flat and config.rows == "split":
        rows = rows[~held.flat[rows]]
    trained_on = False
    if without_seed:
        unseen = rows[~np.isin(rows, held.seed_rows())]
        trained_on = not len(unseen)
        rows = rows if trained_on else unseen
    rows = np.asarray(rows[: config.limit], dtype=np.int64)
    if not len(rows):
        raise DataError(
            f"{folder} has no picture in {config.split!r}: give more data",
            ru=f"В {folder} нет картинок части {config.split!r}: нужно больше данных",
        )
    lines, marks = [], []
    for caption in held.captions.take(rows):
        line, mark = describe(caption, config.text)
        lines.append(line)
        marks.append(mark)
    texts, inverse = np.unique(np.array(lines, dtype=np.str_), return_inverse=True)
    key = f"{held.fingerprint}|{config}|{len(rows)}" + ("|unseen" if without_seed else "")
    return Pictures(
        images=held.images,
        rows=rows,
        texts=[str(t) for t in texts],
        text=inverse.astype(np.int64),
        black_and_white=np.array(marks, dtype=bool),
        fingerprint=hashlib.sha256(key.encode()).hexdigest()[:16],
        synthetic=held.synthetic,
        trained_on=trained_on,
    )


def describe(caption: str, text: str) -> tuple[str, bool]:
    """Return what the model is told of a caption, and whether it says black and white."""
    read = parse(caption)
    if text == "whole":
        return caption, read.black_and_white
    if not read.parsed:
        return caption, read.black_and_white
    parts = [*read.tags, *([read.industry] if read.industry else [])]
    return ", ".join(parts) or (read.name or ""), read.black_and_white


@dataclass(frozen=True, eq=False)
class PictureBatch:
    """B pictures: float32 (B, 3, S, S) in [-1, 1], text (B, d), style (B, 1), own generator."""

    images: Tensor
    text: Tensor
    style: Tensor
    generator: torch.Generator


class PictureFeed:
    """Draws batches; `feed(step)` is the same batch whenever it is asked for."""

    def __init__(
        self,
        pictures: Pictures,
        encode: TextEncoder,
        *,
        batch: int,
        seed: int,
        device: torch.device,
        whole: bool = False,
    ) -> None:
        """With `whole` batches the rest of an epoch is left out, else it comes as a short batch."""
        if len(pictures) < batch:
            raise DataError(
                f"{len(pictures)} pictures do not fill a batch of {batch}: give more data, or "
                f"--set batch={max(len(pictures) // 2, 1)}",
                ru=f"Картинок {len(pictures)} — меньше пакета {batch}: нужно больше данных или "
                f"--set batch={max(len(pictures) // 2, 1)}",
            )
        self.pictures, self.batch, self.seed, self.device = pictures, batch, seed, device
        n = len(pictures)
        self.steps_an_epoch = n // batch if whole else -(-n // batch)
        self.vectors = torch.from_numpy(encode(pictures.texts)).to(device)
        self._order: tuple[int, NDArray[np.int64]] = (-1, np.empty(0, dtype=np.int64))

    def __call__(self, step: int) -> PictureBatch:
        """Return the batch of `step`."""
        epoch, index = divmod(step, self.steps_an_epoch)
        if self._order[0] != epoch:
            rng = np.random.Generator(np.random.Philox(key=[self.seed, epoch]))
            self._order = (epoch, rng.permutation(len(self.pictures)))
        places = self._order[1][index * self.batch : (index + 1) * self.batch]
        generator = torch.Generator(self.device)
        generator.manual_seed((self.seed * _GOLDEN + step) % 2**63)
        images = torch.from_numpy(from_bytes(self.pictures.take(places))).to(self.device)
        text = self.vectors[torch.from_numpy(self.pictures.text[places]).to(self.device)]
        style = torch.from_numpy(self.pictures.black_and_white[places]).to(self.device)
        return PictureBatch(images, text, style.float()[:, None], generator)


def choose_texts(pictures: Pictures, n: int) -> Sequence[str]:
    """Return `n` fixed, distinct texts for sample grids, evenly from those of the pictures."""
    texts = [t for t in pictures.texts if t]
    places = np.linspace(0, max(len(texts) - 1, 0), min(n, len(texts))).round().astype(int)
    return [texts[i] for i in np.unique(places)]
