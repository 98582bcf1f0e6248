import json
import shutil

import numpy as np
import pytest

from tests.corpus.fake_hub import COMMIT, Hub, serve
from znak.corpus.amazing import fetch as fetch_module
from znak.corpus.amazing.fetch import RECORD, fetch
from znak.errors import DataError, InputError, StorageError

FILES = {
    f"data/train-0000{k}-of-00003.parquet": np.random.default_rng(k).bytes(3000 + k)
    for k in range(3)
}


@pytest.fixture
def hub():
    with serve(Hub({**FILES, "README.md": b"# card"})) as hub:
        yield hub


def get(hub, folder, **options):
    return fetch("amazing-logos", folder, hub=hub.url, wait=0.0, **options)


def held(folder):
    return {
        p.relative_to(folder).as_posix(): p.read_bytes()
        for p in folder.rglob("*")
        if p.is_file() and p.name != RECORD
    }


def test_all_parquet_files_of_all_pages_come_whole(hub, tmp_path):
    seen = []
    paths = get(hub, tmp_path, progress=lambda *step: seen.append(step))
    assert held(tmp_path) == FILES
    assert [p.relative_to(tmp_path).as_posix() for p in paths] == sorted(FILES)
    record = json.loads((tmp_path / RECORD).read_text())
    assert record["commit"] == COMMIT
    assert len(record["files"]) == 3
    assert ("data/train-00000-of-00003.parquet", 3000, 3000) in seen


def test_a_broken_connection_goes_on_where_it_broke(hub, tmp_path):
    hub.cut = [1000, 500, 0, 700]
    get(hub, tmp_path)
    assert held(tmp_path) == FILES
    first = [asked for name, asked in hub.asked if name.endswith("00000-of-00003.parquet")]
    assert first == [None, "bytes=1000-", "bytes=1500-", "bytes=1500-", "bytes=2200-"]


def test_a_stopped_fetch_goes_on_and_a_second_one_fetches_nothing(hub, tmp_path):
    name = "data/train-00001-of-00003.parquet"
    partial = tmp_path / (name + ".partial")
    partial.parent.mkdir()
    partial.write_bytes(FILES[name][:1234])
    get(hub, tmp_path)
    assert (name, "bytes=1234-") in hub.asked
    assert held(tmp_path) == FILES
    hub.asked.clear()
    get(hub, tmp_path)
    assert hub.asked == []


def test_wrong_bytes_of_an_earlier_run_are_fetched_again(hub, tmp_path):
    name = "data/train-00001-of-00003.parquet"
    (tmp_path / "data").mkdir()
    (tmp_path / (name + ".partial")).write_bytes(b"x" * 500)
    other = "data/train-00002-of-00003.parquet"
    (tmp_path / other).write_bytes(b"y" * len(FILES[other]))
    get(hub, tmp_path)
    assert held(tmp_path) == FILES


def test_a_server_without_ranges_starts_again(hub, tmp_path):
    hub.ranges = False
    hub.cut = [1000]
    get(hub, tmp_path)
    assert held(tmp_path) == FILES


def test_passing_errors_of_the_server_are_waited_out(hub, tmp_path):
    hub.errors = [503, 429, 500]
    get(hub, tmp_path)
    assert held(tmp_path) == FILES


def test_a_wrong_checksum_is_refused(hub, tmp_path):
    name = "data/train-00000-of-00003.parquet"
    hub.sums[name] = "0" * 64
    with pytest.raises(DataError, match="does not have the checksum"):
        get(hub, tmp_path)
    assert not (tmp_path / name).exists()


def test_without_network_the_way_by_hand_is_told(tmp_path):
    with serve(Hub({})) as hub:
        address = hub.url
    with pytest.raises(DataError) as caught:
        fetch("amazing-logos", tmp_path, hub=address, tries=2, wait=0.0)
    for text in (caught.value.message, caught.value.ru):
        assert "huggingface.co/datasets/iamkaikai/amazing_logos_v4" in text
        assert f"znak data check {tmp_path}" in text


def test_giving_up_keeps_what_was_fetched(hub, tmp_path):
    hub.cut = [1000] + [0] * 10
    with pytest.raises(DataError, match="same command goes on"):
        get(hub, tmp_path, tries=3)
    (kept,) = held(tmp_path).values()
    assert len(kept) == 1000


def test_other_answers_and_names_are_refused(hub, tmp_path):
    hub.errors = [404]
    with pytest.raises(DataError, match="404"):
        get(hub, tmp_path)
    with pytest.raises(InputError, match="unknown data set 'laion'"):
        fetch("laion", tmp_path, hub=hub.url)
    hub.files = {"../evil.parquet": b"x"}
    with pytest.raises(DataError, match="can't be reached"):
        get(hub, tmp_path)
    assert held(tmp_path) == {}


def test_a_disk_without_room_is_named_before_anything_is_fetched(hub, tmp_path, monkeypatch):
    usage = shutil.disk_usage(tmp_path)._replace(free=5000)
    monkeypatch.setattr(fetch_module.shutil, "disk_usage", lambda path: usage)
    with pytest.raises(StorageError, match="free"):
        get(hub, tmp_path)
    assert hub.asked == []
