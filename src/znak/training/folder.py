"""What a run writes to its folder and reads back; see `znak.training.run` for the list."""

from __future__ import annotations

import json
import platform
import time
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

import znak
from znak.atomic import write_bytes
from znak.errors import DataError, InputError, StorageError
from znak.models.checkpoint import read_checkpoint, save_model, write_checkpoint
from znak.models.config import plain
from znak.training.loop import Learner

CHECKPOINT = "last.ckpt"
MODEL = "model.safetensors"


def open_folder(learner: Learner, folder: Path, fingerprint: str, resume: bool) -> int:
    """Prepare the folder, load the checkpoint when resuming; return the step to go on from."""
    path = folder / CHECKPOINT
    if path.exists() and not resume:
        raise InputError(
            f"{folder} already holds a run: continue it with --resume, or choose another folder",
            ru=f"В {folder} уже есть запуск: продолжите его с --resume или выберите другую папку",
        )
    start = load_state(learner, folder, fingerprint) if resume else 0
    _describe(learner, folder, fingerprint, start)
    return start


def load_state(learner: Learner, folder: Path, fingerprint: str) -> int:
    """Load the folder's checkpoint into the learner; return the step to go on from."""
    path = folder / CHECKPOINT
    checkpoint = read_checkpoint(path, kind=f"{learner.kind}-run")
    about = checkpoint.about
    if about.get("fingerprint") != fingerprint:
        raise DataError(
            f"{path} was trained on other data ({about.get('fingerprint')}, this is {fingerprint}): "
            "give the same data, or start from its weights with --from",
            ru=f"{path} обучался на других данных ({about.get('fingerprint')}, а это {fingerprint})",
        )
    _load(learner, checkpoint.tensors, path)
    start = int(about["step"])
    if int(about["batch"]) != learner.config.batch:
        start = start * int(about["batch"]) // learner.config.batch
    return start


def _load(learner: Learner, tensors: dict[str, Tensor], path: Path) -> None:
    own = learner.state()
    wrong = sorted(
        [k for k in own if k not in tensors or own[k].shape != tensors[k].shape]
        + [k for k in tensors if k not in own]
    )
    if wrong:
        raise DataError(
            f"{path} is of another model or optimiser ({len(wrong)} tensors differ, first {wrong[0]}): "
            "resume with the settings in config.json beside it",
            ru=f"{path} от другой модели или оптимизатора ({len(wrong)} тензоров, первый {wrong[0]})",
        )
    learner.load(tensors)


def _describe(learner: Learner, folder: Path, fingerprint: str, start: int) -> None:
    path = folder / "config.json"
    history: list[dict[str, Any]] = []
    if start and path.is_file():
        history = json.loads(path.read_text(encoding="utf-8")).get("history", [])
    parameters = sum(p.numel() for p in learner.model.parameters())
    now = {
        "from_samples": start * learner.config.batch,
        "when": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "config": plain(learner.config),
        "environment": {
            "znak": znak.__version__,
            "torch": torch.__version__,
            "python": platform.python_version(),
            "machine": platform.platform(),
            "threads": torch.get_num_threads(),
            "device": torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu",
        },
    }
    record = {
        "kind": learner.kind,
        "config": plain(learner.config),
        "fingerprint": fingerprint,
        "parameters": parameters,
        "history": [*history, now],
    }
    text = json.dumps(record, ensure_ascii=False, indent=1) + "\n"
    write_bytes(path, text.encode())


def save_state(learner: Learner, folder: Path, step: int, fingerprint: str) -> None:
    """Write the checkpoint; raise DataError, the former one intact, when a weight is not finite."""
    state = learner.state()
    bad = [name for name, tensor in state.items() if not tensor.isfinite().all()]
    if bad:
        raise DataError(
            f"{bad[0]} is not finite at step {step}: {folder / CHECKPOINT} is left as it was; resume "
            "with a lower learning rate",
            ru=f"{bad[0]}: NaN на шаге {step}; {folder / CHECKPOINT} не тронут",
        )
    write_checkpoint(
        folder / CHECKPOINT,
        state,
        kind=f"{learner.kind}-run",
        config=plain(learner.config),
        about={
            "step": step,
            "batch": learner.config.batch,
            "samples": step * learner.config.batch,
            "fingerprint": fingerprint,
        },
    )


def export_model(learner: Learner, folder: Path, samples: int, fingerprint: str) -> None:
    """Write the averaged weights in half precision, for use."""
    about = {"samples": samples, "fingerprint": fingerprint, "seed": learner.config.seed}
    save_model(
        folder / MODEL,
        learner.model,
        about=about | learner.about(),
        dtype=torch.float16,
        tensors=learner.weights(),
    )


def save_sheet(learner: Learner, folder: Path, samples: int) -> None:
    """Write the picture of the fixed prompts."""
    path = folder / "sheets" / f"{samples:010d}.png"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        learner.sheet().save(path)
    except OSError as error:
        raise StorageError(
            f"{path} can't be written ({error.strerror}): free some space and resume",
            ru=f"{path} не записан ({error.strerror}): освободите место и продолжите",
        ) from error
