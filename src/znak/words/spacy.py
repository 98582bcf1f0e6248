"""The seed system's text vectors: the mean of spaCy's word vectors, English, length 300.

Behind the same interface as the shipped encoder, for the GAN baseline. Needs spaCy and its model::

    pip install spacy && python -m spacy download en_core_web_md
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from znak.errors import MissingError

MODEL = "en_core_web_md"
_INSTALL = f"pip install spacy && python -m spacy download {MODEL}"


class SpacyAverager:
    """Mean of the vectors of a text's words, punctuation and spaces left out, as the seed did it.

    Unlike `TextEncoder` asks, rows are not scaled to unit length: the seed's generator was trained
    on plain means. A text without a word gives zeros.
    """

    dim = 300

    def __init__(self, nlp: Any = None) -> None:
        """Take a spaCy pipeline, or load the seed's; raise MissingError when it isn't there."""
        self._nlp = _load() if nlp is None else nlp
        self.name = f"spacy-{MODEL}-mean"

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return float32 means `(n, 300)`."""
        out = np.zeros((len(texts), self.dim), np.float32)
        for i, text in enumerate(texts):
            words = [t for t in self._nlp.make_doc(text) if not (t.is_punct or t.is_space)]
            if words:
                out[i] = np.mean([t.vector for t in words], axis=0)
        return out


def _load() -> Any:
    try:
        return import_module("spacy").load(MODEL)
    except (ImportError, OSError) as error:
        raise MissingError(
            f"spaCy or its model {MODEL} is not installed: {_INSTALL}",
            ru=f"spaCy или модель {MODEL} не установлены: {_INSTALL}",
        ) from error
