"""One way to open any model that draws colour images, and the one conversion of pixels.

model, about = load_image_model(path)
images = model.sample(text_vectors, seeds=[0, 1], steps=20, guidance=3.0)   # (n, 3, S, S)
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from znak.errors import DataError
from znak.models.checkpoint import load_model

IMAGE_KINDS = ("gan", "flow-rgb")


class ImageModel(Protocol):
    """What draws images from text vectors; a GAN or a flow model."""

    kind: str
    config: Any

    def sample(
        self,
        text_vectors: NDArray[np.float32],
        *,
        seeds: Sequence[int],
        steps: int = ...,
        guidance: float = ...,
        device: torch.device | str = ...,
    ) -> NDArray[np.float32]:
        """Return images (n, 3, S, S) in [-1, 1], one for each seed."""


def load_image_model(path: Path) -> tuple[ImageModel, dict[str, Any]]:
    """Return a model that draws images and what its file says; raise DataError for any other."""
    model, about = load_model(path)
    kind = str(model.kind)
    if kind not in IMAGE_KINDS:
        raise DataError(
            f"{path} holds a {kind!r} model, which draws no colour images: give one of "
            f"{', '.join(IMAGE_KINDS)}",
            ru=f"{path} содержит модель {kind!r}, нужна одна из: {', '.join(IMAGE_KINDS)}",
        )
    found: Any = model
    return found, about


def to_bytes(images_bchw: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return images in [-1, 1] (n, 3, S, S) as bytes (n, S, S, 3): the one place for this."""
    scaled = np.clip((np.moveaxis(images_bchw, 1, -1) + 1) * 127.5, 0, 255)
    return np.asarray(np.rint(scaled), dtype=np.uint8)


def from_bytes(images_bhwc: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return bytes (n, S, S, 3) as images in [-1, 1] (n, 3, S, S)."""
    planes = np.moveaxis(images_bhwc, -1, 1).astype(np.float32)
    return np.ascontiguousarray(planes / 127.5 - 1)
