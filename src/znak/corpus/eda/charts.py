"""Statistics → matplotlib figures under a theme. Takes frames, knows nothing of files.

Each function returns a new Figure; titles and labels are given by the caller in its language.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from znak.corpus.eda.palettes import Palette
from znak.corpus.eda.theme import LIGHT, Theme, drawn

Number = Callable[[float], str]


def plain_number(value: float) -> str:
    """Return a number as it is written on an axis."""
    return f"{value:,.0f}" if abs(value) >= 10 or value == int(value) else f"{value:g}"


def draw_lengths(
    bins: pd.DataFrame,
    box: Mapping[str, float],
    *,
    label: str,
    count: str,
    theme: Theme = LIGHT,
    number: Number = plain_number,
) -> Figure:
    """Draw a histogram (`low`, `high`, and a column of counts) over the box plot of the same values.

    Whiskers reach from the first to the last hundredth; the dot is the mean.
    """
    with drawn(theme):
        figure = Figure(figsize=(5.8, 3.2))
        top, low = figure.subplots(2, 1, sharex=True, height_ratios=[5, 1])
        _steps(top, bins, theme.second)
        top.set_ylabel(count)
        top.yaxis.set_major_formatter(_tick(number))
        low.bxp(
            [{"whislo": box["p1"], "q1": box["p25"], "med": box["median"], "q3": box["p75"],
              "whishi": box["p99"], "mean": box["mean"], "fliers": []}],
            orientation="horizontal", showfliers=False, showmeans=True, widths=0.6,
            patch_artist=True, boxprops={"facecolor": theme.grid, "edgecolor": theme.soft},
            medianprops={"color": theme.accent, "linewidth": 2},
            whiskerprops={"color": theme.soft}, capprops={"color": theme.soft},
            meanprops={"marker": "o", "markersize": 4, "markerfacecolor": theme.accent,
                       "markeredgecolor": "none"},
        )  # fmt: skip
        low.set_yticks([])
        low.grid(False)
        low.set_xlabel(label)
        low.xaxis.set_major_formatter(_tick(number))
        low.xaxis.set_major_locator(MaxNLocator(10, integer=True))
    return figure


def draw_bars(
    panels: Sequence[tuple[str, Sequence[str], Sequence[float]]],
    *,
    theme: Theme = LIGHT,
    number: Number = plain_number,
    columns: int = 3,
    colours: Sequence[str] | None = None,
) -> Figure:
    """Draw panels (title, labels, values) of horizontal bars, largest on top, values at their ends."""
    panels = [p for p in panels if len(p[1])] or [("", [""], [0.0])]
    columns = min(columns, len(panels))
    lines = -(-len(panels) // columns)
    tall = max(3, *(len(labels) for _, labels, _ in panels))
    with drawn(theme):
        figure = Figure(
            figsize=(3.7 * columns if columns > 1 else 5.8, lines * (0.27 * tall + 0.75))
        )
        grid = np.atleast_1d(figure.subplots(lines, columns, squeeze=False)).ravel()
        for axes in grid[len(panels) :]:
            axes.axis("off")
        for k, (axes, (title, labels, values)) in enumerate(zip(grid, panels, strict=False)):
            fill = colours if colours is not None else theme.series[k % 2 and 1]
            places = np.arange(len(labels))
            axes.barh(places, values, color=fill, height=0.72, linewidth=0.6,
                      edgecolor=theme.grid if colours is not None else "none")  # fmt: skip
            axes.set_yticks(places, [_cut(label) for label in labels], color=theme.ink)
            axes.set_ylim(tall - 0.4, -0.6)
            axes.set_xlim(0, (max(values) or 1) * 1.22)
            axes.set_xticks([])
            axes.grid(False)
            axes.spines["bottom"].set_visible(False)
            axes.set_title(title)
            for place, value in zip(places, values, strict=True):
                axes.annotate(number(value), (value, place), (4, 0), textcoords="offset points",
                              va="center", fontsize=9, color=theme.soft)  # fmt: skip
    return figure


def draw_histograms(
    panels: Sequence[tuple[str, pd.DataFrame]],
    *,
    theme: Theme = LIGHT,
    number: Number = plain_number,
    logarithmic: bool = False,
    columns: int = 3,
) -> Figure:
    """Draw panels (title, bins) of histograms; bins are `low`, `high` and a column of counts."""
    columns = min(columns, len(panels))
    lines = -(-len(panels) // columns)
    with drawn(theme):
        figure = Figure(figsize=(11.1 if columns > 1 else 5.8, 2.5 * lines))
        grid = np.atleast_1d(figure.subplots(lines, columns, squeeze=False)).ravel()
        for axes in grid[len(panels) :]:
            axes.axis("off")
        for axes, (title, bins) in zip(grid, panels, strict=False):
            _steps(axes, bins, theme.second)
            axes.set_title(title)
            axes.yaxis.set_major_formatter(_tick(number))
            axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
            if logarithmic:
                _log_axis(axes, float(bins.low.iloc[0]), float(bins.high.iloc[-1]), number)
            else:
                axes.xaxis.set_major_formatter(_tick(number))
                axes.xaxis.set_major_locator(MaxNLocator(5))
    return figure


def draw_channels(
    bins: Mapping[str, pd.DataFrame], *, label: str, count: str, names: Mapping[str, str],
    theme: Theme = LIGHT, number: Number = plain_number,
) -> Figure:  # fmt: skip
    """Draw the histograms of `red`, `green` and `blue` over one another."""
    colours = {"red": "#cf3a3a", "green": "#3d9a50", "blue": "#3566c4"}
    with drawn(theme):
        figure = Figure(figsize=(11.6, 3.2))
        axes = figure.subplots()
        for name, frame in bins.items():
            edges = np.append(frame.low, frame.high.iloc[-1])
            axes.stairs(
                frame.iloc[:, 2], edges, color=colours[name], linewidth=1.8, label=names[name]
            )
        axes.set_xlabel(label)
        axes.set_ylabel(count)
        axes.yaxis.set_major_formatter(_tick(number))
        axes.legend(loc="upper left")
    return figure


def draw_stacks(
    rows: Sequence[str], parts: Mapping[str, Sequence[float]], *, colours: Sequence[str],
    theme: Theme = LIGHT, number: Number = plain_number,
) -> Figure:  # fmt: skip
    """Draw a stacked horizontal bar a row; `parts` are named series of values by row.

    A value stands on its part where it fits; those of a single row stand in the legend.
    """
    with drawn(theme):
        figure = Figure(figsize=(5.8, 0.55 * len(rows) + 1.0))
        axes = figure.subplots()
        left = np.zeros(len(rows))
        total = max(float(np.array(list(parts.values()), dtype=float).sum(axis=0).max()), 1e-9)
        inches = 5.5 - 0.07 * max(map(len, rows))  # what the rows' names leave
        alone = len(rows) == 1
        for (name, values), colour in zip(parts.items(), colours, strict=False):
            label = f"{name} · {number(values[0])}" if alone else name
            axes.barh(rows, values, left=left, color=colour, height=0.62, label=label)
            for y, (start, value) in enumerate(zip(left, values, strict=True)):
                if not alone and value / total * inches > 0.08 * len(number(value)):
                    axes.annotate(number(value), (start + value / 2, y), ha="center", va="center",
                                  fontsize=9.5, color=_readable(colour))  # fmt: skip
            left += np.array(values, dtype=float)
        axes.set_xlim(0, total)
        axes.invert_yaxis()
        axes.set_xticks([])
        axes.grid(False)
        axes.spines["bottom"].set_visible(False)
        axes.tick_params(axis="y", labelcolor=theme.ink)
        figure.legend(loc="outside lower left", ncols=2 if alone else 3, handlelength=1)
    return figure


def draw_ranks(
    sizes: pd.DataFrame, *, label: str, count: str, theme: Theme = LIGHT,
    number: Number = plain_number,
) -> Figure:  # fmt: skip
    """Draw how many values (`values`) have so many logos (`logos`), both axes logarithmic."""
    with drawn(theme):
        figure = Figure(figsize=(5.8, 3.0))
        axes = figure.subplots()
        axes.scatter(sizes.logos, sizes["values"], s=16, color=theme.second, linewidths=0)
        _log_axis(axes, 0.8, float(sizes.logos.max()) * 1.3, number)
        _log_axis(axes, 0.7, float(sizes["values"].max()) * 1.8, number, upright=True)
        axes.set_xlabel(label)
        axes.set_ylabel(count)
    return figure


def draw_heat(
    frame: pd.DataFrame, *, value: str, label: str, theme: Theme = LIGHT,
    number: Number = plain_number,
) -> Figure:  # fmt: skip
    """Draw values of pairs (`a`, `b`, `logos`, and a column `value`) as a heat map; blank where none."""
    wide = frame.pivot(index="a", columns="b", values=value)
    rows = frame.groupby("a").logos.sum().sort_values(ascending=False, kind="stable").index
    wide = wide.reindex(rows)
    if set(wide.columns) == set(rows):  # a kind with itself: both ways in one order
        wide = wide[rows]
    else:
        peaks = wide.to_numpy(dtype=float, na_value=np.nan)
        order = np.argsort(np.nanargmax(np.nan_to_num(peaks, nan=-1), axis=0), kind="stable")
        wide = wide.iloc[:, order]
    values = wide.to_numpy(dtype=float, na_value=np.nan)
    with drawn(theme):
        figure = Figure(figsize=(0.34 * wide.shape[1] + 2.6, 0.3 * wide.shape[0] + 1.7))
        axes = figure.subplots()
        low, high = np.nanmin(values), np.nanmax(values)
        norm = (
            LogNorm(max(low, 1e-2), max(high, low * 1.01))
            if value == "lift"
            else Normalize(0, high)
        )
        mesh = axes.pcolormesh(np.ma.masked_invalid(values), norm=norm, cmap=theme.ramp,
                               edgecolors=theme.paper, linewidth=1.2)  # fmt: skip
        axes.set_xticks(np.arange(wide.shape[1]) + 0.5, [_cut(c, 16) for c in wide.columns],
                        rotation=55, ha="right", rotation_mode="anchor", color=theme.ink)  # fmt: skip
        axes.set_yticks(
            np.arange(wide.shape[0]) + 0.5, [_cut(c) for c in wide.index], color=theme.ink
        )
        axes.invert_yaxis()
        axes.grid(False)
        axes.spines["bottom"].set_visible(False)
        bar = figure.colorbar(mesh, ax=axes, shrink=0.8, pad=0.015)
        bar.outline.set_visible(False)
        bar.ax.yaxis.set_major_formatter(_tick(number))
        bar.ax.yaxis.set_minor_formatter(NullFormatter())
        bar.set_label(label)
    return figure


def draw_palettes(
    palettes: Sequence[Palette], *, theme: Theme = LIGHT, number: Number = plain_number
) -> Figure:
    """Draw palettes as strips whose parts are as wide as their shares, with the codes on them."""
    with drawn(theme):
        figure = Figure(figsize=(9.6, 0.46 * max(len(palettes), 1) + 0.3))
        axes = figure.subplots()
        for row, palette in enumerate(palettes):
            left = 0.0
            for colour, share in zip(palette.colours, palette.shares, strict=True):
                axes.add_patch(Rectangle((left, row + 0.08), share, 0.84, facecolor=colour,
                                         edgecolor=theme.paper, linewidth=1.5))  # fmt: skip
                if share > 0.075:
                    axes.text(left + share / 2, row + 0.5, colour, ha="center", va="center",
                              fontsize=8, color=_readable(colour))  # fmt: skip
                left += share
        axes.set_xlim(0, 1)
        axes.set_ylim(max(len(palettes), 1), 0)
        axes.set_yticks(np.arange(len(palettes)) + 0.5,
                        [f"{_cut(p.name)} · {number(p.pictures)}" for p in palettes],
                        color=theme.ink)  # fmt: skip
        axes.set_xticks([])
        axes.grid(False)
        axes.spines["bottom"].set_visible(False)
    return figure


def draw_scores(
    labels: Sequence[str], scores: Sequence[float], plain: Sequence[float], *, names: tuple[str, str],
    theme: Theme = LIGHT, point: str = ".",
) -> Figure:  # fmt: skip
    """Draw held-out scores beside those reached without the words."""
    with drawn(theme):
        figure = Figure(figsize=(5.8, 0.46 * len(labels) + 0.9))
        axes = figure.subplots()
        places = np.arange(len(labels))
        series = ((scores, -0.19, theme.accent, names[0]), (plain, 0.19, theme.soft, names[1]))
        for values, shift, colour, name in series:
            shown = np.clip(values, 0, 1)
            axes.barh(places + shift, shown, height=0.36, color=colour, label=name)
            for place, at, value in zip(places + shift, shown, values, strict=True):
                axes.annotate(_score(value, point), (at, place), (4, 0),
                              textcoords="offset points", va="center", fontsize=9,
                              color=theme.soft)  # fmt: skip
        axes.set_yticks(places, labels, color=theme.ink)
        axes.set_ylim(len(labels) - 0.4, -0.6)
        axes.set_xlim(0, 1.04)
        axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}".replace(".", point)))
        axes.grid(axis="y")
        figure.legend(loc="outside lower left", ncols=2, handlelength=1)
    return figure


def draw_picture(picture: np.ndarray, *, theme: Theme = LIGHT) -> Figure:
    """Draw a picture (h, w, 3) as a figure without axes."""
    with drawn(theme):
        figure = Figure(figsize=(picture.shape[1] / 160, picture.shape[0] / 160))
        axes = figure.subplots()
        axes.imshow(picture, interpolation="antialiased")
        axes.axis("off")
    return figure


def _steps(axes: Axes, bins: pd.DataFrame, colour: str) -> None:
    edges = np.append(bins.low, bins.high.iloc[-1])
    axes.stairs(bins.iloc[:, 2], edges, fill=True, color=colour, alpha=0.85)
    axes.set_xlim(edges[0], edges[-1])
    axes.grid(axis="x", visible=False)


def _log_axis(
    axes: Axes, low: float, high: float, number: Number, *, upright: bool = False
) -> None:
    axis = axes.yaxis if upright else axes.xaxis
    (axes.set_yscale if upright else axes.set_xscale)("log")
    (axes.set_ylim if upright else axes.set_xlim)(low, high)
    axis.set_major_locator(LogLocator(subs=(1, 2, 5) if high / low < 60 else (1,)))
    axis.set_major_formatter(_tick(number))
    axis.set_minor_formatter(NullFormatter())


def _tick(number: Number) -> FuncFormatter:
    return FuncFormatter(lambda value, _: number(value))


def _score(value: float, point: str) -> str:
    return f"{round(value, 2) + 0.0:.2f}".replace("-", "−").replace(".", point)


def _cut(text: object, most: int = 24) -> str:
    words = " ".join(str(text).split())
    return words if len(words) <= most else words[: most - 1].rstrip() + "…"


def _readable(colour: str) -> str:
    red, green, blue = (int(colour[k : k + 2], 16) for k in (1, 3, 5))
    return "#1c1d22" if 0.3 * red + 0.59 * green + 0.11 * blue > 140 else "#ffffff"
