"""Several processes on one run: each takes its share of the global batch, gradients are averaged.

    torchrun --nproc-per-node 2 -m znak train rgb DATA --out runs/rgb

All processes draw the same global batch (it depends on the seed and the step alone) and cut their
own rows out of it, so a run of n processes computes what one process computes with that batch, but
for rounding. Process 0 alone writes the folder; its decision to stop is everyone's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, distributed

from znak.errors import InputError


@dataclass(frozen=True)
class Ranks:
    """The number of a process among `world`; alone, every method leaves its argument as it is."""

    rank: int = 0
    world: int = 1
    device: str = "cpu"

    @property
    def writes(self) -> bool:
        """Whether this process keeps the run's folder."""
        return self.rank == 0

    def check(self, batch: int) -> None:
        """Raise InputError when `batch` can't be shared evenly."""
        if batch % self.world:
            raise InputError(
                f"a batch of {batch} can't be shared by {self.world} processes: give a multiple of "
                f"{self.world}",
                ru=f"Пакет из {batch} не делится на {self.world} процессов: нужно кратное",
            )

    def share(self, tensors: Iterable[Tensor]) -> tuple[Tensor, ...]:
        """Return this process's rows of each tensor."""
        if self.world == 1:
            return tuple(tensors)
        return tuple(t[self.rank :: self.world] for t in tensors)

    def average(self, tensors: Iterable[Tensor]) -> None:
        """Replace the tensors by their means over the processes, in one exchange a type."""
        if self.world == 1:
            return
        by_type: dict[torch.dtype, list[Tensor]] = {}
        for tensor in tensors:
            by_type.setdefault(tensor.dtype, []).append(tensor)
        for group in by_type.values():
            flat = torch.cat([t.detach().flatten() for t in group])
            distributed.all_reduce(flat)
            flat /= self.world
            start = 0
            for tensor in group:
                part = flat[start : start + tensor.numel()].view_as(tensor)
                tensor.detach().copy_(part)
                start += tensor.numel()

    def average_gradients(self, parameters: Iterable[torch.nn.Parameter]) -> None:
        """Replace the gradients by their means over the processes."""
        if self.world > 1:
            self.average(p.grad for p in parameters if p.grad is not None)

    def agree(self, flag: bool) -> bool:
        """Return process 0's `flag`, in every process."""
        if self.world == 1:
            return flag
        told = torch.tensor([int(flag)], device=self.device)
        distributed.broadcast(told, src=0)
        return bool(told.item())

    def wait(self) -> None:
        """Go on when every process has come here."""
        if self.world > 1:
            distributed.barrier()


ALONE = Ranks()


def join_ranks(device: torch.device) -> Ranks:
    """Join the processes that torchrun started (their addresses are in the environment)."""
    distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
    return Ranks(distributed.get_rank(), distributed.get_world_size(), str(device))


def leave_ranks(ranks: Ranks) -> None:
    """End the exchange; does nothing when alone."""
    if ranks.world > 1:
        distributed.destroy_process_group()
