"""Statistics of pictures, as data frames: modes, sizes, proportions, grounds, copies, extremes.

Each takes an opened `Pictures`; rows that could not be decoded are counted by `count_faults` and
left out elsewhere.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from znak.corpus.amazing.copies import near_pairs
from znak.corpus.eda.pictures import FORMS, KINDS, Pictures

EXTREMES = {
    "widest": ("ratio", False),
    "tallest": ("ratio", True),
    "largest": ("pixels", False),
    "smallest": ("pixels", True),
    "most detailed": ("detail", False),
    "most ink": ("coverage", False),
    "least ink": ("coverage", True),
    "most parts": ("parts", False),
    "darkest": ("mean", True),
    "most colourful": ("chroma", False),
}
"""Sheets of extreme samples: the measure, and whether small values come first."""
WHITE = 0.96
"""A ground is white when each channel is above this share of the brightest."""


def with_sizes(pictures: Pictures) -> pd.DataFrame:
    """Return the usable rows with `ratio` (width over height), `pixels`, `mean` intensity."""
    frame = pictures.usable.copy()
    frame["ratio"] = frame.width / frame.height
    frame["pixels"] = frame.width.astype(np.int64) * frame.height
    frame["mean"] = frame[["red", "green", "blue"]].mean(axis=1)
    return frame


def summarise(pictures: Pictures) -> dict[str, float]:
    """Return the counts that stand at the head of a report."""
    frame = with_sizes(pictures)
    square = frame.width == frame.height
    return {
        "pictures": float(len(frame)),
        "faults": float((pictures.frame.fault != "").sum()),
        "shapes": float(len(frame[["width", "height"]].drop_duplicates())),
        "square": float(square.sum()),
        "one_channel": float((frame.channels == 1).sum()),
        "grey": float((frame.kind != "colour").sum()),
        "black_and_white": float((frame.kind == "black and white").sum()),
        "flat": float(frame.flat.sum()),
        "exact": float(frame.exact.sum()),
        "near": float(((frame.group != frame.row) & ~frame.exact).sum()),
        "animated": float((frame.frames > 1).sum()),
        "alpha": float(frame.alpha.sum()),
        "mean": float(frame["mean"].mean()) if len(frame) else 0.0,
        "white_ground": float((_lightness(frame.ground) > WHITE).sum()),
    }


def count_faults(pictures: Pictures) -> pd.DataFrame:
    """Return `fault`, `pictures`, `rows` (the first five) of what could not be decoded."""
    bad = pictures.frame[pictures.frame.fault != ""]
    grouped = bad.groupby("fault").row
    frame = grouped.agg(pictures="size", rows=lambda r: ", ".join(map(str, r.head(5))))
    return frame.reset_index()


def count_modes(pictures: Pictures) -> pd.DataFrame:
    """Return `format`, `mode`, `channels`, `alpha`, `pictures`, commonest first."""
    keys = ["format", "mode", "channels", "alpha"]
    frame = pictures.usable.groupby(keys).size().rename("pictures").reset_index()
    return frame.sort_values(["pictures", *keys], ascending=[False, *[True] * 4], ignore_index=True)


def cross_kinds(pictures: Pictures, flagged: pd.Series | None = None) -> pd.DataFrame:
    """Return `kind` (measured), `channels` of the file, `flag` of the caption, `pictures`.

    `flagged` says by row number whether the caption ends in "black and white".
    """
    frame = pictures.usable[["row", "kind", "channels"]].copy()
    frame["flag"] = False if flagged is None else frame.row.map(flagged).fillna(False).astype(bool)
    found = frame.groupby(["kind", "channels", "flag"]).size().rename("pictures").reset_index()
    order = {kind: k for k, kind in enumerate(KINDS)}
    return found.sort_values(
        ["kind", "channels", "flag"], key=lambda c: c.map(order) if c.name == "kind" else c,
        ignore_index=True,
    )  # fmt: skip


def count_shapes(pictures: Pictures, *, top: int = 20) -> pd.DataFrame:
    """Return the commonest `width`, `height` with `pictures` and `share`."""
    frame = pictures.usable.groupby(["width", "height"]).size().rename("pictures").reset_index()
    frame["share"] = frame.pictures / max(len(pictures.usable), 1)
    order = ["pictures", "width", "height"]
    return frame.sort_values(order, ascending=[False, True, True], ignore_index=True).head(top)


def bin_values(values: NDArray[np.float64], edges: NDArray[np.float64]) -> pd.DataFrame:
    """Return a histogram over `edges`: `low`, `high`, `pictures`; what lies outside is in the end bins."""
    kept = np.clip(values[np.isfinite(values)], edges[0], edges[-1])
    counts, _ = np.histogram(kept, edges)
    return pd.DataFrame({"low": edges[:-1], "high": edges[1:], "pictures": counts})


def bin_measure(pictures: Pictures, measure: str, *, bins: int = 50) -> pd.DataFrame:
    """Return a histogram of a measure: width, height, pixels and ratio on logarithmic bins.

    `ratio without squares` leaves the square pictures out. `measure` may be any numeric column.
    """
    frame = with_sizes(pictures)
    if measure == "ratio without squares":
        frame, measure = frame[frame.width != frame.height], "ratio"
    values = frame[measure].to_numpy(np.float64)
    if not len(values):
        return bin_values(values, np.geomspace(0.1, 10, bins + 1))
    low, high = np.quantile(values, [0.001, 0.999])
    if measure == "parts":
        return bin_values(values, np.arange(-0.5, min(high, 60) + 1))
    if measure in ("width", "height", "pixels", "ratio"):
        low, high = max(low, 1e-3), max(high, low * 1.01)
        return bin_values(values, np.geomspace(low * 0.98, high * 1.02, bins + 1))
    if measure in ("red", "green", "blue", "mean"):
        low, high = 0, 255
    return bin_values(values, np.linspace(low, max(high, low + 1e-6), bins + 1))


def box_measures(pictures: Pictures) -> pd.DataFrame:
    """Return quantiles of sizes, intensities and forms, a row a measure."""
    names = [
        "width",
        "height",
        "pixels",
        "ratio",
        "red",
        "green",
        "blue",
        "spread",
        "chroma",
        *FORMS,
    ]
    frame = with_sizes(pictures)[names].astype(np.float64)
    points = {
        "min": 0.0,
        "p1": 0.01,
        "p25": 0.25,
        "median": 0.5,
        "p75": 0.75,
        "p99": 0.99,
        "max": 1.0,
    }
    table = pd.DataFrame({name: frame.quantile(q) for name, q in points.items()})
    table["mean"] = frame.mean()
    return table.rename_axis("measure").reset_index()


def count_grounds(pictures: Pictures, *, step: int = 32, top: int = 16) -> pd.DataFrame:
    """Return the commonest grounds: `ground` (their mean, "#rrggbb"), `pictures`, `share`.

    Grounds are put together in cells of `step` levels of red, green and blue.
    """
    frame = pictures.usable
    if not len(frame):
        return pd.DataFrame({"ground": [], "pictures": [], "share": []})
    rgb = _rgb(frame.ground)
    cells = pd.DataFrame(rgb // step, columns=list("rgb"))
    cells[["R", "G", "B"]] = rgb
    grouped = cells.groupby(list("rgb"))
    found = grouped[["R", "G", "B"]].mean().round().astype(int)
    found["pictures"] = grouped.size()
    found = found.sort_values("pictures", ascending=False, kind="stable").head(top)
    names = ["#{:02x}{:02x}{:02x}".format(*row) for row in found[["R", "G", "B"]].to_numpy()]
    return pd.DataFrame(
        {"ground": names, "pictures": found.pictures.to_numpy(),
         "share": found.pictures.to_numpy() / len(frame)}
    )  # fmt: skip


def count_colours(pictures: Pictures) -> pd.DataFrame:
    """Return `colour` (the commonest name in the ink), `pictures`, `share`, without flat pictures."""
    shown = pictures.usable[~pictures.usable.flat]
    counts = shown.colour.value_counts()
    frame = pd.DataFrame({"colour": counts.index, "pictures": counts.to_numpy()})
    frame["share"] = frame.pictures / max(len(shown), 1)
    return frame.sort_values(["pictures", "colour"], ascending=[False, True], ignore_index=True)


def find_groups(pictures: Pictures, *, top: int = 12) -> list[list[int]]:
    """Return the rows of the largest groups of copies, at most eight of each; no flat pictures."""
    frame = pictures.usable
    frame = frame[~frame.flat]  # all white ones are one group, and there is nothing to see
    sizes = frame.groupby("group").size()
    chosen = sizes[sizes > 1].sort_values(ascending=False, kind="stable").head(top).index
    return [frame.row[frame.group == first].head(8).tolist() for first in chosen]


def find_pairs(pictures: Pictures, *, top: int = 12) -> pd.DataFrame:
    """Return the near pairs that differ most: `a`, `b` (rows), `difference`: the edge of the rule."""
    frame = pictures.usable
    sizes = frame.groupby("group").row.transform("size")
    rows = frame.row[(sizes > 1) & ~frame.exact].head(4000).to_numpy(np.int64)
    ratios = (pictures.frame.width / pictures.frame.height.clip(lower=1)).to_numpy(np.float32)
    pairs, gaps = near_pairs(pictures.thumbs, ratios, rows)
    found = pd.DataFrame({"a": pairs[:, 0], "b": pairs[:, 1], "difference": gaps})
    return found.iloc[::-1].head(top).reset_index(drop=True)


def pick_random(pictures: Pictures, n: int, *, seed: int = 0) -> list[int]:
    """Return the rows of a random sheet."""
    rows = np.array(pictures.usable.row, dtype=np.int64)
    return sorted(np.random.default_rng(seed).permutation(rows)[:n].tolist())


def pick_flat(pictures: Pictures, n: int) -> list[int]:
    """Return rows of pictures of one colour."""
    frame = pictures.usable
    rows: list[int] = frame.row[frame.flat].head(n).tolist()
    return rows


def pick_extreme(pictures: Pictures, name: str, n: int) -> list[int]:
    """Return the rows of a sheet of EXTREMES, one of each group of copies, without flat pictures."""
    measure, small = EXTREMES[name]
    frame = with_sizes(pictures)
    frame = frame[~frame.flat].drop_duplicates("group")
    if name in ("widest", "tallest"):
        frame = frame[frame.ratio > 1] if name == "widest" else frame[frame.ratio < 1]
    ordered = frame.sort_values([measure, "row"], ascending=[small, True])
    rows: list[int] = ordered.row.head(n).tolist()
    return rows


def _rgb(colours: pd.Series) -> NDArray[np.int64]:
    numbers = colours.str.slice(1).map(lambda text: int(text, 16)).to_numpy(np.int64)
    return np.stack([numbers >> 16, numbers >> 8 & 255, numbers & 255], axis=1)


def _lightness(colours: pd.Series) -> NDArray[np.float64]:
    return np.asarray(_rgb(colours).min(axis=1) / 255) if len(colours) else np.empty(0)
