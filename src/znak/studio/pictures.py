"""From a file to a field: an SVG, a drawing or a photograph of a sketch.

SVG goes through `znak.fields.frame`, which refuses what is hostile or empty. Of a raster picture
the ink is what differs from the ground, whichever is darker; it is framed like any drawing.
"""

from __future__ import annotations

import io
import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from znak.brand.reading import is_logo, read_mark
from znak.engine.base import Floats
from znak.errors import DataError, DrawingError, InputError
from znak.fields import Field, field_of_coverage, field_of_outline, field_of_svg
from znak.fields.cost import check_cost
from znak.fields.sdf import INK, SIZE
from znak.fields.svg import MAX_BYTES

MAX_FILE = 40_000_000
MAX_PICTURE = 40_000_000
"""Most bytes and most pixels taken of one picture."""
_WORK = 768
_RASTER = 4 * SIZE
_FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")


def read_svg(path: Path) -> str:
    """Return an SVG file's text; raise DataError for no file, DrawingError for one that is no use."""
    data = _read(path, 4 * MAX_BYTES)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DrawingError(
            f"{path} is no SVG text in UTF-8: save it again from a drawing program",
            ru=f"{path} — не текст SVG в UTF-8: сохраните файл заново из редактора",
        ) from error
    check_cost(text)
    return text


def read_picture(path: Path) -> Field:
    """Return the field of an SVG or raster file.

    Raises DataError for a file that is missing, DrawingError for one that can't be used.
    """
    data = _read(path, MAX_FILE)
    head = data[:1000].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith(b"<"):
        return field_of_text(read_svg(path))
    return field_of_pixels(_open(path, data))


def field_of_text(svg: str) -> Field:
    """Return the field of an SVG; of a logo of Znak's own that of its mark."""
    if '"znak"' not in svg:
        return field_of_svg(svg)
    outline, about = read_mark(svg)
    return field_of_outline(outline) if is_logo(about) else field_of_svg(svg)


def field_of_pixels(pixels: NDArray[np.uint8]) -> Field:
    """Return the field of an RGBA raster (h, w, 4); raise DrawingError where there is no ink."""
    return field_of_coverage(_frame(_ink(pixels)))


def _read(path: Path, most: int) -> bytes:
    try:
        if path.is_dir():
            raise InputError(f"{path} is a folder: give a file", ru=f"{path} — папка: дайте файл")
        with path.open("rb") as file:
            data = file.read(most + 1)
    except FileNotFoundError as error:
        raise DataError(f"there is no file {path}", ru=f"Нет файла {path}") from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise DataError(
            f"{path} can't be read: {reason}", ru=f"{path} не читается: {reason}"
        ) from error
    if len(data) > most:
        raise DrawingError(
            f"{path} is larger than {most // 1_000_000} MB: give a smaller picture",
            ru=f"{path} больше {most // 1_000_000} МБ: дайте картинку поменьше",
        )
    if not data.strip():
        raise DrawingError(f"{path} is empty", ru=f"{path}: файл пуст")
    return data


def _open(path: Path, data: bytes) -> NDArray[np.uint8]:
    """Return the picture as RGBA, its longest side at most `_WORK` px."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
                if picture.width * picture.height > MAX_PICTURE:
                    raise DrawingError(
                        f"{path} is {picture.width}×{picture.height}: give at most "
                        f"{MAX_PICTURE // 1_000_000} megapixels",
                        ru=f"{path}: {picture.width}×{picture.height}, нужно не больше "
                        f"{MAX_PICTURE // 1_000_000} мегапикселей",
                    )
                picture.draft("RGB", (_WORK, _WORK))
                upright = ImageOps.exif_transpose(picture).convert("RGBA")
                upright.thumbnail((_WORK, _WORK), Image.Resampling.BOX)
                return np.asarray(upright)
    except DrawingError:
        raise
    except UnidentifiedImageError as error:
        raise DrawingError(
            f"{path} is no picture: give SVG, PNG, JPEG, WebP, BMP, GIF or TIFF",
            ru=f"{path} — не картинка: дайте SVG, PNG, JPEG, WebP, BMP, GIF или TIFF",
        ) from error
    except (OSError, ValueError, SyntaxError, MemoryError, Image.DecompressionBombError) as error:
        raise DrawingError(
            f"{path} can't be decoded ({error}): save it again",
            ru=f"{path} не раскодировать ({error}): сохраните файл заново",
        ) from error


def _ink(pixels: NDArray[np.uint8]) -> Floats:
    """Return the share of ink of each pixel, (h, w) in [0, 1]."""
    rgba = pixels.astype(np.float32) / np.float32(255)
    alpha = rgba[..., 3]
    if float((alpha < 0.5).mean()) > 0.02 and float(alpha.max()) > 0.5:
        return alpha
    grey = rgba[..., :3] @ np.array([0.299, 0.587, 0.114], np.float32)
    border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    ground = float(np.median(border))
    away = np.abs(grey - np.float32(ground))
    threshold = _split(away)
    if threshold < 0.06:
        raise DrawingError(
            "the picture holds no drawing: nothing stands out from its ground",
            ru="На картинке нет рисунка: ничто не выделяется на фоне",
        )
    steep = (away - np.float32(threshold)) / np.float32(max(threshold, 0.1))
    return np.asarray(np.clip(0.5 + steep, 0, 1), np.float32)


def _split(values: Floats) -> float:
    """Return the threshold between two classes of `values` in [0, 1] (Otsu 1979)."""
    counts, edges = np.histogram(values, bins=128, range=(0, 1))
    share = counts / max(counts.sum(), 1)
    middle = (edges[:-1] + edges[1:]) / 2
    low, mass = np.cumsum(share), np.cumsum(share * middle)
    with np.errstate(divide="ignore", invalid="ignore"):
        between = (mass[-1] * low - mass) ** 2 / (low * (1 - low))
    between = np.where(np.isfinite(between), between, 0)
    best = np.flatnonzero(between >= between.max() * (1 - 1e-9))
    return float(middle[best].mean()) if between.max() > 0 else 0.0


def _frame(ink: Floats) -> Floats:
    """Return the ink on a square raster of the canvas, centred, longest side 56 of 64 px."""
    strong = ink > 0.5
    rows, columns = np.flatnonzero(strong.any(axis=1)), np.flatnonzero(strong.any(axis=0))
    if len(rows) < 2 or len(columns) < 2:
        raise DrawingError(
            "the picture holds no drawing: it is empty or holds a dot",
            ru="На картинке нет рисунка: она пуста или на ней точка",
        )
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    crop = Image.fromarray(np.uint8(np.rint(ink[top:bottom, left:right] * 255)))
    scale = INK / SIZE * _RASTER / max(bottom - top, right - left)
    size = (max(1, round((right - left) * scale)), max(1, round((bottom - top) * scale)))
    fitted = np.asarray(crop.resize(size, Image.Resampling.LANCZOS), np.float32) / np.float32(255)
    canvas = np.zeros((_RASTER, _RASTER), np.float32)
    y, x = (_RASTER - size[1]) // 2, (_RASTER - size[0]) // 2
    canvas[y : y + size[1], x : x + size[0]] = fitted
    return canvas
