"""Roughening: make a clean field look like the output of a weak generative model.

Used to measure `regularise` (benchmarks/regularise.py) and to train networks that mend fields.
What it does, in this order: a smooth random displacement of the plane (wobbly edges, broken
symmetry), blur (rounded corners, melted joins), smooth additive noise, now and then a speck or a
hair crack. At strength 1 the result overlaps the original with an IoU of about 0.93 in the median
of the corpus's solid drawings. It is not a distance field any more; `redistance` makes it one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from znak.fields.sdf import CLAMP, SIZE, Field, check_field

_WARP = (0.20, 0.48)
"""Displacement per axis, root mean square in field px at strength 1, drawn per mark."""
_WARP_LENGTH = (1.6, 4.0)
"""Standard deviation of the displacement's smoothing kernel, field px (correlation 3–8 px)."""
_SWAY = 0.2
"""Displacement of the slow second wave (kernel 10 px), which bends and skews the whole mark."""
_BLUR = (0.6, 1.2)
"""Standard deviation of the blur, field px at strength 1."""
_NOISE = (0.08, 0.22)
"""Additive smooth noise, root mean square in field px at strength 1."""
_NOISE_LENGTH = (0.9, 2.0)
_SPECK_SHARE, _CRACK_SHARE = 0.2, 0.2
"""Share of the marks that get specks, and hair cracks, at strength 1."""
_MOST = 3
"""Most specks in a mark; cracks are at most two."""

_X = np.arange(SIZE, dtype=np.float32)


def roughen(field: Field, *, seed: int, strength: float = 1.0) -> Field:
    """Return `field` as a weak model would have drawn it; the same seed gives the same result.

    `strength` scales every defect; 0 returns the field as it is.
    """
    batch = check_field(field)[None]
    return np.asarray(roughen_batch(batch, np.random.default_rng(seed), strength)[0])


def roughen_batch(
    fields: NDArray[np.float32], rng: np.random.Generator, strength: float = 1.0
) -> NDArray[np.float32]:
    """Return `fields` (n, 64, 64) roughened, each with its own draw from `rng`."""
    fields = np.asarray(fields, dtype=np.float32)
    if strength <= 0:
        return fields.copy()
    n = len(fields)
    length = rng.uniform(*_WARP_LENGTH, n)
    amount = rng.uniform(*_WARP, n) * strength
    slow, sway = np.full(n, 10.0), np.full(n, _SWAY * strength)
    shift_x, shift_y = (
        _smooth_noise(rng, length, amount, 32) + _smooth_noise(rng, slow, sway, 8) for _ in range(2)
    )
    out = _displace(fields, shift_x, shift_y)
    blur = _kernels(rng.uniform(*_BLUR, n) * min(strength, 2.0), SIZE)
    out = np.asarray(blur @ out @ blur.transpose(0, 2, 1), dtype=np.float32)
    noise_length, noise = rng.uniform(*_NOISE_LENGTH, n), rng.uniform(*_NOISE, n) * strength
    out += _smooth_noise(rng, noise_length, np.asarray(noise / CLAMP), SIZE)
    _add_specks(out, rng, strength)
    _add_cracks(out, rng, strength)
    return np.asarray(np.clip(out, -1, 1), dtype=np.float32)


def _kernels(sigmas: NDArray[np.float64], knots: int) -> NDArray[np.float32]:
    """Return (n, 64, `knots`) matrices that spread values at evenly spaced knots, rows sum to 1."""
    sigmas = np.maximum(sigmas, 1e-3).astype(np.float32)
    step = SIZE / knots
    places = (np.arange(knots, dtype=np.float32) + np.float32(0.5)) * step - np.float32(0.5)
    gap = (_X[:, None] - places[None, :]) ** 2
    weights = np.exp(gap[None] * (-0.5 / sigmas[:, None, None] ** 2))
    return np.asarray(weights / weights.sum(axis=2, keepdims=True), dtype=np.float32)


def _smooth_noise(
    rng: np.random.Generator,
    lengths: NDArray[np.float64],
    amounts: NDArray[np.float64],
    knots: int,
) -> NDArray[np.float32]:
    """Return (n, 64, 64) Gaussian noise smoothed over `lengths`, root mean square `amounts`."""
    kernel = _kernels(lengths, knots)
    kernel /= np.sqrt((kernel**2).sum(axis=2, keepdims=True))
    white = rng.standard_normal((len(lengths), knots, knots), dtype=np.float32)
    white *= amounts.astype(np.float32)[:, None, None]
    return np.asarray(kernel @ white @ kernel.transpose(0, 2, 1), dtype=np.float32)


def _displace(
    fields: NDArray[np.float32], shift_x: NDArray[np.float32], shift_y: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return `fields` read at the shifted places, bilinearly, edges repeated."""
    n = len(fields)
    x = np.clip(_X[None, None, :] + shift_x, 0, SIZE - 1.001)
    y = np.clip(_X[None, :, None] + shift_y, 0, SIZE - 1.001)
    left, top = x.astype(np.int32), y.astype(np.int32)
    tx, ty = x - left, y - top
    index = (np.arange(n, dtype=np.int32)[:, None, None] * SIZE + top) * SIZE + left
    flat = fields.reshape(-1)
    upper = flat[index] * (1 - tx) + flat[index + 1] * tx
    lower = flat[index + SIZE] * (1 - tx) + flat[index + SIZE + 1] * tx
    return np.asarray(upper * (1 - ty) + lower * ty, dtype=np.float32)


def _add_specks(out: NDArray[np.float32], rng: np.random.Generator, strength: float) -> None:
    """Add up to three dots of 0.6–1.1 px radius, or pinholes of the same size, in place."""
    n = len(out)
    chosen = rng.random(n) < min(_SPECK_SHARE * strength, 1.0)
    counts = rng.integers(1, _MOST + 1, n) * chosen
    centres = rng.uniform(4, SIZE - 4, (n, _MOST, 2)).astype(np.float32)
    radii = rng.uniform(0.6, 1.1, (n, _MOST)).astype(np.float32)
    for k in range(_MOST):
        i = np.flatnonzero(counts > k)
        away = np.hypot(
            _X[None, None, :] - centres[i, k, 0, None, None],
            _X[None, :, None] - centres[i, k, 1, None, None],
        )
        dot = (radii[i, k, None, None] - away) / np.float32(CLAMP)
        at = np.rint(centres[i, k]).astype(int)
        inside = (out[i, at[:, 1], at[:, 0]] > 0)[:, None, None]
        out[i] = np.where(inside, np.minimum(out[i], -dot), np.maximum(out[i], dot))


def _add_cracks(out: NDArray[np.float32], rng: np.random.Generator, strength: float) -> None:
    """Cut one or two gaps of 0.4–0.9 px width and 5–14 px length out of the ink, in place."""
    n = len(out)
    chosen = rng.random(n) < min(_CRACK_SHARE * strength, 1.0)
    counts = rng.integers(1, 3, n) * chosen
    picks = rng.random((n, 2))
    angles, lengths = rng.uniform(0, np.pi, (n, 2)), rng.uniform(5, 14, (n, 2))
    halves = rng.uniform(0.2, 0.45, (n, 2))
    for i in np.flatnonzero(counts):
        for k in range(counts[i]):
            ink = np.flatnonzero(out[i] > 0.02)
            if len(ink) == 0:
                break
            row, column = divmod(int(ink[int(picks[i, k] * len(ink))]), SIZE)
            ux, uy = np.cos(angles[i, k]), np.sin(angles[i, k])
            dx, dy = _X[None, :] - column, _X[:, None] - row
            along = np.clip(dx * ux + dy * uy, -lengths[i, k] / 2, lengths[i, k] / 2)
            away = np.hypot(dx - along * ux, dy - along * uy)
            gap = ((away - halves[i, k]) / CLAMP).astype(np.float32)
            out[i] = np.minimum(out[i], gap)
