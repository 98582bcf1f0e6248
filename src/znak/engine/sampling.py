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


def draw_noise(seeds: Sequence[int], shape: tuple[int, ...]) -> Floats:
    """Return (n, *shape) standard normal noise, an own generator for each seed."""
    noise = [
        np.random.Generator(np.random.Philox(key=seed)).standard_normal(shape, dtype=np.float32)
        for seed in seeds
    ]
    return np.stack(noise) if noise else np.empty((0, *shape), dtype=np.float32)


def time_grid(steps: int, *, shift: float = 1.0, start: float = 0.0) -> list[float]:
    """Return `steps` + 1 times from `start` to 1; `shift` > 1 spends more of them near the noise."""
    low = start * shift / (1 - start + start * shift) if start < 1 else 1.0
    u = [low + (1 - low) * i / steps for i in range(steps + 1)]
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


def _log_ratio(t: float) -> float:
    return math.log(t / (1 - t))
