"""The frame: what installs with what, what the READMEs promise, sizes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from znak import errors

ROOT = Path(__file__).resolve().parent.parent
HEAVY = ("torch", "pandas", "pyarrow", "sklearn", "scipy", "matplotlib", "streamlit", "fastapi")


def run(command: list[str], **options) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, text=True, capture_output=True, timeout=600, check=False, **options
    )


def test_making_a_logo_imports_nothing_heavy(tmp_path):
    code = (
        "import sys; from znak.cli import app; "
        f"app(['make', 'a fox', '--name', 'Fox', '-n', '1', '--quiet', '--out', {str(tmp_path)!r}], "
        "standalone_mode=False); "
        f"print([m for m in {HEAVY!r} if m in sys.modules])"
    )
    result = run([sys.executable, "-W", "error", "-c", code])
    assert result.stdout.strip() == "[]", result.stderr


def test_every_error_is_reached_by_one_except_and_exits_with_two():
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    assert all(issubclass(kind, errors.ZnakError) for kind in kinds)
    assert {kind.exit_code for kind in kinds} == {2}


def test_the_two_readmes_show_the_same_commands():
    def commands(name: str) -> list[str]:
        return re.findall(
            r"^(?:make|znak|\.venv)\S* .*$|^make \w+$", (ROOT / name).read_text("utf-8"), re.M
        )

    def bare(lines: list[str]) -> list[str]:
        return [re.sub(r'"[^"]*"|#.*$', "…", line).split("  ")[0].strip() for line in lines]

    assert bare(commands("README.md")) == bare(commands("README.ru.md"))
    assert len(commands("README.md")) >= 8


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="SKIPPED: no git checkout to copy")
def test_make_logo_works_from_a_clean_copy_in_a_path_with_a_space(tmp_path):
    copy = tmp_path / "a clean copy"
    listed = run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT)
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copy / name)
    result = run(
        [
            "make",
            "logo",
            "PROMPT=пекарня, $5 'скидка'",
            'NAME=Хлеб & "Соль"',
            f"PYTHON={sys.executable}",
        ],
        cwd=copy,
    )
    assert result.returncode == 0, result.stderr
    made = sorted(p.name for p in (copy / "logos").glob("*.svg"))
    assert made == sorted(
        [f"{k}.svg" for k in range(1, 9)] + [f"{k}-mark.svg" for k in range(1, 9)]
    )
    assert "logos" in result.stdout


def test_the_wheel_is_small_and_holds_what_the_package_needs(tmp_path):
    result = run(
        [
            sys.executable,
            "-m",
            "build",
            "--wheel",
            "--no-isolation",
            "--outdir",
            str(tmp_path),
            str(ROOT),
        ]
    )
    assert result.returncode == 0, result.stderr + result.stdout
    (wheel,) = tmp_path.glob("*.whl")
    assert wheel.stat().st_size < 100_000_000
    names = set(zipfile.ZipFile(wheel).namelist())
    shipped = {
        p.relative_to(ROOT / "src").as_posix()
        for p in (ROOT / "src/znak").rglob("*")
        if p.is_file()
    }
    missing = {n for n in shipped if "__pycache__" not in n} - names
    assert not missing


def test_ci_and_skips_agree():
    assert "make test" in (ROOT / ".ci/run").read_text("utf-8")
    assert os.environ.get("CI") != "true" or all(map(shutil.which, ("potrace", "npm", "chromium")))
