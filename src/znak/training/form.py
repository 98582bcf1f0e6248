"""Training of the form network: a flow model of the later times, learnt from drawings alone.

It is judged by what it makes of roughened drawings (`znak.fields.roughen`), which it never sees.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from znak.fields.roughen import roughen_batch
from znak.models.flow import FlowModel, path, velocity_loss
from znak.models.form import FormModel, enlarge, reduce
from znak.models.sampling import sample
from znak.training.config import FormRun
from znak.training.feed import Batch, Feed
from znak.training.optim import Averages, Optimiser, rate_at
from znak.training.sheet import PROMPTS, draw_sheet
from znak.words.base import TextEncoder

_EVALUATION = 2
_ROUGH = 0.7


class FormLearner:
    """Holds the model, its optimiser and averages; see `znak.training.loop.Learner`."""

    kind = "form"

    def __init__(
        self,
        config: FormRun,
        feed: Feed,
        encode: TextEncoder,
        *,
        device: torch.device,
        first: FlowModel | None = None,
        held_out: Feed | None = None,
        prompts: Sequence[str] = PROMPTS,
    ) -> None:
        self.config, self.device = config, device
        self.feed, self.held_out = feed, held_out
        kind = getattr(torch, config.type)
        torch.manual_seed(config.seed)
        self.model = FormModel(config.model).to(device)
        self.optimiser = Optimiser(self.model, config.optim)
        self.averages = Averages(self.optimiser)
        self.model.to(kind)
        self.optimiser.refresh()
        self.shadow = FormModel(config.model).to(device, kind).eval()
        self.first = first.to(device).eval() if first is not None else None
        self.prompts, self.prompt_vectors = tuple(prompts), encode(list(prompts))
        self.encoder = encode.name
        self._loss = torch.compile(self._plain_loss) if config.compile else self._plain_loss

    def _plain_loss(
        self, clean: Tensor, noise: Tensor, t: Tensor, text: Tensor, style: Tensor
    ) -> Tensor:
        found = self.model(path(clean, noise, t), t, text, style)
        return velocity_loss(found, clean, t, floor=self.config.floor).mean()

    def _inputs(self, batch: Batch) -> tuple[Tensor, ...]:
        """Return what the loss takes."""
        g, clean, c = batch.generator, batch.fields, self.config
        noise = torch.randn(clean.shape, generator=g, device=self.device)
        t = torch.rand(len(clean), generator=g, device=self.device)
        return clean, noise, c.earliest + (1 - c.earliest) * t, batch.text, batch.style

    def _roughen(self, clean: Tensor, step: int) -> Tensor:
        """Return roughened fields at half the size."""
        fields: NDArray[np.float32] = clean[:, 0].cpu().numpy()
        rough = roughen_batch(fields, np.random.default_rng(step), _ROUGH)
        return reduce(torch.from_numpy(rough[:, None]).to(self.device)).clamp(-1, 1)

    def advance(self, step: int) -> dict[str, Tensor]:
        """Do one optimiser step; return its loss, gradient norm and learning rate."""
        rate = rate_at(self.config.optim, step * self.config.batch)
        loss = self._loss(*self._inputs(self.feed(step)))
        torch.autograd.backward(loss)
        norm = self.optimiser.step(rate)
        samples = (step + 1) * self.config.batch
        self.averages.update(step + 1, samples, self.config.batch)
        return {"loss": loss.detach(), "norm": norm, "rate": torch.tensor(rate)}

    def state(self) -> dict[str, Tensor]:
        """Return masters, moments and averages."""
        return self.optimiser.state() | self.averages.state()

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Put a `state` back."""
        self.optimiser.load(state)
        self.averages.load(state)

    def weights(self) -> dict[str, Tensor]:
        """Return the longest average."""
        return self.averages.kept[-1]

    def about(self) -> dict[str, Any]:
        """Return the text encoder's name."""
        return {"encoder": self.encoder}

    def _averaged(self) -> FormModel:
        self.shadow.load_state_dict(self.weights())
        return self.shadow

    @torch.no_grad()
    def evaluate(self) -> dict[str, float]:
        """Return figures on held-out drawings: the averaged model's loss, and how far off the ink is.

        `valid_ink` is the share of the sheet that is inked wrongly in roughened drawings drawn
        again, `valid_plain` in the rough ones enlarged.
        """
        if self.held_out is None:
            return {}
        model = self._averaged()
        sums = {"valid_loss": 0.0, "valid_ink": 0.0, "valid_plain": 0.0}
        for step in range(_EVALUATION):
            clean, noise, t, text, style = self._inputs(self.held_out(step))
            found = model(path(clean, noise, t), t, text, style)
            loss = velocity_loss(found, clean, t, floor=self.config.floor)
            rough = self._roughen(clean, step)
            mended = model.mend(rough, text, style, noise)
            sums["valid_loss"] += float(loss.mean()) / _EVALUATION
            sums["valid_ink"] += ink_apart(mended, clean) / _EVALUATION
            sums["valid_plain"] += ink_apart(enlarge(rough), clean) / _EVALUATION
        return sums

    def sheet(self) -> Image.Image:
        """Return the fixed prompts drawn by both stages, or held-out marks, rough and mended."""
        if self.first is not None:
            fields = sample(
                self.first,
                self.prompt_vectors,
                seeds=range(len(self.prompts)),
                steps=16,
                form=self._averaged(),
                device=self.device,
            )
            return draw_sheet(fields, self.prompts)
        clean, noise, _, text, style = (
            part[:8] for part in self._inputs((self.held_out or self.feed)(0))
        )
        rough = self._roughen(clean, 0)
        with torch.no_grad():
            mended = self._averaged().mend(rough, text, style, noise).clamp(-1, 1)
        fields = torch.cat([enlarge(rough), mended, clean])[:, 0].float().cpu().numpy()
        labels = [f"{part} {i}" for part in ("rough", "mended", "drawn") for i in range(len(clean))]
        return draw_sheet(fields, labels, columns=8)


def ink_apart(field: Tensor, other: Tensor) -> float:
    """Return the mean share of the sheet where the ink of two fields differs."""

    def cover(f: Tensor) -> Tensor:
        return (f * 8 + 0.5).clamp(0, 1)

    return float((cover(field) - cover(other)).abs().mean())
