"""The one interface of everything that turns text into vectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

DIM = 256
"""Length of the shipped encoder's vectors; models conditioned on text are built for it."""


class TextEncoder(Protocol):
    """Text → vector; the same object serves training and run time.

    Rows are unit vectors, or all zeros for a text without a known letter. A row depends on its
    text alone, never on the others in the batch.
    """

    @property
    def name(self) -> str:
        """Identify the encoder and its weights; stored beside every model conditioned on it."""

    @property
    def dim(self) -> int:
        """Length of a vector."""

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return float32 vectors, shape `(len(texts), dim)`."""
