"""Which words go with which colours and forms: classical models with held-out scores.

TF-IDF over words and pairs of words of tags and industry (names left out: they are made up, and
would be learnt by heart). A logistic regression tells the main colour and whether the picture is
grey; a ridge regression tells each form. A fifth of the pictures is held out, with all copies of a
picture on one side. Each score stands beside what is reached without looking at the words.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import balanced_accuracy_score, f1_score, r2_score
from sklearn.model_selection import GroupShuffleSplit

from znak.corpus.eda.pictures import FORMS, Pictures

MAX_ROWS = 40_000
LEAST = 60
"""Fewest pictures with words for which models are fitted."""
LEAST_OF_CLASS = 12
_TOP = 8


@dataclass(frozen=True)
class Relations:
    """What was learnt: `scores` and `words` (see `relate`), and from how many pictures."""

    pictures: int
    held_out: int
    scores: pd.DataFrame
    words: pd.DataFrame


def relate(pictures: Pictures, heads: pd.Series, *, seed: int = 0) -> Relations | None:
    """Return what the words `heads` (by row number) say of the pictures; None with too few.

    `scores`: `target`, `model`, `measure`, `score`, `without words`. `words`: `target`, `value`
    (the colour, or more or less of a form), `word`, `weight`.
    """
    frame = pictures.usable
    frame = frame[~frame.flat]
    heads = frame.row.map(heads).fillna("")
    frame, heads = frame[heads != ""], heads[heads != ""]
    if len(frame) > MAX_ROWS:
        chosen = np.sort(np.random.default_rng(seed).permutation(len(frame))[:MAX_ROWS])
        frame, heads = frame.iloc[chosen], heads.iloc[chosen]
    if len(frame) < LEAST or frame.group.nunique() < LEAST // 2:
        return None
    split = GroupShuffleSplit(1, test_size=0.2, random_state=seed)
    train, test = next(split.split(frame, groups=frame.group))
    texts = heads.tolist()
    vectorizer = TfidfVectorizer(
        ngram_range=(1, 2), min_df=3 if len(frame) > 500 else 2, max_features=20_000,
        sublinear_tf=True, token_pattern=r"[^\W_]{2,}",
    )  # fmt: skip
    try:
        seen = vectorizer.fit_transform([texts[i] for i in train])
    except ValueError:  # no word occurs often enough
        return None
    data = _Data(
        seen, vectorizer.transform([texts[i] for i in test]), vectorizer.get_feature_names_out()
    )
    scores, words = [], []
    for target, labels in (("colour", frame.colour), ("grey", frame.kind.ne("colour"))):
        one, found = _classify(target, labels.astype(str).to_numpy(), train, test, data)
        scores += one
        words += found
    for form in FORMS:
        values = frame[form].to_numpy(np.float64)
        one, found = _regress(form, np.log1p(values), train, test, data)
        scores += one
        words += found
    return Relations(len(frame), len(test), pd.DataFrame(scores), pd.DataFrame(words))


@dataclass(frozen=True, eq=False)
class _Data:
    train: csr_matrix
    test: csr_matrix
    words: NDArray[np.object_]


_Row = dict[str, object]
_Rows = list[_Row]


def _classify(
    target: str,
    labels: NDArray[np.str_],
    train: NDArray[np.int64],
    test: NDArray[np.int64],
    data: _Data,
) -> tuple[_Rows, _Rows]:
    names, counts = np.unique(labels[train], return_counts=True)
    kept = names[counts >= LEAST_OF_CLASS]
    mask, mask_test = np.isin(labels[train], kept), np.isin(labels[test], kept)
    if len(kept) < 2 or len(np.unique(labels[test][mask_test])) < 2:
        return [], []
    model = LogisticRegression(C=4.0, max_iter=200, class_weight="balanced")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(data.train[mask], labels[train][mask])
    truth, said = labels[test][mask_test], model.predict(data.test[mask_test])
    common = kept[counts[counts >= LEAST_OF_CLASS].argmax()]
    plain = np.full(len(truth), common)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a class may be absent from the held-out
        with_words, without = _measure(truth, said), _measure(truth, plain)
    scores = [
        _score(target, "logistic regression", name, score, without[name])
        for name, score in with_words.items()
    ]
    weights = model.coef_ if len(kept) > 2 else np.concatenate([-model.coef_, model.coef_])
    words: _Rows = []
    for label, row in zip(model.classes_, weights, strict=True):
        words += _best(target, str(label), row, data.words)
    return scores, words


def _measure(truth: NDArray[np.str_], said: NDArray[np.str_]) -> dict[str, float]:
    return {
        "accuracy": float(np.mean(truth == said)),
        "balanced accuracy": float(balanced_accuracy_score(truth, said)),
        "macro F1": float(f1_score(truth, said, average="macro", zero_division=0)),
    }


def _regress(
    form: str,
    values: NDArray[np.float64],
    train: NDArray[np.int64],
    test: NDArray[np.int64],
    data: _Data,
) -> tuple[_Rows, _Rows]:
    spread = values[train].std()
    if spread < 1e-9:
        return [], []
    model = Ridge(alpha=4.0, solver="sparse_cg", tol=1e-4, random_state=0)
    model.fit(data.train, (values[train] - values[train].mean()) / spread)
    truth = (values[test] - values[train].mean()) / spread
    said = model.predict(data.test)
    score = _score(
        form, "ridge", "R²", float(r2_score(truth, said)), float(r2_score(truth, 0 * truth))
    )
    more = _best(form, "more", model.coef_, data.words)
    less = _best(form, "less", -model.coef_, data.words)
    return [score], more + less


def _score(target: str, model: str, measure: str, score: float, plain: float) -> _Row:
    return {
        "target": target,
        "model": model,
        "measure": measure,
        "score": score,
        "without words": plain,
    }


def _best(
    target: str, value: str, weights: NDArray[np.float64], words: NDArray[np.object_]
) -> _Rows:
    order: Sequence[int] = np.argsort(-weights, kind="stable")[:_TOP].tolist()
    return [
        {"target": target, "value": value, "word": words[i], "weight": float(weights[i])}
        for i in order
        if weights[i] > 0
    ]
