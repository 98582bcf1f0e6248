"""The encoder as a torch module, the same arithmetic as `znak.words.encoder`, and its export."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as nnf

from znak.words.base import DIM
from znak.words.encoder import relative_positions
from znak.words.file import write_weights
from znak.words.pairs import PairIndex
from znak.words.vocabulary import Kind, Reading, Vocabulary

REACH = 6  # words to each side with a position bias of their own
HEADS = 4
HIDDEN = 512
_TOGETHER = 128  # texts run at once


@dataclass(frozen=True)
class Bags:
    """The readings of a list of distinct words, flattened.

    Word w has `rows[row_starts[w]:row_starts[w + 1]]`, and the same of grams.
    """

    kinds: NDArray[np.int64]
    row_starts: NDArray[np.int64]
    rows: NDArray[np.int64]
    row_weights: NDArray[np.float32]
    gram_starts: NDArray[np.int64]
    grams: NDArray[np.int64]


def make_bags(words: Sequence[str], readings: Sequence[Reading], vocabulary: Vocabulary) -> Bags:
    """Flatten the readings of words."""
    grams = [vocabulary.buckets(word) for word in words]
    return Bags(
        kinds=np.array([r.kind for r in readings], np.int64),
        row_starts=np.cumsum([0, *[len(r.rows) for r in readings]]),
        rows=np.array([row for r in readings for row in r.rows], np.int64),
        row_weights=np.array([w for r in readings for w in r.weights], np.float32),
        gram_starts=np.cumsum([0, *[len(g) for g in grams]]),
        grams=np.array([bucket for g in grams for bucket in g], np.int64),
    )


class _Norm(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.ones(DIM))

    def forward(self, x: Tensor) -> Tensor:
        return nnf.rms_norm(x, (DIM,), self.gain, 1e-5)


class _Layer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.norm1, self.norm2 = _Norm(), _Norm()
        self.qkv = nn.Parameter(torch.randn(DIM, 3 * DIM) * DIM**-0.5)
        self.position = nn.Parameter(torch.zeros(HEADS, 2 * REACH + 1))
        self.out = nn.Parameter(torch.zeros(DIM, DIM))
        self.up = nn.Parameter(torch.randn(DIM, HIDDEN) * DIM**-0.5)
        self.up_bias = nn.Parameter(torch.zeros(HIDDEN))
        self.down = nn.Parameter(torch.zeros(HIDDEN, DIM))

    def forward(self, x: Tensor, there: Tensor, bias: Tensor) -> Tensor:
        """Map the states `(words, DIM)` of the words that are `there` `(n, longest)`."""
        n, longest = there.shape
        flat = self.norm1(x) @ self.qkv
        qkv = flat.new_zeros(n, longest, 3 * DIM)
        qkv[there] = flat
        q, k, v = qkv.view(n, longest, 3, HEADS, -1).permute(2, 0, 3, 1, 4)
        y = nnf.scaled_dot_product_attention(q, k, v, attn_mask=bias.to(q.dtype))
        x = x + y.transpose(1, 2).reshape(n, longest, DIM)[there] @ self.out
        y = self.norm2(x) @ self.up + self.up_bias
        out: Tensor = x + (y * torch.sigmoid(1.702 * y)) @ self.down
        return out


class WordModel(nn.Module):
    """Tables, layers and pooling; `forward` takes padded word numbers of a `Bags`."""

    def __init__(self, n_rows: int, n_grams: int, n_pairs: int, *, n_layers: int) -> None:
        """Make an untrained model: the mean of its (zero) tables."""
        super().__init__()
        self.rows = nn.Parameter(torch.zeros(n_rows, DIM))
        self.grams = nn.Parameter(torch.zeros(n_grams, DIM))
        self.pairs = nn.Parameter(torch.zeros(n_pairs, DIM))
        self.gains = nn.Parameter(torch.ones(len(Kind), 2))
        self.layers = nn.ModuleList([_Layer() for _ in range(n_layers)])
        self.pool_norm = _Norm()
        self.pool = nn.Parameter(torch.zeros(DIM))

    def embed(self, words: NDArray[np.int64], bags: Bags, blind: NDArray[np.bool_]) -> Tensor:
        """Return the vectors `(len(words), DIM)` of words; `blind` ones are read as unknown."""
        kinds = torch.from_numpy(np.where(blind, int(Kind.UNKNOWN), bags.kinds[words]))
        gains = self.gains[kinds]
        at, offsets = _gather(words, bags.row_starts)
        weights = torch.from_numpy(bags.row_weights[at])
        rows = nnf.embedding_bag(
            torch.from_numpy(bags.rows[at]),
            self.rows,
            torch.from_numpy(offsets),
            mode="sum",
            per_sample_weights=weights,
        )
        at, offsets = _gather(words, bags.gram_starts)
        grams = nnf.embedding_bag(
            torch.from_numpy(bags.grams[at]), self.grams, torch.from_numpy(offsets), mode="mean"
        )
        seen = torch.from_numpy(~blind).float()
        return rows * (gains[:, :1] * seen[:, None]) + grams * gains[:, 1:]

    def forward(
        self,
        texts: NDArray[np.int64],
        pairs: NDArray[np.int64],
        bags: Bags,
        *,
        blind: NDArray[np.bool_] | None = None,
    ) -> Tensor:
        """Return unit vectors of texts: word numbers `(n, longest)`, -1 where a text has ended.

        `pairs` has the number of the pair that each word ends, -1 for none; a blind word ends none.
        Texts of like length are run together, which leaves the result as it is and saves padding.
        """
        there = texts >= 0
        hide = np.zeros(texts.shape, bool) if blind is None else blind
        x = self.embed(texts[there], bags, hide[there])
        ending = np.where(hide, -1, pairs)[there]
        at_pair = torch.from_numpy(np.flatnonzero(ending >= 0))
        found = nnf.embedding(torch.from_numpy(ending[ending >= 0]), self.pairs)
        x = x.index_add(0, at_pair, found)
        lengths = there.sum(axis=1)
        starts = np.cumsum(lengths) - lengths
        order = np.argsort(lengths, kind="stable")
        done = []
        for begin in range(0, len(order), _TOGETHER):
            chosen = order[begin : begin + _TOGETHER]
            at, _ = _gather(chosen, np.append(starts, starts[-1] + lengths[-1]))
            inside = there[chosen, : int(lengths[chosen].max())]
            done.append(self._run(x[torch.from_numpy(at)], inside))
        back = np.empty_like(order)
        back[order] = np.arange(len(order))
        return torch.cat(done)[torch.from_numpy(back)]

    def _run(self, x: Tensor, there: NDArray[np.bool_]) -> Tensor:
        mask = torch.from_numpy(there)
        hidden = torch.where(mask, 0.0, -1e4)
        places = torch.from_numpy(relative_positions(there.shape[1], REACH))
        for layer in self.layers:
            x = layer(
                x, mask, cast(Tensor, layer.position)[:, places][None] + hidden[:, None, None, :]
            )
        score = torch.full(there.shape, -1e4)
        score[mask] = (self.pool_norm(x) @ self.pool).float()
        share = torch.softmax(score, dim=1)[mask]
        text_of = torch.from_numpy(np.nonzero(there)[0])
        total = torch.zeros(len(there), DIM).index_add_(0, text_of, share[:, None] * x.float())
        return nnf.normalize(total, dim=1)

    @torch.inference_mode()
    def export(
        self,
        path: Path,
        vocabulary: Vocabulary,
        index: PairIndex,
        *,
        projection: NDArray[np.float32],
        recipe: dict[str, Any],
    ) -> str:
        """Write the run-time file and return the weights' name."""
        rows, row_scales = quantise(self.rows)
        grams, gram_scales = quantise(self.grams)
        pairs, pair_scales = quantise(self.pairs)
        arrays: dict[str, NDArray[Any]] = {
            "rows": rows, "row_scales": row_scales, "grams": grams, "gram_scales": gram_scales,
            "pairs": pairs, "pair_scales": pair_scales, "pair_hashes": index.index.hashes,
            "pair_rows": index.index.rows, "gains": self.gains.numpy(), "pool": self.pool.numpy(),
            "pool_norm": self.pool_norm.gain.numpy(), "projection": projection.astype(np.float16),
            "stem_hashes": vocabulary.stems.hashes, "stem_rows": vocabulary.stems.rows,
            "slip_hashes": vocabulary.slips.hashes, "slip_rows": vocabulary.slips.rows,
        }  # fmt: skip
        for number, layer in enumerate(self.layers):
            arrays |= _layer_arrays(f"layer{number}_", layer.state_dict())
        words, n = vocabulary.words, len(self.layers)
        return write_weights(path, arrays, words=words, n_layers=n, recipe=recipe)


def quantise(table: Tensor) -> tuple[NDArray[np.int8], NDArray[np.float16]]:
    """Return int8 rows and the scale of each."""
    values = table.detach().numpy()
    scales = (np.abs(values).max(axis=1) / 127).astype(np.float16)
    safe = np.where(scales > 0, scales, 1).astype(np.float32)
    return np.clip(np.rint(values / safe[:, None]), -127, 127).astype(np.int8), scales


def _layer_arrays(prefix: str, state: Mapping[str, Tensor]) -> dict[str, NDArray[Any]]:
    arrays: dict[str, NDArray[Any]] = {}
    for name, value in state.items():
        array = value.numpy()
        arrays[prefix + name.removesuffix(".gain")] = (
            array.astype(np.float16) if array.size > DIM * 4 else array
        )
    return arrays


def _gather(
    words: NDArray[np.int64], starts: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the positions of all entries of `words` in a flat array, and where each begins."""
    lengths = starts[words + 1] - starts[words]
    offsets = np.cumsum(lengths) - lengths
    at = (
        np.arange(int(lengths.sum()))
        - np.repeat(offsets, lengths)
        + np.repeat(starts[words], lengths)
    )
    return at, offsets
