"""Captions merged into concepts: the things that a model learns to draw.

Two captions belong to one concept where they are drawn alike, whatever they mean: `fox`,
`fox face` and `foxes`; `bag shopping` and `shopping bag`; `automobile` and `car`. In order:

1. a normal form (plural, view words, gender, enclosure, badge words alike, word order, synonyms);
2. a normal form with enough solid drawings is a concept;
3. of the rest, one that text vectors hold for the same thing joins it (cosine ≥ THRESHOLD; how it
   was chosen: `data/pairs.tsv` and `tests/corpus/test_concepts.py`);
4. one whose head noun is a concept falls to it: `howling wolf` → `wolf`;
5. what is left is a small concept of its own, or has none ("") when it is too rare.

`assign` is a pure function of its arguments: the same counts give the same concepts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from znak.corpus.forms import JOINERS, head_of, head_words, known, normalise, strip_views
from znak.corpus.names import is_interface, read_data

Vectors = Callable[[Sequence[str]], NDArray[np.float32]]

ENOUGH = 15  # solid drawings that make a concept worth learning on their own
HOME = 8  # solid drawings of its own that let a form take in rarer ones
FEW = 3  # a caption without a home needs this many to be a small concept; an interface one ENOUGH
STEM = 4  # letters at which two words of a caption are held for forms of one
THRESHOLD = 0.88  # cosine at which two captions are held for the same drawing

# Order that is meaning: never taken for one another by turning the words round.
ORDERED = frozenset(
    {"house boat", "horse shoe", "horse sea", "horse race", "race horse", "car race", "race car",
     "fish star", "light flash", "board game", "game board", "fish cat", "cat fish", "fish dog",
     "dog hot", "bird house", "house bird", "tree house", "house tree", "hand second",
     "flower sun", "sun flower", "bow rain", "rain bow", "book note", "note book", "dog house",
     "house dog", "fly butter", "butter fly", "bow elbow", "book hand", "hand book", "hand saw",
     "bag hand", "ring ear", "ear ring", "ball foot", "foot ball", "print foot", "head arrow",
     "house light", "light house", "top hat", "hat top", "cap top", "bell door", "man snow",
     "mill wind", "wind mill", "boat sail", "ship space", "space ship", "fall water",
     "water fall", "melon water", "shell sea", "sea shell"}
)  # fmt: skip


@dataclass(frozen=True)
class Concept:
    """One concept, as a row of `store.CONCEPT`."""

    concept: str
    ru: str
    head: str
    n_drawings: int
    n_solid: int
    captions: tuple[str, ...]


class Concepts:
    """Which concept each caption belongs to."""

    def __init__(self, assigned: Mapping[str, str], *, counts: Mapping[str, int]) -> None:
        """`assigned` maps a caption to its concept; `counts` holds their solid drawings."""
        self._assigned = dict(assigned)
        self._counts = dict(counts)

    def of(self, caption: str) -> str:
        """Return the concept of a caption, "" where it has none or was not in the counts."""
        return self._assigned.get(caption, "")

    def __len__(self) -> int:
        """Count the concepts."""
        return len({concept for concept in self._assigned.values() if concept})

    def rows(
        self,
        *,
        drawings: Mapping[str, int] | None = None,
        russian: Callable[[str], str] | None = None,
    ) -> list[Concept]:
        """Return the concepts by name; `drawings` counts all drawings of a caption."""
        members: dict[str, list[str]] = defaultdict(list)
        for caption, concept in self._assigned.items():
            if concept:
                members[concept].append(caption)
        drawings = self._counts if drawings is None else drawings
        rows = []
        for concept in sorted(members):
            captions = sorted(members[concept], key=lambda c: (-self._counts.get(c, 0), c))
            rows.append(
                Concept(
                    concept=concept,
                    ru="" if russian is None else russian(concept),
                    head=head_of(concept),
                    n_drawings=sum(drawings.get(c, 0) for c in captions),
                    n_solid=sum(self._counts.get(c, 0) for c in captions),
                    captions=tuple(captions),
                )
            )
        return rows


def assign(counts: Mapping[str, int], *, vectors: Vectors | None) -> Concepts:
    """Merge captions into concepts.

    `counts` maps a caption to its number of solid drawings (0 is allowed: it then follows the
    others). `vectors` maps captions to unit vectors, one row each; None uses rules alone.
    """
    forms: dict[str, list[str]] = defaultdict(list)
    for caption in sorted(counts):
        form = normalise(caption)
        if form:
            forms[form].append(caption)
    weight = {form: sum(counts[c] for c in captions) for form, captions in forms.items()}
    target = _merge_orders(weight)
    weight = _collect(weight, target)
    target = {form: _follow(form, target) for form in forms}
    if vectors is not None:
        near = _merge_near(weight, vectors=vectors)
        target = {form: _follow(t, near) for form, t in target.items()}
        weight = _collect(weight, near)
    fallen = _fall_to_heads(weight)
    target = {form: _follow(t, fallen) for form, t in target.items()}
    weight = _collect(weight, fallen)
    assigned = {}
    for form, captions in forms.items():
        home = target[form]
        fewest = ENOUGH if is_interface(home) else FEW
        concept = home if weight.get(home, 0) >= fewest else ""
        for caption in captions:
            assigned[caption] = concept
    for caption in counts:
        assigned.setdefault(caption, "")
    return Concepts(assigned, counts=counts)


def _merge_orders(weight: Mapping[str, int]) -> dict[str, str]:
    """Send `bag shopping` to `shopping bag` where the latter is the commoner order."""
    by_words: dict[tuple[str, ...], list[str]] = defaultdict(list)
    by_letters: dict[str, list[str]] = defaultdict(list)
    for form in sorted(weight):
        words = form.split()
        by_letters["".join(words)].append(form)
        if 1 < len(words) <= 4 and form not in ORDERED and not set(words) & set(JOINERS):
            by_words[tuple(sorted(words))].append(form)
    target: dict[str, str] = {}
    for group in [*by_letters.values(), *by_words.values()]:
        if len(group) > 1:
            best = min(group, key=lambda f: (-weight[f], len(f), f))
            for form in group:
                if form != best and form not in target and _follow(best, target) != form:
                    target[form] = best
    return target


def _merge_near(weight: Mapping[str, int], *, vectors: Vectors) -> dict[str, str]:
    """Send rare forms to the commoner form that text vectors hold for the same thing."""
    forms = sorted(form for form in weight if form and not is_interface(form))
    if not forms:
        return {}
    rows = np.asarray(vectors(forms), dtype=np.float32).round(4)
    homes = [i for i, form in enumerate(forms) if weight[form] >= FEW]
    rare = [i for i, form in enumerate(forms) if weight[form] < ENOUGH]
    target: dict[str, str] = {}
    for start in range(0, len(rare), 512):
        part = rare[start : start + 512]
        cosines = (rows[part] @ rows[homes].T).round(3)
        for i, line in zip(part, cosines, strict=True):
            form = forms[i]
            above = np.flatnonzero(line >= np.float32(THRESHOLD))
            near = [(float(line[j]), forms[homes[j]]) for j in above]
            for _, home in sorted(near, key=lambda pair: (-pair[0], pair[1])):
                larger = (weight[home], home) > (weight[form], form)
                if home != form and larger and may_merge(form, home):
                    target[form] = home
                    break
    return target


def may_merge(form: str, home: str) -> bool:
    """Say whether two forms that vectors hold for near may be one.

    They must have as many words, all but one of them alike in their first letters, that one in the
    same place, and no two of them opposed. Where one only adds words to the other the rules for heads decide: vectors can't
    tell `fried egg breakfast` → `fried egg` from `home clock` → `clock`.
    """
    one = [w for w in form.split() if w not in JOINERS]
    other = [w for w in home.split() if w not in JOINERS]
    if len(one) != len(other):
        return False
    left = list(other)
    alone: list[str] = []
    for word in one:
        if same := next((w for w in left if w[:STEM] == word[:STEM]), None):
            left.remove(same)
            if same != word and (_is_code(same) or _is_code(word) or _opposes(word, same)):
                return False
        else:
            alone.append(word)
    if len(alone) > 1 or any(_is_code(w) for w in (*alone, *left)):
        return False
    if alone and one.index(alone[0]) != other.index(left[0]):
        return False
    return not (alone and _opposes(alone[0], left[0]))


def _opposes(a: str, b: str) -> bool:
    """Say whether two words are drawn differently: one family, or a thing and an act."""
    families = opposed()
    if families.get(a, -1) == families.get(b, -2):
        return True
    return a[:STEM] == b[:STEM] and (
        a.endswith("ing") != b.endswith("ing") or a.endswith("er") != b.endswith("er")
    )


def _is_code(word: str) -> bool:
    """Say whether a word is a number, a letter or the like: never near to another one."""
    return len(word) < 3 or any(c.isdigit() for c in word)


def _fall_to_heads(weight: Mapping[str, int]) -> dict[str, str]:
    """Send forms with too few drawings to a shorter form that has more."""
    target: dict[str, str] = {}
    for form in sorted(weight, key=lambda f: (-len(f.split()), f)):
        if weight[form] >= ENOUGH:
            continue
        interface = is_interface(form)
        for shorter in _first_words(form) if interface else shorter_forms(form):
            strong = weight.get(shorter, 0) >= max(HOME, weight[form])
            if strong and is_interface(shorter) == interface:
                target[form] = shorter
                break
    return target


def _first_words(form: str) -> list[str]:
    words = form.split()
    return [" ".join(words[:n]) for n in range(len(words) - 1, 0, -1)]


def shorter_forms(form: str) -> list[str]:
    """Return the forms that a rare one may fall to, nearest first."""
    kinds = head_words()
    words = form.split()
    found: list[list[str]] = []
    joiner = next((i for i, w in enumerate(words) if i and w in JOINERS), len(words))
    words = words[:joiner]
    found.append(words)
    tail = words
    while len(tail) > 1 and tail[-1] in kinds["state"]:
        tail = tail[:-1]
        found.append(tail)
    if len(tail) > 1 and tail[-1] in kinds["badge"]:
        found.append(tail[:-1])
    found.extend(tail[i:] for i in range(1, len(tail)))
    if len(tail) > 1 and tail[-1] in kinds["loose"]:
        found.extend([tail[:-1], tail[:1]])
    never = kinds["loose"] | kinds["nohead"] | kinds["state"]
    named = [
        known(part) or " ".join(strip_views(part))
        for part in found
        if part and not (len(part) == 1 and (part[0] in never or len(part[0]) < 2))
    ]
    return [f for f in dict.fromkeys(named) if f != form]


def _follow(form: str, target: Mapping[str, str]) -> str:
    for _ in range(64):
        if form not in target:
            return form
        form = target[form]
    return form


def _collect(weight: Mapping[str, int], target: Mapping[str, str]) -> dict[str, int]:
    total: dict[str, int] = defaultdict(int)
    for form, n in weight.items():
        total[_follow(form, target)] += n
    return dict(total)


@cache
def opposed() -> dict[str, int]:
    """Return word → number of its family in `data/opposed.txt`: words drawn differently."""
    families = read_data("opposed.txt").splitlines()
    return {w: i for i, line in enumerate(families) if line[:1] != "#" for w in line.split()}
