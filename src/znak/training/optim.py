"""The optimiser: Muon for the blocks' matrices, AdamW for the rest, float32 master weights.

The model computes in its own type (bfloat16 or float32); the weights that are updated are float32
masters, copied into the model after each step. Muon orthogonalises the momentum by Newton–Schulz
(K. Jordan, 2024) and scales the update to AdamW's size (arXiv 2502.16982, eq. 4), so that one
learning rate serves both.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class OptimConfig:
    """Settings of the optimiser; counts in samples seen.

    The learning rate rises over `warmup`, stays, and falls linearly to 0 over `decay_for` from
    `decay_at` on (None: never).
    """

    method: Literal["muon", "adamw"] = "muon"
    rate: float = 1.5e-3
    betas: tuple[float, ...] = (0.9, 0.98)
    momentum: float = 0.95
    weight_decay: float = 0.05
    clip: float = 1.0
    warmup: int = 100_000
    decay_at: int | None = None
    decay_for: int = 1_000_000
    averages: tuple[int, ...] = (100_000, 600_000)
    average_every: int = 4


def rate_at(config: OptimConfig, samples: int) -> float:
    """Return the learning rate after `samples`: warm-up, stable, decay (WSD, arXiv 2404.06395)."""
    rate = config.rate * min(1.0, (samples + 1) / max(config.warmup, 1))
    if config.decay_at is not None and samples > config.decay_at:
        rate *= max(0.0, 1 - (samples - config.decay_at) / max(config.decay_for, 1))
    return rate


class Optimiser:
    """Holds the masters and the moments of a model's parameters; `step` uses and drops their grads."""

    def __init__(self, model: nn.Module, config: OptimConfig) -> None:
        self.config = config
        self.parameters = dict(model.named_parameters())
        self.masters = {n: p.detach().float().clone() for n, p in self.parameters.items()}
        muon = {
            n
            for n, p in self.parameters.items()
            if config.method == "muon" and p.dim() == 2 and ".weight" in n and "blocks." in n
        }
        self.first = {n: torch.zeros_like(m) for n, m in self.masters.items()}
        self.second = {n: torch.zeros_like(m) for n, m in self.masters.items() if n not in muon}
        self.steps = 0
        by_shape: dict[tuple[int, int], list[tuple[str, int]]] = defaultdict(list)
        for name in sorted(muon):
            rows, columns = self.masters[name].shape
            pieces = rows // columns if name.endswith("qkv.weight") else 1
            by_shape[rows // pieces, columns] += [(name, i) for i in range(pieces)]
        self._muon = dict(by_shape)

    @torch.no_grad()
    def step(self, rate: float) -> Tensor:
        """Update all weights from their gradients; return the gradients' norm before clipping."""
        grads = {n: p.grad for n, p in self.parameters.items() if p.grad is not None}
        norm: Tensor = torch.linalg.vector_norm(
            torch.stack(torch._foreach_norm(list(grads.values()), 2, dtype=torch.float32))
        )
        scale = (self.config.clip / (norm + 1e-6)).clamp_max(1.0)
        self.steps += 1
        self._adamw([n for n in self.second if n in grads], grads, rate, scale)
        self._orthogonal(grads, rate, scale)
        torch._foreach_copy_(list(self.parameters.values()), list(self.masters.values()))
        for parameter in self.parameters.values():
            parameter.grad = None
        return norm

    def _adamw(
        self, names: list[str], grads: Mapping[str, Tensor], rate: float, scale: Tensor
    ) -> None:
        if not names:
            return
        c = self.config
        masters = [self.masters[n] for n in names]
        first, second = [self.first[n] for n in names], [self.second[n] for n in names]
        g = [grads[n].float() for n in names]
        torch._foreach_mul_(g, scale)
        torch._foreach_lerp_(first, g, 1 - c.betas[0])
        torch._foreach_mul_(second, c.betas[1])
        torch._foreach_addcmul_(second, g, g, 1 - c.betas[1])
        del g
        bias1, bias2 = 1 - c.betas[0] ** self.steps, 1 - c.betas[1] ** self.steps
        root = torch._foreach_sqrt(second)
        torch._foreach_div_(root, bias2**0.5)
        torch._foreach_add_(root, 1e-8)
        matrices = [m for m in masters if m.dim() > 1]
        torch._foreach_mul_(matrices, 1 - rate * c.weight_decay)
        torch._foreach_addcdiv_(masters, first, root, -rate / bias1)

    def _orthogonal(self, grads: Mapping[str, Tensor], rate: float, scale: Tensor) -> None:
        c = self.config
        names = sorted({name for group in self._muon.values() for name, _ in group})
        if not names:
            return
        momentum = [self.first[n] for n in names]
        g = [grads[n].float() for n in names]
        torch._foreach_mul_(g, scale)
        torch._foreach_lerp_(momentum, g, 1 - c.momentum)
        torch._foreach_lerp_(g, momentum, c.momentum)  # Nesterov
        ahead = {n: t.bfloat16() for n, t in zip(names, g, strict=True)}
        torch._foreach_mul_([self.masters[n] for n in names], 1 - rate * c.weight_decay)
        for (rows, columns), group in self._muon.items():
            stack = torch.stack([ahead[n][i * rows : (i + 1) * rows] for n, i in group])
            update = orthogonalise(stack)
            size = rate * 0.2 * max(rows, columns) ** 0.5
            targets = [self.masters[n][i * rows : (i + 1) * rows] for n, i in group]
            torch._foreach_add_(targets, [u.float() for u in update.unbind()], alpha=-size)

    def state(self) -> dict[str, Tensor]:
        """Return everything a later `load` needs, by name."""
        return (
            {f"master.{n}": t for n, t in self.masters.items()}
            | {f"first.{n}": t for n, t in self.first.items()}
            | {f"second.{n}": t for n, t in self.second.items()}
            | {"steps": torch.tensor(self.steps)}
        )

    @torch.no_grad()
    def load(self, state: Mapping[str, Tensor]) -> None:
        """Put a `state` back in place, to the bit."""
        for name, tensor in self.state().items():
            if name != "steps":
                tensor.copy_(state[name])
        self.steps = int(state["steps"])
        self.refresh()

    @torch.no_grad()
    def refresh(self) -> None:
        """Copy the masters into the model."""
        torch._foreach_copy_(list(self.parameters.values()), list(self.masters.values()))


def orthogonalise(g: Tensor, steps: int = 5) -> Tensor:
    """Return the nearest orthogonal matrices of a batch (K, R, C), roughly, in bfloat16."""
    a, b, c = 3.4445, -4.7750, 2.0315
    x = g.bfloat16()
    tall = x.shape[-2] > x.shape[-1]
    if tall:
        x = x.mT
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(steps):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    result: Tensor = x.mT if tall else x
    return result


class Averages:
    """Exponential averages of the masters, each over its own number of samples."""

    def __init__(self, optimiser: Optimiser) -> None:
        self.optimiser = optimiser
        self.config = optimiser.config
        self.kept = [
            {n: t.clone() for n, t in optimiser.masters.items()} for _ in self.config.averages
        ]

    @torch.no_grad()
    def update(self, step: int, samples: int, batch: int) -> None:
        """Take the masters in, every few steps; the reach grows with the run up to its length."""
        every = self.config.average_every
        if step % every:
            return
        masters = list(self.optimiser.masters.values())
        for length, kept in zip(self.config.averages, self.kept, strict=True):
            reach = max(min(length, samples // 10), 1)
            share = min(1.0, batch * every / reach)
            torch._foreach_lerp_(list(kept.values()), masters, share)

    def state(self) -> dict[str, Tensor]:
        """Return the averages by name."""
        return {f"average{i}.{n}": t for i, kept in enumerate(self.kept) for n, t in kept.items()}

    @torch.no_grad()
    def load(self, state: Mapping[str, Tensor]) -> None:
        """Put a `state` back in place."""
        for name, tensor in self.state().items():
            tensor.copy_(state[name])
