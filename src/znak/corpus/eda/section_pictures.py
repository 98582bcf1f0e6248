"""The picture part of the report: statistics of pictures, drawn, and sheets of them."""

from __future__ import annotations

from itertools import chain

import numpy as np
import pandas as pd

from znak.corpus.amazing.shards import Shards
from znak.corpus.eda import looks
from znak.corpus.eda.charts import (
    draw_bars,
    draw_channels,
    draw_histograms,
    draw_palettes,
    draw_stacks,
)
from znak.corpus.eda.desk import Block, Desk, tile_pictures
from znak.corpus.eda.palettes import colour_cloud, palettes_by
from znak.corpus.eda.pictures import COLOURS, FORMS, KINDS, Pictures
from znak.corpus.eda.plots import plot_cloud, plot_sizes

_SHEET = 48
_ROW = 12
_HIGH = ("tallest", "smallest")  # slivers at the height of the others
_KIND_COLOURS = ("#2f6690", "#8b8f98", "#1c1d22")


def build_pictures(
    desk: Desk,
    shards: Shards,
    pictures: Pictures,
    *,
    captions: pd.Series,
    industries: pd.Series,
    flagged: pd.Series,
) -> tuple[list[Block], dict[str, float]]:
    """Return the blocks of the section and the numbers of its head.

    `captions`, `industries` and `flagged` are given by row number.
    """
    facts = looks.summarise(pictures)
    if not facts["pictures"]:
        note = {"kind": "note", "title": desk.t["no_pictures"], "note": ""}
        return [note, *_faults(desk, pictures)], facts
    blocks = [
        *_files(desk, pictures, flagged, facts),
        *_sizes(desk, pictures, facts),
        *_colours(desk, pictures, industries, facts),
        *_forms(desk, pictures),
        *_sheets(desk, shards, pictures, captions, facts),
    ]
    return blocks, facts


def _faults(desk: Desk, pictures: Pictures) -> list[Block]:
    t = desk.t
    faults = desk.table("faults", looks.count_faults(pictures))
    if faults.empty:
        return []
    lines = [(t["fault_names"][f], n, rows) for f, n, rows in faults.itertuples(index=False)]
    return [desk.rows(t["faults"], (t["fault"], t["pictures"], t["first_rows"]), lines)]


def _files(
    desk: Desk, pictures: Pictures, flagged: pd.Series, facts: dict[str, float]
) -> list[Block]:
    t, blocks = desk.t, _faults(desk, pictures)
    modes = desk.table("modes", looks.count_modes(pictures))
    heads = (t["format"], t["mode"], t["channels"], t["alpha"], t["pictures"])
    blocks.append(desk.rows(t["modes"], heads, modes.itertuples(index=False)))
    desk.table("measures_of_pictures", looks.box_measures(pictures))
    kinds = desk.table("kinds", looks.cross_kinds(pictures, flagged))
    names = [t["kind_names"][kind] for kind in KINDS]
    grey = kinds[kinds.kind != "colour"]
    note = t["kinds_note"].format(
        one=desk.number(int(grey.pictures[grey.channels == 1].sum())),
        grey=desk.number(int(grey.pictures.sum())),
    )
    rows: list[str] = []
    values: dict[str, list[float]] = {name: [] for name in names}
    for column, labels in (
        ("channels", t["stored"]),
        ("flag", {False: t["unflagged"], True: t["flagged"]}),
    ):
        for key, label in labels.items():
            inside = kinds[kinds[column] == key]
            if inside.empty:
                continue
            rows.append(label)
            for kind, name in zip(KINDS, names, strict=True):
                values[name].append(float(inside.pictures[inside.kind == kind].sum()))
    # Shares, for the rows differ a hundredfold in size; the counts stand in the table.
    totals = np.array(list(values.values())).sum(axis=0)
    shares = {name: (np.array(v) / totals).tolist() for name, v in values.items()}
    labels = [f"{row} · {desk.number(total)}" for row, total in zip(rows, totals, strict=True)]
    figure = draw_stacks(
        labels, shares, colours=_KIND_COLOURS, theme=desk.theme, number=desk.percent
    )
    return [*blocks, desk.figure("kinds", figure, t["kinds"], note)]


def _sizes(desk: Desk, pictures: Pictures, facts: dict[str, float]) -> list[Block]:
    t, frames = desk.t, {}
    for measure in ("width", "height", "pixels", "ratio", "ratio without squares"):
        name = measure.replace(" ", "_")
        frames[measure] = desk.table(f"size_{name}", looks.bin_measure(pictures, measure))
    sizes = [(t[m], frames[m]) for m in ("width", "height", "pixels")]
    figure = draw_histograms(sizes, logarithmic=True, theme=desk.theme, number=desk.number)
    shapes = desk.table("shapes", looks.count_shapes(pictures, top=10**9))
    common = shapes.head(12)
    bars = draw_bars(
        [("", [f"{w}×{h}" for w, h in zip(common.width, common.height, strict=True)],
          common.pictures.tolist())], theme=desk.theme, number=desk.number,
    )  # fmt: skip
    ratios = [(t["ratio_all"], frames["ratio"]), (t["ratio_rest"], frames["ratio without squares"])]
    ratio = draw_histograms(
        ratios, logarithmic=True, columns=2, theme=desk.theme, number=desk.number
    )
    frame = looks.with_sizes(pictures)
    rest = frame.ratio[frame.width != frame.height]
    note = t["ratios_note"].format(
        share=desk.percent(facts["square"] / max(facts["pictures"], 1)),
        low=desk.number(rest.min() if len(rest) else 1),
        high=desk.number(rest.max() if len(rest) else 1),
    )
    plot = plot_sizes(
        shapes.head(4000),
        width=t["width"],
        height=t["height"],
        count=t["pictures"],
        theme=desk.theme,
        number=desk.number,
    )
    return [
        desk.figure("sizes", figure, t["sizes"], wide=True),
        desk.figure("shapes", bars, t["common_shapes"]),
        {"kind": "plot", "title": t["sizes_plot"], "plot": plot,
         "note": t["sizes_plot_note"].format(n=desk.number(facts["shapes"]))},
        desk.figure("ratios", ratio, t["ratios"], note, wide=True),
    ]  # fmt: skip


def _colours(
    desk: Desk, pictures: Pictures, industries: pd.Series, facts: dict[str, float]
) -> list[Block]:
    t = desk.t
    bins = {
        c: desk.table(f"intensity_{c}", looks.bin_measure(pictures, c))
        for c in ("red", "green", "blue")
    }
    channels = draw_channels(bins, label=t["intensity_x"], count=t["pictures"],
                             names=t["channel_names"], theme=desk.theme, number=desk.number)  # fmt: skip
    grounds = desk.table("grounds", looks.count_grounds(pictures))
    # White would dwarf the others; its share stands in the note and its count in the table.
    tinted = grounds[[min(bytes.fromhex(g[1:])) <= 255 * looks.WHITE for g in grounds.ground]]
    ground = draw_bars([("", tinted.ground.tolist(), tinted.pictures.tolist())],
                       colours=tinted.ground.tolist(), theme=desk.theme, number=desk.number)  # fmt: skip
    colours = desk.table("colours", looks.count_colours(pictures))
    marks = ["#{:02x}{:02x}{:02x}".format(*COLOURS[c]) for c in colours.colour]
    colour = draw_bars(
        [("", [t["colour_names"][c] for c in colours.colour], colours.pictures.tolist())],
        colours=marks, theme=desk.theme, number=desk.number,
    )  # fmt: skip
    share = facts["white_ground"] / max(facts["pictures"], 1)
    blocks = [
        desk.figure("intensity", channels, t["intensity"],
                    t["intensity_note"].format(mean=desk.number(facts["mean"])), wide=True),
        *([desk.figure("grounds", ground, t["grounds"],
                       t["grounds_note"].format(share=desk.percent(share)))] if len(tinted) else []),
        desk.figure("colours", colour, t["colours"], t["colours_note"]),
    ]  # fmt: skip
    palettes = palettes_by(pictures, industries)
    if palettes:
        lines = [
            {"industry": p.name, "pictures": p.pictures, "colour": c, "share": s}
            for p in palettes
            for c, s in zip(p.colours, p.shares, strict=True)
        ]
        desk.table("palettes", pd.DataFrame(lines))
        figure = draw_palettes(palettes, theme=desk.theme, number=desk.number)
        blocks.append(desk.figure("palettes", figure, t["palettes"], t["palettes_note"], wide=True))
    cloud = colour_cloud(pictures)
    if len(cloud):
        note = t["colour_cloud_note"].format(n=desk.number(len(cloud)))
        plot = plot_cloud(cloud, theme=desk.theme)
        blocks.append({"kind": "plot", "title": t["colour_cloud"], "note": note, "plot": plot})
    return blocks


def _forms(desk: Desk, pictures: Pictures) -> list[Block]:
    t = desk.t
    panels = [
        (
            t["form_titles"][form],
            desk.table(f"form_{form}", looks.bin_measure(pictures, form, bins=30)),
        )
        for form in FORMS
    ]
    figure = draw_histograms(panels, theme=desk.theme, number=desk.number)
    return [desk.figure("forms", figure, t["forms_title"], t["forms_note"], wide=True)]


def _sheets(
    desk: Desk, shards: Shards, pictures: Pictures, captions: pd.Series, facts: dict[str, float]
) -> list[Block]:
    t = desk.t
    groups = looks.find_groups(pictures)
    pairs = desk.table("near_pairs", looks.find_pairs(pictures))
    flat = looks.pick_flat(pictures, 2 * _ROW)
    chosen = {t["random"]: looks.pick_random(pictures, _SHEET)}
    chosen |= {t["extremes"][n]: looks.pick_extreme(pictures, n, _ROW) for n in looks.EXTREMES}
    ends = pairs[["a", "b"]].to_numpy().ravel().tolist() if len(pairs) else []
    rows = sorted({*flat, *ends, *chain.from_iterable([*chosen.values(), *groups])})
    tiles = tile_pictures(shards, rows)
    said = {row: str(captions.get(row, ""))[:160] for row in rows}
    blocks = []
    if flat:
        blocks.append(desk.sheet(t["flat_sheet"], flat, tiles, said))
    if groups:
        note = t["groups_note"].format(
            exact=desk.number(facts["exact"]), near=desk.number(facts["near"])
        )
        blocks.append({"kind": "groups", "title": t["groups"], "note": note, "groups": [
            desk.sheet(f"{k + 1}", group, tiles, said)["cells"] for k, group in enumerate(groups)]})  # fmt: skip
    if ends:
        blocks.append({"kind": "groups", "title": t["pairs"], "note": t["pairs_note"], "groups": [
            desk.sheet("", [int(a), int(b)], tiles, said)["cells"]
            for a, b in pairs[["a", "b"]].itertuples(index=False)]})  # fmt: skip
    high = {t["extremes"][name] for name in _HIGH}
    blocks += [
        desk.sheet(title, found, tiles, said, high=title in high)
        for title, found in chosen.items()
        if found
    ]
    return blocks
