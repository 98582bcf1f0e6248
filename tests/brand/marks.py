"""Marks and briefs for the tests of this folder: plain shapes, no corpus."""

from __future__ import annotations

from functools import cache

from znak.brief import Brief
from znak.fields import Outline, algebra, shapes, trace


@cache
def mark(name: str) -> Outline:
    fields = {
        "star": shapes.star,
        "tile": lambda: shapes.rectangle(corner=10),
        "wide": lambda: shapes.rectangle(width=56, height=12, corner=4),
        "tall": lambda: shapes.rectangle(width=9, height=56),
        "ring": lambda: algebra.outline(shapes.disc(), width=5, place=-1.0),
        "dots": lambda: algebra.union(
            shapes.disc(radius=18, centre=(22, 32)), shapes.disc(radius=9, centre=(52, 32))
        ),
        "corner": lambda: shapes.polygon([(4, 4), (60, 60), (4, 60)]),
    }
    return trace(fields[name]())


MARKS = ("star", "tile", "wide", "tall", "ring", "dots", "corner")
PLAIN = Brief(prompt="a mark")
