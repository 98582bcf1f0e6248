"""A real server over sockets: slow and oversized requests, clients that vanish, an end in good order."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from tests.serve.api.conftest import serving
from tests.serve.api.test_jobs import events
from znak.serve.api import server as server_module
from znak.serve.order import Order

HEAD = b"POST /v1/jobs HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


@contextmanager
def connect(url: str) -> Iterator[socket.socket]:
    host, _, port = url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=30) as opened:
        yield opened


def read_all(connection: socket.socket) -> bytes:
    parts = []
    try:
        while part := connection.recv(65536):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


@pytest.fixture
def served(make_idle, idle_settings):
    """An idle server with short patience."""
    app = make_idle(max_body=4096, stream_s=60.0, body_timeout_s=0.4, ping_s=0.1).app
    with serving(app, idle_settings) as (url, thread):
        yield url, thread


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (HEAD + b"Content-Length: 999999999\r\n\r\n", b"413"),
        (HEAD + b"Content-Length: 99999999999999999999999999\r\n\r\n", b"4"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + (b"400\r\n" + b"x" * 1024 + b"\r\n") * 5, b"413"),
        (HEAD + b"Content-Length: 10\r\n\r\n{", b"408"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n", b"408"),
        (HEAD + b"Content-Length: -1\r\n\r\n", b"400"),
        (HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", b"400"),
        (b"GET /livez HTTP/1.1\r\nHost: x\r\nX-Long: " + b"y" * 400_000 + b"\r\n\r\n", b"4"),
        (b"GET /" + b"y" * 400_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", b"4"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"400"),
    ],
)  # fmt: skip
def test_requests_that_are_too_large_too_slow_or_none(served, request_, status):
    url, _ = served
    with connect(url) as connection:
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(request_)
        answer = read_all(connection)
    assert answer.split(b" ", 2)[1].startswith(status), answer[:200]
    with connect(url) as connection:
        connection.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert read_all(connection).startswith(b"HTTP/1.1 200")


def test_a_body_that_drips_is_not_waited_for(served):
    url, _ = served
    with connect(url) as connection:
        connection.sendall(HEAD + b"Content-Length: 1000\r\n\r\n")
        began = time.monotonic()
        with pytest.raises(OSError):
            while time.monotonic() < began + 8:
                connection.sendall(b" ")
                time.sleep(0.05)
        assert time.monotonic() < began + 8


def test_a_head_that_drips_or_never_comes_is_not_waited_for(served, monkeypatch):
    url, _ = served
    monkeypatch.setattr(server_module, "HEADERS_S", 0.3)
    for sent in (b"", b"GET /livez HTTP/1.1\r\nHost: x\r\nX-Slow: "):
        with connect(url) as connection:
            connection.sendall(sent)
            began = time.monotonic()
            assert read_all(connection) == b""
            assert time.monotonic() < began + 8
    with connect(url) as connection:
        for _ in range(2):  # the second head of a connection is waited for no longer
            connection.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
            answer = b""
            while not answer.endswith(b"}"):
                answer += connection.recv(65536)
            assert answer.startswith(b"HTTP/1.1 200")
        connection.sendall(b"GET /liv")
        assert read_all(connection) == b""


def test_headers_can_not_be_injected(served):
    url, _ = served
    smuggled = b"GET /problems/x%0d%0aSet-Cookie:%20a=b HTTP/1.1\r\nHost: x%0d%0aevil\r\n"
    with connect(url) as connection:
        connection.sendall(smuggled + b"X-Request-ID: a%0d%0ab\r\nConnection: close\r\n\r\n")
        answer = read_all(connection)
    head = answer.partition(b"\r\n\r\n")[0].lower()
    assert b"set-cookie" not in head and b"evil" not in head


def test_open_streams_end_when_the_server_stops(make_idle, idle_settings, idle_jobs):
    job = idle_jobs.submit(Order(prompt="a fox"), owner="anonymous")
    app = make_idle(stream_s=60.0, deadline_s=60.0).app
    found: dict[str, bytes] = {}
    with serving(app, idle_settings) as (url, thread):

        def ask(name: str, request: bytes) -> None:
            with connect(url) as connection:
                connection.sendall(request)
                connection.settimeout(30)
                found[name] = read_all(connection)

        body = b'{"prompt": "a fox"}'
        head = HEAD.replace(b"/v1/jobs", b"/v1/images/generations")
        requests = {
            "events": f"GET /v1/jobs/{job.id}/events HTTP/1.1\r\nHost: x\r\n\r\n".encode(),
            "wait": head + b"Content-Length: %d\r\n\r\n" % len(body) + body,
        }
        threads = [threading.Thread(target=ask, args=pair) for pair in requests.items()]
        for asking in threads:
            asking.start()
        queued = idle_jobs.queued()
        until = time.monotonic() + 30
        while idle_jobs.queued() == queued and time.monotonic() < until:
            time.sleep(0.02)
        time.sleep(0.2)
        began = time.monotonic()
        thread.server.should_exit = True
        thread.join(15)
        assert time.monotonic() - began < 5
        for asking in threads:
            asking.join()
    assert b'event: bye\ndata: {"reason": "stopping"}' in found["events"]
    error = json.loads(found["wait"].rpartition(b"\r\n\r\n")[2])["error"]
    assert error["code"] == "unavailable"
    assert idle_jobs.get(error["job"]["id"]).state == "queued", "the order outlives the server"


def test_streams_have_their_own_limit_and_give_it_back(make_idle, idle_settings, idle_jobs):
    job = idle_jobs.submit(Order(prompt="a fox"), owner="anonymous")
    app = make_idle(stream_s=60.0, streams=1).app
    request = f"GET /v1/jobs/{job.id}/events HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    with serving(app, idle_settings) as (url, _):
        with connect(url) as first, connect(url) as second:
            first.sendall(request)
            assert first.recv(65536).startswith(b"HTTP/1.1 200")
            second.sendall(request)
            assert second.recv(65536).startswith(b"HTTP/1.1 429")
        until = time.monotonic() + 30
        while app.state.service.streams._total and time.monotonic() < until:
            time.sleep(0.02)
        with connect(url) as third:
            third.sendall(request)
            assert third.recv(65536).startswith(b"HTTP/1.1 200")
    idle_jobs.delete(job.id, owner=None)


def test_events_come_as_they_happen(make_idle, idle_settings, idle_jobs):
    job = idle_jobs.submit(Order(prompt="a fox"), owner="anonymous")
    with (
        serving(make_idle(stream_s=60.0).app, idle_settings) as (url, _),
        connect(url) as connection,
    ):
        connection.sendall(f"GET /v1/jobs/{job.id}/events HTTP/1.0\r\nHost: x\r\n\r\n".encode())
        seen = b""
        while b"event: queued" not in seen:
            seen += connection.recv(65536)
        idle_jobs.cancel(job.id, owner=None)
        seen += read_all(connection)
    shown = events(seen.partition(b"\r\n\r\n")[2].decode())
    assert [event["event"] for event in shown] == ["queued", "cancelled"]


def test_sigterm_ends_a_process_with_an_open_stream(tmp_path):
    import os
    import signal
    import subprocess
    import sys

    code = (
        "import sys; from pathlib import Path; from znak.serve.api import create_app, make_server;"
        "from znak.serve.settings import Settings; from znak.serve.order import Order;"
        "s = Settings(data=Path(sys.argv[1]), port=0, stream_s=60);"
        "app = create_app(s);"
        "print(app.state.service.jobs.submit(Order(prompt='a fox'), owner='anonymous').id, flush=True);"
        "server = make_server(s, app);"
        "import threading, time;"
        "threading.Thread(target=lambda: ([time.sleep(.02) for _ in iter(lambda: server.started, True)],"
        " print(server.servers[0].sockets[0].getsockname()[1], flush=True)), daemon=True).start();"
        "server.run()"
    )
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", code, str(tmp_path / "data")],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    try:
        job_id, port = (process.stdout.readline().strip() for _ in range(2))
        with connect(f"http://127.0.0.1:{port}") as connection:
            connection.sendall(f"GET /v1/jobs/{job_id}/events HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            while b"event: queued" not in connection.recv(65536):
                pass
            process.send_signal(signal.SIGTERM)
            assert b"stopping" in read_all(connection)
        _, errors = process.communicate(timeout=30)
        assert process.returncode in (0, -signal.SIGTERM), errors
        assert "Traceback" not in errors
    finally:
        process.kill()
        process.communicate()


def test_an_app_hears_the_signal_before_the_server_does():
    import signal

    from znak.serve.api.signals import chain_signals

    heard, stopped = [], threading.Event()
    before = signal.signal(signal.SIGTERM, lambda number, _: heard.append(number))
    own = signal.getsignal(signal.SIGTERM)
    try:
        with chain_signals(stopped.set):
            signal.raise_signal(signal.SIGTERM)
            assert stopped.wait(10)
            assert heard == [signal.SIGTERM]
        assert signal.getsignal(signal.SIGTERM) is own
    finally:
        signal.signal(signal.SIGTERM, before)


@pytest.mark.parametrize("endpoint", [None, "http://127.0.0.1:1"])
def test_nothing_is_traced_without_a_configured_sdk(monkeypatch, endpoint):
    import importlib.util

    from znak.serve.api.telemetry import choose_telemetry

    for found, wanted in ((None, False), (object(), endpoint is not None)):
        monkeypatch.setattr(importlib.util, "find_spec", lambda _, found=found: found)
        monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT", raising=False)
        if endpoint:
            monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
        config = choose_telemetry()
        assert (config["tracing"], config["metrics"], config["logs"]) == (wanted, wanted, False)
    assert config["exclude"]({"path": "/livez"}) and not config["exclude"]({"path": "/v1/jobs"})
