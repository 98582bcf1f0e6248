"""`/v1/images/generations`: answers in OpenAI's shape, and OpenAI's own client unchanged."""

from __future__ import annotations

import base64
import io
import json
import time
import urllib.request

import numpy as np
import openai
import pytest
from PIL import Image

from tests.serve.api.conftest import serving
from tests.serve.api.test_jobs import events

PATH = "/v1/images/generations"
FOX = {"prompt": "a fox for a coffee shop", "seed": 3}


def picture(b64: str) -> Image.Image:
    opened = Image.open(io.BytesIO(base64.b64decode(b64)))
    opened.load()
    return opened


def test_an_answer_holds_the_logos(client, worker):
    body = {**FOX, "n": 2, "size": "320x200", "name": "Foxy", "background": "opaque"}
    answer = client.post(PATH, json=body)
    assert answer.status_code == 200, answer.text
    made = answer.json()
    assert (made["size"], made["output_format"], made["background"]) == ("320x200", "png", "opaque")
    assert (made["seed"], made["usage"]["total_tokens"], len(made["data"])) == (3, 0, 2)
    assert {picture(image["b64_json"]).size for image in made["data"]} == {(320, 200)}
    job = client.get(f"/v1/jobs/{made['job']}").json()
    assert (job["state"], job["name"], job["n"]) == ("done", "Foxy", 2)


def test_the_same_seed_gives_the_same_bytes(client, worker):
    body = {**FOX, "output_format": "svg", "controls": {"colors": [{"rgb": [11, 95, 255]}]}}
    first, second = (client.post(PATH, json=body).json()["data"] for _ in range(2))
    assert first == second
    svg = base64.b64decode(first[0]["b64_json"]).decode()
    assert svg.startswith("<svg") and "#0b5fff" in svg


def test_addresses_in_place_of_files(client, worker):
    body = {**FOX, "response_format": "url", "size": "64x48", "output_format": "webp"}
    (image,) = client.post(PATH, json=body).json()["data"]
    assert image["b64_json"] is None
    answer = client.get(image["url"])
    assert answer.headers["content-type"] == "image/webp"
    with Image.open(io.BytesIO(answer.content)) as opened:
        assert opened.size == (64, 48)


def test_a_stream_shows_stages_then_each_logo(client, worker):
    body = {**FOX, "name": "Foxy", "n": 2, "stream": True, "partial_images": 3, "size": "600x400"}
    answer = client.post(PATH, json=body)
    assert answer.headers["content-type"].startswith("text/event-stream")
    found = [json.loads(event["data"]) for event in events(answer.text)]
    names = [row["type"].removeprefix("image_generation.") for row in found]
    assert names == [*["partial_image"] * 3, "completed"] * 2
    assert [row["partial_image_index"] for row in found[:3]] == [0, 1, 2]
    assert len({row["b64_json"] for row in found[:4]}) == 4
    assert {picture(row["b64_json"]).size for row in found} == {(600, 400)}
    black = np.asarray(picture(found[0]["b64_json"]))
    assert black[..., 3].max() == 255 and black[black[..., 3] == 255][:, :3].max() == 0


def test_what_openai_has_and_we_have_not_is_passed_over(client, worker):
    body = {
        **FOX, "model": "znak", "quality": "high", "moderation": "low", "user": "me", "n": None,
        "style": "vivid", "background": None, "size": None, "output_format": None,
        "complexity": "low", "svg": {"model": "x"}, "safety_identifier": "me", "stream": None,
        "partial_images": None, "response_format": None, "output_compression": None,
    }  # fmt: skip
    answer = client.post(PATH, json=body)
    assert answer.status_code == 200, answer.text
    assert picture(answer.json()["data"][0]["b64_json"]).size == (1024, 1024)


@pytest.mark.parametrize(
    ("change", "status", "code", "param"),
    [
        ({"prompt": ""}, 422, "invalid_request", "prompt"),
        ({"prompt": "fox\0"}, 422, "invalid_request", "prompt"),
        ({"prompt": 5}, 422, "invalid_request", "prompt"),
        ({"prompt": "a " * 2000}, 422, "invalid_input", None),
        ({"n": 0}, 422, "invalid_request", "n"),
        ({"n": "2"}, 422, "invalid_request", "n"),
        ({"n": 17}, 422, "invalid_input", None),
        ({"n": True}, 422, "invalid_request", "n"),
        ({"size": "1024"}, 422, "invalid_request", "size"),
        ({"size": "9999x9999"}, 422, "invalid_request", "size"),
        ({"output_format": "jpeg"}, 422, "invalid_request", "output_format"),
        ({"model": "dall-e-3"}, 404, "model_not_found", "model"),
        ({"style": "ugly"}, 422, "invalid_request", None),
        ({"layout": "spiral"}, 422, "invalid_request", "layout"),
        ({"controls": {"colors": [{"rgb": [0, 0, 256]}]}}, 422, "invalid_request", None),
        ({"frame_count": 3}, 422, "invalid_request", "frame_count"),
        ({"wish": "a lot"}, 422, "invalid_request", "wish"),
        ({"prompt": "logo of Nike"}, 422, "invalid_input", None),
    ],
)
def test_what_can_not_be_made_is_said_as_openai_says_it(idle, change, status, code, param):
    answer = idle.post(PATH, json={**FOX, **change})
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    error = answer.json()["error"]
    assert (error["code"], error["type"]) == (code, "invalid_request_error")
    assert error["message"]
    if param is not None:
        assert error["param"] == param


def test_the_deadline_names_the_job_that_goes_on(make_idle):
    client = make_idle(deadline_s=0.2)
    for body in (FOX, {**FOX, "stream": True}):
        answer = client.post(PATH, json=body, headers={"Accept-Language": "ru"})
        if "stream" in body:
            (event,) = events(answer.text)
            error = json.loads(event["data"])["error"]
            assert event["event"] == "error"
        else:
            assert (answer.status_code, answer.headers["x-should-retry"]) == (504, "false")
            error = answer.json()["error"]
            assert answer.headers["location"] == error["job"]["url"]
        assert error["code"] == "deadline"
        assert "задание" in error["message"].lower() and "/v1/jobs" in error["message"]
        assert client.get(f"/v1/jobs/{error['job']['id']}").json()["state"] == "queued"
        client.delete(f"/v1/jobs/{error['job']['id']}")


def test_a_job_that_failed_is_an_error_with_its_reason(make_idle, idle_jobs, monkeypatch):
    from znak.serve.job import Problem

    def fail(self_, job, *, stop=None, timeout=None):
        idle_jobs._store.end(job.id, "failed", Problem("input", "no such thing", "нет такого"))
        yield idle_jobs.get(job.id)

    monkeypatch.setattr(type(idle_jobs), "watch", fail)
    answer = make_idle().post(PATH, json=FOX, headers={"Accept-Language": "ru,en;q=0.5"})
    assert answer.status_code == 422
    assert answer.json()["error"]["message"] == "Нет такого."
    assert answer.headers["content-language"] == "ru"


def test_what_breaks_inside_a_stream_is_its_last_event(client, worker, monkeypatch, caplog):
    monkeypatch.setattr("znak.serve.api.image_stream.draw", lambda *_: 1 / 0)
    answer = client.post(PATH, json={**FOX, "stream": True})
    (event,) = events(answer.text)
    assert (event["event"], json.loads(event["data"])["error"]["code"]) == ("error", "internal")
    assert "division" not in answer.text and "ZeroDivisionError" in caplog.text


def test_openais_own_client_works_unchanged(address):
    with openai.OpenAI(api_key="none needed", base_url=f"{address}/v1", max_retries=0) as ai:
        made = ai.images.generate(
            model="znak", prompt="лиса для кофейни, оранжевый", n=1, size="512x512",
            output_format="png", extra_body={"name": "Лиса", "seed": 5},
        )  # fmt: skip
        assert picture(made.data[0].b64_json).size == (512, 512)
        assert (made.output_format, made.size, made.usage.total_tokens) == ("png", "512x512", 0)
        drawn = ai.images.generate(prompt="a fox", output_format="svg", extra_body={"seed": 5})
        assert base64.b64decode(drawn.data[0].b64_json).startswith(b"<svg")
        linked = ai.images.generate(prompt="a fox", response_format="url", extra_body={"seed": 5})
        with urllib.request.urlopen(linked.data[0].url) as answer:
            assert answer.headers["content-type"] == "image/png"
        with ai.images.generate(
            prompt="a fox", stream=True, partial_images=1, extra_body={"seed": 5}
        ) as stream:
            seen = list(stream)
        assert [type(event).__name__ for event in seen] == [
            "ImageGenPartialImageEvent",
            "ImageGenCompletedEvent",
        ]
        assert picture(seen[1].b64_json).size == (1024, 1024)
        assert [model.id for model in ai.models.list()] == ["flow", "gan"]
        with pytest.raises(openai.NotFoundError, match="this server has flow, gan") as caught:
            ai.images.generate(prompt="a fox", model="gpt-image-2")
        assert (caught.value.code, caught.value.param) == ("model_not_found", "model")
        with pytest.raises(openai.UnprocessableEntityError) as refused:
            ai.images.generate(prompt=" ", extra_headers={"Accept-Language": "ru"})
        assert refused.value.body["message"] == "prompt: пусто."


def test_openais_client_hears_of_an_error_inside_a_stream(make_idle, idle_settings, idle_jobs):
    app = make_idle(deadline_s=0.2).app
    with (
        serving(app, idle_settings) as (url, _),
        openai.OpenAI(api_key="-", base_url=f"{url}/v1", max_retries=0) as ai,
        ai.images.generate(prompt="a fox", stream=True) as stream,
        pytest.raises(openai.APIError, match="The job goes on"),
    ):
        list(stream)


@pytest.mark.parametrize("stream", [False, True])
def test_a_client_that_goes_away_takes_its_job_with_it(make_idle, idle_settings, idle_jobs, stream):
    import http.client

    with serving(make_idle().app, idle_settings) as (url, _):
        states = {}
        for key in (None, f"come-again-{stream}"):
            before = {job.id for job in idle_jobs.list("anonymous", limit=100)}
            connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=30)
            headers = {"Content-Type": "application/json"} | (
                {"Idempotency-Key": key} if key else {}
            )
            connection.request("POST", PATH, json.dumps({**FOX, "stream": stream}), headers)
            until = time.monotonic() + 30
            while not (new := {j.id for j in idle_jobs.list("anonymous", limit=100)} - before):
                assert time.monotonic() < until
                time.sleep(0.01)
            if stream:
                assert connection.getresponse().status == 200
            connection.sock.close()
            connection.close()
            (job_id,) = new
            wanted = "queued" if key else "cancelled"
            while idle_jobs.get(job_id).state != wanted and time.monotonic() < until:
                time.sleep(0.02)
            time.sleep(0.1 if key else 0)
            states[key] = idle_jobs.get(job_id).state
            idle_jobs.delete(job_id, owner=None)
    assert list(states.values()) == ["cancelled", "queued"]


def test_the_first_versions_call_answers_with_numbers(client, worker):
    answer = client.post("/generate/", json={"description": "a fox", "size": 24, "seed": 1})
    assert answer.status_code == 200, answer.text
    rows = answer.json()["image"]
    assert (len(rows), {len(row) for row in rows}) == (24, {24})
    values = [value for row in rows for pixel in row for value in pixel]
    assert len(values) == 24 * 24 * 3 and 0 <= min(values) < 128 < max(values) <= 255
    again = client.post("/generate", json={"description": "a fox", "size": 24, "seed": 1})
    assert again.json() == answer.json()
