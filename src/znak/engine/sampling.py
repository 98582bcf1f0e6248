"""From noise to clean fields: DPM-Solver++(2M) on the path x_t = t·x + (1 - t)·noise.

The solver (Lu et al., arXiv 2211.01095, algorithm 2, with α = t and σ = 1 - t) needs one prediction
a step and is of second order between the first and the last, which are Euler steps.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Predict = Callable[[Floats, float], Floats]
"""(states, time) → predicted clean fields."""


LEAN = 0.1
"""How far below the overlap that makes a mark symmetric it begins to lean that way."""
SLOPED = 0.06
"""By how much less overlap a diagonal axis is taken for meant."""
EDGE = 8
"""Steepness of the ink at the outline, as in `znak.fields.measure`."""


def draw_noise(seeds: Sequence[int], shape: tuple[int, ...], *, stage: int = 0) -> Floats:
    """Return (n, *shape) standard normal noise, an own generator for each seed and `stage`."""
    keys = [seed + (stage << 64) for seed in seeds]
    noise = [
        np.random.Generator(np.random.Philox(key=key)).standard_normal(shape, dtype=np.float32)
        for key in keys
    ]
    return np.stack(noise) if noise else np.empty((0, *shape), dtype=np.float32)


def time_grid(
    steps: int, *, shift: float = 1.0, start: float = 0.0, last: float | None = None
) -> list[float]:
    """Return `steps` + 1 times from `start` to 1; `shift` > 1 spends more of them near the noise.

    `last`, of the way from 0 to 1, is where the last step begins; the steps before it are even.
    """
    low = start * shift / (1 - start + start * shift) if start < 1 else 1.0
    if last is None or steps == 1:
        shares = [i / steps for i in range(steps + 1)]
    else:
        shares = [last * i / (steps - 1) for i in range(steps)] + [1.0]
    u = [low + (1 - low) * share for share in shares]
    return [v / (v + shift * (1 - v)) for v in u]


def solve(
    state: Floats,
    predict: Predict,
    times: Sequence[float],
    *,
    on_step: Callable[[], None] = lambda: None,
) -> Floats:
    """Return the clean fields that `state`, a state at `times[0]`, leads to."""
    former: Floats | None = None
    former_rise = 0.0
    for t, following in pairwise(times):
        clean = predict(state, t)
        estimate, rise = clean, math.inf
        if t > 0 and following < 1:
            rise = _log_ratio(following) - _log_ratio(t)
            if former is not None and math.isfinite(former_rise):
                lean = np.float32(rise / (2 * former_rise))
                estimate = clean + lean * (clean - former)
        keep = (1 - following) / (1 - t)
        state = np.float32(keep) * state + np.float32(following - t * keep) * estimate
        former, former_rise = clean, rise
        on_step()
    return state


def lean_to_mirror(predict: Predict, least: Floats) -> Predict:
    """Return `predict` with fields that nearly equal a mirror image of theirs made to.

    From an overlap of the inks of `least` (n) on, a field becomes the mean of both; up to `LEAN`
    below it leans to that in proportion, for a threshold would let rounding decide. 1: never.
    The left-right axis goes first, then the diagonals, about which pens and brushes are drawn:
    these need `SLOPED` less, for no style asks for them, but of the paper too, lest a square tile
    vouch for what is cut out of it.
    """

    def lean(state: Floats, t: float) -> Floats:
        clean = predict(state, t)
        left = np.ones(len(clean), np.float32)
        for turn, sloped in _MIRRORS:
            image = turn(clean)
            overlap = _overlap(clean, image)
            if sloped:
                overlap = np.minimum(overlap, _overlap(-clean, -image)) + np.float32(SLOPED)
            share = np.clip((overlap - least) / LEAN + 1, 0, 1)
            share = np.asarray(left * share * (least < 1), np.float32)
            clean = np.asarray(clean + share[:, None, None, None] / 2 * (image - clean))
            left -= share
        return clean

    return lean


_MIRRORS: tuple[tuple[Callable[[Floats], Floats], bool], ...] = (
    (lambda fields: fields[..., ::-1], False),
    (lambda fields: fields.swapaxes(-1, -2), True),
    (lambda fields: fields[..., ::-1, ::-1].swapaxes(-1, -2), True),
)


def _overlap(fields: Floats, others: Floats) -> Floats:
    """Return (n), the intersection over union of the inks of two (n, c, s, s)."""
    ink, other = (np.clip(f * np.float32(EDGE) + np.float32(0.5), 0, 1) for f in (fields, others))
    both = np.minimum(ink, other).sum(axis=(1, 2, 3))
    either = np.maximum(ink, other).sum(axis=(1, 2, 3))
    return np.asarray(both / np.maximum(either, np.float32(1e-6)), np.float32)


def _log_ratio(t: float) -> float:
    return math.log(t / (1 - t))
