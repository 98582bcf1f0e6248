"""Blind naming: sheets of marks for readers who know nothing of them, and the score of their answers.

    python benchmarks/blind_naming.py draw PACK --out docs/blind-naming [--model FILE]
    python benchmarks/blind_naming.py score docs/blind-naming

`draw` takes the first 100 frozen prompts in four conditions: real, retrieval, model (seed 0) and
best of 4. Each condition is a sheet of 100 marks, the sheets and the marks on them shuffled by the
seed. Readers get `sheet-K-P.png` and `sheet-K.md`, nothing else, and write `answers/NAME/sheet-K.json`
as `sheet-K.md` says. For each mark 20 names are offered (its own and 19 others of the 300, drawn at
random) and "none". `key.json` says what is what: it is not for readers.

`score` prints, for each condition, the share named right and the share that would go on a business
card, with 95 % intervals over prompts and readers, beside the real drawings'.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from znak.atomic import new_file, write_bytes
from znak.errors import DataError, InputError, ZnakError
from znak.fields.outline import Outline
from znak.fields.svg import coverage
from znak.metrics.figure import LEVEL

CONDITIONS = ("real", "retrieval", "model", "best of 4")
OFFERED = 20
NONE = "none"
CELL, INK, PER_ROW, PER_PAGE = 200, 160, 5, 25
KEY = "key.json"
ADVICE = (
    "Look at the pictures in order; don't go back to change an answer after seeing other sheets."
)


def make_sheets(
    marks: dict[str, list[Outline | None]],
    concepts: Sequence[str],
    names: Sequence[str],
    folder: Path,
    *,
    seed: int = 0,
) -> None:
    """Write sheets, question files and the key of `marks`, one list a condition, one mark a concept.

    Raises InputError when the folder holds answers to other sheets.
    """
    if (folder / "answers").exists():
        raise InputError(
            f"{folder} holds answers to the sheets that are there: give another folder",
            ru=f"В {folder} есть ответы на прежние листы: укажите другую папку",
        )
    order = np.random.default_rng([seed, 0]).permutation(len(marks))
    key: dict[str, Any] = {"seed": seed, "sheets": []}
    for number, which in enumerate(order.tolist(), start=1):
        condition = list(marks)[which]
        rng = np.random.default_rng([seed, 1, number])
        places = rng.permutation(len(concepts)).tolist()
        entries = []
        for place in places:
            own = concepts[place]
            others = [name for name in names if name != own]
            picked = rng.choice(len(others), min(OFFERED - 1, len(others)), replace=False)
            entries.append({"concept": own, "names": sorted([own, *(others[i] for i in picked)])})
        key["sheets"].append({"condition": condition, "marks": entries})
        drawn = [marks[condition][place] for place in places]
        for page in range(0, len(drawn), PER_PAGE):
            save_picture(
                draw_page(drawn[page : page + PER_PAGE], page + 1),
                folder / f"sheet-{number}-{page // PER_PAGE + 1}.png",
            )
        text = write_questions(number, [entry["names"] for entry in entries])
        write_bytes(folder / f"sheet-{number}.md", text.encode())
    write_bytes(folder / KEY, (json.dumps(key, indent=1, ensure_ascii=False) + "\n").encode())


def draw_page(outlines: Sequence[Outline | None], first: int) -> Image.Image:
    """Return a page of numbered marks, black on white."""
    rows = -(-len(outlines) // PER_ROW)
    page = Image.new("L", (PER_ROW * CELL, rows * CELL), 255)
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(size=15)
    for k, outline in enumerate(outlines):
        x, y = k % PER_ROW * CELL, k // PER_ROW * CELL
        if outline is not None:
            ink = coverage(outline.to_svg(), INK)
            picture = Image.fromarray(np.rint(255 * (1 - ink)).astype(np.uint8))
            page.paste(picture, (x + (CELL - INK) // 2, y + CELL - INK - 10))
        pen.text((x + 8, y + 6), str(first + k), fill=110, font=font)
    return page


def save_picture(picture: Image.Image, path: Path) -> None:
    with new_file(path) as temporary:
        picture.save(temporary, "PNG", optimize=True)


def write_questions(number: int, names: Sequence[Sequence[str]]) -> str:
    """Return what a reader is asked about one sheet."""
    count = len(names)
    lines = [
        f"# Sheet {number}",
        "",
        f"The pages `sheet-{number}-1.png`, `sheet-{number}-2.png` … show {count} small black marks, "
        f"numbered. You don't know who or what drew them. {ADVICE}",
        "",
        "For each mark:",
        "",
        f'1. `name`: which of the {OFFERED} names below does it show? Write it exactly, or "{NONE}" '
        "when none of them fits or nothing can be made out. Judge what is drawn, don't guess by "
        "elimination.",
        "2. `card`: as it stands, would you put it on a business card as a company's mark? true or "
        "false.",
        "",
        f"Write `answers/YOUR-NAME/sheet-{number}.json`, one entry for each mark from 1 to {count}:",
        "",
        "```json",
        '{"1": {"name": "…", "card": true}, "2": {"name": "none", "card": false}}',
        "```",
        "",
        *(f"{k}. {', '.join(offered)}" for k, offered in enumerate(names, start=1)),
        "",
    ]
    return "\n".join(lines)


def read_key(folder: Path) -> dict[str, Any]:
    try:
        key: dict[str, Any] = json.loads((folder / KEY).read_text(encoding="utf-8"))
        for sheet in key["sheets"]:
            _ = sheet["condition"], [mark["concept"] for mark in sheet["marks"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"{folder} holds no readable {KEY} ({error}): draw the sheets with blind_naming.py draw",
            ru=f"В {folder} нет читаемого {KEY} ({error}): нарисуйте листы командой draw",
        ) from error
    return key


def read_answers(path: Path, marks: Sequence[dict[str, Any]]) -> list[tuple[bool, bool]]:
    """Return (named right, on a card) for each mark of a sheet.

    Raises DataError for an answer that is missing, unknown, or no name that was offered.
    """
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
        if set(given) != {str(k) for k in range(1, len(marks) + 1)}:
            raise ValueError(f"{len(given)} answers to marks 1 to {len(marks)}")
        out = []
        for k, mark in enumerate(marks, start=1):
            name, card = given[str(k)]["name"], given[str(k)]["card"]
            if name not in (*mark["names"], NONE) or not isinstance(card, bool):
                raise ValueError(f"mark {k}: name {name!r}, card {card!r}")
            out.append((name == mark["concept"], card))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(
            f"{path} can't be scored ({error}): answer every mark with an offered name or {NONE!r}, and "
            "card true or false",
            ru=f"{path} нельзя посчитать ({error}): ответьте на каждый знак",
        ) from error
    return out


def score(folder: Path, *, replicates: int = 2000) -> list[dict[str, Any]]:
    """Return naming rate and card votes of each condition with intervals, and ratios to the real's.

    Votes are (readers, concepts); both are resampled, the concepts alike in all conditions.
    """
    key = read_key(folder)
    votes: dict[str, dict[str, dict[str, tuple[bool, bool]]]] = defaultdict(dict)
    for path in sorted(folder.glob("answers/*/sheet-*.json")):
        number = path.stem.removeprefix("sheet-")
        if not number.isdigit() or not 1 <= int(number) <= len(key["sheets"]):
            raise DataError(f"{path}: there is no such sheet", ru=f"{path}: такого листа нет")
        sheet = key["sheets"][int(number) - 1]
        answers = read_answers(path, sheet["marks"])
        votes[sheet["condition"]][path.parent.name] = {
            mark["concept"]: answer for mark, answer in zip(sheet["marks"], answers, strict=True)
        }
    if not votes:
        raise DataError(
            f"{folder} holds no answers yet: readers write answers/NAME/sheet-K.json",
            ru=f"В {folder} ещё нет ответов: читатели пишут answers/ИМЯ/sheet-K.json",
        )
    concepts = sorted(mark["concept"] for mark in key["sheets"][0]["marks"])
    table = {
        condition: np.array([[by[c] for c in concepts] for by in readers.values()], dtype=float)
        for condition, readers in votes.items()
    }
    rng = np.random.default_rng(0)
    draws: dict[str, list[np.ndarray]] = {condition: [] for condition in table}
    for _ in range(replicates):
        columns = rng.integers(len(concepts), size=len(concepts))
        for condition, held in table.items():
            readers = rng.integers(len(held), size=len(held))
            draws[condition].append(held[readers][:, columns].mean(axis=(0, 1)))
    rows = []
    for condition in [c for c in CONDITIONS if c in table]:
        held, spread = table[condition], np.stack(draws[condition])
        row: dict[str, Any] = {"condition": condition, "readers": len(held), "marks": len(concepts)}
        for k, what in enumerate(("named", "card")):
            row[what] = float(held[..., k].mean())
            row[f"{what} interval"] = ends(spread[:, k])
            if "real" in table and condition != "real":
                real = float(table["real"][..., k].mean())
                row[f"{what} of real"] = row[what] / real if real else float("nan")
                below = np.stack(draws["real"])[:, k]
                row[f"{what} of real interval"] = ends(spread[:, k] / np.maximum(below, 1e-9))
        rows.append(row)
    return rows


def ends(values: np.ndarray) -> tuple[float, float]:
    low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def show(rows: Sequence[dict[str, Any]]) -> str:
    """Return the scores as a Markdown table."""

    def cell(row: dict[str, Any], what: str) -> str:
        if what not in row:
            return "–"
        return "{:.2f} [{:.2f}, {:.2f}]".format(row[what], *row[f"{what} interval"])

    heads = ("named", "named of real", "card", "card of real")
    lines = [f"| condition | readers | {' | '.join(heads)} |", "|---" * (len(heads) + 2) + "|"]
    lines += [
        f"| {row['condition']} | {row['readers']} | {' | '.join(cell(row, h) for h in heads)} |"
        for row in rows
    ]
    return "\n".join(lines)


def draw_conditions(options: argparse.Namespace) -> None:
    """Draw the four conditions of the first frozen prompts and write their sheets."""
    from conditions import OF, draw, machine, rank, repeat, sample, take_nearest, take_real

    from znak.corpus.pack import unpack
    from znak.engine import match, originality
    from znak.engine.flow import load_flow
    from znak.metrics.prompts import Prompts, load_prompts
    from znak.words import load_encoder

    frozen = load_prompts()
    kept = frozen.concepts[: options.n]
    prompts = Prompts(kept, {c: frozen.counts[c] for c in kept}, frozen.corpus)
    pack = unpack(options.pack, options.cache or options.pack.parent / "cache", kind="solid")
    engine = load_flow(options.model)
    processes = options.processes
    real = take_real(pack, prompts, most=1, processes=processes)
    near = take_nearest(pack, prompts, load_encoder(), per_concept=1, processes=processes)
    fields = sample(engine, kept, per_concept=OF)
    tower = match.load_match() if match.shipped_path().is_file() else None
    index = originality.load_index() if originality.shipped_path().is_file() else None
    if tower is None or index is None:
        print("best of 4 is ranked without the match tower or the index, which this checkout lacks")
    best = rank(fields, kept, per_concept=OF, match=tower, index=index)
    first = np.arange(0, len(fields), OF)
    sets = {"real": real.outlines, "retrieval": near.outlines}
    for name, rows in (("model", first), ("best of 4", best)):
        sets[name] = draw(name, repeat(kept, 1), fields[rows], processes=processes).outlines
    make_sheets(sets, kept, frozen.concepts, options.out, seed=options.seed)
    print(
        f"{len(sets)} sheets of {len(kept)} marks of {engine.revision} in {options.out}; {machine()}"
    )


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    drawing = commands.add_parser("draw", help="write the sheets")
    drawing.add_argument("pack", type=Path)
    drawing.add_argument("--out", type=Path, required=True)
    drawing.add_argument("--model", type=Path, help="a run-time file; by default the shipped one")
    drawing.add_argument("--cache", type=Path)
    drawing.add_argument("--n", type=int, default=100, help="prompts, the first of the frozen ones")
    drawing.add_argument("--seed", type=int, default=0, help="of the order")
    drawing.add_argument("--processes", type=int, default=1)
    scoring = commands.add_parser("score", help="score the answers")
    scoring.add_argument("folder", type=Path)
    options = parser.parse_args(arguments)
    if options.command == "draw":
        draw_conditions(options)
    else:
        print(show(score(options.folder)))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except ZnakError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
