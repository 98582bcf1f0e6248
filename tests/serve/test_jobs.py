"""Jobs as the front ends see them: made, found again, cancelled, refused, forgotten."""

from __future__ import annotations

import io
import re
import sqlite3
import threading
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest

from znak.errors import DataError, InputError
from znak.serve.jobs import Jobs, KeyConflict, NoSuchJob, QueueFull
from znak.serve.order import Order
from znak.serve.results import kit_of, load_result, logo_of
from znak.serve.settings import Settings
from znak.serve.testing import fake_tools
from znak.serve.worker import Worker
from znak.studio.logos import Wish

FOX = Order(prompt="a fox for a coffee shop", name="Foxy", n=2, seed=3)


def test_an_order_becomes_marks(jobs, worker):
    job = jobs.submit(FOX, owner="me")
    assert (job.state, job.phase, job.progress) == ("queued", "queued", 0.0)
    done = jobs.wait(job.id, timeout=60)
    assert (done.state, done.phase, done.progress) == ("done", "done", 1.0), done.error
    saved = load_result(jobs.folder(done))
    assert [mark.number for mark in saved.marks] == [1, 2]
    assert saved.brief.name == "Foxy"
    assert saved.marks[0].svg == (jobs.folder(done) / "1.svg").read_text("utf-8")
    assert saved.order == done.order


def test_the_same_order_gives_the_same_bytes(jobs, worker):
    first, second = (jobs.wait(jobs.submit(FOX, owner=o).id, timeout=60) for o in ("me", "you"))
    assert first.id != second.id
    one, two = (load_result(jobs.folder(job)) for job in (first, second))
    assert one == two


def test_a_key_stands_for_one_order_of_one_owner(jobs):
    job = jobs.submit(FOX, owner="me", key="k")
    assert jobs.submit(FOX, owner="me", key="k").id == job.id
    assert jobs.submit(FOX, owner="you", key="k").id != job.id
    with pytest.raises(KeyConflict, match="new key"):
        jobs.submit(FOX.model_copy(update={"seed": 4}), owner="me", key="k")
    assert jobs.queued() == 2


def test_a_key_sent_by_many_at_once_makes_one_job(jobs):
    found: list[str] = []
    threads = [
        threading.Thread(target=lambda: found.append(jobs.submit(FOX, owner="me", key="k").id))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8 and len(set(found)) == 1
    assert jobs.queued() == 1


def test_what_is_not_ones_own_is_not_there(jobs):
    job = jobs.submit(FOX, owner="me")
    assert len(job.id) == 40
    for job_id, owner in ((job.id, "you"), ("0" * 40, "me"), ("../../etc", "me"), ("", "me")):
        with pytest.raises(NoSuchJob):
            jobs.get(job_id, owner=owner)
        with pytest.raises(NoSuchJob):
            jobs.cancel(job_id, owner=owner)
        with pytest.raises(NoSuchJob):
            jobs.delete(job_id, owner=owner)
    assert [j.id for j in jobs.list("me")] == [job.id]
    assert jobs.list("you") == []


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"prompt": " ", "name": None}, "empty"),
        ({"prompt": "x" * 2001}, "2001"),
        ({"n": 17}, "17"),
        ({"engine": "dalle"}, "dalle"),
        ({"style": ["ugly"]}, "ugly"),
        ({"layout": "spiral"}, "spiral"),
        ({"font": "Comic Sans"}, "Comic Sans"),
        ({"colours": ["red; drop"]}, "red; drop"),
        ({"prompt": "the Nike swoosh"}, "Nike"),
        ({"kind": "vary"}, "SVG"),
        ({"kind": "vary", "svg": "<svg><script/></svg>"}, ""),
        ({"kind": "vary", "svg": "<svg/>", "strength": 2.0}, "strength"),
    ],
)
def test_an_order_that_cannot_be_met_is_refused_at_once(jobs, change, word):
    with pytest.raises(InputError) as caught:
        jobs.submit(FOX.model_copy(update=change), owner="me")
    assert word.lower() in str(caught.value).lower()
    assert jobs.queued() == 0


def test_a_full_queue_says_when_to_come_back(tmp_path, settings, jobs):
    for _ in range(settings.queue_limit):
        jobs.submit(FOX, owner="me")
    with pytest.raises(QueueFull) as caught:
        jobs.submit(FOX, owner="you")
    assert 1 <= caught.value.retry_after <= 300
    assert str(caught.value.retry_after) in caught.value.text("ru")
    assert jobs.queued() == settings.queue_limit


def test_a_waiting_job_can_be_cancelled(jobs, settings):
    job = jobs.submit(FOX, owner="me")
    assert jobs.cancel(job.id, owner="me").state == "cancelled"
    worker = Worker(settings, tools=fake_tools())
    worker.start()
    try:
        last = jobs.submit(FOX, owner="me")
        assert jobs.wait(last.id, timeout=60).state == "done"
        assert jobs.get(job.id).state == "cancelled"
        assert not jobs.folder(job).exists()
    finally:
        worker.stop(0)


def test_a_running_job_stops_when_it_is_cancelled(jobs, settings):
    worker = Worker(settings, tools=fake_tools(delay=20))
    worker.start()
    try:
        job = jobs.submit(FOX, owner="me")
        for seen in jobs.watch(job.id, timeout=10):
            if seen.state == "running":
                break
        assert jobs.cancel(job.id, owner="me").state == "cancelled"
        until = time.monotonic() + 10
        while worker.running() and time.monotonic() < until:
            time.sleep(0.02)
        assert worker.running() == 0
        assert not jobs.folder(job).exists()
    finally:
        worker.stop(0)


def test_progress_goes_forward_through_the_phases(jobs, settings):
    worker = Worker(settings, tools=fake_tools(delay=0.5))
    worker.start()
    try:
        seen = list(jobs.watch(jobs.submit(FOX, owner="me").id, timeout=60))
    finally:
        worker.stop(0)
    assert [job.state for job in seen][0 :: len(seen) - 1] == ["queued", "done"]
    shares = [job.progress for job in seen]
    assert shares == sorted(shares) and len(set(shares)) >= 4
    assert {"queued", "drawing", "done"} <= {job.phase for job in seen}


def test_a_deleted_job_is_gone_with_its_files(jobs, worker):
    job = jobs.wait(jobs.submit(FOX, owner="me").id, timeout=60)
    assert jobs.folder(job).is_dir()
    jobs.delete(job.id, owner="me")
    assert not jobs.folder(job).exists()
    with pytest.raises(NoSuchJob):
        jobs.get(job.id)


def test_a_watch_ends_when_it_is_told_to_and_at_its_time(jobs):
    job = jobs.submit(FOX, owner="me")
    stop = threading.Event()
    stop.set()
    assert [j.state for j in jobs.watch(job.id, stop=stop)] == ["queued"]
    assert [j.state for j in jobs.watch(job.id, timeout=0.1)] == ["queued"]
    assert jobs.wait(job.id, timeout=0.1).state == "queued"


def test_whoever_orders_much_does_not_keep_others_waiting(tmp_path):
    settings = Settings(data=tmp_path, poll_s=0.02, workers=1)
    jobs = Jobs(settings)
    try:
        many = [jobs.submit(FOX, owner="greedy") for _ in range(5)]
        one = jobs.submit(FOX, owner="modest")
        worker = Worker(settings, tools=fake_tools())
        worker.start()
        try:
            done = [jobs.wait(job.id, timeout=30) for job in (*many, one)]
        finally:
            worker.stop(0)
        order = sorted(done, key=lambda job: job.started)
        assert [job.owner for job in order[:3]].count("modest") == 1
    finally:
        jobs.close()


def test_a_key_is_free_again_when_its_job_is_past_its_time(tmp_path):
    settings = Settings(data=tmp_path, job_ttl_s=0.05)
    jobs = Jobs(settings)
    try:
        job = jobs.submit(FOX, owner="me", key="k")
        time.sleep(0.1)
        assert jobs.submit(FOX, owner="me", key="k").id != job.id
    finally:
        jobs.close()


def test_a_damaged_store_is_said(tmp_path):
    (tmp_path / "jobs.sqlite").write_bytes(b"this was never a database" * 100)
    with pytest.raises(DataError, match=r"damaged .* --data"):
        Jobs(Settings(data=tmp_path))


def test_a_store_of_a_later_version_is_left_alone(tmp_path):
    settings = Settings(data=tmp_path)
    Jobs(settings).close()
    with sqlite3.connect(tmp_path / "jobs.sqlite") as connection:
        connection.execute("UPDATE znak_store SET version = 99")
    connection.close()
    with pytest.raises(DataError, match="version 99"):
        Jobs(settings)


def test_variations_of_a_mark_are_made_in_its_ink(jobs, worker):
    first = jobs.wait(jobs.submit(FOX, owner="me").id, timeout=60)
    mark = load_result(jobs.folder(first)).marks[0]
    order = Order(kind="vary", svg=mark.svg, prompt=FOX.prompt, name="Foxy", n=2, strength=0.4)
    done = jobs.wait(jobs.submit(order, owner="me").id, timeout=60)
    assert done.state == "done", done.error
    saved = load_result(jobs.folder(done))
    assert {m.colours for m in saved.marks} == {mark.colours}
    assert {m.provenance.way for m in saved.marks} == {"varied"}
    assert saved.brief.name == "Foxy"


def test_a_logo_of_a_result_is_the_same_however_often_it_is_drawn(jobs, worker):
    wished = FOX.model_copy(
        update={"layout": "stacked", "tagline": "coffee", "colours": ["#0b5fff"]}
    )
    done = jobs.wait(jobs.submit(wished, owner="me").id, timeout=60)
    saved = load_result(jobs.folder(done))
    svg = logo_of(saved, 2).svg()
    assert svg == logo_of(load_result(jobs.folder(done)), 2).svg()
    assert "#0b5fff" in svg
    assert logo_of(saved, 2, Wish(colours=("#c2410c",))).svg() != svg
    assert logo_of(saved, 2).layout == "stacked"
    assert logo_of(saved, 2, Wish(layout="horizontal")).layout == "horizontal"
    with pytest.raises(InputError, match="1 to 2"):
        logo_of(saved, 3)


def test_a_kit_of_a_result_is_a_whole_archive(jobs, worker):
    done = jobs.wait(jobs.submit(FOX, owner="me").id, timeout=60)
    saved = load_result(jobs.folder(done))
    with zipfile.ZipFile(io.BytesIO(kit_of(saved, 1, language="ru"))) as archive:
        assert archive.testzip() is None
        assert any(name.endswith(".svg") for name in archive.namelist())


@pytest.mark.parametrize("name", ["result.json", "order.json", "1.svg"])
def test_a_damaged_result_is_said(jobs, worker, name):
    done = jobs.wait(jobs.submit(FOX, owner="me").id, timeout=60)
    path = jobs.folder(done) / name
    path.unlink()
    with pytest.raises(DataError, match="order it again"):
        load_result(jobs.folder(done))
    path.write_text("{", "utf-8")
    if name != "1.svg":
        with pytest.raises(DataError, match="damaged"):
            load_result(jobs.folder(done))


def test_the_example_in_the_docs_runs(jobs, settings, worker, monkeypatch, capsys):
    text = (Path(__file__).resolve().parents[2] / "docs" / "serve.md").read_text("utf-8")
    code = re.search(r"```python\n(.*?)```", text, re.S)
    assert code is not None
    monkeypatch.setenv("ZNAK_DATA", str(settings.data))
    names: dict[str, Any] = {}
    exec(code.group(1), names)
    names["jobs"].close()
    assert names["svg"].startswith("<svg")
    assert capsys.readouterr().out.splitlines()[-1] == "done done 1.0"


def test_the_docs_name_settings_that_exist_in_both_languages():
    docs = Path(__file__).resolve().parents[2] / "docs"
    for name in ("serve.md", "serve.ru.md"):
        text = (docs / name).read_text("utf-8")
        table = set(re.findall(r"`ZNAK_([A-Z_]+)`", text)) - {"API_PUBLISHED", "PAGE_PUBLISHED"}
        assert table and {n.lower() for n in table} <= set(Settings.model_fields), name
        assert "CHAOS_FIGURES" not in text and "LOAD_FIGURES" not in text


def test_orders_choose_among_the_engines_of_the_server(tmp_path):
    settings = Settings(data=tmp_path, poll_s=0.02, engines={"monogram": None})
    jobs = Jobs(settings)
    worker = Worker(settings)  # no weights are needed for letters
    worker.start()
    try:
        job = jobs.wait(jobs.submit(FOX, owner="me").id, timeout=60)
        assert (job.state, job.order.engine) == ("done", "monogram"), job.error
        assert load_result(jobs.folder(job)).engine == "monogram"
        with pytest.raises(InputError, match="monogram"):
            jobs.submit(FOX.model_copy(update={"engine": "flow"}), owner="me")
    finally:
        worker.stop(0)
        jobs.close()


def test_an_engine_that_cannot_be_opened_stops_the_worker_at_its_start(tmp_path):
    settings = Settings(data=tmp_path, engines={"flow": tmp_path / "none.safetensors"})
    with pytest.raises(DataError):
        Worker(settings).start()
    assert not (tmp_path / "workers").exists()
