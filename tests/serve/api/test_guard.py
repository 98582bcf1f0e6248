"""Who is let in, how often, and what is said to the others: keys, limits, errors, headers, CORS."""

from __future__ import annotations

import json
import logging
import re
import threading

import pytest

from tests.serve.api.conftest import FREE
from znak.errors import DataError, InputError
from znak.serve.api.language import choose_language
from znak.serve.api.limits import Limiter, Slots, address_of
from znak.serve.api.problems import KINDS, ApiError
from znak.serve.keys import Keys, add_key, read_file, remove_key
from znak.serve.order import Order

JOBS = "/v1/jobs"
IMAGES = "/v1/images/generations"
FOX = {"prompt": "a fox", "n": 1, "seed": 3}


@pytest.fixture
def key_file(tmp_path):
    path = tmp_path / "keys.json"
    return path, {name: add_key(path, name=name)[0] for name in ("site", "shop")}


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


# keys


def test_a_key_is_kept_as_a_hash_and_found_again(key_file):
    path, made = key_file
    text = path.read_text("utf-8")
    assert not any(key in text or key.rpartition("_")[2] in text for key in made.values())
    assert path.stat().st_mode & 0o077 == 0
    keys = Keys(path)
    assert keys.find(made["site"]).name == "site"
    for wrong in ("", made["site"][:-1], made["site"] + "x", "znak_" + "a" * 12 + "_" + "b" * 43,
                  made["site"].swapcase(), "\udcff", "ж" * 60):  # fmt: skip
        assert keys.find(wrong) is None


def test_a_key_that_is_removed_stops_working_at_once(key_file):
    path, made = key_file
    keys = Keys(path)
    assert remove_key(path, "site").name == "site"
    assert keys.find(made["site"]) is None
    assert keys.find(made["shop"]) is not None
    path.write_text("{", "utf-8")
    assert keys.find(made["shop"]) is None, "a file that can't be read lets nobody in"


def test_a_file_of_keys_must_be_one(tmp_path, key_file):
    path, _ = key_file
    with pytest.raises(InputError, match="already"):
        add_key(path, name=" site ")
    with pytest.raises(InputError, match="0 characters"):
        add_key(path, name=" \n")
    with pytest.raises(InputError, match="no key"):
        remove_key(path, "nobody")
    with pytest.raises(DataError, match="keys add"):
        Keys(tmp_path / "none.json")
    for text in ("[]", '{"version": 2}', '{"version": 1, "link_secret": "", "keys": []}'):
        path.write_text(text, "utf-8")
        with pytest.raises(DataError):
            read_file(path)


def test_with_keys_on_all_but_health_needs_one(make_idle, key_file):
    path, made = key_file
    client = make_idle(keys=path)
    for open_ in ("/livez", "/openapi.json", "/problems/unauthorised", "/", "/v1"):
        assert client.get(open_).status_code == 200, open_
    assert client.get("/readyz").json()["checks"]["store"] == "ok"
    open_paths = ("/livez", "/readyz", "/problems/{code}")
    closed = [p for p in client.get("/openapi.json").json()["paths"] if p not in open_paths]
    assert len(closed) >= 10
    for path_ in [*closed, "/nowhere", "/livez/../v1/jobs", "/livez/", "/%2e/livez", "/livez%00"]:
        for method in ("GET", "POST", "DELETE", "PUT", "PATCH", "OPTIONS", "HEAD"):
            answer = client.request(method, path_, content=b"{", headers={"Content-Type": "x"})
            assert answer.status_code == 401, (method, path_)
            assert answer.headers["www-authenticate"] == 'Bearer realm="znak"'
    assert client.post(IMAGES, json=FOX).json()["error"]["type"] == "authentication_error"
    assert client.get("/v1/models", headers=bearer(made["site"])).status_code == 200
    for wrong in ("Basic " + made["site"], made["site"], "Bearer", "Bearer " + made["site"] + " x"):
        assert client.get("/v1/models", headers={"Authorization": wrong}).status_code == 401


def test_a_job_belongs_to_its_key(make_idle, key_file):
    path, made = key_file
    client = make_idle(keys=path)
    mine, other = bearer(made["site"]), bearer(made["shop"])
    job = client.post(JOBS, json=FOX, headers=mine).json()
    for tail in ("", "/events", "/kit.zip", "/logos/1.svg"):
        assert client.get(f"{JOBS}/{job['id']}{tail}", headers=other).status_code == 404
    assert client.delete(f"{JOBS}/{job['id']}", headers=other).status_code == 404
    body = {"job": job["id"], "n": 1}
    assert client.post("/v1/variations", json=body, headers=other).status_code == 404
    assert client.post("/v1/originality", json=body, headers=other).status_code == 404
    assert client.get(JOBS, headers=other).json() == {"jobs": []}
    assert [row["id"] for row in client.get(JOBS, headers=mine).json()["jobs"]] == [job["id"]]
    shared = {"Idempotency-Key": "same"}
    ids = {client.post(JOBS, json=FOX, headers=h | shared).json()["id"] for h in (mine, other)}
    assert len(ids) == 2, "an idempotency key is its owner's own"


def test_a_signed_address_opens_one_jobs_pictures_alone(make_client, key_file, jobs, worker):
    path, made = key_file
    client = make_client(keys=path)
    mine = bearer(made["site"])
    body = {**FOX, "response_format": "url", "size": "32x32"}
    first, second = (
        client.post(IMAGES, json={**body, "seed": s}, headers=mine).json() for s in (1, 2)
    )
    url = first["data"][0]["url"]
    assert client.get(url).status_code == 200
    assert client.get(re.sub("sig=.", "sig=~", url)).status_code == 401
    assert client.get(url.replace("sig=", "sug=")).status_code == 401
    assert client.get(url.replace(first["job"], second["job"])).status_code == 401
    assert client.delete(url).status_code == 401
    signature = url.rpartition("sig=")[2]
    for tail in ("", "/events", "/kit.zip"):
        assert client.get(f"{JOBS}/{first['job']}{tail}?sig={signature}").status_code == 401


# limits


def test_what_is_left_is_told_and_too_much_refused(make_idle):
    client = make_idle(rates={**FREE, "read": "3/minute"})
    left = [client.get("/v1/models").headers["ratelimit"] for _ in range(3)]
    assert [re.search(r"r=(\d+)", row).group(1) for row in left] == ["2", "1", "0"]
    refused = client.get("/v1/models", headers={"Accept-Language": "ru"})
    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert refused.headers["ratelimit-policy"] == '"read";q=3;w=60'
    assert "повторите через" in refused.json()["detail"]
    assert client.get("/livez").status_code == 200
    assert client.get("/readyz").json()["checks"]["store"] == "ok"
    assert client.post(JOBS, json={}).status_code == 422, "orders have a limit of their own"


def test_a_rate_is_counted_for_the_key_and_for_the_address(make_idle, key_file):
    path, made = key_file
    client = make_idle(keys=path, rates={**FREE, "read": "4/minute"})
    site, shop = (bearer(made[name]) for name in ("site", "shop"))
    assert [client.get("/v1/models", headers=site).status_code for _ in range(2)] == [200] * 2
    assert [client.get("/v1/models", headers=shop).status_code for _ in range(3)] == [200, 200, 429]


def test_a_large_picture_counts_as_many(make_idle):
    client = make_idle(rates={**FREE, "read": "20/minute"})
    path = f"{JOBS}/{'a' * 40}/logos/1.png"
    codes = [client.get(f"{path}?size={size}").status_code for size in (64, 4096, 64, 4096)]
    assert codes == [404, 404, 404, 429]
    for size in ("9" * 5000, "-1", "٣", "1e9"):
        assert client.get(f"{path}?size={size}").status_code in (404, 422, 429)


def test_guessing_keys_is_slow(make_idle, key_file):
    client = make_idle(keys=key_file[0], rates={**FREE, "unauthorised": "2/minute"})
    codes = [client.get("/v1/models", headers=bearer("znak_x")).status_code for _ in range(3)]
    assert codes == [401, 401, 429]


def test_a_rate_must_be_one():
    with pytest.raises(InputError, match="60/minute"):
        Limiter({"read": "often"})


def test_slots_are_given_back():
    slots = Slots(each=2, all_=3)
    with slots.take(["a", "k"]), slots.take(["a"]):
        with pytest.raises(ApiError), slots.take(["a"]):
            pass
        with slots.take(["b"]), pytest.raises(ApiError), slots.take(["c"]):
            pass
        with slots.take(["c"]):
            pass
    assert not slots._open and slots._total == 0


def test_one_caller_has_so_many_requests_open(make_idle, idle_jobs):
    client = make_idle(at_once=1, deadline_s=3.0)
    slow = threading.Thread(target=client.post, args=(IMAGES,), kwargs={"json": FOX})
    before = idle_jobs.queued()
    slow.start()
    while idle_jobs.queued() == before:
        pass
    refused = client.post(JOBS, json=FOX)
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_at_once")
    assert refused.headers["retry-after"] == "1"
    assert client.get("/v1/models").status_code == 200
    for job in idle_jobs.list("anonymous", limit=5):
        idle_jobs.cancel(job.id, owner=None)
    slow.join()


def test_a_full_queue_says_when_to_come_again(settings, tmp_path):
    from fastapi.testclient import TestClient

    from znak.serve.api import create_app

    small = settings.model_copy(update={"data": tmp_path / "small", "queue_limit": 1})
    with TestClient(create_app(small)) as client:
        assert client.post(JOBS, json=FOX).status_code == 202
        for path in (JOBS, IMAGES):
            answer = client.post(path, json=FOX)
            assert answer.status_code == 429
            assert int(answer.headers["retry-after"]) >= 1
            code = answer.json().get("code") or answer.json()["error"]["code"]
            assert code == "queue_full"
        assert client.get("/readyz").json()["checks"]["queue"] == "full"


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("203.0.113.9", "203.0.113.9"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"), ("fe80::1%eth0", "fe80::/64"), ("x", "unknown"),
        (None, "unknown"),
    ],
)  # fmt: skip
def test_addresses_count_by_who_has_them(host, name):
    assert address_of(host) == name


# errors


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "en"), ("", "en"), ("ru", "ru"), ("ru-RU,ru;q=0.9,en;q=0.8", "ru"),
        ("en;q=0.3,ru;q=0.4", "ru"), ("de,ru;q=0.1", "ru"), ("de", "en"), ("*", "en"),
        ("ru;q=0", "en"), ("en;q=0,*", "ru"), ("ru;q=x,en;q=0.1", "en"), ("," * 9999, "en"),
        ("en,ru", "en"), ("ru,en", "ru"),
    ],
)  # fmt: skip
def test_the_language_is_the_one_preferred(header, language):
    assert choose_language(header) == language


def test_a_problem_is_a_document_in_two_languages(idle):
    said = {}
    for language in ("en", "ru"):
        answer = idle.post(
            JOBS, json={"prompt": "", "n": 0, "x~/y": 1}, headers={"Accept-Language": language}
        )
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["content-language"] == language
        assert answer.headers["vary"] == "Accept-Language"
        said[language] = answer.json()
    assert said["en"] == {
        "type": "/problems/invalid_request",
        "title": "The request can't be used",
        "status": 422,
        "detail": "prompt is empty; n must be at least 1; x~/y is not known here.",
        "instance": said["en"]["instance"],
        "code": "invalid_request",
        "errors": [
            {"pointer": "#/prompt", "detail": "is empty"},
            {"pointer": "#/n", "detail": "must be at least 1"},
            {"pointer": "#/x~0~1y", "detail": "is not known here"},
        ],
    }
    assert said["ru"]["title"] == "Запрос не подходит"
    assert said["ru"]["errors"][1]["detail"] == "нужно не меньше 1"
    assert idle.get(said["en"]["type"]).json()["status"] == 422


def test_every_problem_is_told_in_both_languages(idle):
    for code, kind in KINDS.items():
        shown = [
            idle.get(f"/problems/{code}", headers={"Accept-Language": lang}).json()
            for lang in ("en", "ru")
        ]
        assert shown[0]["title"] == kind.en and shown[1]["title"] == kind.ru
        assert re.search("[а-я]", shown[1]["title"] + shown[1]["remedy"])
        assert not re.search("[а-яА-Я]", shown[0]["title"] + shown[0]["remedy"])
    assert idle.get("/problems/none").status_code == 404


@pytest.mark.parametrize(
    ("body", "kind", "status", "code"),
    [
        (b"{", "application/json", 400, "invalid_json"),
        (b"", "application/json", 422, "invalid_request"),
        (b"[]", "application/json", 422, "invalid_request"),
        (b"null", "application/json", 422, "invalid_request"),
        (b"\xff\xfe{}", "application/json", 400, "invalid_json"),
        (b'{"prompt": "\xff"}', "application/json", 400, "invalid_json"),
        (b'{"prompt": "\\ud800"}', "application/json", 422, "invalid_request"),
        (b'{"prompt": NaN}', "application/json", 422, "invalid_request"),
        (b'{"prompt": "a", "n": 1e400}', "application/json", 422, "invalid_request"),
        (b'{"prompt": "a", "seed": ' + b"9" * 5000 + b"}", "application/json", 4, ""),
        (b"[" * 100_000, "application/json", 400, "invalid_json"),
        (b"prompt=fox", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
        (b"{}", "text/plain", 415, "unsupported_media_type"),
        (b"{}", "", 415, "unsupported_media_type"),
    ],
)
def test_a_body_that_is_none_is_refused(idle, body, kind, status, code):
    headers = {"Content-Type": kind} if kind else {}
    answer = idle.post(JOBS, content=body, headers=headers)
    if status == 4:
        assert 400 <= answer.status_code < 500
    else:
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


def test_a_method_that_is_not_there_is_named(idle):
    answer = idle.put(JOBS, json={})
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert "GET" in answer.headers["allow"] or "POST" in answer.headers["allow"]


def test_what_breaks_is_said_without_its_reason_and_logged(make_idle, monkeypatch, caplog):
    client = make_idle()
    monkeypatch.setattr(
        type(client.app.state.service.jobs), "get", lambda *_, **__: 1 / 0, raising=True
    )
    with caplog.at_level(logging.ERROR):
        answer = client.get(f"{JOBS}/{'a' * 40}")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "division" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.json()["instance"].endswith(answer.headers["x-request-id"])
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize("error", [DataError("/secret/place is damaged"), InputError("fine")])
def test_paths_of_the_server_are_not_told(make_idle, monkeypatch, error):
    def fail(*_, **__):
        raise error

    client = make_idle()
    monkeypatch.setattr(type(client.app.state.service.jobs), "get", fail)
    answer = client.get(f"{JOBS}/{'a' * 40}")
    assert answer.status_code == (422 if isinstance(error, InputError) else 500)
    assert "secret" not in answer.text


def test_a_store_that_does_not_answer_is_unavailable(make_idle, monkeypatch):
    from znak.serve.job import StoreBusy

    def fail(*_, **__):
        raise StoreBusy("database is locked at /secret")

    client = make_idle()
    monkeypatch.setattr(type(client.app.state.service.jobs), "submit", fail)
    monkeypatch.setattr(type(client.app.state.service.jobs), "queued", fail)
    answer = client.post(JOBS, json=FOX)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert "secret" not in answer.text
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json()["checks"]) == (503, {"store": "no answer"})
    assert client.get("/metrics").status_code == 200


def test_an_order_that_was_taken_outlives_a_store_that_does_not_answer(
    make_client, worker, monkeypatch
):
    """Nothing after its place in the queue is refused or fails: the news only come later."""
    from znak.serve.job import StoreBusy
    from znak.serve.jobs import Jobs
    from znak.serve.store import Store

    client = make_client()
    find_all, failures = Store.find_all, iter(range(3))

    def fail(*_, **__):
        raise StoreBusy("database is locked")

    def fail_at_first(*given):
        return fail() if next(failures, None) is not None else find_all(*given)

    monkeypatch.setattr(Jobs, "get", fail)
    monkeypatch.setattr(Store, "find_all", fail_at_first)
    answer = client.post(IMAGES, json={**FOX, "output_format": "svg", "n": 1})
    assert answer.status_code == 200, answer.text
    assert next(failures, None) is None


def test_an_order_that_was_taken_waits_behind_calls_that_nobody_waits_for(make_client, worker):
    client = make_client()
    service = client.app.state.service
    for pool in (service.draw, service.wait):
        pool._taken += 10_000
    try:
        answer = client.post(IMAGES, json={**FOX, "output_format": "svg", "n": 1})
        assert answer.status_code == 200, answer.text
        job = answer.json()["job"]
        refused = client.get(f"{JOBS}/{job}/logos/1.svg")
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "2")
    finally:
        for pool in (service.draw, service.wait):
            pool._taken -= 10_000


# headers, logs, figures


def test_every_answer_is_sealed(idle):
    for method, path in (("GET", "/livez"), ("GET", "/nowhere"), ("POST", JOBS), ("PUT", "/")):
        headers = idle.request(method, path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "sandbox" in headers["content-security-policy"]
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"
        assert re.fullmatch("[0-9a-f]{24}", headers["x-request-id"])
        assert "server" not in headers


@pytest.mark.parametrize("given", ["a b", "x" * 65, "short", "é" * 10, "a\tb-c-d-e", "<script>--"])
def test_a_request_id_is_taken_only_if_it_is_one(idle, given):
    headers = {"X-Request-ID": given.encode("latin-1")}
    assert idle.get("/livez", headers=headers).headers["x-request-id"] != given
    good = idle.get("/livez", headers={"X-Request-ID": "trace-0123456789"})
    assert good.headers["x-request-id"] == "trace-0123456789"


def test_other_sites_may_call_only_where_they_are_named(make_idle, idle):
    asked = {"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"}
    client = make_idle(cors_origins=("https://shop.example",))
    allowed = client.options(JOBS, headers=asked)
    assert allowed.headers["access-control-allow-origin"] == "https://shop.example"
    failed = client.post(JOBS, json={}, headers=asked)
    assert failed.headers["access-control-allow-origin"] == "https://shop.example"
    other = client.get("/v1/models", headers={"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in other.headers
    assert "access-control-allow-origin" not in idle.options(JOBS, headers=asked).headers


def test_health_answers_heads_too(client, worker):
    for path in ("/livez", "/readyz"):
        answer = client.head(path)
        assert (answer.status_code, answer.content) == (200, b""), path


def test_it_is_ready_only_while_a_worker_lives(settings, tmp_path):
    from fastapi.testclient import TestClient

    from znak.serve import slots
    from znak.serve.api import create_app

    alone = settings.model_copy(update={"data": tmp_path / "alone"})
    with TestClient(create_app(alone)) as client:
        checks = {"store": "ok", "queue": "ok", "worker": "none"}
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json()) == (503, {"status": "failing", "checks": checks})
        slot = slots.claim(alone.data / "workers")
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json()["checks"]["worker"]) == (200, "ok")
        slot.release()  # as the system does when a worker is killed: its file stays
        assert client.get("/readyz").status_code == 503
        assert slots.claim(alone.data / "workers").name == slot.name, "the look left a lock"


def test_a_request_is_one_line_in_the_log_without_what_was_asked(idle, caplog):
    with caplog.at_level(logging.INFO, logger="znak.serve.api"):
        idle.post(JOBS + "?key=secret", json={**FOX, "prompt": "my secret plan", "bad": 1})
    (record,) = [r for r in caplog.records if r.message == "answered"]
    assert (record.route, record.status, record.problem) == (JOBS, 422, "invalid_request")
    assert "secret" not in json.dumps(record.__dict__, default=str)


def test_figures_count_by_route_and_never_by_address(idle):
    for n in range(5):
        idle.get(f"{JOBS}/{str(n) * 40}")
        idle.get(f"/nowhere/{n}")
        idle.request(f"METHOD{n}", "/")
    text = idle.get("/metrics").text
    found = r'znak_http_requests_total\{method="GET",route="/v1/jobs/\{job_id\}",status="404"\} 5.0'
    assert re.search(found, text), text
    assert text.count('route="unmatched"') < 50
    assert "METHOD" not in text and "nowhere" not in text
    assert re.search(r"^znak_jobs_queued \d", text, re.M)
    assert 'znak_http_refused_total{code="not_found"} 10.0' in text


def test_a_stopping_server_takes_nothing_new(idle, idle_jobs):
    waiting = idle_jobs.submit(Order(prompt="a fox"), owner="anonymous")
    idle.app.state.service.stop()
    answer = idle.post(JOBS, json=FOX)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert idle.get("/livez").status_code == 200
    ready = idle.get("/readyz")
    assert (ready.status_code, ready.json()["status"]) == (503, "stopping")
    idle_jobs.delete(waiting.id, owner=None)
