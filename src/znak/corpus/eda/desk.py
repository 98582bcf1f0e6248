"""Where a report is put together: tables and figures on disk, their copies for the page."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from matplotlib.figure import Figure
from PIL import Image

from znak.corpus.amazing.pictures import Picture, decode, shrink
from znak.corpus.amazing.shards import Shards, take_images
from znak.corpus.eda.theme import LIGHT, Theme, drawn, save

Block = dict[str, Any]
TILE = 88
SPRITE = 56


@dataclass
class Desk:
    """A report's folder, language and theme; `t` are the words of its language."""

    folder: Path
    language: str
    t: dict[str, Any]
    synthetic: bool
    theme: Theme = LIGHT
    figures: list[str] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)

    def number(self, value: float) -> str:
        """Return a number as the language writes it."""
        whole = abs(value) >= 1000 or value == round(value)
        text = f"{value:,.0f}" if whole else f"{value:.3g}"
        return text if self.language == "en" else text.replace(",", "\u00a0").replace(".", ",")

    def percent(self, value: float) -> str:
        """Return a share as the language writes it."""
        share = 100 * value
        digits = 0 if share >= 99.95 or share == 0 else 1 if share >= 1 else 2
        text = f"{share:.{digits}f}"
        return f"{text}%" if self.language == "en" else text.replace(".", ",") + "\u00a0%"

    def table(self, name: str, frame: pd.DataFrame) -> pd.DataFrame:
        """Write a frame as parquet and CSV, and return it."""
        folder = self.folder / "tables"
        table = pa.Table.from_pandas(frame, preserve_index=False)
        table = table.replace_schema_metadata({"synthetic": str(self.synthetic).lower()})
        pq.write_table(table, folder / f"{name}.parquet")
        frame.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")
        self.tables.append(name)
        return frame

    def figure(
        self, name: str, figure: Figure, title: str, note: str = "", *, wide: bool = False
    ) -> Block:
        """Write a figure as PNG and SVG, labelled where it is synthetic; return its block."""
        if self.synthetic:
            with drawn(self.theme):
                figure.supxlabel(self.t["synthetic_label"], x=0.995, ha="right", fontsize=7.5,
                                 color=self.theme.soft)  # fmt: skip
        url = save(figure, self.folder / "figures", name, self.theme)
        self.figures.append(name)
        return {"kind": "figure", "title": title, "note": note, "url": url, "wide": wide}

    def sheet(
        self, title: str, rows: Sequence[int], pictures: dict[int, str], captions: dict[int, str],
        note: str = "", *, high: bool = False,
    ) -> Block:  # fmt: skip
        """Return a block of pictures with their captions for hovering; `high` shows them larger."""
        cells = [
            {"url": pictures[row], "text": f"{row}: {captions.get(row, '')}"}
            for row in rows
            if row in pictures
        ]
        return {"kind": "sheet", "title": title, "note": note, "cells": cells, "high": high}

    def rows(
        self, title: str, heads: Sequence[str], lines: Iterable[Sequence[Any]], note: str = "",
        *, whole: bool = False,
    ) -> Block:  # fmt: skip
        """Return a block that is a small table; a long one scrolls unless it is shown `whole`."""
        shown = [[self._cell(value) for value in line] for line in lines]
        return {
            "kind": "table", "title": title, "note": note, "heads": list(heads), "lines": shown,
            "whole": whole,
        }  # fmt: skip

    def _cell(self, value: Any) -> str:
        if isinstance(value, bool):
            return str(self.t["yes" if value else "no"])
        if isinstance(value, int | float):
            return self.number(value)
        return str(value)

    def write_summary(self, summary: dict[str, Any]) -> None:
        """Write `summary.json`."""
        text = json.dumps(summary, indent=1, ensure_ascii=False, sort_keys=True)
        (self.folder / "summary.json").write_text(text, encoding="utf-8")


def tile_pictures(shards: Shards, rows: Sequence[int], *, size: int = TILE) -> dict[int, str]:
    """Return pictures as data URLs by row, in their own proportions within `size`."""
    return {
        row: _url(image.rgb, size)
        for row, data in take_images(shards, rows).items()
        if isinstance(image := decode(data), Picture)
    }


def make_sprites(shards: Shards, rows: Sequence[int], *, size: int = SPRITE) -> tuple[str, int]:
    """Return one picture of all `rows` side by side as a data URL, and how many stand in a line."""
    columns = max(1, round(len(rows) ** 0.5))
    lines = max(1, -(-len(rows) // columns))
    sheet = Image.new("RGB", (columns * size, lines * size), "white")
    place = {row: k for k, row in enumerate(rows)}
    for row, data in take_images(shards, rows).items():
        picture = decode(data)
        if isinstance(picture, Picture):
            k = place[row]
            sheet.paste(shrink(picture.rgb, size), (k % columns * size, k // columns * size))
    return _encode(sheet, quality=72), columns


def _url(image: Image.Image, size: int) -> str:
    small = image.copy()
    small.thumbnail((2 * size, 2 * size), Image.Resampling.BICUBIC, reducing_gap=None)
    return _encode(small, quality=80)


def _encode(image: Image.Image, *, quality: int) -> str:
    file = io.BytesIO()
    image.save(file, "WEBP", quality=quality, method=3)
    return "data:image/webp;base64," + base64.b64encode(file.getvalue()).decode("ascii")
