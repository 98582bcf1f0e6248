"""The exploratory analysis of logos with captions, from files to a page.

    znak eda data/amazing --out eda --language ru

Two passes over the files, by row group: captions, then pictures. Captions and pictures stay on
disk; some 500 bytes a row are held. The folder holds `report.html` (self-contained), `tables/`,
`figures/`, the two tables everything is computed from, and `summary.json`. The same files and
options give the same numbers and figures.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from znak.atomic import new_folder
from znak.corpus.amazing.shards import REAL, Shards, open_shards
from znak.corpus.eda.captions import CaptionBase, open_captions, write_captions
from znak.corpus.eda.desk import Block, Desk
from znak.corpus.eda.page import write_page
from znak.corpus.eda.pictures import Pictures, write_pictures
from znak.corpus.eda.section_both import build_both, build_maps
from znak.corpus.eda.section_pictures import build_pictures
from znak.corpus.eda.section_text import build_text
from znak.corpus.eda.theme import LIGHT, Theme
from znak.corpus.eda.words import WORDS
from znak.errors import InputError

REPORT = "report.html"
SUMMARY = "summary.json"
STEPS = ("captions", "text", "pictures", "images", "both", "maps")

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Options:
    """How an analysis is made."""

    language: str = "en"
    text_only: bool = False
    map_points: int = 1500
    processes: int = 2
    theme: Theme = LIGHT

    def check(self) -> None:
        """Raise InputError for an option that can't be used."""
        if self.language not in WORDS:
            raise InputError(
                f"--language {self.language!r}: choose {' or '.join(WORDS)}",
                ru=f"--language {self.language!r}: выберите {' или '.join(WORDS)}",
            )
        if not 0 <= self.map_points <= 5000:
            raise InputError(
                f"--map-points {self.map_points}: give a number from 0 to 5000",
                ru=f"--map-points {self.map_points}: дайте число от 0 до 5000",
            )


def explore(
    paths: Sequence[Path],
    out: Path,
    options: Options | None = None,
    *,
    progress: Progress = lambda step, done, total: None,
) -> dict[str, Any]:
    """Write the analysis of the files at `paths` into the folder `out`; return its summary.

    `progress` is called with a step of STEPS, what is done of it and of how much. Raises InputError
    for options and for an `out` of another kind, DataError for the files, StorageError for `out`.
    """
    options = options or Options()
    options.check()
    shards = open_shards(paths)
    with new_folder(out, marker=SUMMARY) as folder, ExitStack() as stack:
        for name in ("tables", "figures"):
            (folder / name).mkdir()
        desk = Desk(
            folder, options.language, WORDS[options.language], shards.synthetic, options.theme
        )
        _pass(shards, "captions", progress, lambda show: write_captions(
            shards, folder / "captions.parquet", processes=options.processes, progress=show))  # fmt: skip
        base = stack.enter_context(
            open_captions(folder / "captions.parquet", threads=options.processes, held=True)
        )
        progress("text", 0, 1)
        blocks, facts = build_text(desk, base)
        progress("text", 1, 1)
        sections = [("text", blocks)]
        summary: dict[str, Any] = {"text": facts}
        sprites: dict[str, Any] = {}
        if not options.text_only:
            more, sprites = _explore_pictures(desk, shards, base, options, progress, summary)
            sections += more
        summary |= {
            "rows": shards.rows,
            "files": len(shards.files),
            "synthetic": shards.synthetic,
            "figures": desk.figures,
            "tables": desk.tables,
        }
        write_page(
            folder / REPORT, desk, sections=sections, summary=summary, sprites=sprites,
            command=_command(paths, out, options), real=_real_command(options),
        )  # fmt: skip
        desk.write_summary(summary)
    return summary


def _explore_pictures(
    desk: Desk, shards: Shards, base: CaptionBase, options: Options, progress: Progress,
    summary: dict[str, Any],
) -> tuple[list[tuple[str, list[Block]]], dict[str, Any]]:  # fmt: skip
    found: list[Pictures] = []
    _pass(shards, "pictures", progress, lambda show: found.append(
        write_pictures(shards, desk.folder, processes=options.processes, progress=show)))  # fmt: skip
    (pictures,) = found
    said = base.frame(
        "SELECT row, left(text, 160) AS text, head, lower(industry) AS industry, black_and_white "
        "FROM captions ORDER BY row"
    ).set_index("row")
    progress("images", 0, 1)
    images, summary["images"] = build_pictures(
        desk, shards, pictures, captions=said.text, industries=said.industry,
        flagged=said.black_and_white,
    )  # fmt: skip
    progress("images", 1, 1)
    progress("both", 0, 1)
    both, summary["both"] = build_both(desk, pictures, said["head"])
    progress("both", 1, 1)
    progress("maps", 0, 1)
    maps: list[Block] = []
    sprites: dict[str, Any] = {}
    if options.map_points:
        maps, sprites = build_maps(
            desk, shards, pictures, heads=said["head"], industries=said.industry,
            captions=said.text, n=options.map_points,
        )  # fmt: skip
    progress("maps", 1, 1)
    return [("images", images), ("both", both), ("maps", maps)], sprites


def _pass(
    shards: Shards, step: str, progress: Progress, work: Callable[[Callable[[int], None]], None]
) -> None:
    """Do a pass over all rows, telling `progress` how many are done."""
    done = 0

    def show(rows: int) -> None:
        nonlocal done
        done += rows
        progress(step, done, shards.rows)

    progress(step, 0, shards.rows)
    work(show)


def _command(paths: Sequence[Path], out: Path, options: Options) -> str:
    flags = ["--language", options.language] + (["--text-only"] if options.text_only else [])
    if options.map_points != Options().map_points:
        flags += ["--map-points", str(options.map_points)]
    return shlex.join(["znak", "eda", *map(str, paths), "--out", str(out), *flags])


def _real_command(options: Options) -> str:
    fetch = "znak data fetch amazing-logos --to data/amazing"
    return f"{fetch} && {_command([Path('data/amazing')], Path('eda-' + REAL), options)}"
