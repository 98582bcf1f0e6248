"""Model: what draws, what it learnt from and how, and how it stands beside the baseline."""

from __future__ import annotations

import json
from functools import lru_cache
from html import escape
from pathlib import Path

import streamlit as st

from znak.engine import flow
from znak.errors import DataError
from znak.serve.page import card, runs, services, session
from znak.serve.page.looks import choose_look, put_plot
from znak.serve.page.plots import HIGHER, LOWER, PlotLook, draw_figures, draw_lines
from znak.serve.page.style import picture, plain, text, theme_name
from znak.serve.page.texts import Speech

_KINDS = {".png": "image/png", ".webp": "image/webp"}


def show() -> None:
    """Draw the page."""
    say = session.speech()
    st.title(say("model_title"))
    text(say("model_lead"), "znak-lead")
    _facts(say)
    st.subheader(say("how"))
    steps = "".join(
        f"<li><b>{escape(say(f'how_{k}'))}</b><span>{escape(say(f'how_{k}_note'))}</span></li>"
        for k in range(1, 6)
    )
    st.html(f'<ol class="znak-steps">{steps}</ol>')
    left, right = st.columns([1, 1.1], gap="large")
    with left:
        st.subheader(say("limits"))
        text(say("limits_text"))
    with right:
        _sources(say)
    st.subheader(say("training"))
    with st.container(key="training-choice"):
        one, two = st.columns([2, 1])
        with one:
            run = _choose_run(say)
        with two:
            look = choose_look("model")
    _training(say, run, look)
    st.subheader(say("comparison"))
    _comparison(say, look)


def _facts(say: Speech) -> None:
    facts = card.read_facts(flow.shipped_path())
    if facts is None:
        text(say("no_weights"), "znak-note")
        return
    cells = (
        (
            f"{facts.weights / 1e6:.1f}".replace(".", "," if say.language == "ru" else "."),
            "weights",
            True,
        ),
        (say.size(facts.n_bytes), "size", False),
        (say.number(facts.samples), "seen", False),
        (say.number(sum(s.drawings for s in card.sources())), "drawings", False),
        (say.number(len(card.sources())), "sets", False),
        (say.number(facts.steps), "steps", False),
    )
    million = " млн" if say.language == "ru" else " M"
    shown = "".join(
        f"<div><b>{escape(value + (million if is_millions else ''))}</b><span>{escape(say(key))}</span></div>"
        for value, key, is_millions in cells
    )
    st.html(f'<div class="znak-facts">{shown}</div>')


def _sources(say: Speech) -> None:
    st.subheader(say("sources"))
    found = card.sources()
    total = sum(source.drawings for source in found)
    text(say("sources_note", drawings=say.number(total), sets=say.number(len(found))))
    by_licence: dict[str, int] = {}
    for source in found:
        by_licence[source.licence] = by_licence.get(source.licence, 0) + source.drawings
    tags = "".join(
        f'<span class="znak-tag">{escape(licence)} · {escape(say.number(n))}</span>'
        for licence, n in sorted(by_licence.items(), key=lambda item: -item[1])
    )
    st.html(f'<div class="znak-tags">{tags}</div>')
    with st.expander(say("all_sets"), key="all-sources"):
        st.dataframe(
            {
                say("set"): [s.name for s in found],
                say("licence"): [s.licence for s in found],
                say("n_drawings"): [s.drawings for s in found],
            },
            hide_index=True,
            height=320,
        )


def _choose_run(say: Speech) -> Path | None:
    folder = services.settings().data / "runs"
    shipped = runs.shipped_run()
    found = [*([shipped] if (shipped / "log.jsonl").is_file() else []), *runs.find_runs(folder)]
    if not found:
        text(say("no_runs", folder=folder), "znak-note")
        return None
    names = {
        str(p): say("run_shipped") if p == shipped else p.relative_to(folder).as_posix()
        for p in found
    }
    chosen = st.selectbox(
        say("run"),
        list(names),
        format_func=names.__getitem__,
        key="run",
        persist_state="session",
    )
    return Path(str(chosen))


def _training(say: Speech, run: Path | None, look: PlotLook) -> None:
    if run is None:
        return
    try:
        curves = runs.read_curves(run)
    except DataError as error:
        st.error(plain(error.text(say.language)))
        curves = {"losses": {}, "metrics": {}}
    one, two = st.columns([2, 1], vertical_alignment="bottom")
    weight = one.slider(say("smooth"), 0.0, 0.98, 0.3, 0.02, key="smooth", persist_state="session")
    is_log = two.toggle(say("log_scale"), True, key="log-scale", persist_state="session")
    if curves["losses"]:
        text(say("losses"), "znak-eyebrow")
        put_plot(
            draw_lines(
                curves["losses"], look=look, x=say("samples_seen"), weight=weight, is_log=is_log
            ),
            "losses",
        )
    text(say("metrics"), "znak-eyebrow")
    if curves["metrics"]:
        columns = st.columns(min(2, len(curves["metrics"])))
        for k, (name, points) in enumerate(curves["metrics"].items()):
            with columns[k % len(columns)]:
                figure = draw_lines({name: points}, look=look, x=say("samples_seen"), height=280)
                put_plot(figure, f"metric-{k}")
    else:
        text(say("no_metrics"))
    _samples(say, run)
    config = runs.read_config(run)
    if config:
        with st.expander(say("config"), key="config"):
            st.code(json.dumps(config, indent=1, ensure_ascii=False), language="json", height=320)


def _samples(say: Speech, run: Path) -> None:
    text(say("samples"), "znak-eyebrow")
    sheets = runs.find_sheets(run)
    if not sheets:
        text(say("no_sheets"))
        return
    text(say("samples_note"))
    is_dark = " dark" if theme_name() == "dark" else ""
    is_playing = len(sheets) > 1 and st.toggle(
        say("play"), True, key="play", persist_state="session"
    )
    label = say("samples")
    if is_playing:
        try:
            film = _film(tuple(sheets), sheets[-1][1].stat().st_mtime)
        except DataError as error:
            st.error(plain(error.text(say.language)))
            return
        st.html(f'<div class="znak-sheet{is_dark}">{picture(film, label, "image/webp")}</div>')
        return
    numbers = [samples for samples, _ in sheets]
    chosen = numbers[-1]
    if len(numbers) > 1:
        chosen = st.select_slider(
            say("stage"), numbers, numbers[-1], format_func=say.number, key=f"stage-{run}"
        )
    path = dict(sheets)[chosen]
    shown = picture(path.read_bytes(), label, _KINDS[path.suffix])
    st.html(f'<div class="znak-sheet{is_dark}">{shown}</div>')


@lru_cache(maxsize=8)
def _film(sheets: tuple[tuple[int, Path], ...], when: float) -> bytes:
    """Return the animation of sheets as they are at the time `when`."""
    del when
    return runs.animate(sheets)


def _comparison(say: Speech, look: PlotLook) -> None:
    data = services.settings().data
    found = [*runs.find_comparisons(data / "runs"), *runs.find_comparisons(data / "comparisons")]
    if not found:
        text(say("no_comparison", folder=data / "comparisons").replace("`", ""), "znak-note")
        return
    names = {str(path): path.parent.name for path in found}
    chosen = Path(
        str(
            st.selectbox(
                say("comparison"),
                list(names),
                format_func=names.__getitem__,
                key="comparison",
                label_visibility="collapsed",
                persist_state="session",
            )
        )
    )
    try:
        measured = runs.read_comparison(chosen)
    except DataError as error:
        st.error(plain(error.text(say.language)))
        return
    text(say("comparison_note").replace("`", ""))
    if any(run.is_synthetic for run in measured):
        text(say("comparison_synthetic"), "znak-note")
    columns = st.columns(2)
    for k, name in enumerate(dict.fromkeys(n for run in measured for n in run.figures)):
        rows = [(run.name, *run.figures[name]) for run in measured if name in run.figures]
        better = "higher" if name.startswith(HIGHER) else "lower" if name.startswith(LOWER) else ""
        with columns[k % 2]:
            note = say(better) if better else ""
            put_plot(draw_figures(name, rows, look=look, note=note), f"figure-{k}")
