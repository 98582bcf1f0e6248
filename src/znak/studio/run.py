"""One block of eight marks: sampled, composed, judged, chosen, finished."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field

import numpy as np

from znak.brief import Brief
from znak.engine.base import Engine, Floats, Redrawer
from znak.engine.threads import map_chunks
from znak.fields import Field
from znak.models.style import ask_style
from znak.studio.compose import SHAPES, combine, combine_letters
from znak.studio.images import draw_images
from znak.studio.mark import Mark, Provenance, draw_mark
from znak.studio.monograms import make_monograms
from znak.studio.plan import BLOCK, Draw, Plan, plan_block
from znak.studio.rank import Candidate, choose, judge
from znak.studio.tidy import Finished, Rough, finish_clean, hold_rough, prepare, settle, tidy, treat
from znak.studio.tools import Tools

_ATTEMPTS = 3
TOO_FEW = (
    "Too few clean drawings came out: the rest are monograms.",
    "Чистых рисунков вышло мало: остальное — монограммы.",
)
_JOINED = 8
"""Draws that are joined with letters."""
_HELD = 3
"""Marks cut out of shapes that come before draws much like others."""
_HOLDING = 5
"""Shapes that can hold any mark, the first of `SHAPES`."""
_ALIKE = 0.95
"""Overlap from which two marks are the same where a thing is drawn much alike each time."""
_SPARE = 4
"""Marks chosen beyond a block's eight, for those in which finishing leaves a fault."""


@dataclass(frozen=True, eq=False)
class Run:
    """What one call works with; `shown` are the looks of the marks already chosen, `notes` what the
    user should know.
    """

    brief: Brief
    tools: Tools
    engine: Engine
    seed: int
    steps: int | None
    guidance: float | None
    like: Field | None
    strength: float
    shown: list[Field] = dataclass_field(default_factory=list)
    notes: list[tuple[str, str]] = dataclass_field(default_factory=list)

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
        drawn: list[Candidate] = []
        plan: Plan | None = None
        for attempt in range(_ATTEMPTS):
            plan = plan_block(self.brief, seed=self.seed, block=block, attempt=attempt)
            assert plan is not None
            candidates = self._candidates(plan, report)
            drawn += candidates
            known = [*self.shown, *(c.look for c in chosen)]
            chosen += choose(
                candidates,
                BLOCK - len(chosen) + _SPARE,
                taken=known,
                spread=plan.spread,
                combine=plan.combine,
                variety=0.4 if plan.letters else 0.22,
            )
            if len(chosen) >= BLOCK:
                break
        else:
            chosen = self._fill(chosen, drawn)
        report(0.9)
        assert plan is not None
        finished = _finish(chosen, wanted)
        self.shown.extend(found[0].look for found in finished if found is not None)
        marks = []
        for place, (found, ink) in enumerate(zip(finished, inks, strict=False)):
            if found is not None:
                marks.append(self._mark(found[0], plan, found[1], ink))
                continue
            # nothing clean was drawn: letters always are
            spare = make_monograms(
                self.brief, 1, self.seed, (), inks=(ink,), first=block * BLOCK + place
            )
            marks += spare.marks
            self.notes.append(TOO_FEW)
        report(1.0)
        return marks

    @property
    def _original(self) -> bool:
        """Say whether what the engine draws must be unlike known drawings."""
        return bool(getattr(self.engine, "original", True))

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
            rough = tidy(field, sketched=self._original)
            if rough is None:
                continue
            way = "direct"
            if plan.container is not None and not plan.combine:
                held = hold_rough(rough, plan.container)
                if held is not None:
                    rough, way = held, f"in a {plan.container}"
            elif not plan.combine or draw.subject > 1:
                rough, way = treat(rough, self.brief, number)
            forced = "symmetry" in draw.form
            plain.append(Candidate(rough, draw.subject, number, draw.seed, way, forced=forced))
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
            rows = match.encoder(list(plan.captions))
            vectors = np.stack([rows[c.subject] for c in candidates])
        return judge(
            candidates,
            vectors,
            match=match,
            index=self.tools.index,
            known=known,
            original=self._original,
        )

    def _compose(self, judged: Sequence[Candidate], plan: Plan) -> Iterator[Candidate]:
        """Yield composites: of letters and the best draws, or of those of the first two subjects."""
        if plan.letters:
            yield from self._join(judged, plan)
            return
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

    def _join(self, judged: Sequence[Candidate], plan: Plan) -> Iterator[Candidate]:
        """Yield composites of the plan's letters with the best draws."""
        fit = [c for c in judged if "empty" not in c.faults]
        fit.sort(key=lambda c: (-round(c.value, 3), c.number))
        number = len(plan.draws)
        for c in fit[:_JOINED]:
            for composite in combine_letters(plan.letters, c.drawn, shape=plan.container):
                rough = Rough(
                    settle(composite.field),
                    c.rough.tolerance * 0.7,
                    composite.exact,
                    mend=composite.mend,
                )
                yield Candidate(rough, c.subject, number, c.seed, composite.way, parts=(c.number,))
                number += 1

    def _fill(self, chosen: list[Candidate], drawn: Sequence[Candidate]) -> list[Candidate]:
        """Return `chosen` with what a block still needs of a thing that is drawn much alike each time.

        Some clean draws cut out of shapes come first, then draws but little unlike others.
        """
        clean = [c for c in drawn if not c.faults and c not in chosen]
        held = self._hold([*chosen, *clean])
        for more in (held[:_HELD], clean, held):
            alike = [replace(c, rough=replace(c.rough, core=None)) for c in more]
            shown = [*self.shown, *(c.drawn for c in chosen)]
            missing = BLOCK + _SPARE - len(chosen)
            chosen = chosen + choose(alike, missing, taken=shown, same=_ALIKE)
        return chosen

    def _hold(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        """Return draws cut out of shapes, each out of the next one."""
        found = []
        for turn, c in enumerate(c for c in candidates if c.way == "direct"):
            shape = list(SHAPES)[turn % _HOLDING]
            rough = hold_rough(c.rough, shape)
            if rough is not None:
                found.append(replace(c, rough=rough, way=f"in a {shape}"))
        judged = judge(found, None, match=None, index=self.tools.index, original=self._original)
        return [
            replace(j, scores=replace(j.scores, match=c.scores.match))
            for j, c in zip(judged, found, strict=True)
        ]

    def _mark(self, c: Candidate, plan: Plan, finished: Finished, ink: str) -> Mark:
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
            *finished,
            title=self.brief.name or subject,
            ink=ink,
            provenance=provenance,
            scores=c.scores,
        )


def _finish(chosen: Sequence[Candidate], wanted: int) -> list[tuple[Candidate, Finished] | None]:
    """Return `wanted` marks, finished: where that leaves a fault, a spare one.

    Places are filled in turn, so that fewer marks are the first ones of more; None where no spare
    is left.
    """
    winners, spares = chosen[: min(wanted, BLOCK)], iter(chosen[BLOCK:])
    filled: list[tuple[Candidate, Finished] | None] = [None] * wanted
    ready = map_chunks(prepare, [c.rough for c in winners])
    marks = map_chunks(finish_clean, ready, threads=1)  # threads would only wait for each other
    for place, (winner, mark) in enumerate(zip(winners, marks, strict=True)):
        candidate: Candidate | None = winner
        finished = mark
        while candidate is not None and finished is None:
            candidate = next(spares, None)
            finished = None if candidate is None else map_chunks(finish_clean, [candidate.rough])[0]
        if candidate is not None and finished is not None:
            filled[place] = (candidate, finished)
    return filled
