"""Plots of a run's log: losses and metrics over the samples seen, as PNG and SVG."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from znak.atomic import write_bytes

_METRICS = ("FD-", "IS-", "FID", "KID", "IS", "valid_")
_OTHER = ("samples", "time", "images_per_second", "rate", "norm")
_COLOURS = ("#0b6e99", "#d1495b", "#3a7d44", "#8d6a9f", "#c98b2b", "#555b6e")


def group_figures(lines: list[dict[str, Any]]) -> dict[str, list[str]]:
    """Return the names of a log's figures as "losses" and "metrics", in order of appearance."""
    groups: dict[str, list[str]] = {"losses": [], "metrics": []}
    for line in lines:
        for name in line:
            if name in _OTHER:
                continue
            group = groups["metrics" if name.startswith(_METRICS) else "losses"]
            if name not in group:
                group.append(name)
    return groups


def draw_plots(lines: list[dict[str, Any]], folder: Path, *, title: str) -> None:
    """Write losses.png, losses.svg and, where there are any, metrics.png and metrics.svg."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    for group, names in group_figures(lines).items():
        if not names:
            continue
        panels = [names] if group == "losses" else [[name] for name in names]
        with rc_context({"svg.hashsalt": "znak", "font.size": 9}):
            drawing = Figure(figsize=(7.2, 0.6 + 2.6 * len(panels)), layout="constrained")
            FigureCanvasAgg(drawing)
            drawing.suptitle(title, fontsize=9)
            for index, panel in enumerate(panels):
                axes = drawing.add_subplot(len(panels), 1, index + 1)
                for name, colour in zip(panel, _COLOURS * 2, strict=False):
                    points = [(line["samples"], line[name]) for line in lines if name in line]
                    marker = "o" if group == "metrics" or len(points) == 1 else ""
                    axes.plot(
                        *zip(*points, strict=True),
                        color=colour,
                        marker=marker,
                        markersize=3,
                        linewidth=1.2,
                        label=name.replace("_", " "),
                    )
                axes.grid(color="#dddddd", linewidth=0.6)
                axes.spines[["top", "right"]].set_visible(False)
                axes.legend(frameon=False, fontsize=8)
                axes.set_xlim(left=0)
                axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
            axes.set_xlabel("samples seen")
            for kind in ("png", "svg"):
                buffer = io.BytesIO()
                meta = {"Date": None} if kind == "svg" else {"Software": None}
                drawing.savefig(buffer, format=kind, dpi=110, metadata=meta)
                write_bytes(folder / f"{group}.{kind}", buffer.getvalue())
