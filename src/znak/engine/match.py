"""Text match: how well a field shows what a text says, by a small convolutional tower in numpy.

    match = load_match()
    match.score(fields, match.encode(["fox"])[0])      # (n,), cosines in the text space

The tower is trained by `znak train match` against the shipped encoder's vectors, so that a drawing
and its caption point the same way. It ranks candidates; benchmarks judge by another model.
"""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from pathlib import Path

import numpy as np

from znak.engine.base import Floats
from znak.engine.file import Weights, read_weights
from znak.engine.threads import map_chunks
from znak.errors import DataError
from znak.words import TextEncoder, load_encoder

KIND = "match"
SHIPPED = "match.safetensors"
SIDE = 32
GROUPS = 8
_CHUNK = 8


def shipped_path() -> Path:
    """Return where the package's own tower lies."""
    return Path(str(resources.files("znak.engine") / "data" / SHIPPED))


@lru_cache(maxsize=2)
def load_match(path: Path | None = None) -> Match:
    """Return the tower of a file, the shipped one by default; raise DataError if it is unusable."""
    return Match(read_weights(path or shipped_path(), kind=KIND))


class Match:
    """See the module; build it with `load_match`."""

    def __init__(self, weights: Weights, *, encoder: TextEncoder | None = None) -> None:
        """Take a file's arrays; raise DataError where they don't fit together."""
        self.encoder = encoder or load_encoder()
        self.revision = weights.revision
        if weights.about.get("encoder") != self.encoder.name:
            raise DataError(
                f"the tower was trained on text vectors of {weights.about.get('encoder')}, this version's "
                f"encoder is {self.encoder.name}: train it again with znak train match",
                ru=f"Башня обучена на векторах {weights.about.get('encoder')}, а кодировщик этой версии — "
                f"{self.encoder.name}: обучите её заново: znak train match",
            )
        a = weights.arrays
        depth = sum(name.endswith(".kernel") for name in a)
        side, channels = SIDE, 1
        try:
            for i in range(depth):
                kernel = a[f"{i}.kernel"]
                if kernel.ndim != 4 or kernel.shape[1:] != (channels, 3, 3):
                    raise ValueError(f"{i}.kernel has shape {kernel.shape}")
                channels, side = len(kernel), side // 2
                for part in ("bias", "gain", "shift"):
                    if a[f"{i}.{part}"].shape != (channels,):
                        raise ValueError(f"{i}.{part} has shape {a[f'{i}.{part}'].shape}")
            if a["out"].shape != (self.encoder.dim, channels * side * side):
                raise ValueError(f"out has shape {a['out'].shape}")
            if a["out_bias"].shape != (self.encoder.dim,) or channels % GROUPS or depth == 0:
                raise ValueError("shapes of no tower")
            if not all(np.isfinite(array).all() for array in a.values()):
                raise ValueError("values that are not finite")
        except (KeyError, ValueError) as error:
            raise DataError(
                f"the tower's weights don't fit together ({error}): train it again",
                ru=f"Веса башни не подходят друг к другу ({error}): обучите её заново",
            ) from error
        self._layers = [
            (
                np.ascontiguousarray(a[f"{i}.kernel"].reshape(len(a[f"{i}.kernel"]), -1).T),
                a[f"{i}.bias"],
                a[f"{i}.gain"],
                a[f"{i}.shift"],
            )
            for i in range(depth)
        ]
        self._out, self._out_bias = a["out"], a["out_bias"]

    def embed(self, fields: Floats) -> Floats:
        """Return unit vectors (n, d) of fields (n, 64, 64)."""
        n = len(fields)
        small = halve(np.asarray(fields, np.float32))
        out = np.empty((n, len(self._out)), np.float32)

        def work(low: int) -> None:
            rows = np.minimum(np.arange(low, low + _CHUNK), n - 1)
            out[low : low + _CHUNK] = self._forward(small[rows])[: n - low]

        map_chunks(work, range(0, n, _CHUNK))
        return out

    def score(self, fields: Floats, text_vectors: Floats) -> Floats:
        """Return the cosine of each field (n, 64, 64) with its text vector (d) or (n, d)."""
        vectors = self.embed(fields)
        return np.asarray(
            np.einsum("nd,nd->n", vectors, np.broadcast_to(text_vectors, vectors.shape))
        )

    def _forward(self, x_bss: Floats) -> Floats:
        x = x_bss[:, :, :, None]
        for kernel, bias, gain, shift in self._layers:
            x = _norm(_convolve(x, kernel) + bias) * gain + shift
            np.maximum(x, 0, out=x)
        flat = x.transpose(0, 3, 1, 2).reshape(len(x), -1)
        y = flat @ self._out.T + self._out_bias
        return np.asarray(
            y / np.maximum(np.sqrt((y * y).sum(axis=1, keepdims=True)), 1e-6), np.float32
        )


def halve(fields: Floats) -> Floats:
    """Return fields (n, 64, 64) at 32 px, each value the mean of four."""
    n = len(fields)
    return np.asarray(fields.reshape(n, SIDE, 2, SIDE, 2).mean(axis=(2, 4)), np.float32)


def _convolve(x_bssc: Floats, kernel: Floats) -> Floats:
    """Return the 3×3 convolution of stride 2; `kernel` is (9 C, O), input channels outermost."""
    b, s, _, c = x_bssc.shape
    padded = np.pad(x_bssc, ((0, 0), (1, 1), (1, 1), (0, 0)))
    half = s // 2
    taps = np.empty((b, half, half, c, 9), np.float32)
    for k in range(9):
        row, column = divmod(k, 3)
        taps[..., k] = padded[:, row : row + s : 2, column : column + s : 2]
    return np.asarray((taps.reshape(-1, c * 9) @ kernel).reshape(b, half, half, -1))


def _norm(x_bssc: Floats) -> Floats:
    """Return the rows with each of `GROUPS` groups of channels at mean 0 and variance 1."""
    b, s, _, c = x_bssc.shape
    x = x_bssc.reshape(b, s * s, GROUPS, c // GROUPS)
    mean = x.mean(axis=(1, 3), keepdims=True)
    spread = ((x - mean) ** 2).mean(axis=(1, 3), keepdims=True)
    return np.asarray(((x - mean) / np.sqrt(spread + np.float32(1e-5))).reshape(x_bssc.shape))
