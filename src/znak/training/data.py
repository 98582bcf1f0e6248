"""Training data: the drawings of a pack that a run learns from, with captions and style."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from znak.errors import DataError
from znak.models.style import scale_style

_SIDED = re.compile(
    r"\b(left|right|letters?|alphabet|text|font|word|number|digit|numeric|clockwise|counter|"
    r"[a-z0-9]|one|two|three|four|five|six|seven|eight|nine|ten|zero|abc|question|dollar|euro|pound)\b"
)


class PackLike(Protocol):
    """The columns of `znak.corpus.pack.Pack` that training reads; row i is one drawing."""

    @property
    def fields(self) -> NDArray[np.int8]:
        """(n, 64, 64), value × 127."""

    @property
    def captions(self) -> Sequence[str]:
        """Cleaned names; "" where there is none."""

    @property
    def concepts(self) -> Sequence[str]:
        """What is drawn; "" where it has no name."""

    @property
    def tags(self) -> Sequence[Sequence[str]]:
        """Further words."""

    @property
    def measures(self) -> NDArray[np.float32]:
        """(n, 6): coverage, thickness, symmetry, parts, holes, perimeter."""

    @property
    def split(self) -> NDArray[np.str_]:
        """train, valid or test."""

    @property
    def derived(self) -> NDArray[np.str_]:
        """How it was derived; nothing for a mark as it was drawn."""

    @property
    def solid(self) -> NDArray[np.bool_]:
        """Fit for training as a solid mark."""

    @property
    def interface(self) -> NDArray[np.bool_]:
        """A sign of an interface rather than a thing."""


@dataclass(frozen=True)
class DataConfig:
    """Which drawings are used and how batches are drawn from them.

    Kept are concepts of at least `min_concept` drawings, and captions of up to `max_words` words
    that each occur `min_word` times. `name` is the chance that the concept's name stands in for the
    caption. `power` p draws with probability ∝ count(subject)^-p. `move` is
    the share of a batch that is turned, scaled and shifted a little. The drop rates leave out, each
    row on its own: everything (for guidance), the caption alone, the tags, all style, each style.
    """

    split: str = "train"
    interface: bool = False
    min_concept: int = 3
    min_word: int = 8
    max_words: int = 2
    name: float = 0.5
    power: float = 0.5
    flip: bool = True
    move: float = 0.5
    drop_all: float = 0.1
    drop_caption: float = 0.03
    drop_tags: float = 0.5
    drop_style: float = 0.3
    drop_each: float = 0.4


@dataclass(frozen=True, eq=False)
class Drawings:
    """n drawings for training: `fields` int8 (n, 64, 64), indices into the distinct texts (`concept`
    is the caption again where there is none), scaled `style` (n, K), `weights` (n) float64 to draw by, `flips` (n) bool: may be mirrored.
    """

    fields: NDArray[np.int8]
    caption: NDArray[np.int64]
    concept: NDArray[np.int64]
    tags: NDArray[np.int64]
    captions: list[str]
    tag_lines: list[str]
    style: NDArray[np.float32]
    weights: NDArray[np.float64]
    flips: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.fields)

    def fingerprint(self) -> str:
        """Return a hash of everything that shapes a batch."""
        digest = hashlib.sha256("\n".join([*self.captions, "", *self.tag_lines]).encode())
        for array in (
            self.fields,
            self.caption,
            self.concept,
            self.tags,
            self.style,
            self.weights,
            self.flips,
        ):
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()[:16]


def load_drawings(pack: PackLike, config: DataConfig, style: Sequence[str]) -> Drawings:
    """Return the drawings of `config.split` worth learning; raise DataError if none are left."""
    n = len(pack.fields)
    captions = np.array([pack.captions[i] for i in range(n)], dtype=np.str_)
    concepts = np.array([pack.concepts[i] for i in range(n)], dtype=np.str_)
    usable = (captions != "") & np.asarray(pack.solid)
    if not config.interface:
        usable &= ~np.asarray(pack.interface)
    subjects = _subjects(captions, concepts, usable, config)
    rows = np.flatnonzero((subjects != "") & (np.asarray(pack.split) == config.split))
    if len(rows) == 0:
        raise DataError(
            f"no solid {config.split!r} drawing with a fit caption in the pack: check data.split, "
            f"data.min_concept ({config.min_concept}) and data.min_word ({config.min_word})",
            ru=f"В пакете нет сплошных рисунков части {config.split!r} с подходящей подписью",
        )
    _, inverse, counts = np.unique(subjects[rows], return_inverse=True, return_counts=True)
    fields = np.ascontiguousarray(pack.fields[rows])
    lines = [", ".join(pack.tags[int(i)]) for i in rows]
    named = np.where(concepts[rows] == "", captions[rows], concepts[rows])
    caption_list, texts = np.unique(np.concatenate([captions[rows], named]), return_inverse=True)
    tag_list, tags = np.unique(np.array(lines, dtype=np.str_), return_inverse=True)
    return Drawings(
        fields=fields,
        caption=texts[: len(rows)].astype(np.int64),
        concept=texts[len(rows) :].astype(np.int64),
        tags=tags.astype(np.int64),
        captions=[str(c) for c in caption_list],
        tag_lines=[str(t) for t in tag_list],
        style=scale_style(_raw_style(pack, rows, fields), style),
        weights=counts[inverse].astype(np.float64) ** -config.power,
        flips=np.array([not _SIDED.search(str(captions[i])) for i in rows]),
    )


def _subjects(
    captions: NDArray[np.str_],
    concepts: NDArray[np.str_],
    usable: NDArray[np.bool_],
    config: DataConfig,
) -> NDArray[np.str_]:
    """Return what each drawing is counted as: its concept or its caption's last word; "" to skip.

    Without a concept a drawing stays when its caption is short and each word of it is common, for
    only such captions say enough to learn from.
    """
    concept_counts = Counter(concepts[usable].tolist())
    words = [str(caption).split() for caption in captions]
    word_counts = Counter(word for i in np.flatnonzero(usable) for word in set(words[i]))
    out = []
    for i, concept in enumerate(concepts.tolist()):
        subject = ""
        if not usable[i]:
            pass
        elif concept and concept_counts[concept] >= config.min_concept:
            subject = concept
        elif len(words[i]) <= config.max_words and all(
            word_counts[word] >= config.min_word for word in words[i]
        ):
            subject = words[i][-1]
        out.append(subject)
    return np.array(out, dtype=np.str_)


def _raw_style(
    pack: PackLike, rows: NDArray[np.int64], fields: NDArray[np.int8]
) -> dict[str, NDArray[Any]]:
    measures = np.asarray(pack.measures)[rows]
    names = ("coverage", "thickness", "symmetry", "parts", "holes")
    raw: dict[str, NDArray[Any]] = {name: measures[:, i] for i, name in enumerate(names)}
    raw["solid"] = (np.asarray(pack.derived)[rows] == "").astype(np.float32)
    raw["cleanness"] = measure_cleanness(fields)
    return raw


def measure_cleanness(fields: NDArray[np.int8]) -> NDArray[np.float32]:
    """Return (n) in [0, 1]: the share of the outline that has room on both sides.

    Where strokes, gaps or specks are thinner than about 2 px the field's slope near its zero line
    falls short of 1; 1 minus the share of such samples, counted from half.
    """
    out = np.empty(len(fields), dtype=np.float32)
    for start in range(0, len(fields), 2048):
        f = fields[start : start + 2048].astype(np.float32) * np.float32(8 / 127)
        gx = (f[:, 1:-1, 2:] - f[:, 1:-1, :-2]) / 2
        gy = (f[:, 2:, 1:-1] - f[:, :-2, 1:-1]) / 2
        near = np.abs(f[:, 1:-1, 1:-1]) < 1
        cramped = near & (gx * gx + gy * gy < np.float32(0.55))
        share = cramped.sum(axis=(1, 2)) / np.maximum(near.sum(axis=(1, 2)), 1)
        out[start : start + 2048] = np.clip(1 - 2 * share, 0, 1)
    return out
