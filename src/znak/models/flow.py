"""The flow transformer: draws a 32×32 (or 64×64) field for a text, by flow matching.

Along the path xₜ = t·x + (1 − t)·ε from noise (t = 0) to data (t = 1) the network predicts the
clean x, and the loss is on the velocity v = x − ε that follows from it ("x-prediction, v-loss",
JiT, arXiv 2511.13720). It is told the time, the text vectors (caption, tags), the scaled style
(`znak.models.style`) and the augmentation; what is not given has a learned stand-in, so the same
network serves classifier-free guidance. All modulation comes from one matrix product.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from znak.errors import InputError
from znak.models.layers import (
    Activation,
    Block,
    fourier,
    from_patches,
    initialise,
    modulate,
    to_patches,
)

STYLE = ("thickness", "coverage", "symmetry", "parts", "holes", "solid", "cleanness")
TIME_RATES, STYLE_RATES = 8, 4


@dataclass(frozen=True)
class FlowConfig:
    """Shape of a flow transformer. `augment` is the length of the augmentation vector."""

    size: int = 32
    patch: int = 8
    overlap: bool = True
    channels: int = 1
    width: int = 448
    depth: int = 5
    head: int = 64
    expand: float = 4.0
    activation: Activation = "relu2"
    parallel: bool = True
    modulation: Literal["block", "shared"] = "block"
    text_dim: int = 384
    text_vectors: int = 2
    style: tuple[str, ...] = STYLE
    augment: int = 4

    def __post_init__(self) -> None:
        if self.size % self.patch or self.patch % 2 or self.width % self.head:
            raise InputError(
                f"size {self.size}, patch {self.patch}, width {self.width}, head {self.head}: size must "
                "be a multiple of an even patch, and width of head",
                ru=f"size {self.size} должен делиться на чётный patch {self.patch}, "
                f"width {self.width} — на head {self.head}",
            )


def tell(net: Any, text: Tensor, style: Tensor) -> Tensor:
    """Return (B, W): what text (B, V, d; zeros: none) and style (B, K; NaN: unasked) add.

    `net` has `text`, `no_text`, `style` and `no_style`, as a flow and a form network do.
    """
    dtype = net.text.weight.dtype
    given = (text != 0).any(dim=-1)
    unit = functional.normalize(text.float(), dim=-1) * text.shape[-1] ** 0.5
    asked = ~style.isnan()
    waves = fourier(style.nan_to_num(0.0), STYLE_RATES) * asked.unsqueeze(-1)
    told: Tensor = (
        net.text(unit.flatten(1).to(dtype))
        + (~given).to(dtype) @ net.no_text
        + net.style(waves.flatten(1).to(dtype))
        + (~asked).to(dtype) @ net.no_style
    )
    return told


class FlowModel(nn.Module):
    """Predicts the clean field; see `forward`."""

    kind = "flow"

    def __init__(self, config: FlowConfig) -> None:
        super().__init__()
        self.config: Any = config
        self.shape = c = config
        cells = c.channels * c.patch**2 * (4 if c.overlap else 1)
        self.stem = nn.Linear(cells, c.width)
        self.place = nn.Parameter(torch.randn((c.size // c.patch) ** 2, c.width) * 0.02)
        self.time = nn.Linear(2 * TIME_RATES + 1, c.width)
        self.text = nn.Linear(c.text_vectors * c.text_dim, c.width, bias=False)
        self.no_text = nn.Parameter(torch.randn(c.text_vectors, c.width) * 0.5)
        self.style = nn.Linear(len(c.style) * (2 * STYLE_RATES + 1), c.width, bias=False)
        self.no_style = nn.Parameter(torch.randn(len(c.style), c.width) * 0.1)
        self.augment = nn.Linear(max(c.augment, 1), c.width, bias=False)
        self.mix = nn.Linear(c.width, c.width)
        self.n_modulations = Block.modulations(c.parallel)
        sets = c.depth if c.modulation == "block" else 1
        self.modulation = nn.Linear(c.width, (sets * self.n_modulations + 2) * c.width)
        self.table = (
            nn.Parameter(torch.zeros(c.depth, self.n_modulations, c.width))
            if c.modulation == "shared"
            else None
        )
        self.blocks = nn.ModuleList(
            Block(
                c.width, head=c.head, expand=c.expand, activation=c.activation, parallel=c.parallel
            )
            for _ in range(c.depth)
        )
        self.head = nn.Linear(c.width, cells)
        initialise(self)
        for layer in (self.modulation, self.head, self.augment):
            nn.init.zeros_(layer.weight)

    def condition(self, t: Tensor, text: Tensor, style: Tensor, augment: Tensor) -> Tensor:
        """Return (B, W), the sum of what is known, through a small network."""
        dtype = self.stem.weight.dtype
        known = self.time(fourier(t, TIME_RATES).to(dtype)) + tell(self, text, style)
        if self.shape.augment:
            known = known + self.augment(augment.to(dtype))
        return functional.silu(self.mix(functional.silu(known)))

    def forward(
        self, x_bcss: Tensor, t: Tensor, text: Tensor, style: Tensor, augment: Tensor
    ) -> Tensor:
        """Return the predicted clean fields, float32 (B, C, S, S).

        `t` (B) in [0, 1]; `text` (B, V, d), a zero vector where none is given; `style` (B, K)
        scaled, NaN where unasked; `augment` (B, A), zeros for an upright, unmoved mark.
        """
        c = self.shape
        dtype = self.stem.weight.dtype
        code = self.modulation(self.condition(t, text, style, augment))
        code = code.view(len(x_bcss), -1, c.width)
        k = self.n_modulations
        x = self.stem(to_patches(x_bcss.to(dtype), c.patch, overlap=c.overlap)) + self.place
        for index, block in enumerate(self.blocks):
            if self.table is None:
                x = block(x, code[:, index * k : (index + 1) * k])
            else:
                x = block(x, code[:, :k] + self.table[index])
        shift, scale = code[:, -2:].unsqueeze(2).unbind(1)
        out = self.head(modulate(x, shift, scale)).float()
        return from_patches(out, c.patch, c.channels, overlap=c.overlap)


def path(x: Tensor, noise: Tensor, t: Tensor) -> Tensor:
    """Return xₜ = t·x + (1 − t)·ε for times `t` (B)."""
    t = t.view(-1, *[1] * (x.dim() - 1))
    return t * x + (1 - t) * noise


def velocity(x_hat: Tensor, x_t: Tensor, t: Tensor, *, floor: float = 0.05) -> Tensor:
    """Return the velocity (x̂ − xₜ) / max(1 − t, `floor`) that a predicted clean x̂ implies."""
    left = (1 - t).clamp_min(floor).view(-1, *[1] * (x_hat.dim() - 1))
    return (x_hat - x_t) / left


def velocity_loss(x_hat: Tensor, x: Tensor, t: Tensor, *, floor: float = 0.05) -> Tensor:
    """Return (B): mean squared error of the velocity, which is that of x̂ over (1 − t)²."""
    left = (1 - t).clamp_min(floor)
    return (x_hat - x).square().flatten(1).mean(dim=1) / left.square()


def draw_times(
    n: int,
    *,
    mean: float,
    std: float,
    generator: torch.Generator,
    device: torch.device,
    uniform: float = 0.1,
) -> Tensor:
    """Return (n) times, float32: logit-normal, but for the share `uniform`, which is even.

    The even share is for the ends, where sampling begins and ends and a logit-normal hardly comes.
    """
    normal = torch.sigmoid(mean + std * torch.randn(n, generator=generator, device=device))
    even, choice = torch.rand(2, n, generator=generator, device=device)
    return torch.where(choice < uniform, even, normal)
