"""A brief in words, for people to check: rows of label and text, English or Russian."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from znak.brief import colours
from znak.brief.industries import industries
from znak.brief.items import lexicon
from znak.brief.model import Brief, Colour

_LABELS = {
    "name": ("name", "название"),
    "slogan": ("slogan", "слоган"),
    "draw": ("draw", "рисуем"),
    "industry": ("business", "дело"),
    "ideas": ("ideas", "идеи"),
    "colours": ("colours", "цвета"),
    "style": ("style", "стиль"),
    "layout": ("layout", "компоновка"),
    "lettering": ("lettering", "шрифт"),
    "negated": ("leave out", "без"),
    "refused": ("won't draw", "не рисуем"),
    "notes": ("note", "заметка"),
}
_RUSSIAN = {
    "minimal": "минимализм",
    "bold": "жирный",
    "line": "линейный",
    "badge": "эмблема",
    "negative space": "негативное пространство",
    "playful": "игривый",
    "luxury": "люкс",
    "retro": "ретро",
    "tech": "технологичный",
    "geometric": "геометричный",
    "elegant": "элегантный",
    "friendly": "дружелюбный",
    "modern": "современный",
    "classic": "классический",
    "rounded": "округлый",
    "sharp": "острый",
    "hand-drawn": "рисованный",
    "flat": "плоский",
    "gradient": "градиент",
    "organic": "органичный",
    "vintage": "винтажный",
    "futuristic": "футуристичный",
    "serious": "строгий",
    "cute": "милый",
    "eco": "эко",
    "monogram": "монограмма",
    "name": "только название",
    "mark": "только знак",
    "horizontal": "знак сбоку от названия",
    "stacked": "название под знаком",
    "serif": "с засечками",
    "sans": "без засечек",
    "script": "рукописный",
    "upper": "заглавные буквы",
    "lower": "строчные буквы",
    "light": "тонкий",
    "mono": "моноширинный",
    "wide": "широкий",
    "condensed": "узкий",
    "text": "надписи",
    "icon": "знака",
    "swastika": "свастика",
    "Nazi sign": "нацистский знак",
    "SS sign": "знак СС",
    "Ku Klux Klan sign": "знак Ку-клукс-клана",
    "white power sign": "знак «белой силы»",
    "call to hatred": "призыв к ненависти",
    "Confederate flag": "флаг Конфедерации",
    "terrorist sign": "знак террористов",
}


def describe(brief: Brief, *, language: str | None = None) -> list[tuple[str, str]]:
    """Return (label, text) rows in `language`, by default the brief's; empty fields are left out."""
    russian = (language or brief.language) == "ru"
    return [(_LABELS[key][russian], text) for key, text in _rows(brief, russian) if text]


def _rows(brief: Brief, russian: bool) -> Iterator[tuple[str, str]]:
    yield "name", brief.name or ""
    yield "slogan", brief.slogan or ""
    yield "draw", "; ".join(_concept(c.name, c.words, russian) for c in brief.concepts)
    if brief.industry:
        row = industries()[brief.industry]
        yield "industry", row.label("ru" if russian else "en")
    if not brief.concepts:
        yield (
            "ideas",
            ", ".join(_idea(i) if russian else i for i in brief.ideas),
        )
    yield "colours", ", ".join(_colour(c, russian) for c in brief.colours)
    for field in ("style", "lettering", "negated"):
        yield field, ", ".join(_say(value, russian) for value in getattr(brief, field))
    yield "layout", _say(brief.layout or "", russian)
    for refusal in brief.refused:
        yield "refused", f"{_say(refusal.subject, russian)}: {refusal.instead}"
    for note in brief.notes:
        yield "notes", note


@cache
def _ideas_in_russian() -> dict[str, str]:
    return {en: ru for row in industries().values() for en, ru in row.ideas}


def _idea(name: str) -> str:
    return _ideas_in_russian().get(name) or lexicon().russian(name) or name


def _say(value: str, russian: bool) -> str:
    if not russian:
        return value
    return _RUSSIAN.get(value) or colours.russian(value) or lexicon().russian(value) or value


def _colour(colour: Colour, russian: bool) -> str:
    name = _say(colour.name, russian)
    return f"{name} {colour.hex}" if colour.hex and colour.hex != colour.name else name


def _concept(name: str, words: str, russian: bool) -> str:
    return f"{words} ({name})" if russian and words and not words.isascii() else name
