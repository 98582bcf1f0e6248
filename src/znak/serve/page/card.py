"""What the page says of the shipped model: read from the weights' header and the package's list of sources."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from znak.engine.file import count_weights
from znak.engine.flow import form_path, guidance_path

_LONGEST = 10_000_000


@dataclass(frozen=True)
class Facts:
    """The shipped model in numbers: weights, bytes, samples seen in training, steps of sampling."""

    weights: int
    n_bytes: int
    samples: int
    steps: int


@dataclass(frozen=True)
class Source:
    """A set of drawings that the model learnt from."""

    name: str
    licence: str
    drawings: int


def read_facts(path: Path) -> Facts | None:
    """Return the facts of a file of weights and of what lies beside it, headers alone read.

    None where there is none.
    """
    paths = [path, *(p for p in (form_path(path), guidance_path(path)) if p.is_file())]
    try:
        headers = [_read_header(p) for p in paths]
        stages = headers[0][1].get("stages", {}).values()
        sampling: dict[str, Any] = {}
        for _, about in headers:
            sampling.update(about.get("sampling", {}))
        return Facts(
            weights=sum(n for n, _ in headers),
            n_bytes=sum(p.stat().st_size for p in paths),
            samples=max((int(stage.get("samples", 0)) for stage in stages), default=0),
            steps=int(sampling.get("steps", 0)),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _read_header(path: Path) -> tuple[int, dict[str, Any]]:
    """Return a file's number of weights and what it says of itself."""
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if not 2 <= length <= _LONGEST:
            raise ValueError(f"a header of {length} bytes")
        table = json.loads(file.read(length))
    header = json.loads(table.pop("__metadata__")["znak"])
    shapes = {name: entry["shape"] for name, entry in table.items()}
    return count_weights(shapes), dict(header["about"])


@cache
def sources() -> tuple[Source, ...]:
    """Return the sets that the shipped model learnt from, as the model card lists them."""
    text = resources.files("znak.serve.page").joinpath("data/sources.json").read_text("utf-8")
    return tuple(Source(str(n), str(licence), int(k)) for n, licence, k in json.loads(text))


def read_card(card: str) -> list[tuple[str, str, int]]:
    """Return the sources listed in a model card (Markdown): set, licence, drawings."""
    _, _, tail = card.partition("## Sources")
    rows = []
    for line in tail.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) == 3 and cells[2].replace(",", "").isdecimal():
            rows.append((cells[0], cells[1], int(cells[2].replace(",", ""))))
    return rows
