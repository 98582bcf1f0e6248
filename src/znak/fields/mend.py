"""Mending: what a small network makes of a rough field before the designer's rules are applied.

The network has seen clean drawings of the corpus's train split and what `roughen` makes of them,
and predicts the clean field from the rough one (`znak train mend`). Its weights are part of the
package; here it runs on numpy. A field is mended in its eight positions (turned and mirrored) and
the results are averaged, so that a symmetric field stays symmetric.

`NETWORK` states the network layer by layer; `znak.training.mend` builds the same one in torch.
"""

from __future__ import annotations

from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from znak.errors import DataError
from znak.fields.sdf import SIZE, Field, check_field

WIDTHS = (40, 80, 112)
"""Channels at 32×32, 16×16 and 8×8."""
NETWORK: tuple[tuple[str, str, int, int], ...] = (
    ("stem", "conv", 4, WIDTHS[0]),
    ("a1", "block", WIDTHS[0], WIDTHS[0]),
    ("down1", "down", WIDTHS[0], WIDTHS[1]),
    ("b1", "block", WIDTHS[1], WIDTHS[1]),
    ("b2", "block", WIDTHS[1], WIDTHS[1]),
    ("down2", "down", WIDTHS[1], WIDTHS[2]),
    ("c1", "block", WIDTHS[2], WIDTHS[2]),
    ("c2", "block", WIDTHS[2], WIDTHS[2]),
    ("c3", "block", WIDTHS[2], WIDTHS[2]),
    ("up2", "up", WIDTHS[2], WIDTHS[1]),
    ("b3", "block", WIDTHS[1], WIDTHS[1]),
    ("b4", "block", WIDTHS[1], WIDTHS[1]),
    ("up1", "up", WIDTHS[1], WIDTHS[0]),
    ("a2", "block", WIDTHS[0], WIDTHS[0]),
    ("a3", "block", WIDTHS[0], WIDTHS[0]),
    ("head", "conv", WIDTHS[0], 4),
)
"""Name, kind, channels in and out. conv: 3×3; block: x + relu(conv x); down: 2×2, stride 2; up: its
transpose, added to what its level held before going down. Fields enter and leave folded 2×2."""

Maps = NDArray[np.float32]
Weights = dict[str, Maps]


def mend(field: NDArray[np.generic]) -> Field:
    """Return the clean field that the rough `field` (64, 64) probably stands for.

    Raises FieldError for what is no field. The result is nearly a distance field.
    """
    values = check_field(field)
    turned = np.stack([turn(values, k) for k in range(8)])
    mended = run(turned, shipped_weights())
    back = np.stack([turn_back(view, k) for k, view in enumerate(mended)])
    return np.asarray(back.mean(axis=0), dtype=np.float32)


def turn(field: Field, k: int) -> Field:
    """Return `field` turned by k mod 4 right angles, mirrored too for k of 4 and more."""
    view = np.rot90(field, k % 4)
    return view[:, ::-1] if k >= 4 else view


def turn_back(field: Field, k: int) -> Field:
    """Return what `turn` made `field` of."""
    return np.rot90(field[:, ::-1] if k >= 4 else field, -(k % 4))


def run(fields: Maps, weights: Weights) -> Maps:
    """Return the network's output (n, 64, 64) for rough fields (n, 64, 64)."""
    x = fold(fields)
    held: list[Maps] = []
    for name, kind, _, _ in NETWORK:
        w, b = weights[f"{name}.weight"], weights[f"{name}.bias"]
        if kind == "block":
            x = x + np.maximum(conv(x, w) + b, 0)
        elif kind == "conv":
            x = conv(x, w) + b
            x = np.maximum(x, 0) if name == "stem" else x
        elif kind == "down":
            held.append(x)
            x = np.maximum(_halve(x) @ w + b, 0)
        else:
            x = held.pop() + _double(x @ w) + b
    return np.asarray(np.clip(fields + unfold(x), -1, 1), dtype=np.float32)


def conv(x: Maps, weight: Maps) -> Maps:
    """Return the 3×3 convolution of `x` (n, h, w, c), zeros around, by `weight` (9·c, d)."""
    n, h, w, c = x.shape
    # columns side by side, rows by where a product begins: a third of the copies of all nine taps
    wide = np.zeros((n, h + 2, w, 3, c), dtype=np.float32)
    wide[:, 1:-1, 1:, 0] = x[:, :, :-1]
    wide[:, 1:-1, :, 1] = x
    wide[:, 1:-1, :-1, 2] = x[:, :, 1:]
    rows = wide.reshape(n, (h + 2) * w, 3 * c)
    above, level, below = weight.reshape(3, 3 * c, -1)
    out = np.empty((n, h * w, weight.shape[1]), dtype=np.float32)
    part = np.empty_like(out[0])
    for k in range(n):
        np.matmul(rows[k, : h * w], above, out=out[k])
        out[k] += np.matmul(rows[k, w:-w], level, out=part)
        out[k] += np.matmul(rows[k, 2 * w :], below, out=part)
    return out.reshape(n, h, w, -1)


def fold(fields: Maps) -> Maps:
    """Return fields (n, 64, 64) as (n, 32, 32, 4)."""
    return _halve(fields[..., None])


def unfold(x: Maps) -> Maps:
    """Return (n, 32, 32, 4) as fields (n, 64, 64)."""
    return _double(x)[..., 0]


def _halve(x: Maps) -> Maps:
    n, h, w, c = x.shape
    parts = x.reshape(n, h // 2, 2, w // 2, 2, c).transpose(0, 1, 3, 2, 4, 5)
    return np.ascontiguousarray(parts).reshape(n, h // 2, w // 2, 4 * c)


def _double(x: Maps) -> Maps:
    n, h, w, c = x.shape
    parts = x.reshape(n, h, w, 2, 2, c // 4).transpose(0, 1, 3, 2, 4, 5)
    return np.ascontiguousarray(parts).reshape(n, 2 * h, 2 * w, c // 4)


@cache
def shipped_weights() -> Weights:
    """Return the weights in the package, float32; raise DataError when they are damaged."""
    source = resources.files("znak.fields") / "data" / "mend.npz"
    try:
        with source.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            weights = {name: stored[name].astype(np.float32) for name in stored.files}
    except (OSError, ValueError, EOFError, KeyError) as error:
        raise DataError(
            f"the package's mend.npz can't be read ({error}): install znak again",
            ru=f"Файл mend.npz из пакета не читается ({error}): установите znak заново",
        ) from error
    expected = {
        f"{name}.{part}": shape
        for name, kind, c, d in NETWORK
        for part, shape in _shapes(kind, c, d).items()
    }
    if {name: array.shape for name, array in weights.items()} != expected:
        raise DataError(
            "the package's mend.npz is of another version: install znak again",
            ru="Файл mend.npz из пакета — другой версии: установите znak заново",
        )
    return weights


def _shapes(kind: str, c: int, d: int) -> dict[str, tuple[int, ...]]:
    rows, columns = {"down": (4 * c, d), "up": (c, 4 * d)}.get(kind, (9 * c, d))
    return {"weight": (rows, columns), "bias": (d,)}


assert SIZE % 8 == 0
