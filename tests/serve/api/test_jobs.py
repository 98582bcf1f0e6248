"""Jobs over HTTP: ordered, seen, followed, forgotten; their files in any look."""

from __future__ import annotations

import io
import json
import zipfile

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from znak.serve.order import Order

FOX = {"prompt": "a fox for a coffee shop", "name": "Foxy", "n": 1, "seed": 3}
FOREIGN = "f" * 40


def events(text: str) -> list[dict[str, str]]:
    """Return the events of a stream, without its comments."""
    found = []
    for block in text.split("\n\n"):
        lines = [line.partition(": ") for line in block.splitlines() if not line.startswith(":")]
        if fields := {name: value for name, _, value in lines if name != "retry"}:
            found.append(fields)
    return found


def test_an_order_is_a_job_with_an_address(idle):
    client = idle
    answer = client.post("/v1/jobs", json=FOX)
    job = answer.json()
    assert answer.status_code == 202
    assert answer.headers["location"] == f"/v1/jobs/{job['id']}"
    assert {k: job[k] for k in ("state", "phase", "n", "seed", "model", "name")} == {
        "state": "queued", "phase": "queued", "n": 1, "seed": 3, "model": "flow", "name": "Foxy",
    }  # fmt: skip
    assert len(job["id"]) * 4 >= 128
    assert client.get(answer.headers["location"]).json() == job
    assert client.delete(f"/v1/jobs/{job['id']}").status_code == 204
    assert client.get(f"/v1/jobs/{job['id']}").status_code == 404
    assert client.delete(f"/v1/jobs/{job['id']}").status_code == 404


def test_a_client_may_prefer_to_wait(client, worker):
    answer = client.post("/v1/jobs", json=FOX, headers={"Prefer": "respond-async, wait=20"})
    assert answer.headers["preference-applied"] == "wait=20"
    job = answer.json()
    assert job["state"] == "done"
    assert [logo["number"] for logo in job["logos"]] == [1]
    assert client.get(job["logos"][0]["svg"]).headers["content-type"] == "image/svg+xml"


def test_without_a_seed_each_order_has_a_new_one_and_each_key_its_own(idle):
    client = idle
    free = {"prompt": "a fox", "n": 1}
    one, two = (client.post("/v1/jobs", json=free).json() for _ in range(2))
    assert one["seed"] != two["seed"]
    key = {"Idempotency-Key": "order-17"}
    first, again = (client.post("/v1/jobs", json=free, headers=key).json() for _ in range(2))
    assert first["id"] == again["id"]
    other = client.post("/v1/jobs", json={**free, "n": 2}, headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


@pytest.mark.parametrize(
    ("host", "caller", "address", "headers", "changes"),
    [
        ("127.0.0.1", "127.0.0.1", "localhost:8000", {}, {}),
        ("::1", "::1", "[::1]:8000", {}, {}),
        ("0.0.0.0", "127.0.0.1", "localhost", {}, None),
        ("127.0.0.1", "203.0.113.9", "localhost", {}, None),
        ("127.0.0.1", "127.0.0.1", "rebound.example", {}, None),
        ("127.0.0.1", "127.0.0.1", "localhost", {"X-Forwarded-For": "203.0.113.9"}, None),
        ("127.0.0.1", "127.0.0.1", "localhost", {"Forwarded": "for=203.0.113.9"}, None),
        ("127.0.0.1", "127.0.0.1", "localhost", {}, {"public_url": "https://logo.example"}),
        ("127.0.0.1", "127.0.0.1", "localhost", {}, {"trusted_proxies": ("127.0.0.1",)}),
    ],
)
def test_only_those_on_this_machine_see_a_list_without_keys(
    make_app, done, host, caller, address, headers, changes
):
    app = make_app(host=host, **(changes or {}))
    with TestClient(app, base_url=f"http://{address}", client=(caller, 5000)) as client:
        listed = client.get("/v1/jobs", headers=headers).json()["jobs"]
    assert bool(listed) == (changes == {})


def test_addresses_are_those_that_clients_reach(make_client, done):
    job = make_client(public_url="https://logo.example/api/").get(f"/v1/jobs/{done.id}").json()
    assert job["url"] == f"https://logo.example/api/v1/jobs/{done.id}"
    assert job["logos"][1]["kit"].startswith("https://logo.example/api/v1/jobs/")


def test_the_stream_of_a_job_ends_when_it_is_done(client, worker):
    job = client.post("/v1/jobs", json={**FOX, "seed": 4}).json()
    answer = client.get(f"/v1/jobs/{job['id']}/events")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["cache-control"] == "no-store"
    found = events(answer.text)
    assert found[-1]["event"] == "done"
    assert len(json.loads(found[-1]["data"])["logos"]) == 1
    assert {e["event"] for e in found[:-1]} <= {"queued", "running"}
    shares = [json.loads(e["data"])["progress"] for e in found]
    assert shares == sorted(shares)
    last = {"Last-Event-ID": found[-1]["id"]}
    assert client.get(f"/v1/jobs/{job['id']}/events", headers=last).status_code == 204
    first = {"Last-Event-ID": found[0]["id"]}
    seen = events(client.get(f"/v1/jobs/{job['id']}/events", headers=first).text)
    assert [e["event"] for e in seen] == ["done"]


def test_the_stream_of_a_job_that_waits_ends_in_time_and_says_so(make_idle):
    client = make_idle(stream_s=0.3, ping_s=0.1)
    job = client.post("/v1/jobs", json=FOX).json()
    answer = client.get(f"/v1/jobs/{job['id']}/events")
    found = events(answer.text)
    assert ": alive" in answer.text
    assert [e["event"] for e in found] == ["queued", "bye"]
    assert json.loads(found[1]["data"]) == {"reason": "time"}
    again = client.get(f"/v1/jobs/{job['id']}/events", headers={"Last-Event-ID": found[0]["id"]})
    assert [e["event"] for e in events(again.text)] == ["bye"]
    client.delete(f"/v1/jobs/{job['id']}")


def test_the_stream_of_a_forgotten_job_ends(idle):
    client = idle
    job = client.post("/v1/jobs", json=FOX).json()
    client.app.state.service.jobs.cancel(job["id"], owner=None)
    found = events(client.get(f"/v1/jobs/{job['id']}/events").text)
    assert [e["event"] for e in found] == ["cancelled"]


def test_a_logo_comes_in_the_look_asked_for(client, done):
    base = f"/v1/jobs/{done.id}/logos"
    designed = client.get(f"{base}/1.svg").text
    assert designed.startswith("<svg") and "Foxy" in designed
    assert client.get(f"{base}/1.svg").text == designed
    renamed = client.get(f"{base}/1.svg", params={"name": "Лиса & <b>", "layout": "stacked"})
    assert "Лиса &amp; &lt;b&gt;" in renamed.text
    blue = client.get(f"{base}/1.svg", params={"colors": "0b5fff", "layout": "mark"}).text
    assert "#0b5fff" in blue
    wide = {"width": 300, "height": 100, "background": "opaque"}
    with Image.open(io.BytesIO(client.get(f"{base}/2.png", params=wide).content)) as picture:
        assert (picture.size, picture.mode) == ((300, 100), "RGBA")
        assert np.asarray(picture)[..., 3].min() == 255
    clear = {"size": 64, "background": "transparent", "mode": "black"}
    with Image.open(io.BytesIO(client.get(f"{base}/2.webp", params=clear).content)) as picture:
        assert picture.format == "WEBP"
        pixels = np.asarray(picture.convert("RGBA"))
    assert pixels[0, 0, 3] == 0 and pixels[..., 3].max() == 255
    assert pixels[pixels[..., 3] == 255][:, :3].max() == 0


def test_a_logo_that_the_client_has_is_not_sent_again(client, done):
    first = client.get(f"/v1/jobs/{done.id}/logos/1.png?size=32")
    tag = {"If-None-Match": f'W/"else", {first.headers["etag"]}'}
    again = client.get(f"/v1/jobs/{done.id}/logos/1.png?size=32", headers=tag)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("1.svg?layout=spiral", 422), ("1.svg?colors=red", 422), ("1.svg?font=Comic", 422),
        ("1.png?size=100000", 422), ("1.png?size=1e3", 422), ("1.svg?name=", 422),
        ("1.svg?name=" + "a" * 500, 422), ("1.svg?name=%E2%98%83%E4%BD%A0", 422),
        ("3.svg", 404), ("0.svg", 404), ("1.exe", 404), ("1.svg.svg", 404), ("x.svg", 404),
        ("99999999999999999999.svg", 404),
    ],
)  # fmt: skip
def test_a_look_that_can_not_be_is_refused(client, done, query, status):
    answer = client.get(f"/v1/jobs/{done.id}/logos/{query}")
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_kit_is_a_zip_in_the_language_asked_for(client, done):
    answer = client.get(f"/v1/jobs/{done.id}/kit.zip?number=2", headers={"Accept-Language": "ru"})
    assert answer.headers["content-disposition"] == 'attachment; filename="kit-2.zip"'
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert "Foxy" in archive.read(next(n for n in names if n.endswith("README.txt"))).decode()
    assert any(name.endswith("favicon.ico") for name in names)
    assert not [name for name in names if name.startswith("/") or ".." in name]


def test_files_of_a_job_that_is_not_done_are_not_there_yet(idle, idle_jobs):
    client, jobs = idle, idle_jobs
    job = client.post("/v1/jobs", json=FOX).json()
    for path in ("logos/1.svg", "kit.zip"):
        answer = client.get(f"/v1/jobs/{job['id']}/{path}")
        assert (answer.status_code, answer.json()["code"]) == (409, "not_ready")
    jobs.cancel(job["id"], owner=None)
    answer = client.get(f"/v1/jobs/{job['id']}/logos/1.svg")
    assert (answer.status_code, answer.json()["code"]) == (409, "job_failed")


@pytest.mark.parametrize(
    "path",
    ["", "/events", "/kit.zip", "/logos/1.svg"],
)
@pytest.mark.parametrize(
    "job_id", [FOREIGN, "a" * 8, "x" * 500, "ж" * 8, "..%2f..%2fetc", "%00" * 9]
)
def test_a_forged_id_finds_nothing(client, path, job_id):
    answer = client.get(f"/v1/jobs/{job_id}{path}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_variations_take_after_a_logo_of_a_job(client, done, worker):
    wish = {"job": done.id, "number": 2, "n": 1, "strength": 0.2, "seed": 1}
    answer = client.post("/v1/variations", json=wish, headers={"Prefer": "wait=30"})
    job = answer.json()
    assert (answer.status_code, job["kind"], job["state"]) == (202, "vary", "done"), job
    assert (job["name"], job["prompt"]) == ("Foxy", "a fox for a coffee shop")
    assert job["logos"][0]["way"] == "varied"


def test_variations_need_one_mark(client, done):
    mark = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path d="M1 1H7V7H1Z"/></svg>'
    for body in (
        {},
        {"job": done.id, "svg": mark},
        {"job": done.id, "number": 9},
        {"job": FOREIGN},
    ):
        assert client.post("/v1/variations", json=body).status_code in (404, 422), body
    answer = client.post("/v1/variations", json={"svg": mark, "n": 1})
    assert answer.status_code == 202, answer.text
    client.delete(answer.headers["location"])


def test_a_job_that_failed_says_why_in_the_language_asked_for(idle, idle_jobs):
    client, jobs = idle, idle_jobs
    from znak.serve.job import Problem

    job = jobs.submit(Order(prompt="a fox"), owner="anonymous")
    jobs._store.end(job.id, "failed", Problem("input", "no such thing", "нет такого"))
    for language, said in (("en", "no such thing"), ("ru", "нет такого")):
        shown = client.get(f"/v1/jobs/{job.id}", headers={"Accept-Language": language}).json()
        assert shown["error"] == {"code": "input", "detail": said}
