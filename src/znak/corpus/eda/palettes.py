"""Dominant colours of groups of pictures: k-means in CIELAB over pixels of their ink."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning

from znak.corpus.eda.pictures import Pictures
from znak.corpus.palette import to_lab

MAX_PIXELS = 12_000


@dataclass(frozen=True)
class Palette:
    """The colours of a group ("#rrggbb", commonest first), their shares, and of how many pictures."""

    name: str
    pictures: int
    colours: tuple[str, ...]
    shares: tuple[float, ...]


def palette_of(name: str, inks: NDArray[np.uint8], *, k: int = 6, seed: int = 0) -> Palette:
    """Return the k-means palette of pixels (pictures, n, 3).

    Each centre is shown as the pixel nearest to it, a colour that is really there.
    """
    pixels = np.asarray(inks).reshape(-1, 3)
    rng = np.random.default_rng(seed)
    if len(pixels) > MAX_PIXELS:
        pixels = pixels[rng.choice(len(pixels), MAX_PIXELS, replace=False)]
    lab = to_lab(pixels).astype(np.float64)
    k = min(k, len(np.unique(pixels, axis=0)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        fit = KMeans(k, n_init=2, max_iter=60, random_state=seed).fit(lab)
    gap = np.linalg.norm(lab - fit.cluster_centers_[fit.labels_], axis=1)
    found = []
    for label in range(k):
        inside = np.flatnonzero(fit.labels_ == label)
        pixel = pixels[inside[gap[inside].argmin()]]
        found.append((len(inside) / len(pixels), "#{:02x}{:02x}{:02x}".format(*pixel.tolist())))
    found.sort(key=lambda pair: (-pair[0], pair[1]))
    return Palette(name, len(inks), tuple(c for _, c in found), tuple(s for s, _ in found))


def palettes_by(
    pictures: Pictures, groups: pd.Series, *, top: int = 12, least: int = 8, k: int = 6
) -> list[Palette]:
    """Return a palette for each of the largest groups; `groups` is a name by row number.

    Pictures of one colour, and grey ones by measure, are left out: they say nothing of colour.
    """
    frame = pictures.usable
    frame = frame[~frame.flat & (frame.kind == "colour")]
    names = frame.row.map(groups)
    sizes = names.value_counts().rename_axis("name").reset_index(name="n")
    sizes = sizes[sizes.n >= least].sort_values(["n", "name"], ascending=[False, True])
    return [
        palette_of(str(name), pictures.inks[frame.row[names == name].to_numpy()], k=k)
        for name in sizes.name.head(top)
    ]


def colour_cloud(pictures: Pictures, *, n: int = 3000, seed: int = 0) -> pd.DataFrame:
    """Return pixels of ink of random pictures: `L`, `a`, `b`, `hex`, `row`."""
    rows = np.array(pictures.usable.row[~pictures.usable.flat], dtype=np.int64)
    rows = np.sort(np.random.default_rng(seed).permutation(rows)[:n])
    pixels = np.asarray(pictures.inks[rows, 0])
    lab = to_lab(pixels)
    names = ["#{:02x}{:02x}{:02x}".format(*p) for p in pixels.tolist()]
    return pd.DataFrame({"L": lab[:, 0], "a": lab[:, 1], "b": lab[:, 2], "hex": names, "row": rows})
