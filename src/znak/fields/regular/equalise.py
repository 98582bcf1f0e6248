"""Make near-equal things equal: offsets of level lines, gaps and widths between them, radii.

Level lines of all loops whose offsets nearly agree are put on one offset; distances between
neighbouring offsets that nearly agree are made one distance, by least squares that move the lines
as little as can be. Circles share radii, and the coordinates of their centres.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from znak.fields.regular.pieces import STEP, Floats, Piece


def clusters(values: Floats, slack: float) -> list[NDArray[np.int64]]:
    """Return groups of indices of `values`, each group's spread at most `slack`, ascending."""
    order = np.argsort(values, kind="stable")
    groups: list[list[int]] = []
    for i in order:
        if groups and values[i] - values[groups[-1][0]] <= slack:
            groups[-1].append(int(i))
        else:
            groups.append([int(i)])
    return [np.array(group) for group in groups]


def share(values: Floats, weights: Floats, slack: float) -> Floats:
    """Return `values` with each near-equal group at its weighted mean."""
    out = values.astype(np.float64).copy()
    for group in clusters(values, slack):
        out[group] = np.average(values[group], weights=weights[group])
    return out


def even_out(offsets: Floats, weights: Floats, slack: float) -> Floats:
    """Return ascending `offsets` moved as little as can be so that near-equal steps are equal."""
    if len(offsets) < 3:
        return offsets
    steps = np.diff(offsets)
    rows = []
    for group in clusters(steps, slack):
        for a, b in pairwise(group):
            row = np.zeros(len(offsets))
            np.add.at(row, [a + 1, b], 1.0)
            np.add.at(row, [a, b + 1], -1.0)
            rows.append(row)
    if not rows:
        return offsets
    bound = np.array(rows)
    spread = bound / weights  # minimise Σ w d² with bound @ (offsets + d) = 0
    move = -spread.T @ np.linalg.lstsq(bound @ spread.T, bound @ offsets, rcond=None)[0]
    if np.abs(move).max() > slack:
        return offsets
    return np.asarray(offsets + move)


def align_lines(pieces: Sequence[Piece], slack: float) -> None:
    """Align the level lines among `pieces` (of all loops), in place: offsets, then their steps."""
    for kind, axis in ((0, 1), (1, 0)):
        lines = [p for p in pieces if p.kind == kind]
        if len(lines) < 2:
            continue
        offsets = np.array([p.point[axis] for p in lines])
        weights = np.array([(p.end - p.start) * STEP for p in lines])
        groups = clusters(offsets, slack)
        levels = np.array([np.average(offsets[g], weights=weights[g]) for g in groups])
        heft = np.array([weights[g].sum() for g in groups])
        levels = even_out(levels, heft, slack)
        for group, level in zip(groups, levels, strict=True):
            for i in group:
                lines[i].point = lines[i].point.copy()
                lines[i].point[axis] = level
