"""The container files say what is so. There is no engine to run them: what can be told without is."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from znak.cli import app
from znak.serve.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = ROOT / "Dockerfile"
OTHER = {"ZNAK_BOT_TOKEN", "ZNAK_API_PUBLISHED", "ZNAK_PAGE_PUBLISHED"}
"""Names that are no settings: the bot's option, and what compose.yaml itself reads."""


def instructions() -> list[tuple[str, str]]:
    """Return the Dockerfile's instructions, continued lines joined."""
    text = re.sub(r"^#.*\n", "", DOCKERFILE.read_text("utf-8"), flags=re.M).replace("\\\n", " ")
    return [tuple(line.split(None, 1)) for line in text.splitlines() if line.strip()]


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))["services"]


def test_the_image_runs_as_a_user_of_its_own():
    words = instructions()
    users = [rest for name, rest in words if name == "USER"]
    assert users[-1:] == ["znak"]
    last = max(k for k, (name, _) in enumerate(words) if name == "USER")
    assert not any(name in ("RUN", "COPY", "ADD") for name, _ in words[last:])


def test_what_the_image_copies_is_there_and_not_ignored():
    kept = {
        line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] == "!"
    }
    copied = set()
    for name, rest in instructions():
        if name == "COPY" and "--from" not in rest:
            copied |= {word.removeprefix("./") for word in rest.split()[:-1]}
    assert copied == kept
    for name in copied:
        assert (ROOT / name).exists(), name


def test_the_package_is_built_from_what_is_copied():
    """pyproject names the readme and the licence; both are in the image's build."""
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    assert 'readme = "README.md"' in text and 'license-files = ["LICENSE"]' in text


def test_health_checks_are_python_that_compiles(services):
    checks = [rest for name, rest in instructions() if name == "HEALTHCHECK"]
    assert len(checks) == 1
    command = yaml.safe_load(checks[0].partition("CMD ")[2])
    compile(command[2], "HEALTHCHECK", "exec")
    page = services["page"]["healthcheck"]["test"]
    compile(page[3], "healthcheck", "exec")


def test_every_variable_is_a_setting():
    for file in (DOCKERFILE, ROOT / "compose.yaml"):
        names = set(re.findall(r"ZNAK_[A-Z_]+", file.read_text("utf-8"))) - OTHER
        unknown = {n for n in names if n.removeprefix("ZNAK_").lower() not in Settings.model_fields}
        assert not unknown, (file.name, unknown)


def test_every_command_is_one_that_the_program_has(services):
    commands = [service["command"] for service in services.values() if "command" in service]
    commands += [yaml.safe_load(rest) for name, rest in instructions() if name == "CMD"]
    assert len(commands) == 5
    for command in commands:
        name, *options = command
        shown = CliRunner().invoke(app, [name, "--help"], env={"COLUMNS": "200"})
        assert shown.exit_code == 0, command
        for option in options:
            assert option in shown.output, shlex.join(command)


def test_the_services_may_do_as_little_as_they_need(services):
    for name, service in services.items():
        if name == "store":
            continue
        assert service["read_only"] and service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        for port in service.get("ports", []):
            assert "127.0.0.1:" in port, name
    assert "ports" not in services["store"]
