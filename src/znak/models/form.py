"""The form network: a rough 32×32 field in, the crisp 64×64 field it means out, in one pass.

It is a transformer of the same blocks over overlapping patches of the enlarged input, told the
text, the style and how rough the input is, and predicts what to add to the enlarged input. It is
trained by regression on fields corrupted as the first stage errs (`znak.training.form`).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from znak.models.flow import STYLE, FlowConfig, FlowModel
from znak.models.layers import Activation


@dataclass(frozen=True)
class FormConfig:
    """Shape of a form network, which reads fields of `size` / 2 and writes fields of `size`."""

    size: int = 64
    patch: int = 8
    width: int = 192
    depth: int = 5
    head: int = 64
    expand: float = 4.0
    activation: Activation = "relu2"
    parallel: bool = True
    text_dim: int = 384
    text_vectors: int = 2
    style: tuple[str, ...] = STYLE


class FormModel(FlowModel):
    """Predicts the crisp field; the time input of `FlowModel` tells how good the input is."""

    kind = "form"

    def __init__(self, config: FormConfig) -> None:
        super().__init__(
            FlowConfig(
                size=config.size,
                patch=config.patch,
                width=config.width,
                depth=config.depth,
                head=config.head,
                expand=config.expand,
                activation=config.activation,
                parallel=config.parallel,
                modulation="shared",
                text_dim=config.text_dim,
                text_vectors=config.text_vectors,
                style=config.style,
                augment=0,
            )
        )
        self.config = config

    def mend(self, rough: Tensor, quality: Tensor, text: Tensor, style: Tensor) -> Tensor:
        """Return float32 (B, 1, 64, 64) in about [-1, 1] from `rough` (B, 1, 32, 32).

        `quality` (B) in [0, 1]: 1 for an input as exact as its size allows, 0 for a bad one.
        """
        large = enlarge(rough)
        nothing = torch.zeros(len(rough), 0, device=rough.device)
        return large + super().forward(large, quality, text, style, nothing)


def enlarge(field_bcss: Tensor) -> Tensor:
    """Return the fields at twice the size, bicubic, float32."""
    return functional.interpolate(
        field_bcss.float(), scale_factor=2, mode="bicubic", align_corners=False
    )


def reduce(field_bcss: Tensor) -> Tensor:
    """Return the fields at half the size: the mean of each 2×2 samples."""
    return functional.avg_pool2d(field_bcss, 2)
