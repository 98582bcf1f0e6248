"""Monograms as marks: only the styles in which the letters come out clean."""

from __future__ import annotations

import pytest

from znak.brief import read
from znak.studio.monograms import make_monograms
from znak.studio.tidy import is_clean


@pytest.mark.parametrize("name", ["Hot Mint Soda", "Ъ", "Пётр Шагин"])
def test_every_monogram_is_clean_and_fewer_are_the_first_of_more(name: str) -> None:
    brief = read("monogram", name=name)
    marks = make_monograms(brief, 12, 2, ()).marks
    assert len(marks) == 12
    assert all(is_clean(mark.outline, mark.field) for mark in marks)
    assert len({mark.provenance.way for mark in marks}) > 5
    assert [m.svg for m in make_monograms(brief, 3, 2, ()).marks] == [m.svg for m in marks[:3]]
    later = make_monograms(brief, 1, 2, (), first=5).marks
    assert [m.outline.path_data() for m in later] == [marks[5].outline.path_data()]
