"""From an order to a result, by the studio: what a worker does with a job."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping

from znak.errors import InputError
from znak.fields import field_of_svg
from znak.serve.batching import batching
from znak.serve.job import Phase
from znak.serve.order import Order, brief_of
from znak.serve.settings import Settings
from znak.studio.maker import make_marks
from znak.studio.mark import read_ink
from znak.studio.plan import BLOCK
from znak.studio.redraw import vary
from znak.studio.result import Result
from znak.studio.tools import ENGINES, Tools, open_tools

OnProgress = Callable[[Phase, float], None]


def open_engines(settings: Settings) -> dict[str, Tools]:
    """Return the tools of each engine that the settings name; raise as `open_tools` does."""
    found = {}
    for name, path in settings.engines.items():
        if name == "retrieval":
            found[name] = open_tools(name, corpus=path)
        else:  # a name of one's own is a trained model, whose file says what it is
            kind = name if name in ENGINES else "torch"
            found[name] = open_tools(kind, checkpoint=path, device=settings.device)
    return found


def gather(tools: Mapping[str, Tools], settings: Settings) -> dict[str, Tools]:
    """Return the tools with engines that gather the calls of jobs that run at once."""
    wait_s, limit = settings.batch_wait_ms / 1000, settings.batch_limit
    return {
        name: each
        if each.engine is None
        else dataclasses.replace(each, engine=batching(each.engine, wait_s=wait_s, limit=limit))
        for name, each in tools.items()
    }


def make(order: Order, tools: Tools, on_progress: OnProgress) -> Result:
    """Return the marks of an order; what `on_progress` raises ends the work."""
    blocks = -(-order.n // BLOCK)
    brief = brief_of(order)

    def report(share: float) -> None:
        inside = share * blocks % 1.0 if share < 1 else 1.0
        phase: Phase = "drawing" if inside < 0.75 else "ranking" if inside < 0.9 else "tracing"
        on_progress(phase, 0.98 * share)

    report(0.0)
    if order.kind == "make":
        return make_marks(brief, n=order.n, seed=order.seed, tools=tools, on_progress=report)
    if order.svg is None:
        raise InputError("there is no mark to vary", ru="Нет знака для вариаций")
    result = vary(
        field_of_svg(order.svg),
        prompt=order.prompt,
        strength=order.strength,
        n=order.n,
        seed=order.seed,
        ink=order.colours[0].lower() if order.colours else read_ink(order.svg),
        tools=tools,
        on_progress=report,
    )
    return dataclasses.replace(result, brief=brief)
