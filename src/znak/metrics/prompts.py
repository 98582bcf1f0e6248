"""The frozen prompts of the mark benchmark, and which held-out drawings belong to whom.

    frozen = load_prompts()
    rows = real_rows(pack, frozen)          # the real drawings that tables may show

300 concepts of the corpus, chosen by `choose_prompts` before anything was trained and kept in
`data/prompts.json`. The test split is divided by cluster: half A, with the valid split, is what the
judge learns from (`judge_rows`); half B is what tables and sheets show as real drawings. The mark
model, its ranking and everything else learn from the train split alone.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from znak.errors import DataError

COUNT = 300
LEAST_TEST, LEAST_TRAIN = 3, 8
DIVERSE = 8
"""Test drawings from which on a concept's diversity is measured."""
SHIPPED = "prompts.json"
_SCHEMA = "znak-prompts-1"

EXCLUDED = frozenset(
    """abstract|artist|at sign|badge|bill|blind|board|body|box 2|braille|business|calendar range|
    calendar star|cast|cd|chart bar stacked|chart bubble|check box|circle|circle half|cluster|club|
    color picker|color swatch|column|community|compress|cone|construction|container|contract|
    cooking|cross|crosshair|cyborg|device|discount|disk|dollar|down left|drink|drop|drops|elderly|
    euro|exclamation mark|exit|face|facepalming|fahrenheit|female symbol|first quarter moon|
    fragile|full screen|gesturing no|getting massage|guard|hand pointing down|hand pointing left|
    hand pointing right|health|heart half|history|hole|invert|landscape|layers|leave|magic|
    male symbol|microscope observation sciene|monument|moon waning gibbous|mouse|mouth|network|
    no entry|not equal|nurse|office worker|paint|panorama|paper|parking|password|path|peso|
    phone vibrate|picture in picture|play card|playing cards|podcast|polygon|pound|power|
    presentation|prohibited|pulse|question mark|quote left|quote mark|radius|ram|ranking|rectangle|
    reduce|replace|rhombus|ruble|rupee|scale|scatter plot|seal|shape|shield lock|shield user|
    shrink|sign|sign in|sign out|signature|skip|slice|slide|slideshow|speed|square|square half|
    star half|stone|student|support|switch|table|tank|timeline|touch|transgender symbol|triangle|
    triangle down|triangle left|triangle right|unarchive|user|users|voice|voice mail|wallpaper|
    water|weight|window|won|yen|zodiac aries|zodiac gemini|zodiac libra|zodiac pisces|
    zodiac scorpio|zodiac taurus|zodiac virgo""".replace("\n    ", "").split("|")
)
"""Written by hand: interface signs, plain shapes, currency and text signs, people's roles, states
that nobody could draw, and words that mean two things (mouse, table, ram)."""


class Held(Protocol):
    """The columns of `znak.corpus.pack.Pack` that are read here; row i is one drawing."""

    @property
    def concepts(self) -> Sequence[str]:
        """What is drawn; "" where it has no name."""

    @property
    def split(self) -> NDArray[np.str_]:
        """train, valid or test."""

    @property
    def solid(self) -> NDArray[np.bool_]:
        """Fit as a solid mark."""

    @property
    def interface(self) -> NDArray[np.bool_]:
        """A sign of an interface rather than a thing."""

    @property
    def cluster(self) -> NDArray[np.int32]:
        """Drawings that look alike share one."""


@dataclass(frozen=True)
class Prompts:
    """The frozen concepts in their order, with how many test drawings each had (`counts`)."""

    concepts: tuple[str, ...]
    counts: Mapping[str, int]
    corpus: str
    """The corpus they were chosen from: a hash of its concepts, splits and clusters."""

    @property
    def diverse(self) -> tuple[str, ...]:
        """Those with enough test drawings to compare diversity with."""
        return tuple(c for c in self.concepts if self.counts[c] >= DIVERSE)


def in_half_b(clusters: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Return for each cluster number whether it lies in half B (tables), not A (the judge)."""
    return _bit(clusters, "half")


def in_reference(clusters: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Return which clusters of half B are what distances are measured to, not a row of the table."""
    return _bit(clusters, "reference")


def is_tried(clusters: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Return which of the judge's clusters, one in eight, stop its training and are not learnt."""
    return np.asarray(_hashes(clusters, "tried") % 8 == 0)


def _bit(clusters: NDArray[np.integer], what: str) -> NDArray[np.bool_]:
    return np.asarray(_hashes(clusters, what) % 2 == 1)


def _hashes(clusters: NDArray[np.integer], what: str) -> NDArray[np.int64]:
    distinct, inverse = np.unique(clusters, return_inverse=True)
    digests = [hashlib.sha256(f"znak {what} {c}".encode()).digest()[0] for c in distinct.tolist()]
    return np.array(digests, dtype=np.int64)[inverse]


def choose_prompts(pack: Held, *, count: int = COUNT) -> Prompts:
    """Return `count` concepts of a pack by the fixed rule; raise DataError when it has too few.

    Kept are concepts, not of `EXCLUDED`, with at least LEAST_TEST test drawings of as many clusters,
    one or more of them in each of half A and half B, and LEAST_TRAIN drawings to learn from. Of
    these the first in the order of their names' sha256.
    """
    clusters: dict[str, list[int]] = defaultdict(list)
    learnt: Counter[str] = Counter()
    split = np.asarray(pack.split)
    usable = np.asarray(pack.solid) & ~np.asarray(pack.interface)
    for i in np.flatnonzero(usable).tolist():
        name = pack.concepts[i]
        if name and split[i] == "test":
            clusters[name].append(int(pack.cluster[i]))
        elif name and split[i] == "train":
            learnt[name] += 1

    def fits(name: str) -> bool:
        own = np.unique(clusters[name])
        halves = in_half_b(own)
        return (
            name not in EXCLUDED
            and len(own) >= LEAST_TEST
            and bool(halves.any() and not halves.all())
            and learnt[name] >= LEAST_TRAIN
        )

    fit = sorted(
        (n for n in clusters if fits(n)), key=lambda n: hashlib.sha256(n.encode()).digest()
    )
    if len(fit) < count:
        raise DataError(
            f"the pack has {len(fit)} concepts fit for prompts, {count} are wanted: take the whole corpus",
            ru=f"В пакете {len(fit)} подходящих понятий, а нужно {count}: возьмите весь корпус",
        )
    chosen = tuple(fit[:count])
    return Prompts(chosen, {c: len(clusters[c]) for c in chosen}, fingerprint(pack))


def fingerprint(pack: Held) -> str:
    """Return a hash of what decides which drawing belongs where."""
    digest = hashlib.sha256("\n".join(pack.concepts[i] for i in range(len(pack.split))).encode())
    digest.update("\n".join(np.asarray(pack.split).tolist()).encode())
    digest.update(np.asarray(pack.cluster, dtype=np.int64).tobytes())
    return digest.hexdigest()[:16]


def real_rows(pack: Held, prompts: Prompts) -> dict[str, NDArray[np.int64]]:
    """Return for each concept the rows of its real drawings: test split, half B, solid."""
    usable = np.asarray(pack.solid) & ~np.asarray(pack.interface)
    usable &= (np.asarray(pack.split) == "test") & in_half_b(np.asarray(pack.cluster))
    found: dict[str, list[int]] = {concept: [] for concept in prompts.concepts}
    for i in np.flatnonzero(usable).tolist():
        if pack.concepts[i] in found:
            found[pack.concepts[i]].append(i)
    if missing := [concept for concept, rows in found.items() if not rows]:
        raise DataError(
            f"the pack holds no held-out drawing of {missing[0]!r} ({len(missing)} frozen concepts are "
            "missing): give the pack that the prompts were frozen with",
            ru=f"В пакете нет отложенных рисунков для {missing[0]!r}: дайте пакет, по которому выбраны "
            "понятия",
        )
    return {concept: np.array(rows, dtype=np.int64) for concept, rows in found.items()}


def judge_rows(pack: Held) -> NDArray[np.int64]:
    """Return the rows that the judge may see: the valid split and half A of the test split."""
    split, clusters = np.asarray(pack.split), np.asarray(pack.cluster)
    held = (split == "valid") | ((split == "test") & ~in_half_b(clusters))
    foreign = (split == "train") | ((split == "test") & in_half_b(clusters))
    # a cluster lies in one split; were it ever not so, the judge goes without it
    return np.flatnonzero(held & ~np.isin(clusters, np.unique(clusters[foreign])))


def plain(prompts: Prompts) -> dict[str, Any]:
    """Return the prompts as the data file holds them."""
    return {
        "schema": _SCHEMA,
        "corpus": prompts.corpus,
        "concepts": [{"name": c, "test": prompts.counts[c]} for c in prompts.concepts],
        "diverse": len(prompts.diverse),
    }


@lru_cache(maxsize=2)
def load_prompts(path: Path | None = None) -> Prompts:
    """Return the prompts of a file, the frozen ones by default; raise DataError if it is unusable."""
    path = path or Path(str(resources.files("znak.metrics") / "data" / SHIPPED))
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        if held["schema"] != _SCHEMA:
            raise ValueError(f"schema {held['schema']!r}")
        counts = {str(entry["name"]): int(entry["test"]) for entry in held["concepts"]}
        if len(counts) != len(held["concepts"]) or not counts:
            raise ValueError("names that repeat, or none")
        return Prompts(tuple(counts), counts, str(held["corpus"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"{path} holds no frozen prompts ({error}): take an intact copy",
            ru=f"{path} не содержит списка понятий ({error}): возьмите целую копию",
        ) from error
