"""Extractors: images (n, S, S, 3) uint8 → `Features`.

`znak`, the default, is the project's own drawing encoder, shipped and offline; `inception` is the
TF-ported network of the literature through torch-fidelity, when its weights are at hand. The two
tell nothing of each other, so their figures have different names.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from znak.errors import DataError, InputError, MissingError
from znak.metrics.features import INCEPTION, Features
from znak.models.checkpoint import load_model
from znak.models.drawing_encoder import SIZE, DrawingEncoder
from znak.models.images import from_bytes

SHIPPED = "znak-drawings.safetensors"
INCEPTION_WEIGHTS = "weights-inception-2015-12-05-6726825d.pth"
EXTRACTORS = ("znak", INCEPTION)
_ROWS = 256


class Extractor(Protocol):
    """What sees features in images."""

    @property
    def name(self) -> str:
        """Network and weights; part of every figure's name."""

    @property
    def resize(self) -> str:
        """How images are brought to the network's size."""

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the logits' classes; empty where they are only numbered."""

    def __call__(self, images: NDArray[np.uint8]) -> Features:
        """Return the features of images (n, S, S, 3)."""


class DrawingExtractor:
    """The drawing encoder: 128 features, logits over named concepts."""

    resize = f"bilinear, antialiased, to {SIZE}"

    def __init__(self, path: Path | None = None, *, device: torch.device | str = "cpu") -> None:
        """Read `path`, the shipped weights by default; raise DataError when they are damaged."""
        path = path or Path(str(resources.files("znak.metrics") / "data" / SHIPPED))
        model, _ = load_model(path, kind="drawing-encoder")
        assert isinstance(model, DrawingEncoder)
        self._model, self._device = model.to(device), device
        self.classes: tuple[str, ...] = tuple(model.config.classes)
        self.name = f"znak-{digest_weights(model)[:6]}"

    @torch.inference_mode()
    def __call__(self, images: NDArray[np.uint8]) -> Features:
        """Return the features of images (n, S, S, 3)."""
        check_images(images)
        vectors, logits = [], []
        for start in range(0, len(images), _ROWS):
            x = torch.from_numpy(from_bytes(images[start : start + _ROWS])).to(self._device)
            seen = self._model(fit(x))
            vectors.append(seen[0].float().cpu().numpy())
            logits.append(seen[1].float().cpu().numpy())
        return Features(
            np.concatenate(vectors), self.name, self.resize, logits=np.concatenate(logits)
        )


class InceptionExtractor:
    """Pool features (2,048) and unbiased logits (1,008) of the TF-ported Inception v3."""

    name = INCEPTION
    resize = "bilinear as TensorFlow 1, to 299"
    classes: tuple[str, ...] = ()

    def __init__(self, path: Path, *, device: torch.device | str = "cpu") -> None:
        """Read the weights of torch-fidelity at `path`."""
        if not path.is_file():
            raise MissingError(
                f"there are no Inception weights at {path}: get {INCEPTION_WEIGHTS} from torch-fidelity's "
                "releases, or use the extractor 'znak'",
                ru=f"Нет весов Inception в {path}: возьмите {INCEPTION_WEIGHTS} из выпусков "
                "torch-fidelity или признаки 'znak'",
            )
        network = _import_inception()
        self._device = device
        try:
            self._model: Any = network(
                INCEPTION,
                ["2048", "logits_unbiased"],
                feature_extractor_weights_path=str(path),
            ).to(device)
        except (OSError, RuntimeError, EOFError, ValueError, KeyError) as error:
            raise DataError(
                f"{path} holds no weights of torch-fidelity's Inception ({type(error).__name__}): "
                f"get {INCEPTION_WEIGHTS} anew",
                ru=f"{path} не содержит весов Inception ({type(error).__name__})",
            ) from error

    @torch.inference_mode()
    def __call__(self, images: NDArray[np.uint8]) -> Features:
        """Return the features of images (n, S, S, 3)."""
        check_images(images)
        vectors, logits = [], []
        for start in range(0, len(images), 32):
            planes = np.ascontiguousarray(np.moveaxis(images[start : start + 32], -1, 1))
            seen = self._model(torch.from_numpy(planes).to(self._device))
            vectors.append(seen[0].float().cpu().numpy())
            logits.append(seen[1].float().cpu().numpy())
        return Features(
            np.concatenate(vectors), self.name, self.resize, logits=np.concatenate(logits)
        )


class Remembered:
    """An extractor that keeps the features of the last `keep` sets of images, by their content.

    For many models measured against one set of pictures.
    """

    def __init__(self, extract: Extractor, *, keep: int = 4) -> None:
        self._extract, self._keep = extract, keep
        self.name, self.resize, self.classes = extract.name, extract.resize, extract.classes
        self._held: dict[str, Features] = {}

    def __call__(self, images: NDArray[np.uint8]) -> Features:
        """Return the features of images (n, S, S, 3)."""
        check_images(images)
        digest = hashlib.blake2b(images.tobytes(), digest_size=16)
        digest.update(repr(images.shape).encode())
        key = digest.hexdigest()
        found = self._held.pop(key, None) or self._extract(images)
        self._held[key] = found  # last in line again
        while len(self._held) > self._keep:
            del self._held[next(iter(self._held))]
        return found


def open_extractor(
    name: str = "znak", *, weights: Path | None = None, device: torch.device | str = "cpu"
) -> Extractor:
    """Return the extractor called `name`; raise MissingError when what it needs isn't there."""
    if name == "znak":
        return DrawingExtractor(weights, device=device)
    if name == INCEPTION:
        return InceptionExtractor(weights or find_inception(), device=device)
    raise InputError(
        f"unknown extractor {name!r}: choose {' or '.join(EXTRACTORS)}",
        ru=f"Неизвестный извлекатель признаков {name!r}: выберите {' или '.join(EXTRACTORS)}",
    )


def find_inception() -> Path:
    """Return where torch-fidelity keeps its Inception weights; the file may not be there."""
    return Path(torch.hub.get_dir()) / "checkpoints" / INCEPTION_WEIGHTS


def digest_weights(model: torch.nn.Module) -> str:
    """Return a hash of a model's weights, so that figures of other weights have another name."""
    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(name.encode() + tensor.cpu().numpy().tobytes())
    return digest.hexdigest()


def check_images(images: NDArray[np.uint8]) -> None:
    """Raise InputError unless `images` are bytes of shape (n, S, S, 3), n ≥ 1."""
    if images.ndim != 4 or images.shape[-1] != 3 or images.dtype != np.uint8 or not images.size:
        raise InputError(
            f"images of shape {images.shape}, type {images.dtype}: give bytes (n, S, S, 3)",
            ru=f"Изображения формы {images.shape}, типа {images.dtype}: нужны байты (n, S, S, 3)",
        )


def fit(x_bchw: Tensor) -> Tensor:
    """Return images at the drawing encoder's size."""
    if x_bchw.shape[-2:] == (SIZE, SIZE):
        return x_bchw
    return functional.interpolate(
        x_bchw, size=(SIZE, SIZE), mode="bilinear", align_corners=False, antialias=True
    )


def _import_inception() -> Callable[..., Any]:
    try:
        from torch_fidelity import FeatureExtractorInceptionV3
    except (ImportError, RuntimeError, OSError) as error:
        raise MissingError(
            f"the extractor 'inception' needs torch-fidelity ({error}): pip install 'znak[fidelity]'",
            ru=f"Для 'inception' нужен torch-fidelity ({error}): pip install 'znak[fidelity]'",
        ) from error
    network: Callable[..., Any] = FeatureExtractorInceptionV3
    return network
