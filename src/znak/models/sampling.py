"""Samplers: from noise to fields along the learned velocity.

Every sample has its own generator (Philox, keyed by its seed) and is computed in chunks of a fixed
number of rows, the last one padded, so that a mark doesn't depend on what else is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from znak.errors import InputError
from znak.models.flow import FlowModel, velocity
from znak.models.form import FormModel

Velocity = Callable[[Tensor, float], Tensor]
CHUNK = 16
"""Rows computed together."""


def draw_noise(
    seeds: Sequence[int], shape: tuple[int, ...], *, stage: int = 0
) -> NDArray[np.float32]:
    """Return (n, *shape) standard normal noise, an own generator for each seed and `stage`."""
    keys = [seed + (stage << 64) for seed in seeds]
    noise = [
        np.random.Generator(np.random.Philox(key=key)).standard_normal(shape, dtype=np.float32)
        for key in keys
    ]
    return np.stack(noise) if noise else np.empty((0, *shape), dtype=np.float32)


def time_grid(steps: int, *, shift: float = 1.0) -> list[float]:
    """Return `steps` + 1 times from 0 to 1; `shift` > 1 spends more of them near the noise."""
    u = [i / steps for i in range(steps + 1)]
    return [v / (v + shift * (1 - v)) for v in u]


def euler(field: Tensor, flow: Velocity, times: Sequence[float]) -> Iterator[Tensor]:
    """Yield the state after each Euler step along `times`."""
    for t, following in pairwise(times):
        field = field + (following - t) * flow(field, t)
        yield field


def heun(field: Tensor, flow: Velocity, times: Sequence[float]) -> Iterator[Tensor]:
    """Yield the state after each Heun step (EDM, arXiv 2206.00364); the last is an Euler step."""
    for t, following in pairwise(times):
        slope = flow(field, t)
        guess = field + (following - t) * slope
        if following < 1:
            slope = (slope + flow(guess, following)) / 2
            guess = field + (following - t) * slope
        field = guess
        yield field


def guide(
    model: FlowModel,
    text: Tensor,
    style: Tensor,
    *,
    guidance: float,
    interval: tuple[float, float],
) -> Velocity:
    """Return the velocity with classifier-free guidance (arXiv 2207.12598) inside `interval`.

    Conditional and unconditional rows go through the network in one batch.
    """
    n = len(text)
    nothing, unasked = torch.zeros_like(text), torch.full_like(style, float("nan"))
    upright = torch.zeros(2 * n, max(model.config.augment, 0), device=text.device)
    both_text, both_style = torch.cat([text, nothing]), torch.cat([style, unasked])

    def flow(field: Tensor, t: float) -> Tensor:
        guided = guidance != 1 and interval[0] <= t <= interval[1]
        rows = 2 * n if guided else n
        x = torch.cat([field, field]) if guided else field
        times = torch.full((rows,), t, device=field.device)
        x_hat = model(x, times, both_text[:rows], both_style[:rows], upright[:rows])
        v = velocity(x_hat, x, times)
        return v[n:] + guidance * (v[:n] - v[n:]) if guided else v

    return flow


@torch.inference_mode()
def sample(
    model: FlowModel,
    text_vectors: NDArray[np.float32],
    *,
    seeds: Sequence[int],
    steps: int = 20,
    guidance: float = 3.0,
    style: NDArray[np.float32] | None = None,
    interval: tuple[float, float] = (0.0, 1.0),
    method: Literal["heun", "euler"] = "heun",
    shift: float = 1.0,
    form: FormModel | None = None,
    device: torch.device | str = "cpu",
) -> NDArray[np.float32]:
    """Return fields (n, 64, 64) in [-1, 1], one for each seed.

    `text_vectors` (n, d), captions, or (n, V, d), captions and tags, zero where not given; `style`
    (n, K) scaled (`style.ask_style`), NaN where unasked. A 32-px model's fields are drawn again
    by `form`, or enlarged bicubically when it is not given.
    """
    c = model.config
    text = _check(text_vectors, len(seeds), c.text_vectors, c.text_dim)
    if style is None:
        style = np.full((len(seeds), len(c.style)), np.nan, dtype=np.float32)
    if style.shape != (len(seeds), len(c.style)):
        raise InputError(
            f"style is {style.shape}, this model takes {(len(seeds), len(c.style))}: {', '.join(c.style)}",
            ru=f"style имеет форму {style.shape}, нужна {(len(seeds), len(c.style))}",
        )
    if steps < 1:
        raise InputError(f"steps {steps}: give 1 or more", ru=f"steps {steps}: нужно не меньше 1")
    noise = draw_noise(seeds, (c.channels, c.size, c.size))
    out = np.empty((len(seeds), 64, 64), dtype=np.float32)
    for start in range(0, len(seeds), CHUNK):
        stop = min(start + CHUNK, len(seeds))
        parts = [_pad(a[start:stop]).to(device) for a in (noise, text, style)]
        x, chunk_text, chunk_style = parts
        flow = guide(model, chunk_text, chunk_style, guidance=guidance, interval=interval)
        for state in (heun if method == "heun" else euler)(x, flow, time_grid(steps, shift=shift)):
            x = state
        x = finish(x, form, chunk_text, chunk_style, seeds=seeds[start:stop])
        out[start:stop] = x[: stop - start, 0].float().cpu().numpy()
    return out


def finish(
    x: Tensor,
    form: FormModel | None,
    text: Tensor,
    style: Tensor,
    *,
    seeds: Sequence[int] = (),
) -> Tensor:
    """Return 64-px fields in [-1, 1] from the first stage's result; `form` needs the `seeds`."""
    if x.shape[-1] == 64:
        return x.clamp(-1, 1)
    if form is not None:
        noise = _pad(draw_noise(seeds, (1, 64, 64), stage=1)).to(x.device)[: len(x)]
        return form.mend(x.clamp(-1, 1), text, style, noise).clamp(-1, 1)
    large = torch.nn.functional.interpolate(x, size=(64, 64), mode="bicubic", align_corners=False)
    return large.clamp(-1, 1)


def _pad(rows: NDArray[np.float32]) -> Tensor:
    """Return the rows as a tensor, the last repeated up to `CHUNK`."""
    index = np.minimum(np.arange(CHUNK), len(rows) - 1)
    return torch.from_numpy(np.ascontiguousarray(rows[index]))


def _check(
    text_vectors: NDArray[np.float32], n: int, n_vectors: int, dim: int
) -> NDArray[np.float32]:
    """Return the text vectors as (n, V, d), zeros for those left out."""
    text = np.asarray(text_vectors, dtype=np.float32)
    if text.ndim == 2:
        text = text[:, None]
    if text.ndim != 3 or len(text) != n or text.shape[1] > n_vectors or text.shape[2] != dim:
        raise InputError(
            f"text vectors of shape {np.shape(text_vectors)} for {n} seeds: this model takes "
            f"{n} × up to {n_vectors} × {dim}",
            ru=f"Векторы текста {np.shape(text_vectors)} для {n} образцов: нужно {n} × до "
            f"{n_vectors} × {dim}",
        )
    full = np.zeros((n, n_vectors, dim), dtype=np.float32)
    full[:, : text.shape[1]] = text
    return full
