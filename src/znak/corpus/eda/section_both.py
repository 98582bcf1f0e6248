"""Text with image, and the two maps: what was learnt, drawn."""

from __future__ import annotations

import numpy as np
import pandas as pd

from znak.corpus.amazing.shards import Shards
from znak.corpus.eda.charts import draw_scores
from znak.corpus.eda.desk import SPRITE, Block, Desk, make_sprites
from znak.corpus.eda.maps import choose_rows, map_captions, map_pictures
from znak.corpus.eda.pictures import COLOURS, FORMS, Pictures
from znak.corpus.eda.plots import colour_series, plot_map, series_of
from znak.corpus.eda.relations import relate

_SERIES = 10


def build_both(
    desk: Desk, pictures: Pictures, heads: pd.Series
) -> tuple[list[Block], dict[str, float]]:
    """Return the blocks on words and pictures, and the held-out scores; `heads` by row number."""
    t = desk.t
    found = relate(pictures, heads)
    if found is None or found.scores.empty:
        return [{"kind": "note", "title": t["scores"], "note": t["too_few"]}], {}
    scores = desk.table("scores", found.scores)
    words = desk.table("words_and_pictures", found.words)
    labels = [
        f"{t['targets'][a]}, {t['measures'][b]}"
        for a, b in zip(scores.target, scores.measure, strict=True)
    ]
    note = t["scores_note"].format(test=desk.number(found.held_out), n=desk.number(found.pictures))
    figure = draw_scores(
        labels, scores.score.tolist(), scores["without words"].tolist(),
        names=(t["with_words"], t["without_words"]), theme=desk.theme, point=t["point"],
    )  # fmt: skip
    blocks = [desk.figure("scores", figure, t["scores"], note)]
    colours = [
        {"swatch": "#{:02x}{:02x}{:02x}".format(*COLOURS[value]), "name": t["colour_names"][value],
         "words": group.word.tolist()}
        for value, group in words[words.target == "colour"].groupby("value", sort=False)
    ]  # fmt: skip
    if colours:
        blocks.append(
            {
                "kind": "colours",
                "title": t["colour_words"],
                "note": t["words_note"],
                "colours": colours,
            }
        )
    lines = [
        (t["form_titles"][form], *(
            ", ".join(words.word[(words.target == form) & (words.value == side)])
            for side in ("more", "less")))
        for form in FORMS
        if form in set(words.target)
    ]  # fmt: skip
    if lines:
        blocks.append(
            desk.rows(
                t["form_words"],
                (t["form"], t["more"], t["less"]),
                lines,
                t["words_note"],
                whole=True,
            )
        )
    figures = {
        f"{a}, {b}": float(s)
        for a, b, s in zip(scores.target, scores.measure, scores.score, strict=True)
    }
    return blocks, figures


def build_maps(
    desk: Desk, shards: Shards, pictures: Pictures, *, heads: pd.Series, industries: pd.Series,
    captions: pd.Series, n: int,
) -> tuple[list[Block], dict[str, str | int]]:  # fmt: skip
    """Return the maps of at most `n` rows, and the sprites that they show on hovering."""
    t = desk.t
    rows = choose_rows(pictures, n)
    texts = desk.table("map_captions", map_captions(rows, heads))
    looks = desk.table("map_pictures", map_pictures(rows, pictures)) if len(rows) else texts
    url, columns = make_sprites(shards, rows.tolist())
    sprites = {int(row): k for k, row in enumerate(rows)}
    said = {int(row): str(captions.get(int(row), ""))[:140] for row in rows}
    blocks: list[Block] = []
    if len(texts):
        names = texts.row.map(industries).fillna(t["other"])
        common = [name for name in names.value_counts().head(_SERIES).index if name != t["other"]]
        groups = np.where(names.isin(common), names, t["other"]).tolist()
        plot = plot_map(
            texts, groups, series_of(common, t["other"]), sprites, said, theme=desk.theme
        )
        blocks.append({"kind": "plot", "title": t["map_captions"], "note": t["map_captions_note"],
                       "plot": plot, "sprites": True})  # fmt: skip
    if len(looks):
        colour = looks.row.map(pictures.frame.set_index("row").colour).map(t["colour_names"])
        plot = plot_map(
            looks,
            colour.tolist(),
            colour_series(t["colour_names"]),
            sprites,
            said,
            theme=desk.theme,
        )
        blocks.append({"kind": "plot", "title": t["map_pictures"], "note": t["map_pictures_note"],
                       "plot": plot, "sprites": True})  # fmt: skip
    return blocks, {"url": url, "columns": columns, "size": SPRITE, "n": len(rows)}
