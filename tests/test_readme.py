"""What the READMEs show is run: every `znak` command in order, and the Python example."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.corpus.fake_npm import make_readme_cache

ROOT = Path(__file__).resolve().parent.parent
READMES = ["README.md", "README.ru.md"]


def blocks(name: str, language: str) -> list[str]:
    text = (ROOT / name).read_text("utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.M | re.S)


def commands(name: str) -> list[str]:
    lines = [line for block in blocks(name, "sh") for line in block.splitlines()]
    return [re.sub(r"^\.venv/bin/znak", "znak", line) for line in lines if "znak " in line]


def test_every_command_of_the_readmes_runs(tmp_path):
    # the sets come from a made-up cache in a home of the test's own: no network
    make_readme_cache(tmp_path / "home" / ".cache" / "znak" / "npm")
    environment = {**os.environ, "HOME": str(tmp_path / "home")}
    shown = []
    for name in READMES:
        own = [command for command in commands(name) if command.startswith("znak ")]
        assert len(own) >= 6
        shown += own
    for command in dict.fromkeys(shown):  # most stand in both, and are run once
        arguments = shlex.split(command, comments=True)[1:]
        result = subprocess.run(
            [sys.executable, "-m", "znak", *arguments],
            cwd=tmp_path,
            env=environment,
            text=True,
            capture_output=True,
            timeout=600,
            check=False,
        )
        assert result.returncode == 0, f"{command}\n{result.stderr}"
    made = {p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file()}
    assert {"logos/1.svg", "logos/8.png", "data/corpus/manifest.json", "data/logos.parquet"} <= made


@pytest.mark.parametrize("name", READMES)
def test_the_python_example_of_the_readme_runs(name):
    (example,) = blocks(name, "python")
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", example],
        text=True,
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("<svg")
