"""Folding guidance into one pass: an addition to a trained first stage learns its guided prediction.

Half of a batch are drawings on their way to noise, half are states that the student itself comes to
while it samples, so that it learns where it will be asked. Conditions are the drawings' own; half of
them wish, as the studio does, for a clean and solid mark and little more.
"""

from __future__ import annotations

import copy
import zlib
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from znak.models.flow import FlowModel, path
from znak.models.form import reduce
from znak.models.guidance import Addition
from znak.models.sampling import sample
from znak.training.config import GuidanceRun
from znak.training.feed import Batch, Feed
from znak.training.optim import Averages, Optimiser, rate_at
from znak.training.sheet import PROMPTS, draw_sheet
from znak.words.base import TextEncoder

_EVALUATION = 2
_LIMIT = 1.6
"""Guided predictions are cut here: beyond ±1 a field says nothing more."""
_STEPS = (4, 9)
"""Steps that the student's own way to a state may have, from and below."""


class GuidanceLearner:
    """Holds the addition, its optimiser and averages; see `znak.training.loop.Learner`."""

    kind = "guidance"

    def __init__(
        self,
        config: GuidanceRun,
        feed: Feed,
        encode: TextEncoder,
        *,
        device: torch.device,
        first: FlowModel,
        held_out: Feed | None = None,
        prompts: Sequence[str] = PROMPTS,
    ) -> None:
        self.config, self.device = config, device
        self.feed, self.held_out = feed, held_out
        kind = getattr(torch, config.type)
        torch.manual_seed(config.seed)
        self.first = name_weights({n: t.numpy() for n, t in first.state_dict().items()})
        self.teacher = first.to(device, kind).eval().requires_grad_(False)
        self.model = Addition(config.model).to(device)
        self.optimiser = Optimiser(self.model, config.optim)
        self.averages = Averages(self.optimiser)
        self.model.to(kind)
        self.optimiser.refresh()
        self.student = self.model.attach(copy.deepcopy(self.teacher))
        self.shadow = Addition(config.model).to(device, kind)
        self.averaged = self.shadow.attach(copy.deepcopy(self.teacher))
        self.prompts, self.prompt_vectors = tuple(prompts), encode(list(prompts))
        self.encoder = encode.name
        self._loss = torch.compile(self._plain_loss) if config.compile else self._plain_loss

    def _plain_loss(self, state: Tensor, wanted: Tensor, t: Tensor, *known: Tensor) -> Tensor:
        found = self.student(state, t, *known)
        return self._apart(found, wanted, t).mean()

    def _apart(self, found: Tensor, wanted: Tensor, t: Tensor) -> Tensor:
        left = (1 - t).clamp_min(self.config.floor)
        return (found - wanted).square().flatten(1).mean(dim=1) / left.square()

    @torch.no_grad()
    def _guided(self, state: Tensor, t: Tensor, known: tuple[Tensor, ...]) -> tuple[Tensor, Tensor]:
        """Return the teacher's predictions with guidance, and told alone."""
        c, (text, style, augment) = self.config.model, known
        nothing = (torch.zeros_like(text), torch.full_like(style, float("nan")), augment)
        both = [torch.cat(pair) for pair in zip(known, nothing, strict=True)]
        told, untold = self.teacher(torch.cat([state, state]), torch.cat([t, t]), *both).chunk(2)
        acts = (t >= c.interval[0]) & (t <= c.interval[1])
        share = torch.where(acts, c.guidance, 1.0).view(-1, 1, 1, 1)
        return (untold + share * (told - untold)).clamp(-_LIMIT, _LIMIT), told

    def _known(self, batch: Batch) -> tuple[Tensor, ...]:
        """Return text, style and augmentation: half of the styles are wishes as the studio's."""
        n, g = len(batch.style), batch.generator
        names = self.config.model.style
        style = batch.style.clone()
        wished = torch.rand(n, 1, generator=g, device=self.device) < 0.5
        kept = torch.rand(style.shape, generator=g, device=self.device) < 0.25
        wish = style.masked_fill(~kept, float("nan"))
        for name in ("cleanness", "solid"):
            if name in names:
                wish[:, names.index(name)] = 1.0
        if "symmetry" in names:
            asked = torch.rand(n, generator=g, device=self.device) < 0.4
            column = wish[:, names.index("symmetry")]
            wish[:, names.index("symmetry")] = column.masked_fill(asked, 1.0)
        return batch.text, torch.where(wished, wish, style), torch.zeros_like(batch.augment)

    def _inputs(self, batch: Batch, student: FlowModel) -> tuple[Any, ...]:
        """Return states, their times and conditions."""
        c, g = self.config, batch.generator
        known = self._known(batch)
        x = reduce(batch.fields) if c.model.flow.size == 32 else batch.fields
        n = len(x)
        spread = c.temperature + (1 - c.temperature) * torch.rand(
            n, generator=g, device=self.device
        )
        plain = torch.rand(n, generator=g, device=self.device) < 0.5
        spread = torch.where(plain, torch.full_like(spread, c.temperature), spread)
        noise = torch.randn(x.shape, generator=g, device=self.device) * spread.view(-1, 1, 1, 1)
        t = torch.rand(n, generator=g, device=self.device) * c.latest
        state = path(x, noise, t)
        own = round(n * c.own)
        if own:
            rows = tuple(part[:own] for part in known)
            state[:own], t[:own] = self._walk(student, noise[:own], rows, g)
        return state, t, known

    @torch.no_grad()
    def _walk(
        self, student: FlowModel, state: Tensor, known: tuple[Tensor, ...], g: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Return the states, and their time, that the student comes to in some of its steps."""
        steps, last = (
            int(torch.randint(*_STEPS, (), generator=g, device=self.device)),
            float(0.5 + 0.35 * torch.rand((), generator=g, device=self.device)),
        )
        done = int(torch.randint(0, steps, (), generator=g, device=self.device))
        times = [last * i / (steps - 1) for i in range(steps)][: done + 1]
        for t, following in pairwise(times):
            clean = student(state, torch.full((len(state),), t, device=self.device), *known)
            keep = (1 - following) / (1 - t)
            state = keep * state + (following - t * keep) * clean
        return state, torch.full((len(state),), times[-1], device=self.device)

    def advance(self, step: int) -> dict[str, Tensor]:
        """Do one optimiser step; return its loss, gradient norm and learning rate."""
        rate = rate_at(self.config.optim, step * self.config.batch)
        state, t, known = self._inputs(self.feed(step), self.student)
        wanted, _ = self._guided(state, t, known)
        loss = self._loss(state, wanted, t, *known)
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
        """Return the text encoder's name and that of the weights it is an addition to."""
        return {"encoder": self.encoder, "first": self.first}

    def _averaged(self) -> FlowModel:
        self.shadow.load_state_dict(self.weights())
        return self.averaged

    @torch.no_grad()
    def evaluate(self) -> dict[str, float]:
        """Return on held-out drawings how far the averaged student is from guidance.

        `valid_told` is how far the teacher without guidance is.
        """
        if self.held_out is None:
            return {}
        student, sums = self._averaged(), {"valid_loss": 0.0, "valid_told": 0.0}
        for step in range(_EVALUATION):
            state, t, known = self._inputs(self.held_out(step), student)
            wanted, told = self._guided(state, t, known)
            found = student(state, t, *known)
            sums["valid_loss"] += float(self._apart(found, wanted, t).mean()) / _EVALUATION
            sums["valid_told"] += float(self._apart(told, wanted, t).mean()) / _EVALUATION
        return sums

    def sheet(self) -> Image.Image:
        """Return the fixed prompts drawn by the averaged student in one pass a step."""
        fields = sample(
            self._averaged(),
            self.prompt_vectors,
            seeds=range(len(self.prompts)),
            steps=8,
            guidance=1.0,
            method="euler",
            device=self.device,
        )
        return draw_sheet(np.asarray(fields), self.prompts)


def name_weights(arrays: Mapping[str, NDArray[Any]]) -> str:
    """Return a checksum of a first stage's arrays in half precision, whatever their order."""
    crc = 0
    for name in sorted(arrays):
        crc = zlib.crc32(np.ascontiguousarray(arrays[name], dtype=np.float16).tobytes(), crc)
    return f"{crc:08x}"
