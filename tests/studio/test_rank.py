from __future__ import annotations

import numpy as np

from znak.studio.rank import Candidate, choose, judge
from znak.studio.tidy import tidy


def egg(number: int, *, upright: bool) -> Candidate:
    """Return an egg that stands, or the same one lying."""
    y, x = np.mgrid[:64, :64] + 0.5 - 32
    field = np.clip((18 - np.hypot(x * (1.2 + y / 80), y)) / 8, -1, 1).astype(np.float32)
    rough = tidy(field if upright else np.ascontiguousarray(field.T))
    assert rough is not None
    return Candidate(rough, 0, number, number)


def test_a_symmetric_mark_goes_before_the_same_one_lying_by_more_than_its_cleanness():
    lying, upright = judge(
        [egg(0, upright=False), egg(1, upright=True)], None, match=None, index=None
    )
    assert [c.number for c in choose([lying, upright], 2)] == [1, 0]
    assert lying.scores.cleanness is not None and upright.scores.cleanness is not None
    cleaner = upright.scores.cleanness - lying.scores.cleanness
    assert upright.value - lying.value > 0.8 * cleaner + 0.02
