"""What the field coder knows of fields: how a sample is guessed from its neighbours, and how far off.

A sample is predicted from ten decoded neighbours by a linear rule, one of 441, chosen by the slope
and the bend of the field above and to the left; the rules' integer weights are learnt from fields
(robust least squares). Marks are often symmetric: where a mirror image (left-right, top-bottom,
about the diagonal) has foretold the last samples well, what it says of this one goes into the
context. Each context has a table of how often the prediction misses by how much. Samples are taken
along slanting fronts (x + 3 y equal), many fields at once. Integers only, numpy only.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from znak.errors import DataError

SIZE = 64
PAD = 3
_FAR = -127
BITS = 12
TOTAL = 1 << BITS
REACH = 24
ESCAPE = 2 * REACH + 1
SYMBOLS = ESCAPE + 1
_NEIGHBOURS = 11
_CLASSES = 7 * 7 * 9
_PLAIN_CONTEXTS = 8 * 8 * 7 * 8 * 4
_MIRROR_CONTEXTS = 5 * 17 * 4 * 4
_CONTEXTS = _PLAIN_CONTEXTS + _MIRROR_CONTEXTS
_MIN_COUNT = 256
_MAGIC = b"ZNKFC1"

SIDE = SIZE + 2 * PAD
_BIAS = 16
# W, N, NW, NE, WW, NN, NWW, NNE, NNW, NEE
_OFFSETS = (
    -1,
    -SIDE,
    -SIDE - 1,
    -SIDE + 1,
    -2,
    -2 * SIDE,
    -SIDE - 2,
    -2 * SIDE + 1,
    -2 * SIDE - 1,
    -SIDE + 2,
)

Ints = NDArray[np.int16]
Places = NDArray[np.intp]
_I = np.int16


@dataclass(frozen=True, eq=False)
class Model:
    """What a coder knows: `weights` (11, 441) int32 / 1024, `contexts` (n,) → table, `tables` (m, 50)."""

    weights: NDArray[np.int32]
    contexts: NDArray[np.int16]
    tables: NDArray[np.uint16]

    def to_bytes(self) -> bytes:
        """Return the model's own compressed form."""
        body = self.weights.tobytes() + self.contexts.tobytes() + self.tables.tobytes()
        return _MAGIC + struct.pack("<I", len(self.tables)) + zlib.compress(body, 9)

    @classmethod
    def from_bytes(cls, data: bytes) -> Model:
        """Return the model in `data`; raise DataError when it is none."""
        try:
            (n_tables,) = struct.unpack_from("<I", data, len(_MAGIC))
            body = zlib.decompress(data[len(_MAGIC) + 4 :])
            sizes = (4 * _NEIGHBOURS * _CLASSES, 2 * _CONTEXTS, 2 * SYMBOLS * n_tables)
            if data[: len(_MAGIC)] != _MAGIC or len(body) != sum(sizes) or n_tables == 0:
                raise ValueError("unknown layout")
            cut = np.cumsum(sizes)
            weights = np.frombuffer(body[: cut[0]], "<i4").reshape(_NEIGHBOURS, _CLASSES)
            contexts = np.frombuffer(body[cut[0] : cut[1]], "<i2")
            tables = np.frombuffer(body[cut[1] :], "<u2").reshape(n_tables, SYMBOLS)
            if (
                not 0 <= contexts.min() <= contexts.max() < n_tables
                or (tables.sum(axis=1) != TOTAL).any()
            ):
                raise ValueError("tables out of range")
        except (struct.error, zlib.error, ValueError) as error:
            raise DataError(
                f"the field coder's model is damaged ({error}): copy the pack again",
                ru=f"Модель кодировщика полей повреждена ({error}): скопируйте пакет заново",
            ) from error
        return cls(weights, contexts, tables)


@dataclass(frozen=True, eq=False)
class Front:
    """Samples that can be decoded together: y, x with x + 3 y equal, so all they look at is known.

    `here` (k,) are their rows in the canvas; each mirror is (where the image of the sample is,
    pairs of sample and image near by, which of the k it serves).
    """

    here: Places
    mirrors: tuple[tuple[Places, tuple[tuple[Places, Places], ...], NDArray[np.bool_]], ...]


@cache
def fronts() -> tuple[Front, ...]:
    """Return the fronts of a field in the order of coding."""
    half, last, side = SIZE // 2, SIZE - 1, SIDE

    def place(y: Places, x: Places) -> Places:
        return np.asarray((y + PAD) * side + x + PAD)

    fronts = []
    for step in range(SIZE + 3 * last):
        y = np.arange(max(0, -(-(step - last) // 3)), min(last, step // 3) + 1)
        x = step - 3 * y
        near = [(y - 1, x), (y - 1, x - 1), (y - 1, x + 1), (y, np.where(x > half, x - 1, x - 2))]
        left_right = tuple((place(b, a), place(b, last - a)) for b, a in near)
        near = [
            (y, x - 1),
            (y, x - 2),
            (np.where(y > half, y - 1, y), np.where(y > half, x + 1, x - 1)),
        ]
        top_bottom = tuple((place(b, a), place(last - b, a)) for b, a in near)
        near = [(y, x - 1), (y - 1, x - 1), (y, x - 2)]
        diagonal = tuple((place(b, a), place(a, b)) for b, a in near)
        mirrors = (
            (place(y, last - x), left_right, x >= half),
            (place(last - y, x), top_bottom, y >= half),
            (place(x, y), diagonal, y > x),
        )
        fronts.append(Front(place(y, x), tuple(m for m in mirrors if m[2].any())))
    return tuple(fronts)


class Canvas:
    """The samples decoded so far of `lanes` fields."""

    def __init__(self, lanes: int) -> None:
        self.image = np.full((SIDE * SIDE, lanes), _FAR, dtype=np.int16)
        self.misses = np.zeros((SIDE * SIDE, lanes), dtype=np.int16)

    def look(self, front: Front) -> tuple[list[Ints], Ints]:
        """Return the neighbours of a front's samples, each (k, lanes), and their classes."""
        seen = [self.image[front.here + offset] for offset in _OFFSETS]
        w, n, nw, ne, ww = seen[:5]
        across, down = n - nw, w - nw
        slope = _bin(across, (-13, -9, -4, 4, 9, 13)) * _I(7) + _bin(down, (-13, -9, -4, 4, 9, 13))
        bend = _bin(w - ww - across, (-3, 3)) * _I(3) + _bin(ne - n - across, (-3, 3))
        return seen, slope * _I(9) + bend

    def predict(self, front: Front, weights: NDArray[np.int32]) -> tuple[Ints, Ints]:
        """Return the predictions of a front's samples in each lane, and their contexts."""
        seen, classes = self.look(front)
        chosen = classes.astype(np.intp)
        total = weights[-1][chosen] * _BIAS
        for rule, values in zip(weights, seen, strict=False):
            total += rule[chosen] * values
        quarter = np.clip((total + 128) >> 8, -508, 508).astype(np.int16) + _I(2)
        guess, rest = quarter >> 2, quarter & 3
        w, n, nw, ne, ww, nn, nww, nne, nnw, _ = seen
        missed = self.misses[front.here - 1] + self.misses[front.here - SIDE]
        missed += missed
        missed += self.misses[front.here - SIDE - 1]
        missed += self.misses[front.here - SIDE + 1]
        rough = np.abs(w - ww - nw + nww) + np.abs(n - nw - nn + nnw) + np.abs(ne - n - nne + nn)
        ridge = _I(2) * (w - n) - ww + nn
        edge = (w == _FAR) + _I(2) * (n == _FAR) + _I(4) * (ne == _FAR)
        context = _bin(missed, (1, 2, 3, 5, 8, 14, 30)) * _I(8) + _bin(
            rough, (1, 2, 4, 7, 12, 24, 45)
        )
        context = ((context * _I(7) + _bin(ridge, (-20, -8, -3, 3, 8, 20))) * _I(8) + edge) * _I(
            4
        ) + rest
        if front.mirrors:
            value, distrust = self._mirrored(front)
            says = np.clip(value - guess, -8, 8) + _I(8)
            other = _bin(distrust, (1, 2, 3, 5)) * _I(17) + says
            other = (other * _I(4) + _bin(missed, (2, 5, 12))) * _I(4) + rest
            context = np.where(distrust < 8, other + _I(_PLAIN_CONTEXTS), context)
        return guess, context

    def _mirrored(self, front: Front) -> tuple[Ints, Ints]:
        """Return what the best mirror image says of each sample, and how far off it was near by."""
        image = self.image
        value = distrust = None
        for place, pairs, served in front.mirrors:
            candidate = image[place]
            away = np.abs(image[pairs[0][0]] - image[pairs[0][1]])
            for sample, twin in pairs[1:]:
                np.maximum(away, np.abs(image[sample] - image[twin]), out=away)
            away[~served] = 999
            if value is None or distrust is None:
                value, distrust = candidate, away
            else:
                value = np.where(away < distrust, candidate, value)
                distrust = np.minimum(away, distrust)
        assert value is not None and distrust is not None
        return value, distrust

    def put(self, front: Front, values: Ints, guess: Ints) -> None:
        """Store the true samples of a front and what the prediction missed."""
        self.image[front.here] = values
        self.misses[front.here] = np.abs(values - guess)


def _bin(values: Ints, edges: tuple[int, ...]) -> Ints:
    """Return how many of the ascending `edges` each value reaches."""
    count = (values >= edges[0]).astype(np.int16)
    for edge in edges[1:]:
        count += values >= edge
    return count


def place_samples(fields: NDArray[np.int8]) -> Ints:
    """Return fields (n, 64, 64) as the rows of a canvas (70 × 70, n)."""
    placed = np.full((SIDE, SIDE, len(fields)), _FAR, dtype=np.int16)
    placed[PAD:-PAD, PAD:-PAD] = fields.transpose(1, 2, 0)
    return placed.reshape(SIDE * SIDE, len(fields))


def train(fields: NDArray[np.int8], *, seed: int = 0) -> Model:
    """Return a model fitted to `fields` (n, 64, 64), at most 2,000 of them used, drawn by `seed`."""
    rng = np.random.default_rng(seed)
    if len(fields) > 2000:
        fields = fields[np.sort(rng.choice(len(fields), 2000, replace=False))]
    samples = place_samples(fields)
    weights = _fit_weights(samples, rng)
    counts = np.zeros(_CONTEXTS * SYMBOLS, dtype=np.int64)
    canvas = Canvas(len(fields))
    for front in fronts():
        guess, context = canvas.predict(front, weights)
        values = samples[front.here]
        cell = context.astype(np.intp) * SYMBOLS + symbols_of(values - guess)
        np.add.at(counts, cell.ravel(), 1)
        canvas.put(front, values, guess)
    contexts, tables = _make_tables(counts.reshape(_CONTEXTS, SYMBOLS))
    return Model(weights, contexts, tables)


def _fit_weights(samples: Ints, rng: np.random.Generator) -> NDArray[np.int32]:
    """Return the integer weights of each class's linear rule, by reweighted least squares."""
    canvas = Canvas(samples.shape[1])
    share = min(1.0, 2_000_000 / samples.size)
    found, truth, classes = [], [], []
    for front in fronts():
        seen, kind = canvas.look(front)
        values = samples[front.here]
        near = np.maximum(np.maximum(seen[0], seen[1]), seen[3])
        kept = (near > _FAR) & (rng.random(values.shape) < share)
        found.append(np.stack([values[kept] for values in seen]).astype(np.float32))
        truth.append(values[kept])
        classes.append(kind[kept])
        canvas.put(front, values, values)
    inputs = np.concatenate(found, axis=1).T
    inputs = np.column_stack([inputs, np.full(len(inputs), _BIAS, dtype=np.float32)])
    target, kind = np.concatenate(truth), np.concatenate(classes)
    weights = np.zeros((_NEIGHBOURS, _CLASSES), dtype=np.int32)
    weights[:3] = np.array([[1024], [1024], [-1024]])
    order = np.argsort(kind, kind="stable")
    bounds = np.searchsorted(kind[order], np.arange(_CLASSES + 1))
    for k in range(_CLASSES):
        index = order[bounds[k] : bounds[k + 1]]
        if len(index) < 400:
            continue
        a, b = inputs[index].astype(np.float64), target[index].astype(np.float64)
        trust = np.ones(len(b))
        for _ in range(5):
            weighted = a * trust[:, None]
            rule = np.linalg.solve(weighted.T @ a + np.eye(_NEIGHBOURS), weighted.T @ b)
            trust = 1 / (1 + ((b - a @ rule) / 1.5) ** 2)
        weights[:, k] = np.clip(np.rint(rule * 1024), -32768, 32767)
    return weights


def symbols_of(misses: Ints) -> Ints:
    """Return the symbol of each miss: from -24 to 24, or escape."""
    return np.where(np.abs(misses) <= REACH, misses + _I(REACH), _I(ESCAPE))


def _make_tables(
    counts: NDArray[np.int64],
) -> tuple[NDArray[np.int16], NDArray[np.uint16]]:
    """Return context → table, and tables of frequencies that sum to 4096, escape always possible.

    Contexts seen too rarely share one table for plain ones and one for mirrored ones.
    """
    frequent = counts.sum(axis=1) >= _MIN_COUNT
    plain = np.arange(len(counts)) < _PLAIN_CONTEXTS
    pools = [counts[plain & ~frequent].sum(axis=0), counts[~plain & ~frequent].sum(axis=0)]
    contexts = np.where(plain, 0, 1).astype(np.int16)
    contexts[frequent] = np.arange(2, 2 + frequent.sum())
    pooled = np.concatenate([np.stack(pools), counts[frequent]])
    pooled[:, ESCAPE] += 1
    scaled = np.maximum(pooled * TOTAL // pooled.sum(axis=1, keepdims=True), pooled > 0)
    surplus = TOTAL - scaled.sum(axis=1)
    scaled[np.arange(len(scaled)), scaled.argmax(axis=1)] += surplus
    return contexts, scaled.astype(np.uint16)
