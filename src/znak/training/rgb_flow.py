"""Training of the flow transformer on pictures: the learner of the marks with other data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import torch
from PIL import Image
from torch import Tensor

from znak.models.flow import draw_times, path, velocity_loss
from znak.models.images import to_bytes
from znak.models.rgb import RgbFlowModel
from znak.training.flow import FlowLearner
from znak.training.gan_config import RgbFlowRun
from znak.training.gan_metrics import measure_training
from znak.training.ranks import ALONE, Ranks
from znak.training.rgb_data import PictureBatch, PictureFeed, Pictures
from znak.training.rgb_sheet import draw_pictures
from znak.words.base import TextEncoder

STEPS, GUIDANCE = 20, 2.0


class RgbFlowLearner(FlowLearner):
    """Holds the model, its optimiser and averages; see `znak.training.loop.Learner`."""

    kind = "flow-rgb"
    model_class = RgbFlowModel

    def __init__(
        self,
        config: RgbFlowRun,
        feed: PictureFeed,
        encode: TextEncoder,
        *,
        device: torch.device,
        held_out: Pictures | None = None,
        prompts: Sequence[str],
        ranks: Ranks = ALONE,
    ) -> None:
        super().__init__(
            cast(Any, config), cast(Any, feed), encode, device=device, prompts=prompts, ranks=ranks
        )
        self.run, self.pictures, self.held_out_pictures = config, feed.pictures, held_out
        self.an_epoch, self.encode, self.done = feed.steps_an_epoch, encode, 0

    def _inputs(self, batch: Any) -> tuple[Tensor, ...]:
        """Return what the loss takes: clean images, noise, times and conditions, some left out."""
        pictures: PictureBatch = batch
        c, g, n = self.run, pictures.generator, len(pictures.images)
        noise = torch.randn(pictures.images.shape, generator=g, device=self.device)
        t = draw_times(n, mean=c.time_mean, std=c.time_std, generator=g, device=self.device)
        chance = torch.rand(2, n, 1, generator=g, device=self.device)
        gone = chance[0] < c.drop_text
        text = pictures.text.masked_fill(gone, 0)[:, None]
        unasked = gone | (chance[1] < c.drop_style)
        style = pictures.style.masked_fill(unasked, float("nan"))
        return pictures.images, noise, t, text, style, torch.zeros(n, 0, device=self.device)

    def advance(self, step: int) -> dict[str, Tensor]:
        """Do one optimiser step; return its loss, gradient norm and learning rate."""
        self.done = step + 1
        return super().advance(step)

    def about(self) -> dict[str, Any]:
        """Return the text encoder's name, what of a caption is read, and how to draw."""
        return {
            "encoder": self.encoder,
            "text": self.run.pictures.text,
            "rows": self.run.pictures.rows,
            "synthetic": self.pictures.synthetic,
            "steps": STEPS,
            "guidance": GUIDANCE,
        }

    @torch.no_grad()
    def evaluate(self) -> dict[str, float]:
        """Return the loss on held-out pictures and the metrics of the run's plan."""
        held = self.held_out_pictures
        if held is None:
            return {}
        batch = min(self.run.batch, len(held), 256)
        feed = PictureFeed(held, self.encode, batch=batch, seed=1, device=self.device)
        model = self._averaged()
        x, noise, t, text, style, augment = self._inputs(feed(0))
        x_hat = model(path(x, noise, t), t, text, style, augment)
        loss = velocity_loss(x_hat, x, t, floor=self.run.floor).mean()
        return {"valid_loss": float(loss)} | measure_training(
            cast(RgbFlowModel, model),
            held,
            self.encode,
            config=self.run,
            done=self.done,
            an_epoch=self.an_epoch,
            device=self.device,
        )

    def sheet(self) -> Image.Image:
        """Return the fixed texts drawn from fixed noise by the averaged model."""
        images = cast(RgbFlowModel, self._averaged()).sample(
            self.prompt_vectors,
            seeds=range(len(self.prompts)),
            steps=STEPS,
            guidance=GUIDANCE,
            device=self.device,
        )
        return draw_pictures(to_bytes(images), self.prompts)
