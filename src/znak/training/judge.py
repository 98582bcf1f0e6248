"""Training of the judge that the mark benchmark measures with, and nothing else uses.

    znak train judge data/pack --out runs/judge --minutes 5

It learns from the valid split and half A of the test split (`znak.metrics.prompts`): clusters that
neither the mark model learns from nor tables show. A drawing is traced and rendered once, as marks
are (cached), then mirrored, moved, made bolder or lighter; line drawings, where the pack holds them,
are thickened. The loss names the concept among all (through the text tower) and matches captions
within the batch. One cluster in eight is held back: recall there keeps the best weights and stops
the training when it no longer rises.
"""

from __future__ import annotations

import copy
import hashlib
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from znak.atomic import new_file
from znak.corpus.pack import Pack
from znak.corpus.workers import map_ordered
from znak.errors import DataError, FieldError
from znak.fields.sdf import dequantise
from znak.fields.trace import trace
from znak.metrics.judge import SIDE, Judge, JudgeConfig, TrainedJudge, bag_texts, rasterise
from znak.metrics.prompts import Prompts, is_tried, judge_rows
from znak.models.checkpoint import save_model
from znak.training.data import _SIDED

BATCH = 128
RATE = 1e-3
EVERY = 50
"""Steps between two tries."""
PATIENCE = 12
"""Tries without a better recall that end the training."""
_THICKEN = 1.0
"""What is added on either side of a line drawing's strokes, field px."""


@dataclass(frozen=True, eq=False)
class Lessons:
    """n drawings: `rasters` (n, 64, 64), captions, concepts, whether mirroring keeps the meaning."""

    rasters: NDArray[np.uint8]
    captions: list[str]
    concepts: list[str]
    flips: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.rasters)


@dataclass(frozen=True)
class Report:
    """How training goes: `recall` @1 and @5 of the held-back drawings among the frozen concepts."""

    step: int
    loss: float
    recall: tuple[float, float]


def load_lessons(
    pack: Pack, cache: Path, *, processes: int = 1, most: int | None = None
) -> tuple[Lessons, Lessons]:
    """Return what the judge learns from and what it is tried with; raise DataError if none is left.

    Rasters are kept in `cache` under a name made of the drawings. `most` takes that many drawings
    only, spread over the pack.
    """
    rows = judge_rows(pack)
    named = [i for i in rows.tolist() if pack.captions[i] and not pack.interface[i]]
    if most is not None and len(named) > most:
        named = [named[k] for k in np.linspace(0, len(named) - 1, most).astype(int).tolist()]
    if len(named) < 2:
        raise DataError(
            "the pack holds no drawings for the judge (splits valid and test): pack the whole corpus",
            ru="В пакете нет рисунков для судьи (части valid и test): соберите весь корпус",
        )
    kept = np.array(named, dtype=np.int64)
    fields = np.ascontiguousarray(pack.fields[kept])
    solid = np.asarray(pack.solid)[kept]
    lessons = Lessons(
        rasters=_cached(fields, solid, cache, processes),
        captions=[pack.captions[i] for i in named],
        concepts=[pack.concepts[i] for i in named],
        flips=np.array([not _SIDED.search(pack.captions[i]) for i in named]),
    )
    held = is_tried(np.asarray(pack.cluster)[kept])
    # what stops the training is drawn solid, as marks are
    return _take(lessons, ~held), _take(lessons, held & solid)


def _take(lessons: Lessons, kept: NDArray[np.bool_]) -> Lessons:
    rows = np.flatnonzero(kept)
    return Lessons(
        lessons.rasters[rows],
        [lessons.captions[i] for i in rows],
        [lessons.concepts[i] for i in rows],
        lessons.flips[rows],
    )


def _cached(
    fields: NDArray[np.int8], solid: NDArray[np.bool_], cache: Path, processes: int
) -> NDArray[np.uint8]:
    key = hashlib.sha256(fields.tobytes() + solid.tobytes()).hexdigest()[:24]
    path = cache / f"judge-{key}.npy"
    try:
        kept: NDArray[np.uint8] = np.load(path, allow_pickle=False)
        if kept.shape == fields.shape and kept.dtype == np.uint8:
            return kept
    except (OSError, ValueError, EOFError):
        pass  # absent or damaged: drawn anew
    jobs = list(zip(fields, solid.tolist(), strict=True))
    rasters = np.stack(list(map_ordered(_draw, jobs, processes=processes)))
    with new_file(path) as temporary, temporary.open("wb") as file:
        np.save(file, rasters)
    return rasters


def _draw(job: tuple[NDArray[np.int8], bool]) -> NDArray[np.uint8]:
    field = dequantise(job[0])
    if not job[1]:
        field = np.clip(field + np.float32(_THICKEN / 8), -1, 1)
    try:
        return rasterise(trace(field))
    except FieldError:
        return rasterise(None)


def shake(rasters: Tensor, flips: Tensor, generator: torch.Generator) -> Tensor:
    """Return ink (B, 1, 64, 64) in [0, 1] of rasters (B, 64, 64): mirrored, moved, bolder or lighter."""
    n = len(rasters)

    def chance(*shape: int) -> Tensor:
        return torch.rand(*shape, generator=generator)

    angle, size = (chance(n) - 0.5) * 0.3, 0.92 + 0.26 * chance(n)
    stretch = 1 + 0.16 * (chance(n) - 0.5)
    mirror = torch.where(flips & (chance(n) < 0.5), -1.0, 1.0)
    c, s = angle.cos() * size, angle.sin() * size
    shift = (chance(2, n) - 0.5) * 0.12
    turn = torch.stack([c * mirror * stretch, -s, shift[0], s * mirror * stretch, c, shift[1]], 1)
    grid = functional.affine_grid(turn.view(-1, 2, 3), [n, 1, SIDE, SIDE], align_corners=False)
    ink = functional.grid_sample(rasters[:, None].float() / 255, grid, align_corners=False)
    # the level at which soft edges are cut again makes strokes bolder or lighter by up to 1 px
    soft = functional.avg_pool2d(ink, 3, stride=1, padding=1)
    level = 0.25 + 0.5 * chance(n, 1, 1, 1)
    bold = ((soft - level) * 3 + 0.5).clamp(0, 1)
    return torch.where(chance(n, 1, 1, 1) < 0.5, bold, ink)


def learn(
    lessons: Lessons,
    tried: Lessons,
    prompts: Prompts,
    *,
    config: JudgeConfig | None = None,
    minutes: float = 5,
    steps: int | None = None,
    batch: int = BATCH,
    rate: float = RATE,
    seed: int = 0,
    on_log: Callable[[Report], None] = lambda report: None,
) -> tuple[TrainedJudge, dict[str, Any]]:
    """Return the judge with the best recall on `tried`, and what it reached.

    `steps` in place of `minutes` gives the same weights on every run of one machine.
    """
    config = config or JudgeConfig()
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    model = Judge(config)
    decayed = [p for p in model.parameters() if p.ndim > 1]
    rest = [p for p in model.parameters() if p.ndim <= 1]
    optimiser = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": 0.05}, {"params": rest, "weight_decay": 0.0}], lr=rate
    )
    concepts, concept_of = _number([c or "" for c in lessons.concepts], also=prompts.concepts)
    captions, caption_of = _number(lessons.captions)
    concept_bags, caption_bags = (
        bag_texts(concepts, config),
        [bag_texts([t], config)[0] for t in captions],
    )
    counts = torch.bincount(concept_of, minlength=len(concepts)).double()
    weights = counts[concept_of] ** -0.5
    rasters, flips = torch.from_numpy(lessons.rasters), torch.from_numpy(lessons.flips)
    nameless = concepts.index("") if "" in concepts else -1
    began, step, losses = time.monotonic(), 0, 0.0
    best, kept, stale = (-1.0, -1.0), copy.deepcopy(model.state_dict()), 0
    while True:
        share = step / steps if steps else (time.monotonic() - began) / (60 * minutes)
        over = share >= 1
        if step and (step % EVERY == 0 or over):
            found = measure_recall(TrainedJudge(model, {}), tried, prompts)
            on_log(Report(step, losses / max(1, (step - 1) % EVERY + 1), found))
            losses = 0.0
            better = sum(found) > sum(best)
            stale = 0 if better else stale + 1
            if better:
                best, kept = found, copy.deepcopy(model.state_dict())
        if over or stale >= PATIENCE:
            break
        for group in optimiser.param_groups:
            group["lr"] = rate * min(1, (step + 1) / 40) * falling(share)
        rows = torch.multinomial(weights, min(batch, len(lessons)), generator=generator)
        model.train()
        seen = model(shake(rasters[rows], flips[rows], generator))
        loss = name_loss(
            seen, model.read(concept_bags), concept_of[rows], nameless, model.log_scale
        )
        here, own = torch.unique(caption_of[rows], return_inverse=True)
        bags = [caption_bags[i] for i in here.tolist()]
        starts = torch.tensor([0, *(len(b) for b in bags)]).cumsum(0)[:-1]
        texts = model.read((torch.cat(bags), starts))
        loss = loss + match_loss(seen, texts, own, concept_of[rows], nameless, model.log_scale)
        optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        step, losses = step + 1, losses + float(loss.detach())
        if not np.isfinite(losses):
            raise DataError(
                f"the judge's loss is not finite at step {step}: nothing was written",
                ru=f"Потери судьи стали бесконечны на шаге {step}: ничего не записано",
            )
    model.load_state_dict(kept)
    about = {
        "steps": step,
        "seed": seed,
        "drawings": len(lessons),
        "tried": len(tried),
        "recall": list(best),
        "prompts": prompts.corpus,
        "use": "benchmarks alone: never ranks, filters or chooses a checkpoint",
    }
    return TrainedJudge(model, about), about


def falling(share: float) -> float:
    """Return the factor of the learning rate when `share` of the training is done: 1 down to 0.05."""
    return 0.525 + 0.475 * math.cos(math.pi * min(share, 1))


def _number(texts: Sequence[str], *, also: Sequence[str] = ()) -> tuple[list[str], Tensor]:
    distinct = sorted({*texts, *also})
    places = {text: k for k, text in enumerate(distinct)}
    return distinct, torch.tensor([places[text] for text in texts])


def name_loss(
    seen: Tensor, concepts: Tensor, own: Tensor, nameless: int, log_scale: Tensor
) -> Tensor:
    """Return the cross entropy of naming each drawing's concept among all; nameless ones don't count."""
    logits = seen @ concepts.T * log_scale.clamp(max=4.0).exp()
    if nameless >= 0:
        keep = torch.arange(logits.shape[1]) != nameless
        logits = logits.masked_fill(~keep, -1e4)
    rows = own != nameless
    if not rows.any():
        return logits.sum() * 0
    return functional.cross_entropy(logits[rows], own[rows])


def match_loss(
    seen: Tensor, texts: Tensor, own: Tensor, concept: Tensor, nameless: int, log_scale: Tensor
) -> Tensor:
    """Return CLIP's loss (arXiv 2103.00020) over the batch's distinct captions.

    Another caption of the same concept is no negative; a caption of several drawings is right with
    any of them.
    """
    logits = seen @ texts.T * log_scale.clamp(max=4.0).exp()
    right = functional.one_hot(own, len(texts)).bool()
    alike = (concept[:, None] == concept) & (concept != nameless)[:, None]
    same = (alike.float() @ right.float() > 0) & ~right
    logits = logits.masked_fill(same, -1e4)
    images = functional.cross_entropy(logits, own)
    each = logits.T.log_softmax(dim=1).masked_fill(~right.T, 0)
    captions = -(each.sum(dim=1) / right.sum(dim=0)).mean()
    return (images + captions) / 2


def measure_recall(judge: TrainedJudge, tried: Lessons, prompts: Prompts) -> tuple[float, float]:
    """Return recall@1 and @5 of the drawings of frozen concepts; (0, 0) without any."""
    known = set(prompts.concepts)
    rows = [i for i, concept in enumerate(tried.concepts) if concept in known]
    if not rows:
        return 0.0, 0.0
    judge.model.eval()
    seen = judge.see(tried.rasters[rows])
    places = judge.places(seen, [tried.concepts[i] for i in rows], prompts.concepts)
    return float((places < 1).mean()), float((places < 5).mean())


def write_judge(path: Path, judge: TrainedJudge) -> None:
    """Write a judge to `path` in half precision, whole or not at all."""
    save_model(path, judge.model, about=judge.about, dtype=torch.float16)
