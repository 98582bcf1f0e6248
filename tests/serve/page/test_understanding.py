"""Chips: read from a brief, and edited into a prompt that is read as it was meant."""

from __future__ import annotations

import pytest

from znak.brief import read
from znak.serve.page.understanding import (
    COMMON,
    colour_code,
    colour_label,
    read_chips,
    reword,
    word_of,
)


def test_what_is_named_becomes_chips():
    chips = read_chips(read("a fox and a cup for a coffee shop, warm orange #0b5fff, friendly"))
    assert chips.things == ("fox", "cup")
    assert chips.styles == ("friendly",)
    assert chips.colours == ("warm orange", "#0b5fff")
    assert not chips.ideas


def test_a_business_without_a_thing_gives_ideas_as_chips():
    chips = read_chips(read("кофейня"))
    assert chips.ideas
    assert "cup" in chips.things


@pytest.mark.parametrize(
    "prompt", ["a fox and a cup for a coffee shop.", "лиса и чашка для кофейни, оранжевый"]
)
def test_a_thing_taken_out_is_not_drawn_and_one_added_is(prompt):
    brief = read(prompt)
    again = read(reword(prompt, brief, kept=["fox"], added=["leaf"]))
    assert [c.name for c in again.concepts] == ["fox", "leaf"]
    assert "cup" in again.negated
    assert again.language == brief.language


@pytest.mark.parametrize("prompt", ["coffee shop", "кофейня"])
def test_an_idea_taken_out_is_left_out(prompt):
    brief = read(prompt)
    kept = [idea for idea in read_chips(brief).things if idea != "kettle"]
    again = read(reword(prompt, brief, kept=kept, added=[]))
    assert "kettle" in again.negated
    assert again.industry == brief.industry


def test_a_prompt_that_was_not_edited_stays_as_it_was():
    prompt = "  a fox, please.  "
    assert reword(prompt, read(prompt), kept=["fox"], added=[]) == prompt
    assert reword(prompt, read(prompt), kept=["fox"], added=["  ", "."]) == prompt


def test_things_are_shown_in_the_language_of_the_prompt():
    russian = read("лиса для кофейни")
    assert word_of("fox", russian) == "лиса"
    assert word_of("steam", russian) == "пар"
    assert word_of("fox", read("a fox")) == "fox"


@pytest.mark.parametrize(
    ("name", "code"),
    [("#ABC", "#aabbcc"), ("#c2410c", "#c2410c"), ("orange", "#f57c00"), ("оранжевый", "#f57c00"),
     ("#zzz", None), ("#12", None), ("no such", None), ("<b>", None), ("", None)],
)  # fmt: skip
def test_a_colour_is_a_name_in_either_language_or_a_code(name, code):
    assert colour_code(name) == code


def test_the_colours_that_are_offered_are_colours_with_russian_names():
    assert all(colour_code(name) for name in COMMON)
    assert all(colour_label(name, "ru") != name for name in COMMON)
    assert colour_label("#c2410c", "ru") == "#c2410c"
