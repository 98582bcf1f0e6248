from __future__ import annotations

import json

import numpy as np
import pytest
from defusedxml.ElementTree import fromstring

import znak
from tests.engine.tiny import Drawer, draw
from znak.brief import read
from znak.engine.file import Weights
from znak.engine.originality import KIND, Index, reduce
from znak.errors import InputError
from znak.fields import field_of_svg
from znak.studio import Result, design, maker, run
from znak.studio.mark import read_provenance
from znak.studio.plan import BLOCK, POOL, mix, plan_block
from znak.studio.rank import cover, overlap
from znak.studio.tidy import finish_clean, is_clean
from znak.studio.tools import Tools, open_tools
from znak.training.originality import make_arrays


@pytest.fixture(scope="module")
def fox(tools) -> Result:
    return design("a fox for a coffee shop, #C2410C", name="Foxy Beans", seed=3, tools=tools)


def test_eight_marks_are_whole_vectors_in_the_colour_that_was_asked(fox):
    assert len(fox) == 8
    assert fox.brief.name == "Foxy Beans"
    for mark in fox:
        root = fromstring(mark.svg)
        assert root.get("viewBox") == "0 0 64 64"
        assert mark.colours == ("#c2410c",)
        assert "#c2410c" in mark.svg
        assert mark.n_anchors > 2
        assert "<image" not in mark.svg
        assert "<script" not in mark.svg
        points = np.concatenate(mark.outline.flatten())
        assert np.ptp(points, axis=0).max() == pytest.approx(56, abs=0.05)
        assert ((points > 3.9) & (points < 60.1)).all()
        assert overlap(cover(mark.field), cover(field_of_svg(mark.svg))) > 0.97
        assert mark.render(64).shape == (64, 64, 4)


def test_the_svg_says_where_it_comes_from(fox):
    provenance = read_provenance(fox[2].svg)
    assert provenance == fox[2].provenance
    assert provenance.prompt == "a fox for a coffee shop, #C2410C"
    assert (provenance.seed, provenance.engine, provenance.subject) == (3, "drawer", "fox")
    note = json.loads(fromstring(fox[2].svg).find("{*}metadata").text)
    assert note["revision"] == "drawer-1"
    assert note["cleanness"] == fox[2].scores.cleanness


@pytest.mark.parametrize("n", [1, 10])
def test_fewer_marks_are_the_first_of_more(tools, n):
    prompt = "лиса и гора"
    most = design(prompt, n=12, seed=5, tools=tools)
    again = design(prompt, n=n, seed=5, tools=tools)
    assert [m.svg for m in again] == [m.svg for m in most][:n]


def test_a_mark_left_with_a_fault_gives_way_to_a_spare_one_then_to_letters(tools, fox, monkeypatch):
    def made(n: int, spoilt: set[int]) -> list[str]:
        """Return the marks of a studio whose finishing spoils some of the fox's eight."""
        bad = {fox[k].outline.path_data() for k in spoilt}

        def finishing(rough):
            finished = finish_clean(rough)
            spoilt = finished is None or finished.outline.path_data() in bad
            return None if spoilt else finished

        monkeypatch.setattr(run, "finish_clean", finishing)
        again = design(
            "a fox for a coffee shop, #C2410C", name="Foxy Beans", n=n, seed=3, tools=tools
        )
        assert len(again) == n
        assert all(is_clean(m.outline, m.field) for m in again)
        return [m.svg for m in again]

    svgs = [m.svg for m in fox]
    spared = made(8, {1, 4})
    assert [k for k in range(8) if spared[k] != svgs[k]] == [1, 4]
    assert made(3, {1, 4}) == spared[:3]
    monkeypatch.setattr(run, "_SPARE", 0)
    assert '"engine": "monogram"' in made(8, {1, 4})[4].replace("&quot;", '"')
    assert made(5, {1, 4}) == made(8, {1, 4})[:5]


def test_another_seed_gives_other_marks_and_the_same_seed_the_same(tools, fox):
    same = design("a fox for a coffee shop, #C2410C", name="Foxy Beans", seed=3, tools=tools)
    other = design("a fox for a coffee shop, #C2410C", name="Foxy Beans", seed=4, tools=tools)
    assert [m.svg for m in same] == [m.svg for m in fox]
    assert not {m.outline.path_data() for m in other} & {m.outline.path_data() for m in fox}


def test_the_marks_of_one_prompt_differ_from_each_other(fox):
    covers = [cover(mark.field) for mark in fox]
    near = [overlap(a, b) for k, a in enumerate(covers) for b in covers[:k]]
    assert max(near) < 0.9


def test_two_things_come_together_in_several_ways(tools):
    marks = design("an owl and a key", tools=tools)
    ways = {mark.provenance.way for mark in marks}
    assert len(marks) == 8
    assert len(ways - {"direct"}) >= 2
    both = [m for m in marks if m.provenance.subject == "owl key"]
    assert len(both) >= 6


def test_a_container_holds_every_mark(tools):
    marks = design("an owl in a shield", tools=tools)
    assert {mark.provenance.way for mark in marks} == {"in a shield"}
    shield = marks[0]
    assert shield.provenance.subject == "owl"


def test_the_ideas_for_a_business_are_spread_over_the_marks(tools):
    marks = design("dental clinic", tools=tools)
    subjects = [mark.provenance.subject for mark in marks]
    assert set(subjects) <= set(read("dental clinic").ideas)
    assert len(set(subjects)) >= 4


def test_the_style_is_done_by_the_algebra(tools):
    lines = design("a fox, line art", tools=tools, n=3)
    solid = design("a fox", tools=tools, n=3)
    thin, thick = (np.mean([(m.field > 0).mean() for m in r]) for r in (lines, solid))
    assert {m.provenance.way for m in lines} == {"outline"}
    assert thin < 0.7 * thick
    badges = design("a fox, badge", tools=tools, n=3)
    assert all(m.provenance.way.startswith("in a ") for m in badges)


def test_what_is_too_close_to_a_known_drawing_is_left_out():
    engine = Drawer()
    plan = plan_block(read("a fox"), seed=0, block=0)
    vectors = engine.encode([d.caption for d in plan.draws])
    known = engine.sample(vectors, seeds=[d.seed for d in plan.draws])[:12]
    fields = np.concatenate([known, np.stack([draw(40.0, s) for s in range(12)])])
    arrays = make_arrays(
        reduce(fields), [f"x:{k}" for k in range(24)], np.zeros(24, bool), components=20
    )
    arrays["quantiles"] = np.linspace(0.2, 3, 101).astype(np.float32)
    floats = {k: v.astype(np.float32) if v.dtype == np.float16 else v for k, v in arrays.items()}
    index = Index(Weights(KIND, {}, {}, floats, "x"))
    marks = design("a fox", tools=Tools(engine, None, index))
    assert len(marks) == 8
    for mark in marks:
        near = max(overlap(cover(mark.field), cover(field)) for field in known)
        assert near < 0.995
        assert mark.scores.closest is not None
        assert mark.scores.percentile >= 1


class Broken(Drawer):
    """Draws what no designer would let pass."""

    def sample(self, text_vectors, *, seeds, **options):
        kinds = [
            np.full((64, 64), -1.0),
            np.full((64, 64), 1.0),
            np.random.default_rng(0).uniform(-1, 1, (64, 64)),
            np.where(np.indices((64, 64)).sum(axis=0) % 2, 0.5, -0.5),
        ]
        return np.stack([kinds[s % 4] for s in seeds]).astype(np.float32)


@pytest.mark.parametrize("prompt", ["a fox", "an owl and a key", "dental clinic", "a fox, badge"])
def test_a_model_that_draws_rubbish_still_ends_with_clean_marks(prompt):
    marks = design(prompt, name="Acme", tools=Tools(Broken()))
    assert len(marks) == 8
    assert all(mark.scores.cleanness is not None for mark in marks)
    assert all(mark.n_anchors for mark in marks)


def test_without_weights_the_marks_are_monograms_and_it_says_so(no_weights):
    result = design("a fox", name="Foxy Beans", n=3, seed=7)
    assert result.engine == "monogram"
    assert "not in this version" in result.notes[0][0]
    assert "нет" in result.notes[0][1]
    assert [m.title for m in result] == [
        m.title for m in design("x", name="Foxy Beans", n=5, seed=7)
    ][:3]


def test_monograms_come_where_nothing_is_understood_or_one_is_asked_for(tools):
    nothing = design("qwrtp zxcvb", name="Acme", n=2, tools=tools)
    assert nothing.engine == "monogram"
    assert "Nothing to draw" in nothing.notes[0][0]
    asked = design("monogram of a fox", name="Acme", n=2, tools=tools)
    assert asked.engine == "monogram"
    assert asked.notes == ()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n": 0}, "-n 0"),
        ({"n": 101}, "-n 101"),
        ({"strength": 0.0}, "strength"),
        ({"prompt": "swastika"}, "swastika|свастик"),
        ({"prompt": "", "name": ""}, "prompt is empty"),
        ({"name": "Свастика"}, "Свастика|swastika|свастика"),
    ],
)
def test_values_that_can_not_be_used_are_said(tools, options, message):
    options = {"prompt": "a fox", "tools": tools, **options}
    with pytest.raises(InputError, match=message):
        design(options.pop("prompt"), **options)


def test_progress_rises_to_one(tools):
    seen: list[float] = []
    design("a fox", n=9, tools=tools, on_progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_the_plan_is_a_fixed_pool_of_its_own_for_each_block_and_attempt():
    brief = read("a fox and a mountain")
    plans = [
        plan_block(brief, seed=1, block=b, attempt=a) for b, a in ((0, 0), (0, 0), (1, 0), (0, 1))
    ]
    seeds = [{d.seed for d in plan.draws} for plan in plans]
    assert plans[0] == plans[1]
    assert all(len(s) == POOL for s in seeds)
    assert not seeds[0] & seeds[2]
    assert not seeds[0] & seeds[3]
    assert POOL == 2 * BLOCK
    assert mix(1, 2) != mix(12)


def test_the_package_hands_out_design_and_knows_nothing_else():
    assert znak.design is design
    assert znak.Result is maker.Result
    with pytest.raises(AttributeError, match="no attribute 'logo'"):
        _ = znak.logo


def test_an_engine_that_is_not_known_or_lacks_its_option_is_refused():
    for options in ({"engine": "dalle"}, {"engine": "gan"}, {"engine": "retrieval"}):
        with pytest.raises(InputError, match="--engine"):
            open_tools(**options)


def test_a_letter_that_is_asked_for_is_joined_with_the_thing(tools):
    result = design("буква М с горой", tools=tools)
    assert (result.engine, len(result)) == ("drawer", 8)
    ways = [mark.provenance.way for mark in result]
    assert all("letter" in way for way in ways[:6])
    assert len(set(ways)) >= 2
    named = design("letter K and a key", name="Key Hotels", n=2, tools=tools)
    assert all("letter" in mark.provenance.way for mark in named)
    assert {logo.name for logo in named.logos()} == {"Key Hotels"}
    assert {logo.layout for logo in named.logos()} == {"horizontal", "stacked"}
    assert {logo.layout for logo in result.logos()} == {"mark"}


def test_a_badge_goes_around_the_name_or_the_mark_but_not_around_both(tools):
    bare = design("a fox, badge", n=2, tools=tools)
    named = design("a fox, badge", name="Foxy", n=2, tools=tools)
    assert all(m.provenance.way.startswith("in a ") for m in bare)
    assert {m.provenance.way for m in named} == {"direct"}
    assert {logo.layout for logo in named.logos()} == {"badge"}


def test_drawings_that_are_looked_up_are_not_dropped_for_being_known(tools):
    known = np.stack([draw(30.0, s) for s in range(12)])
    arrays = make_arrays(
        reduce(known), [f"x:{k}" for k in range(12)], np.zeros(12, bool), components=10
    )
    arrays["quantiles"] = np.linspace(0.2, 3, 101).astype(np.float32)
    floats = {k: v.astype(np.float32) if v.dtype == np.float16 else v for k, v in arrays.items()}
    index = Index(Weights(KIND, {}, {}, floats, "x"))

    class Known(Drawer):
        def sample(self, text_vectors, *, seeds, **options):
            return np.stack([known[s % 12] for s in seeds])

    class LookedUp(Known):
        original = False

    kept = design("a fox", tools=Tools(LookedUp(), None, index))
    assert {m.provenance.way for m in kept} != {"cut from a disc"}
    assert all(m.scores.percentile == 0 for m in kept[:4])
    dropped = design("a fox", name="Acme", tools=Tools(Known(), None, index))
    assert any("monograms" in note for note, _ in dropped.notes)
    assert {m.provenance.engine for m in dropped} == {"monogram"}
    assert {m.provenance.seed for m in dropped} == {0}
