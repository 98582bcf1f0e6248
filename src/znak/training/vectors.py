"""Text vectors for training: which encoder, and a cache of what it said."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from znak.atomic import write_bytes
from znak.errors import InputError
from znak.words.base import TextEncoder


class Cached:
    """An encoder that keeps its vectors in files of a folder, named by encoder and texts."""

    def __init__(self, encoder: TextEncoder, folder: Path) -> None:
        self.encoder, self.folder = encoder, folder

    @property
    def name(self) -> str:
        """The encoder's own name."""
        return self.encoder.name

    @property
    def dim(self) -> int:
        """The encoder's own dimension."""
        return self.encoder.dim

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the vectors, from the cache when these very texts were asked for before."""
        key = hashlib.sha256("\n".join([self.name, str(self.dim), *texts]).encode()).hexdigest()
        path = self.folder / f"text-{key[:24]}.npy"
        if path.is_file():
            try:
                vectors = np.load(path, allow_pickle=False)
            except (OSError, ValueError, EOFError):
                vectors = np.empty(0)
            if vectors.shape == (len(texts), self.dim):
                return np.asarray(vectors, dtype=np.float32)
        fresh = self.encoder(texts)
        buffer = io.BytesIO()
        np.save(buffer, fresh.astype(np.float16))
        write_bytes(path, buffer.getvalue())
        return fresh.astype(np.float16).astype(np.float32)


def open_encoder(name: str, *, device: str = "cpu") -> TextEncoder:
    """Return the encoder called `name`: "minilm", the teacher, or "znak", the shipped one."""
    if name == "minilm":
        from znak.training.teacher import Teacher

        return Teacher(device=device)
    if name == "znak":
        from znak.words import load_encoder

        encoder: TextEncoder = load_encoder()
        return encoder
    raise InputError(
        f"unknown text encoder {name!r}: known are minilm (the teacher) and znak (the shipped one)",
        ru=f"Неизвестный кодировщик {name!r}: есть minilm (учитель) и znak (свой)",
    )
