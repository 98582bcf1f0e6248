"""Interactive plots of the page under a chosen look; takes numbers, knows nothing of files.

figure = draw_lines({"loss": points}, look=LOOKS["light"], x="samples seen")
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class PlotLook:
    """Colours ("#rrggbb") of plots, by the names of `znak.corpus.eda.theme.Theme`."""

    paper: str
    ink: str
    soft: str
    grid: str
    accent: str
    second: str
    series: tuple[str, ...]
    ramp: str = "Blues"


PLOT_LOOKS: Mapping[str, PlotLook] = {
    "light": PlotLook(
        "#ffffff", "#15161a", "#666a75", "#e9eaef", "#d9480f", "#2f3ee0",
        ("#2f3ee0", "#d9480f", "#0f8a6d", "#a2348f", "#c28f00", "#5f6470"),
    ),
    "dark": PlotLook(
        "#101114", "#eceef3", "#9a9ea9", "#292b33", "#ff9d5c", "#8f99ff",
        ("#8f99ff", "#ff9d5c", "#5fd3b3", "#e59ad6", "#ecc94b", "#b3b8c4"), "Purples",
    ),
    "paper": PlotLook(
        "#ffffff", "#000000", "#444444", "#dddddd", "#000000", "#555555",
        ("#000000", "#7a7a7a", "#b0b0b0", "#444444", "#959595", "#cccccc"), "Greys",
    ),
    "warm": PlotLook(
        "#fff8ee", "#33251a", "#7c6650", "#efe0cb", "#b3261e", "#c2410c",
        ("#c2410c", "#2f6690", "#6a994e", "#8e5572", "#d9a441", "#7a6c5d"), "Oranges",
    ),
}  # fmt: skip
CONFIG: dict[str, Any] = {"displaylogo": False, "responsive": True,
                          "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d"]}  # fmt: skip
HIGHER = ("IS", "precision", "recall", "density", "coverage", "text")
LOWER = ("FID", "FD", "KID", "KD")


def lay_out(
    figure: go.Figure, look: PlotLook, *, height: int, x: str = "", y: str = "", **more: Any
) -> go.Figure:
    """Give a figure the look and titles of its axes."""
    axis = {"gridcolor": look.grid, "zeroline": False, "linecolor": look.grid, "automargin": True}
    figure.update_layout(
        height=height, paper_bgcolor=look.paper, plot_bgcolor=look.paper, template="none",
        font={"family": "Manrope, system-ui, sans-serif", "size": 12.5, "color": look.ink},
        margin={"l": 12, "r": 12, "t": 34, "b": 12}, hovermode="closest", dragmode="zoom",
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        hoverlabel={"bgcolor": look.paper, "font": {"color": look.ink}, "bordercolor": look.grid},
        xaxis={**axis, "title": {"text": x, "font": {"color": look.soft, "size": 12}}},
        yaxis={**axis, "title": {"text": y, "font": {"color": look.soft, "size": 12}}},
    )  # fmt: skip
    figure.update_layout(**more)
    return figure


def smooth(points: Points, weight: float) -> list[tuple[float, float]]:
    """Return points averaged exponentially, `weight` (0 to below 1) of what came before; unbiased."""
    found, mean, whole = [], 0.0, 0.0
    for x, y in points:
        mean = weight * mean + (1 - weight) * y
        whole = weight * whole + (1 - weight)
        found.append((x, mean / whole))
    return found


def draw_lines(
    series: Mapping[str, Points], *, look: PlotLook, x: str, weight: float = 0.0, is_log: bool = False,
    height: int = 360,
) -> go.Figure:  # fmt: skip
    """Return named series of points as lines; with `weight`, smoothed over the pale points themselves."""
    figure = go.Figure()
    for k, (name, points) in enumerate(series.items()):
        colour = look.series[k % len(look.series)]
        xs, ys = [p[0] for p in points], [p[1] for p in points]
        few = len(points) < 40
        if weight and len(points) > 2:
            figure.add_scatter(x=xs, y=ys, mode="lines", line={"color": colour, "width": 1}, opacity=0.28,
                               hoverinfo="skip", showlegend=False)  # fmt: skip
            ys = [p[1] for p in smooth(points, weight)]
        figure.add_scatter(
            x=xs, y=ys, name=name.replace("_", " "), mode="lines+markers" if few else "lines",
            line={"color": colour, "width": 2.2}, marker={"size": 5},
            hovertemplate="%{x:,.0f}<br>%{y:.4g}<extra>" + _safe(name) + "</extra>",
        )  # fmt: skip
    lay_out(figure, look, height=height, x=x, showlegend=True)
    figure.update_xaxes(rangemode="tozero", tickformat="~s")
    if is_log:
        figure.update_yaxes(type="log", dtick=1 if _decades(series) > 1 else None)
    return figure


def draw_figures(
    name: str, rows: Sequence[tuple[str, float, tuple[float, float] | None]], *, look: PlotLook,
    note: str = "",
) -> go.Figure:  # fmt: skip
    """Return one figure of several runs as bars with intervals."""
    values = [value for _, value, _ in rows]
    above = [max(i[1] - v, 0) if i else 0 for _, v, i in rows]
    below = [max(v - i[0], 0) if i else 0 for _, v, i in rows]
    colours = [look.soft, *look.series][: len(rows)]
    figure = go.Figure(
        go.Bar(
            x=values, y=[_safe(run) for run, _, _ in rows], orientation="h", width=0.62,
            marker={"color": colours, "cornerradius": 5},
            text=[f"{v:.4g}" for v in values], textposition="auto", hoverinfo="x+y",
            error_x={"type": "data", "symmetric": False, "array": above, "arrayminus": below,
                     "color": look.ink, "thickness": 1.2, "width": 4},
        )
    )  # fmt: skip
    title = f"<b>{_safe(name)}</b>" + (f"  {_safe(note)}" if note else "")
    lay_out(
        figure,
        look,
        height=70 + 40 * len(rows),
        title={"text": title, "font": {"size": 13}, "x": 0},
    )
    figure.update_xaxes(rangemode="tozero")
    figure.update_yaxes(autorange="reversed", showgrid=False)
    figure.update_layout(showlegend=False)
    return figure


def draw_histogram(
    low: Sequence[float], high: Sequence[float], counts: Sequence[float], *, look: PlotLook, x: str,
    y: str, is_log: bool = False, height: int = 320,
) -> go.Figure:  # fmt: skip
    """Return a histogram of bins that are given by their edges."""
    if is_log:
        middle = [(a * b) ** 0.5 if a > 0 else b / 2 for a, b in zip(low, high, strict=True)]
    else:
        middle = [(a + b) / 2 for a, b in zip(low, high, strict=True)]
    width = [b - a for a, b in zip(low, high, strict=True)]
    text = [f"{a:,.4g} – {b:,.4g}" for a, b in zip(low, high, strict=True)]
    figure = go.Figure(
        go.Bar(
            x=middle, y=list(counts), width=width, text=text, textposition="none",
            marker={"color": look.second, "line": {"width": 0.5, "color": look.paper}},
            hovertemplate="%{text}<br>%{y:,}<extra></extra>",
        )
    )  # fmt: skip
    lay_out(figure, look, height=height, x=x, y=y, bargap=0)
    if is_log:
        ticks = [m * 10.0**k for k in range(-2, 9) for m in (1, 2, 5)]
        text = [f"{v:,.4g}" if v < 1e5 else f"{v:.0e}".replace("e+0", "e") for v in ticks]
        figure.update_xaxes(type="log", tickvals=ticks, ticktext=text)
    figure.update_yaxes(rangemode="tozero")
    return figure


def add_box(figure: go.Figure, box: Mapping[str, float], look: PlotLook) -> go.Figure:
    """Put the box plot of a histogram's values below it; keys as `text.box_measures` names them."""
    figure.add_trace(
        go.Box(
            q1=[box["p25"]], median=[box["median"]], q3=[box["p75"]], lowerfence=[box["p1"]],
            upperfence=[box["p99"]], mean=[box["mean"]], y=[""], orientation="h", yaxis="y2",
            boxmean=True, line={"color": look.accent, "width": 1.6}, fillcolor=look.grid, name="",
        )
    )  # fmt: skip
    figure.update_layout(
        yaxis={"domain": [0.24, 1]},
        yaxis2={"domain": [0, 0.14], "showticklabels": False, "showgrid": False, "zeroline": False},
        xaxis={"anchor": "y2"}, showlegend=False,
    )  # fmt: skip
    return figure


def draw_bars(
    labels: Sequence[str], values: Sequence[float], *, look: PlotLook, title: str = "",
    colours: Sequence[str] | None = None,
) -> go.Figure:  # fmt: skip
    """Return horizontal bars, the first on top."""
    figure = go.Figure(
        go.Bar(
            x=list(values), y=[str(k) for k in range(len(labels))], orientation="h",
            marker={"color": list(colours) if colours else look.second, "cornerradius": 4,
                    "line": {"width": 1 if colours else 0, "color": look.grid}},
            text=[f"{v:,.0f}" for v in values], textposition="outside", cliponaxis=False,
            customdata=[_safe(label) for label in labels],
            hovertemplate="%{customdata}<br>%{x:,}<extra></extra>",
        )
    )  # fmt: skip
    lay_out(figure, look, height=64 + 25 * max(len(labels), 2), margin={"l": 12, "r": 56, "t": 34, "b": 12},
            title={"text": f"<b>{_safe(title)}</b>", "font": {"size": 13}, "x": 0})  # fmt: skip
    figure.update_xaxes(showticklabels=False, showgrid=False)
    figure.update_yaxes(
        autorange="reversed", showgrid=False, tickmode="array",
        tickvals=[str(k) for k in range(len(labels))], ticktext=[_safe(_cut(v)) for v in labels],
    )  # fmt: skip
    return figure


def draw_stack(
    rows: Sequence[str], parts: Mapping[str, Sequence[float]], *, look: PlotLook,
    colours: Sequence[str] | None = None,
) -> go.Figure:  # fmt: skip
    """Return rows of stacked parts, as shares of each row."""
    totals = [sum(column) or 1 for column in zip(*parts.values(), strict=True)]
    figure = go.Figure()
    for k, (name, values) in enumerate(parts.items()):
        figure.add_bar(
            x=[100 * v / t for v, t in zip(values, totals, strict=True)], y=[_safe(r) for r in rows],
            name=_safe(name), orientation="h", customdata=list(values),
            marker={"color": (colours or look.series)[k % len(colours or look.series)]},
            hovertemplate="%{customdata:,.0f} (%{x:.1f} %)<extra>" + _safe(name) + "</extra>",
        )  # fmt: skip
    lay_out(figure, look, height=90 + 42 * len(rows), barmode="stack")
    figure.update_xaxes(ticksuffix=" %", showgrid=False)
    figure.update_yaxes(autorange="reversed", showgrid=False)
    return figure


def draw_steps(
    series: Mapping[str, tuple[Sequence[float], Sequence[float]]], colours: Mapping[str, str], *,
    look: PlotLook, x: str, y: str,
) -> go.Figure:  # fmt: skip
    """Return histograms over one another as steps; a series is (left edges, counts)."""
    figure = go.Figure()
    for name, (edges, counts) in series.items():
        figure.add_scatter(x=list(edges), y=list(counts), name=_safe(name), mode="lines",
                           line={"shape": "hv", "color": colours[name], "width": 2})  # fmt: skip
    return lay_out(figure, look, height=320, x=x, y=y)


def _safe(words: object) -> str:
    """Return words that plotly reads no mark-up in."""
    text = "".join(c if c.isprintable() else " " for c in str(words))
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _cut(words: str, most: int = 28) -> str:
    words = " ".join(str(words).split())
    return words if len(words) <= most else words[: most - 1].rstrip() + "…"


def _decades(series: Mapping[str, Points]) -> float:
    import math

    values = [y for points in series.values() for _, y in points if y > 0]
    return math.log10(max(values) / min(values)) if values else 0.0
