"""The pictures of the corpus report: drawings and pairs of near-copies as small inline PNGs."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from PIL import Image

from znak.corpus.batches import field_array, read_batches
from znak.corpus.report_charts import decimal
from znak.corpus.report_pairs import find_near
from znak.fields.sdf import CLAMP, SIZE
from znak.fields.svg import render

_PICTURE = 136
_PAIRS = 18


class Gallery:
    """The drawings that are shown, as small PNGs, and the near-copies among the probe."""

    def __init__(
        self,
        corpus: Path,
        shown: NDArray[np.int64],
        probe: NDArray[np.int64],
        language: str,
        progress: Callable[[int], None],
    ) -> None:
        self._language = language
        fields = np.empty((len(shown), 64, 64), dtype=np.int8)
        self._rows: dict[int, dict[str, Any]] = {}
        number = 0
        columns = ["field", "svg", "caption", "ru", "set", "name", "colours", "derived", "license"]
        for batch in read_batches(corpus, columns=columns):
            low, high = np.searchsorted(shown, [number, number + batch.num_rows])
            if low < high:
                picked = batch.take(pa.array(shown[low:high] - number))
                fields[low:high] = field_array(picked)
                texts = picked.drop_columns(["field"]).to_pylist()
                self._rows.update(zip(shown[low:high].tolist(), texts, strict=True))
            number += batch.num_rows
            progress(batch.num_rows)
        self._fields = dict(zip(shown.tolist(), fields, strict=True))
        self._probe = probe
        self._near = find_near(fields[np.searchsorted(shown, probe)], np.random.default_rng(0))

    def cells(self, rows: Iterable[int], *, colour: bool = False) -> list[dict[str, str]]:
        """Return the pictures of rows with captions: their fields, or themselves in colour."""
        return [self._cell(int(row), colour=colour) for row in rows]

    def _cell(self, row: int, *, colour: bool = False) -> dict[str, str]:
        text = self._rows[row]
        caption = (text["ru"] if self._language == "ru" else "") or text["caption"]
        kind = f" · {text['derived']}" if text["derived"] else ""
        title = f"{text['caption']} · {text['set']}:{text['name']}{kind} · {text['license']}"
        if colour:
            source = _png(Image.fromarray(render(text["svg"], _PICTURE), "RGBA"))
        else:
            source = _field_png(self._fields[row])
        return {"src": source, "caption": caption, "title": title}

    def pairs(self, *, inside: bool) -> list[dict[str, Any]]:
        """Return the pairs nearest to the near-copy line on one side, each drawing once."""
        found = [pair for pair in self._near if (pair.score < 1) == inside]
        if inside:
            found.reverse()
        used: set[int] = set()
        out: list[dict[str, Any]] = []
        for pair in found:
            if pair.a in used or pair.b in used or len(out) == _PAIRS:
                continue
            used |= {pair.a, pair.b}
            left, right = self._cell(int(self._probe[pair.a])), self._cell(int(self._probe[pair.b]))
            numbers = (
                f"{decimal(100 * pair.far, self._language)}% · {decimal(pair.gap, self._language)}"
            )
            names = f"{left['caption']} · {right['caption']}"
            mark = " ⇄" if pair.mirrored else ""
            out.append({"a": left, "b": right, "gap": numbers + mark, "names": names})
        return out


def _field_png(field: NDArray[np.int8]) -> str:
    coarse = Image.fromarray(field.astype(np.float32) / np.float32(127), "F")
    fine = np.asarray(coarse.resize((_PICTURE, _PICTURE), Image.Resampling.BICUBIC))
    ink = np.clip(fine * np.float32(CLAMP * _PICTURE / SIZE) + np.float32(0.5), 0, 1)
    grey = np.rint((1 - ink) * 15).astype(np.uint8)
    picture = Image.fromarray(grey, "P")
    ramp = [
        [
            round(27 + (255 - 27) * k / 15),
            round(34 + (255 - 34) * k / 15),
            round(48 + (255 - 48) * k / 15),
        ]
        for k in range(16)
    ]
    picture.putpalette([c for colour in ramp for c in colour])
    return _png(picture, bits=4)


def _png(picture: Image.Image, **options: int) -> str:
    file = io.BytesIO()
    picture.save(file, "PNG", optimize=True, **options)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
