"""Choose the run time of the mark model: numpy (shipped), ONNX Runtime, OpenVINO, torch.

    python benchmarks/engine.py FILE.safetensors [--steps 8] [--candidates 32] [--threads 2]

Each run time computes the same thing in a process of its own: `--candidates` marks by `--steps`
steps of one solver with guidance, both stages, from the same run-time file. Columns:

install   what it adds to an installation that has numpy, MB on disk
file      the model as it must be shipped for it, MB
cold      process start to the first `--candidates` marks, s (wall)
marks     `--candidates` marks once warm, s (wall; the best of two)
cpu       processor time of that, s, which other load on the machine does not change much
peak      peak resident memory of the process, MB
off       largest difference of a field from the shipped engine's

ONNX Runtime and OpenVINO are not dependencies of znak: pip install onnx onnxscript onnxruntime
openvino; a run time that is not installed is left out.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

KINDS = {
    "numpy float32": None,
    "onnxruntime float32": "onnxruntime",
    "openvino float32": "openvino",
    "openvino bf16": "openvino",
    "torch float32": "torch",
    "torch bf16": "torch",
}
PROBE = 4  # marks whose fields are compared


def measure(kind: str, file: Path, folder: Path, steps: int, candidates: int, threads: int) -> None:
    """Run one run time in this process and print its figures as JSON."""
    began = float(os.environ["ZNAK_BEGAN"])
    sample = ENGINES[kind.split(maxsplit=1)[0]](kind, file, folder, threads)
    sample(candidates, steps)
    cold = time.time() - began
    walls, cpus = [], []
    fields = None
    for _ in range(2):
        wall, cpu = time.perf_counter(), time.process_time()
        fields = sample(candidates, steps)
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    peak = peak_mb()
    assert fields is not None
    np.save(folder / f"{kind}.npy", fields[:PROBE])
    print(json.dumps({"cold": cold, "marks": min(walls), "cpu": min(cpus), "peak": peak}))


Sample = Callable[[int, int], np.ndarray]


def peak_mb() -> float:
    """Return this process's peak resident memory; getrusage would count the parent's before exec."""
    status = Path("/proc/self/status")
    if status.is_file():
        line = next(x for x in status.read_text().splitlines() if x.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def with_numpy(kind: str, file: Path, folder: Path, threads: int) -> Sample:
    from znak.engine.flow import FlowEngine, read_marks

    engine = FlowEngine(read_marks(file), encoder=Plain(file), threads=threads)
    return lambda n, steps: engine.sample(vectors(n, file), seeds=range(n), steps=steps)


def with_networks(flow: Callable, form: Callable, file: Path) -> Sample:
    """Return a sampler around two compiled networks: the shipped engine with its products replaced."""
    from znak.engine.flow import FlowEngine, read_marks

    class Compiled(FlowEngine):
        def _guide(self, text, style, guidance):
            both = (
                np.concatenate([text, np.zeros_like(text)]),
                np.concatenate([style, np.full_like(style, np.nan)]),
            )

            def predict(state: np.ndarray, t: float) -> np.ndarray:
                times = np.full(2 * len(text), t, np.float32)
                told, free = np.split(flow(np.concatenate([state, state]), times, *both), 2)
                return free + np.float32(guidance) * (told - free)

            return predict

        def _former(self, text, style):
            return lambda state, t: form(state, np.full(len(text), t, np.float32), text, style)

    engine = Compiled(read_marks(file), encoder=Plain(file), threads=1)

    def sample(n: int, steps: int) -> np.ndarray:
        engine.chunk = n
        return engine.sample(vectors(n, file), seeds=range(n), steps=steps)

    return sample


def with_onnxruntime(kind: str, file: Path, folder: Path, threads: int) -> Sample:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    runs = []
    for stage in ("flow", "form"):
        session = onnxruntime.InferenceSession(str(folder / f"{stage}.onnx"), options)
        names = [i.name for i in session.get_inputs()]

        def run(*arrays: np.ndarray, session=session, names=names) -> np.ndarray:
            return session.run(None, dict(zip(names, arrays, strict=True)))[0]

        runs.append(run)
    return with_networks(*runs, file)


def with_openvino(kind: str, file: Path, folder: Path, threads: int) -> Sample:
    import openvino

    core = openvino.Core()
    config = {
        "INFERENCE_PRECISION_HINT": "bf16" if kind.endswith("bf16") else "f32",
        "INFERENCE_NUM_THREADS": threads,
    }
    runs = []
    for stage in ("flow", "form"):
        compiled = core.compile_model(str(folder / f"{stage}.onnx"), "CPU", config)
        runs.append(lambda *arrays, compiled=compiled: compiled(list(arrays))[0])
    return with_networks(*runs, file)


def with_torch(kind: str, file: Path, folder: Path, threads: int) -> Sample:
    import torch

    torch.set_num_threads(threads)
    stages = modules(file)
    runs = []
    for stage in stages:

        def run(*arrays: np.ndarray, stage=stage) -> np.ndarray:
            with (
                torch.inference_mode(),
                torch.autocast("cpu", torch.bfloat16, enabled=kind.endswith("bf16")),
            ):
                return stage(*(torch.from_numpy(a) for a in arrays)).float().numpy()

        runs.append(run)
    return with_networks(*runs, file)


ENGINES = {
    "numpy": with_numpy,
    "onnxruntime": with_onnxruntime,
    "openvino": with_openvino,
    "torch": with_torch,
}


class Plain:
    """Stands in for the text encoder, which every run time would load alike."""

    def __init__(self, file: Path) -> None:
        self.name = facts(file)[0].get("encoder")

    def __call__(self, texts):
        raise NotImplementedError


def facts(file: Path) -> tuple[dict, dict]:
    """Return what the file's header says: about, and the flow's shape."""
    with file.open("rb") as opened:
        length = int.from_bytes(opened.read(8), "little")
        header = json.loads(json.loads(opened.read(length))["__metadata__"]["znak"])
    return header["about"], header["config"]["flow"]


def vectors(n: int, file: Path) -> np.ndarray:
    dim = facts(file)[1]["text_dim"]
    rows = np.random.default_rng(0).standard_normal((1, dim), dtype=np.float32)
    return np.repeat(rows / np.linalg.norm(rows), n, axis=0)


def modules(file: Path) -> list:
    """Return both stages as torch modules that take what the run times are given."""
    import torch
    from torch import nn

    from znak.engine.trained import TorchEngine

    engine = TorchEngine(file, torch.device("cpu"), encoder=Plain(file))

    class Flow(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = engine._models["flow"]

        def forward(self, x, t, text, style):
            still = torch.zeros(x.shape[0], engine.flow.shape.augment)
            return self.net(x, t, text, style, still)

    class Form(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = engine._models["form"]

        def forward(self, x, t, text, style):
            return self.net(x, t, text, style)

    return [Flow().eval(), Form().eval()] if engine.form is not None else [Flow().eval(), None]


def export_onnx(file: Path, folder: Path, candidates: int) -> None:
    """Write both stages as ONNX, for the batch they are run with."""
    import torch

    shape = facts(file)[1]
    for stage, module in zip(("flow", "form"), modules(file), strict=True):
        n = 2 * candidates if stage == "flow" else candidates
        text = torch.randn(n, shape["text_vectors"], shape["text_dim"])
        style = torch.full((n, len(shape["style"])), float("nan"))
        side = shape["size"] if stage == "flow" else 64
        x = torch.randn(n, 1, side, side)
        names = ["x", "t", "text", "style"]
        torch.onnx.export(
            module,
            (x, torch.full((n,), 0.5), text, style),
            str(folder / f"{stage}.onnx"),
            input_names=names,
            output_names=["out"],
            opset_version=18,
            dynamo=False,
        )


def parts_of(file: Path) -> list[Path]:
    """Return the run-time file and the form network beside it."""
    from znak.engine.flow import form_path

    return [path for path in (file, form_path(file)) if path.is_file()]


def installed_mb(name: str) -> float:
    """Return the size of a distribution's files and of the dependencies that only it brings."""
    own = {
        "onnxruntime": ["onnxruntime", "flatbuffers", "coloredlogs", "humanfriendly", "sympy", "mpmath", "protobuf"],
        "openvino": ["openvino", "openvino-telemetry"],
        "torch": ["torch", "sympy", "mpmath", "networkx", "jinja2", "MarkupSafe", "fsspec", "filelock"],
    }  # fmt: skip
    total = 0
    for part in own[name]:
        try:
            files = importlib.metadata.files(part) or []
        except importlib.metadata.PackageNotFoundError:
            continue
        for path in files:
            at = Path(str(path.locate()))
            total += at.stat().st_size if at.is_file() else 0
    return total / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path, help="a run-time file (znak train export)")
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--candidates", type=int, default=32)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", help="measure this run time in this process")
    parser.add_argument("--folder", type=Path, help="where --only finds the exported networks")
    a = parser.parse_args()
    if a.only:
        measure(a.only, a.file, a.folder, a.steps, a.candidates, a.threads)
        return
    table = Table("run time", "install", "file", "cold", "marks", "cpu", "peak", "off")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if importlib.util.find_spec("torch") is not None:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of torch's older exporter, which needs less
                export_onnx(a.file, folder, a.candidates)
        for kind, package in KINDS.items():
            if package is not None and importlib.util.find_spec(package) is None:
                continue
            command = [sys.executable, __file__, str(a.file), "--only", kind, "--folder", name]
            command += ["--steps", str(a.steps), "--candidates", str(a.candidates)]
            command += ["--threads", str(a.threads)]
            environment = {**os.environ, "ZNAK_BEGAN": str(time.time())}
            done = subprocess.run(
                command, env=environment, capture_output=True, text=True, check=False
            )
            if done.returncode:
                table.add_row(kind, "", "", done.stderr.strip().splitlines()[-1][:60])
                continue
            found = json.loads(done.stdout.strip().splitlines()[-1])
            file_mb = sum(p.stat().st_size for p in parts_of(a.file)) / 1e6
            if package in ("onnxruntime", "openvino"):
                file_mb = sum(p.stat().st_size for p in folder.glob("*.onnx")) / 1e6
            own = np.load(folder / "numpy float32.npy")
            off = float(np.abs(np.load(folder / f"{kind}.npy") - own).max())
            table.add_row(
                kind,
                "0" if package is None else f"{installed_mb(package):.0f}",
                f"{file_mb:.1f}",
                f"{found['cold']:.2f}",
                f"{found['marks']:.2f}",
                f"{found['cpu']:.2f}",
                f"{found['peak']:.0f}",
                f"{off:.1e}",
            )
    Console().print(table)


if __name__ == "__main__":
    main()
