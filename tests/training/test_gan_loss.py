from __future__ import annotations

import pytest
import torch

from znak.training.gan_loss import (
    augment,
    gradient_penalty,
    matching_loss,
    plain_critic_loss,
    relativistic_loss,
)


def test_relativistic_loss_compares_pairs() -> None:
    real, fake = torch.tensor([1.0, 3.0]), torch.tensor([0.0, 4.0])
    wanted = (torch.log1p(torch.exp(torch.tensor([-1.0, 1.0])))).mean()
    torch.testing.assert_close(relativistic_loss(real, fake), wanted)
    torch.testing.assert_close(relativistic_loss(real + 7, fake + 7), wanted)  # only differences
    assert relativistic_loss(real, fake) < relativistic_loss(fake, real) + 1
    assert float(relativistic_loss(real + 99, fake)) == pytest.approx(0, abs=1e-6)


def test_the_seeds_loss_of_a_critic_that_knows_nothing_is_2_log_2() -> None:
    nothing = torch.zeros(5)
    assert float(plain_critic_loss(nothing, nothing)) == pytest.approx(2 * 0.6931472)


def test_the_penalty_of_a_linear_critic_is_half_its_squared_weights() -> None:
    weights = torch.randn(3, 4, 4, requires_grad=True)
    x = torch.randn(6, 3, 4, 4, requires_grad=True)
    penalty = gradient_penalty((x * weights).sum(dim=(1, 2, 3)), x)
    torch.testing.assert_close(penalty, weights.square().sum() / 2)
    (slope,) = torch.autograd.grad(penalty, weights)
    torch.testing.assert_close(slope, weights)


def test_matching_wants_the_own_text_and_spares_the_same() -> None:
    text = torch.eye(8)
    assert float(matching_loss(text, text)) < 0.001
    assert float(matching_loss(text.roll(1, 0), text)) > 5
    double = torch.cat([text, text])
    assert float(matching_loss(double, double)) < 0.001  # ln 2 if twins were rivals
    blind = torch.full((8, 8), 8**-0.5)
    assert float(matching_loss(blind, text)) == pytest.approx(2.0794415, rel=1e-5)  # ln 8


def test_augmentation_is_seeded_and_differentiable() -> None:
    x = torch.rand(16, 3, 32, 32, requires_grad=True)

    def run() -> torch.Tensor:
        g = torch.Generator()
        g.manual_seed(3)
        return augment(x, g)

    first = run()
    torch.testing.assert_close(first, run(), rtol=0, atol=0)
    assert first.shape == x.shape
    assert not torch.equal(first[0], x[0])
    (slope,) = torch.autograd.grad(first.sum(), x)
    assert float(slope.abs().sum()) > 0
    assert float((first == 0).float().mean()) > 0.02  # something is cut out
