"""What docs/api.md shows is run against a server, and what it states is so."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from znak.serve.api.problems import KINDS
from znak.serve.settings import Settings

TEXT = (Path(__file__).resolve().parents[3] / "docs/api.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", TEXT, re.M | re.S)


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    return subprocess.run(
        command,
        cwd=folder,
        env=environment,
        text=True,
        capture_output=True,
        timeout=120,
        check=False,
    )


@pytest.mark.system("curl")
def test_every_shell_example_runs(address, tmp_path):
    shown = blocks("sh")
    assert len(shown) == 4
    for block in shown:
        code = block.replace("http://127.0.0.1:8000", address)
        if "curl" in code:
            code = code.replace("curl -s", "curl --fail-with-body -sS")
        result = run(["bash", "-euo", "pipefail", "-c", code], tmp_path)
        assert result.returncode == 0, f"{code}\n{result.stdout}\n{result.stderr}"
        assert "problems/" not in result.stdout
    assert (tmp_path / "logo.svg").read_text("utf-8").startswith("<svg")
    assert (tmp_path / "logo.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "kit.zip").read_bytes().startswith(b"PK")


@pytest.mark.parametrize("number", range(len(blocks("python"))))
def test_every_python_example_runs(address, tmp_path, number):
    code = blocks("python")[number].replace("http://127.0.0.1:8000", address)
    result = run([sys.executable, "-c", code], tmp_path)
    assert result.returncode == 0, result.stderr
    made = {path.name for path in tmp_path.iterdir()}
    assert made == ({"fox.png"}, {"1.svg", "2.svg"})[number]


def test_every_problem_is_in_the_table():
    rows = re.findall(r"^\| (\d{3}) \| `(\w+)` \|", TEXT, re.M)
    assert {code: int(status) for status, code in rows} == {c: k.status for c, k in KINDS.items()}


def test_every_call_is_in_the_table(idle):
    for path in idle.get("/openapi.json").json()["paths"]:
        shown = path.replace("{job_id}", "{id}").replace("{extension}", "{svg,png,webp}")
        assert shown in TEXT or path.startswith("/problems"), path


def test_every_limit_is_the_default():
    fields = Settings.model_fields
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \|", TEXT[TEXT.index("## Limits") :], re.M)
    assert len(rows) == 13
    for name, shown in rows:
        default = fields[name].default
        if name == "rates":
            assert shown.strip() == ", ".join(f"{k} {v}" for k, v in default.items())
        else:
            assert float(shown) == default, name


def test_it_is_served_where_it_says():
    assert Settings.model_fields["port"].default == 8000
    assert str(Settings.model_fields["data"].default) == "data/serve"
