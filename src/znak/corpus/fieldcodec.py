"""Fields → few bytes, without loss: an entropy coder made for distance fields.

`fieldmodel` predicts each sample and says how such predictions miss; what they missed is coded here
by an interleaved range coder (rANS: Duda 2013, section 3) with one state a field and one stream for
all. All arithmetic is on integers, so every machine decodes the same. Decoding needs numpy alone.
`docs/corpus.md` compares it with lzma, bz2 and zstd.
"""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray

from znak.corpus.fieldmodel import (
    BITS,
    ESCAPE,
    PAD,
    REACH,
    SIDE,
    SYMBOLS,
    TOTAL,
    Canvas,
    Ints,
    Model,
    fronts,
    place_samples,
    symbols_of,
)
from znak.errors import DataError

BLOCK = 4096
"""Most fields coded together."""

_LOW = 1 << 16
_I = np.int16


def encode(model: Model, fields: NDArray[np.int8]) -> bytes:
    """Return `fields` (n, 64, 64), n at most BLOCK, coded with `model`."""
    samples = place_samples(fields)
    lanes = len(fields)
    canvas = Canvas(lanes)
    starts = np.cumsum(model.tables, axis=1, dtype=np.uint16) - model.tables
    frequencies, begins, escapes = [], [], []
    for front in fronts():
        guess, context = canvas.predict(front, model.weights)
        table = model.contexts[context]
        values = samples[front.here]
        symbol = symbols_of(values - guess)
        symbol = np.where(model.tables[table, symbol] > 0, symbol, _I(ESCAPE))
        frequencies.append(model.tables[table, symbol])
        begins.append(starts[table, symbol])
        escapes.append(values[symbol == ESCAPE].astype(np.int8))
        canvas.put(front, values, guess)
    frequency, begin = np.concatenate(frequencies), np.concatenate(begins)
    state = np.full(lanes, _LOW, dtype=np.uint64)
    words = []
    for step in range(len(frequency) - 1, -1, -1):
        share = frequency[step].astype(np.uint64)
        full = state >= share << np.uint64(32 - BITS)
        words.append((state[full] & np.uint64(0xFFFF)).astype("<u2"))
        state[full] >>= np.uint64(16)
        high, low = np.divmod(state, share)
        state = (high << np.uint64(BITS)) + low + begin[step]
    stream, raw = np.concatenate(words[::-1]), np.concatenate(escapes)
    head = struct.pack("<III", lanes, len(stream), len(raw))
    return head + state.astype("<u4").tobytes() + stream.tobytes() + raw.tobytes()


def decode(model: Model, data: bytes) -> NDArray[np.int8]:
    """Return the fields (n, 64, 64) in `data`; raise DataError when it ends early or does not fit."""
    try:
        lanes, n_words, n_raw = struct.unpack_from("<III", data)
    except struct.error as error:
        raise _damaged("it is too short") from error
    head = 12 + 4 * lanes
    if len(data) != head + 2 * n_words + n_raw or lanes > BLOCK:
        raise _damaged(f"{len(data)} bytes do not hold {lanes} fields of {n_words} words")
    reader = _Reader(
        model,
        state=np.frombuffer(data, "<u4", lanes, 12).astype(np.uint32),
        words=np.frombuffer(data, "<u2", n_words, head).astype(np.uint32),
        raw=np.frombuffer(data, np.int8, n_raw, head + 2 * n_words).astype(np.int16),
    )
    canvas = Canvas(lanes)
    for front in fronts():
        guess, context = canvas.predict(front, model.weights)
        canvas.put(front, reader.read(context, guess), guess)
    reader.check_end()
    samples = canvas.image.reshape(SIDE, SIDE, lanes)[PAD:-PAD, PAD:-PAD]
    if lanes and (samples.max() > 127 or samples.min() < -128):
        raise _damaged("it holds values that are no field's")
    return np.ascontiguousarray(samples.astype(np.int8).transpose(2, 0, 1))


class _Reader:
    """The range decoder: one state a lane, one stream of words for all of them."""

    def __init__(
        self, model: Model, *, state: NDArray[np.uint32], words: NDArray[np.uint32], raw: Ints
    ) -> None:
        self.state, self.words, self.raw = state, words, raw
        self.n_read = self.n_taken = 0
        starts = np.cumsum(model.tables, axis=1, dtype=np.uint16) - model.tables
        self.contexts = model.contexts.astype(np.intp)
        self.shares = ((model.tables.astype(np.uint32) << 16) | starts).ravel()
        every = np.tile(np.arange(SYMBOLS, dtype=np.uint8), len(model.tables))
        self.symbols = np.repeat(every, model.tables.ravel())

    def read(self, context: Ints, guess: Ints) -> Ints:
        """Return the samples (k, lanes) whose predictions and contexts are given."""
        tables = self.contexts[context]
        symbol = np.empty(context.shape, dtype=np.uint8)
        for k, table in enumerate(tables):
            slot = self.state & np.uint32(TOTAL - 1)
            symbol[k] = self.symbols[(table << BITS) + slot]
            share = self.shares[table * SYMBOLS + symbol[k]]
            state = (share >> np.uint32(16)) * (self.state >> np.uint32(BITS)) + slot
            state -= share & np.uint32(0xFFFF)
            empty = np.flatnonzero(state < _LOW)
            if len(empty):
                fresh = self.words[self.n_read : self.n_read + len(empty)]
                if len(fresh) < len(empty):
                    raise _damaged("its stream ends early")
                self.n_read += len(empty)
                state[empty] = (state[empty] << np.uint32(16)) | fresh
            self.state = state
        values = guess + symbol.astype(np.int16) - _I(REACH)
        escaped = symbol == ESCAPE
        n = int(escaped.sum())
        if n:
            if self.n_taken + n > len(self.raw):
                raise _damaged("its escapes end early")
            values[escaped] = self.raw[self.n_taken : self.n_taken + n]
            self.n_taken += n
        return values

    def check_end(self) -> None:
        """Raise DataError unless everything was read and the states are back at their start."""
        read = (self.n_read, self.n_taken) == (len(self.words), len(self.raw))
        if not read or (self.state != _LOW).any():
            raise _damaged("its end does not match its beginning")


def _damaged(what: str) -> DataError:
    return DataError(
        f"a block of fields is damaged ({what}): copy the pack again",
        ru=f"Блок полей повреждён ({what}): скопируйте пакет заново",
    )
