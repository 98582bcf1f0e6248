"""Data sets: what may be named, one element of them, and the passes that analyse them."""

from __future__ import annotations

import json

import pytest

from tests.corpus.fake_logos import caption, draw, encode, rows, write
from tests.serve.processes import wait_for
from znak.errors import DataError, InputError
from znak.serve.page import measure
from znak.serve.page.analysis import Analyses
from znak.serve.page.datasets import data_folder, list_names, open_dataset, resolve, take
from znak.serve.page.texts import TEXTS
from znak.serve.settings import Settings


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "uploads"
    write(folder / "logos.parquet", rows(8), group=3)
    write(folder / "deep" / "part-1.parquet", rows(2))
    (folder / "notes.txt").write_text("no data")
    secret = write(tmp_path / "secret" / "secret.parquet", rows(2))
    (folder / "link.parquet").symlink_to(secret)
    (folder / "door").symlink_to(secret.parent)
    (folder / "mixed").mkdir()
    (folder / "mixed" / "door.parquet").symlink_to(secret)
    write(folder / ".hidden" / "x.parquet", rows(1))
    return folder


def test_names_are_those_of_files_and_folders_inside_without_links(folder):
    assert list_names(folder) == ["deep", "deep/part-1.parquet", "logos.parquet"]
    assert list_names(folder / "none") == []


@pytest.mark.parametrize("name", ["logos.parquet", "deep", "deep/part-1.parquet", " deep/ "])
def test_what_is_inside_is_found(folder, name):
    assert resolve(folder, name).is_relative_to(folder)


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "/", "../secret/secret.parquet", "deep/../../secret/secret.parquet", "/etc/passwd",
     "link.parquet", "door", "door/secret.parquet", "mixed", "mixed/door.parquet", "notes.txt",
     ".hidden/x.parquet", ".hidden", "none.parquet", "a\0b", "deep\\part-1.parquet", "~", "x" * 500,
     "logos.parquet/..", "//etc/passwd", "<img src=x>.parquet"],
)  # fmt: skip
def test_what_is_outside_linked_hidden_or_missing_is_refused_in_the_same_words(folder, name):
    with pytest.raises(InputError) as caught:
        resolve(folder, name)
    shown = "".join(c for c in name if c.isprintable())[:60]
    assert caught.value.message == TEXTS["outside"][0].format(name=shown)
    assert caught.value.ru == TEXTS["outside"][1].format(name=shown)


def test_the_folder_is_that_of_the_settings(tmp_path):
    assert data_folder(Settings(data=tmp_path)) == tmp_path / "uploads"
    assert data_folder(Settings(data=tmp_path, uploads=tmp_path / "sets")) == tmp_path / "sets"


def test_an_element_has_its_caption_and_picture(folder):
    shards = open_dataset(folder / "logos.parquet")
    element = take(shards, 5)
    assert element.text == caption(5)
    assert (element.caption.name, element.caption.industry) == ("Brand 5", "Software")
    assert element.png is not None and element.png.startswith(b"\x89PNG")
    assert (element.width, element.height, element.format) == (180, 180, "PNG")
    for row in (-1, 8):
        with pytest.raises(InputError):
            take(shards, row)


def test_an_element_that_can_not_be_shown_says_why(tmp_path):
    bomb = encode(draw(1))
    path = write(tmp_path / "a.parquet", [(b"no picture", "x"), (None, None), (bomb[:90], "cut")])
    shards = open_dataset(path)
    assert [take(shards, k).fault for k in range(3)] == ["undecodable", "missing", "undecodable"]
    assert take(shards, 1).text is None


def test_only_the_row_group_of_the_element_is_read(folder, monkeypatch):
    import znak.serve.page.datasets as module

    read = []
    monkeypatch.setattr(
        module, "read_piece", lambda piece, **k: read.append(piece.group) or real(piece, **k)
    )
    from znak.corpus.amazing.shards import read_piece as real

    take(open_dataset(folder / "logos.parquet"), 7)
    assert read == [2]


@pytest.mark.parametrize("content", [b"", b"PAR1", b"<svg/>" * 99, b"PAR1" + b"\0" * 400 + b"PAR1"])
def test_what_is_no_parquet_is_an_error_for_people(tmp_path, content):
    path = tmp_path / "a.parquet"
    path.write_bytes(content)
    with pytest.raises(DataError):
        open_dataset(path)


def test_a_truncated_file_is_an_error_for_people(folder):
    path = folder / "logos.parquet"
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(DataError):
        open_dataset(path)


def test_a_pass_over_captions_and_one_over_pictures_are_kept_on_disk(folder, tmp_path):
    pytest.importorskip("duckdb")
    analyses = Analyses(tmp_path / "eda")
    try:
        path = folder / "logos.parquet"
        assert analyses.find("captions", path) is None
        captions, pictures = analyses.start("captions", path), analyses.start("pictures", path)
        assert analyses.start("captions", path) is captions
        wait_for(lambda: pictures.state not in ("waiting", "running"), seconds=120)
        assert (captions.state, captions.done, captions.total) == ("done", 8, 8)
        assert pictures.state == "done"
    finally:
        analyses.close()
    from znak.serve.page import frames

    assert frames.of_captions(captions.folder, "summarise")["parsed"] == 8
    assert frames.of_pictures(pictures.folder, "summarise")["pictures"] == 8
    later = Analyses(tmp_path / "eda")
    try:
        assert later.start("pictures", path).state == "done"
    finally:
        later.close()


def test_a_pass_that_fails_says_why_and_can_be_begun_again(folder, tmp_path):
    path = folder / "logos.parquet"
    analyses = Analyses(tmp_path / "eda")
    try:
        path.write_bytes(path.read_bytes()[:300])
        task = analyses.start("captions", path)
        wait_for(lambda: task.state == "failed", seconds=120)
        assert task.error is not None and task.error.ru != task.error.message
        assert analyses.start("captions", path) is task
        assert analyses.start("captions", path, again=True) is not task
    finally:
        analyses.close()


def test_the_pass_prints_its_steps_as_json_and_leaves_nothing_on_failure(folder, tmp_path, capsys):
    assert measure.main(["captions", str(tmp_path / "out"), str(folder / "logos.parquet")]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == {"done": 0, "total": 8}
    assert lines[-2:] == [{"done": 8, "total": 8}, {"ok": True}]
    (folder / "bad.parquet").write_bytes(b"PAR1")
    assert measure.main(["captions", str(tmp_path / "no"), str(folder / "bad.parquet")]) == 2
    assert set(json.loads(capsys.readouterr().out)) == {"en", "ru"}
    assert not (tmp_path / "no").exists()
