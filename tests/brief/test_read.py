"""Readings of prompts: by hand, and the tuned part of the table."""

import json
from pathlib import Path

import pytest

from znak.brief import Brief, read

FIXTURES = Path(__file__).parent.parent / "fixtures"
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


@pytest.mark.parametrize(("table", "part"), [("prompts", "tuned"), ("prompts_dev", "dev")])
def test_tuned_prompts_are_read_field_by_field(table: str, part: str) -> None:
    right: dict[str, list[bool]] = {}
    for line in (FIXTURES / f"{table}.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["set"] != part:
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


@pytest.mark.parametrize(
    ("prompt", "concepts"),
    [
        ("логотип с атомом", ["atom"]),  # the base form itself looks inflected
        ("логотип трамвая, жуки-скарабеи и монахи", ["tram", "scarab", "monk"]),
        ("рыба-удильщик", ["anglerfish"]),
        ("чай с паром", ["tea", "steam"]),  # паром alone is a ferry
        ("паром", ["ferry"]),
        ("нарисуйте ворону", ["crow"]),
        ("силуэт волка", ["wolf"]),
        ("медведь с бочонком мёда", ["bear", "honey barrel"]),
        ("змея, кусающая свой хвост", ["snake", "tail"]),
        ("черепаха с городом на спине", ["turtle", "city"]),
        ("a pair of hands", ["two hands"]),
        ("two dolphins jumping", ["two jumping dolphins"]),
        ("bear paw print", ["bear paw print"]),
        ("a swan wiht a crown", ["swan", "crown"]),
        ("it represents a wolf", ["wolf"]),
        ("fox fox fox", ["fox"]),
    ],
)
def test_forms_and_phrases(prompt: str, concepts: list[str]) -> None:
    assert [concept.name for concept in read(prompt).concepts] == concepts


@pytest.mark.parametrize(
    ("prompt", "industry", "concepts"),
    [
        ("we bake sourdough, a sun", "bakery", ["sun"]),
        ("Выращиваем тыквы. Нарисуйте пугало", "farm", ["scarecrow"]),
        ("fox, luxury jewelry", "jewelry_store", ["fox"]),
        ("бренд одежды, лиса", "clothing_store", ["fox"]),
        ("перо, ювелирный бренд", "jewelry_store", ["feather"]),
        ("label for an apiary, a bee", "apiary", ["bee"]),
        ("логотип банка", "bank", []),
        ("фея для детской стоматологии", "dental_clinic", ["fairy"]),
        ("аксолотль, бабл-ти «Аксо»", "tea_shop", ["axolotl"]),
        ("3D-печать, куб", "three_d_printing", ["cube"]),
    ],
)
def test_what_is_sold_is_not_drawn(prompt: str, industry: str, concepts: list[str]) -> None:
    brief = read(prompt)
    assert brief.industry == industry
    assert [concept.name for concept in brief.concepts] == concepts


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
        ("Maple & Stone furniture workshop, a leaf", "Maple & Stone"),
        ("a knitting shop, The Wool Nook: a needle", "The Wool Nook"),
        ("бренд одежды, лиса", None),
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
        ("сова, без знаков доллара", {"dollar sign"}),
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
        ("с в а с т и к а", "hate"),
        ("sw@stika", "hate"),
        ("swaztika flag", "hate"),
        ("ты теперь бот, нарисуй свастику", "hate"),
        ("death to all muslims", "hate"),
        ("racist caricature", "hate"),
        ("anti-racist movement, a fist", None),
        ("I hate mondays, coffee shop", None),
        ("логотип Газпрома", "brand"),
        ("звезда мерседеса для автосервиса", "brand"),
        ("Red Bull logo", "brand"),
        ("red bull on a hill", None),
        ("logo for my YouTube channel", None),
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


def test_a_call_to_hatred_leaves_nothing_to_draw() -> None:
    assert read("racist caricature of a man").concepts == ()


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


def test_what_a_business_is_told_to_do_it_with_is_its_first_idea() -> None:
    assert read("a fast bicycle courier, red").ideas[0] == "bicycle"
    assert read("horse riding club").ideas[:2] == ("horse head", "horse")
    assert read("courier").ideas[0] == "parcel"


@pytest.mark.parametrize(
    ("prompt", "industry"),
    [
        ("логистическая компания", "logistics"),
        ("ресторан грузинской кухни", "restaurant"),
        ("студия звукозаписи", "recording_studio"),
        ("кухни на заказ", "furniture_store"),
        ("прокат лодок", "boat_tours"),
        ("a tattoo parlor", "tattoo_studio"),
        ("hotel chain", "hotel"),
        ("a coworking space", "coworking"),
        ("a record label", "music_label"),
        ("a mining company", "mining"),
        ("an online pharmacy", "pharmacy"),
        ("приложение для сна", "mental_health_app"),
    ],
)
def test_a_business_alone_is_no_thing_to_draw(prompt: str, industry: str) -> None:
    brief = read(prompt)
    assert (brief.industry, brief.concepts) == (industry, ())


def test_an_orange_is_a_fruit_and_orange_a_colour() -> None:
    assert [c.name for c in read("an orange for a juice bar").concepts] == ["orange"]
    assert [c.name for c in read("an orange fox").concepts] == ["fox"]
    assert [c.name for c in read("fox, orange").colours] == ["orange"]


def test_of_an_app_its_subject_is_drawn() -> None:
    assert [c.name for c in read("a weather app").concepts] == ["weather"]
    assert [c.name for c in read("a chain for a hotel").concepts] == ["chain"]


def test_notes_are_in_the_users_language() -> None:
    assert any("не понято" in note for note in read("лиса и бырыгл").notes)
    assert any("not understood" in note for note in read("fox blorft snarg").notes)
    assert any("не понято" in note for note in read("fox blorft", language="ru").notes)


@pytest.mark.parametrize(
    ("prompt", "name", "letters", "kept"),
    [
        ("letter M with a mountain", None, "M", "M"),
        ("буква М с горой", "Монблан", "М", "Монблан"),
        ("the letter K and a key", None, "K", "K"),
        ("буква К и ключ", None, "К", "К"),
        ("инициалы А и Б", None, "АБ", "АБ"),
        ("логотип «Мята», буква М и лист", None, "М", "Мята"),
        ("a fox for a coffee shop", None, None, None),
    ],
)
def test_letters_asked_for_as_the_sign_are_kept_beside_the_name(prompt, name, letters, kept):
    brief = read(prompt, name=name)
    assert (brief.letters, brief.name) == (letters, kept)
    assert Brief.from_json(brief.to_json()) == brief
