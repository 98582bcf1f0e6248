"""What the marks can draw of the things a business stands for."""

import numpy as np

from tests.engine.tiny import Drawer, draw
from znak.brief import Brief, read
from znak.brief.industries import industries
from znak.brief.lexicon import read_lines
from znak.studio import design
from znak.studio.drawn import keep_drawable, word_for
from znak.studio.plan import plan_block
from znak.studio.tools import Tools

ROWS = dict(read_lines("znak.studio", "drawn.tsv"))


def test_no_word_leads_to_a_thing_that_has_another_word_or_cannot_be_told():
    for thing, word in ROWS.items():
        assert thing == " ".join(thing.lower().split())
        assert word == "-" or word not in ROWS, thing


def test_three_different_ideas_of_every_business_can_be_drawn():
    for row in industries().values():
        kept = keep_drawable([english for english, _ in row.ideas])
        assert len({word_for(idea) for idea in kept}) >= 3, row.id


def test_ideas_that_cannot_be_told_are_left_out_unless_nearly_all_are():
    assert keep_drawable(["squirrel", "acorn", "palm"]) == ("acorn", "palm")
    assert keep_drawable(["squirrel", "acorn"]) == ("squirrel", "acorn")
    assert keep_drawable(["hen", "rooster", "nest"]) == ("hen", "rooster", "nest")
    assert keep_drawable([]) == ()


def test_two_ideas_drawn_under_one_word_are_one():
    assert keep_drawable(["hen", "egg", "rooster"]) == ("rooster", "egg")
    assert keep_drawable(["oak", "egg", "birch"]) == ("oak", "egg")


def test_a_thing_keeps_its_name_and_is_drawn_under_another_word():
    plan = plan_block(read("a hare"), seed=0, block=0)
    assert plan.subjects == ("hare",)
    assert {draw.caption for draw in plan.draws} == {"rabbit"}
    plan = plan_block(read("a hare and an anchor"), seed=0, block=0)
    assert plan.subjects == ("hare", "anchor", "hare anchor")
    assert plan.captions == ("rabbit", "anchor", "rabbit anchor")


def test_what_was_asked_for_is_drawn_though_it_cannot_be_told():
    plan = plan_block(read("a squirrel"), seed=0, block=0)
    assert {draw.caption for draw in plan.draws} == {"squirrel"}


def test_a_business_is_drawn_by_the_ideas_that_can_be_told():
    plan = plan_block(Brief(ideas=("squirrel", "hare", "acorn")), seed=0, block=0)
    assert plan.subjects == ("hare", "acorn")
    assert {draw.caption for draw in plan.draws} == {"rabbit", "acorn"}


class Alike(Drawer):
    """Draws all but one and the same mark."""

    def sample(self, text_vectors, *, seeds, **options):
        return np.stack([draw(40.0 + 0.8 * (seed % 5), 3) for seed in seeds])


def test_a_thing_drawn_much_alike_is_shown_in_shapes_and_variants_not_as_letters():
    marks = design("a camera", tools=Tools(Alike(), None, None))
    assert len(marks) == 8
    assert {m.provenance.subject for m in marks} == {"camera"}
    ways = [m.provenance.way for m in marks]
    assert 3 <= sum(way.startswith("in a ") for way in ways) < 8
    assert len({m.svg for m in marks}) == 8
    first = design("a camera", n=3, tools=Tools(Alike(), None, None))
    assert [m.svg for m in first] == [m.svg for m in marks[:3]]
