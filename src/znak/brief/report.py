"""A brief in words, for people to check: rows of label and text, English or Russian."""

from __future__ import annotations

from collections.abc import Iterator

from znak.brief.industries import industries
from znak.brief.model import Brief

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
            yield "ideas", ", ".join(ru if russian else en for en, ru in row.ideas)
    colours = [f"{c.name} {c.hex}" if c.hex and c.hex != c.name else c.name for c in brief.colours]
    yield "colours", ", ".join(colours)
    for field in ("style", "lettering", "negated"):
        yield field, ", ".join(_say(value, russian) for value in getattr(brief, field))
    yield "layout", _say(brief.layout or "", russian)
    for refusal in brief.refused:
        yield "refused", f"{refusal.subject}: {refusal.instead}"
    for note in brief.notes:
        yield "notes", note


def _say(value: str, russian: bool) -> str:
    return _RUSSIAN.get(value, value) if russian else value


def _concept(name: str, words: str, russian: bool) -> str:
    return f"{words} ({name})" if russian and words and not words.isascii() else name
