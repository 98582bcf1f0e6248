from __future__ import annotations

import numpy as np
import torch

from tests.training.fakes import HashEncoder, make_pack
from znak.models.flow import FlowConfig, FlowModel, draw_times, path, velocity_loss
from znak.models.form import reduce
from znak.models.sampling import sample
from znak.training.optim import OptimConfig, Optimiser


def test_two_drawings_are_learnt_and_told_apart() -> None:
    """A tiny model sees a bar and a disc with their captions, and draws each when asked."""
    torch.manual_seed(0)
    model = FlowModel(FlowConfig(width=48, depth=2, head=16, text_dim=16, text_vectors=1))
    optimiser = Optimiser(model, OptimConfig())
    fields = torch.from_numpy(make_pack().fields[:2].astype(np.float32) / 127).unsqueeze(1)
    vectors = HashEncoder()(["bar", "disc"])
    x = reduce(fields).repeat(16, 1, 1, 1)
    text = torch.from_numpy(vectors).repeat(16, 1).unsqueeze(1)
    style, augment = torch.full((32, 7), float("nan")), torch.zeros(32, 4)
    generator = torch.Generator().manual_seed(0)
    losses = []
    for step in range(200):
        noise = torch.randn(x.shape, generator=generator)
        t = draw_times(32, mean=-0.8, std=1.0, generator=generator, device=x.device)
        x_hat = model(path(x, noise, t), t, text, style, augment)
        loss = velocity_loss(x_hat, x, t).mean()
        torch.autograd.backward(loss)
        optimiser.step(4e-3 * (1 - step / 200))
        losses.append(loss.item())
    assert np.mean(losses[-10:]) < 0.1 * np.mean(losses[:10])
    drawn = sample(model.eval(), vectors, seeds=[7, 8], steps=8, guidance=1.0)
    away = np.abs(drawn[:, None] - fields[:, 0].numpy()).mean(axis=(2, 3))
    assert away[0, 0] < 0.1 < away[0, 1]
    assert away[1, 1] < 0.1 < away[1, 0]
