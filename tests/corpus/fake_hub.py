"""A hub on the loopback: lists files by pages, serves ranges, breaks off when told to."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

COMMIT = "0123456789abcdef0123456789abcdef01234567"
REPOSITORY = "iamkaikai/amazing_logos_v4"


@dataclass
class Hub:
    """What the server holds and how it misbehaves; `asked` are the ranges it was asked for."""

    files: dict[str, bytes]
    cut: list[int] = field(default_factory=list)  # bytes to send before breaking off, in turn
    errors: list[int] = field(default_factory=list)  # status codes to answer first
    ranges: bool = True
    sums: dict[str, str] = field(default_factory=dict)  # SHA-256 to claim
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    url: str = ""


@contextmanager
def serve(hub: Hub):
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

        def do_GET(self):
            if hub.errors:
                self.send_error(hub.errors.pop(0))
                return
            path, _, query = self.path.partition("?")
            if path == f"/api/datasets/{REPOSITORY}/revision/main":
                self.answer(json.dumps({"sha": COMMIT}).encode())
            elif path == f"/api/datasets/{REPOSITORY}/tree/{COMMIT}":
                self.list_page(query)
            else:
                self.send_data(path.removeprefix(f"/datasets/{REPOSITORY}/resolve/{COMMIT}/"))

        def list_page(self, query):
            items = [{"type": "directory", "path": "data", "oid": "0", "size": 0}]
            items += [
                {
                    "type": "file",
                    "path": name,
                    "oid": "0",
                    "size": len(data),
                    "lfs": {
                        "oid": hub.sums.get(name, hashlib.sha256(data).hexdigest()),
                        "size": len(data),
                        "pointerSize": 134,
                    },
                }
                for name, data in hub.files.items()
            ]
            page = int((re.search(r"cursor=(\d+)", query) or [0, 0])[1])
            links = {}
            if page + 2 < len(items):
                links = {
                    "Link": f'<{hub.url}{self.path.partition("?")[0]}?cursor={page + 2}>; rel="next"'
                }
            self.answer(json.dumps(items[page : page + 2]).encode(), links)

        def send_data(self, name):
            asked = self.headers.get("Range")
            hub.asked.append((name, asked))
            if name not in hub.files:
                self.send_error(404)
                return
            data = hub.files[name]
            start = int(asked[6:-1]) if asked and hub.ranges else 0
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(data) - start))
            self.end_headers()
            end = min(len(data), start + hub.cut.pop(0)) if hub.cut else len(data)
            self.wfile.write(data[start:end])
            self.close_connection = True

        def answer(self, body, headers=None):
            self.send_response(200)
            for key, value in (headers or {}).items():
                self.send_header(key, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
