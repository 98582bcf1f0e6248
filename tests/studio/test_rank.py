from __future__ import annotations

from dataclasses import replace

import numpy as np

from znak.fields.measure import measure_symmetry
from znak.studio.rank import Candidate, choose, judge
from znak.studio.tidy import tidy


def egg(number: int, *, upright: bool, forced: bool = False) -> Candidate:
    """Return an egg that stands, or the same one lying."""
    y, x = np.mgrid[:64, :64] + 0.5 - 32
    field = np.clip((18 - np.hypot(x * (1.2 + y / 80), y)) / 8, -1, 1).astype(np.float32)
    rough = tidy(field if upright else np.ascontiguousarray(field.T))
    assert rough is not None
    return Candidate(rough, 0, number, number, forced=forced)


def test_a_symmetric_mark_goes_before_the_same_one_lying_by_more_than_its_cleanness():
    lying, upright = judge(
        [egg(0, upright=False), egg(1, upright=True)], None, match=None, index=None
    )
    assert [c.number for c in choose([lying, upright], 2)] == [1, 0]
    assert lying.scores.cleanness is not None and upright.scores.cleanness is not None
    cleaner = upright.scores.cleanness - lying.scores.cleanness
    assert upright.value - lying.value > 0.8 * cleaner + 0.02


def test_a_thing_that_is_not_symmetric_unasked_is_not_made_so():
    """A wedge that lies stands for what has a side; the same one standing was asked to be symmetric."""
    y, x = np.mgrid[:64, :64] + 0.5 - 32
    wedge = np.minimum(26 - y, y + 20 - 0.9 * np.abs(x) - 8)
    standing = tidy(np.clip(np.minimum(wedge, 24 - np.abs(x)) / 8, -1, 1).astype(np.float32))
    assert standing is not None
    lying = tidy(np.ascontiguousarray(standing.field.T))
    assert lying is not None
    pool = [Candidate(lying, 0, 0, 0), Candidate(standing, 0, 1, 1, forced=True)]
    side, front = judge(pool, None, match=None, index=None)
    assert measure_symmetry(lying.field) < 0.6
    assert measure_symmetry(standing.field) > 0.99
    assert side.value > front.value
    free = judge([pool[0], replace(pool[1], forced=False)], None, match=None, index=None)
    assert free[1].value > front.value  # nobody asked it to be
