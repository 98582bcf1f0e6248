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
    """Return `predict` with fields that nearly equal their left-right mirror image made to.

    From an overlap of the inks of `least` (n) on, a field becomes the mean of both; up to `LEAN`
    below it leans to that in proportion, for a threshold would let rounding decide. 1: never.
    """

    def lean(state: Floats, t: float) -> Floats:
        clean = predict(state, t)
        ink = np.clip(clean * np.float32(EDGE) + np.float32(0.5), 0, 1)
        both = np.minimum(ink, ink[..., ::-1]).sum(axis=(1, 2, 3))
        either = np.maximum(ink, ink[..., ::-1]).sum(axis=(1, 2, 3))
        overlap = both / np.maximum(either, np.float32(1e-6))
        share = np.clip((overlap - least) / np.float32(LEAN) + 1, 0, 1) * (least < 1)
        share = np.asarray(share / 2, np.float32)[:, None, None, None]
        return np.asarray(clean + share * (clean[..., ::-1] - clean))

    return lean


def _log_ratio(t: float) -> float:
    return math.log(t / (1 - t))
