"""The form network of the mark model in numpy: the forward pass of `znak.models.form`.

Letters: B rows, G cells a side, C channels. All float32; tests hold both to the same numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from znak.engine.network import (
    STYLE_RATES,
    TIME_RATES,
    Floats,
    attend,
    check_arrays,
    fourier,
    rms_norm,
    silu,
    tell,
)
from znak.engine.sampling import Predict
from znak.errors import DataError

SIZE = 64
_VARIANCE = 0.5


@dataclass(frozen=True)
class FormShape:
    """The shape of a form network, as its training wrote it; `read_form_shape` checks it."""

    patch: int
    widths: tuple[int, ...]
    depths: tuple[int, ...]
    head: int
    known: int
    text_dim: int
    text_vectors: int
    style: tuple[str, ...]

    @property
    def block_widths(self) -> tuple[int, ...]:
        """Channels of each block in turn."""
        (fine, coarse), (outer, inner) = self.widths, self.depths
        return (fine,) * outer + (coarse,) * inner + (fine,) * outer


def read_form_shape(config: Mapping[str, Any]) -> FormShape:
    """Return the shape in a file's config; raise DataError for unknown or missing settings."""
    try:
        if config.keys() != (known := {f.name for f in fields(FormShape)}):
            raise ValueError(f"settings {', '.join(sorted(config.keys() ^ known))}")
        tuples = {name: tuple(config[name]) for name in ("widths", "depths", "style")}
        shape = FormShape(**{**config, **tuples})
        usable = (
            len(shape.widths) == len(shape.depths) == 2
            and SIZE % (2 * shape.patch) == 0
            and shape.widths[1] % shape.head == 0
        )
        if not usable:
            raise ValueError("settings that this version can't compute")
    except (KeyError, TypeError, ValueError, ZeroDivisionError) as error:
        raise DataError(
            f"the form network's config is not of this version ({error}): export it again",
            ru=f"Настройки сети формы от другой версии ({error}): экспортируйте её заново",
        ) from error
    return shape


def expected_form_shapes(s: FormShape) -> dict[str, tuple[int, ...]]:
    """Return the name and shape of every array of a form network."""
    fine, coarse = s.widths
    cells, k = s.patch**2, s.known
    codes = 3 * sum(s.block_widths) + 2 * fine
    shapes: dict[str, tuple[int, ...]] = {
        "time.weight": (k, 2 * TIME_RATES + 1),
        "time.bias": (k,),
        "text.weight": (k, s.text_vectors * s.text_dim),
        "no_text": (s.text_vectors, k),
        "style.weight": (k, len(s.style) * (2 * STYLE_RATES + 1)),
        "no_style": (len(s.style), k),
        "mix.weight": (k, k),
        "mix.bias": (k,),
        "modulation.weight": (codes, k),
        "modulation.bias": (codes,),
        "stem.weight": (fine, 9 * cells),
        "stem.bias": (fine,),
        "place": ((SIZE // s.patch // 2) ** 2, coarse),
        "fall.weight": (coarse, 4 * fine),
        "fall.bias": (coarse,),
        "rise.weight": (4 * fine, coarse),
        "rise.bias": (4 * fine,),
        "head.weight": (cells, 9 * fine),
        "head.bias": (cells,),
    }
    middle = range(s.depths[0], sum(s.depths))
    for i, width in enumerate(s.block_widths):
        block = f"blocks.{i}."
        for name in ("rise", "fall"):
            shapes[f"{block}{name}.weight"] = (width, 9 * width)
            shapes[f"{block}{name}.bias"] = (width,)
        if i in middle:
            shapes |= {
                block + "attention.qkv.weight": (3 * width, width),
                block + "attention.out.weight": (width, width),
                block + "attention.scale": (2, s.head),
            }
    return shapes


class FormNetwork:
    """Predicts clean fields from states on the way to them."""

    def __init__(self, shape: FormShape, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Take exactly the arrays that `shape` needs; raise DataError for any other set."""
        self.shape = shape
        self._w = check_arrays(arrays, expected_form_shapes(shape))

    def predictor(self, text: Floats, style: Floats) -> Predict:
        """Return what predicts the clean fields (B, 1, 64, 64) from states and their time."""
        told = tell(self._w, text, style)

        def predict(state: Floats, t: float) -> Floats:
            share = t * _VARIANCE / (t * t * _VARIANCE + (1 - t) ** 2)
            return np.float32(share) * state + self._forward(state, self._codes(told, t))

        return predict

    def _codes(self, told: Floats, t: float) -> list[Floats]:
        """Return the modulation (B, 1, 1, …) of each block and of the end."""
        w, s = self._w, self.shape
        waves = fourier(np.full(1, t, np.float32), TIME_RATES)
        known = told + waves @ w["time.weight"].T + w["time.bias"]
        code = silu(silu(known) @ w["mix.weight"].T + w["mix.bias"])
        code = code @ w["modulation.weight"].T + w["modulation.bias"]
        ends = np.cumsum([3 * width for width in s.block_widths])
        return [np.asarray(c[:, None, None], np.float32) for c in np.split(code, ends, axis=1)]

    def _forward(self, state: Floats, codes: list[Floats]) -> Floats:
        s, w = self.shape, self._w
        first, last = s.depths[0], sum(s.depths)
        y = self._convolve(to_cells(state, s.patch), "stem")
        x = y
        for i, code in enumerate(codes[:-1]):
            if i == first:
                x = y
                y = fold(x) @ w["fall.weight"].T + w["fall.bias"]
                y += w["place"].reshape(1, *y.shape[1:])
            if i == last:
                y = x + unfold(y @ w["rise.weight"].T + w["rise.bias"])
            y = self._block(y, code, i, attends=first <= i < last)
        shift, scale = np.split(codes[-1], 2, axis=-1)
        out = self._convolve(rms_norm(y) * (1 + scale) + shift, "head")
        return from_cells(out, s.patch)

    def _block(self, x: Floats, code: Floats, i: int, *, attends: bool) -> Floats:
        shift, scale, gate = np.split(code, 3, axis=-1)
        h = rms_norm(x)
        h *= 1 + scale
        h += shift
        change = self._convolve(silu(self._convolve(h, f"blocks.{i}.rise")), f"blocks.{i}.fall")
        if attends:
            tokens = h.reshape(len(h), -1, h.shape[-1])
            mixed = attend(tokens, self._w, f"blocks.{i}.attention.", self.shape.head)
            change += mixed.reshape(h.shape)
        change *= gate
        change += x
        return change

    def _convolve(self, x: Floats, name: str) -> Floats:
        """Return the 3×3 convolution `name` of cells (B, G, G, C); beyond the border is 0."""
        b, g, _, c = x.shape
        wide = np.zeros((b, g + 2, g + 2, c), np.float32)
        wide[:, 1:-1, 1:-1] = x
        taps = [wide[:, r : r + g, q : q + g] for r in range(3) for q in range(3)]
        rows = np.concatenate(taps, axis=-1).reshape(b * g * g, 9 * c)
        out = rows @ self._w[name + ".weight"].T
        out += self._w[name + ".bias"]
        return np.asarray(out.reshape(b, g, g, -1))


def to_cells(x_bcss: Floats, patch: int) -> Floats:
    """Return (B, G, G, C·P²), the samples of each cell, a channel's together."""
    b, c, s, _ = x_bcss.shape
    g = s // patch
    cells = x_bcss.reshape(b, c, g, patch, g, patch).transpose(0, 2, 4, 1, 3, 5)
    return cells.reshape(b, g, g, c * patch * patch)


def from_cells(cells: Floats, patch: int) -> Floats:
    """Return (B, 1, S, S) from the samples of each cell."""
    b, g, _, _ = cells.shape
    x = cells.reshape(b, g, g, patch, patch).transpose(0, 1, 3, 2, 4)
    return x.reshape(b, 1, g * patch, g * patch)


def fold(x: Floats) -> Floats:
    """Return (B, G/2, G/2, 4·C): the four cells of each 2×2 in one."""
    b, g, _, c = x.shape
    x = x.reshape(b, g // 2, 2, g // 2, 2, c).transpose(0, 1, 3, 2, 4, 5)
    return x.reshape(b, g // 2, g // 2, 4 * c)


def unfold(x: Floats) -> Floats:
    """Return (B, 2G, 2G, C/4), the inverse of `fold`."""
    b, g, _, c = x.shape
    x = x.reshape(b, g, g, 2, 2, c // 4).transpose(0, 1, 3, 2, 4, 5)
    return x.reshape(b, 2 * g, 2 * g, c // 4)
