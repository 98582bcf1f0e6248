from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from znak.atomic import new_file, new_files, new_folder, write_bytes
from znak.errors import InputError, StorageError


def test_a_file_is_written_whole(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file"
    write_bytes(path, b"data")
    write_bytes(path, b"newer")
    assert path.read_bytes() == b"newer"
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("end", [KeyboardInterrupt, ValueError])
def test_what_was_begun_is_removed(tmp_path: Path, end: type[BaseException]) -> None:
    path = tmp_path / "file"
    write_bytes(path, b"old")
    with pytest.raises(end), new_file(path) as temporary:
        temporary.write_bytes(b"half")
        raise end
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_leaves_the_former_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    write_bytes(path, b"old")

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="disk is full"):
        write_bytes(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_place_that_can_not_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match=r"file.*can't be written"):
        write_bytes(tmp_path / "file" / "inner", b"data")
    with pytest.raises(InputError, match="is a folder"):
        write_bytes(tmp_path, b"data")


def test_a_folder_is_replaced_only_when_ours(tmp_path: Path) -> None:
    path = tmp_path / "out"
    for text in ("one", "two"):
        with new_folder(path, marker="index.json") as temporary:
            (temporary / "index.json").write_text(text)
    assert (path / "index.json").read_text() == "two"
    (path / "index.json").unlink()
    (path / "mine").write_text("")
    with (
        pytest.raises(InputError, match="not made by this command"),
        new_folder(path, marker="index.json"),
    ):
        pass
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("end", [KeyboardInterrupt, ValueError])
def test_files_move_into_a_folder_together_or_not_at_all(
    tmp_path: Path, end: type[BaseException]
) -> None:
    folder = tmp_path / "new" / "out"
    with pytest.raises(end), new_files(folder) as staging:
        (staging / "1.svg").write_text("half")
        raise end
    assert list(tmp_path.iterdir()) == []
    for text in ("first", "second"):
        with new_files(folder) as staging:
            (staging / "svg").mkdir()
            (staging / "svg" / "1.svg").write_text(text)
        (folder / "mine").write_text("stays")
    assert (folder / "svg" / "1.svg").read_text() == "second"
    assert sorted(p.name for p in folder.iterdir()) == ["mine", "svg"]
    with pytest.raises(end), new_files(folder) as staging:
        (staging / "svg").mkdir()
        raise end
    assert (folder / "svg" / "1.svg").read_text() == "second"


def test_a_folder_in_the_way_of_a_file_stops_all_moves(tmp_path: Path) -> None:
    (tmp_path / "b.png").mkdir()
    with pytest.raises(StorageError, match=r"b\.png"), new_files(tmp_path) as staging:
        for name in ("a.svg", "b.png"):
            (staging / name).write_text("new")
    assert [p.name for p in tmp_path.iterdir()] == ["b.png"]
