"""Training of the flow transformer: the learner, from drawings to an updated model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from znak.models.flow import FlowModel, draw_times, path, velocity_loss
from znak.models.form import reduce
from znak.models.sampling import sample
from znak.training.config import FlowRun
from znak.training.feed import Batch, Feed
from znak.training.optim import Averages, Optimiser, rate_at
from znak.training.ranks import ALONE, Ranks
from znak.training.sheet import PROMPTS, draw_sheet
from znak.words.base import TextEncoder

_EVALUATION = 2


class FlowLearner:
    """Holds the model, its optimiser and averages; see `znak.training.loop.Learner`."""

    kind = "flow"
    model_class: type[FlowModel] = FlowModel

    def __init__(
        self,
        config: FlowRun,
        feed: Feed,
        encode: TextEncoder,
        *,
        device: torch.device,
        held_out: Feed | None = None,
        prompts: Sequence[str] = PROMPTS,
        ranks: Ranks = ALONE,
    ) -> None:
        self.ranks = ranks
        self.config, self.feed, self.held_out, self.device = config, feed, held_out, device
        torch.manual_seed(config.seed)
        self.model = self.model_class(config.model).to(device)
        self.optimiser = Optimiser(self.model, config.optim)
        self.averages = Averages(self.optimiser)
        self.model.to(getattr(torch, config.type))
        self.optimiser.refresh()
        self.shadow = self.model_class(config.model).to(device, getattr(torch, config.type)).eval()
        self.prompts, self.prompt_vectors = tuple(prompts), encode(list(prompts))
        self.encoder = encode.name
        self._loss = torch.compile(self._plain_loss) if config.compile else self._plain_loss

    def _plain_loss(
        self, x: Tensor, noise: Tensor, t: Tensor, text: Tensor, style: Tensor, augment: Tensor
    ) -> Tensor:
        x_hat = self.model(path(x, noise, t), t, text, style, augment)
        return velocity_loss(x_hat, x, t, floor=self.config.floor).mean()

    def _inputs(self, batch: Batch) -> tuple[Tensor, ...]:
        """Return what the loss takes: clean fields, noise, times and conditions."""
        c, g = self.config, batch.generator
        x = reduce(batch.fields) if c.model.size == 32 else batch.fields
        noise = torch.randn(x.shape, generator=g, device=self.device)
        t = draw_times(len(x), mean=c.time_mean, std=c.time_std, generator=g, device=self.device)
        return x, noise, t, batch.text, batch.style, batch.augment

    def advance(self, step: int) -> dict[str, Tensor]:
        """Do one optimiser step; return its loss, gradient norm and learning rate."""
        rate = rate_at(self.config.optim, step * self.config.batch)
        loss = self._loss(*self.ranks.share(self._inputs(self.feed(step))))
        torch.autograd.backward(loss)
        loss = loss.detach()
        self.ranks.average([loss])
        self.ranks.average_gradients(self.model.parameters())
        norm = self.optimiser.step(rate)
        samples = (step + 1) * self.config.batch
        self.averages.update(step + 1, samples, self.config.batch)
        return {"loss": loss, "norm": norm, "rate": torch.tensor(rate)}

    def state(self) -> dict[str, Tensor]:
        """Return masters, moments and averages."""
        return self.optimiser.state() | self.averages.state()

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Put a `state` back."""
        self.optimiser.load(state)
        self.averages.load(state)

    def start_from(self, weights: Mapping[str, Tensor]) -> None:
        """Begin from exported weights (a fresh optimiser and fresh averages)."""
        for held in (self.optimiser.masters, *self.averages.kept):
            for name, tensor in held.items():
                tensor.copy_(
                    fit_places(weights[name], tensor) if name == "place" else weights[name]
                )
        self.optimiser.refresh()

    def weights(self) -> dict[str, Tensor]:
        """Return the longest average."""
        return self.averages.kept[-1]

    def about(self) -> dict[str, Any]:
        """Return the text encoder's name."""
        return {"encoder": self.encoder}

    def _averaged(self) -> FlowModel:
        self.shadow.load_state_dict(self.weights())
        return self.shadow

    @torch.no_grad()
    def evaluate(self) -> dict[str, float]:
        """Return the averaged model's loss on fixed batches of held-out drawings."""
        if self.held_out is None:
            return {}
        model, total = self._averaged(), 0.0
        for step in range(_EVALUATION):
            x, noise, t, text, style, augment = self._inputs(self.held_out(step))
            x_hat = model(path(x, noise, t), t, text, style, augment)
            total += float(velocity_loss(x_hat, x, t, floor=self.config.floor).mean())
        return {"valid_loss": total / _EVALUATION}

    def sheet(self) -> Image.Image:
        """Return the fixed prompts drawn by the averaged model, unpicked, seed = place."""
        fields = sample(
            self._averaged(),
            self.prompt_vectors,
            seeds=range(len(self.prompts)),
            steps=16,
            guidance=3.0,
            device=self.device,
        )
        return draw_sheet(np.asarray(fields), self.prompts)


def fit_places(places: Tensor, like: Tensor) -> Tensor:
    """Return position vectors (N, W) stretched to the grid of `like`, bicubic."""
    if places.shape == like.shape:
        return places
    old, new = round(len(places) ** 0.5), round(len(like) ** 0.5)
    grid = places.float().T.reshape(1, -1, old, old)
    grown = torch.nn.functional.interpolate(grid, size=(new, new), mode="bicubic")
    return grown.reshape(places.shape[1], -1).T
