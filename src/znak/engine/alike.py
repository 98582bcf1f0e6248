"""Looking for look-alikes: a mark turned, mirrored, without its frame or ground, against the index.

    find(load_index(), readings)     # the closest drawings and brands, closest first
    verdict(found)                   # what that means, in English and Russian

Distances are those of `originality`; trying several views of a mark makes them smaller or equal to
those of `Index.nearest`, so percentiles are, if anything, on the careful side.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from znak.engine.base import Floats
from znak.engine.originality import GRID, Closest, Index
from znak.fields.likeness import turned
from znak.fields.sdf import Field

ANGLES = (-15.0, -10.0, -5.0, 0.0, 5.0, 10.0, 15.0)
CLOSE, FAR = 5.0, 25.0
"""Percentiles below which a mark is too close to a known one, and above which it is its own."""
_BLOCK = 16384


def find(index: Index, readings: Sequence[Field], *, n: int = 5) -> list[Closest]:
    """Return the `n` closest known drawings and logos to any view of any reading."""
    turns = np.concatenate([turned(field, ANGLES) for field in readings])
    distances = _distances(index, np.concatenate([turns, turns[:, :, ::-1]]))
    order = np.argpartition(distances, min(n, len(distances) - 1))[:n]
    order = order[np.lexsort((order, distances[order]))]
    return [
        Closest(
            name=index.names[r],
            kind="brand" if index.is_brand(int(r)) else "drawing",
            distance=round(float(distances[r]), 3),
            percentile=index.percentile(float(distances[r])),
        )
        for r in order
    ]


def _distances(index: Index, views: Floats) -> Floats:
    """Return each row's distance (field px) to the closest of `views`."""
    queries = index.features(views)
    own = np.einsum("nk,nk->n", queries, queries)[:, None]
    best = np.empty(len(index), np.float32)
    for low, part, norms in index.blocks(_BLOCK):
        gap = own - 2 * (queries @ part.T) + norms
        best[low : low + len(part)] = gap.min(axis=0)
    return np.asarray(np.sqrt(np.maximum(best, 0)) * np.float32(index.scale / GRID), np.float32)


def verdict(found: Sequence[Closest]) -> tuple[str, str]:
    """Return what the closest neighbour means, in plain English and Russian."""
    caveat = (
        "This compares forms with drawings and logos that this version knows; it is no legal search.",
        "Сравниваются формы с рисунками и логотипами, известными этой версии; это не юридический "
        "поиск.",
    )
    if not found:
        return caveat
    first = found[0]
    if first.percentile < CLOSE:
        said = (
            f"Very close to {first.name}: look at it, and change the mark.",
            f"Очень похоже на {first.name}: сравните и измените знак.",
        )
    elif first.percentile < FAR:
        said = (
            f"Somewhat like {first.name}: compare the two before you decide.",
            f"Напоминает {first.name}: сравните, прежде чем решать.",
        )
    else:
        said = (
            "No known drawing or logo is unusually close.",
            "Необычно близких рисунков и логотипов не найдено.",
        )
    return f"{said[0]} {caveat[0]}", f"{said[1]} {caveat[1]}"
