"""The text part of the report: statistics of captions, drawn."""

from __future__ import annotations

from znak.corpus.eda import text
from znak.corpus.eda.captions import CaptionBase
from znak.corpus.eda.charts import (
    draw_bars,
    draw_heat,
    draw_lengths,
    draw_picture,
    draw_ranks,
    draw_stacks,
)
from znak.corpus.eda.clouds import draw_cloud
from znak.corpus.eda.desk import Block, Desk
from znak.corpus.eda.plots import plot_heat

_TOP = 18


def build_text(desk: Desk, base: CaptionBase) -> tuple[list[Block], dict[str, float]]:
    """Return the blocks of the section and the numbers of its head."""
    facts = text.summarise(base)
    repeats = text.count_repeats(base)
    facts["repeats"], facts["repeats_head"] = repeats["caption"], repeats["tags and industry"]
    blocks = [
        *_lengths(desk, base),
        *_parse(desk, base, facts),
        *_words(desk, base),
        *_values(desk, base, facts),
        *_names(desk, base),
        *_rest(desk, base, facts),
    ]
    return blocks, facts


def _lengths(desk: Desk, base: CaptionBase) -> list[Block]:
    t, blocks = desk.t, []
    boxes = desk.table("caption_lengths", text.box_measures(base)).set_index("measure")
    for measure in text.MEASURES:
        bins = desk.table(f"caption_{measure}", text.bin_measure(base, measure))
        box = {str(k): float(v) for k, v in boxes.loc[measure].items()}
        figure = draw_lengths(bins, box, label=t[measure], count=t["captions"],
                              theme=desk.theme, number=desk.number)  # fmt: skip
        note = t["len_note"].format(**{k: desk.number(v) for k, v in box.items()})
        blocks.append(desk.figure(f"caption_{measure}", figure, t[f"len_{measure}"], note))
    return blocks


def _parse(desk: Desk, base: CaptionBase, facts: dict[str, float]) -> list[Block]:
    t, rows = desk.t, facts["rows"]
    full = facts["parsed"] - facts["name_only"] - facts["no_industry"]
    parts = {
        t["parse_full"]: [full],
        t["parse_no_industry"]: [facts["no_industry"]],
        t["parse_name"]: [facts["name_only"]],
        t["parse_not"]: [facts["unparsed"]],
    }
    colours = (desk.theme.second, desk.theme.series[4], desk.theme.series[2], desk.theme.accent)
    figure = draw_stacks([""], parts, colours=colours, theme=desk.theme, number=desk.number)
    note = t["parse_note"].format(
        n=desk.number(facts["unparsed"]), rows=desk.number(rows),
        share=desk.percent(facts["unparsed"] / rows), files=desk.number(facts["file_names"]),
        flag=desk.number(facts["flagged"]),
    )  # fmt: skip
    unparsed = desk.table("unparsed", text.sample_unparsed(base))
    lines = zip(unparsed.row.map(str), unparsed.caption, strict=True)
    return [
        desk.figure("parsed", figure, t["parse"], note),
        desk.rows(t["unparsed"], (t["row"], t["caption"]), lines),
    ]


def _words(desk: Desk, base: CaptionBase) -> list[Block]:
    t, blocks = desk.t, []
    for part, title in (("caption", "ngrams"), ("head", "heads")):
        panels = []
        for n in (1, 2, 3):
            frame = desk.table(f"{title}_{n}", text.count_ngrams(base, n, part=part))
            shown = frame.head(_TOP)
            panels.append((t[f"gram{n}"], shown.ngram.tolist(), shown["count"].tolist()))
        figure = draw_bars(panels, theme=desk.theme, number=desk.number)
        blocks.append(desk.figure(title, figure, t[title], t[f"{title}_note"], wide=True))
    cloud = draw_picture(draw_cloud(text.word_weights(base), theme=desk.theme), theme=desk.theme)
    blocks.append(desk.figure("cloud", cloud, t["cloud"], wide=True))
    return blocks


def _values(desk: Desk, base: CaptionBase, facts: dict[str, float]) -> list[Block]:
    t, panels = desk.t, []
    for kind in text.VALUES:
        frame = desk.table(f"values_{kind}", text.count_values(base, kind, top=200)).head(_TOP)
        panels.append((t[kind], frame.value.tolist(), frame.logos.tolist()))
    note = t["values_note"].format(
        industries=desk.number(facts["industries"]), tags=desk.number(facts["tags"]),
        median=desk.number(facts["median_logos_per_industry"]),
    )  # fmt: skip
    figure = draw_bars(panels, theme=desk.theme, number=desk.number)
    blocks = [desk.figure("values", figure, t["values"], note, wide=True)]
    ranks = desk.table("industry_sizes", text.rank_sizes(base, "industry"))
    if len(ranks):
        figure = draw_ranks(ranks, label=t["ranks_x"], count=t["ranks_y"], theme=desk.theme,
                            number=desk.number)  # fmt: skip
        blocks.append(desk.figure("industry_sizes", figure, t["ranks"]))
    cross = desk.table(
        "cross_industry_tag", text.cross_values(base, "industry", "tag", n_columns=36)
    )
    if len(cross):
        plot = plot_heat(
            cross, label=t["lift_log"], logos=t["logos"], theme=desk.theme, number=desk.number
        )
        blocks.append({"kind": "plot", "title": t["cross"], "note": t["cross_note"], "plot": plot})
        figure = draw_heat(
            cross, value="lift", label=t["lift"], theme=desk.theme, number=desk.number
        )
        desk.figure("cross_industry_tag", figure, t["cross"])
    for kind, value in (("tag", "lift"), ("style", "logos")):
        frame = desk.table(
            f"cross_{kind}", text.cross_values(base, kind, kind, n_rows=20, n_columns=20)
        )
        if len(frame):
            label = t["lift"] if value == "lift" else t["captions"]
            figure = draw_heat(
                frame, value=value, label=label, theme=desk.theme, number=desk.number
            )
            title = t["cross_tags" if kind == "tag" else "cross_style"]
            blocks.append(desk.figure(f"cross_{kind}", figure, title, wide=kind == "tag"))
    return blocks


def _names(desk: Desk, base: CaptionBase) -> list[Block]:
    t, frames = desk.t, text.describe_names(base)
    for name, frame in frames.items():
        desk.table(f"names_{name}", frame)
    words = frames["words"]
    labels = [f"{n}+" if n == 8 else str(n) for n in words.words]
    forms = frames["forms"].sort_values("names", ascending=False, kind="stable")
    initials = frames["initials"].head(10)
    panels = [
        (t["name_words"], labels, words.names.tolist()),
        (t["forms"], [t["form_names"][f] for f in forms.form], forms.names.tolist()),
        (t["initials"], initials.initial.tolist(), initials.names.tolist()),
    ]
    figure = draw_bars(panels, theme=desk.theme, number=desk.number)
    common = frames["common"]
    common = common[common.logos > 1].head(12)
    blocks = [desk.figure("names", figure, t["names_title"], wide=True)]
    if len(common):
        lines = zip(common.name, common.logos, strict=True)
        blocks.append(desk.rows(t["common_names"], (t["name"], t["logos"]), lines))
    return blocks


def _rest(desk: Desk, base: CaptionBase, facts: dict[str, float]) -> list[Block]:
    t = desk.t
    languages = desk.table("languages", text.count_languages(base))
    lines = [
        (t["language_names"][language], int(n), desk.percent(n / facts["rows"]), example)
        for language, n, example in languages.itertuples(index=False)
    ]
    repeats = desk.table("repeated_captions", text.find_repeats(base))
    note = t["repeats_note"].format(
        n=desk.number(facts["repeats"]), m=desk.number(facts["repeats_head"])
    )
    heads = (t["language"], t["captions"], t["share"], t["example"])
    blocks = [desk.rows(t["languages"], heads, lines, t["languages_note"])]
    if len(repeats):
        shown = zip(repeats.caption.str.slice(0, 160), repeats.logos, strict=True)
        blocks.append(desk.rows(t["repeats"], (t["caption"], t["logos"]), shown, note))
    else:
        blocks.append({"kind": "note", "title": t["repeats"], "note": note})
    return blocks
