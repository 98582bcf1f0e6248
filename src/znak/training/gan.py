"""Training of the GANs: the learner, from pictures to an updated generator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from znak.models.gan import Critic, Generator
from znak.models.images import to_bytes
from znak.training.gan_config import GanRun
from znak.training.gan_loss import (
    augment,
    gradient_penalty,
    matching_loss,
    plain_critic_loss,
    plain_generator_loss,
    relativistic_loss,
)
from znak.training.gan_metrics import measure_training
from znak.training.optim import Averages, OptimConfig, Optimiser
from znak.training.rgb_data import PictureBatch, PictureFeed, Pictures
from znak.training.rgb_sheet import draw_pictures
from znak.words.base import TextEncoder

_NO_CLIP = 1e30
_SETTLING = 16  # batches that the averaged generator's norms are measured on


class GanLearner:
    """Holds both networks and their optimisers; see `znak.training.loop.Learner`.

    `held_out` pictures are what the metrics compare with; `prompts` are drawn on every sheet.
    """

    kind = "gan"

    def __init__(
        self,
        config: GanRun,
        feed: PictureFeed,
        encode: TextEncoder,
        *,
        device: torch.device,
        held_out: Pictures | None = None,
        prompts: Sequence[str],
    ) -> None:
        self.config, self.feed, self.held_out, self.device = config, feed, held_out, device
        torch.manual_seed(config.seed)
        self.model = Generator(config.model).to(device)
        self.critic = Critic(config.model).to(device)
        self.optimisers = {
            name: Optimiser(
                net,
                OptimConfig(
                    method="adamw",
                    betas=config.betas,
                    weight_decay=0.0,
                    clip=_NO_CLIP,
                    averages=(config.average,) if config.average and net is self.model else (),
                ),
            )
            for name, net in (("generator", self.model), ("critic", self.critic))
        }
        self.averages = Averages(self.optimisers["generator"])
        self.prompts, self.prompt_vectors = tuple(prompts), encode(list(prompts))
        self.encode, self.encoder = encode, encode.name
        self.done = 0

    def _context(self) -> AbstractContextManager[Any]:
        bf16 = self.config.type == "bfloat16"
        return torch.autocast(self.device.type, torch.bfloat16, enabled=bf16)

    def _noise(self, n: int, generator: torch.Generator) -> Tensor:
        return torch.randn(n, self.config.model.noise, generator=generator, device=self.device)

    def _show(self, images: Tensor, generator: torch.Generator) -> Tensor:
        return augment(images, generator) if self.config.augment else images

    def advance(self, step: int) -> dict[str, Tensor]:
        """Update the critic, then the generator; return their losses and the critic's mean says."""
        batch = self.feed(step)
        self.model.train()
        self.critic.train()
        with self._context():
            fake = self.model(self._noise(len(batch.images), batch.generator), batch.text)
        figures = self._teach_critic(batch, fake.detach().float(), step)
        figures |= self._teach_generator(batch, fake)
        self.done = step + 1
        samples = self.done * self.config.batch
        if self.averages.kept:
            self.averages.update(self.done, samples, self.config.batch)
        return figures

    def _teach_critic(self, batch: PictureBatch, fake: Tensor, step: int) -> dict[str, Tensor]:
        c, g = self.config, batch.generator
        relativistic = c.loss == "relativistic"
        penalised = relativistic and c.penalty > 0 and step % c.penalty_every == 0
        real = self._show(batch.images, g).requires_grad_(penalised)
        false = self._show(fake, g).requires_grad_(penalised)
        with self._context():
            on_real, on_fake = self.critic(real, batch.text), self.critic(false, batch.text)
        on_real, on_fake = on_real.float(), on_fake.float()
        if relativistic:
            loss = relativistic_loss(on_real, on_fake)
        else:
            loss = plain_critic_loss(on_real, on_fake)
        figures = {
            "critic_loss": loss.detach(),
            "real": on_real.detach().sigmoid().mean(),
            "fake": on_fake.detach().sigmoid().mean(),
        }
        if penalised:
            penalty = gradient_penalty(on_real, real) + gradient_penalty(on_fake, false)
            loss = loss + c.penalty * c.penalty_every * penalty
            figures["penalty"] = penalty.detach()
        elif relativistic and c.penalty > 0:  # every line of the log has the same columns
            figures["penalty"] = torch.zeros((), device=self.device)
        if self.critic.reader is not None:
            with self._context():
                read = self.critic.reader(real.detach())
            match = matching_loss(read, batch.text)
            loss = loss + c.match * match
            figures["match_real"] = match.detach()
        torch.autograd.backward(loss)
        self.optimisers["critic"].step(c.rate_critic)
        return figures

    def _teach_generator(self, batch: PictureBatch, fake: Tensor) -> dict[str, Tensor]:
        c, g = self.config, batch.generator
        shown = self._show(fake, g)
        with self._context():
            on_fake = self.critic(shown, batch.text).float()
            if c.loss == "relativistic":
                on_real = self.critic(self._show(batch.images, g), batch.text).float()
                loss = relativistic_loss(on_fake, on_real)
            else:
                loss = plain_generator_loss(on_fake)
            figures = {"generator_loss": loss.detach()}
            if self.critic.reader is not None:
                match = matching_loss(self.critic.reader(shown), batch.text)
                loss = loss + c.match * match
                figures["match_fake"] = match.detach()
        torch.autograd.backward(loss)
        for parameter in self.critic.parameters():
            parameter.grad = None
        self.optimisers["generator"].step(c.rate_generator)
        return figures

    def _parts(self) -> dict[str, tuple[nn.Module, Optimiser]]:
        return {
            "generator": (self.model, self.optimisers["generator"]),
            "critic": (self.critic, self.optimisers["critic"]),
        }

    def state(self) -> dict[str, Tensor]:
        """Return masters, moments, averages and the norms' statistics of both networks."""
        out = {f"average.{name}": t for name, t in self.averages.state().items()}
        for part, (net, optimiser) in self._parts().items():
            out |= {f"{part}.{name}": t for name, t in optimiser.state().items()}
            out |= {f"{part}.buffer.{name}": t for name, t in net.named_buffers()}
        return out

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Put a `state` back."""
        self.averages.load({k[8:]: v for k, v in state.items() if k.startswith("average.")})
        for part, (net, optimiser) in self._parts().items():
            begin = f"{part}."
            own = {k[len(begin) :]: v for k, v in state.items() if k.startswith(begin)}
            optimiser.load({k: v for k, v in own.items() if not k.startswith("buffer.")})
            for name, buffer in net.named_buffers():
                buffer.copy_(own[f"buffer.{name}"])

    def weights(self) -> dict[str, Tensor]:
        """Return the generator to use: averaged where the run averages, with its norms' statistics."""
        return self.averaged().state_dict()

    @torch.no_grad()
    def averaged(self) -> Generator:
        """Return the generator to use, in evaluation mode.

        The statistics of an averaged generator's norms are measured anew, on the same texts and
        noise each time: those of the last weights do not fit it.
        """
        shadow = Generator(self.config.model).to(self.device)
        shadow.load_state_dict(self.model.state_dict())
        if not self.averages.kept:
            return shadow.eval()
        shadow.load_state_dict({**self.model.state_dict(), **self.averages.kept[-1]})
        for norm in shadow.modules():
            if isinstance(norm, nn.BatchNorm2d):
                norm.reset_running_stats()
                norm.momentum = None  # the plain mean of what follows
        shadow.train()
        generator = torch.Generator(self.device)
        generator.manual_seed(self.config.seed)
        for step in range(_SETTLING):
            text = self.feed.vectors[self._places(step)]
            shadow(self._noise(len(text), generator), text)
        return shadow.eval()

    def _places(self, step: int) -> Tensor:
        """Return which texts the norms are measured with: those of pictures spread over the data."""
        text = self.feed.pictures.text
        n = min(len(text), self.config.batch)
        at = (np.linspace(0, len(text) - 1, n).astype(np.int64) + step) % len(text)
        return torch.from_numpy(text[at]).to(self.device)

    def about(self) -> dict[str, Any]:
        """Return the text encoder's name, what of a caption is read, and whether data are made up."""
        pictures = self.feed.pictures
        return {
            "encoder": self.encoder,
            "text": self.config.pictures.text,
            "rows": self.config.pictures.rows,
            "synthetic": pictures.synthetic,
            "steps": 1,
            "guidance": 1.0,
        }

    def evaluate(self) -> dict[str, float]:
        """Return the metrics of the run's own plan, on held-out pictures; empty between."""
        return measure_training(
            self.averaged(),
            self.held_out,
            self.encode,
            config=self.config,
            done=self.done,
            an_epoch=self.feed.steps_an_epoch,
            device=self.device,
        )

    def sheet(self) -> Image.Image:
        """Return the fixed texts drawn from fixed noise."""
        images = self.averaged().sample(
            self.prompt_vectors, seeds=range(len(self.prompts)), device=self.device
        )
        return draw_pictures(to_bytes(images), self.prompts)
