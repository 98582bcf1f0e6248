"""The first stage of the mark model in numpy: the forward pass of `znak.models.flow`.

Letters as there: B rows, N tokens, W width, S side of the field, P side of a patch. All float32.
What the shapes and conditions mean is said in `znak.models`; tests hold both to the same numbers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from znak.errors import DataError

Floats = NDArray[np.float32]
TIME_RATES, STYLE_RATES = 8, 4
_EPS = np.float32(1e-6)


@dataclass(frozen=True)
class Shape:
    """The shape of a network, as its training wrote it; `read_shape` checks it."""

    size: int
    patch: int
    width: int
    depth: int
    head: int
    expand: float
    activation: str
    parallel: bool
    text_dim: int
    text_vectors: int
    style: tuple[str, ...]
    overlap: bool = True
    channels: int = 1
    modulation: str = "block"
    augment: int = 4

    @property
    def hidden(self) -> int:
        """Width of the feed-forward layer."""
        share = 2 / 3 if self.activation == "swiglu" else 1.0
        return int(self.width * self.expand * share) // 32 * 32

    @property
    def cells(self) -> int:
        """Length of a token's patch."""
        return self.channels * self.patch**2 * (4 if self.overlap else 1)

    @property
    def n_modulations(self) -> int:
        """Modulation vectors of a block."""
        return 3 if self.parallel else 6


def read_shape(config: Mapping[str, Any], **fixed: Any) -> Shape:
    """Return the shape in a file's config; raise DataError for unknown or missing settings."""
    known = {f.name for f in fields(Shape)}
    values = {**config, **fixed}
    try:
        if extra := sorted(values.keys() - known):
            raise ValueError(f"unknown settings {', '.join(extra)}")
        shape = Shape(**{**values, "style": tuple(values["style"])})
        usable = (
            shape.activation in ("relu2", "gelu", "swiglu")
            and shape.modulation in ("block", "shared")
            and shape.size % shape.patch == 0
            and shape.width % shape.head == 0
        )
        if not usable:
            raise ValueError("settings that this version can't compute")
    except (KeyError, TypeError, ValueError, ZeroDivisionError) as error:
        raise DataError(
            f"the model's config is not of this version ({error}): export it again",
            ru=f"Настройки модели от другой версии ({error}): экспортируйте её заново",
        ) from error
    return shape


def expected_shapes(s: Shape) -> dict[str, tuple[int, ...]]:
    """Return the name and shape of every array of a network."""
    w, k = s.width, s.n_modulations
    sets = s.depth if s.modulation == "block" else 1
    rise = s.hidden * (2 if s.activation == "swiglu" else 1)
    shapes: dict[str, tuple[int, ...]] = {
        "stem.weight": (w, s.cells),
        "stem.bias": (w,),
        "place": ((s.size // s.patch) ** 2, w),
        "time.weight": (w, 2 * TIME_RATES + 1),
        "time.bias": (w,),
        "text.weight": (w, s.text_vectors * s.text_dim),
        "no_text": (s.text_vectors, w),
        "style.weight": (w, len(s.style) * (2 * STYLE_RATES + 1)),
        "no_style": (len(s.style), w),
        "augment.weight": (w, max(s.augment, 1)),
        "mix.weight": (w, w),
        "mix.bias": (w,),
        "modulation.weight": ((sets * k + 2) * w, w),
        "modulation.bias": ((sets * k + 2) * w,),
        "head.weight": (s.cells, w),
        "head.bias": (s.cells,),
    }
    if s.modulation == "shared":
        shapes["table"] = (s.depth, k, w)
    for i in range(s.depth):
        block = f"blocks.{i}."
        shapes |= {
            block + "attention.qkv.weight": (3 * w, w),
            block + "attention.out.weight": (w, w),
            block + "attention.scale": (2, s.head),
            block + "feed.rise.weight": (rise, w),
            block + "feed.fall.weight": (w, s.hidden),
        }
    return shapes


class Network:
    """A flow network; `condition`, then `forward` for each state."""

    def __init__(self, shape: Shape, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Take exactly the arrays that `shape` needs; raise DataError for any other set."""
        self.shape = shape
        self._w = check_arrays(arrays, expected_shapes(shape))

    def known(self, text: Floats, style: Floats) -> Floats:
        """Return (B, W): what the text (B, V, d; zeros: none) and style (B, K; NaN: unasked) add."""
        return tell(self._w, text, style)

    def condition(self, known: Floats, t: Floats) -> Floats:
        """Return (B, K, W), the modulation vectors at times `t` (B) of an unmoved mark."""
        w = self._w
        total = known + fourier(t, TIME_RATES) @ w["time.weight"].T + w["time.bias"]
        code = silu(silu(total) @ w["mix.weight"].T + w["mix.bias"])
        code = code @ w["modulation.weight"].T + w["modulation.bias"]
        return np.asarray(code.reshape(len(code), -1, self.shape.width), np.float32)

    def forward(self, x_bcss: Floats, code_bkw: Floats) -> Floats:
        """Return what the network predicts for the states `x`, (B, C, S, S)."""
        s, w = self.shape, self._w
        b, k = len(x_bcss), s.n_modulations
        patches = to_patches(x_bcss, s.patch, overlap=s.overlap)
        n = patches.shape[1]
        x = patches.reshape(b * n, -1) @ w["stem.weight"].T
        x += w["stem.bias"]
        x = x.reshape(b, n, s.width)
        x += w["place"]
        for i in range(s.depth):
            if s.modulation == "block":
                m = code_bkw[:, i * k : (i + 1) * k]
            else:
                m = code_bkw[:, :k] + w["table"][i]
            h = _modulate(x, m[:, 0], m[:, 1])
            if s.parallel:
                change = attend(h, w, f"blocks.{i}.attention.", s.head)
                change += self._feed(h, i)
                change *= m[:, 2, None]
                x += change
            else:
                x += m[:, 2, None] * attend(h, w, f"blocks.{i}.attention.", s.head)
                x += m[:, 5, None] * self._feed(_modulate(x, m[:, 3], m[:, 4]), i)
        out = _modulate(x, code_bkw[:, -2], code_bkw[:, -1]).reshape(b * n, -1)
        out = out @ w["head.weight"].T
        out += w["head.bias"]
        return from_patches(out.reshape(b, n, -1), s.patch, s.channels, overlap=s.overlap)

    def _feed(self, h: Floats, i: int) -> Floats:
        b, n, width = h.shape
        u = h.reshape(b * n, width) @ self._w[f"blocks.{i}.feed.rise.weight"].T
        if self.shape.activation == "relu2":
            np.maximum(u, 0, out=u)
            u *= u
        elif self.shape.activation == "gelu":
            u = _gelu(u)
        else:
            gate, u = np.split(u, 2, axis=-1)
            u = silu(gate) * u
        return np.asarray((u @ self._w[f"blocks.{i}.feed.fall.weight"].T).reshape(b, n, width))


def tell(w: Mapping[str, Floats], text: Floats, style: Floats) -> Floats:
    """Return (B, W): what the text (B, V, d; zeros: none) and style (B, K; NaN: unasked) add."""
    given = (text != 0).any(axis=-1)
    norm = np.sqrt((text * text).sum(axis=-1, keepdims=True))
    unit = text / np.maximum(norm, np.float32(1e-12)) * np.float32(text.shape[-1] ** 0.5)
    asked = ~np.isnan(style)
    waves = fourier(np.where(asked, style, np.float32(0)), STYLE_RATES) * asked[..., None]
    total = unit.reshape(len(text), -1) @ w["text.weight"].T
    total += (~given).astype(np.float32) @ w["no_text"]
    total += waves.reshape(len(text), -1).astype(np.float32) @ w["style.weight"].T
    total += (~asked).astype(np.float32) @ w["no_style"]
    return np.asarray(total, np.float32)


def attend(h: Floats, w: Mapping[str, Floats], name: str, head: int) -> Floats:
    """Return (B, N, W), each token's mix of all by the attention whose arrays begin with `name`."""
    b, n, width = h.shape
    heads = width // head
    qkv = (h.reshape(b * n, width) @ w[name + "qkv.weight"].T).reshape(b, n, 3, heads, head)
    scale = w[name + "scale"]
    q = rms_norm(qkv[:, :, 0]) * (scale[0] * np.float32(head**-0.5))
    key = rms_norm(qkv[:, :, 1]) * scale[1]
    q, key = q.transpose(0, 2, 1, 3), key.transpose(0, 2, 3, 1)
    weights = q @ key
    weights -= weights.max(axis=-1, keepdims=True)
    np.exp(weights, out=weights)
    weights /= weights.sum(axis=-1, keepdims=True)
    mixed = weights @ qkv[:, :, 2].transpose(0, 2, 1, 3)
    mixed = mixed.transpose(0, 2, 1, 3).reshape(b * n, width)
    return np.asarray((mixed @ w[name + "out.weight"].T).reshape(b, n, width))


def check_arrays(
    arrays: Mapping[str, NDArray[Any]], wanted: Mapping[str, tuple[int, ...]]
) -> dict[str, Floats]:
    """Return the arrays in float32; raise DataError unless they are the `wanted` and finite."""
    wrong = sorted(
        [n for n in wanted if n not in arrays or arrays[n].shape != wanted[n]]
        + [n for n in arrays if n not in wanted]
    )
    if wrong:
        raise DataError(
            f"the weights don't fit their own config: {len(wrong)} arrays are missing, unknown or of "
            f"another shape (first: {wrong[0]})",
            ru=f"Веса не подходят к своим настройкам: {len(wrong)} массивов (первый: {wrong[0]})",
        )
    floats = {n: np.asarray(a, np.float32) for n, a in arrays.items()}
    for name, array in floats.items():
        if not np.isfinite(array).all():
            raise DataError(
                f"the weights {name} hold NaN or infinity: take an intact copy",
                ru=f"В весах {name} есть NaN: возьмите целую копию",
            )
    return floats


def fourier(x: Floats, n: int) -> Floats:
    """Return (..., 2n + 1): `x`, and sine and cosine of π·2ᵏ·x for k < n."""
    rates = np.float32(math.pi) * np.float32(2) ** np.arange(n, dtype=np.float32)
    angles = np.asarray(x, np.float32)[..., None] * rates
    parts = [np.asarray(x, np.float32)[..., None], np.sin(angles), np.cos(angles)]
    return np.concatenate(parts, axis=-1)


def to_patches(x_bcss: Floats, patch: int, *, overlap: bool) -> Floats:
    """Return (B, N, K): each token's patch; with `overlap` patches of twice the side, half shared."""
    if not overlap:
        y = _blocks(x_bcss, patch)
        return y.reshape(len(y), -1, y.shape[-1])
    half = patch // 2
    y = _blocks(np.pad(x_bcss, ((0, 0), (0, 0), (half, half), (half, half))), patch)
    parts = [y[:, :-1, :-1], y[:, :-1, 1:], y[:, 1:, :-1], y[:, 1:, 1:]]
    z = np.concatenate(parts, axis=-1)
    return z.reshape(len(z), -1, z.shape[-1])


def from_patches(tokens_bnk: Floats, patch: int, channels: int, *, overlap: bool) -> Floats:
    """Return (B, C, S, S): the patches in place, overlapping ones added."""
    b, n, _ = tokens_bnk.shape
    g = math.isqrt(n)
    y = tokens_bnk.reshape(b, g, g, -1)
    if not overlap:
        return _unblocks(y, patch, channels)
    a, r, d, e = np.split(y, 4, axis=-1)
    total = np.zeros((b, g + 1, g + 1, a.shape[-1]), np.float32)
    total[:, :-1, :-1] += a
    total[:, :-1, 1:] += r
    total[:, 1:, :-1] += d
    total[:, 1:, 1:] += e
    half = patch // 2
    return np.ascontiguousarray(_unblocks(total, patch, channels)[:, :, half:-half, half:-half])


@lru_cache(maxsize=4)
def _bicubic(n: int) -> Floats:
    """Return the (2n, n) matrix of bicubic enlarging by two (Keys 1981, a = -0.75)."""
    a = -0.75

    def weigh(d: float) -> float:
        d = abs(d)
        if d <= 1:
            return ((a + 2) * d - (a + 3)) * d * d + 1
        return ((d - 5) * d + 8) * d * a - 4 * a if d < 2 else 0.0

    matrix = np.zeros((2 * n, n))
    for row in range(2 * n):
        place = (row + 0.5) / 2 - 0.5
        for column in range(math.floor(place) - 1, math.floor(place) + 3):
            matrix[row, min(max(column, 0), n - 1)] += weigh(place - column)
    return matrix.astype(np.float32)


def enlarge(field_bcss: Floats) -> Floats:
    """Return the fields at twice the size, bicubic."""
    matrix = _bicubic(field_bcss.shape[-1])
    return np.asarray(matrix @ field_bcss @ matrix.T, np.float32)


def _blocks(x: Floats, p: int) -> Floats:
    b, c, s, _ = x.shape
    g = s // p
    return x.reshape(b, c, g, p, g, p).transpose(0, 2, 4, 1, 3, 5).reshape(b, g, g, c * p * p)


def _unblocks(y: Floats, p: int, c: int) -> Floats:
    b, g = y.shape[:2]
    return y.reshape(b, g, g, c, p, p).transpose(0, 3, 1, 4, 2, 5).reshape(b, c, g * p, g * p)


def rms_norm(x: Floats) -> Floats:
    """Return `x` with unit root mean square over its last axis."""
    return np.asarray(
        x / np.sqrt(np.einsum("...i,...i->...", x, x)[..., None] / x.shape[-1] + _EPS)
    )


def _modulate(x: Floats, shift: Floats, scale: Floats) -> Floats:
    mean = np.einsum("...i,...i->...", x, x)[..., None] / np.float32(x.shape[-1])
    y = x / np.sqrt(mean + _EPS)
    y *= 1 + scale[:, None]
    y += shift[:, None]
    return np.asarray(y, np.float32)


def silu(x: Floats) -> Floats:
    """Return x / (1 + e⁻ˣ)."""
    return np.asarray(x / (1 + np.exp(-np.clip(x, -80, 80))), np.float32)


def _gelu(x: Floats) -> Floats:
    inner = np.float32(math.sqrt(2 / math.pi)) * (x + np.float32(0.044715) * x * x * x)
    return np.asarray(np.float32(0.5) * x * (1 + np.tanh(inner)), np.float32)
