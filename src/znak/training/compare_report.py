"""The HTML report of one evaluation or of several side by side: one file, pictures within."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from znak.atomic import write_bytes

if TYPE_CHECKING:
    from znak.metrics.figure import Figure
    from znak.training.evaluate import Evaluation

_STYLE = """
:root{color-scheme:light}body{font:15px/1.5 system-ui,sans-serif;color:#1c1c1e;background:#fafaf8;
max-width:72rem;margin:2.5rem auto;padding:0 1.5rem}h1{font-size:1.6rem;margin:0 0 .3rem}
h2{font-size:1.1rem;margin:2.4rem 0 .6rem}table{border-collapse:collapse;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:.35rem 1.1rem .35rem 0;border-bottom:1px solid #e4e4df;vertical-align:top}
th{font-weight:600}td small{color:#6b6b70;display:block}.note{color:#5a5a60;max-width:46rem}
.warn{background:#fff3d6;border-left:4px solid #e0a100;padding:.6rem 1rem;max-width:46rem}
.grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(7.5rem,1fr));gap:1rem .8rem}
.grid figure,.row figure{margin:0}img{width:100%;image-rendering:pixelated;background:#fff;
border:1px solid #e4e4df}figcaption{font-size:.75rem;color:#5a5a60;overflow-wrap:anywhere;
max-height:3.4em;overflow:hidden}.pictures td img,.pairs img{width:6rem}
.pictures td{border:0;padding:.2rem .5rem .2rem 0;font-size:.8rem;max-width:13rem}
.pairs{display:flex;flex-wrap:wrap;gap:1.4rem}.pairs figure{margin:0}
"""
_SYNTHETIC = (
    "Synthetic data: made-up logos in the schema of amazing_logos_v4. These figures say nothing about "
    "the real data set; give --data the folder of its shards to get the same report on it."
)
_HIGHER = ("IS", "precision", "recall", "density", "coverage", "text")
_LOWER = ("FID", "FD", "KID", "KD")


def write_report(path: Path, evaluations: Sequence[Evaluation]) -> None:
    """Write the report of `evaluations` (one or more) to `path`."""
    write_bytes(path, make_report(evaluations).encode())


def make_report(evaluations: Sequence[Evaluation]) -> str:
    """Return the report's HTML."""
    names = ", ".join(e.name for e in evaluations)
    title = f"Evaluation of {names}" if len(evaluations) == 1 else f"Comparison: {names}"
    parts = [f"<h1>{_text(title)}</h1>"]
    if any(e.about["synthetic"] for e in evaluations):
        parts.append(f'<p class="warn">{_text(_SYNTHETIC)}</p>')
    first = evaluations[0].figures[0] if evaluations[0].figures else None
    if first is not None:
        parts.append(
            f'<p class="note">Extractor <b>{_text(first.extractor)}</b>, pictures {_text(first.resize)}. '
            "Only figures of the Inception network are called FID, IS and KID; the others compare with "
            "nothing outside this table. Square brackets: 95 % bootstrap interval over the images. Precision and "
            "density can be high for poor pictures that are all alike: read them with recall and coverage.</p>"
        )
    parts += ["<h2>Figures</h2>", _figures(evaluations), "<h2>Models</h2>", _models(evaluations)]
    parts += ["<h2>The same texts</h2>", _pictures(evaluations)]
    for e in evaluations:
        if e.copies:
            parts.append(f"<h2>Nearest to a training picture: {_text(e.name)}</h2>")
            parts.append(
                '<p class="note">Generated on the left, its nearest training picture on the right. A '
                "look at these finds copies; it is no proof that there are none.</p>"
            )
            parts.append(_copies(e))
    body = "\n".join(parts)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" '
        f'content="width=device-width"><title>{_text(title)}</title><style>{_STYLE}</style></head>'
        f"<body>{body}</body></html>\n"
    )


def _figures(evaluations: Sequence[Evaluation]) -> str:
    names = list(dict.fromkeys(f.name for e in evaluations for f in e.figures))
    rows = [_row("th", ["figure", "better", *(e.name for e in evaluations)])]
    for name in names:
        better = "higher" if name.startswith(_HIGHER) else ""
        better = "lower" if name.startswith(_LOWER) else better
        better = "near 1" if name == "nearest-neighbour ratio" else better
        better = "0.01" if name == "near-copy share" else better
        cells = []
        for e in evaluations:
            figure = next((f for f in e.figures if f.name == name), None)
            cells.append("–" if figure is None else _figure(figure))
        head = f"<td><b>{_text(name)}</b></td><td>{better}</td>"
        rows.append(f"<tr>{head}{''.join(f'<td>{c}</td>' for c in cells)}</tr>")
    out = f"<table>{''.join(rows)}</table>"
    reasons = [
        f"<li>{_text(e.name)}: no {_text(what)}: {_text(why)}</li>"
        for e in evaluations
        for what, why in e.left_out.items()
    ]
    return out + (f'<ul class="note">{"".join(reasons)}</ul>' if reasons else "")


def _figure(figure: Figure) -> str:
    interval = ""
    if figure.interval is not None:
        interval = " [{:.4g}, {:.4g}]".format(*figure.interval)
    against = "" if figure.n_real is None else f" against {figure.n_real:,}"
    extras = "".join(
        f", {key} {value:.3g}" if isinstance(value, float) else f", {key} {value}"
        for key, value in figure.details.items()
    )
    return f"{figure.value:.4g}{interval}<small>N {figure.n:,}{against}{_text(extras)}</small>"


def _models(evaluations: Sequence[Evaluation]) -> str:
    keys = list(dict.fromkeys(key for e in evaluations for key in e.about))
    rows = [_row("th", ["", *(e.name for e in evaluations)])]
    for key in keys:
        rows.append(_row("td", [key, *(_value(e.about.get(key)) for e in evaluations)]))
    return f"<table>{''.join(rows)}</table>"


def _pictures(evaluations: Sequence[Evaluation]) -> str:
    one = evaluations[0]
    rows = [_row("th", ["text", "real", *(e.name for e in evaluations)])]
    for i, text in enumerate(one.texts):
        cells = [_image(one.real[i], f"real: {text}")]
        for e in evaluations:
            same = i < len(e.texts) and e.texts[i] == text
            cells.append(_image(e.images[i], f"{e.name}: {text}") if same else "other text")
        told = f"<td>{_text(text)}</td>" + "".join(f"<td>{c}</td>" for c in cells)
        rows.append(f"<tr>{told}</tr>")
    return f'<table class="pictures">{"".join(rows)}</table>'


def _copies(e: Evaluation) -> str:
    figures = []
    for made, twin, distance in e.copies:
        pair = _image(made, "generated") + " " + _image(twin, "nearest training picture")
        figures.append(
            f"<figure>{pair}<figcaption>feature distance {distance:.3g}</figcaption></figure>"
        )
    return f'<div class="pairs">{"".join(figures)}</div>'


def _image(pixels: NDArray[np.uint8], alt: str) -> str:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    data = base64.b64encode(buffer.getvalue()).decode()
    return f'<img alt="{_text(alt)}" src="data:image/png;base64,{data}">'


def _row(tag: str, cells: Sequence[str]) -> str:
    return "<tr>" + "".join(f"<{tag}>{_text(cell)}</{tag}>" for cell in cells) + "</tr>"


def _value(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.3g}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _text(text: str) -> str:
    return html.escape(str(text))
