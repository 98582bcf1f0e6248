"""`Mark`: what the studio hands out, with where it comes from and how it was judged."""

from __future__ import annotations

import dataclasses
import json
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from xml.etree.ElementTree import ParseError
from xml.sax.saxutils import escape

import numpy as np
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from numpy.typing import NDArray

from znak.errors import InputError
from znak.fields import Field, Outline, render
from znak.fields.svg import SVG_NAMESPACE

MAX_PIXELS = 4096
"""Longest side of a PNG."""
TRACED = "traced image"
"""How marks of engines that draw images say that they were composed."""
_VERSION = 1
_LONGEST = 100_000
_FILL = re.compile(r'fill="(#[0-9a-fA-F]{6})"')


@dataclass(frozen=True)
class Scores:
    """How a mark was judged; `match` and `distance` are None where nothing could measure them.

    `match` is the cosine of drawing and text, `cleanness` 0 to 1, `closest` the nearest known
    drawing, `distance` how far it is (field px), `percentile` the per cent of held-out drawings that
    are closer than that to a known one.
    """

    match: float | None = None
    cleanness: float | None = None
    closest: str | None = None
    distance: float | None = None
    percentile: float | None = None


@dataclass(frozen=True)
class Provenance:
    """Where a mark comes from; stored in its SVG. `way` is how it was composed."""

    prompt: str
    subject: str
    seed: int
    engine: str
    revision: str
    way: str = "direct"
    candidate: int = 0

    def to_json(self, scores: Scores) -> str:
        """Return provenance and scores as JSON."""
        rows = {"znak": _VERSION, **dataclasses.asdict(self), **dataclasses.asdict(scores)}
        return json.dumps({k: v for k, v in rows.items() if v is not None}, ensure_ascii=False)


@dataclass(frozen=True, eq=False)
class Mark:
    """A finished mark; `outline` and its `field` are None for marks of engines that draw images.

    `svg` is the whole document on a 64×64 view box, in `colours`, the first covering most.
    """

    title: str
    svg: str
    colours: tuple[str, ...]
    provenance: Provenance
    scores: Scores
    outline: Outline | None = None
    field: Field | None = None

    @cached_property
    def n_anchors(self) -> int:
        """Number of anchor points, 0 where there is no outline."""
        return self.outline.n_anchors if self.outline is not None else 0

    def render(self, size: int = 512) -> NDArray[np.uint8]:
        """Return the mark as a (size, size, 4) RGBA raster with a transparent ground."""
        return render(self.svg, check_size(size))


def check_size(size: int) -> int:
    """Return a PNG's side; raise InputError outside 16 to MAX_PIXELS."""
    if not 16 <= size <= MAX_PIXELS:
        raise InputError(
            f"--size {size}: give a number from 16 to {MAX_PIXELS}",
            ru=f"--size {size}: дайте число от 16 до {MAX_PIXELS}",
        )
    return size


def draw_mark(
    outline: Outline,
    field: Field,
    *,
    title: str,
    ink: str,
    provenance: Provenance,
    scores: Scores,
) -> Mark:
    """Return the mark of an outline, whose field is given too, in one colour."""
    body = f'<path id="mark" fill="{ink}" d="{outline.path_data()}"/>'
    svg = _document(body, title, provenance, scores)
    return Mark(title, svg, (ink,), provenance, scores, outline, field)


def wrap_mark(
    body: str, colours: tuple[str, ...], *, title: str, provenance: Provenance, scores: Scores
) -> Mark:
    """Return the mark of shapes that are already coloured, on the 64×64 view box."""
    svg = _document(f'<g id="mark">{body}</g>', title, provenance, scores)
    return Mark(title, svg, colours, provenance, scores)


def _document(body: str, title: str, provenance: Provenance, scores: Scores) -> str:
    note = "".join(c for c in provenance.to_json(scores) if c.isprintable())
    shown = escape("".join(c for c in title if c.isprintable()))
    return (
        f'<svg xmlns="{SVG_NAMESPACE}" viewBox="0 0 64 64"><title>{shown}</title>'
        f"<metadata>{escape(note)}</metadata>{body}</svg>"
    )


def read_provenance(svg: str) -> Provenance | None:
    """Return the provenance in an SVG that Znak wrote, None where there is none to be trusted."""
    try:
        root = fromstring(svg, forbid_dtd=False, forbid_entities=True, forbid_external=True)
        node = root.find(f"{{{SVG_NAMESPACE}}}metadata")
        text = "" if node is None else (node.text or "")
        if len(text) > _LONGEST:
            return None
        row: dict[str, Any] = json.loads(text)
        if row.get("znak") != _VERSION:
            return None
        return Provenance(
            prompt=str(row["prompt"]),
            subject=str(row["subject"]),
            seed=int(row["seed"]),
            engine=str(row["engine"]),
            revision=str(row["revision"]),
            way=str(row.get("way", "direct")),
            candidate=int(row.get("candidate", 0)),
        )
    except (DefusedXmlException, ParseError, ValueError, KeyError, TypeError, AttributeError):
        return None
    except RecursionError:
        return None


def read_ink(svg: str) -> str | None:
    """Return the first fill "#rrggbb" in an SVG, None where there is none."""
    found = _FILL.search(svg)
    return found.group(1).lower() if found else None
