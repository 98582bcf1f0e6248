from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from znak.words.edits import deletions, is_one_slip
from znak.words.forms import base_keys, english_bases, russian_keys
from znak.words.normal import MAX_CHARS, MAX_TOKENS, MAX_WORD, normalise, tokenise
from znak.words.vocabulary import Kind, Vocabulary


@pytest.mark.parametrize(
    ("form", "base"),
    [
        ("лисой", "лиса"), ("лисами", "лиса"), ("кофейни", "кофейня"), ("кофеен", "кофейня"),
        ("окон", "окно"), ("орла", "орел"), ("льва", "лев"), ("котята", "котенок"),
        ("муравья", "муравей"), ("писем", "письмо"), ("станцией", "станция"),
        ("рыжего", "рыжий"), ("золотыми", "золотой"), ("пламени", "пламя"), ("медведя", "медведь"),
    ],
)  # fmt: skip
def test_russian_form_meets_its_base(form: str, base: str) -> None:
    keys = {key for group in russian_keys(form) for key in group}
    assert keys & set(base_keys(base))


@pytest.mark.parametrize(
    ("form", "base"),
    [
        ("foxes", "fox"), ("wolves", "wolf"), ("berries", "berry"), ("running", "run"),
        ("baking", "bake"), ("firemen", "fireman"), ("cats", "cat"), ("happier", "happy"),
    ],
)  # fmt: skip
def test_english_form_meets_its_base(form: str, base: str) -> None:
    assert base in english_bases(form)


def test_adjective_and_noun_endings_are_told_apart() -> None:
    words = Vocabulary.build(["горный", "горн"], n_buckets=8)
    assert [words.words[r] for r in words.read("горным").rows] == ["горный"]
    assert [words.words[r] for r in words.read("горнам").rows] == ["горн"]


def test_readings() -> None:
    words = Vocabulary.build(["coffee", "shop", "лиса", "ферма", "butterfly"], n_buckets=8)
    for text, kind, read in [
        ("coffee", Kind.EXACT, ["coffee"]),
        ("лисами", Kind.FORM, ["лиса"]),
        ("buterfly", Kind.SLIP, ["butterfly"]),
        ("coffeeshop", Kind.COMPOUND, ["coffee", "shop"]),
        ("лисоферма", Kind.COMPOUND, ["лиса", "ферма"]),
        ("qwzxkj", Kind.UNKNOWN, []),
    ]:
        reading = words.read(text)
        assert (reading.kind, [words.words[r] for r in reading.rows]) == (kind, read)
        assert sum(reading.weights) == pytest.approx(1.0 if read else 0.0)


@given(st.text("abcdeабвгд", min_size=2, max_size=9), st.data())
def test_every_slip_is_found_through_deletions(word: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(word) - 1))
    letter = data.draw(st.sampled_from("abвг"))
    for wrong in (
        word[:at] + word[at + 1 :],
        word[:at] + letter + word[at:],
        word[:at] + letter + word[at + 1 :],
        word[:at] + word[at : at + 2][::-1] + word[at + 2 :],
    ):
        if wrong != word:
            assert is_one_slip(word, wrong)
            assert is_one_slip(wrong, word)
            assert set(deletions(word)) & set(deletions(wrong))
    assert not is_one_slip(word, word)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Ёлка, ЛИСА!", ["елка", "лиса"]),
        ("йод И́мя café Été’s", ["йод", "имя", "cafe", "ete"]),
        ("лиcа cофa", ["лиса", "софа"]),  # Latin c and a inside
        ("T-shirt x_ray 3D", ["t", "shirt", "x", "ray", "3", "d"]),
        ("🦊 logo", ["fox", "face", "logo"]),
        ("ﬁre Ａ１", ["fire", "a", "1"]),
        ("\x00fox\x07 \u202eowl", ["fox", "owl"]),
        ("", []), ("—!? …", []), ("你好", []),
    ],
)  # fmt: skip
def test_tokenise(text: str, tokens: list[str]) -> None:
    assert tokenise(text) == tokens


@given(st.text(max_size=300))
def test_tokenise_takes_anything_and_is_stable(text: str) -> None:
    tokens = tokenise(text)
    assert tokenise(" ".join(tokens)) == tokens
    assert normalise(normalise(text)) == normalise(text)


def test_huge_text_is_cut() -> None:
    tokens = tokenise("fox " * 50_000 + "x" * 10_000)
    assert len(tokens) == MAX_TOKENS
    assert len(tokenise("x" * 100_000)[0]) == MAX_WORD < MAX_CHARS
