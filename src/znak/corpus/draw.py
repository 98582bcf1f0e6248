"""One icon → one row: framed, made a field, measured; or a reason why not.

Single-colour icons are their silhouette. Icons in colours go through `colour`: silhouette with
inner structure. Line drawings also go through `derive`, which makes solid marks of them. What a
row is called, what it resembles and whether it is trained on is decided later, in `build`.
"""

from __future__ import annotations

import re
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from znak.corpus import colour, derive
from znak.corpus.sources import Icon, IconSet
from znak.errors import ZnakError
from znak.fields import svg as svg_module
from znak.fields.contour import zero_lines
from znak.fields.measure import Measures, measure
from znak.fields.sdf import Drawing, Field, frame, quantise

MAX_PARTS = 40
MAX_HOLES = 40
MIN_THICKNESS = 1.3
"""Field pixels; below it a 64-pixel field can't hold the strokes."""
MAX_SVG = 60_000
"""Characters; longer drawings are pictures, not marks."""
_TRANSLUCENT = re.compile(r"opacity=['\"]?0?\.\d")


@dataclass
class Clock:
    """Processor seconds spent by step."""

    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Add the time of the block to `name`."""
        start = time.process_time()
        try:
            yield
        finally:
            self.seconds[name] += time.process_time() - start


class UnfitError(Exception):
    """A drawing that can't be used; internal, becomes a row of the rejects table."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.reason, self.detail = reason, detail


def draw(icon_set: IconSet, icon: Icon, *, kind: str, clock: Clock) -> list[dict[str, Any]]:
    """Return the rows of one icon: the drawing, what is derived from it, or one reject.

    `kind` is "drawing" or "brand"; nothing is derived from brands.
    """
    base = {"set": icon_set.prefix, "name": icon.name, "license": icon_set.license}
    try:
        return _rows(icon_set, icon, base, kind, clock)
    except UnfitError as unfit:
        return [{**base, "kind": "reject", "reason": unfit.reason, "detail": unfit.detail}]


def _rows(
    icon_set: IconSet, icon: Icon, base: dict[str, Any], kind: str, clock: Clock
) -> list[dict[str, Any]]:
    base = {**base, "kind": kind, "author": icon_set.author, "tags": list(icon.tags)}
    if len(icon.svg) > MAX_SVG:
        raise UnfitError("too detailed", f"{len(icon.svg)} characters of SVG")
    with clock.step("render"):
        drawing = _frame(icon.svg)
    label, colours = "", list[str]()
    if icon_set.coloured:
        with clock.step("colour"):
            found = colour.structure(drawing.svg)
        colours = list(found.colours)
        if found.field is None:
            raise UnfitError("empty", "nothing is left of the drawing in one colour")
        values, label = found.field, "silhouette" if found.changed else ""
        if not found.changed:
            values = _field(drawing, clock)
    else:
        if kind == "drawing" and _TRANSLUCENT.search(icon.svg) and _is_translucent(drawing.svg):
            raise UnfitError("two-tone", "translucent areas in a single-colour set")
        values = _field(drawing, clock)
    with clock.step("measure"):
        measures = measure(values)
    _check(measures)
    first = _row(base, drawing.svg, values, measures, label, colours)
    if kind == "brand":
        return [first]
    with clock.step("derive"):
        loops = drawing.loops if not label else zero_lines(values, upsample=2)
        mark = derive.solid_mark(loops, values, measures)
    if mark is None:
        return [first]
    return [first, _row(base, mark.svg, mark.field, mark.measures, mark.label, colours)]


def _frame(svg: str) -> Drawing:
    try:
        return frame(svg)
    except ZnakError as error:
        reason = "empty" if "empty" in error.message else "can't be rendered"
        raise UnfitError(reason, error.message[:200]) from error


def _field(drawing: Drawing, clock: Clock) -> Field:
    with clock.step("field"):
        return drawing.field


def _is_translucent(svg: str) -> bool:
    alpha = svg_module.coverage(svg, 96)
    ink = int((alpha > 0.9).sum())
    return int(((alpha > 0.1) & (alpha < 0.7)).sum()) > 0.35 * max(ink, 1) + 150


def _check(measures: Measures) -> None:
    """Raise UnfitError for a field that is no mark."""
    if measures.n_parts == 0 or measures.coverage < 0.004:
        raise UnfitError("empty", f"coverage {measures.coverage:.4f}")
    if measures.coverage > 0.97:
        raise UnfitError("full canvas", f"coverage {measures.coverage:.3f}")
    if measures.thickness < MIN_THICKNESS:
        raise UnfitError("too thin", f"strokes of {measures.thickness:.2f} of 64 pixels")
    if measures.n_parts > MAX_PARTS or measures.n_holes > MAX_HOLES:
        raise UnfitError("too detailed", f"{measures.n_parts} parts, {measures.n_holes} holes")


def _row(
    base: dict[str, Any],
    svg: str,
    values: Field,
    measures: Measures,
    label: str,
    colours: list[str],
) -> dict[str, Any]:
    return {
        **base,
        "svg": svg,
        "field": quantise(np.asarray(values)).tobytes(),
        "coverage": measures.coverage,
        "thickness": measures.thickness,
        "symmetry": measures.symmetry,
        "n_parts": measures.n_parts,
        "n_holes": measures.n_holes,
        "perimeter": measures.perimeter,
        "derived": label,
        "colours": colours,
        "solid": derive.is_solid(measures),
    }
