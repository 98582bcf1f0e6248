"""Training the shipped text encoder, from the sources to the file: `znak train words`.

In order: gather and split the texts (`words_data`), compose examples (`words_examples`), let the
teacher read their targets, distil (`words_distil`), tune with drawings where a pack is given
(`words_contrast`), export. The same sources, configuration, cache and processor give the same file.
`runs/words.sh` holds the recipe of the shipped file; `benchmarks/words.py` measures a file.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from znak.training.teacher import Teacher
from znak.training.words_choice import choose_words
from znak.training.words_contrast import Drawings, keep, read_drawings, tune
from znak.training.words_data import Material, gather
from znak.training.words_distil import (
    DistilConfig,
    ExampleSet,
    add_misspelt,
    distil,
    start_model,
)
from znak.training.words_examples import Composer
from znak.training.words_model import WordModel
from znak.training.words_targets import Targets, project, teach
from znak.words.forms import is_russian
from znak.words.vocabulary import Vocabulary

Say = Callable[[str], None]
_EVERY = 100  # steps between lines of progress


@dataclass(frozen=True)
class Prepared:
    """Everything that training needs, made from the sources."""

    material: Material
    vocabulary: Vocabulary
    targets: Targets
    examples: ExampleSet
    entries: NDArray[np.int64]  # the lexicon's English entries among the targets


def train_words(
    out: Path,
    *,
    icons: Path,
    emojibase: Path,
    config: DistilConfig,
    drawings: Path | None = None,
    cache: Path,
    say: Say = lambda line: None,
) -> str:
    """Train the encoder, write its file to `out` and return the weights' name.

    `icons` is an `@iconify/json` folder, `emojibase` an `emojibase-data` folder; `drawings` is
    a pack or a corpus for the visual tuning; `cache` keeps what is computed once.
    """
    torch.set_num_threads(config.threads)
    ready = prepare(icons=icons, emojibase=emojibase, config=config, cache=cache, say=say)
    model = start_model(ready.vocabulary, ready.targets, ready.material, config)
    losses: list[float] = []
    for step, loss in distil(model, ready.examples, ready.targets, ready.entries, config):
        losses.append(loss)
        if (step + 1) % _EVERY == 0:
            say(f"distil {step + 1}/{config.steps}  loss {np.mean(losses[-_EVERY:]):.4f}")
    recipe = config.as_recipe()
    if drawings is not None and config.tuning_steps:
        seen = keep(read_drawings(drawings, cache=cache, split="train"), ready.material.captions)
        recipe |= {"drawings": len(seen.captions)}
        tune_with(model, ready, seen, config, say=say)
    projection = ready.targets.projection
    return model.export(out, ready.vocabulary, projection=projection, recipe=recipe)


def tune_with(
    model: WordModel, ready: Prepared, drawings: Drawings, config: DistilConfig, *, say: Say
) -> None:
    """Run the visual tuning to its end."""
    for step, loss in tune(model, ready.examples, ready.targets, ready.entries, drawings, config):
        if (step + 1) % _EVERY == 0:
            say(f"tune {step + 1}/{config.tuning_steps}  loss {loss:.4f}")


def prepare(
    *, icons: Path, emojibase: Path, config: DistilConfig, cache: Path, say: Say
) -> Prepared:
    """Gather, split, compose, and let the teacher read."""
    material = gather(icons=icons, emojibase=emojibase)
    say(f"{len(material.captions)} captions, {len(material.entries)} entries of the lexicon")
    teacher = Teacher(dtype=torch.bfloat16)
    words = choose_words(material, teacher.whole_words())
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
    known = sorted({entry.en for entry in material.entries if entry.en in targets})
    return Prepared(
        material=material,
        vocabulary=vocabulary,
        targets=targets,
        examples=ExampleSet(examples, targets, vocabulary),
        entries=targets.find(known),
    )
