"""Training the shipped text encoder, from the sources to the file: `znak train words`.

In order: gather and split the texts (`words_data`), compose examples (`words_examples`), let the
teacher read their targets, distil (`words_distil`), tune with drawings where a pack is given
(`words_contrast`), fit the rows of pairs, export. The same sources, configuration, cache and processor give the same file.
`runs/words.sh` holds the recipe of the shipped file; `benchmarks/words.py` measures a file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from znak.training.teacher import Teacher
from znak.training.words_choice import choose_phrases, choose_words
from znak.training.words_contrast import Drawings, keep, read_drawings, tune
from znak.training.words_data import Material, gather
from znak.training.words_distil import (
    DistilConfig,
    ExampleSet,
    add_misspelt,
    distil,
    fit_pairs,
    start_model,
)
from znak.training.words_examples import Composer, Example
from znak.training.words_model import WordModel
from znak.training.words_targets import Targets, project, teach
from znak.words.forms import is_russian
from znak.words.pairs import PairIndex
from znak.words.vocabulary import Vocabulary

Say = Callable[[str], None]
_EVERY = 100  # steps between lines of progress


@dataclass(frozen=True)
class Prepared:
    """Everything that training needs, made from the sources."""

    material: Material
    vocabulary: Vocabulary
    pairs: PairIndex
    n_pairs: int
    targets: Targets
    examples: ExampleSet
    phrases: ExampleSet  # all known phrases in their base form, to fit the pairs by
    entries: NDArray[np.int64]  # the lexicon's English entries among the targets


def train_words(
    out: Path,
    *,
    icons: Path,
    emojibase: Path,
    config: DistilConfig,
    drawings: Path | None = None,
    before: Path | None = None,
    cache: Path,
    say: Say = lambda line: None,
) -> str:
    """Train the encoder, write its file to `out` and return the weights' name.

    `icons` is an `@iconify/json` folder, `emojibase` an `emojibase-data` folder; `drawings` is
    a pack or a corpus for the visual tuning; with `before` the encoder as it is before that tuning
    is written there; `cache` keeps what is computed once.
    """
    torch.set_num_threads(config.threads)
    ready = prepare(icons=icons, emojibase=emojibase, config=config, cache=cache, say=say)
    seen = None
    if drawings is not None and config.tuning_steps:
        seen = keep(read_drawings(drawings, cache=cache, split="train"), ready.material.captions)
    return train(ready, config, out=out, before=before, drawings=seen, say=say)


def train(
    ready: Prepared,
    config: DistilConfig,
    *,
    out: Path,
    before: Path | None = None,
    drawings: Drawings | None = None,
    say: Say = lambda line: None,
) -> str:
    """Distil, tune with `drawings`, fit the pairs, write `out` and return the weights' name."""
    model = start_model(ready.vocabulary, ready.n_pairs, ready.targets, ready.material, config)
    losses: list[float] = []
    for step, loss in distil(model, ready.examples, ready.targets, ready.entries, config):
        losses.append(loss)
        if (step + 1) % _EVERY == 0:
            say(f"distil {step + 1}/{config.steps}  loss {np.mean(losses[-_EVERY:]):.4f}")
    recipe = config.as_recipe()
    if before is not None:
        finish(deepcopy(model), ready, config, out=before, recipe=recipe | {"tuning_steps": 0})
    if drawings is not None:
        recipe |= {"drawings": len(drawings.captions)}
        tune_with(model, ready, drawings, config, say=say)
    return finish(model, ready, config, out=out, recipe=recipe)


def finish(
    model: WordModel,
    ready: Prepared,
    config: DistilConfig,
    *,
    out: Path,
    recipe: dict[str, object],
) -> str:
    """Fit the rows of pairs, write the file and return the weights' name."""
    for _ in fit_pairs(model, ready.phrases, ready.targets, ready.entries, config):
        pass
    projection = ready.targets.projection
    return model.export(out, ready.vocabulary, ready.pairs, projection=projection, recipe=recipe)


def tune_with(
    model: WordModel, ready: Prepared, drawings: Drawings, config: DistilConfig, *, say: Say
) -> None:
    """Run the visual tuning to its end."""
    for step, loss in tune(model, ready.examples, ready.targets, ready.entries, drawings, config):
        if (step + 1) % _EVERY == 0:
            say(f"tune {step + 1}/{config.tuning_steps}  loss {loss:.4f}")


def known_phrases(
    material: Material, targets: Targets, vocabulary: Vocabulary, pairs: PairIndex
) -> ExampleSet:
    """Return the phrases of the lexicon and the emoji that are not held out, in their base form."""
    found = [Example(ru, ((en, 1.0),), "phrase") for ru, en, _ in material.pairs if " " in ru]
    found += [Example(e.en, ((e.en, 1.0),), "phrase") for e in material.entries if " " in e.en]
    kept = {(e.text, e.target): e for e in found if e.target[0][0] in targets}
    return ExampleSet(list(kept.values()), targets, vocabulary, pairs)


def prepare(
    *, icons: Path, emojibase: Path, config: DistilConfig, cache: Path, say: Say
) -> Prepared:
    """Gather and split the sources, compose examples, and let the teacher read."""
    material = gather(icons=icons, emojibase=emojibase)
    say(f"{len(material.captions)} captions, {len(material.entries)} entries of the lexicon")
    return compose(material, Teacher(dtype=torch.bfloat16), config, cache=cache, say=say)


class _Teacher(Protocol):
    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]: ...

    def whole_words(self) -> list[str]: ...


def compose(
    material: Material, teacher: _Teacher, config: DistilConfig, *, cache: Path, say: Say
) -> Prepared:
    """Make the vocabulary, the pairs, the examples and their targets."""
    words = choose_words(material, teacher.whole_words(), most=config.further_words)
    english = [word for word in words if not is_russian(word)]
    composer = Composer(material, seed=config.seed)
    plain = composer.all_examples(english, prompts=config.prompts, phrases=config.phrases)
    examples = add_misspelt(plain, seed=config.seed)
    say(f"{len(words)} words, {len(examples)} examples")
    texts = [en for example in plain for en, _ in example.target]
    names, vectors = teach(texts, teacher=teacher, cache=cache / "teacher.npz")
    targets = Targets(names, vectors, projection=project(vectors))
    say(f"{len(names)} texts read by the teacher")
    vocabulary = Vocabulary.build(words, n_buckets=config.n_buckets)
    phrases = choose_phrases(material)
    pairs, pair_names = PairIndex.build(phrases, vocabulary, most=config.most_pairs)
    say(f"{len(pair_names)} pairs of words")
    known = sorted({entry.en for entry in material.entries if entry.en in targets})
    return Prepared(
        material=material,
        vocabulary=vocabulary,
        pairs=pairs,
        n_pairs=len(pair_names),
        targets=targets,
        examples=ExampleSet(examples, targets, vocabulary, pairs),
        phrases=known_phrases(material, targets, vocabulary, pairs),
        entries=targets.find(known),
    )
