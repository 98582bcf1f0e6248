"""Layers that the flow and the form network share.

Letters: B batch, N tokens, W width, H heads, D head width, C channels, S side of the field in
samples, P side of a patch, G patches a side (N = G²).
"""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

Activation = Literal["relu2", "gelu", "swiglu"]


def rms_norm(x: Tensor) -> Tensor:
    """Return `x` with unit root mean square over its last axis, computed in float32."""
    y = x.float()
    return (y * torch.rsqrt(y.square().mean(dim=-1, keepdim=True) + 1e-6)).to(x.dtype)


def fourier(x: Tensor, n: int, *, base: float = 2.0) -> Tensor:
    """Return (..., 2n + 1): `x`, and sine and cosine of π·baseᵏ·x for k < n."""
    rates = math.pi * base ** torch.arange(n, device=x.device, dtype=torch.float32)
    angles = x.float().unsqueeze(-1) * rates
    return torch.cat([x.float().unsqueeze(-1), angles.sin(), angles.cos()], dim=-1)


def to_patches(x_bcss: Tensor, patch: int, *, overlap: bool) -> Tensor:
    """Return (B, N, K): each token's patch; with `overlap` patches of twice the side, half shared.

    K is C·P² or 4·C·P²; beyond the border is 0.
    """
    if not overlap:
        return _blocks(x_bcss, patch).flatten(1, 2)
    half = patch // 2
    y = _blocks(functional.pad(x_bcss, (half, half, half, half)), patch)
    parts = [y[:, :-1, :-1], y[:, :-1, 1:], y[:, 1:, :-1], y[:, 1:, 1:]]
    return torch.cat(parts, dim=-1).flatten(1, 2)


def from_patches(tokens_bnk: Tensor, patch: int, channels: int, *, overlap: bool) -> Tensor:
    """Return (B, C, S, S): the patches in place, overlapping ones added (`to_patches` adjoint)."""
    b, n, _ = tokens_bnk.shape
    g = math.isqrt(n)
    y = tokens_bnk.view(b, g, g, -1)
    if not overlap:
        return _unblocks(y, patch, channels)
    a, r, d, e = y.chunk(4, dim=-1)
    pad = functional.pad
    total = (
        pad(a, (0, 0, 0, 1, 0, 1))
        + pad(r, (0, 0, 1, 0, 0, 1))
        + pad(d, (0, 0, 0, 1, 1, 0))
        + pad(e, (0, 0, 1, 0, 1, 0))
    )
    half = patch // 2
    return _unblocks(total, patch, channels)[:, :, half:-half, half:-half]


def _blocks(x: Tensor, p: int) -> Tensor:
    b, c, s, _ = x.shape
    g = s // p
    return x.reshape(b, c, g, p, g, p).permute(0, 2, 4, 1, 3, 5).reshape(b, g, g, c * p * p)


def _unblocks(y: Tensor, p: int, c: int) -> Tensor:
    b, g = y.shape[:2]
    return y.view(b, g, g, c, p, p).permute(0, 3, 1, 4, 2, 5).reshape(b, c, g * p, g * p)


class Attention(nn.Module):
    """Self-attention over all tokens, queries and keys normalised (QK-norm, arXiv 2302.05442)."""

    def __init__(self, width: int, head: int) -> None:
        super().__init__()
        self.n_heads = width // head
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.out = nn.Linear(width, width, bias=False)
        self.scale = nn.Parameter(torch.ones(2, head))

    def forward(self, h: Tensor) -> Tensor:
        """Return (B, N, W), each token's mix of all."""
        b, n, w = h.shape
        q, k, v = self.qkv(h).view(b, n, 3, self.n_heads, -1).permute(2, 0, 3, 1, 4).unbind(0)
        q, k = rms_norm(q) * self.scale[0], rms_norm(k) * self.scale[1]
        if h.is_cpu:  # for a few dozen tokens plain products are faster than the fused kernel
            weights = (q @ k.transpose(-1, -2)) * (q.shape[-1] ** -0.5)
            mixed = weights.float().softmax(dim=-1).to(v.dtype) @ v
        else:
            mixed = functional.scaled_dot_product_attention(q, k, v)
        return self.out(mixed.transpose(1, 2).reshape(b, n, w))  # type: ignore[no-any-return]


class FeedForward(nn.Module):
    """Two matrices with a non-linearity between (squared ReLU, GELU or SwiGLU)."""

    def __init__(self, width: int, expand: float, activation: Activation) -> None:
        super().__init__()
        self.activation = activation
        share = 2 / 3 if activation == "swiglu" else 1.0
        hidden = int(width * expand * share) // 32 * 32
        self.rise = nn.Linear(width, hidden * (2 if activation == "swiglu" else 1), bias=False)
        self.fall = nn.Linear(hidden, width, bias=False)

    def forward(self, h: Tensor) -> Tensor:
        """Return (B, N, W), token by token."""
        u = self.rise(h)
        if self.activation == "relu2":
            u = functional.relu(u).square()
        elif self.activation == "gelu":
            u = functional.gelu(u, approximate="tanh")
        else:
            gate, u = u.chunk(2, dim=-1)
            u = functional.silu(gate) * u
        return self.fall(u)  # type: ignore[no-any-return]


class Block(nn.Module):
    """A transformer block under adaptive normalisation (DiT's adaLN-zero, arXiv 2212.09748).

    `parallel` runs attention and feed-forward from one norm into one residual, which halves the
    elementwise work; `modulations` is how many (B, W) vectors it takes: 3, or 6 in sequence.
    """

    def __init__(
        self, width: int, *, head: int, expand: float, activation: Activation, parallel: bool
    ) -> None:
        super().__init__()
        self.parallel = parallel
        self.attention = Attention(width, head)
        self.feed = FeedForward(width, expand, activation)

    @staticmethod
    def modulations(parallel: bool) -> int:
        """Return how many modulation vectors a block takes."""
        return 3 if parallel else 6

    def forward(self, x: Tensor, modulation_bkw: Tensor) -> Tensor:
        """Return the tokens (B, N, W) after the block."""
        m = modulation_bkw.unsqueeze(2).unbind(1)
        h = modulate(x, m[0], m[1])
        if self.parallel:
            x = x + m[2] * (self.attention(h) + self.feed(h))
        else:
            x = x + m[2] * self.attention(h)
            x = x + m[5] * self.feed(modulate(x, m[3], m[4]))
        return x


def modulate(x: Tensor, shift: Tensor, scale: Tensor) -> Tensor:
    """Return the normalised `x` scaled by 1 + `scale` and shifted."""
    y = x.float()
    y = y * torch.rsqrt(y.square().mean(dim=-1, keepdim=True) + 1e-6)
    return (y * (1 + scale.float()) + shift.float()).to(x.dtype)


def initialise(module: nn.Module) -> None:
    """Set linear weights to N(0, 1/fan-in) cut in half and biases to 0."""
    for layer in module.modules():
        if isinstance(layer, nn.Linear):
            nn.init.normal_(layer.weight, std=0.5 * layer.in_features**-0.5)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
