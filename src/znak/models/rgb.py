"""The flow transformer on colour images.

The network is that of the marks (`znak.models.flow`) with three channels, one text vector and one
style: whether the logo is black and white.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from znak.errors import InputError
from znak.models.flow import FlowConfig, FlowModel
from znak.models.gan import check_texts
from znak.models.sampling import CHUNK, draw_noise, guide, heun, time_grid

STYLE = ("black_and_white",)


class RgbFlowModel(FlowModel):
    """Predicts the clean image; `sample` draws."""

    kind = "flow-rgb"

    def __init__(self, config: FlowConfig) -> None:
        if config.channels != 3 or config.text_vectors != 1 or config.style != STYLE:
            raise InputError(
                f"an RGB flow model has 3 channels, 1 text vector and the style {STYLE}: "
                f"{config.channels}, {config.text_vectors}, {config.style} were given",
                ru=f"RGB-модель: 3 канала, 1 вектор текста, стиль {STYLE}",
            )
        super().__init__(config)

    @torch.inference_mode()
    def sample(
        self,
        text_vectors: NDArray[np.float32],
        *,
        seeds: Sequence[int],
        steps: int = 20,
        guidance: float = 3.0,
        device: torch.device | str = "cpu",
        black_and_white: bool | None = None,
    ) -> NDArray[np.float32]:
        """Return images (n, 3, S, S) in [-1, 1] of texts (n, d), one for each seed."""
        c = self.shape
        text = check_texts(text_vectors, len(seeds), c.text_dim)
        if steps < 1:
            raise InputError(f"steps {steps}: give 1 or more", ru=f"steps {steps}: нужно от 1")
        style = float("nan") if black_and_white is None else float(black_and_white)
        noise = draw_noise(seeds, (3, c.size, c.size))
        out = np.empty_like(noise)
        self.eval()
        for start in range(0, len(seeds), CHUNK):
            rows = np.minimum(np.arange(start, start + CHUNK), len(seeds) - 1)
            x = torch.from_numpy(noise[rows]).to(device)
            told = torch.from_numpy(text[rows]).to(device)[:, None]
            asked = torch.full((CHUNK, 1), style, device=device)
            flow = guide(self, told, asked, guidance=guidance, interval=(0.0, 1.0))
            for state in heun(x, flow, time_grid(steps)):
                x = state
            here = min(CHUNK, len(seeds) - start)
            out[start : start + here] = x[:here].float().clamp(-1, 1).cpu().numpy()
        return out
