"""Speed of one training step: variants of the flow transformer beside each other.

    python benchmarks/train_step.py                     all variants, wall clock, all cores
    python benchmarks/train_step.py --cpu-time          on a shared machine: CPU seconds, one thread
    python benchmarks/train_step.py --profile 448x5     torch.profiler's table of one variant

The step is whole: forward, backward, clipping, optimiser, averages (not the drawing of the batch,
which is in the last lines). Variants take turns, so that what else runs on the machine hits all of
them alike; the best round counts. The ratio is to "320x8 autocast", the trial of FACTS.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from znak.models.flow import FlowConfig, FlowModel, path, velocity_loss
from znak.training.data import DataConfig, Drawings
from znak.training.feed import Feed
from znak.training.memory import keep_memory
from znak.training.optim import Averages, OptimConfig, Optimiser

PLAIN = {"width": 320, "depth": 8, "parallel": False, "activation": "gelu", "modulation": "shared"}
WIDE = {"width": 448, "depth": 4, "modulation": "shared"}


@dataclass
class Variant:
    name: str
    model: dict[str, Any]
    method: str = "adamw"
    whole: bool = True
    averages: bool = True
    compiled: bool = True
    batch: int = 512
    step: Callable[[], None] = lambda: None
    parameters: int = 0
    seconds: list[float] = field(default_factory=list)


VARIANTS = [
    Variant("320x8 autocast, eager", PLAIN, whole=False, averages=False, compiled=False),
    Variant("320x8 autocast", PLAIN, whole=False, averages=False),
    Variant("320x8 whole bf16", PLAIN),
    Variant("320x8 + parallel, relu2", {**PLAIN, "parallel": True, "activation": "relu2"}),
    Variant("448x4 + parallel, relu2", WIDE),
    Variant("448x4 gelu", {**WIDE, "activation": "gelu"}),
    Variant("448x4 swiglu", {**WIDE, "activation": "swiglu"}),
    Variant("448x4 Muon", WIDE, method="muon"),
    Variant("448x4 Muon, batch 1024", WIDE, method="muon", batch=1024),
    Variant("448x5 Muon, own modulation", {"width": 448, "depth": 5}, method="muon"),
    Variant("448x5 same, 64 tokens", {"width": 448, "depth": 5, "patch": 4}, "muon", batch=128),
]


def prepare(variant: Variant, device: torch.device) -> None:
    torch.manual_seed(0)
    config = FlowConfig(**variant.model)
    model = FlowModel(config).to(device)
    optimiser = Optimiser(model, OptimConfig(method=variant.method))  # type: ignore[arg-type]
    averages = Averages(optimiser)
    if variant.whole:
        model.bfloat16()
        optimiser.refresh()
    n = variant.batch
    x, noise = torch.randn(2, n, 1, config.size, config.size, device=device)
    t, text = torch.rand(n, device=device), torch.randn(n, 2, config.text_dim, device=device)
    style, augment = torch.rand(n, 7, device=device), torch.zeros(n, 4, device=device)

    def compute_loss(x: torch.Tensor, noise: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        with torch.autocast(device.type, torch.bfloat16, enabled=not variant.whole):
            return velocity_loss(model(path(x, noise, t), t, text, style, augment), x, t).mean()

    loss = torch.compile(compute_loss) if variant.compiled else compute_loss
    count = 0

    def step() -> None:
        nonlocal count
        count += 1
        loss(x, noise, t).backward()
        optimiser.step(1e-4)
        if variant.averages:
            averages.update(count, count * n, n)
        if device.type == "cuda":
            torch.cuda.synchronize()

    variant.step = step
    variant.parameters = sum(p.numel() for p in model.parameters())


def time_feed(device: torch.device, clock: Callable[[], float], batch: int = 512) -> float:
    """Return the marks a second that `Feed` draws."""
    rng = np.random.default_rng(0)
    n = 4096
    drawings = Drawings(
        fields=rng.integers(-127, 128, (n, 64, 64), dtype=np.int8),
        caption=rng.integers(0, 100, n),
        concept=rng.integers(0, 100, n),
        tags=rng.integers(0, 100, n),
        captions=[str(i) for i in range(100)],
        tag_lines=[str(i) for i in range(100)],
        style=rng.random((n, 7), dtype=np.float32),
        weights=rng.random(n),
        flips=rng.random(n) < 0.5,
    )
    feed = Feed(
        drawings,
        lambda texts: np.ones((len(texts), 384), dtype=np.float32),
        DataConfig(),
        batch=batch,
        seed=0,
        device=device,
    )
    feed(0)
    began = clock()
    for step in range(1, 6):
        feed(step)
    if device.type == "cuda":
        torch.cuda.synchronize()
    return 5 * batch / (clock() - began)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", default="", help="parts of names, with commas between")
    parser.add_argument("--batch", type=int, default=0, help="another batch size for all")
    parser.add_argument("--cpu-time", action="store_true")
    parser.add_argument("--profile", default="")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    options = parser.parse_args()
    keep_memory()
    torch._dynamo.config.recompile_limit = 64
    clock = time.process_time if options.cpu_time else time.perf_counter
    if options.cpu_time:
        torch.set_num_threads(1)
    device = torch.device(options.device)
    wanted = options.profile or options.only
    chosen = [
        v
        for i, v in enumerate(VARIANTS)
        if any(part in v.name for part in wanted.split(",")) or (i == 1 and not options.profile)
    ]
    for variant in chosen:
        variant.batch = options.batch or variant.batch
        prepare(variant, device)
        for _ in range(3):
            variant.step()
        print(f"ready: {variant.name}", file=sys.stderr, flush=True)
    if options.profile:
        with torch.profiler.profile() as profile:
            chosen[0].step()
        table = profile.key_averages().table(
            sort_by="self_cpu_time_total", row_limit=25, max_name_column_width=60
        )
        print(table)
        return
    for _ in range(options.rounds):
        for variant in chosen:
            began = clock()
            variant.step()
            variant.seconds.append(clock() - began)
    unit = "CPU second" if options.cpu_time else "second"
    print(f"{torch.get_num_threads()} threads, {device}, images a {unit}, best of {options.rounds}")
    print(f"{'variant':<30} {'M par.':>7} {'batch':>6} {'best':>7} {'median':>7} {'ratio':>6}")
    base = next((v for v in chosen if v is VARIANTS[1]), chosen[0])
    for v in chosen:
        best, middle = v.batch / min(v.seconds), v.batch / statistics.median(v.seconds)
        ratio = best / (base.batch / min(base.seconds))
        print(
            f"{v.name:<30} {v.parameters / 1e6:>7.2f} {v.batch:>6} {best:>7.0f} {middle:>7.0f} "
            f"{ratio:>6.2f}"
        )
    print(f"drawing batches of 512 with all augmentation: {time_feed(device, clock):,.0f} a {unit}")


if __name__ == "__main__":
    main()
