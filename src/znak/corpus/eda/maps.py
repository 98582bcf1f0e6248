"""Two-dimensional maps of captions and of pictures: like ones lie together (t-SNE).

Captions are compared by the project's own text encoder over tags and industry, in both languages;
pictures by their thumbnail in CIELAB and by their forms.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE

from znak.corpus.eda.pictures import FORMS, Pictures
from znak.corpus.palette import to_lab
from znak.words import load_encoder

LEAST = 12
"""Fewest points of a map."""


def choose_rows(pictures: Pictures, n: int, *, seed: int = 0) -> NDArray[np.int64]:
    """Return at most `n` random rows with a picture, one of each group of copies, in order."""
    frame = pictures.usable
    rows = np.array(frame.row[~frame.flat & (frame.row == frame.group)], dtype=np.int64)
    return np.sort(np.random.default_rng(seed).permutation(rows)[:n])


def map_captions(rows: NDArray[np.int64], heads: pd.Series, *, seed: int = 0) -> pd.DataFrame:
    """Return `row`, `x`, `y` for those of `rows` whose caption says something."""
    texts = heads.reindex(rows).fillna("")
    texts = texts[texts != ""]
    vectors = load_encoder()(texts.tolist()) if len(texts) else np.empty((0, 2), np.float32)
    return _frame(texts.index.to_numpy(np.int64), vectors, seed)


def map_pictures(rows: NDArray[np.int64], pictures: Pictures, *, seed: int = 0) -> pd.DataFrame:
    """Return `row`, `x`, `y` for `rows`."""
    thumbs = np.asarray(pictures.thumbs[rows])
    small = thumbs.reshape(-1, 8, 2, 8, 2, 3).mean(axis=(2, 4)).astype(np.uint8)
    look = to_lab(small).reshape(len(rows), -1) / 25
    forms = pictures.frame.set_index("row").loc[rows, list(FORMS)].to_numpy(np.float64)
    forms = np.log1p(forms)
    forms = (forms - forms.mean(axis=0)) / np.maximum(forms.std(axis=0), 1e-9)
    return _frame(rows, np.concatenate([look, 3 * forms], axis=1), seed)


def _frame(rows: NDArray[np.int64], vectors: NDArray[np.floating], seed: int) -> pd.DataFrame:
    if len(rows) < LEAST:
        return pd.DataFrame({"row": [], "x": [], "y": []})
    n = min(30, len(rows) - 1, vectors.shape[1])
    points = PCA(n, svd_solver="full").fit_transform(vectors.astype(np.float64))
    tsne = TSNE(
        2, perplexity=min(30.0, (len(rows) - 1) / 3), init="pca", random_state=seed, n_jobs=1,
        max_iter=600,
    )  # fmt: skip
    places = tsne.fit_transform(points)
    return pd.DataFrame({"row": rows, "x": places[:, 0], "y": places[:, 1]})
