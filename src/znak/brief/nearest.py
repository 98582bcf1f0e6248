"""Nearest by vector, where no table helps: an industry for a business, things to draw for an idea.

Both thresholds were set on the terms of the industries, each found by the others' help, and on the
tuned prompts; `benchmarks/brief.py --nearest` prints the curve.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from znak.brief.industries import industries
from znak.words.base import TextEncoder

LEAST = 0.7
"""Cosine under which no industry is near."""
LEAST_IDEA = 0.4
"""Cosine under which nothing to draw is near."""
MOST_IDEAS = 4

_Index = tuple[tuple[str, ...], NDArray[np.float32]]


def find_industry(phrase: str, encoder: TextEncoder) -> str:
    """Return the id of the industry with the term nearest to `phrase`, or "" if none is near."""
    if not phrase:
        return ""
    (vector,) = encoder([phrase])
    ids, matrix = _terms(encoder)
    nearness = matrix @ vector
    best = int(nearness.argmax())
    return ids[best] if float(nearness[best]) >= LEAST else ""


def find_ideas(phrase: str, encoder: TextEncoder) -> tuple[str, ...]:
    """Return things to draw that are near to `phrase` in meaning, nearest first, at most four.

    They come from the ideas of all industries, each of which can be drawn.
    """
    if not phrase:
        return ()
    (vector,) = encoder([phrase])
    names, matrix = _ideas(encoder)
    nearness = matrix @ vector
    order = np.argsort(-nearness, kind="stable")[:MOST_IDEAS]
    return tuple(names[i] for i in order if float(nearness[i]) >= LEAST_IDEA)


_found_terms: dict[str, _Index] = {}
_found_ideas: dict[str, _Index] = {}


def _terms(encoder: TextEncoder) -> _Index:
    if encoder.name not in _found_terms:
        rows = [(row.id, term) for row in industries().values() for term in (*row.en, *row.ru)]
        vectors = encoder([term for _, term in rows])
        _found_terms[encoder.name] = tuple(id_ for id_, _ in rows), vectors
    return _found_terms[encoder.name]


def _ideas(encoder: TextEncoder) -> _Index:
    if encoder.name not in _found_ideas:
        names = tuple(dict.fromkeys(en for row in industries().values() for en, _ in row.ideas))
        _found_ideas[encoder.name] = names, encoder(names)
    return _found_ideas[encoder.name]
