"""What an encoder is measured by: the teacher, the lexicon, and texts that were held out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

import numpy as np
from numpy.typing import NDArray

from znak.training.words_data import Material, fraction
from znak.training.words_examples import RU_PROMPTS, Composer, fill_russian, is_held_form, misspell
from znak.training.words_russian import CASES, forms, inflect

Floats = NDArray[np.float32]
Encode = Callable[[Sequence[str]], Floats]


@dataclass(frozen=True)
class Question:
    """A text and the English entries that are right answers."""

    text: str
    right: frozenset[str]


@dataclass(frozen=True)
class Questions:
    """Everything Russian → English is asked on; see the docstring of `ask`."""

    forms: tuple[Question, ...]
    phrases: tuple[Question, ...]
    prompts: tuple[Question, ...]
    new_phrases: tuple[Question, ...]
    unseen: tuple[Question, ...]


def ask(material: Material, *, n: int = 3000, seed: int = 1) -> Questions:
    """Make the questions.

    forms: held-out inflected forms of known lemmas (a form of two lemmas may mean either);
    phrases: known phrases in cases with a held-out form; prompts: such forms in a prompt
    (`логотип с лисой`); new_phrases: the lexicon's entries of several words that were held out
    whole; unseen: lemmas that no training text has.
    """
    random = Random(seed)
    composer = Composer(material, seed=seed)
    known = sorted({ru for ru, _, _ in material.pairs if ru in material.meanings})
    right = material.meanings
    lemmas_of: dict[str, set[str]] = {}
    for ru in known:
        for form in forms(ru) if " " not in ru else ():
            lemmas_of.setdefault(form, set()).add(ru)
    single: list[Question] = []
    phrases: list[Question] = []
    prompts: list[Question] = []
    for ru in known:
        cases = [inflect(ru, c) for c in CASES[1:]] + [inflect(ru, "nomn", plural=True)]
        held = [
            bent
            for bent in (forms(ru) if " " not in ru else cases)
            if any(is_held_form(w, composer.lemmas) for w in bent.split())
        ]
        for bent in dict.fromkeys(held):
            if " " in ru:
                phrases.append(Question(bent, right[ru]))
            else:
                either = frozenset(en for lemma in lemmas_of[bent] for en in right[lemma])
                single.append(Question(bent, either))
        template = random.choice(RU_PROMPTS)
        text = fill_russian(template, ru)
        if any(is_held_form(w, composer.lemmas) for w in text.split()):
            prompts.append(Question(text.replace(",", "").replace(":", ""), right[ru]))
    new = [Question(ru, right[ru]) for ru in material.held_phrases]
    unseen = [Question(ru, right[ru]) for ru in sorted(material.unseen) if ru in right]

    def some(questions: list[Question]) -> tuple[Question, ...]:
        ranked = sorted(questions, key=lambda q: fraction(q.text, salt=str(seed)))
        return tuple(ranked[:n])

    return Questions(some(single), some(phrases), some(prompts), some(new), some(unseen))


def recall(
    encode: Encode, questions: Sequence[Question], candidates: Sequence[str], vectors: Floats
) -> float:
    """Return the share of questions whose nearest candidate is right."""
    found = encode([q.text for q in questions])
    nearest = (found @ vectors.T).argmax(axis=1)
    hits = [candidates[i] in q.right for i, q in zip(nearest.tolist(), questions, strict=True)]
    return float(np.mean(hits))


def agreement(encode: Encode, texts: Sequence[str], teacher: Floats) -> dict[str, float]:
    """Compare with the teacher's vectors of the same texts: rank correlation of their similarities.

    Spearman's, over all pairs of `texts`; no space needs to be shared.
    """
    mine = encode(texts)
    upper = np.triu_indices(len(texts), 1)
    a, b = (mine @ mine.T)[upper], (teacher @ teacher.T)[upper]
    return {"rank": spearman(a, b)}


def spearman(a: Floats, b: Floats) -> float:
    """Return the rank correlation of two lists of numbers; ties are broken by order."""
    ranks = [np.argsort(np.argsort(x)).astype(np.float64) for x in (a, b)]
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])


def nearest_concept(encode: Encode, captions: Mapping[str, str], concepts: Sequence[str]) -> float:
    """Return the share of captions whose nearest concept name is their concept."""
    texts = list(captions)
    nearest = (encode(texts) @ encode(list(concepts)).T).argmax(axis=1)
    return float(np.mean([concepts[i] == captions[t] for i, t in zip(nearest, texts, strict=True)]))


def slips(questions: Sequence[Question], *, seed: int = 2) -> tuple[list[Question], list[Question]]:
    """Return questions with one slip each, and the same ones clean."""
    random = Random(seed)
    wrong, clean = [], []
    for question in questions:
        if text := misspell(question.text, random):
            wrong.append(Question(text, question.right))
            clean.append(question)
    return wrong, clean
