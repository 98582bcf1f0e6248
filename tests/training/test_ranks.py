from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import multiprocessing

from tests.training.fakes import HashEncoder, make_pack
from znak.errors import InputError
from znak.training.config import FlowRun, resolve
from znak.training.data import load_drawings
from znak.training.feed import Feed
from znak.training.flow import FlowLearner
from znak.training.folder import CHECKPOINT
from znak.training.log import read_log
from znak.training.ranks import ALONE, Ranks, join_ranks, leave_ranks
from znak.training.run import Limits, run

CPU = torch.device("cpu")
SETTINGS = {
    "model.text_dim": 16,
    "model.width": 16,
    "model.depth": 1,
    "batch": 8,
    "log_every": 8,
    "optim.warmup": 1,
}


def make_learner(ranks: Ranks) -> FlowLearner:
    torch.set_num_threads(1)
    config = resolve(FlowRun, "flow", "marks-tiny", SETTINGS)
    drawings = load_drawings(make_pack(), config.data, config.model.style)
    feed = Feed(drawings, HashEncoder(), config.data, batch=8, seed=0, device=CPU)
    return FlowLearner(config, feed, HashEncoder(), device=CPU, prompts=("disc",), ranks=ranks)


def work(rank: int, folder: str, port: int) -> None:
    os.environ |= {
        "RANK": str(rank),
        "WORLD_SIZE": "2",
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
        "TORCH_CPP_LOG_LEVEL": "ERROR",
    }
    ranks = join_ranks(CPU)
    for samples, resume in ((24, False), (40, True)):
        report = run(
            make_learner(ranks),
            Path(folder),
            fingerprint="x",
            limits=Limits(samples=samples),
            resume=resume,
            ranks=ranks,
        )
        assert report.samples == samples
    leave_ranks(ranks)


def losses(folder: Path) -> list[float]:
    return [line["loss"] for line in read_log(folder)]


def test_two_processes_compute_what_one_does(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    run(make_learner(ALONE), one, fingerprint="x", limits=Limits(samples=40))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    multiprocessing.spawn(work, (str(two), port), nprocs=2)
    assert len(losses(one)) == 5
    assert losses(two) == pytest.approx(losses(one), rel=1e-5)
    assert (two / CHECKPOINT).is_file()
    assert len(json.loads((two / "config.json").read_text())["history"]) == 2


def test_a_batch_must_be_shared_evenly() -> None:
    with pytest.raises(InputError, match="multiple of 3"):
        Ranks(0, 3).check(8)
    tensor: Any = torch.arange(8)
    assert [t.tolist() for t in Ranks(1, 2).share([tensor])] == [[1, 3, 5, 7]]
    assert ALONE.share([tensor])[0] is tensor
