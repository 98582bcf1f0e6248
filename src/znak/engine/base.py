"""The one contract of every generator of marks.

    vectors = engine.encode(["fox", "coffee cup"])
    fields = engine.sample(vectors, seeds=[1, 2], steps=None, guidance=None)

`None` for steps and guidance means what the weights were tuned for. A sample depends on its own
vector, seed and style alone, never on the others asked for with it. An engine whose `output` is
"fields" returns (n, 64, 64) float32 in [-1, 1], positive inside; one whose output is "images"
returns (n, 3, S, S) float32 in [-1, 1].
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
OnStep = Callable[[float], None]
"""Called as work goes on with the share that is done, from any thread."""


class Engine(Protocol):
    """A generator: text vectors and seeds in, fields or images out."""

    @property
    def name(self) -> str:
        """What the engine is called, as in `--engine`."""

    @property
    def revision(self) -> str:
        """Identify the weights."""

    @property
    def output(self) -> Literal["fields", "images"]:
        """What `sample` returns."""

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return the text vectors (n, d) that `sample` takes; zeros for a text that says nothing."""

    def sample(
        self,
        text_vectors: Floats,
        *,
        seeds: Sequence[int],
        steps: int | None = None,
        guidance: float | None = None,
        style: Floats | None = None,
        on_step: OnStep | None = None,
    ) -> Floats:
        """Return one field or image for each seed.

        `text_vectors` is (n, d), or (n, V, d) with captions and tags, zero where none is given.
        `style` (n, K), scaled, NaN where unasked; engines that know no style pass it over.
        """


@runtime_checkable
class Redrawer(Engine, Protocol):
    """An engine that can also start from given marks."""

    def redraw(
        self,
        fields: Floats,
        text_vectors: Floats,
        *,
        strength: float,
        seeds: Sequence[int],
        steps: int | None = None,
        guidance: float | None = None,
        style: Floats | None = None,
        on_step: OnStep | None = None,
    ) -> Floats:
        """Return `fields` (n, 64, 64) taken back to noise by `strength` (0 to 1) and drawn anew."""


@dataclass(frozen=True)
class Sampling:
    """How a model is sampled; stored in the run-time file.

    `shift` > 1 spends more of the steps near the noise, `last` is where the last one begins (None:
    all are even); guidance acts at times in `interval`. `quality` is how good the first stage's
    result is taken to be: the time at which the form network takes it up, in `form_steps` steps.
    A mark that overlaps its left-right mirror image by `mirror` or more is made symmetric on the
    way (1: none is). `temperature` and `form_temperature` are the standard deviations of the noise
    that a new mark begins with and of the form network's; below 1 marks are plainer and surer.
    """

    steps: int = 10
    guidance: float = 3.0
    interval: tuple[float, float] = (0.0, 1.0)
    shift: float = 1.0
    last: float | None = None
    quality: float = 0.5
    form_steps: int = 3
    mirror: float = 1.0
    temperature: float = 1.0
    form_temperature: float = 1.0
