"""Learn which colours go with which words: `data/palettes.json` of the brand package.

    python -m znak.corpus.palettes CORPUS --out src/znak/brand/data/palettes.json

A naive Bayes model over colour bins: the chief tinted colour of each coloured drawing, binned in
OKLCH, given the words of its caption. Only coloured drawings teach it; brand logos' colours are
held out as a second test. It is measured on drawings of the corpus's own valid and test splits (or
a tenth of the captions where those are few) against always saying the commonest colour.
"""

from __future__ import annotations

import argparse
import json
import zlib
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pyarrow.dataset as ds

from znak.corpus.store import read_drawings

# name, and the colour shown for the bin
BINS: tuple[tuple[str, str], ...] = (
    ("dark", "#26262b"), ("gray", "#6b7280"), ("red", "#d42a2f"), ("orange", "#e8731a"),
    ("amber", "#f2a60d"), ("yellow", "#f5c518"), ("brown", "#8a5428"), ("olive", "#7a8b1f"),
    ("green", "#2f9e44"), ("teal", "#0f8f83"), ("sky", "#2aa3d8"), ("blue", "#1f62c9"),
    ("navy", "#1e3a70"), ("purple", "#7a3fc0"), ("pink", "#e0559a"), ("burgundy", "#8c1d3f"),
)  # fmt: skip
_ALPHA = 4.0
_MIN_COUNT = 4
_GRAY = 0.035


def chief_bin(colours: list[str], centres: np.ndarray) -> int | None:
    """Return the bin of the first colour with a tint, else of the first one; None without any."""
    labs = [_oklab(code) for code in colours]
    for lab in labs:
        if np.hypot(lab[1], lab[2]) > _GRAY and 0.15 < lab[0] < 0.97:
            gap = ((centres[2:] - lab) ** 2 * np.array([0.35, 1, 1])).sum(axis=1)
            return 2 + int(gap.argmin())
    if not labs:
        return None
    return 0 if labs[0][0] < 0.45 else 1 if labs[0][0] < 0.9 else None


def _oklab(code: str) -> np.ndarray:
    c = np.array([int(code[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    light = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    lms = np.array(
        [[0.41222147, 0.53633254, 0.05144599], [0.21190350, 0.68069955, 0.10739696],
         [0.08830246, 0.28171884, 0.62997870]]
    )  # fmt: skip
    lab = np.array(
        [[0.21045426, 0.79361779, -0.00407205], [1.97799850, -2.42859221, 0.45059371],
         [0.02590404, 0.78277177, -0.80867577]]
    )  # fmt: skip
    return np.asarray(lab @ np.cbrt(lms @ light))


Row = tuple[list[str], int]


def rows(corpus: Path) -> tuple[list[Row], list[Row], list[Row]]:
    """Return (words, bin) of taught, held-out and brand drawings."""
    centres = np.stack([_oklab(code) for _, code in BINS])
    taught: list[Row] = []
    held: list[Row] = []
    for batch in read_drawings(corpus, columns=["caption", "colours"]):
        for caption, colours in zip(
            batch["caption"].to_pylist(), batch["colours"].to_pylist(), strict=True
        ):
            found = chief_bin(colours, centres) if colours else None
            if found is not None and caption:
                # whole captions are held out: the same thing in two sets would leak
                aside = zlib.crc32(caption.encode()) % 10 == 0
                (held if aside else taught).append((caption.split(), found))
    table = ds.dataset(corpus / "brands", format="parquet").to_table(["caption", "colours"])
    brands: list[Row] = []
    for caption, colours in zip(
        table["caption"].to_pylist(), table["colours"].to_pylist(), strict=True
    ):
        found = chief_bin(colours, centres) if colours else None
        if found is not None and caption:
            brands.append((caption.split(), found))
    return taught, held, brands


def learn(taught: list[Row]) -> dict[str, list[float]]:
    """Return word → log ratio of each bin's share among its drawings to the bin's share at large."""
    prior = shares(taught)
    counts: dict[str, Counter[int]] = defaultdict(Counter)
    for words, found in taught:
        for word in set(words):
            counts[word][found] += 1
    model = {}
    for word in sorted(counts):
        total = sum(counts[word].values())
        if total >= _MIN_COUNT and len(word) > 2:
            smooth = [
                (counts[word][k] + _ALPHA * prior[k]) / (total + _ALPHA) for k in range(len(BINS))
            ]
            model[word] = [
                round(float(np.log(s / p)), 2) for s, p in zip(smooth, prior, strict=True)
            ]
    return model


def shares(taught: list[Row]) -> list[float]:
    """Return the share of each bin, smoothed."""
    counts = Counter(found for _, found in taught)
    total = len(taught) + len(BINS)
    return [(counts[k] + 1) / total for k in range(len(BINS))]


def measure(
    model: dict[str, list[float]], prior: list[float], asked: list[Row]
) -> dict[str, float]:
    """Return the share of rows whose words are known, and how often the first and the first three
    colours hold the true one there, for the model and for the commonest colours.
    """
    order = np.argsort(-np.array(prior), kind="stable")
    hits = Counter[str]()
    for words, found in asked:
        known = [model[w] for w in words if w in model]
        if not known:
            continue
        score = np.log(prior) + np.sum(known, axis=0) / np.sqrt(len(known))
        best = np.argsort(-score, kind="stable")
        hits["known"] += 1
        hits["first"] += int(best[0] == found)
        hits["three"] += int(found in best[:3])
        hits["base first"] += int(order[0] == found)
        hits["base three"] += int(found in order[:3])
    n = max(hits["known"], 1)
    return {
        "rows": float(len(asked)),
        "known": hits["known"] / max(len(asked), 1),
        **{k: hits[k] / n for k in ("first", "three", "base first", "base three")},
    }


def main() -> None:
    """Learn, measure and write; prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    taught, held, brands = rows(options.corpus)
    model, prior = learn(taught), shares(taught)
    figures = {
        "held-out drawings": measure(model, prior, held),
        "brand logos": measure(model, prior, brands),
    }
    for name, figure in figures.items():
        print(name, {k: round(v, 3) for k, v in figure.items()})
    words = {
        w: [round(v, 1) for v in r]
        for w, r in model.items()
        if max(r) > 0.35 and max(r) - min(r) > 0.6
    }
    data = {
        "colours": [code for _, code in BINS],
        "prior": [round(p, 4) for p in prior],
        "figures": {n: {k: round(v, 3) for k, v in f.items()} for n, f in figures.items()},
        "words": words,
    }
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    options.out.write_text(text + "\n", encoding="utf-8")
    print(f"{len(words)} words, {len(text) // 1024} KB: {options.out}")


if __name__ == "__main__":
    main()
