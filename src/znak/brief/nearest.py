"""The nearest industry by vector, for a business that no term of the table names."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from znak.brief.industries import industries
from znak.words.base import TextEncoder

LEAST = 0.6
"""Cosine under which nothing is near."""


def find_industry(phrase: str, encoder: TextEncoder) -> str:
    """Return the id of the industry with the term nearest to `phrase`, or "" if none is near."""
    if not phrase:
        return ""
    (vector,) = encoder([phrase])
    ids, matrix = _terms(encoder)
    nearness = matrix @ vector
    best = int(nearness.argmax())
    return ids[best] if float(nearness[best]) >= LEAST else ""


_found: dict[str, tuple[tuple[str, ...], NDArray[np.float32]]] = {}


def _terms(encoder: TextEncoder) -> tuple[tuple[str, ...], NDArray[np.float32]]:
    if encoder.name in _found:
        return _found[encoder.name]
    rows = [(row.id, term) for row in industries().values() for term in (*row.en, *row.ru)]
    _found[encoder.name] = tuple(id_ for id_, _ in rows), encoder([term for _, term in rows])
    return _found[encoder.name]
