"""What is sent to do harm: bombs, scripts, paths, a megabyte of prompt. Refused at once, said plainly."""

from __future__ import annotations

import base64
import io
import time
import zlib
from struct import pack

import pytest
from PIL import Image

from tests.serve.api.conftest import serving
from tests.serve.api.test_server import connect, read_all

SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 64 64">'
BOX = '<path d="M8 8H56V56H8Z"/>'


def nested_uses(attribute: str) -> str:
    levels = [
        f'<g id="a{k}">' + f'<use {attribute}="#a{k - 1}"/>' * 10 + "</g>" for k in range(1, 9)
    ]
    return f'{SVG}<g id="a0">{BOX}</g>{"".join(levels)}</svg>'


BOMBS = {
    "billion laughs": '<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>' + SVG + "&b;</svg>",
    "outside entity": '<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + SVG + "&a;</svg>",
    "uses of uses": nested_uses("href"),
    "xlink uses of uses": nested_uses("xlink:href"),
    "long chain of uses": SVG
    + f'<g id="a0">{BOX}</g>'
    + "".join(f'<g id="a{k}"><use href="#a{k - 1}"/></g>' for k in range(1, 2000))
    + "</svg>",
    "long chain of gradients": SVG
    + "".join(f'<linearGradient id="a{k}" href="#a{k + 1}"/>' for k in range(2000))
    + '<path fill="url(#a0)" d="M8 8H56V56H8Z"/></svg>',
    "use of itself": f'{SVG}<g id="a">{BOX}<use href="#a"/></g></svg>',
    "script": f"{SVG}<script>alert(1)</script>{BOX}</svg>",
    "handler": f'{SVG}<path onload="alert(1)" d="M8 8H56V56H8Z"/></svg>',
    "page inside": f"{SVG}<foreignObject><p>hello</p></foreignObject></svg>",
    "picture from elsewhere": f'{SVG}<image href="http://evil.example/x.png"/></svg>',
    "file from here": f'{SVG}<use href="file:///etc/passwd#x"/>{BOX}</svg>',
    "style from elsewhere": f"{SVG}<style>@import url(http://evil.example/x.css)</style>{BOX}</svg>",
    "filter": f'{SVG}<filter id="f"><feMorphology operator="dilate" radius="500"/></filter>'
    '<path filter="url(#f)" d="M8 8H56V56H8Z"/></svg>',
    "filter of a style": f'{SVG}<path style="filter:blur(999px)" d="M8 8H56V56H8Z"/></svg>',
    "markers": f'{SVG}<marker id="m">{BOX}</marker><path marker-mid="url(#m)" d="M0 0{"L1 1L2 2" * 9000}"/></svg>',
    "masks": f'{SVG}<mask id="m">{BOX}</mask>' + '<path mask="url(#m)" d="M8 8H56V56H8Z"/>' * 999 + "</svg>",
    "clips": f'{SVG}<clipPath id="m">{BOX}</clipPath>' + f'<g clip-path="url(#m)">{BOX}</g>' * 999 + "</svg>",
    "see-through groups": SVG + '<g opacity=".5">' * 150 + BOX + "</g>" * 150 + "</svg>",
    "deep groups": SVG + "<g>" * 9_000 + "</g>" * 9_000 + "</svg>",
    "many elements": SVG + "<g/>" * 40_000 + "</svg>",
    "no SVG": "<html><body>hello</body></html>",
    "no XML": SVG + "<path",
    "no ink": SVG + "</svg>",
    "no size": '<svg xmlns="http://www.w3.org/2000/svg"></svg>',
    "beyond measure": f'{SVG}<path d="M-1e30 -1e30H1e30V1e30Z"/></svg>',
    "text": "\0" * 100,
}  # fmt: skip


@pytest.mark.parametrize("path", ["/v1/variations", "/v1/originality"])
def test_svg_bombs_are_refused_before_they_cost_anything(idle, idle_jobs, path):
    queued = idle_jobs.queued()
    for name, svg in BOMBS.items():
        began = time.process_time()
        answer = idle.post(path, json={"svg": svg})
        assert answer.status_code == 422, (name, answer.text[:300])
        assert time.process_time() - began < 10, name
        for secret in ("/tmp", "root:", "Traceback", "/site-packages"):
            assert secret not in answer.text, name
    assert idle_jobs.queued() == queued


def png(width: int, height: int) -> bytes:
    """Return a PNG of one colour, small as a file and large in memory."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return pack(">I", len(data)) + kind + data + pack(">I", zlib.crc32(kind + data))

    head = pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes((width // 8 + 1) * height), 9)
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def encode(kind: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 64), "red").save(out, kind)
    return out.getvalue()


PICTURES = {
    "pixel bomb": png(20_000, 20_000),
    "one colour": png(64, 64),
    "kinds not taken": encode("TIFF"),
    "no picture": b"hello",
    "half a picture": encode("PNG")[:60],
    "svg as picture": f"{SVG}{BOX}</svg>".encode(),
}


def test_picture_bombs_are_refused(idle):
    for name, data in PICTURES.items():
        image = base64.b64encode(data).decode()
        for text in (image, "data:image/png;base64," + image):
            answer = idle.post("/v1/originality", json={"image": text})
            assert answer.status_code == 422, (name, answer.text)
            assert "/tmp" not in answer.text and "znak-" not in answer.text, name
    for text in ("%%%", "====", "ж", "A" * 5):
        assert idle.post("/v1/originality", json={"image": text}).status_code == 422


def test_a_picture_of_a_mark_is_compared(idle):
    out = io.BytesIO()
    picture = Image.new("RGB", (200, 200), "white")
    picture.paste("black", (60, 60, 140, 140))
    picture.save(out, "PNG")
    body = {"image": base64.b64encode(out.getvalue()).decode(), "n": 2}
    answer = idle.post("/v1/originality", json=body, headers={"Accept-Language": "ru"})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert len(found["closest"]) == 2
    assert found["closest"][0]["distance"] <= found["closest"][1]["distance"]
    assert "юридический" in found["verdict"]
    both = {**body, "svg": f"{SVG}{BOX}</svg>"}
    assert idle.post("/v1/originality", json=both).status_code == 422


@pytest.mark.parametrize("path", ["/v1/jobs", "/v1/images/generations", "/generate/"])
def test_a_megabyte_of_prompt_is_refused(idle, path):
    field = "description" if path == "/generate/" else "prompt"
    began = time.process_time()
    assert idle.post(path, json={field: "fox " * 262_144}).status_code == 413
    assert idle.post(path, json={field: "лиса " * 100_000}).status_code == 422
    assert idle.post(path, json={field: "a" * 2001}).status_code == 422
    assert idle.post(path, json={field: " \n\t" * 100}).status_code == 422
    assert time.process_time() - began < 5


@pytest.mark.parametrize("path", ["/v1/jobs", "/v1/images/generations", "/v1/variations"])
def test_a_flood_of_errors_is_one_error(idle, path):
    flood = {
        "fields": {"prompt": "a fox", **{f"f{k}": 1 for k in range(80_000)}},
        "styles": {"prompt": "a fox", "style": ["x"] * 200_000},
        "colours": {
            "prompt": "a fox",
            "colors": [1] * 300_000,
            "controls": {"colors": [1] * 99_999},
        },
    }
    for name, body in flood.items():
        began = time.process_time()
        answer = idle.post(path, json=body)
        assert answer.status_code == 422, name
        assert len(answer.content) < 10_000, name
        assert time.process_time() - began < 3, name


def test_markup_in_names_is_text_everywhere(client, done):
    name = "<script>alert(1)</script>\"'&"
    for layout in ("horizontal", "stacked"):
        query = {"name": name, "tagline": "</title><svg onload=x>", "layout": layout}
        answer = client.get(f"/v1/jobs/{done.id}/logos/1.svg", params=query)
        assert answer.status_code == 200, answer.text
        assert "&lt;script&gt;" in answer.text
        assert "<script" not in answer.text and "<svg onload" not in answer.text
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    answer = client.post("/v1/jobs", json={"prompt": "a fox", "<img src=x>": 1})
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    [
        "/v1/jobs/../../etc/passwd", "/v1/jobs/..%2f..%2f..%2fetc%2fpasswd", "/v1/jobs/%2e%2e/%2e%2e",
        "/v1/jobs/....//....//x/logos/1.svg", "/../../../../etc/passwd", "/v1/jobs/\\..\\..",
        "/v1/jobs/%00/logos/1.svg", "/problems/..%2f..%2fkeys.json", "/v1/jobs//logos/1.svg",
        "//etc/passwd", "/v1/jobs/x/logos/1.svg/../../../../result.json", "http://evil.example/v1/jobs/x",
    ],
)  # fmt: skip
def test_paths_lead_nowhere_else(idle, idle_settings, path):
    with serving(idle.app, idle_settings) as (url, _), connect(url) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        answer = read_all(connection)
    assert answer.split(b" ", 2)[1] in (b"404", b"400", b"405"), answer[:300]
    assert b"root:" not in answer and b"version" not in answer.partition(b"\r\n\r\n")[2]


@pytest.mark.parametrize(("proxies", "last"), [((), b"429"), (("127.0.0.1",), b"200")])
def test_a_forwarded_address_counts_only_from_a_proxy_that_is_trusted(
    make_idle, idle_settings, proxies, last
):
    changes = {"rates": {"read": "2/minute"}, "trusted_proxies": proxies}
    app = make_idle(**changes).app
    codes = []
    with serving(app, idle_settings.model_copy(update=changes)) as (url, _):
        for number in range(3):
            with connect(url) as connection:
                connection.sendall(
                    b"GET /v1/models HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                    b"X-Forwarded-For: 203.0.113.%d\r\n\r\n" % number
                )
                codes.append(read_all(connection).split(b" ", 2)[1])
    assert codes == [b"200", b"200", last]
