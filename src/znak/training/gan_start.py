"""From an order on the command line to a finished run on pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from znak.errors import DataError, InputError, MissingError
from znak.models.checkpoint import read_checkpoint
from znak.models.config import build, override
from znak.models.device import pick_device
from znak.models.rgb_text import open_text_encoder
from znak.training.folder import CHECKPOINT
from znak.training.gan import GanLearner
from znak.training.gan_config import PRESETS, GanRun, RgbFlowRun, resolve_pictures
from znak.training.gan_folder import Keeper
from znak.training.loop import Learner
from znak.training.ranks import ALONE, Ranks
from znak.training.rgb_data import PictureFeed, Pictures, choose_texts, open_pictures
from znak.training.rgb_flow import RgbFlowLearner
from znak.training.run import Limits, Report, run
from znak.training.vectors import Cached

PROMPTS = 18
FIRST = "seed-baseline"


@dataclass(frozen=True)
class PicturesOrder:
    """What the command line asks for."""

    data: Path
    out: Path
    preset: str | None = None  # FIRST, or a resumed run's own
    settings: Mapping[str, Any] = field(default_factory=dict)
    resume: bool = False
    cache: Path = Path("cache")
    device: str = "auto"


def resolve_pictures_order(order: PicturesOrder) -> GanRun | RgbFlowRun:
    """Return the run's config: the preset's, or a resumed run's own, with the settings put in.

    The text encoder "seed" is resolved here, so that the config says which one it came to be.
    """
    if order.resume:
        place = order.out / CHECKPOINT
        held = read_checkpoint(place)
        classes: dict[str, type[GanRun] | type[RgbFlowRun]]
        classes = {"gan-run": GanRun, "flow-rgb-run": RgbFlowRun}
        if held.kind not in classes:
            raise DataError(
                f"{order.out} holds a {held.kind!r}, not a run on pictures: give its folder",
                ru=f"В {order.out} лежит {held.kind!r}, а не обучение на картинках",
            )
        try:
            own: Any = build(classes[held.kind], held.config)
        except InputError as error:
            raise DataError(
                f"{place}: its config is not of this version ({error}): resume with the version that "
                "began the run",
                ru=f"{place}: настройки от другой версии ({error}): продолжайте той версией, которой начали",
            ) from error
        if own.preset and order.preset not in (None, own.preset):
            raise DataError(
                f"{order.out} holds a run of the preset {own.preset}, not {order.preset}: leave --preset "
                "out to go on with it, or give another --out",
                ru=f"В {order.out} — обучение с набором {own.preset}, а не {order.preset}: продолжайте без "
                "--preset или укажите другой --out",
            )
        return build(classes[held.kind], override(held.config, order.settings))
    config = resolve_pictures(order.preset or FIRST, order.settings)
    if config.encoder == "seed":
        config = replace(config, encoder=find_seed_encoder())
    return config


def find_seed_encoder() -> Any:
    """Return "spacy" where the seed's model is installed, else its stand-in "znak-300"."""
    try:
        open_text_encoder("spacy")
    except MissingError:
        return "znak-300"
    return "spacy"


def prepare_pictures(
    order: PicturesOrder, config: GanRun | RgbFlowRun, ranks: Ranks = ALONE
) -> tuple[Learner, str]:
    """Return the learner and the data's fingerprint."""
    device = pick_device(order.device)
    size = config.model.size
    if not ranks.writes:
        ranks.wait()  # process 0 makes the cache
    pictures = open_pictures(order.data, config.pictures, size=size, cache=order.cache)
    if ranks.writes:
        ranks.wait()
    encode = Cached(open_text_encoder(config.encoder), order.cache)
    if encode.dim != config.model.text_dim:
        raise DataError(
            f"the text encoder {config.encoder!r} gives vectors of {encode.dim}, the model takes "
            f"{config.model.text_dim}: set model.text_dim={encode.dim} or another encoder",
            ru=f"Кодировщик {config.encoder!r} даёт векторы длины {encode.dim}, а модели нужны "
            f"{config.model.text_dim}",
        )
    flow = isinstance(config, RgbFlowRun)
    feed = PictureFeed(
        pictures, encode, batch=config.batch, seed=config.seed, device=device, whole=flow
    )
    held_out = _held_out(order, config, size)
    prompts = choose_texts(held_out or pictures, PROMPTS)
    fingerprint = f"{pictures.fingerprint}-{encode.name}"
    learner: Any
    if isinstance(config, RgbFlowRun):
        learner = RgbFlowLearner(
            by_epochs(config, feed),
            feed,
            encode,
            device=device,
            held_out=held_out,
            prompts=prompts,
            ranks=ranks,
        )
    else:
        if ranks.world > 1:
            raise DataError(
                "the GAN trains in one process (its batch norm sees one process's rows); several are "
                "for the presets flow-rgb",
                ru="GAN обучается в одном процессе; несколько — для наборов flow-rgb",
            )
        learner = GanLearner(
            by_epochs(config, feed),
            feed,
            encode,
            device=device,
            held_out=held_out,
            prompts=prompts,
        )
    return learner, fingerprint


def by_epochs(config: Any, feed: PictureFeed) -> Any:
    """Return the config with the run's length and its sheets set by epochs, where it goes by them."""
    if config.epochs is None:
        return config
    epoch = feed.steps_an_epoch * config.batch
    return replace(config, samples=config.epochs * epoch, sheet_every=epoch)


def _held_out(order: PicturesOrder, config: GanRun | RgbFlowRun, size: int) -> Pictures | None:
    """Return pictures of the split "valid", or None where there are none."""
    plan = replace(config.pictures, rows="split", split="valid", limit=None)
    try:
        return open_pictures(
            order.data,
            plan,
            size=size,
            cache=order.cache,
            without_seed=config.pictures.rows == "seed",
        )
    except DataError:
        return None


def train_pictures(
    learner: Learner,
    order: PicturesOrder,
    fingerprint: str,
    *,
    limits: Limits,
    on_log: Callable[[Report], None] = lambda report: None,
    ranks: Ranks = ALONE,
) -> Report:
    """Train; keep plots, tables, animation, kept checkpoints and the model card up to date."""
    config: Any = learner.config
    keeper = Keeper(learner, order.out, fingerprint, preset=config.preset or order.preset or FIRST)
    return run(
        learner,
        order.out,
        fingerprint=fingerprint,
        limits=limits,
        resume=order.resume,
        on_log=on_log,
        on_sheet=keeper.keep,
        ranks=ranks,
    )


def presets() -> str:
    """Return the presets' names for a help text."""
    return ", ".join(PRESETS)
