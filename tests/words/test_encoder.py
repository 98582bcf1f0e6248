"""The shipped encoder's file, and what a user may feed it."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from znak.errors import DataError, InputError, MissingError
from znak.words import DIM, SpacyAverager, TextEncoder, load_encoder
from znak.words.file import SHIPPED, read_weights
from znak.words.vocabulary import Kind

SHIPPED_FILE = Path(__file__).parents[2] / "src/znak/words/data" / SHIPPED


def nearest(text: str, names: list[str]) -> str:
    encode = load_encoder()
    return names[int((encode([text]) @ encode(names).T).argmax())]


THINGS = [
    "fox", "wolf", "dog", "cat", "bear", "coffee shop", "tea", "bakery", "rocket", "tree", "crown",
    "lawyer", "bank", "school", "airplane", "fish", "butterfly", "heart", "flower", "mountain",
    "guitar", "restaurant", "hospital", "key", "lion", "owl", "snake", "star", "moon", "sun",
]  # fmt: skip


def test_contract() -> None:
    encode: TextEncoder = load_encoder()
    assert encode.dim == DIM == 256
    assert encode.name.startswith("znak-words-1-")
    rows = encode(["fox", "лиса", "a red fox for a coffee shop"])
    assert rows.shape == (3, DIM)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    assert encode([]).shape == (0, DIM)


def test_a_row_depends_on_its_text_alone() -> None:
    texts = ["fox", "логотип для кофейни", "a very long prompt about nothing much " * 9, "кот"]
    together = load_encoder()(texts)
    load_encoder.cache_clear()
    alone = np.concatenate([load_encoder()([text]) for text in reversed(texts)])[::-1]
    np.testing.assert_array_equal(together, alone)


def test_size_of_the_file() -> None:
    assert SHIPPED_FILE.stat().st_size <= 16_000_000


@pytest.mark.parametrize(
    ("text", "thing"),
    [
        ("лисой", "fox"), ("лисы", "fox"), ("лисичкой", "fox"), ("лису", "fox"), ("foxes", "fox"),
        ("кофейни", "coffee shop"), ("кофейней", "coffee shop"), ("волками", "wolf"),
        ("wolves", "wolf"), ("медведей", "bear"), ("пекарню", "bakery"), ("ракетами", "rocket"),
        ("сердца", "heart"), ("цветов", "flower"), ("юрист", "lawyer"), ("ключом", "key"),
        ("львы", "lion"), ("совой", "owl"), ("горы", "mountain"), ("школе", "school"),
        ("рыжая лиса", "fox"), ("логотип с лисой", "fox"), ("нарисуй корону", "crown"),
        ("минималистичный логотип кофейни", "coffee shop"), ("simple logo of a bear", "bear"),
        ("🦊", "fox"), ("ЛИСА", "fox"), ("лиcа", "fox"), ("Fox's", "fox"),
    ],
)  # fmt: skip
def test_forms_and_prompts_find_their_thing(text: str, thing: str) -> None:
    assert nearest(text, THINGS) == thing


@pytest.mark.parametrize(
    ("text", "thing"),
    [
        ("buterfly", "butterfly"), ("guitsr", "guitar"), ("rokcet", "rocket"), ("flowwer", "flower"),
        ("медвдеь", "bear"), ("бабчка", "butterfly"), ("ресторн", "restaurant"), ("самолётт", "airplane"),
        ("гитвра", "guitar"), ("цевток", "flower"), ("кофейнии", "coffee shop"),
    ],
)  # fmt: skip
def test_slips_find_their_thing(text: str, thing: str) -> None:
    assert nearest(text, THINGS) == thing


def test_words_that_say_nothing_weigh_little() -> None:
    encode = load_encoder()
    for text, heavy in [
        ("a simple logo for fox company", "fox"),
        ("логотип для кофейни", "кофейни"),
        ("минималистичный логотип с лисой", "лисой"),
    ]:
        weights = dict(encode.weigh(text))
        assert sum(weights.values()) == pytest.approx(1, abs=1e-5)
        assert weights[heavy] == max(weights.values())
    clean = encode(["fox"])[0]
    assert float(encode(["a simple logo for a fox"])[0] @ clean) > 0.8


def test_explain() -> None:
    encode = load_encoder()
    assert encode.explain("fox") == (Kind.EXACT, ("fox",))
    kind, words = encode.explain("кофейнями")
    assert kind is Kind.FORM
    assert "кофейня" in words


@pytest.mark.parametrize("text", ["", "   ", "!!! — …", "\x00\x07\x1b", "你好", "\u202e\u200b"])
def test_a_text_without_a_letter_is_zeros(text: str) -> None:
    encode = load_encoder()
    assert not encode([text]).any()
    assert encode.weigh(text) == []


@pytest.mark.parametrize(
    "text", ["x" * 100_000, "лиса " * 50_000, "🦊" * 3000, "a", "7", "\ud800 fox"]
)
def test_odd_texts_are_unit_vectors(text: str) -> None:
    assert np.linalg.norm(load_encoder()([text])[0]) == pytest.approx(1, abs=1e-5)


@settings(max_examples=100)
@given(st.text(max_size=200))
def test_any_text_is_finite(text: str) -> None:
    row = load_encoder()([text])[0]
    assert np.isfinite(row).all()
    assert float(np.linalg.norm(row)) == pytest.approx(1, abs=1e-4) or not row.any()


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(InputError, match="list of texts"):
        load_encoder()("fox")
    with pytest.raises(InputError, match="text 1 is None"):
        load_encoder()(["fox", None])  # type: ignore[list-item]


def test_damaged_files(tmp_path: Path) -> None:
    data = SHIPPED_FILE.read_bytes()
    bad = tmp_path / "words.npz"
    with pytest.raises(DataError, match="missing"):
        read_weights(bad)
    for broken in (b"", b"not a zip", data[: len(data) // 2], data[:1000] + data[2000:]):
        bad.write_bytes(broken)
        with pytest.raises(DataError, match="damaged"):
            read_weights(bad)
    flipped = bytearray(data)
    flipped[len(data) // 3] ^= 0xFF
    bad.write_bytes(flipped)
    with pytest.raises(DataError, match="damaged"):
        read_weights(bad)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": 99}, "format 99"),
        ({"layers": 7}, "damaged"),
        ({"format": None}, "format None"),
    ],
)
def test_files_of_another_kind(tmp_path: Path, change: dict[str, object], message: str) -> None:
    with np.load(SHIPPED_FILE) as archive:
        arrays = {name: archive[name] for name in archive.files}
    meta = json.loads(arrays["meta"].tobytes()) | change
    arrays["meta"] = np.frombuffer(json.dumps(meta).encode(), np.uint8)
    np.savez(tmp_path / "words.npz", **arrays)
    with pytest.raises(DataError, match=message):
        read_weights(tmp_path / "words.npz")


def test_an_array_is_missing_or_misshapen(tmp_path: Path) -> None:
    with np.load(SHIPPED_FILE) as archive:
        arrays = {name: archive[name] for name in archive.files}
    for name, value in [
        ("rows", arrays["rows"][:5]),
        ("pool", None),
        ("stem_rows", arrays["pool"]),
    ]:
        changed = {k: v for k, v in arrays.items() if k != name}
        if value is not None:
            changed[name] = value
        np.savez(tmp_path / "words.npz", **changed)
        with pytest.raises(DataError, match="damaged"):
            read_weights(tmp_path / "words.npz")


def test_the_file_is_uncompressed() -> None:
    with zipfile.ZipFile(SHIPPED_FILE) as archive:
        assert all(item.compress_type == zipfile.ZIP_STORED for item in archive.infolist())


def test_spacy_averager_means_words_alone() -> None:
    class Word:
        def __init__(self, text: str) -> None:
            self.is_punct, self.is_space = text == ",", text == " "
            self.vector = np.full(300, len(text), np.float32)

    class Pipeline:
        def make_doc(self, text: str) -> list[Word]:
            return [Word(part) for part in text.split("|") if part]

    encode = SpacyAverager(Pipeline())
    rows = encode(["fox|,|coffee| ", ""])
    assert rows.shape == (2, 300)
    assert rows[0, 0] == pytest.approx(4.5)
    assert not rows[1].any()


def test_spacy_names_what_to_install() -> None:
    try:
        import spacy

        spacy.load("en_core_web_md")
    except (ImportError, OSError):
        with pytest.raises(MissingError, match="spacy download en_core_web_md"):
            SpacyAverager()
    else:
        assert SpacyAverager()(["a red fox"]).shape == (1, 300)
