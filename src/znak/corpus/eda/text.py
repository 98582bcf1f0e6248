"""Statistics of captions, as data frames: lengths, words, industries, tags, names, repeats.

Every function takes an opened `CaptionBase` and returns a frame whose columns are named in its
docstring; ties are ordered by the words themselves, so the same file gives the same frame.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from znak.corpus.eda.captions import FILE_NAME, CaptionBase

MEASURES = {
    "characters": "n_chars",
    "words": "n_words",
    "epithets": "n_epithets",
}
"""What is counted of a caption, and how it is said in SQL."""
VALUES = {
    "industry": "SELECT row, lower(industry) AS value FROM captions WHERE industry IS NOT NULL",
    "tag": "SELECT DISTINCT row, unnest(tags) AS value FROM captions",
    "style": "SELECT row, unnest(style) AS value FROM captions",
}
"""What is said of a logo: one row for each value and row."""
PARTS = {"caption": "words", "head": "head_words"}
"""Where words are counted: the whole caption, or tags and industry alone."""


def summarise(base: CaptionBase) -> dict[str, float]:
    """Return the counts that stand at the head of a report."""
    frame = base.frame(
        f"""
        SELECT count(*) AS rows,
            count(*) FILTER (parsed) AS parsed,
            count(*) FILTER (NOT parsed) AS unparsed,
            count(*) FILTER (trim(text) = '') AS empty,
            count(*) FILTER (parsed AND len(tags) = 0 AND industry IS NULL) AS name_only,
            count(*) FILTER (parsed AND len(tags) > 0 AND industry IS NULL) AS no_industry,
            count(*) FILTER (regexp_matches(lower(name), '{FILE_NAME}')) AS file_names,
            count(*) FILTER (black_and_white) AS flagged,
            count(DISTINCT lower(industry)) AS industries,
            count(DISTINCT lower(trim(text))) AS distinct_captions
        FROM captions
        """
    )
    found = {str(k): float(v) for k, v in frame.iloc[0].items()}
    found["tags"] = float(base.value(f"SELECT count(DISTINCT value) FROM ({VALUES['tag']})"))
    per = "SELECT count(*) AS n FROM captions WHERE industry IS NOT NULL GROUP BY lower(industry)"
    found["median_logos_per_industry"] = float(base.value(f"SELECT median(n) FROM ({per})") or 0)
    return found


def bin_measure(
    base: CaptionBase, measure: str, *, bins: int = 60, cap: float = 0.995
) -> pd.DataFrame:
    """Return a histogram: `low`, `high`, `captions`; what lies above the `cap` quantile is in the last bin."""
    column = MEASURES[measure]
    frame = base.frame(
        f"SELECT min({column}) AS low, quantile_disc({column}, $cap) AS high FROM captions", cap=cap
    )
    low, high = int(frame.low[0]), int(frame.high[0])
    step = max(1, int(np.ceil((high - low + 1) / bins)))
    n = (high - low) // step
    counts = base.frame(
        f"SELECT least(({column} - $low) // $step, $n) AS bin, count(*) AS captions "
        "FROM captions GROUP BY ALL",
        low=low,
        step=step,
        n=n,
    )
    found = np.zeros(n + 1, dtype=np.int64)
    found[counts.bin.astype(int)] = counts.captions
    edges = low + step * np.arange(n + 2)
    return pd.DataFrame({"low": edges[:-1], "high": edges[1:], "captions": found})


def box_measures(base: CaptionBase) -> pd.DataFrame:
    """Return a row a measure: `measure`, `min`, `p1`, `p25`, `median`, `p75`, `p99`, `max`, `mean`, `mode`."""
    rows = []
    for name, column in MEASURES.items():
        frame = base.frame(
            f"""
            SELECT min({column}) AS min, quantile_cont({column}, 0.01) AS p1,
                quantile_cont({column}, 0.25) AS p25, median({column}) AS median,
                quantile_cont({column}, 0.75) AS p75, quantile_cont({column}, 0.99) AS p99,
                max({column}) AS max, avg({column}) AS mean
            FROM captions
            """
        )
        mode = base.value(
            f"SELECT {column} AS v FROM captions GROUP BY v ORDER BY count(*) DESC, v LIMIT 1"
        )
        rows.append({"measure": name, **frame.iloc[0].to_dict(), "mode": float(mode)})
    return pd.DataFrame(rows)


def count_ngrams(
    base: CaptionBase, n: int, *, part: str = "caption", top: int = 50
) -> pd.DataFrame:
    """Return the commonest runs of `n` words in `part`, a key of PARTS: `ngram`, `count`."""
    words = "w[i]" + "".join(f" || ' ' || w[i + {k}]" for k in range(1, n))
    return base.frame(
        f"""
        SELECT ngram, count(*) AS count FROM (
            SELECT unnest([{words} FOR i IN range(1, len(w) - {n - 2})]) AS ngram
            FROM (SELECT {PARTS[part]} AS w FROM captions)
        ) GROUP BY ngram ORDER BY count DESC, ngram LIMIT $top
        """,
        top=top,
    )


def count_values(base: CaptionBase, kind: str, *, top: int = 50) -> pd.DataFrame:
    """Return the commonest values of a kind in VALUES: `value`, `logos`, `share` of all rows."""
    return base.frame(
        f"""
        SELECT value, count(DISTINCT row) AS logos,
            count(DISTINCT row) / (SELECT count(*) FROM captions) AS share
        FROM ({VALUES[kind]}) WHERE value <> '' GROUP BY value
        ORDER BY logos DESC, value LIMIT $top
        """,
        top=top,
    )


def rank_sizes(base: CaptionBase, kind: str) -> pd.DataFrame:
    """Return how many values have so many logos: `logos`, `values`."""
    return base.frame(
        f"""
        SELECT logos, count(*) AS values FROM (
            SELECT value, count(*) AS logos FROM ({VALUES[kind]}) WHERE value <> '' GROUP BY value
        ) GROUP BY logos ORDER BY logos
        """
    )


def cross_values(
    base: CaptionBase, rows: str, columns: str, *, n_rows: int = 16, n_columns: int = 24
) -> pd.DataFrame:
    """Return which values go together: `a`, `b`, `logos`, `lift` (observed over expected).

    `a` are the commonest values of kind `rows`; `b`, of kind `columns`, those of the commonest
    200 whose lift with some `a` is largest where both occur in five rows or more.
    """
    frame = base.frame(
        f"""
        WITH one AS ({VALUES[rows]}), two AS ({VALUES[columns]}),
            a AS (SELECT value, count(*) AS n FROM one WHERE value <> '' GROUP BY value
                ORDER BY n DESC, value LIMIT $n_rows),
            b AS (SELECT value, count(*) AS n FROM two WHERE value <> '' GROUP BY value
                ORDER BY n DESC, value LIMIT 200),
            r AS (SELECT one.row, one.value FROM one SEMI JOIN a USING (value)),
            c AS (SELECT two.row, two.value FROM two SEMI JOIN b USING (value)),
            met AS (SELECT r.value AS a, c.value AS b, count(*) AS logos
                FROM r JOIN c USING (row) WHERE r.value <> c.value GROUP BY ALL)
        SELECT met.a, met.b, met.logos,
            met.logos * (SELECT count(*) FROM captions) / (a.n * b.n) AS lift
        FROM met JOIN a ON a.value = met.a JOIN b ON b.value = met.b
        ORDER BY met.logos DESC, met.a, met.b
        """,
        n_rows=n_rows,
    )
    if frame.empty:
        return frame
    solid = frame[frame.logos >= 5]
    best = (solid if len(solid) else frame).groupby("b").lift.max()
    chosen = best.sort_index().sort_values(ascending=False, kind="stable").index[:n_columns]
    return frame[frame.b.isin(chosen)].reset_index(drop=True)


def describe_names(base: CaptionBase, *, top: int = 30) -> dict[str, pd.DataFrame]:
    """Return frames on names: `words` (words, names), `common` (name, logos), `initials`
    (initial, names), `forms` (form, names: file name, capitals, with digits …).
    """
    named = "(SELECT name FROM captions WHERE name IS NOT NULL)"
    forms = {
        "file name": f"regexp_matches(lower(name), '{FILE_NAME}')",
        "one word": "NOT contains(trim(name), ' ')",
        "all capitals": "name = upper(name) AND name <> lower(name)",
        "no capitals": "name = lower(name) AND name <> upper(name)",
        "with digits": "regexp_matches(name, '[0-9]')",
        "with & or +": "regexp_matches(name, '[&+]')",
        "with a comma": "contains(name, ',')",
    }
    counts = ", ".join(f'count(*) FILTER ({sql}) AS "{form}"' for form, sql in forms.items())
    wide = base.frame(f"SELECT {counts} FROM {named}").iloc[0]
    return {
        "words": base.frame(
            f"SELECT least(len(string_split(trim(name), ' ')), 8) AS words, count(*) AS names "
            f"FROM {named} GROUP BY ALL ORDER BY words"
        ),
        "common": base.frame(
            f"SELECT name, count(*) AS logos FROM {named} GROUP BY name "
            "ORDER BY logos DESC, name LIMIT $top",
            top=top,
        ),
        "initials": base.frame(
            f"SELECT upper(name[1]) AS initial, count(*) AS names FROM {named} "
            "GROUP BY ALL ORDER BY names DESC, initial LIMIT 36"
        ),
        "forms": pd.DataFrame({"form": list(forms), "names": wide.to_numpy(dtype=np.int64)}),
    }


def count_languages(base: CaptionBase) -> pd.DataFrame:
    """Return `language`, `captions`, and an `example` (the first such name or caption)."""
    return base.frame(
        """
        SELECT language, count(*) AS captions,
            arg_min(left(coalesce(name, text), 60), row) AS example
        FROM captions GROUP BY language ORDER BY captions DESC, language
        """
    )


def find_repeats(base: CaptionBase, *, top: int = 20) -> pd.DataFrame:
    """Return captions that occur more than once: `caption`, `logos`; case and spaces don't count."""
    return base.frame(
        """
        SELECT arg_min(text, row) AS caption, count(*) AS logos FROM captions
        WHERE trim(text) <> '' GROUP BY lower(trim(text)) HAVING count(*) > 1
        ORDER BY logos DESC, caption LIMIT $top
        """,
        top=top,
    )


def count_repeats(base: CaptionBase) -> dict[str, float]:
    """Return how many captions repeat an earlier one, and how many do in tags and industry alone."""
    rest = "SELECT count(*) - count(DISTINCT {0}) FROM captions WHERE {0} <> ''"
    return {
        "caption": float(base.value(rest.format("lower(trim(text))"))),
        "tags and industry": float(base.value(rest.format("head"))),
    }


def sample_unparsed(base: CaptionBase, *, top: int = 12) -> pd.DataFrame:
    """Return captions that follow no grammar, in an order that is as good as random: `row`, `caption`."""
    return base.frame(
        "SELECT row, left(text, 300) AS caption FROM captions WHERE NOT parsed AND trim(text) <> '' "
        "ORDER BY hash(row), row LIMIT $top",
        top=top,
    )


def word_weights(base: CaptionBase, *, part: str = "head", top: int = 250) -> dict[str, int]:
    """Return words and how many captions have them, for a cloud; single letters are left out."""
    frame = base.frame(
        f"""
        SELECT word, count(DISTINCT row) AS n FROM (
            SELECT row, unnest({PARTS[part]}) AS word FROM captions
        ) WHERE length(word) > 1 GROUP BY word ORDER BY n DESC, word LIMIT $top
        """,
        top=top,
    )
    return dict(zip(frame.word, frame.n.astype(int), strict=True))
