"""Readings of prompts: by hand, and the tuned part of the table."""

import json
from pathlib import Path

import pytest

from znak.brief import Brief, read

TABLE = Path(__file__).parent.parent / "fixtures" / "prompts.jsonl"
LEAST = 0.9


def answer(brief: Brief) -> dict[str, object]:
    return {
        "concepts": [concept.name for concept in brief.concepts],
        "industry": brief.industry,
        "colours": {colour.name for colour in brief.colours},
        "style": set(brief.style),
        "layout": brief.layout,
        "name": brief.name,
        "slogan": brief.slogan,
        "negated": set(brief.negated),
        "refused": brief.refused[0].kind if brief.refused else None,
    }


def test_tuned_prompts_are_read_field_by_field() -> None:
    right: dict[str, list[bool]] = {}
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["set"] != "tuned":
            continue
        for field, got in answer(read(row["prompt"])).items():
            wanted = row["expect"].get(field)
            if isinstance(got, set):
                wanted = set(wanted or ())
            right.setdefault(field, []).append(
                got == (wanted if wanted is not None else got and [])
            )
    shares = {field: sum(values) / len(values) for field, values in right.items()}
    assert all(share >= LEAST for share in shares.values()), shares


@pytest.mark.parametrize(
    ("prompt", "concepts"),
    [
        ("howling wolf", ["howling wolf"]),
        ("лев прыгает", ["jumping lion"]),
        ("лисы с чашками", ["fox", "cup"]),
        ("bear holding a balalaika", ["bear", "balalaika"]),
        ("bear, balalaika, bear", ["bear", "balalaika"]),
        ("чашка кофе", ["coffee cup"]),
        ("cup of coffee", ["coffee cup"]),
        ("три звезды и 2 волны", ["three stars", "two waves"]),
        ("самолётик из бумаги", ["plane", "paper"]),
        ("a quokka on a log", ["quokka", "log"]),
        ("wolf howling at the moon", ["wolf", "moon"]),
        ("🦊🌙", ["fox", "crescent moon"]),
        ("логотип с лисами, совами и ежами", ["fox", "owl", "hedgehog"]),
    ],
)
def test_things_to_draw(prompt: str, concepts: list[str]) -> None:
    assert [concept.name for concept in read(prompt).concepts] == concepts


def test_relation_and_words_are_kept() -> None:
    brief = read("сова на ветке")
    assert [(c.words, c.relation) for c in brief.concepts] == [("сова", None), ("ветке", "on")]


@pytest.mark.parametrize(
    ("prompt", "colours"),
    [
        ("тёмно-синий", {"dark blue"}),
        ("тёмно-синего кита", {"dark blue"}),
        ("warm orange fox", {"warm orange"}),
        ("#0a7f5a and #abc", {"#0a7f5a", "#aabbcc"}),
        ("rgb(20, 40, 90)", {"#14285a"}),
        ("rgb(100%, 0%, 50%)", {"#ff007f"}),
        ("hsl(120, 50%, 50%)", {"#40bf40"}),
        ("black and gold", {"black", "gold"}),
        ("чёрно-белый", {"black", "white"}),
        ("серо-зелёный мох", {"gray green"}),
        ("fox on a white background", set()),
        ("лиса на чёрном фоне", set()),
        ("not blue, red", {"red"}),
    ],
)
def test_colours(prompt: str, colours: set[str]) -> None:
    assert {colour.name for colour in read(prompt).colours} == colours


def test_every_named_colour_has_a_hex_or_is_a_palette() -> None:
    brief = read("dark green, розовый, neon purple, pastel")
    codes = {colour.name: colour.hex for colour in brief.colours}
    assert codes["pastel"] is None
    assert all(code and len(code) == 7 for name, code in codes.items() if name != "pastel")


@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        ("bakery «Тёплый хлеб»", "Тёплый хлеб"),
        ("bakery “Bread & Co.”", "Bread & Co."),
        ("bakery ‚Brot‘", "Brot"),
        ("a bakery called Warm Bread, wheat", "Warm Bread"),
        ("логотип для кофейни под названием Северный ветер", "Северный ветер"),
        ("барбершоп BRO", "BRO"),
        ("logo for Dr. Helen Marsh, dentist", "Dr. Helen Marsh"),
        ("Fox Logistics", "Fox Logistics"),
        ("logo for Bakery", None),
        ("monogram of R and T", "RT"),
    ],
)
def test_names(prompt: str, name: str | None) -> None:
    assert read(prompt).name == name


def test_given_name_wins_and_its_words_are_not_drawn() -> None:
    brief = read('bakery "Blue Fox"', name="Red Owl")
    assert brief.name == "Red Owl"
    assert brief.concepts == ()


@pytest.mark.parametrize(
    ("prompt", "negated"),
    [
        ("fox, no text", {"text"}),
        ("без лисы и волка, сова", {"fox", "wolf"}),
        ("без лисы и с волком", {"fox"}),
        ("anything but a globe", {"globe"}),
        ("крест не хочу, змея", {"cross"}),
        ("don't use red", {"red"}),
        ("не синий и не серый", {"blue", "gray"}),
        ("no people or arrows", {"people", "arrow"}),
        ("owls are a cliché, a torch", {"owl"}),
    ],
)
def test_negations(prompt: str, negated: set[str]) -> None:
    brief = read(prompt)
    assert set(brief.negated) == negated
    assert not negated & {concept.name for concept in brief.concepts}


@pytest.mark.parametrize(
    ("prompt", "kind"),
    [
        ("Nike swoosh", "brand"),
        ("логотип как у Сбера", "brand"),
        ("логотип кока-колы", "brand"),
        ("apple logo like the company's", "brand"),
        ("draw me the apple logo", "brand"),
        ("swastika in a circle", "hate"),
        ("руны СС", "hate"),
        ("apple for an orchard", None),
        ("a puma and a jaguar", None),
        ("shell on the beach", None),
        ("orange amazon parrot", None),
        ("магнит и подкова", None),
        ("лента и бант", None),
        ("BMW repair shop", None),
        ("not like Nike, a wing", None),
    ],
)
def test_refusals_are_answers_not_errors(prompt: str, kind: str | None) -> None:
    refused = read(prompt).refused
    assert (refused[0].kind if refused else None) == kind
    assert all(refusal.instead for refusal in refused)


def test_a_caption_of_the_data_set_is_a_prompt() -> None:
    brief = read(
        "Simple elegant logo for Smith, Jones & Co., Scales Law Column, Legal, successful vibe, "
        "minimalist, thought-provoking, abstract, recognizable, relatable, sharp, vector art, "
        "even edges, black and white"
    )
    assert brief.name == "Smith, Jones & Co."
    assert [concept.name for concept in brief.concepts] == ["scales", "column"]
    assert (brief.industry, brief.style) == ("law_firm", ())
    assert [colour.name for colour in brief.colours] == ["black", "white"]


def test_a_business_gives_ideas() -> None:
    brief = read("пекарня")
    assert brief.industry == "bakery"
    assert 3 <= len(brief.ideas) <= 5


def test_notes_are_in_the_users_language() -> None:
    assert any("не понято" in note for note in read("лиса и бырыгл").notes)
    assert any("not understood" in note for note in read("fox blorft snarg").notes)
    assert any("не понято" in note for note in read("fox blorft", language="ru").notes)
