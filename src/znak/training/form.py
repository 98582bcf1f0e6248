"""Training of the form network: rough 32-px fields in, the clean 64-px drawings out.

Inputs are made rough in two ways: by `znak.fields.roughen` (displacement, blur, noise, specks) and,
when a first stage is given, by that stage itself, which redraws the mark from a noised state.
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
from znak.models.flow import FlowModel, path
from znak.models.form import FormModel, reduce
from znak.models.sampling import euler, finish, guide, sample
from znak.training.config import FormRun
from znak.training.feed import Batch, Feed
from znak.training.optim import Averages, Optimiser, rate_at
from znak.training.sheet import PROMPTS, draw_sheet
from znak.words.base import TextEncoder

_EVALUATION = 2


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
        self.config, self.feed, self.held_out, self.device = config, feed, held_out, device
        kind = getattr(torch, config.type)
        torch.manual_seed(config.seed)
        self.model = FormModel(config.model).to(device)
        self.optimiser = Optimiser(self.model, config.optim)
        self.averages = Averages(self.optimiser)
        self.model.to(kind)
        self.optimiser.refresh()
        self.shadow = FormModel(config.model).to(device, kind).eval()
        self.first = first.to(device, kind).eval() if first is not None else None
        self.prompts, self.prompt_vectors = tuple(prompts), encode(list(prompts))
        self.encoder = encode.name
        self._loss = torch.compile(self._plain_loss) if config.compile else self._plain_loss

    def _plain_loss(
        self, clean: Tensor, rough: Tensor, quality: Tensor, text: Tensor, style: Tensor
    ) -> Tensor:
        return form_loss(
            self.model.mend(rough, quality, text, style), clean, ink=self.config.ink
        ).mean()

    def _inputs(self, batch: Batch) -> tuple[Tensor, ...]:
        """Return what the loss takes: clean fields, rough ones, their quality and conditions."""
        clean, n = batch.fields, len(batch.fields)
        redrawn = round(n * self.config.redraw) if self.first is not None else 0
        parts = [self._roughen(clean[: n - redrawn], batch)]
        if redrawn:
            parts.append(self._redraw(batch, redrawn))
        rough = torch.cat([p[0] for p in parts]).clamp(-1, 1)
        return clean, rough, torch.cat([p[1] for p in parts]), batch.text, batch.style

    def _roughen(self, clean: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return roughened half-size fields and their quality, by four grades of strength."""
        seed = int(torch.randint(2**31, (1,), generator=batch.generator, device=self.device))
        rng = np.random.default_rng(seed)
        fields: NDArray[np.float32] = clean[:, 0].cpu().numpy()
        grades = np.array_split(np.arange(len(fields)), 4)
        out, quality = np.empty_like(fields), np.empty(len(fields), dtype=np.float32)
        for rows in grades:
            amount = float(rng.random())
            out[rows] = roughen_batch(fields[rows], rng, amount * self.config.strength)
            quality[rows] = 1 - amount
        tensors = torch.from_numpy(out[:, None]), torch.from_numpy(quality)
        return reduce(tensors[0].to(self.device)), tensors[1].to(self.device)

    @torch.no_grad()
    def _redraw(self, batch: Batch, count: int) -> tuple[Tensor, Tensor]:
        """Return the last `count` marks redrawn by the first stage from one noised state."""
        assert self.first is not None
        c, g = self.config, batch.generator
        x = reduce(batch.fields[-count:])
        low, high = c.redraw_from
        start = low + (high - low) * float(torch.rand(1, generator=g, device=self.device))
        noise = torch.randn(x.shape, generator=g, device=self.device)
        state = path(x, noise, torch.full((count,), start, device=self.device))
        flow = guide(
            self.first,
            batch.text[-count:],
            batch.style[-count:],
            guidance=c.redraw_guidance,
            interval=(0.0, 1.0),
        )
        times = torch.linspace(start, 1, c.redraw_steps + 1).tolist()
        *_, redrawn = euler(state, flow, times)
        return redrawn, torch.full((count,), 0.5, device=self.device)

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
        """Return the averaged model's loss on held-out drawings, and that of plain enlarging."""
        if self.held_out is None:
            return {}
        model, mended, plain = self._averaged(), 0.0, 0.0
        for step in range(_EVALUATION):
            clean, rough, quality, text, style = self._inputs(self.held_out(step))
            ink = self.config.ink
            better = model.mend(rough, quality, text, style)
            mended += float(form_loss(better, clean, ink=ink).mean())
            plain += float(form_loss(finish(rough, None, text, style, 0), clean, ink=ink).mean())
        return {"valid_loss": mended / _EVALUATION, "valid_plain": plain / _EVALUATION}

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
        with torch.no_grad():
            batch = self._inputs((self.held_out or self.feed)(0))
            clean, rough, quality, text, style = (part[:8] for part in batch)
            model = self._averaged()
            shown = [
                finish(rough, None, text, style, 0),
                model.mend(rough, quality, text, style).clamp(-1, 1),
                clean,
            ]
        fields = torch.cat(shown)[:, 0].float().cpu().numpy()
        labels = [f"{part} {i}" for part in ("rough", "mended", "drawn") for i in range(len(clean))]
        return draw_sheet(fields, labels, columns=8)


def form_loss(mended: Tensor, clean: Tensor, *, ink: float) -> Tensor:
    """Return (B): mean absolute error of the field, and `ink` times that of the ink it covers.

    The ink of a sample is its share inside the outline, so that this part sees the outline alone.
    """

    def cover(field: Tensor) -> Tensor:
        return (field * 8 + 0.5).clamp(0, 1)

    field = (mended - clean).abs().flatten(1).mean(dim=1)
    return field + ink * (cover(mended) - cover(clean)).abs().flatten(1).mean(dim=1)
