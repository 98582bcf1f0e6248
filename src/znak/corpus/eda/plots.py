"""Statistics → plotly figures, for where one looks closely and turns; hover shows the logo.

A figure here is a plain dictionary of plotly's JSON. `customdata[0]` of a point is the number of
its picture in the page's sprites.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from znak.corpus.eda.charts import Number, plain_number
from znak.corpus.eda.pictures import COLOURS
from znak.corpus.eda.theme import LIGHT, Theme

_OTHER = "#c9ccd3"
_SERIES = ("#2f6690", "#c2410c", "#6a994e", "#8e5572", "#d9a441", "#3a7d7c", "#b23a6f", "#7a6c5d",
           "#5b5ea6", "#a3b18a")  # fmt: skip


def plot_map(
    places: pd.DataFrame, groups: Sequence[str], colours: Mapping[str, str], sprites: Mapping[int, int],
    captions: Mapping[int, str], *, theme: Theme = LIGHT,
) -> dict[str, Any]:  # fmt: skip
    """Return a scatter of `places` (`row`, `x`, `y`), a series for each group in order of `colours`."""
    figure = go.Figure()
    names = np.array(groups, dtype=object)
    for name, colour in colours.items():
        inside = places[names == name]
        if inside.empty:
            continue
        data = [
            [sprites.get(int(r), -1), f"{int(r)}: {captions.get(int(r), '')}"] for r in inside.row
        ]
        figure.add_trace(
            go.Scattergl(
                x=inside.x.round(2).tolist(), y=inside.y.round(2).tolist(), mode="markers", name=name,
                customdata=data, hoverinfo="none",
                marker={"size": 7, "color": colour, "opacity": 0.85,
                        "line": {"width": 0.5, "color": theme.soft}},
            )
        )  # fmt: skip
    figure.update_layout(
        height=620, margin={"l": 8, "r": 8, "t": 8, "b": 8}, dragmode="pan",
        xaxis={"visible": False}, yaxis={"visible": False},
        legend={"itemsizing": "constant"}, **_base(theme),
    )  # fmt: skip
    return _json(figure)


def series_of(names: Sequence[str], other: str) -> dict[str, str]:
    """Return a colour for each of the first names, and a quiet one for `other`."""
    found = dict(zip(names, _SERIES, strict=False))
    return {**found, other: _OTHER}


def colour_series(labels: Mapping[str, str]) -> dict[str, str]:
    """Return for each named colour, by its label, the colour itself."""
    return {labels[name]: "#{:02x}{:02x}{:02x}".format(*rgb) for name, rgb in COLOURS.items()}


def plot_cloud(cloud: pd.DataFrame, *, theme: Theme = LIGHT) -> dict[str, Any]:
    """Return the colours of `cloud` (`L`, `a`, `b`, `hex`) in CIELAB, to be turned."""
    figure = go.Figure(
        go.Scatter3d(
            x=cloud.a.round(1).tolist(), y=cloud.b.round(1).tolist(), z=cloud.L.round(1).tolist(),
            mode="markers", text=cloud.hex.tolist(), hovertemplate="%{text}<extra></extra>",
            marker={"size": 3, "color": cloud.hex.tolist()},
        )
    )  # fmt: skip
    axis = {"backgroundcolor": theme.paper, "gridcolor": theme.grid, "color": theme.soft}
    figure.update_layout(
        height=520, margin={"l": 0, "r": 0, "t": 0, "b": 0}, **_base(theme),
        scene={"xaxis": {"title": {"text": "a*"}, **axis}, "yaxis": {"title": {"text": "b*"}, **axis},
               "zaxis": {"title": {"text": "L*"}, **axis}, "camera": {"eye": {"x": 0.95, "y": 0.95, "z": 0.45}, "center": {"x": 0, "y": 0, "z": -0.12}}},
    )  # fmt: skip
    return _json(figure)


def plot_sizes(
    shapes: pd.DataFrame, *, width: str, height: str, count: str, theme: Theme = LIGHT,
    number: Number = plain_number,
) -> dict[str, Any]:  # fmt: skip
    """Return `width`, `height`, `pictures` as bubbles on logarithmic axes, with the square's line."""
    low = float(min(shapes.width.min(), shapes.height.min()))
    high = float(max(shapes.width.max(), shapes.height.max()))
    share = np.sqrt(shapes.pictures / shapes.pictures.max())
    figure = go.Figure(
        [
            go.Scatter(x=[low, high], y=[low, high], mode="lines", hoverinfo="skip",
                       line={"color": theme.grid, "width": 2}),
            go.Scatter(
                x=shapes.width.tolist(), y=shapes.height.tolist(), mode="markers",
                text=[number(n) for n in shapes.pictures],
                hovertemplate=f"%{{x}} × %{{y}}<br>{count}: %{{text}}<extra></extra>",
                marker={"size": (5 + 40 * share).round(1).tolist(), "color": theme.second, "opacity": 0.55,
                        "line": {"width": 0}},
            ),
        ]
    )  # fmt: skip
    ticks = [m * 10**k for k in range(6) for m in (1, 2, 5)]
    axis = {"type": "log", "gridcolor": theme.grid, "zeroline": False, "tickvals": ticks,
            "ticktext": [number(tick) for tick in ticks]}  # fmt: skip
    figure.update_layout(
        height=480, margin={"l": 60, "r": 16, "t": 8, "b": 50}, showlegend=False,
        xaxis={"title": {"text": width}, **axis}, yaxis={"title": {"text": height}, **axis},
        **_base(theme),
    )  # fmt: skip
    return _json(figure)


def plot_heat(
    frame: pd.DataFrame, *, label: str, logos: str, theme: Theme = LIGHT,
    number: Number = plain_number,
) -> dict[str, Any]:  # fmt: skip
    """Return pairs (`a`, `b`, `logos`, `lift`) as a heat map of log lift; hover tells the counts."""
    lift = frame.pivot(index="a", columns="b", values="lift")
    count = frame.pivot(index="a", columns="b", values="logos")
    rows = frame.groupby("a").logos.sum().sort_values(ascending=True, kind="stable").index
    columns = lift.reindex(rows[::-1]).fillna(0).to_numpy(dtype=float).argmax(axis=0)
    order = lift.columns[np.argsort(columns, kind="stable")]
    lift, count = lift.reindex(index=rows, columns=order), count.reindex(index=rows, columns=order)
    text = [
        [
            None if np.isnan(n) else f"{number(n)} {logos}, ×{number(float(f'{x:.2g}'))}"
            for n, x in zip(ns, xs, strict=True)
        ]
        for ns, xs in zip(count.to_numpy(dtype=float), lift.to_numpy(dtype=float), strict=True)
    ]
    values = np.log2(lift.to_numpy(dtype=float))
    figure = go.Figure(
        go.Heatmap(
            z=[[None if np.isnan(v) else round(float(v), 2) for v in line] for line in values],
            x=list(lift.columns), y=list(lift.index), text=text, xgap=1, ygap=1,
            hovertemplate="%{y} + %{x}<br>%{text}<extra></extra>", colorscale="RdBu", reversescale=True,
            zmid=0, colorbar={"title": {"text": label, "side": "right"}, "thickness": 12, "outlinewidth": 0},
        )
    )  # fmt: skip
    figure.update_layout(
        height=130 + 22 * len(rows), margin={"l": 10, "r": 10, "t": 8, "b": 10},
        xaxis={"tickangle": -50, "automargin": True, "showgrid": False},
        yaxis={"automargin": True, "showgrid": False}, **_base(theme),
    )  # fmt: skip
    return _json(figure)


def _base(theme: Theme) -> dict[str, Any]:
    return {
        "paper_bgcolor": theme.paper,
        "plot_bgcolor": theme.paper,
        "font": {"family": "Manrope, system-ui, sans-serif", "size": 12.5, "color": theme.ink},
        "template": "none",
    }


def _json(figure: go.Figure) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(figure.to_json())
    return found
