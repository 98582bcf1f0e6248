"""The charts of the corpus report: bars as rows of a table, histograms as inline SVG."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from znak.corpus.report_data import Table

RANGES = {
    "coverage": (0, 0.8),
    "thickness": (0, 16),
    "symmetry": (0, 1),
    "n_parts": (0.5, 16.5),
    "perimeter": (0, 900),
}
_TOP = 14


def number_format(language: str) -> Callable[[int], str]:
    """Return how whole numbers are written in `language`."""
    separator = "," if language == "en" else "\u202f"
    return lambda value: f"{value:,}".replace(",", separator)


def decimal(value: float, language: str) -> str:
    """Return `value` with two decimals, as written in `language`."""
    text = f"{value:.2f}"
    return text if language == "en" else text.replace(".", ",")


def bars(
    counts: Sequence[tuple[str, int]],
    number: Callable[[int], str],
    t: dict[str, Any],
    top: int | None = None,
) -> list[dict[str, str]]:
    """Return counts as rows for the template: label, width in percent, count, share."""
    total = sum(n for _, n in counts) or 1
    most = max((n for _, n in counts), default=1)
    percent = t["percent"]
    return [
        {
            "label": t["words"].get(word, word) or t["as_drawn"],
            "width": f"{100 * n / most:.1f}",
            "count": number(n),
            "share": percent.format(100 * n / total).replace(".", t["point"]),
        }
        for word, n in counts[:top]
    ]


def panels_of(
    table: Table, t: dict[str, Any], number: Callable[[int], str]
) -> list[dict[str, Any]]:
    """Return the panels of counts: licence, split, kind, style, set, concept."""
    panels = []
    for name in ("license", "split", "derived", "set", "concept"):
        counts = [(w, n) for w, n in table.counts(name) if w or name == "derived"]
        rows = bars(counts, number, t, top=None if name == "set" else _TOP)
        panels.append({"title": t[f"by_{name}"], "rows": rows[:_TOP], "rest": rows[_TOP:]})
    flags = [
        ("solid", table.solid),
        ("line", ~table.solid),
        ("coloured", table.coloured),
        ("interface", table.interface),
    ]
    kinds = [(t[name], int(mask.sum())) for name, mask in flags]
    rows = bars(kinds, number, t)
    for row, (_, n) in zip(rows, kinds, strict=True):
        row["share"] = t["percent"].format(100 * n / len(table)).replace(".", t["point"])
    panels.insert(3, {"title": t["by_style"], "rows": rows, "rest": []})
    return panels


_WIDTH, _HEIGHT, _FLOOR = 340, 132, 112


def histogram(
    values: NDArray[np.float32], solid: NDArray[np.bool_], low: float, high: float, language: str
) -> str:
    """Return an inline SVG: the shares of solid and line drawings over one measure."""
    n_bins = 16 if high == 16.5 else 40
    edges = np.linspace(low, high, n_bins + 1)
    shapes = []
    most = 1e-9
    shares = []
    for mask in (~solid, solid):
        kept = np.clip(values[mask], low, high)
        share = np.histogram(kept, edges)[0] / max(len(kept), 1)
        shares.append(share)
        most = max(most, float(share.max()))
    for share, colour, fill in zip(shares, ("var(--b)", "var(--a)"), (0.25, 0.35), strict=True):
        heights = _FLOOR - share / most * (_FLOOR - 8)
        x = np.repeat(np.linspace(0, _WIDTH, n_bins + 1), 2)[1:-1]
        y = np.repeat(heights, 2)
        line = "L".join(f"{a:.1f} {b:.1f}" for a, b in zip(x, y, strict=True))
        shapes.append(
            f'<path d="M0 {_FLOOR}L{line}L{_WIDTH} {_FLOOR}Z" fill="{colour}" fill-opacity="{fill}" '
            f'stroke="{colour}" stroke-width="1.2"/>'
        )
    ticks = [1, 4, 8, 12, 16] if n_bins == 16 else np.linspace(low, high, 5).tolist()
    labels = []
    for k, tick in enumerate(ticks):
        anchor = "start" if k == 0 else "end" if k == len(ticks) - 1 else "middle"
        text = f"{tick:g}" + ("+" if k == len(ticks) - 1 and high != 1 else "")
        text = text if language == "en" else text.replace(".", ",")
        at = (tick - low) / (high - low) * _WIDTH
        labels.append(f'<text x="{at:.0f}" y="{_FLOOR + 14}" text-anchor="{anchor}">{text}</text>')
    return _chart("".join(shapes + labels))


def concept_chart(table: Table) -> str:
    """Return an inline SVG: how many concepts have so many solid drawings."""
    sizes = np.array([n for word, n in table.counts("concept", table.solid) if word] or [0])
    edges = [1, 2, 3, 5, 8, 15, 30, 60, 120, 10**9]
    counts = np.histogram(sizes, edges)[0]
    step = _WIDTH / len(counts)
    shapes = []
    for k, count in enumerate(counts.tolist()):
        height = count / max(int(counts.max()), 1) * (_FLOOR - 22)
        colour = "var(--a)" if edges[k] >= 15 else "#c9ced6"
        label = (
            f"{edges[k]}+"
            if k == len(counts) - 1
            else str(edges[k])
            if edges[k + 1] == edges[k] + 1
            else f"{edges[k]}–{edges[k + 1] - 1}"
        )
        centre = (k + 0.5) * step
        shapes.append(
            f'<rect x="{k * step + 2:.1f}" y="{_FLOOR - height:.1f}" width="{step - 4:.1f}" '
            f'height="{max(height, 0.5):.1f}" rx="2" fill="{colour}"/>'
            f'<text x="{centre:.0f}" y="{_FLOOR - height - 4:.0f}" text-anchor="middle">{count}</text>'
            f'<text x="{centre:.0f}" y="{_FLOOR + 14}" text-anchor="middle">{label}</text>'
        )
    return _chart("".join(shapes))


def _chart(body: str) -> str:
    axis = f'<path d="M0 {_FLOOR + 0.5}H{_WIDTH}" stroke="#cfd4dc"/>'
    return f'<svg class="chart" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">{body}{axis}</svg>'
