"""Data sets that the page may look into: an upload, or a name in the server's folder and nothing else.

    path = resolve(folder, "amazing/train.parquet")      InputError for anything outside
    element = take(open_dataset(path), 12345)            one row, its row group alone read

Needs the extra `train`; nothing here knows of Streamlit.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from znak.corpus.amazing.pictures import Fault, decode
from znak.corpus.amazing.shards import Shards, find_files, image_bytes, open_shards, read_piece
from znak.corpus.captions import LogoCaption, parse
from znak.errors import DataError, InputError
from znak.serve.page.texts import TEXTS
from znak.serve.settings import Settings

MAX_NAMES = 200
SHOWN = 640
"""Longest side of a picture that is shown, px."""


@dataclass(frozen=True)
class Element:
    """A row: its number, its caption as written and as parsed, and its picture as PNG or why not."""

    row: int
    text: str | None
    caption: LogoCaption
    png: bytes | None
    fault: str | None
    width: int = 0
    height: int = 0
    mode: str = ""
    format: str = ""
    n_bytes: int = 0


def data_folder(settings: Settings) -> Path:
    """Return the server's folder of data sets."""
    return settings.uploads or settings.data / "uploads"


def list_names(folder: Path) -> list[str]:
    """Return what may be named: parquet files of the folder, and folders that hold some."""
    if not folder.is_dir():
        return []
    names = []
    for path in sorted(folder.rglob("*.parquet"))[: 10 * MAX_NAMES]:
        inside = path.relative_to(folder)
        is_hidden = any(part.startswith(".") for part in inside.parts)
        if not is_hidden and path.is_file() and not _has_link(folder, inside):
            if len(inside.parts) > 1:
                names.append(inside.parent.as_posix())
            names.append(inside.as_posix())
    return list(dict.fromkeys(names))[:MAX_NAMES]


def resolve(folder: Path, name: str) -> Path:
    """Return the file or folder called `name`; raise InputError for what is not in `folder`.

    Absolute paths, `..`, hidden names, links (wherever they lead) and what is missing are refused in
    the same words: what lies outside is not told.
    """
    inside = PurePosixPath(name.strip())
    parts = inside.parts
    is_plain = bool(parts) and not inside.is_absolute() and "\\" not in name and "\0" not in name
    if not is_plain or any(part.startswith(".") for part in parts) or len(name) > 400:
        raise _outside(name)
    path = folder.joinpath(*parts)
    try:
        if _has_link(folder, Path(*parts)) or not path.exists():
            raise _outside(name)
        root = folder.resolve(strict=True)
        if not path.resolve(strict=True).is_relative_to(root):
            raise _outside(name)
        files = find_files([path]) if path.is_dir() else [path]
    except (OSError, DataError) as error:
        raise _outside(name) from error
    if any(_has_link(folder, file.relative_to(folder)) for file in files):
        raise _outside(name)
    if path.is_file() and path.suffix != ".parquet":
        raise _outside(name)
    return path


def open_dataset(path: Path) -> Shards:
    """Return a data set; raise DataError for one that is damaged or in another schema."""
    return open_shards([path])


def size_of(shards: Shards) -> int:
    """Return the bytes of a data set's files."""
    return sum(file.path.stat().st_size for file in shards.files)


def take(shards: Shards, row: int) -> Element:
    """Return a row; raise InputError for a number that is none, DataError where the file is damaged."""
    if not 0 <= row < shards.rows:
        raise InputError(
            f"there is no row {row}: give 0 to {shards.rows - 1}",
            ru=f"Строки {row} нет: укажите от 0 до {shards.rows - 1}",
        )
    piece = next(p for p in shards.pieces() if p.start <= row < p.start + p.rows)
    table = read_piece(piece).slice(row - piece.start, 1)
    text = table.column("text").to_pylist()[0]
    data = image_bytes(table)[0]
    caption = parse(text or "")
    found = decode(data)
    if isinstance(found, Fault):
        return Element(row, text, caption, None, found.reason, n_bytes=len(data or b""))
    width, height = found.rgb.size
    return Element(
        row, text, caption, _png(found.rgb), None, width, height, found.mode, found.format,
        len(data or b""),
    )  # fmt: skip


def _png(rgb: object) -> bytes:
    import io

    from PIL import Image

    assert isinstance(rgb, Image.Image)
    shown = rgb.copy()
    shown.thumbnail((SHOWN, SHOWN), Image.Resampling.BICUBIC)
    buffer = io.BytesIO()
    shown.save(buffer, "PNG")
    return buffer.getvalue()


def _has_link(folder: Path, inside: Path) -> bool:
    """Say whether any step from the folder to what lies inside it is a link."""
    path = folder
    for part in inside.parts:
        path = path / part
        if path.is_symlink():
            return True
    return False


def _outside(name: str) -> InputError:
    english, russian = TEXTS["outside"]
    shown = "".join(c for c in name if c.isprintable())[:60]
    return InputError(english.format(name=shown), ru=russian.format(name=shown))
