from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image


def znak(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "znak", *arguments],
        env={**os.environ, "LC_ALL": "C.UTF-8", "ZNAK_LANGUAGE": "en", **environment},
        text=True,
        capture_output=True,
        timeout=120,
        check=False,
    )


def digests(folder: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.iterdir())}


def test_make_writes_marks_and_says_what_they_are(tmp_path):
    result = znak(
        "make", "a fox, #C2410C", "--name", "Foxy Beans", "--out", str(tmp_path / "a"), "-n", "3",
        "--engine", "monogram",
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert "FB" in result.stdout  # the letters stand in the table as what is shown
    names = {p.name for p in (tmp_path / "a").iterdir()}
    assert names == {
        *(f"{k}{what}" for k in (1, 2, 3) for what in (".svg", ".png", "-mark.svg", "-mark.png")),
        "sheet.png",
        "brief.json",
        "result.json",
    }
    with Image.open(tmp_path / "a/1-mark.png") as picture:
        assert (picture.size, picture.mode) == ((512, 512), "RGBA")
        assert picture.getextrema()[3] == (0, 255)
    assert "#c2410c" in (tmp_path / "a/2.svg").read_text("utf-8")


def test_same_seed_same_bytes_and_a_smaller_n_is_a_prefix(tmp_path):
    for folder, n in (("a", "6"), ("b", "6"), ("c", "2")):
        assert (
            znak(
                "make",
                "x",
                "--name",
                "Ж Б",
                "--seed",
                "7",
                "-n",
                n,
                "--engine",
                "monogram",
                "--out",
                str(tmp_path / folder),
            ).returncode
            == 0
        )
    a, b, c = (digests(tmp_path / folder) for folder in "abc")
    assert a == b
    assert all(a[name] == c[name] for name in ("1.svg", "1.png", "2.svg", "2.png"))


@pytest.mark.parametrize(
    ("arguments", "english", "russian"),
    [
        (["make", "x", "--name", "F", "-n", "0"], "-n 0", "дайте число"),
        (["make", "x", "--name", "F", "-n", "1000"], "-n 1000", "дайте число"),
        (["make", "", "--name", ""], "prompt is empty", "Описание пусто"),
        (["make", "🦊", "--name", "🦊", "--engine", "monogram"], "'🦊'", "'🦊'"),
        (["make", "x", "--name", "漢字", "--engine", "monogram"], "'漢'", "'漢'"),
        (["make", "x", "--name", "F", "--out", "/proc/nowhere"], "can't be written", "Не удалось"),
        (["corpus", "report", "no-such-folder"], "no-such-folder", "no-such-folder"),
    ],
)
def test_user_errors_are_one_line_in_the_users_language(arguments, english, russian, tmp_path):
    for language, expected in (("en", english), ("ru", russian)):
        result = znak(*arguments, ZNAK_LANGUAGE=language)
        assert result.returncode == 2
        assert expected in result.stderr
        assert "Traceback" not in result.stderr
        assert len(result.stderr.strip().splitlines()) == 1


def test_a_missing_extra_answers_with_the_install_command(tmp_path):
    (tmp_path / "pyarrow.py").write_text("raise ModuleNotFoundError(name='pyarrow')\n", "utf-8")
    result = znak("corpus", "report", str(tmp_path), PYTHONPATH=str(tmp_path))
    assert result.returncode == 2
    assert "znak[train]" in result.stderr
    assert "Traceback" not in result.stderr
