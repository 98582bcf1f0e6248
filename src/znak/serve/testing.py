"""A tiny engine for the tests of the services: deterministic, without weights, in milliseconds.

    worker = Worker(settings, tools=fake_tools())

Its marks are discs, tiles, hexagons and rings whose size and place come from the seed alone.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np

from znak.engine.base import Floats, OnStep
from znak.errors import InputError
from znak.fields import Field, algebra, shapes
from znak.studio.tools import Tools

_STEPS = 4
_FORMS: tuple[Callable[[float], Field], ...] = (
    lambda r: shapes.disc(radius=r),
    lambda r: shapes.rectangle(width=1.7 * r, height=1.7 * r, corner=r / 3),
    lambda r: shapes.regular(6, radius=r),
    lambda r: shapes.regular(3, radius=r),
    lambda r: algebra.outline(shapes.disc(radius=r), width=5.0, place=-1.0),
)


class FakeEngine:
    """See the module. `delay` is how long a call takes, s; `calls` counts the calls."""

    name = "fake"
    revision = "1"
    chunk = 8
    output: Literal["fields", "images"] = "fields"

    def __init__(self, delay: float = 0.0) -> None:
        """Take a pause for each call to `sample`."""
        self.delay = delay
        self.calls = 0
        self._lock = threading.Lock()

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return vectors (n, 16) that depend on the texts alone."""
        return np.stack([_vector(text) for text in texts])

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
        """Return a simple shape for each seed; raise InputError for a vector that isn't finite."""
        with self._lock:
            self.calls += 1
        if not np.isfinite(text_vectors).all():
            raise InputError("a text vector is not finite", ru="Вектор текста не конечен")
        for step in range(_STEPS):
            time.sleep(self.delay / _STEPS)
            if on_step is not None:
                on_step((step + 1) / _STEPS)
        return np.stack([_shape(seed) for seed in seeds])

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
        """Return blends of the fields and of what `sample` draws."""
        drawn = self.sample(text_vectors, seeds=seeds, style=style, on_step=on_step)
        share = np.float32(strength)
        return np.asarray((1 - share) * np.asarray(fields, np.float32) + share * drawn)


def fake_tools(*, delay: float = 0.0) -> Tools:
    """Return tools with the fake engine and without judges."""
    return Tools(FakeEngine(delay))


def _vector(text: str) -> Floats:
    digest = np.frombuffer(hashlib.sha256(text.encode()).digest(), np.uint8)
    return np.asarray(digest[:16] / 255, np.float32)


def _shape(seed: int) -> Floats:
    draw = np.random.default_rng(seed)
    form = _FORMS[int(draw.integers(len(_FORMS)))]
    field = form(float(draw.uniform(15, 28)))
    if draw.random() < 0.5:
        hole = shapes.disc(
            radius=float(draw.uniform(4, 8)),
            centre=(float(draw.uniform(24, 40)), float(draw.uniform(24, 40))),
        )
        field = algebra.subtract(field, hole)
    return np.asarray(field, np.float32)
