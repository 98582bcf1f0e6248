"""The analysis of captions: lengths, words, values, names, languages, repeats."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from PIL import Image

from znak.corpus.eda.plots import plot_heat
from znak.corpus.eda.text import MEASURES, PARTS, VALUES
from znak.corpus.eda.words import WORDS
from znak.serve.page import frames, session
from znak.serve.page.looks import put_plot
from znak.serve.page.plots import PlotLook, add_box, draw_bars, draw_histogram, draw_stack
from znak.serve.page.style import picture, text
from znak.serve.page.texts import Speech


def show(folder: Path, look: PlotLook) -> None:
    """Draw the part; `folder` holds the pass over the captions."""
    say = session.speech()
    words = WORDS[say.language]
    facts = frames.of_captions(folder, "summarise")
    put_facts(
        say,
        [(facts["rows"], words["rows"]), (facts["parsed"], words["parsed"]),
         (facts["industries"], words["industries"]), (facts["tags"], words["tags"]),
         (facts["rows"] - facts["distinct_captions"], words["repeated"])],
    )  # fmt: skip
    with st.container(horizontal=True, gap="medium", key="caption-knobs"):
        bins = st.slider(say("bins"), 10, 120, 50, 5, key="bins", persist_state="session")
        top = st.slider(say("top"), 5, 40, 15, 5, key="top", persist_state="session")
    _lengths(folder, look, words, int(bins))
    _parse(say, folder, look, words, facts)
    _grams(say, folder, look, words, int(top))
    _values(folder, look, words, int(top))
    _names(folder, look, words, int(top))
    _rest(say, folder, words)


def put_facts(say: Speech, cells: list[tuple[float, str]]) -> None:
    """Write the numbers at the head of a part."""
    from html import escape

    shown = "".join(
        f"<div><b>{escape(say.number(value))}</b><span>{escape(words)}</span></div>"
        for value, words in cells
    )
    st.html(f'<div class="znak-facts">{shown}</div>')


def put_table(frame: pd.DataFrame, names: dict[str, str], key: str) -> None:
    """Show a frame under names in the visitor's language, with a CSV to take away."""
    shown = frame.rename(columns=names)
    st.dataframe(shown, hide_index=True, key=f"table-{key}")
    st.download_button(
        session.speech()("csv"), lambda: frame.to_csv(index=False).encode(), f"{key}.csv", "text/csv",
        key=f"csv-{key}", icon=":material/download:", type="tertiary", on_click="ignore",
    )  # fmt: skip


def _lengths(folder: Path, look: PlotLook, words: dict[str, Any], bins: int) -> None:
    boxes = frames.of_captions(folder, "box_measures").set_index("measure")
    say = session.speech()
    for column, measure in zip(st.columns(len(MEASURES)), MEASURES, strict=True):
        frame = frames.of_captions(folder, "bin_measure", measure, bins=bins)
        with column:
            text(words[f"len_{measure}"], "znak-eyebrow")
            figure = draw_histogram(
                frame.low.tolist(), frame.high.tolist(), frame.captions.tolist(), look=look,
                x=words[measure], y=words["captions"], height=300,
            )  # fmt: skip
            box = {str(k): float(v) for k, v in boxes.loc[measure].items()}
            add_box(figure, box, look)
            put_plot(figure, f"length-{measure}")
            text(words["len_note"].format(**{k: say.number(v) for k, v in box.items()}))


def _parse(
    say: Speech, folder: Path, look: PlotLook, words: dict[str, Any], facts: dict[str, float]
) -> None:
    st.subheader(words["parse"])
    full = facts["parsed"] - facts["name_only"] - facts["no_industry"]
    parts = {
        words["parse_full"]: [full], words["parse_no_industry"]: [facts["no_industry"]],
        words["parse_name"]: [facts["name_only"]], words["parse_not"]: [facts["unparsed"]],
    }  # fmt: skip
    put_plot(draw_stack([""], parts, look=look), "parse")
    text(words["parse_note"].format(
        n=say.number(facts["unparsed"]), rows=say.number(facts["rows"]),
        share=say.percent(facts["unparsed"] / facts["rows"]), files=say.number(facts["file_names"]),
        flag=say.number(facts["flagged"]),
    ))  # fmt: skip
    unparsed = frames.of_captions(folder, "sample_unparsed")
    if len(unparsed):
        with st.expander(words["unparsed"], key="unparsed"):
            put_table(unparsed, {"row": words["row"], "caption": words["caption"]}, "unparsed")


def _grams(say: Speech, folder: Path, look: PlotLook, words: dict[str, Any], top: int) -> None:
    st.subheader(words["cloud"])
    part = st.segmented_control(
        say("counted_in"), tuple(PARTS), default="head", key="words-of", required=True,
        format_func=lambda p: say("whole_captions" if p == "caption" else "heads_only"),
        persist_state="session",
    )  # fmt: skip
    cloud = frames.cloud(folder, str(part), look)
    buffer = io.BytesIO()
    Image.fromarray(np.asarray(cloud)).save(buffer, "WEBP", quality=88)
    st.html(
        f'<div class="znak-cloud">{picture(buffer.getvalue(), words["cloud"], "image/webp")}</div>'
    )
    for n, column in enumerate(st.columns(3), start=1):
        frame = frames.of_captions(folder, "count_ngrams", n, part=str(part), top=top)
        with column:
            figure = draw_bars(
                frame.ngram.tolist(), frame["count"].tolist(), look=look, title=words[f"gram{n}"]
            )
            put_plot(figure, f"gram-{n}")


def _values(folder: Path, look: PlotLook, words: dict[str, Any], top: int) -> None:
    st.subheader(words["values"])
    for column, kind in zip(st.columns(len(VALUES)), VALUES, strict=True):
        frame = frames.of_captions(folder, "count_values", kind, top=top)
        with column:
            figure = draw_bars(
                frame.value.tolist(), frame.logos.tolist(), look=look, title=words[kind]
            )
            put_plot(figure, f"values-{kind}")
    cross = frames.of_captions(folder, "cross_values", "industry", "tag", n_columns=28)
    if len(cross):
        text(words["cross"], "znak-eyebrow")
        heat = plot_heat(
            cross, label=words["lift_log"], logos=words["logos"], theme=frames.theme_of(look)
        )
        put_plot(heat, "cross")
        text(words["cross_note"])


def _names(folder: Path, look: PlotLook, words: dict[str, Any], top: int) -> None:
    st.subheader(words["names_title"])
    found = frames.of_captions(folder, "describe_names", top=top)
    counts, forms, initials = found["words"], found["forms"], found["initials"].head(top)
    forms = forms.sort_values("names", ascending=False, kind="stable")
    panels = (
        ([f"{n}+" if n == 8 else str(n) for n in counts.words], counts.names, words["name_words"]),
        ([words["form_names"][form] for form in forms.form], forms.names, words["forms"]),
        (initials.initial.tolist(), initials.names, words["initials"]),
    )
    for k, (column, (labels, values, title)) in enumerate(zip(st.columns(3), panels, strict=True)):
        with column:
            put_plot(draw_bars(labels, values.tolist(), look=look, title=title), f"names-{k}")


def _rest(say: Speech, folder: Path, words: dict[str, Any]) -> None:
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader(words["languages"])
        frame = frames.of_captions(folder, "count_languages").copy()
        frame["language"] = frame["language"].map(words["language_names"])
        names = {k: words[k] for k in ("language", "captions", "example")}
        put_table(frame, names, "languages")
    with right:
        st.subheader(words["repeats"])
        repeats = frames.of_captions(folder, "count_repeats")
        n, m = say.number(repeats["caption"]), say.number(repeats["tags and industry"])
        text(words["repeats_note"].format(n=n, m=m))
        frame = frames.of_captions(folder, "find_repeats")
        if len(frame):
            put_table(frame, {k: words[k] for k in ("caption", "logos")}, "repeats")
