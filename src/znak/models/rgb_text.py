"""The text encoder that an image model was trained with, found by the name in its checkpoint.

`spacy-en_core_web_md-mean` is the seed's; `NAME` the shipped encoder; `NAME-to-300` the shipped
encoder turned by a fixed isometry into 300 dimensions, which stands in where spaCy's model is not
installed, so that the seed's generator keeps its shape.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from znak.errors import DataError, InputError
from znak.words.base import TextEncoder

SEED_DIM = 300


class Stretched:
    """An encoder's vectors in more dimensions; lengths and angles stay as they are."""

    def __init__(self, encoder: TextEncoder, dim: int) -> None:
        if encoder.dim > dim:
            raise InputError(
                f"{encoder.name} gives {encoder.dim} numbers, which do not fit into {dim}",
                ru=f"{encoder.name} даёт {encoder.dim} чисел, в {dim} они не помещаются",
            )
        self.dim = dim
        self.name = f"{encoder.name}-to-{dim}"
        self._encoder = encoder
        draws = np.random.Generator(np.random.Philox(key=dim)).standard_normal((dim, encoder.dim))
        self._turn = np.linalg.qr(draws)[0].T.astype(np.float32)

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return float32 (n, dim)."""
        return np.asarray(self._encoder(texts) @ self._turn, dtype=np.float32)


def open_text_encoder(choice: str) -> TextEncoder:
    """Return the encoder of a choice: "spacy", "znak", "znak-300"."""
    from znak.words import load_encoder
    from znak.words.spacy import SpacyAverager

    if choice == "spacy":
        return SpacyAverager()
    if choice == "znak":
        return load_encoder()
    if choice == "znak-300":
        return Stretched(load_encoder(), SEED_DIM)
    raise InputError(
        f"unknown text encoder {choice!r}: choose spacy, znak or znak-300",
        ru=f"Неизвестный кодировщик {choice!r}: выберите spacy, znak или znak-300",
    )


def find_text_encoder(name: str) -> TextEncoder:
    """Return the encoder called `name` in a checkpoint; raise DataError when it is another's."""
    if not name or name == "None":
        raise DataError(
            "the checkpoint does not say which text encoder it was trained with: give one that `znak "
            "train gan` or `rgb` wrote",
            ru="В файле весов не сказано, с каким кодировщиком обучена модель: возьмите файл, записанный "
            "командой znak train gan или rgb",
        )
    if name.startswith("spacy"):
        choice = "spacy"
    else:
        choice = "znak-300" if name.endswith(f"-to-{SEED_DIM}") else "znak"
    encoder = open_text_encoder(choice)
    if encoder.name != name:
        raise DataError(
            f"the model was trained with the text encoder {name}, this version has {encoder.name}: "
            "train it again, or use the version that trained it",
            ru=f"Модель обучена с кодировщиком {name}, а в этой версии {encoder.name}: обучите её "
            "заново или возьмите прежнюю версию",
        )
    return encoder
