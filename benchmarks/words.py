"""Measure a text encoder on what was held out of its training, beside mean word vectors.

    python benchmarks/words.py --icons DIR --emojibase DIR [--file words.npz ...] [--drawings CORPUS]

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
looks    with --drawings: rank correlation of the similarities of held-out captions with those of
         their drawings (the mean 32-px field of each caption, mirrored where that is nearer)
seen     with --drawings: a drawing of a held-out caption → that caption among all such, recall at 1
         and at 10, by a tower trained on the train split against the encoder's vectors
slip     recall on forms, phrases and prompts with one slip, as a share of the clean recall
µs       of processor time a text, one by one, words cached as in a running server; cold: first sight of every word
MB       size of the file
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from znak.corpus.concepts import assign
from znak.errors import MissingError
from znak.training.teacher import Teacher
from znak.training.words_contrast import keep, read_drawings, same_looks, train_tower
from znak.training.words_data import Material, gather
from znak.training.words_measure import (
    Questions,
    agreement,
    ask,
    nearest_concept,
    recall,
    slips,
    spearman,
)
from znak.training.words_targets import project, unit_rows
from znak.words import SpacyAverager, WordEncoder, load_encoder
from znak.words.normal import tokenise

Encode = Callable[[Sequence[str]], NDArray[np.float32]]
SAMPLE = 1500  # captions whose pairs are ranked
TOWER_STEPS = 300
LEAST_CLEAN = 0.1  # recall under which a share of it says nothing


class Gallery:
    """Drawings that measure what words know of looks; those of held-out captions were never seen."""

    def __init__(self, folder: Path, material: Material) -> None:
        """Read the solid drawings of a corpus."""
        parts = {
            s: read_drawings(folder, cache=folder, split=s) for s in ("train", "valid", "test")
        }
        self.known = keep(parts["train"], material.captions)
        held = [keep(part, set(material.held_captions)) for part in parts.values()]
        self.fields = np.concatenate([part.fields for part in held])
        self.captions = [caption for part in held for caption in part.captions]
        self.names = sorted(set(self.captions))
        at = {name: i for i, name in enumerate(self.names)}
        self.right = np.array([at[caption] for caption in self.captions])
        means = np.zeros((len(self.names), *self.fields.shape[1:]))
        np.add.at(means, self.right, self.fields)
        counts = np.bincount(self.right)[:, None, None]
        self.likeness = same_looks(self.names, np.rint(means / counts).astype(np.int8))

    def measure(self, encode: Encode) -> list[str]:
        """Return the cells `looks` and `seen`."""
        names = encode(self.names)
        pairs = np.triu_indices(len(self.names), 1)
        looks = spearman((names @ names.T)[pairs], self.likeness[pairs])
        distinct = sorted(set(self.known.captions))
        at = {caption: i for i, caption in enumerate(distinct)}
        rows = [at[caption] for caption in self.known.captions]
        vectors = torch.from_numpy(encode(distinct)[rows])
        tower = train_tower(vectors, self.known.fields, steps=TOWER_STEPS, seed=0)
        with torch.inference_mode():
            scores = tower(self.fields).numpy() @ names.T
        own = scores[np.arange(len(scores)), self.right]
        ranks = (scores > own[:, None]).sum(axis=1)
        return [f"{looks:.3f}", f"{np.mean(ranks < 1):.3f} {np.mean(ranks < 10):.3f}"]


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
    gallery: Gallery | None,
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
    cells += gallery.measure(encode) if gallery else []
    kept = []
    for part in (questions.forms, questions.phrases, questions.prompts):
        wrong, clean = slips(part)
        before = recall(encode, clean, candidates, vectors)
        share = recall(encode, wrong, candidates, vectors) / before if before > LEAST_CLEAN else 0
        kept.append(f"{share:.3f}" if share else "–")
    cells.append(" ".join(kept))
    return cells


def time_texts(encode: Encode, texts: Sequence[str]) -> float:
    start = time.process_time()
    for text in texts:
        encode([text])
    return (time.process_time() - start) / len(texts) * 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--icons", type=Path, required=True)
    parser.add_argument("--emojibase", type=Path, required=True)
    parser.add_argument("--file", type=Path, action="append")
    parser.add_argument("--drawings", type=Path, help="a corpus folder")
    options = parser.parse_args()
    torch.set_num_threads(1)
    console = Console(width=170)
    material = gather(icons=options.icons, emojibase=options.emojibase)
    gallery = Gallery(options.drawings, material) if options.drawings else None
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
        *(["looks", "seen 1 10"] if gallery else []), "slip: forms phrases prompts",
        "µs warm / cold", "MB",
    )  # fmt: skip
    for path in options.file or [None]:
        start = time.perf_counter()
        encoder = load_encoder(path)
        loaded = time.perf_counter() - start
        texts = list(material.held_captions[:1000]) + [q.text for q in questions.prompts[:1000]]
        cold, warm = time_texts(encoder, texts), time_texts(encoder, texts)
        projection = encoder.projection()
        cells = measure(encoder, material, questions, concepts, held, projection, gallery)
        size = path.stat().st_size / 1e6 if path else encoder.n_bytes / 1e6
        name = f"{encoder.name} (loads in {loaded * 1000:.0f} ms)"
        table.add_row(name, *cells, f"{warm:.0f} / {cold:.0f}", f"{size:.1f}")
        mean = mean_of_table(encoder)
        cells = measure(mean, material, questions, concepts, held, projection, gallery)
        table.add_row("  mean of its word table", *cells, f"{time_texts(mean, texts):.0f}", "")
    try:
        spacy = SpacyAverager()
        cells = measure(
            lambda t: unit_rows(spacy(t)), material, questions, concepts, held, None, None
        )
        table.add_row(spacy.name, *cells, *["–"] * (2 if gallery else 0), "", "")
    except MissingError:
        console.print("spaCy's en_core_web_md is not installed: its row is left out")
    own = project(held)

    def short(texts: Sequence[str]) -> NDArray[np.float32]:
        return unit_rows(teach(texts) @ own)

    cells = measure(short, material, questions, concepts, held, own, gallery)
    table.add_row(f"{teach.name}, 256 axes", *cells, f"{time_texts(teach, texts[:100]):.0f}", "91")
    kept = float(((held @ own) ** 2).sum(axis=1).mean())
    console.print(table)
    console.print(f"best {own.shape[1]} of the teacher's 384 axes keep {kept:.3f} of its length²")


if __name__ == "__main__":
    main()
