"""From marks that are there to new ones: variations, and the way from one mark to another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from znak.brief import Brief, read
from znak.engine.base import Engine, Redrawer
from znak.engine.cleanness import cleanness, inspect
from znak.engine.flow import check_strength
from znak.engine.threads import map_chunks
from znak.errors import FieldError, InputError, MissingError
from znak.fields import Field, algebra
from znak.fields.sdf import redistance
from znak.studio.colour import choose_inks
from znak.studio.mark import Mark, Provenance, Scores, draw_mark
from znak.studio.plan import BLOCK, POOL, mix, plan_block
from znak.studio.rank import Candidate, choose, judge
from znak.studio.result import Result, check_count
from znak.studio.tidy import Finished, Rough, finish, finish_clean, tidy
from znak.studio.tools import Tools, open_tools
from znak.words import load_encoder

_MORPH = 0.3
"""How far the marks between two are taken back to noise."""


def vary(
    field: Field,
    *,
    prompt: str = "",
    brief: Brief | None = None,
    strength: float = 0.3,
    n: int = 8,
    seed: int = 0,
    ink: str | None = None,
    tools: Tools | None = None,
    steps: int | None = None,
    guidance: float | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> Result:
    """Return `n` variations of a mark: taken back to noise by `strength` (0 to 1), drawn anew.

    `prompt` says what the mark shows; without one the form alone leads. `brief` is what the logo is
    made from, by default the reading of `prompt`. A smaller `n` gives a prefix
    of a larger one. Raises MissingError where no mark model is installed.
    """
    check_count(n)
    check_strength(strength)
    tools = tools or open_tools()
    engine = _redrawer(tools.engine)
    said, subject = _subject(prompt)
    brief = said if brief is None else brief
    marks: list[Mark] = []
    taken: list[Field] = []
    blocks = -(-n // BLOCK)
    for block in range(blocks):
        seeds = [mix(seed, block, 7, k) for k in range(POOL)]
        vector = engine.encode([subject])[0]

        def step(share: float, block: int = block) -> None:
            if on_progress is not None:
                on_progress((block + 0.8 * share) / blocks)

        drawn = engine.redraw(
            np.repeat(np.asarray(field, np.float32)[None], POOL, axis=0),
            np.repeat(vector[None], POOL, axis=0),
            strength=strength,
            seeds=seeds,
            steps=steps,
            guidance=guidance,
            on_step=step,
        )
        candidates = [
            Candidate(rough, 0, k, seeds[k], "varied")
            for k, rough in enumerate(tidy(f) for f in drawn)
            if rough is not None
        ]
        vectors = np.repeat(vector[None], len(candidates), axis=0) if vector.any() else None
        judged = judge(candidates, vectors, match=tools.match, index=tools.index)
        judged = [_lenient(c) for c in judged]
        chosen = choose(judged, BLOCK, taken=taken)
        spare = [c for c in judged if c.number not in {d.number for d in chosen}]
        spare.sort(key=lambda c: (len(c.faults), -c.value, c.number))
        chosen = (chosen + spare)[:BLOCK]
        taken += [c.look for c in chosen]
        marks += [
            _mark(c.rough, brief, subject, seed, engine, "varied", c.number, c.scores, ink)
            for c in chosen
        ]
    if on_progress is not None:
        on_progress(1.0)
    return Result(brief, tuple(marks[:n]), engine.name, engine.revision)


def _lenient(candidate: Candidate) -> Candidate:
    """Return a variation without the fault of being close to a known drawing, which its model is."""
    kept = tuple(fault for fault in candidate.faults if fault != "known")
    return replace(candidate, faults=kept)


def morph(
    first: Field,
    last: Field,
    *,
    n: int = 8,
    seed: int = 0,
    prompt: str = "",
    ink: str | None = None,
    tools: Tools | None = None,
    steps: int | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> Result:
    """Return `n` marks on the way from one mark to another, both ends included (n ≥ 2).

    Those between are blends of the two fields, redrawn by the model from one and the same noise;
    without a model they are the blends themselves, and `notes` says so.
    """
    check_count(n)
    if n < 2:
        raise InputError("-n 1: give 2 or more, both ends count", ru="-n 1: дайте 2 или больше")
    tools = tools or open_tools()
    brief, subject = _subject(prompt)
    shares = [k / (n - 1) for k in range(n)]
    blends = [redistance(algebra.interpolate(first, last, share)) for share in shares]
    engine = tools.engine
    notes: tuple[tuple[str, str], ...] = ()
    fields: Sequence[Field] = blends
    if isinstance(engine, Redrawer) and n > 2:
        vector = engine.encode([subject])[0]
        drawn = engine.redraw(
            np.stack(blends[1:-1]),
            np.repeat(vector[None], n - 2, axis=0),
            strength=_MORPH,
            seeds=[mix(seed)] * (n - 2),
            steps=steps,
            guidance=1.0,
            on_step=on_progress,
        )
        fields = [blends[0], *drawn, blends[-1]]
    elif not isinstance(engine, Redrawer):
        notes = (
            (
                "The mark model is not in this version: these are blends of the two fields.",
                "Модели знаков в этой версии нет: это смеси двух полей.",
            ),
        )
    marks = []
    for k, field in enumerate(fields):
        ends = k in (0, n - 1)
        rough = Rough(field, 0.0) if ends else tidy(field, sketched=isinstance(engine, Redrawer))
        if rough is None:
            raise FieldError(
                "the two marks have nothing between them: try marks that are more alike",
                ru="Между этими знаками ничего нет: возьмите более похожие",
            )
        scores = Scores(cleanness=round(cleanness(inspect(rough.field)), 2))
        way = f"between, {shares[k]:.2f}"
        marks.append(_mark(rough, brief, subject, seed, engine, way, k, scores, ink))
    name, revision = (engine.name, engine.revision) if engine is not None else ("blend", "1")
    return Result(brief, tuple(marks), name, revision, notes)


def _redrawer(engine: Engine | None) -> Redrawer:
    if engine is None:
        raise MissingError(
            "variations need the mark model, which this version has no weights for: give a trained one "
            "with --checkpoint",
            ru="Для вариаций нужна модель знаков, весов в этой версии нет: дайте обученную через "
            "--checkpoint",
        )
    if not isinstance(engine, Redrawer):
        raise InputError(
            f"the engine {engine.name} can't redraw a mark: use the engine flow",
            ru=f"Движок {engine.name} не умеет перерисовывать: возьмите движок flow",
        )
    return engine


def _subject(prompt: str) -> tuple[Brief, str]:
    """Return the brief of a prompt and what the mark is to show, "" where nothing is said."""
    brief = read(prompt, encoder=load_encoder()) if prompt.strip() else Brief()
    if brief.refused:
        refusal = brief.refused[0]
        raise InputError(f"{refusal.subject}: {refusal.instead}")
    plan = plan_block(brief, seed=0, block=0)
    if plan is None:
        return brief, prompt.strip()
    return brief, plan.captions[-1] if plan.combine else plan.captions[0]


def _mark(
    rough: Rough,
    brief: Brief,
    subject: str,
    seed: int,
    engine: Engine | None,
    way: str,
    number: int,
    scores: Scores,
    ink: str | None,
) -> Mark:
    name, revision = (engine.name, engine.revision) if engine is not None else ("blend", "1")
    provenance = Provenance(brief.prompt, subject, seed, name, revision, way, number)
    return draw_mark(
        *map_chunks(_finish, [rough])[0],
        title=brief.name or subject or "mark",
        ink=ink or choose_inks(brief, 1)[0],
        provenance=provenance,
        scores=scores,
    )


def _finish(rough: Rough) -> Finished:
    """Return the clean mark, or the best there is: the user has asked for this very one."""
    return finish_clean(rough) or finish(rough)
