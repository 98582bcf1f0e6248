"""A corpus to look at: one self-contained HTML page.

    znak corpus report DIR [--out FILE.html] [--language en|ru]

Counts, distributions, random sheets by style, the largest concepts, pairs of drawings on either
side of the near-copy threshold, what was left out. Chance is seeded: the same corpus gives the
same page. Drawings are read in batches; only numbers and those shown are kept.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import numpy as np
from jinja2 import Environment

from znak.atomic import new_file
from znak.corpus.cluster import FAR, MAX_FAR, MAX_GAP
from znak.corpus.report_charts import (
    RANGES,
    bars,
    concept_chart,
    decimal,
    histogram,
    number_format,
    panels_of,
)
from znak.corpus.report_data import (
    NUMBERS,
    concept_sizes,
    count_column,
    pick_concepts,
    pick_probe,
    pick_styles,
    read_russian,
    read_table,
    styles_of,
)
from znak.corpus.report_pictures import Gallery
from znak.corpus.report_text import TEXTS
from znak.corpus.store import read_manifest
from znak.errors import DataError, InputError

_SEED = 20

Progress = Callable[[int], None]


def write_report(
    corpus: Path, out: Path, *, language: str = "en", progress: Progress = lambda rows: None
) -> None:
    """Write the report on `corpus` to the HTML file `out`, in English ("en") or Russian ("ru").

    `progress` is called with the number of drawings just read, each twice in all. Raises InputError
    for a language it has not, DataError for the corpus, StorageError for `out`.
    """
    if language not in TEXTS:
        raise InputError(
            f"--language {language!r}: choose {' or '.join(TEXTS)}",
            ru=f"--language {language!r}: выберите {' или '.join(TEXTS)}",
        )
    read_manifest(corpus)
    with new_file(out) as temporary:
        temporary.write_text(_build(corpus, language, progress), encoding="utf-8")


def _build(corpus: Path, language: str, progress: Progress) -> str:
    t = TEXTS[language]
    table = read_table(corpus, progress)
    if not len(table):
        raise DataError(
            f"{corpus} holds no drawings: build it again",
            ru=f"В {corpus} нет рисунков: постройте корпус заново",
        )
    rng = np.random.default_rng(_SEED)
    styles = pick_styles(table, rng)
    concepts = pick_concepts(table, rng)
    probe = pick_probe(table, rng)
    shown = np.unique(np.concatenate([*styles.values(), *(rows for _, rows in concepts), probe]))
    gallery = Gallery(corpus, shown, probe, language, progress)
    russian = read_russian(corpus / "concepts.parquet") if language == "ru" else {}
    rejects = count_column(corpus / "rejects.parquet", "reason")
    brands = count_column(corpus / "brands", "set")
    n_concepts, n_rich = concept_sizes(table)
    number = number_format(language)
    cards = [
        (t["drawings"], len(table)),
        (t["solid"], int(table.solid.sum())),
        (t["n_concepts"], n_concepts),
        (t["rich"], n_rich),
        (t["clusters"], len(np.unique(table.cluster))),
        (t["sets"], len(table.names["set"])),
        (t["n_brands"], sum(n for _, n in brands)),
        (t["n_rejects"], sum(n for _, n in rejects)),
    ]
    page = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(
        (files("znak.corpus") / "templates" / "report.html.j2").read_text(encoding="utf-8")
    )
    return page.render(
        language=language,
        t=t,
        folder=str(corpus),
        cards=[(label, number(value)) for label, value in cards],
        panels=panels_of(table, t, number),
        charts=[
            {
                "title": t[name],
                "svg": histogram(table.numbers[name], table.solid, *RANGES[name], language),
            }
            for name in NUMBERS
        ]
        + [{"title": t["concept_sizes"], "svg": concept_chart(table)}],
        sheets=[
            {
                "title": f"{t[name]} · {number(len(rows))}",
                "drawings": gallery.cells(styles[name], colour=name == "style_coloured"),
            }
            for name, rows in styles_of(table).items()
        ],
        concepts=[
            {
                "title": f"{russian[name]} · {name}" if name in russian else name,
                "note": t["of_them_solid"].format(number(n), number(solid)),
                "drawings": gallery.cells(rows),
            }
            for (name, n, solid), rows in concepts
        ],
        pairs=[
            {"title": t["inside"], "pairs": gallery.pairs(inside=True)},
            {"title": t["outside"], "pairs": gallery.pairs(inside=False)},
        ],
        pairs_note=t["pairs_note"].format(
            number(len(probe)), f"{100 * MAX_FAR:g}", f"{FAR:g}", decimal(MAX_GAP, language)
        ),
        rejects=bars(rejects, number, t),
        brands=bars(brands, number, t),
        footer=t["footer"].format(_SEED),
    )
