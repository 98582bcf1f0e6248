"""Distillation: the encoder learns the teacher's vectors from examples.

Loss: one minus the cosine to the target, and a softmax over the batch's targets and further entries
of the lexicon (InfoNCE, van den Oord et al. 2018), which keeps near things apart. A part of the words
is made blind in each step (read by their n-grams alone), so that n-grams learn to stand alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from random import Random

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as nnf

from znak.training.words_data import Material
from znak.training.words_examples import Example, misspell
from znak.training.words_model import Bags, WordModel, make_bags
from znak.training.words_targets import Targets, unit_rows
from znak.words.base import DIM
from znak.words.pairs import PairIndex, neighbours
from znak.words.vocabulary import Kind, Vocabulary

Floats = NDArray[np.float32]

SHARES = {
    "caption": 0.20, "english": 0.07, "word": 0.05, "russian": 0.12, "form": 0.16, "bent": 0.12,
    "phrase": 0.05, "phrase_ru": 0.05, "prompt": 0.08, "prompt_ru": 0.10,
}  # fmt: skip


@dataclass(frozen=True)
class DistilConfig:
    """What the weights depend on besides the sources."""

    seed: int = 0
    steps: int = 1000
    batch: int = 1024
    rate: float = 2e-3
    n_layers: int = 1
    n_buckets: int = 8_192
    most_pairs: int = 8_000
    further_words: int = 6_500  # English words beyond captions and lexicon
    prompts: int = 30_000
    phrases: int = 6_000
    misspelt: float = 0.2  # share of misspelt texts
    blind: float = 0.1  # share of known words read by their n-grams alone
    contrast: float = 0.25  # weight of the softmax loss
    temperature: float = 0.05
    further: int = 1024  # entries of the lexicon that join the softmax
    tuning_steps: int = 0  # of the visual tuning that follows; see words_contrast
    pair_steps: int = 200  # of the last stage, that trains the rows of pairs alone
    pair_rate: float = 1e-2
    threads: int = 1

    def as_recipe(self) -> dict[str, object]:
        """Return it as JSON values."""
        return asdict(self)


class ExampleSet:
    """Examples as arrays, sampled by group."""

    def __init__(
        self,
        examples: Sequence[Example],
        targets: Targets,
        vocabulary: Vocabulary,
        pairs: PairIndex,
    ) -> None:
        """Number the words of all texts, read them and find their pairs."""
        texts = [example.text.split() for example in examples]
        words = list(dict.fromkeys(word for text in texts for word in text))
        number = {word: i for i, word in enumerate(words)}
        readings = [vocabulary.read(word) for word in words]
        self.bags: Bags = make_bags(words, readings, vocabulary)
        self.texts = [np.array([number[w] for w in text], np.int64) for text in texts]
        self.pairs: list[list[tuple[int, int]]] = []  # by text: (place, pair)
        known: dict[tuple[str, str], int] = {}
        for text in texts:
            ends = [(b, (text[a], text[b])) for a, b in neighbours(text)]
            for _, both in ends:
                if both not in known:
                    known[both] = pairs.find(*(readings[number[word]] for word in both))
            self.pairs.append([(place, known[both]) for place, both in ends if known[both] >= 0])
        first = [example.target[0] for example in examples]
        second = [example.target[-1] for example in examples]
        self.first = targets.find([en for en, _ in first])
        self.second = targets.find([en for en, _ in second])
        weights = [(a[1], b[1] if a != b else 0.0) for a, b in zip(first, second, strict=True)]
        self.weights = np.array(weights, np.float32)
        groups: dict[str, list[int]] = {}
        for i, example in enumerate(examples):
            groups.setdefault(example.group, []).append(i)
        self.groups = {name: np.array(rows) for name, rows in groups.items()}

    def sample(self, n: int, random: np.random.Generator, *, misspelt: float) -> NDArray[np.int64]:
        """Return `n` example numbers, groups in their shares."""
        picked = []
        for name, share in SHARES.items():
            for group, part in ((name, 1 - misspelt), (f"{name}~", misspelt)):
                rows = self.groups.get(group)
                if rows is not None:
                    picked.append(random.choice(rows, round(n * share * part)))
        return np.concatenate(picked)

    def pad(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return word numbers and pairs `(n, longest)`, -1 after the end."""
        longest = max(len(self.texts[row]) for row in rows)
        words = np.full((len(rows), longest), -1, np.int64)
        pairs = np.full((len(rows), longest), -1, np.int64)
        for i, row in enumerate(rows):
            words[i, : len(self.texts[row])] = self.texts[row]
            for place, pair in self.pairs[row]:
                pairs[i, place] = pair
        return words, pairs

    def target(self, rows: NDArray[np.int64], vectors: Floats) -> Tensor:
        """Return the unit targets of examples."""
        a, b = self.weights[rows, :1], self.weights[rows, 1:]
        return torch.from_numpy(
            unit_rows(a * vectors[self.first[rows]] + b * vectors[self.second[rows]])
        )


def add_misspelt(examples: Sequence[Example], *, seed: int) -> list[Example]:
    """Return the examples and a misspelt one of most."""
    random = Random(seed)
    out = list(examples)
    for example in examples:
        if text := misspell(example.text, random):
            out.append(Example(text, example.target, f"{example.group}~"))
    return out


def start_model(
    vocabulary: Vocabulary,
    n_pairs: int,
    targets: Targets,
    material: Material,
    config: DistilConfig,
) -> WordModel:
    """Return a model whose rows start at the targets of their words, n-grams at their mean."""
    torch.manual_seed(config.seed)
    n_layers = config.n_layers
    model = WordModel(len(vocabulary.words), config.n_buckets, n_pairs, n_layers=n_layers)
    meanings: dict[str, list[Floats]] = {}
    for ru, en, weight in material.pairs:
        if " " not in ru and en in targets:
            meanings.setdefault(ru, []).append(weight * targets.of(en))
    held = set(material.held_captions)
    rows = np.zeros((len(vocabulary.words), DIM), np.float32)
    for i, word in enumerate(vocabulary.words):
        if word in meanings:
            rows[i] = np.sum(meanings[word], axis=0)
        elif word in targets and word not in held:
            rows[i] = targets.of(word)
    rows = unit_rows(rows)
    grams = np.zeros((config.n_buckets, DIM), np.float32)
    counts = np.zeros(config.n_buckets, np.float32)
    for i, word in enumerate(vocabulary.words):
        buckets = vocabulary.buckets(word)
        grams[buckets] += rows[i]
        counts[buckets] += 1
    with torch.no_grad():
        model.rows.copy_(torch.from_numpy(rows))
        model.grams.copy_(torch.from_numpy(grams / np.maximum(counts, 1)[:, None]))
        model.gains[:, 1] = 0.3
        model.gains[Kind.UNKNOWN, 1] = 1.0
    return model


def distil(
    model: WordModel,
    examples: ExampleSet,
    targets: Targets,
    entries: NDArray[np.int64],
    config: DistilConfig,
) -> Iterator[tuple[int, float]]:
    """Train `model`; yield (step, loss) after each step. `entries` are the lexicon's targets."""
    random = np.random.default_rng(config.seed)
    optimiser = torch.optim.Adam(
        model.parameters(), lr=config.rate, betas=(0.9, 0.98), eps=1e-7, fused=True
    )
    for step in range(config.steps):
        for group in optimiser.param_groups:
            group["lr"] = config.rate * _schedule(step / config.steps)
        rows = examples.sample(config.batch, random, misspelt=config.misspelt)
        loss = distil_loss(model, examples, targets, entries, config, rows, random)
        optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        optimiser.step()
        yield step, float(loss.detach())


def fit_pairs(
    model: WordModel,
    examples: ExampleSet,
    targets: Targets,
    entries: NDArray[np.int64],
    config: DistilConfig,
) -> Iterator[tuple[int, float]]:
    """Train the rows of pairs alone on `examples`, known phrases: each is seen too seldom before.

    Nothing else changes, so that a held-out form inside a phrase stays unseen as a word.
    """
    random = np.random.default_rng(config.seed + 2)
    seeing = replace(config, blind=0.0)
    rows = np.flatnonzero([bool(found) for found in examples.pairs])
    for parameter in model.parameters():
        parameter.requires_grad_(parameter is model.pairs)
    optimiser = torch.optim.Adam([model.pairs], lr=config.pair_rate, betas=(0.9, 0.98), eps=1e-7)
    for step in range(config.pair_steps):
        for group in optimiser.param_groups:
            group["lr"] = config.pair_rate * _schedule(step / config.pair_steps)
        picked = random.choice(rows, min(config.batch, len(rows)), replace=False)
        loss = distil_loss(model, examples, targets, entries, seeing, picked, random)
        optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        optimiser.step()
        yield step, float(loss.detach())


def distil_loss(
    model: WordModel,
    examples: ExampleSet,
    targets: Targets,
    entries: NDArray[np.int64],
    config: DistilConfig,
    rows: NDArray[np.int64],
    random: np.random.Generator,
) -> Tensor:
    """Return the loss of one batch."""
    texts, pairs = examples.pad(rows)
    blind = random.random(texts.shape) < config.blind
    with torch.autocast("cpu", torch.bfloat16):
        student = model(texts, pairs, examples.bags, blind=blind)
    target = examples.target(rows, targets.vectors)
    cosine = (student * target).sum(1)
    more = targets.vectors[random.choice(entries, min(config.further, len(entries)), replace=False)]
    others = torch.cat([target, torch.from_numpy(more)])
    with torch.autocast("cpu", torch.bfloat16):
        logits = (student @ others.T).float() / config.temperature
    same = target @ others.T > 0.9
    same[torch.arange(len(rows)), torch.arange(len(rows))] = False
    logits = logits.masked_fill(same, -1e4)
    contrast = nnf.cross_entropy(logits, torch.arange(len(rows)))
    loss: Tensor = (1 - cosine).mean() + config.contrast * contrast
    return loss


def _schedule(done: float) -> float:
    """Rise over the first 3 %, then fall to 2 % on a cosine."""
    return min(1.0, done / 0.03 + 0.03) * (0.02 + 0.98 * 0.5 * (1 + float(np.cos(np.pi * done))))
