"""Which rows train and which test: by a seeded hash of the picture's group of copies.

A row's split depends on the seed and on the content of its group alone: the same picture goes to
the same side in every file and order of rows, and so do its near copies.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

SPLITS = ("train", "valid", "test")
SKIPPED = -1
"""The split of rows without a usable picture."""


class Shares(Protocol):
    """What a split is made with."""

    @property
    def seed(self) -> int:
        """Another seed, another split."""

    @property
    def valid(self) -> float:
        """Share of groups in `valid`."""

    @property
    def test(self) -> float:
        """Share of groups in `test`."""


def split_rows(
    group: NDArray[np.int32],
    digests: NDArray[np.uint64],
    valid: NDArray[np.bool_],
    shares: Shares,
) -> NDArray[np.int8]:
    """Return for each row an index into SPLITS, or SKIPPED where it is not valid.

    `group` is the first row of a row's group. A group is named by the smallest digest in it, so
    that the order of the files does not matter.
    """
    name = digests.copy()
    np.minimum.at(name, group[valid], digests[valid])
    draw = uniform(name[group], seed=shares.seed)
    split = np.zeros(len(group), dtype=np.int8)
    split[draw < shares.valid + shares.test] = SPLITS.index("test")
    split[draw < shares.valid] = SPLITS.index("valid")
    split[~valid] = SKIPPED
    return split


def order_rows(rows: NDArray[np.int64], *, seed: int) -> NDArray[np.int64]:
    """Return `rows` shuffled; a row's place relative to another depends on seed and numbers alone."""
    key = _mix(rows.astype(np.uint64), seed=seed ^ 0x5EED)
    return rows[np.lexsort((rows, key))]


def uniform(values: NDArray[np.uint64], *, seed: int) -> NDArray[np.float64]:
    """Return a number in [0, 1) for each value, the same for the same value and seed."""
    return (_mix(values, seed=seed) >> np.uint64(11)).astype(np.float64) / float(1 << 53)


def _mix(values: NDArray[np.uint64], *, seed: int) -> NDArray[np.uint64]:
    """Return the values through the SplitMix64 finaliser (Steele et al., 2014), keyed by `seed`."""
    with np.errstate(over="ignore"):
        x = values + np.uint64((seed * 0x9E3779B97F4A7C15 + 0x9E3779B97F4A7C15) % (1 << 64))
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return x ^ (x >> np.uint64(31))
