"""From trained weights to the run-time file that the package ships.

    znak train export runs/marks --form runs/form
    znak train export --fold runs/guidance

Both stages go into one file in half precision, with their configs, the text encoder's name and how
to sample them; or, `export_form`, a form network into a file of its own beside a first stage that
is shipped already, so that the large file needs no new version, and, `export_guidance`, what folds guidance into that stage. A run that still goes on is exported from its last checkpoint. What can't be shipped
is refused before anything is written: weights on other text vectors than the shipped encoder's,
weights that are not finite in half precision, stages of two encoders, more than `MAX_BYTES`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from znak.engine.base import Sampling
from znak.engine.file import Weights, pack_bytes, read_weights, unpack_bytes, write_weights
from znak.engine.flow import (
    FORM_KIND,
    GUIDANCE_KIND,
    KIND,
    FlowEngine,
    form_path,
    guidance_path,
)
from znak.errors import DataError
from znak.models.checkpoint import Checkpoint, build_model, load_strictly, read_checkpoint
from znak.training.folder import CHECKPOINT, MODEL
from znak.training.guidance import name_weights
from znak.words.base import TextEncoder

MAX_BYTES = 40_000_000


@dataclass(frozen=True, eq=False)
class Stage:
    """One trained network: its config, its averaged weights and what is known of its training."""

    config: dict[str, Any]
    about: dict[str, Any]
    tensors: dict[str, Tensor]


def read_stage(path: Path, kind: str) -> Stage:
    """Return the newest weights of a run folder, or those in a file; raise DataError.

    A folder's are taken from its checkpoint where that has seen more samples than its model file.
    """
    if path.is_dir():
        model, state = path / MODEL, path / CHECKPOINT
        found = [p for p in (model, state) if p.is_file()]
        if not found:
            raise DataError(
                f"{path} holds neither {MODEL} nor {CHECKPOINT}: give the folder of a run",
                ru=f"В {path} нет ни {MODEL}, ни {CHECKPOINT}: дайте папку запуска",
            )
        stages = [read_stage(p, kind) for p in found]
        return max(stages, key=lambda stage: int(stage.about.get("samples", 0)))
    checkpoint = read_checkpoint(path)
    stage = Stage(checkpoint.config, checkpoint.about, checkpoint.tensors)
    if checkpoint.kind == f"{kind}-run":
        stage = _of_run(checkpoint)
    elif (kind, checkpoint.kind) in (("form", FORM_KIND), ("guidance", GUIDANCE_KIND)):
        # shipped, to be sampled otherwise
        arrays = read_weights(path, kind=checkpoint.kind).arrays
        tensors = {name: torch.from_numpy(array) for name, array in arrays.items()}
        stage = Stage(checkpoint.config, checkpoint.about.get("stages", {}).get(kind, {}), tensors)
    elif checkpoint.kind != kind:
        raise DataError(
            f"{path} holds a {checkpoint.kind!r} model, a {kind!r} model is wanted here",
            ru=f"{path} содержит модель {checkpoint.kind!r}, а нужна {kind!r}",
        )
    load_strictly(build_model(kind, stage.config, path), stage.tensors, path)
    return stage


def _of_run(checkpoint: Checkpoint) -> Stage:
    """Return the longest average in a training checkpoint."""
    number = max(
        (int(n[7:].split(".")[0]) for n in checkpoint.tensors if n.startswith("average")), default=0
    )
    prefix = f"average{number}."
    tensors = {
        n.removeprefix(prefix): t for n, t in checkpoint.tensors.items() if n.startswith(prefix)
    }
    about = {key: checkpoint.about.get(key) for key in ("samples", "fingerprint")}
    _, _, encoder = str(about["fingerprint"]).partition("-")
    if checkpoint.kind == "guidance-run":
        encoder, _, about["first"] = encoder.rpartition("-")
    about["encoder"] = encoder
    return Stage(checkpoint.config.get("model", {}), about, tensors)


def export(
    flow: Path,
    out: Path,
    *,
    form: Path | None = None,
    sampling: Sampling | None = None,
    encoder: TextEncoder | None = None,
) -> int:
    """Write the run-time file of one or two stages to `out` and return its size in bytes.

    Raises DataError for weights that can't be shipped; `out` then stays as it was.
    """
    stages = {"flow": read_stage(flow, "flow")}
    if form is not None:
        stages["form"] = read_stage(form, "form")
    encoders = {kind: stage.about.get("encoder") for kind, stage in stages.items()}
    if len(set(encoders.values())) > 1:
        raise _two_encoders(encoders["flow"], encoders["form"])
    arrays: dict[str, NDArray[Any]] = {}
    with np.errstate(over="ignore"):  # what becomes infinite is refused below
        for kind, stage in stages.items():
            for name, tensor in stage.tensors.items():
                arrays[f"{kind}.{name}"] = tensor.float().numpy().astype(np.float16)
    _check_size(sum(array.nbytes for array in arrays.values()))
    config = {kind: stages[kind].config if kind in stages else None for kind in ("flow", "form")}
    about = {
        "encoder": encoders["flow"],
        "sampling": asdict(sampling or Sampling()),
        "stages": {kind: stage.about for kind, stage in stages.items()},
    }
    _try(arrays, config, about, encoder)
    size = write_weights(out, arrays, kind=KIND, config=config, about=about)
    for beside in (form_path(out), guidance_path(out)):
        beside.unlink(missing_ok=True)  # it belonged to the weights that were there before
    return size


def export_form(
    form: Path,
    out: Path,
    *,
    sampling: Mapping[str, Any] | None = None,
    encoder: TextEncoder | None = None,
) -> int:
    """Write a form network beside the run-time file `out` and return its size in bytes.

    `sampling` says what of `Sampling` is another with it than in the file of the first stage.
    Raises DataError for weights that don't go with it; both files then stay as they were.
    """
    first, stage = read_weights(out, kind=KIND), read_stage(form, "form")
    if isinstance(first.config.get("form"), dict):
        raise DataError(
            f"{out} holds a form network already: export both stages into one file",
            ru=f"В {out} уже есть сеть формы: экспортируйте обе ступени в один файл",
        )
    return _export_beside(out, first, stage, "form", sampling or {}, encoder)


def export_guidance(
    run: Path,
    out: Path,
    *,
    sampling: Mapping[str, Any] | None = None,
    encoder: TextEncoder | None = None,
) -> int:
    """Write what folds guidance in beside the run-time file `out` and return its size in bytes.

    `sampling` as for `export_form`. Raises DataError for an addition to other weights than the
    first stage in `out`; both files then stay as they were.
    """
    first, stage = read_weights(out, kind=KIND), read_stage(run, "guidance")
    own = {n.removeprefix("flow."): a for n, a in first.arrays.items() if n.startswith("flow.")}
    if stage.about.get("first") != (name := name_weights(own)):
        raise DataError(
            f"{run} was trained for the first stage {stage.about.get('first')}, {out} holds {name}: train "
            "it for these weights",
            ru=f"{run} обучен для первой ступени {stage.about.get('first')}, а в {out} — {name}: "
            "обучите для этих весов",
        )
    return _export_beside(out, first, stage, "guidance", sampling or {}, encoder)


def _export_beside(
    out: Path,
    first: Weights,
    stage: Stage,
    part: str,
    sampling: Mapping[str, Any],
    encoder: TextEncoder | None,
) -> int:
    """Write a part that belongs to the run-time file `out` into its place beside it."""
    if stage.about.get("encoder") != first.about.get("encoder"):
        raise _two_encoders(first.about.get("encoder"), stage.about.get("encoder"))
    with np.errstate(over="ignore"):  # what becomes infinite is refused below
        arrays = {n: t.float().numpy().astype(np.float16) for n, t in stage.tensors.items()}
    if part == "form":  # lest all parts together take more than may be shipped
        whole = {n: t.float().numpy() for n, t in stage.tensors.items() if t.dim() > 1}
        arrays |= pack_bytes(whole)
    path, kind = {
        "form": (form_path(out), FORM_KIND),
        "guidance": (guidance_path(out), GUIDANCE_KIND),
    }[part]
    others = {out, form_path(out), guidance_path(out)} - {path}
    size = sum(other.stat().st_size for other in others if other.is_file())
    _check_size(sum(a.nbytes for a in arrays.values()) + size)
    both = {**first.arrays, **{f"{part}.{n}": a for n, a in unpack_bytes(arrays).items()}}
    asked = {**first.about, "sampling": {**first.about.get("sampling", {}), **sampling}}
    _try(both, {**first.config, part: stage.config}, asked, encoder)
    about = {"first": first.revision, "sampling": dict(sampling), "stages": {part: stage.about}}
    return write_weights(path, arrays, kind=kind, config=stage.config, about=about)


def _two_encoders(first: object, form: object) -> DataError:
    return DataError(
        f"the two stages were trained on text vectors of {first} and {form}: give stages of one encoder",
        ru=f"Ступени обучены на разных векторах текста: {first} и {form}",
    )


def _check_size(size: int) -> None:
    """Raise DataError for weights too large to ship."""
    if size > MAX_BYTES:
        raise DataError(
            f"the weights take {size / 1e6:.1f} MB, at most {MAX_BYTES / 1e6:.0f} MB are shipped: train a "
            "smaller model",
            ru=f"Веса занимают {size / 1e6:.1f} МБ, поставляется не больше {MAX_BYTES / 1e6:.0f} МБ",
        )


def _try(
    arrays: Mapping[str, NDArray[Any]],
    config: Mapping[str, Any],
    about: Mapping[str, Any],
    encoder: TextEncoder | None,
) -> None:
    """Raise DataError when the run time would refuse these weights."""
    floats = {name: array.astype(np.float32) for name, array in arrays.items()}
    FlowEngine(Weights(KIND, dict(config), dict(about), floats, ""), encoder=encoder)
