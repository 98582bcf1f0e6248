import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from znak.corpus.captions import STYLE_WORDS, LogoCaption, compose, normalise, parse
from znak.errors import InputError

FIXTURE = Path(__file__).parents[1] / "fixtures" / "dirty_captions.jsonl"
CASES = [json.loads(line) for line in FIXTURE.read_text(encoding="utf-8").split("\n") if line]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["note"])
def test_reads_the_hand_written_captions(case):
    caption = parse(case["text"])
    read = {
        "name": caption.name,
        "tags": list(caption.tags),
        "industry": caption.industry,
        "bw": caption.black_and_white,
        "parsed": caption.parsed,
    }
    assert read == case["expect"]


@pytest.mark.parametrize(
    "case", [c for c in CASES if c["expect"]["parsed"]], ids=lambda c: c["note"]
)
def test_what_was_read_can_be_written(case):
    read = parse(case["text"])
    again = parse(
        compose(
            read.name, tags=read.tags, industry=read.industry, black_and_white=read.black_and_white
        )
    )
    assert again == LogoCaption(
        read.name, read.tags, read.industry, STYLE_WORDS, read.black_and_white
    )


def test_composes_the_data_sets_own_wording():
    assert compose(
        "Aziz Firaat", tags=["Read", "Book"], industry="Website", black_and_white=True
    ) == (
        "Simple elegant logo for Aziz Firaat, Read Book, Website, successful vibe, minimalist, "
        "thought-provoking, abstract, recognizable, relatable, sharp, vector art, even edges, "
        "black and white"
    )


words = st.text(
    st.characters(codec="utf-8", exclude_categories=("Z", "C"), exclude_characters=","), max_size=8
).filter(lambda w: w and normalise(w) == w)
phrases = st.lists(words, min_size=1, max_size=4).map(" ".join).filter(lambda p: normalise(p) == p)


@given(phrases, st.lists(words, max_size=5), st.none() | phrases, st.booleans())
def test_compose_and_parse_are_inverse_or_refused(name, tags, industry, flag):
    try:
        text = compose(name, tags=tags, industry=industry, black_and_white=flag)
    except InputError:
        return
    assert parse(text) == LogoCaption(name, tuple(tags), industry, STYLE_WORDS, flag)


@given(
    st.from_regex(r"[A-Z][a-z]{2,9}( [A-Z][a-z]{2,9})?", fullmatch=True),
    st.lists(st.from_regex(r"[A-Za-zА-я]{3,9}", fullmatch=True), max_size=5),
    st.none() | st.sampled_from(["Website", "Food & Drink", "Отели"]),
    st.booleans(),
)
def test_plain_fields_are_never_refused(name, tags, industry, flag):
    if name.casefold() in STYLE_WORDS:
        return
    caption = parse(compose(name, tags=tags, industry=industry, black_and_white=flag))
    assert (caption.name, list(caption.tags), caption.industry) == (name, tags, industry)


@given(
    st.text(max_size=200)
    | st.sampled_from(CASES).flatmap(
        lambda c: st.integers(0, len(c["text"])).map(lambda n: c["text"][:n])
    )
)
def test_any_text_is_read_and_normalising_is_stable(text):
    caption = parse(text)
    assert caption.parsed == (caption.name is not None)
    assert caption.parsed or (not caption.tags and caption.industry is None)


@pytest.mark.parametrize(
    "fields",
    [
        {"name": ""},
        {"name": "---"},
        {"name": "Fox", "tags": ["red, fox"]},
        {"name": "Fox", "tags": ["red fox"]},
        {"name": "Fox", "industry": "Food, Drink"},
        {"name": "Simple elegant logo for Fox"},
    ],
)
def test_refuses_what_the_grammar_cannot_hold(fields):
    with pytest.raises(InputError, match="can't hold") as caught:
        compose(**fields)
    assert "Грамматика" in caught.value.ru


@pytest.mark.parametrize(
    ("text", "style"),
    [
        ("Simple elegant logo for A, successful vibe, minimalist", STYLE_WORDS[:2]),
        (
            "Simple elegant logo for A, successfull vibe, minimalist, 4k, sharp, Sharp",
            (*STYLE_WORDS[:2], "sharp"),
        ),
        ("Simple elegant logo for A, b, Hotel successful vibe, minimalist", STYLE_WORDS[:2]),
        ("nothing", ()),
    ],
)
def test_keeps_the_style_words_found(text, style):
    assert parse(text).style == style
