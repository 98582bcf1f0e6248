"""Marks that clients send: SVG and pictures, refused where reading them could hurt the server."""

from __future__ import annotations

import base64
import binascii
import io
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from znak.errors import DrawingError, InputError, ZnakError
from znak.fields import Field
from znak.fields.cost import check_cost
from znak.fields.likeness import picture_fields, readings
from znak.fields.svg import render
from znak.studio.pictures import read_picture

MAX_PIXELS = 12_000_000
"""Most pixels of a picture."""
_FORMATS = ("PNG", "JPEG", "WEBP")
_RASTER = 384


def read_fields(*, svg: str | None, image: str | None) -> list[Field]:
    """Return the fields that a client's SVG or picture (base64) may be read as, frames left out too."""
    if svg is not None:
        check_cost(svg)
        fields = picture_fields(render(svg, _RASTER))
    else:
        fields = [read_image(image or "")]
    return [reading for field in fields for reading in readings(field)]


def read_image(text: str) -> Field:
    """Return the field of a picture in base64; raise InputError for what is none."""
    try:
        data = base64.b64decode(text.partition("base64,")[2] or text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InputError(
            "the image is no base64: send the file's bytes encoded so",
            ru="image — не base64: пришлите байты файла в этой кодировке",
        ) from error
    _check_picture(data)
    with TemporaryDirectory(prefix="znak-") as folder:
        path = Path(folder) / "picture"
        path.write_bytes(data)
        try:
            return read_picture(path)
        except ZnakError as error:  # where it lay is not for clients
            raise DrawingError(
                error.message.replace(str(path), "the image"),
                ru=error.ru.replace(str(path), "image"),
            ) from error


def _check_picture(data: bytes) -> None:
    """Raise InputError for what is no picture of a kind taken, or would fill the memory."""
    if data.lstrip()[:1] == b"<":
        raise InputError(
            "the image is text: send an SVG as `svg`", ru="image — текст: SVG присылайте в поле svg"
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
                width, height = picture.size
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise InputError(
            "the image is no PNG, JPEG or WebP that can be read: save it again",
            ru="image — не PNG, JPEG или WebP, которые читаются: сохраните файл заново",
        ) from error
    if width * height > MAX_PIXELS:
        raise InputError(
            f"the image has {width}×{height} pixels: give at most {MAX_PIXELS // 1_000_000} million",
            ru=f"В image {width}×{height} пикселей: дайте не больше {MAX_PIXELS // 1_000_000} млн",
        )
