"""The path from a prompt to marks.

    result = design("a fox for a coffee shop, warm orange", name="Foxy Beans", n=8, seed=0)
    result[0].svg

Marks are made in blocks of eight, each chosen from a pool of sixteen draws whose seeds depend on
the seed and the block alone: `n=3` gives the first three of `n=8`. Where no mark model is installed,
or nothing drawable was understood, the marks are monograms, and `result.notes` says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from znak.brand.oklch import check_code
from znak.brief import Brief, read
from znak.engine.base import Redrawer
from znak.engine.flow import check_strength
from znak.errors import InputError
from znak.fields import Field
from znak.studio.colour import choose_inks
from znak.studio.logos import Wish, merge
from znak.studio.mark import Mark
from znak.studio.monograms import NAME, make_monograms
from znak.studio.plan import BLOCK, plan_block
from znak.studio.result import Result, check_count
from znak.studio.run import Run
from znak.studio.tools import Tools, open_tools
from znak.words import load_encoder

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


def design(
    prompt: str,
    *,
    name: str | None = None,
    wish: Wish | None = None,
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

    `wish` says what the logos are to be like (`result.logos(wish)`); its name, colours and layout go
    into the brief. `like` (a field, see `znak.studio.pictures.read_picture`) is what they start from, redrawn by
    `strength` (0 to 1). `tools` holds the engine and the judges; by default those of the package.
    `on_progress` is called with the share done. Raises InputError for values that can't be used and
    for what is not drawn (known brands, hate), DataError for damaged weights.
    """
    brief = read(prompt, name=name, encoder=load_encoder())
    return make_marks(
        brief if wish is None else merge(brief, wish),
        codes=() if wish is None else wish.colours,
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
    codes: Sequence[str] = (),
    n: int = 8,
    seed: int = 0,
    tools: Tools | None = None,
    steps: int | None = None,
    guidance: float | None = None,
    like: Field | None = None,
    strength: float = 0.6,
    on_progress: Callable[[float], None] | None = None,
) -> Result:
    """Return `n` marks for a brief, in its colours or those of `codes`; see `design`."""
    check_count(n)
    check_strength(strength)
    codes = tuple(check_code(code) for code in codes)
    if brief.refused:
        refusal = brief.refused[0]
        raise InputError(f"{refusal.subject}: {refusal.instead}")
    tools = tools or open_tools()
    engine = tools.engine
    first = plan_block(brief, seed=seed, block=0)
    if first is None and not any(c.isalnum() for c in f"{brief.name or ''}{brief.prompt}"):
        raise InputError(
            "the prompt is empty: say what the brand is, or give a name with letters or digits",
            ru="Описание пусто: скажите, что за бренд, или дайте название с буквами или цифрами",
        )
    asks_letters = brief.layout == NAME and not (first is not None and first.letters)
    if engine is None or first is None or asks_letters:
        notes = [NO_WEIGHTS] if tools.is_missing else [NOTHING_TO_DRAW] if first is None else []
        return make_monograms(brief, n, seed, tuple(notes), inks=choose_inks(brief, n, codes=codes))
    if like is not None and not isinstance(engine, Redrawer):
        raise InputError(
            f"the engine {engine.name} can't start from a picture: use the engine flow",
            ru=f"Движок {engine.name} не умеет начинать с картинки: возьмите движок flow",
        )
    # the lock-up of a named logo has a badge of its own: its mark needs none
    drawn = replace(brief, layout=None) if brief.layout == "badge" and brief.name else brief
    run = Run(drawn, tools, engine, seed, steps, guidance, like, strength)
    inks = choose_inks(brief, -(-n // BLOCK) * BLOCK, codes=codes)
    marks: list[Mark] = []
    blocks = -(-n // BLOCK)
    for block in range(blocks):

        def report(share: float, block: int = block) -> None:
            if on_progress is not None:
                on_progress((block + share) / blocks)

        part = inks[block * BLOCK : (block + 1) * BLOCK]
        marks += run.make_block(block, part, report, wanted=min(n - block * BLOCK, BLOCK))
    said = tuple(dict.fromkeys(run.notes))
    return Result(brief, tuple(marks[:n]), engine.name, engine.revision, said)
