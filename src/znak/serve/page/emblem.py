"""Znak's own mark, made by its own field algebra: a disc with two notches, which leave a Z."""

from __future__ import annotations

from functools import cache

from znak.fields import algebra, shapes, trace
from znak.fields.svg import SVG_NAMESPACE

_NOTCH = ((-6.0, 23.5), (30.0, 23.5), (9.5, 40.5), (-6.0, 40.5))


@cache
def emblem_path() -> str:
    """Return the mark's outline as path data on the 64×64 view box."""
    notches = [
        algebra.rounded(shapes.polygon(points), radius=1.2)
        for points in (_NOTCH, [(64 - x, 64 - y) for x, y in _NOTCH])
    ]
    return trace(algebra.subtract(shapes.disc(radius=30), *notches)).path_data()


def emblem_svg(colour: str) -> str:
    """Return the mark as an SVG document in `colour`."""
    return (
        f'<svg xmlns="{SVG_NAMESPACE}" viewBox="0 0 64 64">'
        f'<path fill="{colour}" d="{emblem_path()}"/></svg>'
    )
