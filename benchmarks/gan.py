"""Training steps and samples of the models of pictures, beside the seed's own plan.

    python benchmarks/gan.py               one thread, CPU seconds: fit for a shared machine
    python benchmarks/gan.py --wall        all threads, wall clock

The peer is the seed's network to the letter: its critic convolves all 303 channels, where ours
computes the spread text's part once (the same function). Random pictures and texts, batch 32.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from znak.models.gan import Generator
from znak.training.gan import GanLearner
from znak.training.gan_config import RgbFlowRun, resolve_pictures
from znak.training.rgb_data import PictureFeed, Pictures
from znak.training.rgb_flow import RgbFlowLearner

BATCH = 32


class Texts:
    """Random unit vectors."""

    name = "random"

    def __init__(self, dim: int) -> None:
        self.dim = dim

    def __call__(self, texts: Any) -> Any:
        return np.random.default_rng(0).standard_normal((len(texts), self.dim)).astype(np.float32)


def make_pictures(size: int) -> Pictures:
    rng = np.random.default_rng(0)
    n = 8 * BATCH
    return Pictures(
        images=rng.integers(0, 256, (n, size, size, 3), dtype=np.uint8),
        rows=np.arange(n),
        texts=[str(i) for i in range(n)],
        text=np.arange(n),
        black_and_white=np.zeros(n, dtype=bool),
        fingerprint="random",
        synthetic=True,
    )


def make_learner(preset: str) -> Any:
    config = resolve_pictures(preset, {"batch": BATCH})
    encode = Texts(config.model.text_dim)
    feed = PictureFeed(
        make_pictures(config.model.size), encode, batch=BATCH, seed=0, device=torch.device("cpu")
    )
    kind: Any = RgbFlowLearner if isinstance(config, RgbFlowRun) else GanLearner
    return kind(config, feed, encode, device=torch.device("cpu"), prompts=["a"])


def make_peer() -> Callable[[], None]:
    """Return a training step of the seed's plan in plain layers."""
    up, down = nn.ConvTranspose2d, nn.Conv2d
    generator = nn.Sequential(
        up(400, 128, 7, 1, 0, bias=False), nn.BatchNorm2d(128), nn.ReLU(),
        up(128, 64, 4, 2, 1, bias=False), nn.BatchNorm2d(64), nn.ReLU(),
        up(64, 3, 4, 2, 1, bias=False), nn.Tanh(),
    )  # fmt: skip
    critic = nn.Sequential(
        down(303, 64, 4, 2, 1, bias=False), nn.LeakyReLU(0.2),
        down(64, 128, 4, 2, 1, bias=False), nn.BatchNorm2d(128), nn.LeakyReLU(0.2),
        down(128, 1, 7, bias=False), nn.Sigmoid(), nn.Flatten(0),
    )  # fmt: skip
    optimisers = [
        torch.optim.Adam(net.parameters(), lr=2e-4, betas=(0.5, 0.999))
        for net in (generator, critic)
    ]
    real, text = torch.rand(BATCH, 3, 28, 28), torch.randn(BATCH, 300)
    ones, zeros, bce = torch.ones(BATCH), torch.zeros(BATCH), functional.binary_cross_entropy

    def says(images: torch.Tensor) -> torch.Tensor:
        return critic(torch.cat([images, text[:, :, None, None].expand(-1, -1, 28, 28)], dim=1))

    def step() -> None:
        noise = torch.cat([torch.randn(BATCH, 100), text], dim=1)[:, :, None, None]
        fake = generator(noise)
        (bce(says(real), ones) + bce(says(fake.detach()), zeros)).backward()
        optimisers[1].step()
        optimisers[1].zero_grad()
        bce(says(fake), ones).backward()
        optimisers[0].step()
        for optimiser in optimisers:
            optimiser.zero_grad()

    return step


def best_of(work: Callable[[], None], clock: Callable[[], float], rounds: int) -> float:
    work()
    times = []
    for _ in range(rounds):
        began = clock()
        work()
        times.append(clock() - began)
    return min(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--wall", action="store_true")
    parser.add_argument("--only", default="", help="parts of presets' names, with commas between")
    options = parser.parse_args()
    clock = time.perf_counter if options.wall else time.process_time
    if not options.wall:
        torch.set_num_threads(1)
    torch.manual_seed(0)
    unit = "second" if options.wall else "CPU second"
    peer = best_of(make_peer(), clock, options.rounds)
    print(f"{torch.get_num_threads()} threads, batch {BATCH}, best of {options.rounds}, a {unit}")
    print(f"{'':<26}{'parameters':>12}{'training':>10}{'ratio':>7}{'samples':>9}{'steps':>6}")
    print(f"{'the seed, plain layers':<26}{2_643_328:>12,}{BATCH / peer:>10.0f}{1:>7.2f}")
    for preset in ("seed-baseline", "seed-32", "gan-32", "gan-64", "flow-rgb-32", "flow-rgb-64"):
        if not any(part in preset for part in options.only.split(",")):
            continue
        learner = make_learner(preset)
        number = iter(range(10**6))
        seconds = best_of(
            lambda learner=learner, number=number: learner.advance(next(number)),  # type: ignore[misc]
            clock,
            options.rounds,
        )
        model = learner.model
        texts = Texts(model.config.text_dim)([""] * BATCH)
        steps = 1 if isinstance(model, Generator) else 20
        drawn = best_of(
            lambda model=model, texts=texts, steps=steps: model.sample(  # type: ignore[misc]
                texts, seeds=range(BATCH), steps=steps
            ),
            clock,
            2,
        )
        parameters = sum(p.numel() for p in model.parameters())
        print(
            f"{preset:<26}{parameters:>12,}{BATCH / seconds:>10.0f}{peer / seconds:>7.2f}"
            f"{BATCH / drawn:>9.0f}{steps:>6}"
        )


if __name__ == "__main__":
    main()
