"""The analysis of pictures, and of words with pictures."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from znak.corpus.amazing.shards import Shards
from znak.corpus.eda import looks as eda_looks
from znak.corpus.eda.desk import tile_pictures
from znak.corpus.eda.maps import choose_rows, map_captions, map_pictures
from znak.corpus.eda.pictures import COLOURS, FORMS, KINDS
from znak.corpus.eda.plots import colour_series, plot_map, plot_sizes, series_of
from znak.corpus.eda.words import WORDS
from znak.serve.page import frames, session
from znak.serve.page.explore_captions import put_facts, put_table
from znak.serve.page.looks import put_plot
from znak.serve.page.plots import PlotLook, draw_bars, draw_histogram, draw_stack, draw_steps
from znak.serve.page.style import text
from znak.serve.page.texts import Speech

_SHEET = 24
_POINTS = 600
_WHITE = 0.96
_CHANNELS = {"red": "#d9413a", "green": "#2f9e58", "blue": "#3f6fe0"}


def show(captions: Path, folder: Path, shards: Shards, look: PlotLook) -> None:
    """Draw the part on pictures; the folders hold the two passes."""
    say = session.speech()
    words = WORDS[say.language]
    facts = frames.of_pictures(folder, "summarise")
    put_facts(
        say,
        [(facts["pictures"], words["decoded"]), (facts["shapes"], words["shapes"]),
         (facts["grey"], words["grey"]), (facts["exact"] + facts["near"], words["copies"]),
         (facts["flat"], words["flat"])],
    )  # fmt: skip
    faults = frames.of_pictures(folder, "count_faults")
    if len(faults):
        with st.expander(words["faults"], key="faults"):
            frame = faults.assign(fault=faults.fault.map(words["fault_names"]))
            names = {
                "fault": words["fault"],
                "pictures": words["pictures"],
                "rows": words["first_rows"],
            }
            put_table(frame, names, "faults")
    if not facts["pictures"]:
        text(words["no_pictures"], "znak-note")
        return
    bins = int(st.slider(say("bins"), 10, 120, 50, 5, key="bins", persist_state="session"))
    _sizes(say, folder, look, words, bins, facts)
    _colours(say, captions, folder, look, words, bins, facts)
    _forms(folder, look, words, bins)
    _sheets(say, captions, folder, shards, words)


def _histogram(
    folder: Path, measure: str, title: str, look: PlotLook, bins: int, *, is_log: bool
) -> None:
    frame = frames.of_pictures(folder, "bin_measure", measure, bins=bins)
    words = WORDS[session.speech().language]
    figure = draw_histogram(
        frame.low.tolist(), frame.high.tolist(), frame.pictures.tolist(), look=look, x=title,
        y=words["pictures"], is_log=is_log, height=270,
    )  # fmt: skip
    put_plot(figure, f"measure-{measure}")


def _sizes(
    say: Speech,
    folder: Path,
    look: PlotLook,
    words: dict[str, Any],
    bins: int,
    facts: dict[str, float],
) -> None:
    st.subheader(words["sizes"])
    for column, measure in zip(st.columns(3), ("width", "height", "pixels"), strict=True):
        with column:
            _histogram(folder, measure, words[measure], look, bins, is_log=True)
    left, right = st.columns(2, gap="large")
    shapes = frames.of_pictures(folder, "count_shapes", top=4000)
    with left:
        text(words["sizes_plot"], "znak-eyebrow")
        plot = plot_sizes(
            shapes, width=words["width"], height=words["height"], count=words["pictures"],
            theme=frames.theme_of(look),
        )  # fmt: skip
        put_plot(plot, "shapes")
        text(words["sizes_plot_note"].format(n=say.number(facts["shapes"])))
    with right:
        common = shapes.head(14)
        labels = [f"{w}×{h}" for w, h in zip(common.width, common.height, strict=True)]
        figure = draw_bars(
            labels, common.pictures.tolist(), look=look, title=words["common_shapes"]
        )
        put_plot(figure, "common-shapes")
    st.subheader(words["ratios"])
    for column, measure, key in zip(
        st.columns(2), ("ratio", "ratio without squares"), ("ratio_all", "ratio_rest"), strict=True
    ):
        with column:
            _histogram(folder, measure, words[key], look, bins, is_log=True)
    with st.expander(words["modes"], key="modes"):
        modes = frames.of_pictures(folder, "count_modes")
        put_table(modes, {k: words[k] for k in modes.columns}, "modes")


def _colours(
    say: Speech, captions: Path, folder: Path, look: PlotLook, words: dict[str, Any], bins: int,
    facts: dict[str, float],
) -> None:  # fmt: skip
    st.subheader(words["intensity"])
    left, right = st.columns(2, gap="large")
    with left:
        series = {}
        for channel in _CHANNELS:
            frame = frames.of_pictures(folder, "bin_measure", channel, bins=bins)
            series[words["channel_names"][channel]] = (frame.low.tolist(), frame.pictures.tolist())
        colours = {words["channel_names"][c]: code for c, code in _CHANNELS.items()}
        put_plot(
            draw_steps(series, colours, look=look, x=words["intensity_x"], y=words["pictures"]),
            "intensity",
        )
        text(words["intensity_note"].format(mean=say.number(facts["mean"])))
    with right:
        _kinds(captions, folder, look, words)
    left, right = st.columns(2, gap="large")
    with left:
        grounds = frames.of_pictures(folder, "count_grounds", top=13)
        grounds = grounds[[min(bytes.fromhex(g[1:])) <= 255 * _WHITE for g in grounds.ground]]
        figure = draw_bars(
            grounds.ground.tolist(), grounds.pictures.tolist(), look=look, title=words["grounds"],
            colours=grounds.ground.tolist(),
        )  # fmt: skip
        put_plot(figure, "grounds")
        share = facts["white_ground"] / max(facts["pictures"], 1)
        text(words["grounds_note"].format(share=say.percent(share)))
    with right:
        found = frames.of_pictures(folder, "count_colours")
        codes = ["#{:02x}{:02x}{:02x}".format(*COLOURS[c]) for c in found.colour]
        labels = [words["colour_names"][c] for c in found.colour]
        figure = draw_bars(
            labels, found.pictures.tolist(), look=look, title=words["colours"], colours=codes
        )
        put_plot(figure, "colours")
        text(words["colours_note"])
    palettes = frames.palettes(captions, folder)
    if palettes:
        text(words["palettes"], "znak-eyebrow")
        rows = "".join(
            f"<dt>{escape(p.name)} · {escape(say.number(p.pictures))}</dt><dd style='display:flex;height:1.7rem'>"
            + "".join(
                f"<i title='{escape(c)}' style='background:{escape(c)};flex:{share:.4f}'></i>"
                for c, share in zip(p.colours, p.shares, strict=True)
            )
            + "</dd>"
            for p in palettes
        )
        st.html(f'<dl class="znak-row">{rows}</dl>')
        text(words["palettes_note"])


def _kinds(captions: Path, folder: Path, look: PlotLook, words: dict[str, Any]) -> None:
    frame = frames.kinds(captions, folder)
    rows: list[str] = []
    values: dict[str, list[float]] = {words["kind_names"][kind]: [] for kind in KINDS}
    for column, labels in (
        ("channels", words["stored"]),
        ("flag", {False: words["unflagged"], True: words["flagged"]}),
    ):
        for key, label in labels.items():
            inside = frame[frame[column] == key]
            if inside.empty:
                continue
            rows.append(label)
            for kind in KINDS:
                count = float(inside.pictures[inside.kind == kind].sum())
                values[words["kind_names"][kind]].append(count)
    text(words["kinds"], "znak-eyebrow")
    put_plot(draw_stack(rows, values, look=look), "kinds")


def _forms(folder: Path, look: PlotLook, words: dict[str, Any], bins: int) -> None:
    st.subheader(words["forms_title"])
    columns = st.columns(3)
    for k, form in enumerate(FORMS):
        with columns[k % 3]:
            _histogram(folder, form, words["form_titles"][form], look, bins, is_log=False)


def _sheets(
    say: Speech, captions: Path, folder: Path, shards: Shards, words: dict[str, Any]
) -> None:
    st.subheader(words["random"])
    sheets = ["random", *eda_looks.EXTREMES, "flat", "copies"]
    names = {
        "random": words["random"], "flat": words["flat_sheet"], "copies": words["groups"],
        **words["extremes"],
    }  # fmt: skip
    chosen = str(
        st.selectbox(
            say("extreme"),
            sheets,
            format_func=names.__getitem__,
            key="sheet",
            persist_state="session",
        )
    )
    if chosen == "random":
        rows = frames.of_pictures(folder, "pick_random", _SHEET)
    elif chosen == "flat":
        rows = frames.of_pictures(folder, "pick_flat", _SHEET)
    elif chosen == "copies":
        rows = [row for group in frames.of_pictures(folder, "find_groups") for row in group][
            :_SHEET
        ]
    else:
        rows = frames.of_pictures(folder, "pick_extreme", chosen, _SHEET)
    tiles = tile_pictures(shards, rows)
    said = frames.said(captions).text
    cells = "".join(
        f"<figure title='{escape(f'{row}: {said.get(row, str())}', quote=True)}'>"
        f"<img src='{tiles[row]}' alt=''></figure>"
        for row in rows
        if row in tiles
    )
    st.html(f'<div class="znak-thumbs">{cells}</div>' if cells else "<p>–</p>")


def show_both(captions: Path, folder: Path, shards: Shards, look: PlotLook) -> None:
    """Draw what words tell of pictures, and the maps, each when it is asked for."""
    say = session.speech()
    words = WORDS[say.language]
    st.subheader(words["scores"])
    if st.toggle(say("learn_words"), key="learn", persist_state="session"):
        _scores(say, captions, folder, look, words)
    st.subheader(words["maps"])
    if st.toggle(say("draw_maps"), key="maps", persist_state="session"):
        _maps(captions, folder, look, words)


def _scores(
    say: Speech, captions: Path, folder: Path, look: PlotLook, words: dict[str, Any]
) -> None:
    found = frames.relations(captions, folder)
    if found is None or found.scores.empty:
        text(words["too_few"], "znak-note")
        return
    scores = found.scores
    labels = [
        f"{words['targets'][a]}, {words['measures'][b]}"
        for a, b in zip(scores.target, scores.measure, strict=True)
    ]
    table = scores.assign(target=labels)[["target", "score", "without words"]]
    names = {
        "target": words["scores"],
        "score": words["with_words"],
        "without words": words["without_words"],
    }
    put_table(table, names, "scores")
    text(words["scores_note"].format(test=say.number(found.held_out), n=say.number(found.pictures)))
    told = found.words[found.words.target == "colour"]
    if len(told):
        text(words["colour_words"], "znak-eyebrow")
        rows = "".join(
            f"<dt><span class='znak-dot' style='background:rgb{COLOURS[value]}'></span>"
            f"{escape(words['colour_names'][value])}</dt><dd>{escape(', '.join(group.word))}</dd>"
            for value, group in told.groupby("value", sort=False)
        )
        st.html(f'<dl class="znak-row">{rows}</dl>')


def _maps(captions: Path, folder: Path, look: PlotLook, words: dict[str, Any]) -> None:
    texts, places = _places(captions, folder)
    said = frames.said(captions)
    labels = {int(r): str(said.text.get(r, ""))[:120] for r in {*texts.row, *places.row}}
    theme = frames.theme_of(look)
    if len(texts):
        names = texts.row.map(said.industry).fillna(words["other"])
        common = [n for n in names.value_counts().head(10).index if n != words["other"]]
        groups = np.where(names.isin(common), names, words["other"]).tolist()
        text(words["map_captions"], "znak-eyebrow")
        plot = plot_map(texts, groups, series_of(common, words["other"]), {}, labels, theme=theme)
        put_plot(_hovering(plot), "map-captions")
    if len(places):
        frame = frames.pictures(folder).frame.set_index("row")
        colour = places.row.map(frame.colour).map(words["colour_names"]).tolist()
        text(words["map_pictures"], "znak-eyebrow")
        series = colour_series(words["colour_names"])
        put_plot(
            _hovering(plot_map(places, colour, series, {}, labels, theme=theme)), "map-pictures"
        )


@st.cache_data(show_spinner=False, max_entries=4)
def _places(captions: Path, folder: Path) -> Any:
    pictures = frames.pictures(folder)
    rows = choose_rows(pictures, _POINTS)
    heads = frames.said(captions)["head"]
    return map_captions(rows, heads), map_pictures(rows, pictures)


def _hovering(plot: dict[str, Any]) -> dict[str, Any]:
    """Let a map tell captions on hovering by itself."""
    for trace in plot["data"]:
        trace["hoverinfo"] = "text"
        trace["text"] = [escape(str(row[1])) for row in trace.pop("customdata", [])]
    return plot
