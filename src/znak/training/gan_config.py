"""Configs of runs on pictures: the seed's GAN, its improvements, the flow model on RGB."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from znak.errors import InputError
from znak.models.config import build, override
from znak.models.flow import FlowConfig
from znak.models.gan import GanConfig
from znak.models.rgb import STYLE
from znak.training.config import RunConfig
from znak.training.optim import OptimConfig
from znak.training.rgb_data import PicturesConfig


@dataclass(frozen=True)
class PicturesRun(RunConfig):
    """What the runs on pictures have in common; `preset` is the one that the settings began with.

    With `epochs` the run's length, its sheets (every epoch), metrics and kept checkpoints (every
    `metrics_epochs`) go by passes over the data, else by `samples` and `sheet_every`. `encoder`:
    spacy, znak, znak-300; "seed": spaCy's where it is installed, else znak-300.
    """

    preset: str = ""
    batch: int = 64
    samples: int = 2_000_000
    type: Literal["bfloat16", "float32"] = "float32"
    compile: bool = False
    log_every: int = 6_400
    sheet_every: int = 100_000
    epochs: int | None = None
    metrics_epochs: int = 5
    metrics_images: int = 1_000
    encoder: Literal["seed", "spacy", "znak", "znak-300"] = "znak"
    pictures: PicturesConfig = field(default_factory=PicturesConfig)


@dataclass(frozen=True)
class GanRun(PicturesRun):
    """A run of the GAN; each improvement has its own switch.

    `loss` "relativistic" comes with R1 and R2 weighted by `penalty`, in every `penalty_every`th step
    (then that many times as strong). `augment` for the critic's images; `match` the weight of the
    text-matching term (needs model.match); `average` samples over which the generator's weights are
    averaged, 0 for the last ones; two rates are two time scales. `betas` are Adam's.
    """

    model: GanConfig = field(default_factory=GanConfig)
    loss: Literal["plain", "relativistic"] = "plain"
    penalty: float = 1.0
    penalty_every: int = 1
    augment: bool = False
    match: float = 0.0
    average: int = 0
    rate_generator: float = 2e-4
    rate_critic: float = 2e-4
    betas: tuple[float, ...] = (0.5, 0.999)

    def __post_init__(self) -> None:
        if (self.match > 0) != self.model.match:
            raise InputError(
                f"match {self.match} and model.match {self.model.match} do not agree: set both or "
                "neither",
                ru=f"match {self.match} и model.match {self.model.match} не согласуются",
            )


@dataclass(frozen=True)
class RgbFlowRun(PicturesRun):
    """A run of the flow transformer on pictures; `drop_text` and `drop_style` are for guidance."""

    type: Literal["bfloat16", "float32"] = "bfloat16"
    batch: int = 256
    model: FlowConfig = field(
        default_factory=lambda: FlowConfig(
            channels=3, text_vectors=1, style=STYLE, augment=0, text_dim=256
        )
    )
    optim: OptimConfig = field(default_factory=OptimConfig)
    time_mean: float = -0.4
    time_std: float = 1.0
    floor: float = 0.05
    drop_text: float = 0.1
    drop_style: float = 0.5


_SEED: dict[str, Any] = {
    "batch": 32,
    "epochs": 15,
    "log_every": 3_200,
    "encoder": "seed",
    "pictures": {"rows": "seed", "text": "whole", "fit": "stretch"},
}
_GAN: dict[str, Any] = {
    "batch": 64,
    "loss": "relativistic",
    "penalty": 1.0,
    "augment": True,
    "match": 0.2,
    "average": 50_000,
    "rate_generator": 2e-4,
    "rate_critic": 4e-4,
    "betas": (0.0, 0.99),
}
_GROWN = {"text_dim": 256, "growth": "upsample", "critic_norm": False, "match": True}
_FLOW: dict[str, Any] = {"channels": 3, "text_vectors": 1, "style": STYLE, "augment": 0}
_FLOW |= {"text_dim": 256}

PRESETS: dict[str, tuple[type[GanRun] | type[RgbFlowRun], dict[str, Any]]] = {
    "seed-baseline": (GanRun, _SEED),
    "seed-32": (
        GanRun,
        {**_SEED, "epochs": None, "encoder": "znak-300", "pictures": {}, "model": {"size": 32}},
    ),
    "gan-32": (
        GanRun,
        {**_GAN, "model": {"size": 32, "widths": (256, 128), "critic_widths": (64, 128), **_GROWN}},
    ),
    "gan-64": (
        GanRun,
        {
            **_GAN,
            "penalty": 4.0,
            "model": {
                "size": 64,
                "widths": (256, 128, 64),
                "critic_widths": (64, 128, 256),
                **_GROWN,
            },
        },
    ),
    "flow-rgb-32": (RgbFlowRun, {"model": {**_FLOW, "size": 32}}),
    "flow-rgb-64": (RgbFlowRun, {"model": {**_FLOW, "size": 64}, "time_mean": -0.8}),
}

IMPROVEMENTS: dict[str, dict[str, Any]] = {
    "baseline": {},
    "upsample": {"model.growth": "upsample"},
    "relativistic": {"loss": "relativistic", "model.critic_norm": False},
    "augment": {"augment": True},
    "match": {"match": 0.2, "model.match": True},
    "average": {"average": 20_000},
    "two rates": {"rate_critic": 4e-4, "rate_generator": 1e-4},
}
"""The settings of preset seed-32 that each line of the table of ablations changes."""


def resolve_pictures(preset: str, settings: Mapping[str, Any]) -> GanRun | RgbFlowRun:
    """Return the config of a preset with dotted `settings` put in; raise InputError for unknowns."""
    if preset not in PRESETS:
        raise InputError(
            f"unknown preset {preset!r}: known are {', '.join(PRESETS)}",
            ru=f"Неизвестный набор настроек {preset!r}; известны: {', '.join(PRESETS)}",
        )
    cls, values = PRESETS[preset]
    return build(cls, override(values, {**settings, "preset": preset}))
