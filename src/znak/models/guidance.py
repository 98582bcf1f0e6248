"""A low-rank addition to a trained flow transformer that draws in one pass what guidance makes of two.

Guidance distillation (arXiv 2210.03142) with the first stage's own weights left as they are: to each
matrix W is added up @ down (LoRA, arXiv 2106.09685), a few megabytes that ship beside them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from znak.models.flow import FlowConfig, FlowModel


@dataclass(frozen=True)
class GuidanceConfig:
    """The first stage's shape, the `guidance` that is folded in and the times it acts at, the rank."""

    flow: FlowConfig = field(default_factory=FlowConfig)
    guidance: float = 4.0
    interval: tuple[float, ...] = (0.0, 0.75)
    rank: int = 32

    @property
    def style(self) -> tuple[str, ...]:
        """Names of what may be asked of the form."""
        return self.flow.style

    @property
    def text_dim(self) -> int:
        """Length of a text vector."""
        return self.flow.text_dim


class Addition(nn.Module):
    """The matrices `up` (out, r) and `down` (r, in) of each layer, a dot in its name being a slash."""

    kind = "guidance"

    def __init__(self, config: GuidanceConfig) -> None:
        super().__init__()
        self.config: Any = config
        self.up, self.down = nn.ParameterDict(), nn.ParameterDict()
        with torch.device("meta"):
            shapes = {name: layer.weight.shape for name, layer in _layers(FlowModel(config.flow))}
        for name, (rows, columns) in shapes.items():
            rank = min(config.rank, rows, columns)
            key = name.replace(".", "/")
            self.up[key] = nn.Parameter(torch.zeros(rows, rank))
            self.down[key] = nn.Parameter(torch.randn(rank, columns) * columns**-0.5)

    def attach(self, flow: FlowModel) -> FlowModel:
        """Put these matrices beside those of `flow`, which no longer learns; return it."""
        for parameter in flow.parameters():
            parameter.requires_grad_(False)
        for name, layer in list(_layers(flow)):
            key = name.replace(".", "/")
            parent, _, leaf = name.rpartition(".")
            setattr(flow.get_submodule(parent), leaf, _Sum(layer, self.up[key], self.down[key]))
        return flow


class _Sum(nn.Module):
    """A linear layer and what is added to it."""

    def __init__(self, layer: nn.Linear, up: nn.Parameter, down: nn.Parameter) -> None:
        super().__init__()
        self.layer = layer
        self.added = (up, down)  # held by the Addition, not by the model they are attached to

    @property
    def weight(self) -> Tensor:
        """The layer's own matrix, for its type."""
        return self.layer.weight

    def forward(self, x: Tensor) -> Tensor:
        """Return (…, out)."""
        up, down = self.added
        given: Tensor = self.layer(x)
        return given + functional.linear(functional.linear(x, down), up)


def _layers(flow: FlowModel) -> list[tuple[str, nn.Linear]]:
    return [(n, m) for n, m in flow.named_modules() if isinstance(m, nn.Linear)]
