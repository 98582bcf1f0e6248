"""The path from a prompt to marks.

    result = design("a fox for a coffee shop, warm orange", name="Foxy Beans", n=8, seed=0)
    result[0].svg

Marks are made in blocks of eight, each chosen from a pool of sixteen draws whose seeds depend on
the seed and the block alone: `n=3` gives the first three of `n=8`. Where no mark model is installed,
or nothing drawable was understood, the marks are monograms, and `result.notes` says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from typing import overload

import numpy as np

from znak.brand.monogram import draw_styles, initials, monogram
from znak.brief import Brief, read
from znak.engine.base import Engine, Floats, Redrawer
from znak.engine.cleanness import cleanness, inspect
from znak.engine.flow import check_strength
from znak.errors import InputError
from znak.fields import Field, trace
from znak.models.style import ask_style
from znak.studio.colour import choose_inks
from znak.studio.compose import SHAPES, combine
from znak.studio.images import draw_images
from znak.studio.mark import Mark, Provenance, Scores, draw_mark
from znak.studio.plan import BLOCK, Draw, Plan, mix, plan_block
from znak.studio.rank import Candidate, choose, judge
from znak.studio.tidy import Rough, finish, hold_rough, settle, tidy, treat
from znak.studio.tools import Tools, open_tools
from znak.words import load_encoder

MAX_MARKS = 100
_ATTEMPTS = 3
_MONOGRAM = "monogram"

NO_WEIGHTS = (
    "The mark model is not in this version: these are monograms of the name, drawn by the field "
    "algebra and traced by the codec; what the prompt describes is not drawn.",
    "Модели знаков в этой версии нет: это монограммы названия; то, что описано словами, не "
    "нарисовано.",
)
NOTHING_TO_DRAW = (
    "Nothing to draw was found in the prompt: these are monograms.",
    "В описании не нашлось, что рисовать: это монограммы.",
)


@dataclass(frozen=True, eq=False)
class Result(Sequence[Mark]):
    """The marks made for a brief; `notes` are (English, Russian) lines for the user."""

    brief: Brief
    marks: tuple[Mark, ...]
    engine: str
    revision: str
    notes: tuple[tuple[str, str], ...] = ()

    def __len__(self) -> int:
        return len(self.marks)

    @overload
    def __getitem__(self, index: int) -> Mark: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Mark, ...]: ...
    def __getitem__(self, index: int | slice) -> Mark | tuple[Mark, ...]:
        return self.marks[index]

    def __iter__(self) -> Iterator[Mark]:
        return iter(self.marks)


def design(
    prompt: str,
    *,
    name: str | None = None,
    n: int = 8,
    seed: int = 0,
    tools: Tools | None = None,
    steps: int | None = None,
    guidance: float | None = None,
    like: Field | None = None,
    strength: float = 0.6,
    on_progress: Callable[[float], None] | None = None,
) -> Result:
    """Return `n` original marks for a prompt in English or Russian, best first in each block of 8.

    `like` (a field, see `znak.studio.pictures.read_picture`) is what they start from, redrawn by
    `strength` (0 to 1). `tools` holds the engine and the judges; by default those of the package.
    `on_progress` is called with the share done. Raises InputError for values that can't be used and
    for what is not drawn (known brands, hate), DataError for damaged weights.
    """
    brief = read(prompt, name=name, encoder=load_encoder())
    return make_marks(
        brief,
        tools=tools,
        n=n,
        seed=seed,
        steps=steps,
        guidance=guidance,
        like=like,
        strength=strength,
        on_progress=on_progress,
    )


def make_marks(
    brief: Brief,
    *,
    n: int = 8,
    seed: int = 0,
    tools: Tools | None = None,
    steps: int | None = None,
    guidance: float | None = None,
    like: Field | None = None,
    strength: float = 0.6,
    on_progress: Callable[[float], None] | None = None,
) -> Result:
    """Return `n` marks for a brief; see `design`."""
    check_count(n)
    check_strength(strength)
    if brief.refused:
        refusal = brief.refused[0]
        raise InputError(f"{refusal.subject}: {refusal.instead}")
    tools = tools or open_tools()
    engine = tools.engine
    first = plan_block(brief, seed=seed, block=0)
    if engine is None or first is None or brief.layout == _MONOGRAM:
        notes = [NO_WEIGHTS] if tools.is_missing else [NOTHING_TO_DRAW] if first is None else []
        return _monograms(brief, n, seed, tuple(notes))
    if like is not None and not isinstance(engine, Redrawer):
        raise InputError(
            f"the engine {engine.name} can't start from a picture: use the engine flow",
            ru=f"Движок {engine.name} не умеет начинать с картинки: возьмите движок flow",
        )
    run = _Run(brief, tools, engine, seed, steps, guidance, like, strength)
    inks = choose_inks(brief, -(-n // BLOCK) * BLOCK)
    marks: list[Mark] = []
    blocks = -(-n // BLOCK)
    for block in range(blocks):

        def report(share: float, block: int = block) -> None:
            if on_progress is not None:
                on_progress((block + share) / blocks)

        part = inks[block * BLOCK : (block + 1) * BLOCK]
        marks += run.make_block(block, part, report, wanted=min(n - block * BLOCK, BLOCK))
    return Result(brief, tuple(marks[:n]), engine.name, engine.revision)


def check_count(n: int) -> int:
    """Return `n`; raise InputError outside 1 to MAX_MARKS."""
    if not 1 <= n <= MAX_MARKS:
        raise InputError(
            f"-n {n}: give a number from 1 to {MAX_MARKS}",
            ru=f"-n {n}: дайте число от 1 до {MAX_MARKS}",
        )
    return n


@dataclass(frozen=True, eq=False)
class _Run:
    """What one call works with."""

    brief: Brief
    tools: Tools
    engine: Engine
    seed: int
    steps: int | None
    guidance: float | None
    like: Field | None
    strength: float
    shown: list[Field] = dataclass_field(default_factory=list)

    def make_block(
        self,
        block: int,
        inks: Sequence[str],
        report: Callable[[float], None],
        *,
        wanted: int,
    ) -> list[Mark]:
        """Return the block's eight marks; only the first `wanted` are traced."""
        if self.engine.output == "images":
            return draw_images(self, block, report)
        chosen: list[Candidate] = []
        plan: Plan | None = None
        for attempt in range(_ATTEMPTS):
            plan = plan_block(self.brief, seed=self.seed, block=block, attempt=attempt)
            assert plan is not None
            candidates = self._candidates(plan, report)
            known = [*self.shown, *(c.look for c in chosen)]
            chosen += choose(
                candidates,
                BLOCK - len(chosen),
                taken=known,
                spread=plan.spread,
                combine=plan.combine,
            )
            if len(chosen) >= BLOCK:
                break
            chosen += self._held(
                candidates, [*known, *(c.look for c in chosen)], BLOCK - len(chosen)
            )
            if len(chosen) >= BLOCK:
                break
        self.shown.extend(c.look for c in chosen)
        report(0.9)
        assert plan is not None
        marks = [self._mark(c, plan, ink) for c, ink in zip(chosen[:wanted], inks, strict=False)]
        if len(marks) < wanted:  # nothing clean was drawn: letters always are
            rest = wanted - len(marks)
            spare = _monograms(self.brief, BLOCK, mix(self.seed, block), ()).marks[:rest]
            marks += spare
        report(1.0)
        return marks

    def sample(self, draws: Sequence[Draw], report: Callable[[float], None]) -> Floats:
        """Return one field or image for each draw."""
        texts = list(dict.fromkeys(d.caption for d in draws))
        rows = dict(zip(texts, self.engine.encode(texts), strict=True))
        vectors = np.stack([rows[d.caption] for d in draws])
        styles = getattr(self.engine, "styles", ())
        style = None
        if styles:
            asks = [{k: v for k, v in d.form.items() if k in styles} for d in draws]
            style = np.concatenate([ask_style(styles, 1, **ask) for ask in asks])
        seeds = [d.seed for d in draws]

        def step(share: float) -> None:
            report(0.75 * share)

        if self.like is not None and isinstance(self.engine, Redrawer):
            return self.engine.redraw(
                np.repeat(self.like[None], len(draws), axis=0),
                vectors,
                strength=self.strength,
                seeds=seeds,
                steps=self.steps,
                guidance=self.guidance,
                style=style,
                on_step=step,
            )
        return self.engine.sample(
            vectors,
            seeds=seeds,
            steps=self.steps,
            guidance=self.guidance,
            style=style,
            on_step=step,
        )

    def _candidates(self, plan: Plan, report: Callable[[float], None]) -> list[Candidate]:
        """Return the pool's draws and what is composed of them, judged."""
        fields = self.sample(plan.draws, report)
        plain: list[Candidate] = []
        for number, (draw, field) in enumerate(zip(plan.draws, fields, strict=True)):
            rough = tidy(field)
            if rough is None:
                continue
            way = "direct"
            if plan.container is not None and not plan.combine:
                held = hold_rough(rough, plan.container)
                if held is not None:
                    rough, way = held, f"in a {plan.container}"
            elif not plan.combine or draw.subject > 1:
                rough, way = treat(rough, self.brief, number)
            plain.append(Candidate(rough, draw.subject, number, draw.seed, way))
        judged = self._judge(plain, plan)
        report(0.82)
        if not plan.combine:
            return judged
        known = {c.number: c.scores.match for c in judged if c.scores.match is not None}
        return [*judged, *self._judge([*self._compose(judged, plan)], plan, known)]

    def _judge(
        self, candidates: list[Candidate], plan: Plan, known: Mapping[int, float] | None = None
    ) -> list[Candidate]:
        match = self.tools.match
        vectors = None
        if match is not None and candidates:
            rows = match.encoder(list(plan.subjects))
            vectors = np.stack([rows[c.subject] for c in candidates])
        return judge(candidates, vectors, match=match, index=self.tools.index, known=known)

    def _compose(self, judged: Sequence[Candidate], plan: Plan) -> Iterator[Candidate]:
        """Yield composites of the best draws of the first two subjects."""
        sides = [
            sorted(
                (c for c in judged if c.subject == s and "empty" not in c.faults),
                key=lambda c: (-round(c.value, 3), c.number),
            )[:3]
            for s in (0, 1)
        ]
        both = len(plan.subjects) - 1
        pairs = [(0, 0), (1, 1), (0, 1), (1, 0), (2, 2)]
        number = len(plan.draws)
        for turn, (i, j) in enumerate(pairs):
            if i >= len(sides[0]) or j >= len(sides[1]):
                continue
            a, b = sides[0][i], sides[1][j]
            found = combine(
                a.drawn,
                b.drawn,
                relation=plan.relation,
                shape=plan.container,
                turn=turn,
                badge=self.brief.layout == "badge",
            )
            for composite in found:
                tolerance = max(a.rough.tolerance, b.rough.tolerance) * 0.7
                rough = Rough(settle(composite.field), tolerance, composite.exact)
                yield Candidate(
                    rough, both, number, a.seed, composite.way, parts=(a.number, b.number)
                )
                number += 1

    def _held(
        self, candidates: Sequence[Candidate], taken: Sequence[Field], n: int
    ) -> list[Candidate]:
        """Return up to `n` marks more: clean draws cut out of a shape."""
        found = []
        number = max((c.number for c in candidates), default=0)
        for turn, c in enumerate(c for c in candidates if not c.faults and c.way == "direct"):
            shape = list(SHAPES)[turn % 5]
            rough = hold_rough(c.rough, shape)
            if rough is not None:
                number += 1
                found.append(replace(c, rough=rough, number=number, way=f"in a {shape}"))
        rejudged = judge(found, None, match=None, index=self.tools.index)
        return choose(rejudged, n, taken=taken)

    def _mark(self, c: Candidate, plan: Plan, ink: str) -> Mark:
        subject = plan.subjects[c.subject]
        provenance = Provenance(
            prompt=self.brief.prompt,
            subject=subject,
            seed=self.seed,
            engine=self.engine.name,
            revision=self.engine.revision,
            way=c.way,
            candidate=c.number,
        )
        return draw_mark(
            finish(c.rough),
            title=self.brief.name or subject,
            ink=ink,
            provenance=provenance,
            scores=c.scores,
        )


def _monograms(brief: Brief, n: int, seed: int, notes: tuple[tuple[str, str], ...]) -> Result:
    """Return monograms of the name, or of the prompt where there is none."""
    letters = initials(brief.name or brief.prompt)
    inks = choose_inks(brief, n)
    marks = []
    for number, style in enumerate(draw_styles(seed, n)):
        field = monogram(letters, style)
        marks.append(
            draw_mark(
                trace(field),
                title=f"{letters}, {style}",
                ink=inks[number],
                provenance=Provenance(brief.prompt, letters, seed, _MONOGRAM, "1", style, number),
                scores=Scores(cleanness=round(cleanness(inspect(field)), 2)),
            )
        )
    return Result(brief, tuple(marks), _MONOGRAM, "1", notes)
