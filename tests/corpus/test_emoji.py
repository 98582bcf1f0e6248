"""Emoji labels by set name and by caption, on a small package written here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from znak.corpus.emoji import EmojiTable, read_lexicon
from znak.errors import DataError

EN = [
    {"label": "fox", "hexcode": "1F98A", "tags": ["animal", "face"], "subgroup": 34},
    {"label": "rocket", "hexcode": "1F680", "tags": ["space"], "subgroup": 56},
    {"label": "woman cook", "hexcode": "1F469-200D-1F373", "tags": [], "subgroup": 25},
    {"label": "red heart", "hexcode": "2764-FE0F", "tags": ["love"], "subgroup": 14},
    {"label": "flag: Norway", "hexcode": "1F1F3-1F1F4", "tags": ["NO"], "subgroup": 98},
    {"label": "piñata", "hexcode": "1FA85", "tags": []},
]
RU = [
    {"label": "морда лисицы", "hexcode": "1F98A", "tags": ["лис", "лиса", "лисица", "морда"]},
    {"label": "ракета", "hexcode": "1F680", "tags": ["космос"]},
    {"label": "женщина-повар", "hexcode": "1F469-200D-1F373", "tags": []},
    {"label": "красное сердце", "hexcode": "2764-FE0F", "tags": ["любовь"]},
]
GROUPS = {"subgroups": {"34": "animal-mammal", "56": "transport-air", "98": "country-flag"}}


@pytest.fixture
def package(tmp_path: Path) -> Path:
    for name, data in {"en/data": EN, "ru/data": RU, "meta/groups": GROUPS}.items():
        path = tmp_path / f"{name}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(data), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "prefix", "label"),
    [
        ("fox", "noto", "fox"),
        ("fox-face", "emojione", "fox"),
        ("rocket-2", "streamline-emojis", "rocket"),
        ("woman-cook-medium-dark-skin-tone", "noto", "woman cook"),
        ("woman-cook-medium-dark", "fluent-emoji-flat", "woman cook"),
        ("flag-for-flag-norway", "twemoji", "flag: Norway"),
        ("flag-for-norway", "emojione", "flag: Norway"),
        ("redheart", "fxemoji", "red heart"),
    ],
)
def test_lookup(package: Path, name: str, prefix: str, label: str) -> None:
    found = EmojiTable.load(package).lookup(name, prefix=prefix)
    assert found is not None
    assert found.label == label


def test_lookup_of_nothing(package: Path) -> None:
    assert EmojiTable.load(package).lookup("pelican", prefix="noto") is None


@pytest.mark.parametrize(
    ("caption", "ru"),
    [
        ("fox", "лисица"),
        ("fox face", "морда лисицы"),
        ("rocket", "ракета"),
        ("red heart", "красное сердце"),
        ("wolf", ""),
        ("", ""),
    ],
)
def test_russian_captions(package: Path, caption: str, ru: str) -> None:
    assert EmojiTable.load(package).russian(caption) == ru


def test_tags_and_groups_of_both_languages(package: Path) -> None:
    fox = EmojiTable.load(package).of_caption("fox")
    assert fox is not None
    assert fox.tags == ("animal", "face")
    assert "лиса" in fox.tags_ru
    assert fox.subgroup == "animal-mammal"


@pytest.mark.parametrize("damage", ["missing", "cut", "shape"])
def test_a_damaged_package_is_a_clear_error(package: Path, damage: str) -> None:
    path = package / "en" / "data.json"
    if damage == "missing":
        path.unlink()
    else:
        path.write_text('[{"label"' if damage == "cut" else '[{"label": "fox"}]', encoding="utf-8")
    with pytest.raises(DataError) as caught:
        EmojiTable.load(package)
    assert "install" in caught.value.message
    assert caught.value.ru != caught.value.message


def test_the_lexicon_reads_without_error() -> None:
    lexicon = read_lexicon()
    assert all(key == key.lower() and value for key, value in lexicon.items())
