"""Which candidates are shown, and in which order: judged one by one, then kept apart.

A candidate is dropped when it is not clean or too close to a known drawing or brand logo. Of the
rest the best are taken in turn, each time less willingly what looks like one already taken, shows
the same idea or is composed the same way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from znak.engine.base import Floats
from znak.engine.cleanness import cleanness, faults, inspect
from znak.engine.match import Match
from znak.engine.originality import Index
from znak.fields import Field
from znak.fields.measure import measure_symmetry, occupancy
from znak.studio.mark import Scores
from znak.studio.tidy import Rough

TOO_CLOSE = {"drawing": 2.5, "brand": 5.0}
"""Percentile of held-out drawings below which a mark is dropped as too close to a known one."""
_SYMMETRIC = 0.25
"""Worth of symmetry: with the match it tells best which marks readers would put on a card."""
_FORCED = 0.15
"""What a mark loses of which symmetry was asked, of a thing that is not drawn symmetric unasked."""
_SAME = 0.86
"""Overlap from which two marks are the same."""


@dataclass(frozen=True, eq=False)
class Candidate:
    """A mark in the running: `number` is its place in the pool; `forced`, symmetry was asked of it."""

    rough: Rough
    subject: int
    number: int
    seed: int
    way: str = "direct"
    parts: tuple[int, ...] = ()
    forced: bool = False
    scores: Scores = field(default_factory=Scores)
    faults: tuple[str, ...] = ()
    value: float = 0.0

    @property
    def drawn(self) -> Field:
        """The mended field."""
        return self.rough.field

    @property
    def look(self) -> Field:
        """What is compared with other marks."""
        return self.rough.field if self.rough.core is None else self.rough.core


def judge(
    candidates: Sequence[Candidate],
    vectors: Floats | None,
    *,
    match: Match | None,
    index: Index | None,
    known: Mapping[int, float] | None = None,
    original: bool = True,
) -> list[Candidate]:
    """Return the candidates with scores, faults and value.

    What is too close to a known drawing has a fault, unless it need not be `original`.

    `vectors` (n, d) are the text vectors each is to match. A composite is judged by how well its
    parts match theirs (`known`, by number): small in a badge the tower hardly sees them.
    """
    if not candidates:
        return []
    fields = np.stack([c.drawn for c in candidates])
    matches = match.score(fields, vectors) if match is not None and vectors is not None else None
    closest = index.nearest(fields) if index is not None else None
    judged: list[Candidate] = []
    known = known or {}
    symmetry = [measure_symmetry(c.look) for c in candidates]
    natural = _natural(candidates, symmetry)
    for k, candidate in enumerate(candidates):
        found = inspect(candidate.drawn)
        wrong = list(faults(found))
        score = None if matches is None else round(float(matches[k]), 3)
        parts = [known[part] for part in candidate.parts if part in known]
        if parts:
            score = round(sum(parts) / len(parts), 3)
        scores = Scores(match=score, cleanness=round(cleanness(found), 2))
        if closest is not None:
            near = closest[k]
            scores = replace(
                scores, closest=near.name, distance=near.distance, percentile=near.percentile
            )
            if original and near.percentile < TOO_CLOSE[near.kind]:
                wrong.append("known")
        value = 2.0 * (score or 0.0) + 0.8 * (scores.cleanness or 0.0)
        fit = natural.get(candidate.subject, 1.0)
        value += _SYMMETRIC * fit * symmetry[k] - _FORCED * (1 - fit) * candidate.forced
        judged.append(replace(candidate, scores=scores, faults=tuple(wrong), value=value))
    return judged


def _natural(candidates: Sequence[Candidate], symmetry: Sequence[float]) -> dict[int, float]:
    """Return by subject how far symmetry suits it, 0 to 1: the overlap of marks not asked for it.

    A whale is drawn from its side and a mug has one handle; a mirror image would make both worse.
    """
    free: dict[int, list[float]] = {}
    for candidate, overlap_ in zip(candidates, symmetry, strict=True):
        if not candidate.forced and not candidate.parts:
            free.setdefault(candidate.subject, []).append(overlap_)
    return {s: float(np.clip((np.median(o) - 0.6) / 0.25, 0, 1)) for s, o in free.items()}


def choose(
    candidates: Sequence[Candidate],
    n: int,
    *,
    taken: Sequence[Field] = (),
    spread: bool = False,
    combine: bool = False,
    variety: float = 0.22,
    same: float = _SAME,
) -> list[Candidate]:
    """Return up to `n` faultless candidates, best first, unlike each other and `taken`.

    `spread`: the subjects take turns; `combine`: both things in one mark go before one alone, and
    each further mark composed in one way counts `variety` less. From an overlap of `same` on two
    marks are one.
    Values are compared in steps of a thousandth, so that rounding seldom changes the order.
    """
    left = [c for c in candidates if not c.faults]
    covers = {id(c): cover(c.look) for c in left}
    shown = [cover(field) for field in taken]
    near = {id(c): max((overlap(covers[id(c)], s) for s in shown), default=0.0) for c in left}
    subjects: Counter[int] = Counter()
    ways: Counter[str] = Counter()
    chosen: list[Candidate] = []
    while left and len(chosen) < n:

        def worth(c: Candidate) -> float:
            value = c.value - 0.7 * near[id(c)]
            value -= 0.6 * subjects[c.subject] if spread else 0.0
            if combine:
                value -= variety * ways[c.way]
                value -= 1.0 if c.way == "direct" and c.subject < 2 else 0.0
            return round(value, 3)

        best = max(left, key=lambda c: (worth(c), -c.number))
        left.remove(best)
        if near[id(best)] > same:
            continue
        chosen.append(best)
        subjects[best.subject] += 1
        ways[best.way] += 1
        for c in left:
            near[id(c)] = max(near[id(c)], overlap(covers[id(c)], covers[id(best)]))
    return chosen


def cover(field: Field) -> Floats:
    """Return the ink of a field at 32 px."""
    return np.asarray(occupancy(field).reshape(32, 2, 32, 2).mean(axis=(1, 3)), np.float32)


def overlap(a: Floats, b: Floats) -> float:
    """Return the intersection over union of two inks, of the mirror image if that is more."""
    best = 0.0
    for other in (b, b[:, ::-1]):
        union = float(np.maximum(a, other).sum())
        best = max(best, float(np.minimum(a, other).sum()) / union if union > 0 else 1.0)
    return best
