"""Measure a text encoder on what was held out of its training, beside mean word vectors.

    python benchmarks/words.py --icons DIR --emojibase DIR [--file words.npz] [--pack PACK --cache DIR]

Rows: the encoder; the mean of its own word table (no n-grams, weights or layers); spaCy's mean, when
installed; the teacher, which knows English only. Columns:

agree    rank correlation (Spearman) with the teacher's similarities on held-out captions
cosine   mean cosine to the teacher's vector of held-out captions, in the encoder's space
concept  held-out caption → its concept by `znak.corpus.concepts` (nearest of all concepts' names)
forms    Russian → English, recall at 1 among all English entries of the lexicon: held-out inflected
         forms of known lemmas
phrases  known phrases in cases with a held-out form; prompts: such forms in a prompt
new      lexicon entries of several words that were held out whole
unseen   lemmas that no training text has
slip     recall on forms, phrases and prompts with one slip, as a share of the clean recall
µs       a text, one by one, words cached as in a running server; cold: first sight of every word
MB       size of the file
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from znak.corpus.concepts import assign
from znak.errors import MissingError
from znak.training.teacher import Teacher
from znak.training.words_data import Material, gather
from znak.training.words_measure import (
    Questions,
    agreement,
    ask,
    nearest_concept,
    recall,
    slips,
)
from znak.training.words_targets import project, unit_rows
from znak.words import SpacyAverager, WordEncoder, load_encoder
from znak.words.normal import tokenise

Encode = Callable[[Sequence[str]], NDArray[np.float32]]
SAMPLE = 1500  # captions whose pairs are ranked


def mean_of_table(encoder: WordEncoder) -> Encode:
    """Return an encoder that averages the word rows and knows nothing else."""
    rows = {word: i for i, word in enumerate(encoder.vocabulary.words)}
    table = encoder.table()

    def encode(texts: Sequence[str]) -> NDArray[np.float32]:
        out = np.zeros((len(texts), table.shape[1]), np.float32)
        for i, text in enumerate(texts):
            known = [rows[word] for word in tokenise(text) if word in rows]
            if known:
                out[i] = table[known].mean(axis=0)
        return unit_rows(out)

    return encode


def measure(
    encode: Encode,
    material: Material,
    questions: Questions,
    concepts: dict[str, str],
    teacher: NDArray[np.float32],
    projection: NDArray[np.float32] | None,
) -> list[str]:
    candidates = sorted({entry.en for entry in material.entries})
    vectors = encode(candidates)
    held = list(material.held_captions)
    cells = [f"{agreement(encode, held[:SAMPLE], teacher[:SAMPLE])['rank']:.3f}"]
    if projection is None:
        cells.append("–")
    else:
        wanted = unit_rows(teacher @ projection)
        cells.append(f"{(encode(held) * wanted).sum(axis=1).mean():.3f}")
    names = sorted(set(concepts.values()))
    asked = {c: concepts[c] for c in held if c in concepts and concepts[c] != c}
    cells.append(f"{nearest_concept(encode, asked, names):.3f}")
    for part in (
        questions.forms,
        questions.phrases,
        questions.prompts,
        questions.new_phrases,
        questions.unseen,
    ):
        cells.append(f"{recall(encode, part, candidates, vectors):.3f}")
    kept = []
    for part in (questions.forms, questions.phrases, questions.prompts):
        wrong, clean = slips(part)
        before = recall(encode, clean, candidates, vectors)
        kept.append(recall(encode, wrong, candidates, vectors) / max(before, 1e-9))
    cells.append(" ".join(f"{share:.3f}" for share in kept))
    return cells


def time_texts(encode: Encode, texts: Sequence[str]) -> float:
    start = time.perf_counter()
    for text in texts:
        encode([text])
    return (time.perf_counter() - start) / len(texts) * 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--icons", type=Path, required=True)
    parser.add_argument("--emojibase", type=Path, required=True)
    parser.add_argument("--file", type=Path, action="append")
    options = parser.parse_args()
    console = Console(width=150)
    material = gather(icons=options.icons, emojibase=options.emojibase)
    questions = ask(material)
    counts = dict(material.captions) | dict.fromkeys(material.held_captions, 0)
    assigned = assign(counts, vectors=None)
    concepts = {c: assigned.of(c) for c in counts if assigned.of(c)}
    teach = Teacher()
    held = teach(list(material.held_captions))
    console.print(
        f"{len(material.held_captions)} held-out captions, {len(set(concepts.values()))} concepts, "
        f"{len({e.en for e in material.entries})} English candidates; questions: "
        + ", ".join(f"{name} {len(part)}" for name, part in vars(questions).items())
    )
    table = Table(
        "encoder", "agree", "cosine", "concept", "forms", "phrases", "prompts", "new", "unseen",
        "slip: forms phrases prompts", "µs warm / cold", "MB",
    )  # fmt: skip
    for path in options.file or [None]:
        start = time.perf_counter()
        encoder = load_encoder(path)
        loaded = time.perf_counter() - start
        texts = list(material.held_captions[:1000]) + [q.text for q in questions.prompts[:1000]]
        cold, warm = time_texts(encoder, texts), time_texts(encoder, texts)
        projection = encoder.projection()
        cells = measure(encoder, material, questions, concepts, held, projection)
        size = path.stat().st_size / 1e6 if path else encoder.n_bytes / 1e6
        name = f"{encoder.name} (loads in {loaded * 1000:.0f} ms)"
        table.add_row(name, *cells, f"{warm:.0f} / {cold:.0f}", f"{size:.1f}")
        mean = mean_of_table(encoder)
        cells = measure(mean, material, questions, concepts, held, projection)
        table.add_row("  mean of its word table", *cells, f"{time_texts(mean, texts):.0f}", "")
    try:
        spacy = SpacyAverager()
        cells = measure(lambda t: unit_rows(spacy(t)), material, questions, concepts, held, None)
        table.add_row(spacy.name, *cells, "", "")
    except MissingError:
        console.print("spaCy's en_core_web_md is not installed: its row is left out")
    own = project(held)
    cells = measure(teach, material, questions, concepts, held, np.eye(384, dtype=np.float32))
    table.add_row(teach.name, *cells, f"{time_texts(teach, texts[:100]):.0f}", "91")
    kept = float(((held @ own) ** 2).sum(axis=1).mean())
    console.print(table)
    console.print(f"best {own.shape[1]} of the teacher's 384 axes keep {kept:.3f} of its length²")


if __name__ == "__main__":
    main()
