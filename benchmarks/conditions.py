"""The conditions that `marks.py` and `blind_naming.py` compare, each as finished outlines.

real        the test split's drawings of half B (`znak.metrics.prompts`), the designers' own first
retrieval   training drawings nearest to the prompt by the shipped text encoder
model       seeds 0, 1, 2 … as they come, the studio's wishes of form taken in turn: nothing is
            ranked, filtered or drawn anew
best of 4   of each four seeds in turn the one that the studio's ranking puts first
seed GAN    the seed's architecture, its pictures read as fields

All go one way to an outline: the studio's `tidy` and `finish`, which trace a clean field and
regularise a rough one. A field without ink stays an empty sheet, and counts as a mark.
"""

from __future__ import annotations

import os
import platform
import subprocess
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from znak.corpus.pack import Pack
from znak.engine.base import Engine
from znak.engine.match import Match
from znak.engine.originality import Index
from znak.engine.retrieval import RetrievalEngine
from znak.errors import DrawingError, FieldError
from znak.fields import measure
from znak.fields.likeness import picture_fields
from znak.fields.outline import Outline
from znak.fields.sdf import dequantise
from znak.metrics.judge import SIDE, rasterise
from znak.metrics.prompts import Prompts, real_rows
from znak.models.style import ask_style
from znak.studio.plan import FORMS
from znak.studio.rank import Candidate, choose, judge
from znak.studio.tidy import finish, finish_clean, tidy
from znak.words import TextEncoder

OF = 4
"""Marks among which the ranking chooses."""
EMPTY = np.full((64, 64), -1, np.float32)


@dataclass(frozen=True, eq=False)
class Marks:
    """n marks of one condition, in the order of concepts and then of seeds or drawings.

    `outlines` (None: nothing was drawn), `rasters` (n, 64, 64) as the judge sees them, `fields`
    (n, 64, 64) of the outlines, `forms` (n, 4) as in `znak.metrics.marks.FORMS`, `clusters` of real
    drawings.
    """

    name: str
    concepts: list[str]
    outlines: list[Outline | None]
    rasters: np.ndarray
    fields: np.ndarray
    forms: np.ndarray
    clusters: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.concepts)

    def take(self, rows: np.ndarray) -> Marks:
        """Return the marks of these rows."""
        rows = np.flatnonzero(rows) if rows.dtype == bool else rows
        return replace(
            self,
            concepts=[self.concepts[i] for i in rows],
            outlines=[self.outlines[i] for i in rows],
            rasters=self.rasters[rows],
            fields=self.fields[rows],
            forms=self.forms[rows],
            clusters=None if self.clusters is None else self.clusters[rows],
        )


def draw(
    name: str,
    concepts: Sequence[str],
    fields: np.ndarray,
    *,
    processes: int,
    clusters: np.ndarray | None = None,
    sketched: bool = True,
) -> Marks:
    """Return sampled (`sketched`) or stored fields (n, 64, 64) as finished marks."""
    one = partial(_finish, sketched=sketched)
    if processes > 1:
        with ProcessPoolExecutor(processes) as pool:
            done = list(pool.map(one, fields, chunksize=16))
    else:
        done = [one(field) for field in fields]
    outlines, rasters, drawn, forms = zip(*done, strict=True)
    return Marks(
        name,
        list(concepts),
        list(outlines),
        np.stack(rasters),
        np.stack(drawn),
        np.array(forms, dtype=np.float64),
        clusters,
    )


def _finish(
    field: np.ndarray, *, sketched: bool
) -> tuple[Outline | None, np.ndarray, np.ndarray, tuple[float, float, float, float]]:
    nothing = None, np.zeros((SIDE, SIDE), np.uint8), EMPTY, (0.0, 0.0, 0.0, 0.0)
    rough = tidy(field, sketched=sketched)
    if rough is None:
        return nothing
    try:
        outline, drawn = finish_clean(rough) or finish(rough)
        found = measure(drawn)
    except FieldError:
        return nothing
    form = (found.perimeter, float(found.n_parts), float(found.n_holes), found.thickness)
    return outline, rasterise(outline), drawn, form


def take_real(pack: Pack, prompts: Prompts, *, most: int, processes: int) -> Marks:
    """Return up to `most` real drawings of each concept, the designers' own before derived ones."""
    rows = []
    for k, held in enumerate(real_rows(pack, prompts).values()):
        found = np.random.default_rng([k, 0]).permutation(held)  # no icon set first everywhere
        own = np.asarray(pack.derived)[found] == ""
        rows += [*found[own], *found[~own]][:most]
    kept = np.array(rows)
    return draw(
        "real",
        [pack.concepts[int(i)] for i in kept],
        dequantise(np.ascontiguousarray(pack.fields[kept])),
        processes=processes,
        clusters=np.asarray(pack.cluster)[kept],
        sketched=False,
    )


def take_nearest(
    pack: Pack, prompts: Prompts, encoder: TextEncoder, *, per_concept: int, processes: int
) -> Marks:
    """Return for each concept the training drawings nearest to its name, nearest caption first.

    Ties (drawings with one caption) are taken in an order drawn by the concept's number, so that
    no icon set comes first everywhere.
    """
    rows = train_rows(pack)
    rows = rows[[bool(pack.captions[int(i)]) for i in rows]]
    captions = [pack.captions[int(i)] for i in rows]
    engine = RetrievalEngine(np.empty((len(rows), 0), np.int8), captions, [""] * len(rows), encoder)
    near = engine._vectors @ encoder(list(prompts.concepts)).T
    kept = []
    for k in range(len(prompts.concepts)):
        ties = np.random.default_rng([k, 1]).permutation(len(rows))
        kept += list(rows[np.lexsort((ties, -near[engine._caption, k]))[:per_concept]])
    fields = dequantise(np.ascontiguousarray(pack.fields[np.array(kept)]))
    names = repeat(prompts.concepts, per_concept)
    return draw("retrieval", names, fields, processes=processes, sketched=False)


def sample(engine: Engine, prompts: Sequence[str], *, per_concept: int) -> np.ndarray:
    """Return fields (n, 64, 64): seeds 0 … of each concept, its name alone being the prompt.

    Of an engine that knows styles the studio's wishes of form are asked in turn, a seed each.
    """
    vectors = np.repeat(engine.encode(list(prompts)), per_concept, axis=0)
    seeds = list(range(per_concept)) * len(prompts)
    styles = getattr(engine, "styles", ())
    style = None
    if styles:
        asked = [
            ask_style(styles, **{k: v for k, v in wish.items() if k in styles}) for wish in FORMS
        ]
        style = np.concatenate([asked[seed % len(FORMS)] for seed in seeds])
    found = engine.sample(vectors, seeds=seeds, style=style)
    return found if engine.output == "fields" else np.stack([read_picture(p) for p in found])


def read_picture(picture: np.ndarray) -> np.ndarray:
    """Return the field of a picture (3, S, S) in [-1, 1], empty where it is one flat colour."""
    bytes_ = np.rint((np.clip(picture, -1, 1) + 1) * 127.5).astype(np.uint8).transpose(1, 2, 0)
    rgba = np.concatenate([bytes_, np.full((*bytes_.shape[:2], 1), 255, np.uint8)], axis=2)
    try:
        return np.asarray(picture_fields(rgba)[0], np.float32)
    except DrawingError:
        return EMPTY


def rank(
    fields: np.ndarray,
    prompts: Sequence[str],
    *,
    per_concept: int,
    match: Match | None,
    index: Index | None,
) -> np.ndarray:
    """Return the rows of `sample`'s fields that the studio's ranking takes of each OF in turn.

    Where it finds a fault in all four it would draw anew; here the best of them is taken.
    """
    chosen = []
    texts = None if match is None else match.encoder(list(prompts))
    for k in range(len(prompts)):
        for low in range(0, per_concept - OF + 1, OF):
            first = k * per_concept + low
            pool = []
            for i in range(first, first + OF):
                rough = tidy(fields[i])
                if rough is not None:
                    seed = i - k * per_concept
                    forced = "symmetry" in FORMS[seed % len(FORMS)]
                    pool.append(Candidate(rough, 0, i, seed, forced=forced))
            vectors = None if texts is None else np.repeat(texts[k : k + 1], len(pool), axis=0)
            judged = judge(pool, vectors, match=match, index=index)
            best = choose(judged, 1) or sorted(judged, key=lambda c: (-c.value, c.number))
            chosen.append(best[0].number if best else first)
    return np.array(chosen, dtype=np.int64)


def train_rows(pack: Pack) -> np.ndarray:
    """Return the rows that the mark model may have learnt from."""
    return np.flatnonzero((np.asarray(pack.split) == "train") & np.asarray(pack.solid))


def repeat(concepts: Sequence[str], n: int) -> list[str]:
    return [concept for concept in concepts for _ in range(n)]


def first_of(concepts: Sequence[str], n: int = 1) -> np.ndarray:
    """Return the rows of the first `n` marks of each concept."""
    seen: dict[str, int] = {}
    rows = []
    for i, concept in enumerate(concepts):
        seen[concept] = seen.get(concept, 0) + 1
        if seen[concept] <= n:
            rows.append(i)
    return np.array(rows, dtype=np.int64)


def time_engine(engine: Engine, prompts: Sequence[str], *, n: int) -> tuple[float, float]:
    """Return wall and processor milliseconds per mark, the best of two rounds of `n` marks."""
    texts = [prompts[i % len(prompts)] for i in range(n)]
    vectors, best = engine.encode(texts), (float("inf"), float("inf"))
    engine.sample(vectors[:8], seeds=range(8))
    for _ in range(2):
        wall, cpu = time.perf_counter(), time.process_time()
        engine.sample(vectors, seeds=range(n))
        spent = time.perf_counter() - wall, time.process_time() - cpu
        best = min(best[0], spent[0]), min(best[1], spent[1])
    return best[0] * 1e3 / n, best[1] * 1e3 / n


def machine() -> str:
    """Return processor, cores, load and commit."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        model = next(line.split(":", 1)[1].strip() for line in lines if "model name" in line)
        load = f"load {os.getloadavg()[0]:.1f}"
    except (OSError, StopIteration):
        model, load = platform.processor() or platform.machine(), "load unknown"
    return (
        f"{model}, {os.cpu_count()} cores, {load}, Python {platform.python_version()}; {commit()}"
    )


def commit() -> str:
    """Return the commit that is checked out, with a + where files differ from it."""
    here = Path(__file__).resolve().parent
    try:
        done = [
            subprocess.run(["git", *words], cwd=here, capture_output=True, text=True, check=True)
            for words in (
                ["rev-parse", "--short=12", "HEAD"],
                ["status", "--porcelain", "--untracked-files=no"],
            )
        ]
    except (OSError, subprocess.CalledProcessError):
        return "commit unknown"
    return f"commit {done[0].stdout.strip()}{'+' if done[1].stdout.strip() else ''}"
