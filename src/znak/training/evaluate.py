"""`znak evaluate`: every metric of one checkpoint on one data set, as JSON and as an HTML report.

    checkpoint, data → images for held-out texts → features → figures → evaluation.json, report.html

Generated images and held-out pictures stand against each other at the checkpoint's own size; the
text of image i is that of held-out picture i.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from znak.atomic import write_bytes
from znak.errors import InputError
from znak.metrics.extractors import Extractor
from znak.metrics.features import Features
from znak.metrics.figure import Figure
from znak.metrics.frechet import measure_frechet
from znak.metrics.inception_score import LEAST, measure_inception_score
from znak.metrics.kernel import measure_kernel
from znak.metrics.manifold import measure_manifold
from znak.metrics.memorisation import Memorisation, measure_memorisation
from znak.metrics.text_match import measure_text_match
from znak.models.images import ImageModel, load_image_model
from znak.models.rgb_text import find_text_encoder, open_text_encoder
from znak.training.gan_metrics import draw_images
from znak.training.rgb_data import PicturesConfig, open_pictures

RESULT = "evaluation.json"
SHOWN = 24
"""Pictures kept to look at."""


@dataclass(frozen=True)
class EvaluationPlan:
    """What is measured: at most `n` images, from `seed` on; steps and guidance None: the model's own.

    `split` is what they stand against; `train` at most how many training pictures are searched for
    copies.
    """

    n: int = 2_000
    split: str = "valid"
    train: int = 20_000
    seed: int = 0
    steps: int | None = None
    guidance: float | None = None
    replicates: int = 100
    subset_size: int = 500


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Figures of a checkpoint, what was left out and why, and the pictures to look at.

    `rows` are the held-out rows, by their number in the files, whose `texts`, drawn `images` and
    `real` pictures are kept.
    """

    name: str
    about: dict[str, Any]
    figures: list[Figure]
    left_out: dict[str, InputError]
    rows: list[int]
    texts: list[str]
    images: NDArray[np.uint8]
    real: NDArray[np.uint8]
    copies: list[tuple[NDArray[np.uint8], NDArray[np.uint8], float]] = field(default_factory=list)

    def plain(self) -> dict[str, Any]:
        """Return it ready for JSON."""
        return {
            "name": self.name,
            "about": self.about,
            "figures": [figure.plain() for figure in self.figures],
            "left out": {what: why.message for what, why in self.left_out.items()},
        }

    def value(self, begin: str) -> Figure | None:
        """Return the first figure whose name begins so."""
        return next((f for f in self.figures if f.name.startswith(begin)), None)


def evaluate_checkpoint(
    checkpoint: Path,
    data: Path,
    *,
    cache: Path,
    extract: Extractor,
    plan: EvaluationPlan | None = None,
    device: torch.device | str = "cpu",
    progress: Callable[[str, int, int], None] = lambda what, done, total: None,
) -> Evaluation:
    """Draw for the held-out texts and measure; raise DataError or InputError for what can't be."""
    plan = plan or EvaluationPlan()
    if plan.n < 1:
        raise InputError(f"{plan.n} images: give 1 or more", ru=f"Изображений {plan.n}: нужно от 1")
    model, about = load_image_model(checkpoint)
    encode = find_text_encoder(str(about.get("encoder", "")))
    reading = PicturesConfig(text=about.get("text", "content"))
    size = int(model.config.size)
    seeds: Any = about.get("rows", "split")
    held_out = open_pictures(
        data,
        replace(reading, split=_split(plan.split)),
        size=size,
        cache=cache,
        without_seed=seeds == "seed",
    )
    train = open_pictures(
        data, replace(reading, rows=seeds, limit=plan.train), size=size, cache=cache
    )
    n = min(plan.n, len(held_out))
    places = np.arange(n)
    texts = held_out.captions(places)
    module: Any = model
    module.to(device)
    steps = plan.steps or int(about.get("steps", 20))
    guidance = float(about.get("guidance", 3.0)) if plan.guidance is None else plan.guidance
    began = time.perf_counter()
    images = draw_images(
        model,
        encode,
        texts,
        steps=steps,
        guidance=guidance,
        seed=plan.seed,
        device=device,
        progress=lambda done: progress("draw", done, n),
    )
    seconds = time.perf_counter() - began
    progress("measure", 0, 3)
    drawn, real = extract(images), extract(held_out.take(places))
    progress("measure", 1, 3)
    shown = extract(train.take(np.arange(len(train))))
    progress("measure", 2, 3)
    figures, left_out, memory = measure_all(
        drawn, real, shown, texts=texts, classes=extract.classes, plan=plan
    )
    progress("measure", 3, 3)
    copies = []
    if memory is not None:
        for i in memory.nearest(6):
            twin = train.take(np.array([memory.neighbour[i]]))[0]
            copies.append((images[i], twin, float(memory.generated[i])))
    return Evaluation(
        name=checkpoint.stem if checkpoint.stem != "model" else checkpoint.parent.name,
        about={
            "checkpoint": checkpoint.name,
            "kind": model.kind,
            "size": size,
            "parameters": count_parameters(model),
            "samples seen": about.get("samples"),
            "text encoder": encode.name,
            "steps": steps,
            "guidance": guidance,
            "seconds an image": seconds / n,
            "data": held_out.fingerprint,
            "split": plan.split,
            "synthetic": held_out.synthetic,
            "held-out pictures were trained on": held_out.trained_on,
            "seeds": [plan.seed, plan.seed + n - 1],
        },
        figures=figures,
        left_out=left_out,
        rows=held_out.rows[places[:SHOWN]].tolist(),
        texts=texts[:SHOWN],
        images=images[:SHOWN],
        real=held_out.take(places[:SHOWN]),
        copies=copies,
    )


def measure_all(
    drawn: Features,
    real: Features,
    train: Features,
    *,
    texts: list[str],
    classes: tuple[str, ...],
    plan: EvaluationPlan,
) -> tuple[list[Figure], dict[str, InputError], Memorisation | None]:
    """Return the figures that mean something here, and why the others do not."""
    figures: list[Figure] = []
    left_out: dict[str, InputError] = {}
    memory: list[Memorisation] = []
    n = len(drawn)

    def remember() -> list[Figure]:
        memory.append(
            measure_memorisation(drawn, train, real, replicates=plan.replicates, seed=plan.seed)
        )
        return [memory[0].median_ratio, memory[0].near_share]

    def match() -> list[Figure]:
        if not classes:
            raise InputError("the extractor's classes have no names", ru="У классов нет имён")
        words = open_text_encoder("znak")
        return measure_text_match(
            drawn, words(texts), words(classes), replicates=plan.replicates, seed=plan.seed
        )

    size = min(plan.subset_size, max(2, min(n, len(real)) // 2))
    options = {"replicates": plan.replicates, "seed": plan.seed}
    plans: dict[str, Callable[[], list[Figure]]] = {
        "Fréchet distance": lambda: [measure_frechet(drawn, real, **options)],
        "inception score": lambda: [
            measure_inception_score(drawn, splits=max(1, min(10, n // LEAST)), **options)
        ],
        "kernel distance": lambda: [measure_kernel(drawn, real, subset_size=size, **options)],
        "precision, recall, density, coverage": lambda: measure_manifold(drawn, real, **options),
        "memorisation": remember,
        "text match": match,
    }
    for name, measure in plans.items():
        try:
            figures += measure()
        except InputError as error:
            left_out[name] = error
    return figures, left_out, memory[0] if memory else None


def write_evaluation(
    evaluation: Evaluation, folder: Path, *, language: str = "en"
) -> tuple[Path, Path]:
    """Write evaluation.json and report.html to `folder`; return their paths."""
    from znak.training.compare_report import write_report

    result, report = folder / RESULT, folder / "report.html"
    text = json.dumps(evaluation.plain(), ensure_ascii=False, indent=1)
    write_bytes(result, (text + "\n").encode())
    write_report(report, [evaluation], language=language)
    return result, report


def count_parameters(model: ImageModel) -> int:
    """Return how many numbers are trained."""
    module: Any = model
    return sum(p.numel() for p in module.parameters())


def _split(name: str) -> Any:
    if name not in ("valid", "test"):
        raise InputError(
            f"split {name!r}: choose valid or test; training pictures would flatter the model",
            ru=f"Часть {name!r}: выберите valid или test",
        )
    return name
