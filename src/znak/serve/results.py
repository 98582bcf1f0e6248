"""A finished job's folder: written whole or not at all, and read back.

    saved = load_result(jobs.folder(job))
    logo = logo_of(saved, 3, Wish(colours=("#0b5fff",)))     # the same on every front end
    archive = kit_of(saved, 3, Wish(), "en")                 # the bytes of a ZIP

The folder holds `1.svg` … (the marks), `order.json` and `result.json`. `result.json` is written last.
"""

from __future__ import annotations

import dataclasses
import errno
import json
import os
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from znak.brand.kit import make_kit, pack
from znak.brand.logo import Logo
from znak.brief import Brief
from znak.errors import DataError, InputError, StorageError
from znak.serve.order import Order
from znak.studio.logos import Wish, make_logo
from znak.studio.mark import Provenance, Scores
from znak.studio.result import Result

VERSION = 1
_INDEX = "result.json"
_ORDER = "order.json"
AS_ORDERED = Wish()


@dataclass(frozen=True)
class SavedMark:
    """A mark of a finished job; `number` counts from 1."""

    number: int
    svg: str
    colours: tuple[str, ...]
    provenance: Provenance
    scores: Scores


@dataclass(frozen=True)
class Saved:
    """A finished job's marks; `notes` are (English, Russian) lines for the user."""

    order: Order
    brief: Brief
    marks: tuple[SavedMark, ...]
    engine: str
    revision: str
    notes: tuple[tuple[str, str], ...]

    def mark(self, number: int) -> SavedMark:
        """Return the mark of this number; raise InputError where there is none."""
        if 1 <= number <= len(self.marks):
            return self.marks[number - 1]
        raise InputError(
            f"there is no logo {number}: give 1 to {len(self.marks)}",
            ru=f"Логотипа {number} нет: укажите от 1 до {len(self.marks)}",
        )


def save_result(result: Result, order: Order, folder: Path, *, partial: Path) -> bool:
    """Write a job's folder; return whether it was this call that did.

    The files are written and synced in a folder of their own inside `partial`, which becomes
    `folder` by one rename. A folder that is there already is left. Raises StorageError.
    """
    staging = partial / f"{folder.name}-{secrets.token_hex(4)}"
    try:
        staging.mkdir(parents=True)
        for name, text in _files(result, order).items():
            _write(staging / name, text)
        _sync(staging)
        folder.parent.mkdir(parents=True, exist_ok=True)
        try:
            staging.rename(folder)
        except OSError as error:
            if error.errno in (errno.ENOTEMPTY, errno.EEXIST) and is_saved(folder):
                return False
            raise
        _sync(folder.parent)
    except OSError as error:
        reason = error.strerror or str(error)
        raise StorageError(
            f"{folder} can't be written ({reason}): free some space",
            ru=f"Не удалось записать {folder} ({reason}): освободите место",
        ) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return True


def remove_folder(folder: Path, *, partial: Path) -> None:
    """Remove a job's folder, if it is there: out of sight by one rename, then for good."""
    trash = partial / f"{folder.name}-{secrets.token_hex(4)}-old"
    try:
        partial.mkdir(parents=True, exist_ok=True)
        folder.rename(trash)
    except FileNotFoundError:
        return
    except OSError:  # a full disk makes no folder: remove it where it is
        trash = folder
    shutil.rmtree(trash, ignore_errors=True)


def is_saved(folder: Path) -> bool:
    """Say whether a job's folder is there."""
    return (folder / _INDEX).is_file()


def load_result(folder: Path) -> Saved:
    """Return what a job's folder holds; raise DataError for a missing or damaged one."""
    try:
        row = json.loads((folder / _INDEX).read_text("utf-8"))
        if row["version"] != VERSION:
            raise ValueError(f"version {row['version']}")
        order = Order.from_json((folder / _ORDER).read_text("utf-8"))
        marks = tuple(
            SavedMark(
                number,
                (folder / mark["file"]).read_text("utf-8"),
                tuple(mark["colours"]),
                Provenance(**mark["provenance"]),
                Scores(**mark["scores"]),
            )
            for number, mark in enumerate(row["marks"], start=1)
        )
        brief = Brief.from_json(json.dumps(row["brief"]))
        notes = tuple((str(en), str(ru)) for en, ru in row["notes"])
        return Saved(order, brief, marks, row["engine"], row["revision"], notes)
    except FileNotFoundError as error:
        raise DataError(
            "the files of this job are gone: order it again",
            ru="Файлов этого задания больше нет: закажите заново",
        ) from error
    except (OSError, ValueError, TypeError, KeyError, InputError) as error:
        raise DataError(
            f"the files of this job are damaged ({type(error).__name__}): order it again",
            ru=f"Файлы этого задания повреждены ({type(error).__name__}): закажите заново",
        ) from error


def wish_of(saved: Saved, wish: Wish = AS_ORDERED) -> Wish:
    """Return the order's wishes with those of `wish` in their place."""
    given = {k: v for k, v in vars(wish).items() if v not in (None, ())}
    return dataclasses.replace(saved.order.wish, **given)


def logo_of(saved: Saved, number: int, wish: Wish = AS_ORDERED) -> Logo:
    """Return the logo of a mark, with `wish` over the order's own wishes."""
    mark = saved.mark(number)
    seed = mark.provenance.seed
    return make_logo(mark.svg, saved.brief, wish=wish_of(saved, wish), seed=seed, number=number)


def kit_of(saved: Saved, number: int, wish: Wish = AS_ORDERED, language: str = "en") -> bytes:
    """Return the ZIP of a logo's kit; the same bytes for the same logo."""
    return pack(make_kit(logo_of(saved, number, wish), language=language))


def _files(result: Result, order: Order) -> dict[str, str]:
    """Return the files' texts, the index last."""
    files = {f"{number}.svg": mark.svg for number, mark in enumerate(result, start=1)}
    rows: list[dict[str, Any]] = [
        {
            "file": f"{number}.svg",
            "colours": list(mark.colours),
            "provenance": dataclasses.asdict(mark.provenance),
            "scores": dataclasses.asdict(mark.scores),
        }
        for number, mark in enumerate(result, start=1)
    ]
    index = {
        "version": VERSION,
        "engine": result.engine,
        "revision": result.revision,
        "brief": json.loads(result.brief.to_json()),
        "marks": rows,
        "notes": [list(note) for note in result.notes],
    }
    files[_ORDER] = order.to_json()
    files[_INDEX] = json.dumps(index, ensure_ascii=False, indent=1)
    return files


def _write(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
