"""Configs of training runs and the presets; see `znak train flow --dry-run`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from znak.errors import InputError
from znak.models.config import build, override
from znak.models.flow import FlowConfig
from znak.models.form import FormConfig
from znak.models.guidance import GuidanceConfig
from znak.training.data import DataConfig
from znak.training.optim import OptimConfig

R = TypeVar("R", bound="RunConfig")


@dataclass(frozen=True)
class RunConfig:
    """What every run has; counts in samples seen. `type` is what the whole step computes in."""

    batch: int = 512
    seed: int = 0
    samples: int = 200_000_000
    type: Literal["bfloat16", "float32"] = "bfloat16"
    compile: bool = True
    log_every: int = 20_480
    sheet_every: int = 512_000
    checkpoint_minutes: float = 5.0


@dataclass(frozen=True)
class DrawingsRun(RunConfig):
    """What the runs on drawings have in common."""

    data: DataConfig = field(default_factory=DataConfig)
    optim: OptimConfig = field(default_factory=OptimConfig)


@dataclass(frozen=True)
class FlowRun(DrawingsRun):
    """A run of the flow transformer. Times are logit-normal; `floor` bounds 1 − t in the loss."""

    model: FlowConfig = field(default_factory=FlowConfig)
    time_mean: float = -0.4
    time_std: float = 1.0
    floor: float = 0.05


@dataclass(frozen=True)
class FormRun(DrawingsRun):
    """A run of the form network.

    Times are even between `earliest` and 1; `floor` bounds 1 − t in the loss.
    """

    model: FormConfig = field(default_factory=FormConfig)
    earliest: float = 0.2
    floor: float = 0.1


@dataclass(frozen=True)
class GuidanceRun(DrawingsRun):
    """A run that folds guidance into one pass.

    `own` is the share of states that the student comes to itself, the others are drawings on their
    way to noise of a spread between `temperature` and 1, at times up to `latest`; `floor` bounds 1 − t
    in the loss.
    """

    model: GuidanceConfig = field(default_factory=GuidanceConfig)
    own: float = 0.5
    temperature: float = 0.7
    latest: float = 0.85
    floor: float = 0.4


_TINY: dict[str, Any] = {
    "batch": 32,
    "samples": 3200,
    "type": "float32",
    "compile": False,
    "log_every": 320,
    "sheet_every": 100_000,
    "optim": {"warmup": 320, "rate": 3e-3, "averages": (1000, 3000)},
}
_TINY_MODEL = {"width": 32, "depth": 2, "head": 16}

PRESETS: dict[tuple[str, str], dict[str, Any]] = {
    ("flow", "marks"): {},
    ("flow", "marks-64"): {"model": {"size": 64}, "batch": 256, "time_mean": -0.8},
    ("flow", "marks-fine"): {"model": {"patch": 4}, "batch": 256},
    ("flow", "marks-gpu"): {
        "batch": 2048,
        "model": {"width": 512, "depth": 6},
        "log_every": 204_800,
        "sheet_every": 2_048_000,
    },
    ("flow", "marks-tiny"): {**_TINY, "model": _TINY_MODEL},
    ("form", "marks"): {
        "batch": 256,
        "sheet_every": 256_000,
        "data": {"move": 0.0},
        "optim": {"warmup": 50_000},
    },
    ("guidance", "marks"): {
        "batch": 128,
        "samples": 48_000,
        "compile": False,
        "log_every": 3_200,
        "sheet_every": 16_000,
        "data": {"move": 0.0, "drop_all": 0.05},
        "optim": {
            "method": "adamw",
            "rate": 1.5e-3,
            "weight_decay": 0.0,
            "warmup": 3_000,
            "decay_at": 28_000,
            "decay_for": 20_000,
            "averages": (8_000,),
            "average_every": 1,
        },
    },
    ("guidance", "marks-tiny"): {
        **_TINY,
        "model": {"flow": _TINY_MODEL, "rank": 4},
        "optim": {"method": "adamw", "warmup": 320, "rate": 3e-3, "averages": (1000,)},
    },
    ("form", "marks-tiny"): {
        **_TINY,
        "model": {"widths": (32, 32), "depths": (1, 1), "head": 16, "known": 32},
    },
}


def resolve(cls: type[R], kind: str, preset: str, settings: Mapping[str, Any]) -> R:
    """Return the config of a preset with dotted `settings` put in; raise InputError for unknowns."""
    if (kind, preset) not in PRESETS:
        known = ", ".join(name for k, name in PRESETS if k == kind)
        raise InputError(
            f"unknown preset {preset!r}: known are {known}",
            ru=f"Неизвестный набор настроек {preset!r}; известны: {known}",
        )
    return build(cls, override(PRESETS[kind, preset], settings))
