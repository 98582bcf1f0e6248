"""Uploads of the page on disk: Streamlit alone would keep the whole file in memory.

`SpoolUploads` stands before Streamlit and writes an uploaded file into the data folder while it
arrives. Streamlit gets a file of forty letters in its place, the upload's token, by which
`spooled_path` finds it again. Sizes are capped as bytes come in; what is cut off or refused is removed.
All uploads together have a quota: those that nobody has looked at for an hour give way to a new one.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import re
import secrets
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from python_multipart.multipart import MultipartParser, parse_options_header

from znak.errors import InputError
from znak.serve.page.texts import TEXTS
from znak.serve.settings import Settings, load_settings

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

SPOOLED = "application/x-znak-spooled"
KEPT_S = 86_400.0
"""How long an upload stays."""
IDLE_S = 3600.0
"""An upload that nobody has looked at for this long gives way when there is no room."""
SPARE = 500_000_000
"""Bytes that uploads leave free on the disk."""
AT_ONCE = 4
"""Uploads that come in at the same time."""
_PATH = "/_stcore/upload_file/"
_TOKEN = re.compile(r"[0-9a-f]{40}")
_BLOCK = 1 << 20
_SLACK = 1 << 16
log = logging.getLogger(__name__)


class Upload(Protocol):
    """What the page gets of an upload (Streamlit's UploadedFile)."""

    name: str
    type: str
    size: int

    def getvalue(self) -> bytes:
        """Return the content."""


class Refused(Exception):  # noqa: N818 - an answer, not an error of ours
    """An upload that is not taken, with the HTTP status to answer."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


def spool_folder(settings: Settings) -> Path:
    """Return where uploads lie."""
    return settings.data / "spool"


def spooled_path(upload: Upload, settings: Settings) -> Path:
    """Return the file of an upload; raise InputError where it is not there (any more).

    An upload that came past `SpoolUploads` (the script run without `app`) is written to disk here.
    """
    folder = spool_folder(settings)
    if upload.type != SPOOLED:
        path = folder / f"{secrets.token_hex(20)}.parquet"
        folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(upload.getvalue())
        return path
    token = upload.getvalue()[:64].decode("ascii", "replace")
    path = folder / f"{token}.parquet"
    if not _TOKEN.fullmatch(token) or not path.is_file():
        english, russian = TEXTS["upload_lost"]
        raise InputError(english, ru=russian)
    with contextlib.suppress(OSError):
        os.utime(path)  # it is looked at
    return path


def sweep(folder: Path, *, older_than: float = KEPT_S) -> None:
    """Remove uploads whose time is over, and what was cut off long ago."""
    if not folder.is_dir():
        return
    now = time.time()
    for path in folder.iterdir():
        try:
            if now - path.stat().st_mtime > older_than:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        except OSError:  # another process was quicker
            continue


def make_room(folder: Path, wanted: int, most: int) -> bool:
    """Remove idle uploads, the oldest first, until `wanted` bytes more are at most `most`.

    Return whether they are.
    """
    found = []
    for path in folder.glob("*.parquet"):
        with contextlib.suppress(OSError):
            stat = path.stat()
            found.append((stat.st_mtime, stat.st_size, path))
    total = wanted + sum(size for _, size, _ in found)
    idle = time.time() - IDLE_S
    for used, size, path in sorted(found):
        if total <= most or used > idle:
            break
        path.unlink(missing_ok=True)
        total -= size
    return total <= most


class SpoolUploads:
    """The middleware; see the module."""

    def __init__(self, app: ASGIApp, settings: Settings | None = None) -> None:
        """Stand before `app`; settings are read at the first upload where none are given."""
        self.app = app
        self._settings = settings
        self._under_way = 0
        self._coming = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Spool what is an upload; pass everything else on."""
        if scope["type"] != "http" or scope["method"] != "PUT" or _PATH not in scope["path"]:
            await self.app(scope, receive, send)
            return
        if self._settings is None:
            self._settings = load_settings()
        if self._under_way >= AT_ONCE:
            await _answer(send, 503, "too many uploads at once")
            return
        self._under_way += 1
        try:
            await self._spool(scope, receive, send, self._settings)
        except Refused as refused:
            await _answer(send, refused.status, str(refused))
        except OSError as error:
            log.warning("an upload could not be written", extra={"why": error.strerror})
            await _answer(send, 507, "the upload could not be written")
        finally:
            self._under_way -= 1

    async def _spool(self, scope: Scope, receive: Receive, send: Send, settings: Settings) -> None:
        folder = spool_folder(settings)
        token = secrets.token_hex(20)
        partial, path = folder / f".{token}.partial", folder / f"{token}.parquet"
        headers = {k.lower(): v for k, v in scope["headers"]}
        length = headers.get(b"content-length", b"")
        expected = int(length) if length.isdigit() and len(length) < 16 else 0
        if expected > settings.max_upload + _SLACK:
            raise Refused(413, "the file is too large")
        room = expected or settings.max_upload + _SLACK  # a body in chunks may have any length
        self._coming += room
        wanted = self._coming  # with those that came before this one
        is_kept = False
        try:
            await asyncio.to_thread(_prepare, folder, expected)
            if not await asyncio.to_thread(make_room, folder, wanted, settings.max_uploads):
                raise Refused(507, "there is no room for uploads")
            name = await _write(receive, headers, partial, settings.max_upload)
            partial.rename(path)
            status = await self._pass_on(scope, send, token, name)
            is_kept = 200 <= status < 300
        finally:
            self._coming -= room
            partial.unlink(missing_ok=True)
            if not is_kept:
                path.unlink(missing_ok=True)

    async def _pass_on(self, scope: Scope, send: Send, token: str, name: bytes) -> int:
        """Give Streamlit the token as the file's content; return the status of its answer."""
        mark = secrets.token_hex(16).encode()
        body = (
            b"--" + mark + b'\r\nContent-Disposition: form-data; name="file"; filename="' + name
            + b'"\r\nContent-Type: ' + SPOOLED.encode() + b"\r\n\r\n" + token.encode()
            + b"\r\n--" + mark + b"--\r\n"
        )  # fmt: skip
        replaced = (b"content-length", b"content-type", b"transfer-encoding")
        headers = [(k, v) for k, v in scope["headers"] if k.lower() not in replaced]
        headers += [
            (b"content-type", b"multipart/form-data; boundary=" + mark),
            (b"content-length", str(len(body)).encode()),
        ]
        status = 500

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
            await send(message)

        await self.app({**scope, "headers": headers}, receive, watch)
        return status


def _prepare(folder: Path, expected: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    sweep(folder)
    if shutil.disk_usage(folder).free < expected + SPARE:
        raise Refused(507, "there is no room for uploads")


async def _write(receive: Receive, headers: dict[bytes, bytes], path: Path, most: int) -> bytes:
    """Write the one file of a multipart body to `path`; return its name, fit for a header."""
    part = _Part(most)
    _, options = parse_options_header(headers.get(b"content-type", b""))
    boundary = options.get(b"boundary")
    if not boundary:
        raise Refused(400, "no multipart body")
    parser = MultipartParser(
        boundary,
        {
            "on_part_begin": part.begin,
            "on_part_data": part.add,
            "on_header_field": part.add_field,
            "on_header_value": part.add_value,
            "on_header_end": part.end_header,
            "on_end": part.finish,
        },
    )
    with path.open("wb") as file:
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Refused(400, "the upload was cut off")
            try:
                parser.write(message.get("body", b""))
            except ValueError as error:
                raise Refused(400, "the body is no multipart") from error
            if len(part.waiting) >= _BLOCK:
                await asyncio.to_thread(file.write, part.take())
            if not message.get("more_body", False):
                break
        await asyncio.to_thread(file.write, part.take())
    if part.files != 1 or not part.is_whole:
        raise Refused(400, "one whole file is expected")
    return part.name


class _Part:
    """The file in a multipart body, as far as it has been read."""

    def __init__(self, most: int) -> None:
        self.waiting = bytearray()
        self.files, self.size, self.most = 0, 0, most
        self.is_whole = False
        self.name = b"upload.parquet"
        self._field, self._value = b"", b""

    def begin(self) -> None:
        self.files += 1
        if self.files > 1:
            raise Refused(400, "one file is expected")

    def add_field(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]

    def add_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def end_header(self) -> None:
        if self._field.lower() == b"content-disposition":
            _, options = parse_options_header(self._value)
            given = options.get(b"filename", b"")
            self.name = re.sub(rb'[\x00-\x1f"\\/\x7f]', b"_", given)[:200] or self.name
        self._field, self._value = b"", b""

    def add(self, data: bytes, start: int, end: int) -> None:
        self.size += end - start
        if self.size > self.most:
            raise Refused(413, "the file is too large")
        self.waiting += data[start:end]

    def finish(self) -> None:
        self.is_whole = True

    def take(self) -> bytes:
        """Return what waits to be written, and wait for more."""
        found = bytes(self.waiting)
        self.waiting.clear()
        return found


async def _answer(send: Send, status: int, words: str) -> None:
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [(b"content-type", b"text/plain; charset=utf-8")],
        }
    )
    await send({"type": "http.response.body", "body": words.encode()})
