"""The tables: sizes, references, and words that must not meet."""

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from znak.brief import colours, industries, nearest, read, refusals, wishes
from znak.brief.english import plural, singular
from znak.brief.items import lexicon
from znak.brief.lexicon import DRAWABLE, PROPER, edit_distances
from znak.brief.report import describe
from znak.brief.stems import key
from znak.cli import brief as command


def test_sizes() -> None:
    assert len(industries.industries()) >= 150
    assert len({swatch.name for swatch in colours.table().values()}) >= 120
    assert sum(not k.isascii() for k in colours.table()) >= 120
    assert len({b.name for b in refusals.brands().values()}) >= 300


def test_every_industry_has_three_to_five_ideas_and_known_styles() -> None:
    for row in industries.industries().values():
        assert 3 <= len(row.ideas) <= 5, row.id
        assert set(row.style) <= set(wishes.STYLES), row.id


def test_wishes_are_of_the_vocabulary() -> None:
    found = {wish for row in wishes.table().values() for wish in row}
    assert {v for f, v in found if f == "style"} == set(wishes.STYLES)
    assert {v for f, v in found if f == "layout"} == set(wishes.LAYOUTS)


@pytest.mark.parametrize(
    ("form", "base"),
    [
        ("лисами", "лиса"),
        ("чашек", "чашка"),
        ("огня", "огонь"),
        ("орла", "орёл"),
        ("львов", "лев"),
        ("крылья", "крыло"),
        ("молнией", "молния"),
        ("воющего", "воющий"),
        ("строго", "строгий"),
        ("тёмно-синюю", "тёмно-синий"),
        ("foxes", "fox"),
        ("wolves", "wolf"),
        ("grey", "gray"),
        ("glasses", "glasses"),
    ],
)
def test_forms_of_a_word_have_one_key(form: str, base: str) -> None:
    assert key(form) == key(base)


@pytest.mark.parametrize("word", ["fox", "wolf", "berry", "bus", "sheep", "knife", "moth", "day"])
def test_plural_is_undone(word: str) -> None:
    assert singular(plural(word)) == word


def test_edit_distances_by_hand() -> None:
    words = ["fox", "foxes", "fxo", "box", "", "abcd"]
    codes = np.array(words).view(np.uint32).reshape(len(words), -1)
    lengths = np.char.str_len(np.array(words))
    assert edit_distances("fox", codes, lengths).tolist() == [0, 2, 1, 1, 3, 4]


class Fake:
    """Puts everything that names brews beside breweries."""

    name = "fake"
    dim = 2

    def __call__(self, texts: list[str]) -> np.ndarray:
        return np.array([[1, 0] if "brew" in t else [0, 1] for t in texts], dtype=np.float32)


def test_a_business_without_a_term_gets_the_nearest() -> None:
    assert nearest.find_industry("homebrewed things", Fake()) == "brewery"
    assert nearest.find_industry("", Fake()) == ""


def test_what_cannot_be_drawn_gets_ideas() -> None:
    brief = read("свобода и рост, без птиц")
    assert {"wing", "sprout"} <= set(brief.ideas)
    assert not brief.is_empty
    assert any(label == "идеи" and "росток" in text for label, text in describe(brief))
    assert len(nearest.find_ideas("anything", Fake())) == nearest.MOST_IDEAS
    assert nearest.find_ideas("", Fake()) == ()


@pytest.fixture
def app() -> typer.Typer:
    made = typer.Typer()
    made.callback()(lambda: None)
    command.register(made)
    return made


def test_command_prints_text_and_json(app: typer.Typer) -> None:
    result = CliRunner().invoke(app, ["brief", "лиса с чашкой, без текста"])
    assert result.exit_code == 0
    assert "fox" in result.output
    assert "рисуем" in result.output
    result = CliRunner().invoke(app, ["brief", "fox", "--name", "Acme [b]", "--json"])
    assert '"name": "Acme [b]"' in result.output


def test_command_answers_a_refusal_in_words(app: typer.Typer) -> None:
    result = CliRunner().invoke(app, ["brief", "Nike swoosh in red"])
    assert result.exit_code == 0
    assert "from scratch" in " ".join(result.output.split())


def test_report_is_in_both_languages() -> None:
    brief = read("пекарня, минимализм")
    assert ("стиль", "минимализм") in describe(brief)
    assert ("style", "minimal") in describe(brief, language="en")
    brief = read("без лисы, тёмно-синий")
    assert ("без", "лиса") in describe(brief)
    assert any(text.startswith("тёмный синий") for _, text in describe(brief))


@pytest.mark.parametrize(
    ("word", "concept"),
    [
        ("голубь", "dove"),
        ("ворон", "raven"),
        ("лимон", "lemon"),
        ("остров", "island"),
        ("колесо", "wheel"),
        ("карта", "map"),
        ("борода", "beard"),
        ("кружка", "mug"),
        ("весло", "oar"),
    ],
)
def test_words_with_one_key_are_told_apart(word: str, concept: str) -> None:
    brief = read(word)
    assert [c.name for c in brief.concepts] == [concept]
    assert (brief.colours, brief.style, brief.refused) == ((), (), ())


def test_nearly_every_drawable_word_of_the_lexicons_is_a_thing_or_a_business() -> None:
    rows = [e for e in lexicon().rows() if e.kind in DRAWABLE and " " not in e.surface]
    words = sorted({entry.surface for entry in rows if entry.rank < PROPER})[::7]
    lost = [w for w in words if not (read(w).concepts or read(w).industry)]
    assert len(lost) < 0.03 * len(words), lost
