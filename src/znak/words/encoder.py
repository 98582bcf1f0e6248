"""The shipped encoder: English and Russian text → one space of unit vectors, in numpy.

    encode = load_encoder()
    encode(["a red fox", "рыжая лиса"])      # float32 (2, 256); the two rows are near

A word is the sum of its rows in the word table and the mean of its n-grams (`vocabulary`), and of a
row for a known pair it ends (`pairs`); a small transformer layer with relative positions sees the
words together; a learned weight says how much
each counts, so that `logo`, `company`, `для` count little. Tables are int8 with a scale a row.
Each text is computed on its own: its vector does not depend on the batch.

Trained by `znak.training.words`; the file is described in `znak.words.file`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from znak.errors import InputError
from znak.words.base import DIM
from znak.words.file import Weights, read_weights
from znak.words.normal import tokenise
from znak.words.pairs import PairIndex, neighbours
from znak.words.vocabulary import HashIndex, Kind, Vocabulary

Floats = NDArray[np.float32]
_CACHE = 20_000  # words kept with their vectors
_EPS = np.float32(1e-5)


class WordEncoder:
    """See the module; build it with `load_encoder`."""

    def __init__(self, weights: Weights) -> None:
        """Take a file's arrays; raise DataError where they don't fit together (`read_weights`)."""
        self._w = weights
        self.name = weights.name
        self.vocabulary = Vocabulary(
            weights.words,
            stems=HashIndex(weights["stem_hashes"], weights["stem_rows"]),
            slips=HashIndex(weights["slip_hashes"], weights["slip_rows"]),
            n_buckets=len(weights["grams"]),
        )
        self.pairs = PairIndex(HashIndex(weights["pair_hashes"], weights["pair_rows"]))
        self._layers = [weights.layer(i) for i in range(weights.n_layers)]
        self._word = lru_cache(maxsize=_CACHE)(self._embed_word)
        self._pair = lru_cache(maxsize=_CACHE)(self._find_pair)

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return DIM

    def __call__(self, texts: Sequence[str]) -> Floats:
        """Return float32 unit vectors `(n, DIM)`; zeros for a text without a letter or digit."""
        if isinstance(texts, str):
            raise InputError(
                "give the encoder a list of texts, not one string", ru="Нужен список текстов"
            )
        out = np.zeros((len(texts), DIM), np.float32)
        for i, text in enumerate(texts):
            if not isinstance(text, str):
                raise InputError(
                    f"text {i} is {text!r}: give strings", ru=f"Текст {i}: {text!r}; нужны строки"
                )
            words = tokenise(text)
            if words:
                states, share = self._run(words)
                out[i] = _unit(share @ states)
        return out

    def weigh(self, text: str) -> list[tuple[str, float]]:
        """Return each word of a text with its share in the vector; the shares sum to 1."""
        words = tokenise(text)
        if not words:
            return []
        _, share = self._run(words)
        return list(zip(words, share.tolist(), strict=True))

    def explain(self, word: str) -> tuple[Kind, tuple[str, ...]]:
        """Return how one word is read, and the words of the vocabulary it is read as."""
        reading = self.vocabulary.read(word)
        return reading.kind, tuple(self.vocabulary.words[row] for row in reading.rows)

    def table(self) -> Floats:
        """Return the rows of the word table as floats, `(words, DIM)`; for measuring."""
        return np.asarray(self._w["rows"] * self._w["row_scales"][:, None], np.float32)

    def projection(self) -> Floats:
        """Return the `(384, DIM)` projection of the teacher's space onto this one; for measuring."""
        return np.asarray(self._w["projection"], np.float32)

    @property
    def n_bytes(self) -> int:
        """Size of all arrays, about that of the file."""
        return sum(array.nbytes for array in self._w.arrays.values())

    def _embed_word(self, word: str) -> Floats:
        reading = self.vocabulary.read(word)
        gain_rows, gain_grams = self._w["gains"][reading.kind]
        buckets = self.vocabulary.buckets(word)
        grams = self._w["grams"][buckets].astype(np.float32)
        vector = gain_grams * (grams * self._w["gram_scales"][buckets, None]).mean(axis=0)
        if reading.rows:
            rows = list(reading.rows)
            scales = self._w["row_scales"][rows].astype(np.float32) * np.array(
                reading.weights, np.float32
            )
            vector = vector + gain_rows * (scales @ self._w["rows"][rows].astype(np.float32))
        return np.asarray(vector, np.float32)

    def _find_pair(self, first: str, second: str) -> int:
        return self.pairs.find(self.vocabulary.read(first), self.vocabulary.read(second))

    def _run(self, words: Sequence[str]) -> tuple[Floats, Floats]:
        """Return the words' last states and their shares."""
        x = np.stack([self._word(word) for word in words])
        for first, second in neighbours(words):
            pair = self._pair(words[first], words[second])
            if pair >= 0:
                x[second] += self._w["pairs"][pair] * self._w["pair_scales"][pair]
        for layer in self._layers:
            x = x + _attend(_norm(x, layer["norm1"]), layer)
            y = _norm(x, layer["norm2"]) @ layer["up"] + layer["up_bias"]
            x = x + _gelu(y) @ layer["down"]
        score = _norm(x, self._w["pool_norm"]) @ self._w["pool"]
        return x, _softmax(score)


@lru_cache(maxsize=4)
def load_encoder(path: Path | None = None) -> WordEncoder:
    """Return the encoder of a file, the shipped one by default; raise DataError if it is damaged."""
    return WordEncoder(read_weights(path))


def relative_positions(n: int, reach: int) -> NDArray[np.intp]:
    """Return the indices of the position biases of all pairs of `n` words."""
    at = np.arange(n)
    return np.asarray(np.clip(at[None, :] - at[:, None], -reach, reach) + reach, np.intp)


def _attend(x: Floats, layer: dict[str, Floats]) -> Floats:
    n = len(x)
    bias = layer["position"]  # (heads, 2 reach + 1)
    heads = len(bias)
    q, k, v = (x @ layer["qkv"]).reshape(n, 3, heads, -1).transpose(1, 2, 0, 3)
    scores: Floats = q @ k.transpose(0, 2, 1) * np.float32(q.shape[-1] ** -0.5)
    scores = scores + bias[:, relative_positions(n, bias.shape[1] // 2)]
    mixed = (_softmax(scores) @ v).transpose(1, 0, 2).reshape(n, -1)
    return np.asarray(mixed @ layer["out"], np.float32)


def _norm(x: Floats, gain: Floats) -> Floats:
    """Scale rows to a root mean square of `gain` (RMSNorm, Zhang and Sennrich 2019)."""
    scale = gain / np.sqrt((x * x).mean(axis=-1, keepdims=True) + _EPS)
    return np.asarray(x * scale, np.float32)


def _gelu(x: Floats) -> Floats:
    """The sigmoid form: x σ(1.702 x) (Hendrycks and Gimpel 2016)."""
    return np.asarray(x / (1 + np.exp(np.float32(-1.702) * np.clip(x, -40, 40))), np.float32)


def _softmax(x: Floats) -> Floats:
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return np.asarray(e / e.sum(axis=-1, keepdims=True), np.float32)


def _unit(x: Floats) -> Floats:
    return np.asarray(x / max(float(np.sqrt(x @ x)), 1e-12), np.float32)
