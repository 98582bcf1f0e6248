"""How well prompts are read: exact match per field on the table of 400 and on later prompts.

    python benchmarks/brief.py             tuned, later and set-aside prompts, per language, time
    python benchmarks/brief.py --misses    what fails, never of the set-aside part
    python benchmarks/brief.py --nearest   the nearest industry by vector, each term by the others'
                                           help, beside the words of prompts that name no business

The set-aside part is only ever printed as a figure.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from znak.brief import Brief, read
from znak.brief.industries import industries
from znak.brief.stems import keys
from znak.words import load_encoder

FIXTURES = Path(__file__).parent.parent / "tests" / "fixtures"
TABLES = (FIXTURES / "prompts.jsonl", FIXTURES / "prompts_dev.jsonl")
FIELDS = "concepts industry colours style layout name slogan negated refused all".split()
_AS_SETS = ("colours", "style", "negated")


def answer(brief: Brief) -> dict[str, Any]:
    """Return a brief in the table's form."""
    return {
        "concepts": [concept.name for concept in brief.concepts],
        "industry": brief.industry,
        "colours": [colour.name for colour in brief.colours],
        "style": list(brief.style),
        "layout": brief.layout,
        "name": brief.name,
        "slogan": brief.slogan,
        "negated": list(brief.negated),
        "refused": brief.refused[0].kind if brief.refused else None,
    }


def compare(got: dict[str, Any], expected: dict[str, Any]) -> dict[str, bool]:
    """Return field → whether it is exactly right; colours, style and negated as sets."""
    same = {}
    for field, value in got.items():
        wanted = expected.get(field, [] if isinstance(value, list) else None)
        same[field] = set(value) == set(wanted) if field in _AS_SETS else value == wanted
    same["all"] = all(same.values())
    return same


def evaluate() -> tuple[dict[tuple[str, str], list[dict[str, bool]]], list[float], list[str]]:
    """Return the comparisons by (set, language), seconds per prompt, and the tuned misses."""
    scores: dict[tuple[str, str], list[dict[str, bool]]] = {}
    seconds, misses = [], []
    read("fox, лиса, kofeinia, кофеини")  # tables loaded
    lines = [line for t in TABLES for line in t.read_text(encoding="utf-8").splitlines()]
    for line in lines:
        row = json.loads(line)
        start = time.process_time()
        got = answer(read(row["prompt"]))
        seconds.append(time.process_time() - start)
        same = compare(got, row["expect"])
        scores.setdefault((row["set"], row["lang"]), []).append(same)
        if row["set"] != "aside" and not same["all"]:
            wrong = [f"    {f}: {got[f]} ≠ {row['expect'].get(f)}" for f in got if not same[f]]
            misses.append("\n".join([f"{row['id']} {row['prompt']}", *wrong]))
    return scores, seconds, misses


def curve() -> Table:
    """Return, by threshold, how the nearest industry by vector does.

    found, right: of the terms of the industries, one at a time left out together with all terms of
    its key; false: of the tuned prompts' things, adjectives and unknown words, which name none.
    """
    encoder = load_encoder()
    rows = [(row.id, term) for row in industries().values() for term in (*row.en, *row.ru)]
    ids = np.array([id_ for id_, _ in rows])
    vectors = encoder([term for _, term in rows])
    near = vectors @ vectors.T
    written = np.array([keys(term) for _, term in rows])
    near[written[:, None] == written[None, :]] = -1
    best = near.argmax(axis=1)
    height = near[np.arange(len(rows)), best]
    right = ids[best] == ids
    words = set()
    for line in TABLES[0].read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["set"] == "tuned":
            brief = read(row["prompt"])
            words.update(concept.words for concept in brief.concepts)
    false = (encoder(sorted(words)) @ vectors.T).max(axis=1)
    table = Table("threshold", "terms found", "right of those", "things taken for a business")
    for least in np.arange(0.4, 0.91, 0.05):
        found = height >= least
        share = f"{right[found].mean():.3f}" if found.any() else "–"
        table.add_row(
            f"{least:.2f}", f"{found.mean():.3f}", share, f"{(false >= least).mean():.3f}"
        )
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--misses", action="store_true")
    parser.add_argument("--tuned", action="store_true", help="leave the set-aside part out")
    parser.add_argument("--nearest", action="store_true")
    options = parser.parse_args()
    if options.nearest:
        Console().print(curve())
        return
    scores, seconds, misses = evaluate()
    console = Console(width=110)
    if options.misses:
        console.print("\n".join(misses), markup=False, highlight=False)
    table = Table("field", title="exact match")
    sets = ["tuned", "dev"]
    sets += [] if options.tuned or options.misses else ["aside"]
    columns = [(s, lang) for s in sets for lang in ("en", "ru")]
    for s in sets:
        for heading in ("en", "ru", "both"):
            table.add_column(f"{s} {heading}", justify="right")
    for field in FIELDS:
        cells = []
        for s in sets:
            both: list[bool] = []
            for _, lang in [c for c in columns if c[0] == s]:
                values = [row[field] for row in scores[s, lang]]
                both += values
                cells.append(f"{statistics.fmean(values):.3f}")
            cells.append(f"{statistics.fmean(both):.3f}")
        table.add_row(field, *cells)
    console.print(table)
    ordered = sorted(seconds)
    console.print(
        f"processor time per prompt: median {1e3 * statistics.median(seconds):.1f} ms, "
        f"95th percentile {1e3 * ordered[int(0.95 * len(ordered))]:.1f} ms"
    )


if __name__ == "__main__":
    main()
