"""`pip install 'znak[serve]'` is enough: no module of the services needs anything else."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

CHECK = """
import importlib, importlib.abc, importlib.metadata as metadata, pkgutil, sys
from packaging.requirements import Requirement

def closure(wanted):
    found, left = set(), [Requirement(text) for text in wanted]
    while left:
        need = left.pop()
        name = need.name.lower().replace("_", "-").replace(".", "-")
        for extra in need.extras or {""}:
            if (name, extra) in found:
                continue
            found.add((name, extra))
            try:
                requires = metadata.requires(name) or []
            except metadata.PackageNotFoundError:
                continue  # of another system
            for text in requires:
                other = Requirement(text)
                if other.marker is None or other.marker.evaluate({"extra": extra}):
                    left.append(other)
    return {name for name, _ in found}

allowed = closure(sys.argv[1:])
owners = metadata.packages_distributions()

class Refuse(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        names = {d.lower().replace("_", "-").replace(".", "-") for d in owners.get(top, [])}
        if names and top != "znak" and not names & allowed:
            raise ModuleNotFoundError(f"{name} is not in the extra", name=name)

sys.meta_path.insert(0, Refuse())
import znak.serve, znak.cli.serve
for module in pkgutil.walk_packages(znak.serve.__path__, "znak.serve."):
    if module.name.endswith((".page.main", ".testing")):  # a script, and a help for tests
        continue
    importlib.import_module(module.name)
"""


def test_the_extra_holds_all_that_the_services_import():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["serve"]]
    done = subprocess.run(
        [sys.executable, "-c", CHECK, *wanted],
        cwd=ROOT, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
