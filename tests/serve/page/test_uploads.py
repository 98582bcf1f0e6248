"""Uploads go to disk as they come in: whole, capped, by token, and away when they are not taken."""

from __future__ import annotations

import asyncio
import os
import re
from dataclasses import dataclass

import pytest

from znak.errors import InputError
from znak.serve.page import uploads
from znak.serve.page.uploads import SPOOLED, SpoolUploads, spool_folder, spooled_path, sweep
from znak.serve.settings import Settings

_PATH = "/_stcore/upload_file/session/file"


@dataclass
class Given:
    name: str
    type: str
    content: bytes

    @property
    def size(self) -> int:
        return len(self.content)

    def getvalue(self) -> bytes:
        return self.content


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(data=tmp_path / "serve", max_upload=3_000_000)


def _body(*parts: bytes, name: bytes = b"a.parquet") -> bytes:
    head = b'--XX\r\nContent-Disposition: form-data; name="file"; filename="' + name
    head += b'"\r\nContent-Type: application/octet-stream\r\n\r\n'
    return b"".join(head + part + b"\r\n" for part in parts) + b"--XX--\r\n"


def _put(settings, body: bytes, *, chunk: int = 65_536, status: int = 204, headers=(), cut=False):
    """Send a body through the middleware; return the answer's status and what Streamlit got."""
    seen: dict[str, object] = {"body": b""}

    async def behind(scope, receive, send):
        seen["headers"] = dict(scope["headers"])
        seen["body"] = (await receive())["body"]
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    pieces = [body[k : k + chunk] for k in range(0, len(body), chunk)] or [b""]

    async def receive():
        if pieces:
            piece = pieces.pop(0)
            return {"type": "http.request", "body": piece, "more_body": bool(pieces) or cut}
        return {"type": "http.disconnect"}

    answers = []

    async def send(message):
        answers.append(message)

    scope = {
        "type": "http", "method": "PUT", "path": _PATH,
        "headers": [(b"content-type", b"multipart/form-data; boundary=XX"), *headers],
    }  # fmt: skip
    asyncio.run(SpoolUploads(behind, settings)(scope, receive, send))
    return answers[0]["status"], seen


def _files(settings) -> list[str]:
    folder = spool_folder(settings)
    return sorted(p.name for p in folder.iterdir()) if folder.is_dir() else []


@pytest.mark.parametrize("chunk", [1_000_000, 65_536, 97])
def test_an_upload_lies_on_disk_and_streamlit_gets_its_token(settings, chunk):
    content = os.urandom(70_000) + b"\r\n--XX"[:4] + b"\r\n" * 9
    status, seen = _put(settings, _body(content), chunk=chunk)
    assert status == 204
    token = re.search(rb"\r\n\r\n([0-9a-f]{40})\r\n", seen["body"]).group(1)
    assert SPOOLED.encode() in seen["body"]
    assert int(seen["headers"][b"content-length"]) == len(seen["body"])
    path = spooled_path(Given("a.parquet", SPOOLED, token), settings)
    assert path.read_bytes() == content
    assert _files(settings) == [path.name]


def test_a_file_above_the_cap_is_refused_while_it_comes_in_and_leaves_nothing(settings):
    status, seen = _put(settings, _body(b"x" * 3_000_001))
    assert status == 413
    assert seen["body"] == b""
    assert _files(settings) == []


def test_a_length_above_the_cap_is_refused_unread(settings):
    status, _ = _put(settings, b"", headers=[(b"content-length", b"9000000000")])
    assert status == 413
    assert _files(settings) == []


@pytest.mark.parametrize(
    "body", [b"", b"junk", _body(b"one", b"two"), _body(b"cut")[:-12], b"--XX\r\nbad\r\n\r\n"]
)
def test_what_is_no_single_whole_file_is_refused_and_leaves_nothing(settings, body):
    status, seen = _put(settings, body)
    assert status == 400
    assert seen["body"] == b""
    assert _files(settings) == []


def test_a_connection_that_breaks_leaves_nothing(settings):
    status, _ = _put(settings, _body(b"y" * 100_000)[:50_000], cut=True)
    assert status == 400
    assert _files(settings) == []


def test_an_upload_that_streamlit_refuses_is_removed(settings):
    status, _ = _put(settings, _body(b"z"), status=403)
    assert status == 403
    assert _files(settings) == []


def test_no_room_is_said_before_anything_is_written(settings, monkeypatch):
    monkeypatch.setattr(uploads, "SPARE", 1 << 60)
    assert _put(settings, _body(b"z"))[0] == 507
    assert _files(settings) == []


def _keep(settings, name: str, size: int, *, hours: float) -> None:
    path = spool_folder(settings) / f"{name}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * size)
    used = path.stat().st_mtime - 3600 * hours
    os.utime(path, (used, used))


def test_all_uploads_together_have_a_quota(tmp_path):
    settings = Settings(data=tmp_path / "serve", max_upload=50_000, max_uploads=100_000)
    _keep(settings, "a" * 40, 40_000, hours=0)
    _keep(settings, "b" * 40, 40_000, hours=0.5)
    body = _body(b"x" * 30_000)
    length = [(b"content-length", str(len(body)).encode())]
    status, seen = _put(settings, body, headers=length)
    assert (status, seen["body"]) == (507, b"")
    assert len(_files(settings)) == 2
    _keep(settings, "b" * 40, 40_000, hours=1.5)  # it gives way
    assert _put(settings, body, headers=length)[0] == 204
    assert f"{'a' * 40}.parquet" in _files(settings) and len(_files(settings)) == 2


def test_an_upload_of_unknown_length_is_counted_as_the_longest(tmp_path):
    settings = Settings(data=tmp_path / "serve", max_upload=50_000, max_uploads=60_000)
    assert _put(settings, _body(b"x"))[0] == 507
    assert _files(settings) == []


def test_an_upload_that_is_looked_at_does_not_give_way(settings):
    _keep(settings, "c" * 40, 10, hours=5)
    path = spooled_path(Given("c.parquet", SPOOLED, b"c" * 40), settings)
    assert uploads.make_room(spool_folder(settings), 10, 15) is False
    assert path.is_file()


def test_uploads_under_way_count_too(tmp_path):
    settings = Settings(data=tmp_path / "serve", max_upload=50_000, max_uploads=200_000)
    answers: list[list[int]] = []

    async def behind(scope, receive, send):
        await send({"type": "http.response.start", "status": 204, "headers": []})

    async def put(spool: SpoolUploads) -> None:
        statuses: list[int] = []
        answers.append(statuses)

        async def receive():
            if not statuses:
                await asyncio.sleep(0.2)
            return {"type": "http.disconnect"}

        async def send(message):
            if message["type"] == "http.response.start":
                statuses.append(message["status"])

        scope = {
            "type": "http", "method": "PUT", "path": _PATH,
            "headers": [(b"content-type", b"multipart/form-data; boundary=XX")],
        }  # fmt: skip
        await spool(scope, receive, send)

    async def all_at_once() -> None:
        spool = SpoolUploads(behind, settings)
        await asyncio.gather(*(put(spool) for _ in range(3)))
        assert spool._coming == 0

    asyncio.run(all_at_once())
    # one is let in, for which 115,536 bytes are kept free, and is cut off
    assert sorted(status for (status,) in answers) == [400, 507, 507]
    assert _files(settings) == []


def test_a_name_can_not_break_out_of_its_header(settings):
    _, seen = _put(settings, _body(b"z", name=b'a\\"; x="/../b.parquet'))
    line = re.search(rb'filename="([^"]*)"\r\n', seen["body"]).group(1)
    assert b"/" not in line and b"\\" not in line


@pytest.mark.parametrize(
    "token", [b"../../etc/passwd", b"0" * 40, b"", b"A" * 40, b"0" * 39 + b"/"]
)
def test_a_token_that_is_none_finds_nothing(settings, token):
    with pytest.raises(InputError) as caught:
        spooled_path(Given("a", SPOOLED, token), settings)
    assert caught.value.ru != caught.value.message


def test_without_the_middleware_the_file_is_written_by_the_script(settings):
    path = spooled_path(Given("../../a.parquet", "", b"abc"), settings)
    assert path.parent == spool_folder(settings)
    assert path.read_bytes() == b"abc"


def test_old_uploads_are_swept_away(settings):
    old = spooled_path(Given("a", "", b"a"), settings)
    young = spooled_path(Given("b", "", b"b"), settings)
    os.utime(old, (1, 1))
    sweep(spool_folder(settings))
    assert not old.exists() and young.exists()


def test_other_requests_pass_untouched(settings):
    async def run():
        got = []

        async def behind(scope, receive, send):
            got.append(scope)

        for scope in ({"type": "http", "method": "GET", "path": _PATH}, {"type": "websocket"}):
            await SpoolUploads(behind, settings)(scope, None, None)
            assert got[-1] is scope

    asyncio.run(run())
