from __future__ import annotations

import pytest
import torch
from torch import nn

from znak.training.optim import Averages, OptimConfig, Optimiser, orthogonalise, rate_at


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.ModuleList([nn.Linear(16, 32), nn.Linear(32, 16)])
        self.head = nn.Linear(16, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.blocks[1](self.blocks[0](x).relu()))


@pytest.mark.parametrize("shape", [(3, 16, 16), (2, 32, 8), (2, 8, 32)])
def test_orthogonalise_brings_singular_values_near_one(shape: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    values = torch.linalg.svdvals(orthogonalise(torch.randn(shape)).float())
    assert values.min() > 0.3
    assert values.max() < 1.4


def test_adamw_is_torchs() -> None:
    torch.manual_seed(0)
    net, config = Net(), OptimConfig(method="adamw", clip=1e9, betas=(0.9, 0.98))
    twin = Net()
    twin.load_state_dict(net.state_dict())
    decayed = [p for p in twin.parameters() if p.dim() > 1]
    rest = [p for p in twin.parameters() if p.dim() == 1]
    reference = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": 0.05}, {"params": rest, "weight_decay": 0.0}],
        lr=0.01,
        betas=(0.9, 0.98),
    )
    own = Optimiser(net, config)
    for _ in range(5):
        x = torch.randn(8, 16)
        for model in (net, twin):
            model(x).square().mean().backward()
        own.step(0.01)
        reference.step()
        reference.zero_grad()
    for a, b in zip(net.parameters(), twin.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("method", ["muon", "adamw"])
@pytest.mark.parametrize("kind", [torch.float32, torch.bfloat16])
def test_loss_falls(method: str, kind: torch.dtype) -> None:
    torch.manual_seed(0)
    net = Net()
    optimiser = Optimiser(net, OptimConfig(method=method))  # type: ignore[arg-type]
    net.to(kind)
    optimiser.refresh()
    x = torch.randn(64, 16)
    y = x[:, :1] * 2
    losses = []
    for _ in range(60):
        loss = (net(x.to(kind)).float() - y).square().mean()
        loss.backward()
        optimiser.step(0.02)
        losses.append(loss.item())
    assert losses[-1] < losses[0] / 5
    assert next(iter(optimiser.masters.values())).dtype == torch.float32


def test_clipping_bounds_the_update_and_the_norm_is_reported() -> None:
    net = Net()
    optimiser = Optimiser(net, OptimConfig())
    (net(torch.ones(1, 16)) * 1e4).sum().backward()
    expected = torch.stack([p.grad.norm() for p in net.parameters() if p.grad is not None]).norm()
    norm = optimiser.step(0.0)
    torch.testing.assert_close(norm, expected)
    assert all(p.grad is None for p in net.parameters())


def test_rate_warms_up_stays_and_decays() -> None:
    config = OptimConfig(rate=1.0, warmup=100, decay_at=1000, decay_for=500)
    rates = [rate_at(config, n) for n in (0, 49, 99, 500, 1000, 1250, 1500, 9999)]
    assert rates == pytest.approx([0.01, 0.5, 1, 1, 1, 0.5, 0, 0])
    assert rate_at(OptimConfig(rate=1.0, warmup=1), 10**9) == 1


def test_averages_follow_the_masters() -> None:
    net = Net()
    optimiser = Optimiser(net, OptimConfig(averages=(100, 10_000), average_every=1))
    averages = Averages(optimiser)
    name = "head.weight"
    optimiser.masters[name].fill_(5)
    for step in range(1, 400):
        averages.update(step, samples=step * 10, batch=10)
    short, long = (float(kept[name].mean()) for kept in averages.kept)
    assert short == pytest.approx(5, abs=1e-3)
    assert long == pytest.approx(5, abs=0.1)
    optimiser.masters[name].fill_(6)
    averages.update(400, samples=4000, batch=10)
    assert float(averages.kept[0][name].mean()) > float(averages.kept[1][name].mean())
