"""Measure `znak make` as a user meets it: time, memory, size, and prompts that end well.

    python benchmarks/make.py [--checkpoint FILE] [--prompts 300] [--engine flow]

cold       `znak make`, 8 logos with a name, process start to last file, s (the best of three processes)
warm       8 marks in one process that has made marks before, to the last file, s (the best of three)
cpu        processor time of a warm run, s, which other load changes less
logos      warm with a name: 8 logos beside the 8 marks, twice the files, s
peak       peak resident memory of a cold process, MB
install    what `pip install znak` puts on the disk with all it depends on, MB
prompts    share of the frozen prompts (200 English, 100 Russian of tests/fixtures/prompts.jsonl) that
           end with 8 marks, each a valid SVG, clean (no fault, no crossing), and 8 logos that pass
           the audit; refused ones apart

Run it on an idle machine; times on two cores are what the limits are for.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from defusedxml.ElementTree import fromstring
from rich.console import Console
from rich.table import Table

from znak.brand.audit import audit
from znak.engine.cleanness import faults, inspect
from znak.errors import ZnakError
from znak.fields.regular.crossings import crossing_loops
from znak.studio import Mark, design
from znak.studio.files import write_finished
from znak.studio.logos import finish
from znak.studio.tools import Tools, open_tools

PROMPT = "a fox for a coffee shop, warm orange, friendly"
FIXTURES = Path(__file__).resolve().parent.parent / "tests/fixtures/prompts.jsonl"
LIMITS = {"cold": 4.0, "warm": 1.0, "logos": 1.0, "peak": 700.0, "install": 350.0, "prompts": 100.0}


def time_cold(options: list[str], folder: Path) -> tuple[float, float]:
    """Return seconds and peak MB of the command in a process of its own."""
    code = (
        "import sys, atexit, pathlib; from znak.cli import main; sys.argv[0] = 'znak'; "
        "status = pathlib.Path('/proc/self/status'); "
        "atexit.register(lambda: print(status.read_text() if status.is_file() else '')); main()"
    )
    command = [sys.executable, "-c", code, "make", PROMPT, "--name", "Foxy Beans", "--quiet"]
    seconds, peaks = [], []
    for k in range(3):
        began = time.perf_counter()
        done = subprocess.run(
            [*command, "--out", str(folder / f"c{k}"), *options],
            check=True,
            capture_output=True,
            text=True,
        )
        seconds.append(time.perf_counter() - began)
        found = re.search(r"VmHWM:\s*(\d+)", done.stdout)
        peaks.append(int(found.group(1)) / 1024 if found else float("nan"))
    return min(seconds), max(peaks)


def time_warm(tools: Tools, folder: Path, name: str | None) -> tuple[float, float]:
    """Return seconds and processor seconds of a run in this process."""
    walls, cpus = [], []
    for k in range(4):
        wall, cpu = time.perf_counter(), time.process_time()
        result, logos = finish(design(PROMPT, name=name, seed=k, tools=tools))
        write_finished(result, logos, folder / f"{name}{k}")
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return min(walls[1:]), min(cpus[1:])


def install_mb() -> tuple[float, list[tuple[str, float]]]:
    """Return the size of znak and all it depends on, and its largest parts."""
    sizes: dict[str, float] = {}
    waiting = ["znak"]
    while waiting:
        name = waiting.pop()
        if name in sizes:
            continue
        try:
            distribution = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            continue
        paths = [Path(str(p.locate())) for p in distribution.files or []]
        sizes[name] = sum(p.stat().st_size for p in paths if p.is_file()) / 1e6
        for line in distribution.requires or []:
            if "extra ==" not in line:
                waiting.append(re.split(r"[ <>=!~;\[(]", line)[0].lower())
    package = Path(__file__).resolve().parent.parent / "src/znak"
    own = (p for p in package.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    sizes["znak"] = sum(p.stat().st_size for p in own) / 1e6
    largest = sorted(sizes.items(), key=lambda item: -item[1])
    return sum(sizes.values()), largest[:5]


def read_prompts(n: int) -> list[str]:
    """Return the first `n` of 200 English and 100 Russian prompts, taken in turn 2 : 1."""
    rows = [json.loads(line) for line in FIXTURES.read_text("utf-8").splitlines()]
    english = [row["prompt"] for row in rows if row["lang"] == "en"][:200]
    russian = [row["prompt"] for row in rows if row["lang"] == "ru"][:100]
    mixed = [p for k in range(100) for p in (*english[2 * k : 2 * k + 2], russian[k])]
    return mixed[:n]


def judge_prompt(prompt: str, tools: Tools) -> str:
    """Return how a prompt ended: good, refused, or what was wrong."""
    try:
        result = design(prompt, name="Acme", tools=tools)
    except ZnakError as error:
        from znak.brief import read

        return "refused" if read(prompt).refused else f"error: {error}"
    if len(result) != 8:
        return f"{len(result)} marks"
    for mark, logo in zip(result, result.logos(), strict=True):
        wrong = fault(mark) or ("invalid logo" if not audit(logo.svg()).passed else "")
        if wrong:
            return wrong
    return "monograms" if result.engine == "monogram" else "good"


def fault(mark: Mark) -> str:
    """Return what is wrong with a mark, "" for nothing."""
    root = fromstring(mark.svg)
    if root.get("viewBox") != "0 0 64 64" or root.find("{*}path") is None:
        return "invalid SVG"
    if mark.outline is None or mark.field is None:
        return "no outline"
    if crossing_loops(mark.outline.loops):
        return "crossing outline"
    found = faults(inspect(mark.field))
    return found[0] if found else ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--checkpoint", type=Path)
    parser.add_argument("--engine", default="flow")
    parser.add_argument("--prompts", type=int, default=300)
    a = parser.parse_args()
    options = ["--engine", a.engine]
    if a.checkpoint is not None:
        options += ["--checkpoint", str(a.checkpoint.resolve())]
    tools = open_tools(a.engine, checkpoint=a.checkpoint)
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as name:
        figures["cold"], figures["peak"] = time_cold(options, Path(name))
        figures["warm"], figures["cpu"] = time_warm(tools, Path(name), None)
        figures["logos"], _ = time_warm(tools, Path(name), "Foxy Beans")
    figures["install"], parts = install_mb()
    prompts = read_prompts(a.prompts)
    ends = Counter(judge_prompt(prompt, tools) for prompt in prompts)
    if prompts:
        asked = len(prompts) - ends["refused"]
        figures["prompts"] = 100 * (ends["good"] + ends["monograms"]) / max(asked, 1)
    table = Table("figure", "measured", "reach", title=f"{a.engine}, {os.cpu_count()} cores")
    for figure, value in figures.items():
        limit = LIMITS.get(figure)
        table.add_row(figure, f"{value:.2f}", "" if limit is None else f"{limit:g}")
    console = Console()
    console.print(table)
    console.print("installed: " + ", ".join(f"{part} {size:.0f} MB" for part, size in parts))
    console.print("prompts: " + ", ".join(f"{end} {count}" for end, count in ends.most_common()))


if __name__ == "__main__":
    main()
