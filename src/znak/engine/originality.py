"""Originality: the closest known drawings and brand logos, from an index of names and features.

    index = load_index()
    index.nearest(fields)      # one `Closest` for each field

A feature is the field, brought to the same frame, as a few dozen principal components of its
16×16 reduction; the index holds them in int8 with the drawings' names, and no pictures. Distances
are root mean square differences of the clamped distance fields, in field px. `percentile` says how
many per cent of held-out drawings lie closer than that to some drawing of the index: a low one
means that the mark is closer to a known drawing than drawings usually are to one another. A brand's
logo is looked for as drawn and inverted. This is no legal search.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from znak.engine.base import Floats
from znak.engine.file import Weights, read_weights
from znak.errors import DataError
from znak.fields.placing import ink_box, sampling_matrix
from znak.fields.sdf import CLAMP, INK, SIZE

KIND = "originality"
SHIPPED = "originality.safetensors"
GRID = 16


@dataclass(frozen=True)
class Closest:
    """The closest known drawing: its name, what it is ("drawing" or "brand"), how far it is."""

    name: str
    kind: str
    distance: float
    percentile: float


def shipped_path() -> Path:
    """Return where the package's own index lies."""
    return Path(str(resources.files("znak.engine") / "data" / SHIPPED))


@lru_cache(maxsize=2)
def load_index(path: Path | None = None) -> Index:
    """Return the index of a file, the shipped one by default; raise DataError if it is unusable."""
    return Index(read_weights(path or shipped_path(), kind=KIND))


class Index:
    """See the module; build it with `load_index`."""

    def __init__(self, weights: Weights) -> None:
        """Take a file's arrays; raise DataError where they don't fit together."""
        a = weights.arrays
        self.revision = weights.revision
        self.about = weights.about
        try:
            self.names = zlib.decompress(a["names"].tobytes()).decode("utf-8").split("\n")
            self._basis, self._mean = a["basis"], a["mean"]
            self._rows, self._scale = a["rows"], float(a["scale"][0])
            self._brands = a["brands"].astype(bool)
            self._quantiles = a["quantiles"]
            n, k = self._rows.shape
            if not (
                len(self.names) == n == len(self._brands)
                and self._basis.shape == (k, GRID * GRID)
                and self._mean.shape == (GRID * GRID,)
                and self._quantiles.shape == (101,)
                and n > 0
                and self._rows.dtype == np.int8
            ):
                raise ValueError("arrays of unequal length")
        except (KeyError, ValueError, zlib.error) as error:
            raise DataError(
                f"the index of known drawings doesn't fit together ({error}): reinstall znak",
                ru=f"Указатель известных рисунков повреждён ({error}): переустановите znak",
            ) from error
        self._norms = np.empty(n, np.float32)
        for low in range(0, n, 16384):
            part = self._rows[low : low + 16384].astype(np.float32)
            self._norms[low : low + 16384] = np.einsum("nk,nk->n", part, part)

    def __len__(self) -> int:
        return len(self.names)

    def nearest(self, fields: Floats) -> list[Closest]:
        """Return the closest known drawing of each field (n, 64, 64), mirror images included."""
        distance, row = self.search(fields)
        return [
            Closest(
                name=self.names[r],
                kind="brand" if self._brands[r] else "drawing",
                distance=round(float(d), 3),
                percentile=self.percentile(float(d)),
            )
            for d, r in zip(distance, row, strict=True)
        ]

    def percentile(self, distance: float) -> float:
        """Return how many per cent of held-out drawings are closer than `distance` to a known one."""
        return round(float(np.interp(distance, self._quantiles, np.arange(101))), 1)

    def search(self, fields: Floats) -> tuple[Floats, NDArray[np.intp]]:
        """Return distance (n) and row (n) of the closest drawing to each field."""
        views = np.stack([fields, fields[:, :, ::-1]])
        queries = self._features(views.reshape(-1, SIZE, SIZE))
        inverted = self._features(np.stack([invert(f) for f in fields]))
        queries = np.concatenate([queries, inverted])
        best = np.full(len(queries), np.inf, np.float32)
        row = np.zeros(len(queries), np.intp)
        own = np.einsum("nk,nk->n", queries, queries)
        brand_only = np.arange(len(queries)) >= 2 * len(fields)
        for low in range(0, len(self._rows), 16384):
            part = self._rows[low : low + 16384].astype(np.float32)
            # int8 products and their sums are whole numbers below 2^24 or nearly: exact enough
            gap = own[:, None] + self._norms[low : low + 16384] - 2 * (queries @ part.T)
            gap[np.ix_(brand_only, ~self._brands[low : low + 16384])] = np.inf
            at = gap.argmin(axis=1)
            value = gap[np.arange(len(queries)), at]
            closer = value < best
            best[closer], row[closer] = value[closer], low + at[closer]
        views, rows = best.reshape(3, -1), row.reshape(3, -1)
        view = views.argmin(axis=0)
        columns = np.arange(len(fields))
        squared = np.maximum(views[view, columns], 0)
        distance = np.asarray(np.sqrt(squared) * np.float32(self._scale / GRID), np.float32)
        return distance, rows[view, columns]

    @property
    def scale(self) -> float:
        """Size of one step of a stored feature."""
        return self._scale

    def is_brand(self, row: int) -> bool:
        """Say whether a row is a brand's logo."""
        return bool(self._brands[row])

    def blocks(self, size: int) -> Iterator[tuple[int, Floats, Floats]]:
        """Yield (first row, rows as float32, their squared lengths) of `size` rows at a time."""
        for low in range(0, len(self._rows), size):
            rows = self._rows[low : low + size].astype(np.float32)
            yield low, rows, self._norms[low : low + size]

    def features(self, fields: Floats) -> Floats:
        """Return the features of fields (n, 64, 64), in steps of `scale`."""
        return self._features(fields)

    def _features(self, fields: Floats) -> Floats:
        x = reduce(fields) - self._mean
        return np.asarray(
            np.clip(np.rint(x @ self._basis.T / np.float32(self._scale)), -127, 127), np.float32
        )


def reduce(fields: Floats) -> Floats:
    """Return (n, 256): the fields (n, 64, 64) framed, in px, as means of 4×4 samples."""
    framed = np.stack([frame(field) for field in fields]) if len(fields) else fields
    n = len(framed)
    blocks = framed.reshape(n, GRID, SIZE // GRID, GRID, SIZE // GRID)
    return np.asarray(blocks.mean(axis=(2, 4)).reshape(n, -1) * np.float32(CLAMP), np.float32)


def frame(field: Floats) -> Floats:
    """Return the field with its ink centred, longest side 56 px, by bilinear sampling."""
    box = ink_box(field)
    if box is None:
        return field
    left, top, right, bottom = box
    side = max(right - left, bottom - top)
    if side < 1 or (
        abs(side - INK) < 0.5
        and abs((left + right - SIZE) / 2) < 0.25
        and abs((top + bottom - SIZE) / 2) < 0.25
    ):
        return field
    scale = side / INK
    at = (np.arange(SIZE) + 0.5 - SIZE / 2) * scale - 0.5
    rows = sampling_matrix(at + (top + bottom) / 2)
    columns = sampling_matrix(at + (left + right) / 2)
    return np.asarray(np.clip(rows @ field @ columns.T / np.float32(scale), -1, 1), np.float32)


def invert(field: Floats) -> Floats:
    """Return the mark that the field leaves open inside its bounding box: of a badge, what is cut."""
    box = ink_box(field)
    if box is None:
        return field
    left, top, right, bottom = (round(v) for v in box)
    out = np.full_like(field, -1.0)
    out[top + 1 : bottom - 1, left + 1 : right - 1] = -field[
        top + 1 : bottom - 1, left + 1 : right - 1
    ]
    return out


def names_blob(names: Sequence[str]) -> NDArray[np.uint8]:
    """Return the stored form of `names`."""
    clean = (" ".join(name.split()) for name in names)
    return np.frombuffer(zlib.compress("\n".join(clean).encode("utf-8"), 9), np.uint8)
