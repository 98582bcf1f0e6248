"""The HTML report of one evaluation or of several side by side: one file, pictures within.

In English or Russian; every word of it stands in `report_words`.
"""

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
from znak.errors import InputError
from znak.training.report_words import WORDS

if TYPE_CHECKING:
    from znak.metrics.figure import Figure
    from znak.training.evaluate import Evaluation

_STYLE = """
:root{color-scheme:light}body{font:15px/1.5 system-ui,sans-serif;color:#1c1c1e;background:#fafaf8;
max-width:72rem;margin:2.5rem auto;padding:0 1.5rem}h1{font-size:1.6rem;line-height:1.25;margin:0 0 .8rem}
h2{font-size:1.15rem;margin:2.6rem 0 .5rem}table{border-collapse:collapse;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:.4rem 1.4rem .4rem 0;border-bottom:1px solid #e4e4df;vertical-align:top}
th{font-weight:600}td small{color:#6b6b70;display:block;max-width:17rem}.best{font-weight:700}
.scroll{overflow-x:auto}.note{color:#5a5a60;max-width:48rem;margin:.3rem 0 .8rem}
.warn{background:#fff3d6;border-left:4px solid #e0a100;padding:.7rem 1rem;margin:0 0 1rem;max-width:48rem}
.warn p{margin:0 0 .4rem}code{display:block;font:13px/1.5 ui-monospace,"DejaVu Sans Mono",monospace;
background:#1c1c1e;color:#f4f4f2;padding:.5rem .8rem;border-radius:6px;overflow-wrap:anywhere}
img{width:6rem;height:6rem;object-fit:contain;image-rendering:pixelated;background:#fff;
border:1px solid #e4e4df}figcaption{font-size:.75rem;color:#5a5a60}
.pictures{table-layout:fixed}.pictures td{border:0;padding:.25rem .7rem .25rem 0;vertical-align:middle}
.pictures th{font-size:.85rem;overflow-wrap:anywhere;width:6.2rem;padding-right:.7rem}
.pictures th:first-child{width:16rem}.pictures td:first-child{font-size:.85rem;overflow-wrap:anywhere}
.pairs{display:flex;flex-wrap:wrap;gap:1rem}.pairs figure{margin:0}.pairs img{width:4.9rem;height:4.9rem}
"""
_HIGHER = ("IS", "precision", "recall", "density", "coverage", "text")
_LOWER = ("FID", "FD", "KID", "KD")
_NEAR = {"nearest-neighbour ratio": "1", "near-copy share": "0.01"}


def write_report(path: Path, evaluations: Sequence[Evaluation], *, language: str = "en") -> None:
    """Write the report of `evaluations` (one or more) to `path`."""
    write_bytes(path, make_report(evaluations, language=language).encode())


def make_report(evaluations: Sequence[Evaluation], *, language: str = "en") -> str:
    """Return the report's HTML; raise InputError for a language that it has no words in."""
    if language not in WORDS:
        raise InputError(
            f"language {language!r}: choose {' or '.join(WORDS)}",
            ru=f"Язык {language!r}: выберите {' или '.join(WORDS)}",
        )
    return _Page(evaluations, language).draw()


def real_command(evaluations: Sequence[Evaluation]) -> str:
    """Return the command that makes such a report from the real data set, training included."""
    fetch = "znak data fetch amazing-logos --to data/amazing"
    if len(evaluations) > 1:
        return f"{fetch} && sh runs/compare.sh data/amazing"
    about = evaluations[0].about
    flow = str(about["kind"]).startswith("flow")
    preset = (
        "seed-baseline"
        if about["size"] == 28
        else f"{'flow-rgb' if flow else 'gan'}-{about['size']}"
    )
    return (
        f"{fetch} && znak train {'rgb' if flow else 'gan'} data/amazing --preset {preset} --out "
        f"runs/{preset} && znak evaluate runs/{preset}/model.safetensors --data data/amazing"
    )


class _Page:
    """One report: its evaluations and its words."""

    def __init__(self, evaluations: Sequence[Evaluation], language: str) -> None:
        self.runs, self.language, self.t = evaluations, language, WORDS[language]

    def draw(self) -> str:
        t, runs = self.t, self.runs
        title = t["one" if len(runs) == 1 else "several"].format(", ".join(e.name for e in runs))
        parts = [f"<h1>{_text(title)}</h1>"]
        if any(e.about["synthetic"] for e in runs):
            parts.append(
                f'<div class="warn"><p>{_text(t["synthetic"])}</p><p>{_text(t["real"])}</p>'
                f"<code>{_text(real_command(runs))}</code></div>"
            )
        first = runs[0].figures[0] if runs[0].figures else None
        if first is not None:
            told = t["extractor"].format(name=first.extractor, resize=self._resize(first.resize))
            parts.append(f'<p class="note">{_text(told)}</p>')
        if len({e.about["size"] for e in runs}) > 1:
            parts.append(f'<p class="note">{_text(t["sizes"])}</p>')
        parts += [self._head("figures"), self._figures(), self._head("models"), self._models()]
        parts += [self._head("pictures")]
        if len(runs) > 1:
            parts.append(f'<p class="note">{_text(t["pictures_note"])}</p>')
        parts.append(self._pictures())
        for e in runs:
            if e.copies:
                parts.append(f"<h2>{_text(t['copies'].format(e.name))}</h2>")
                parts.append(f'<p class="note">{_text(t["copies_note"])}</p>')
                parts.append(self._copies(e))
        body = "\n".join(parts)
        return (
            f'<!doctype html><html lang="{self.language}"><head><meta charset="utf-8"><meta '
            f'name="viewport" content="width=device-width"><title>{_text(title)}</title>'
            f"<style>{_STYLE}</style></head><body>{body}</body></html>\n"
        )

    def _head(self, key: str) -> str:
        return f"<h2>{_text(self.t[key])}</h2>"

    def _figures(self) -> str:
        t = self.t
        names = list(dict.fromkeys(f.name for e in self.runs for f in e.figures))
        rows = [_row("th", [t["figure"], t["better"], *(e.name for e in self.runs)])]
        for name in names:
            figures = [next((f for f in e.figures if f.name == name), None) for e in self.runs]
            best = find_best(name, [None if f is None else f.value for f in figures])
            cells = [
                "<td>–</td>" if f is None else self._figure(f, best == i)
                for i, f in enumerate(figures)
            ]
            head = f"<td><b>{_text(self._name(name))}</b></td><td>{self._better(name)}</td>"
            rows.append(f"<tr>{head}{''.join(cells)}</tr>")
        out = f'<div class="scroll"><table>{"".join(rows)}</table></div>'
        if len(self.runs) > 1:
            out += f'<p class="note">{_text(t["best"])}</p>'
        reasons = [
            t["missing"].format(name=e.name, what=self._name(what), why=why.text(self.language))
            for e in self.runs
            for what, why in e.left_out.items()
        ]
        items = "".join(f"<li>{_text(reason)}</li>" for reason in reasons)
        return out + (f'<ul class="note">{items}</ul>' if items else "")

    def _name(self, name: str) -> str:
        """Return what a figure is called; the extractor's name in it stays."""
        for known, said in self.t["names"].items():
            if name == known or name.startswith(f"{known}-"):
                return f"{said}{name[len(known) :]}".replace("-", ", ", name != known)
        return name

    def _resize(self, resize: str) -> str:
        """Return how pictures were brought to the extractor's size, where there are words for it."""
        for known, said in self.t["resizes"].items():
            resize = resize.replace(known, said)
        return resize

    def _better(self, name: str) -> str:
        if name in _NEAR:
            return str(self.t["near"].format(self._local(_NEAR[name])))
        side = "higher" if name.startswith(_HIGHER) else "lower" if name.startswith(_LOWER) else ""
        return str(self.t[side]) if side else ""

    def _figure(self, figure: Figure, best: bool) -> str:
        interval = ""
        if figure.interval is not None:
            low, high = (self._number(v) for v in figure.interval)
            interval = f" [{low}; {high}]" if self.language == "ru" else f" [{low}, {high}]"
        told = f"N {self._number(figure.n)}"
        if figure.n_real is not None:
            told += " " + self.t["against"].format(self._number(figure.n_real))
        for key, value in figure.details.items():
            told += f", {self.t['details'].get(key, key)} {self._value(value)}"
        mark = ' class="best"' if best else ""
        value = self._number(figure.value)
        return f"<td><span{mark}>{value}</span>{interval}<small>{_text(told)}</small></td>"

    def _models(self) -> str:
        keys = list(dict.fromkeys(key for e in self.runs for key in e.about))
        rows = [_row("th", ["", *(e.name for e in self.runs)])]
        for key in keys:
            cells = [self._value(e.about.get(key)) for e in self.runs]
            rows.append(_row("td", [self.t["about"].get(key, key), *cells]))
        return f'<div class="scroll"><table>{"".join(rows)}</table></div>'

    def _pictures(self) -> str:
        one = max(self.runs, key=lambda e: int(e.about["size"]))
        rows = [_row("th", [self.t["text"], self.t["real_picture"], *(e.name for e in self.runs)])]
        places = [{row: i for i, row in enumerate(e.rows)} for e in self.runs]
        for i, row in enumerate(one.rows):
            texts = [e.texts[at[row]] for e, at in zip(self.runs, places, strict=True) if row in at]
            text = min(texts, key=len)
            cells = [_image(one.real[i], f"real: {text}")]
            for e, at in zip(self.runs, places, strict=True):
                drawn = row in at
                cells.append(_image(e.images[at[row]], f"{e.name}: {text}") if drawn else "–")
            told = f"<td>{_text(text)}</td>" + "".join(f"<td>{c}</td>" for c in cells)
            rows.append(f"<tr>{told}</tr>")
        return f'<table class="pictures">{"".join(rows)}</table>'

    def _copies(self, e: Evaluation) -> str:
        figures = []
        for made, twin, distance in e.copies:
            pair = _image(made, "generated") + " " + _image(twin, "nearest training picture")
            told = self.t["distance"].format(self._number(distance))
            figures.append(f"<figure>{pair}<figcaption>{_text(told)}</figcaption></figure>")
        return f'<div class="pairs">{"".join(figures)}</div>'

    def _value(self, value: Any) -> str:
        if value is None:
            return "–"
        if isinstance(value, bool):
            return str(self.t["yes" if value else "no"])
        if isinstance(value, list):
            return "–".join(self._value(v) for v in value)
        if isinstance(value, int | float):
            return self._number(value)
        return str(value)

    def _number(self, value: float) -> str:
        return self._local(f"{value:,}" if isinstance(value, int) else f"{value:.4g}")

    def _local(self, number: str) -> str:
        marks = {",": self.t["thousands"], ".": self.t["point"]}
        return "".join(marks.get(c, c) for c in number)


def find_best(name: str, values: Sequence[float | None]) -> int | None:
    """Return which value of a figure is best; None for a single one, a tie, or where best has no side."""
    known = [value for value in values if value is not None]
    if len(known) < 2 or name in _NEAR or not name.startswith(_HIGHER + _LOWER):
        return None
    best = max(known) if name.startswith(_HIGHER) else min(known)
    return values.index(best) if known.count(best) == 1 else None


def _image(pixels: NDArray[np.uint8], alt: str) -> str:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    data = base64.b64encode(buffer.getvalue()).decode()
    return f'<img alt="{_text(alt)}" src="data:image/png;base64,{data}">'


def _row(tag: str, cells: Sequence[str]) -> str:
    return "<tr>" + "".join(f"<{tag}>{_text(cell)}</{tag}>" for cell in cells) + "</tr>"


def _text(text: str) -> str:
    return html.escape(str(text))
