"""`read`: a prompt, English or Russian, becomes a `Brief`. Rules and tables; never raises.

The order: clean → a caption of `amazing_logos_v4`? → refusals → name and slogan → items →
negations → industry → colours, style, layout → things to draw → notes.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection, Iterable
from typing import TypeVar

from znak.brief import (
    business,
    captions,
    concepts,
    feelings,
    industries,
    masks,
    names,
    nearest,
    negation,
    notes,
    refusals,
    resolve,
)
from znak.brief.items import Item
from znak.brief.model import Brief, Colour, Concept
from znak.brief.scan import mend, scan
from znak.brief.stems import key
from znak.brief.tokens import clean, tokenise
from znak.words.base import TextEncoder

_T = TypeVar("_T")

MAX_NAME = 80

_ORDERS = re.compile(
    r"(?:ignore|disregard|forget|override|проигнориру\w+|игнориру\w+|забуд\w+)\b[^.!?\n;]{0,60}"
    r"\b(?:instruction|prompt|rule|message|above|previous|инструкц|правил|промпт|указани|сказанн)\w*"
    r"[^.!?\n;]*|\b(?:system prompt|системн\w+ промпт|you are (?:now|root|admin)|act as an? |jailbreak|"
    r"reveal your|print your|ты теперь|веди себя как)[^.!?\n;]*",
    re.IGNORECASE,
)
_AS_STYLE = {"bold": "bold", "rounded": "rounded", "script": "hand-drawn", "light": "line"}
_BUSINESS_ONLY = frozenset({
    "app", "application", "tool", "ai tool", "online", "mobile", "subscription", "center", "club",
    "section", "channel", "rent",
})  # fmt: skip
"""Things that only say what kind of business it is, where anything else is told."""
_LINKS = re.compile(
    r"(?s:<(script|style)\b[^>]{0,200}>.*?</\1\s*>)|(?:https?://|www\.)\S+|\S+@\S+\.\w+|<[^<>]{1,200}>"
    r"|\{\{.{0,60}?\}\}|\$[{(][^(){}\n]{0,60}[)}]"
    r"|(?i:\b(?:drop|alter|truncate) (?:table|database)\b|\b(?:delete|select \*) from\b)[^;.\n]{0,60}"
)


def read(
    prompt: str,
    *,
    name: str | None = None,
    language: str | None = None,
    encoder: TextEncoder | None = None,
) -> Brief:
    """Return what `prompt` asks for. `name` and `language` ("en", "ru") win over what it says.

    With `encoder`, a business that no table has gets the nearest industry by vector, and words that
    can't be drawn get the nearest things that can, as ideas.
    """
    text, is_cut = clean(prompt)
    stored = clean(prompt)[0] if is_cut else _storable(prompt)
    said = language or _language(text)
    given = _clean_name(name)
    caption = captions.parse(text) if text.lower().startswith("simple elegant logo") else None
    if caption is not None and caption.parsed:
        brief = _read_caption(caption, said)
    else:
        brief = _read_text(text, said, encoder)
    if given:
        hidden = refusals.find(tokenise(f"{given} . {masks.unmask(given)}"), said)
        hateful = tuple(r for r in hidden if r.kind == "hate" and r not in brief.refused)
        brief = dataclasses.replace(brief, refused=(*brief.refused, *hateful))
    full = given or brief.name
    changes = {"prompt": stored, "name": full[:MAX_NAME].strip() if full else None}
    is_long = full is not None and len(full) > MAX_NAME
    return notes.add(brief, changes, text=text, is_cut=is_cut, is_long=is_long, given=name)


def _storable(text: str) -> str:
    """Return `text` without lone surrogates, which no file can hold."""
    return text.encode("utf-8", "ignore").decode("utf-8")


def _clean_name(name: str | None) -> str | None:
    if name is None:
        return None
    return " ".join(clean(name[:1000])[0].split()) or None


def _language(text: str) -> str:
    cyrillic = sum("а" <= c.lower() <= "я" or c in "ёЁ" for c in text)
    latin = sum("a" <= c.lower() <= "z" for c in text)
    return "ru" if cyrillic * 2 > latin and cyrillic else "en"


def _read_text(text: str, language: str, encoder: TextEncoder | None) -> Brief:
    hidden = refusals.find(tokenise(f"{text} . {masks.unmask(text)}"), language)
    if masks.calls_to_hatred(text):
        hidden.append(refusals.refuse("hate", "call to hatred", language))
    text = _LINKS.sub(" ", text)
    text, n_orders = _ORDERS.subn(" . ", text)
    tokens = tokenise(text)
    refused = refusals.find(tokens, language)
    refused += [r for r in hidden if r.kind == "hate" and r not in refused]
    found = names.find(text, tokens, business.is_common)
    name = found.name
    mend(tokens)
    name = name or business.label_whole(text, tokens)
    name = name or business.label_lead(text, tokens) or business.label_sentence(text, tokens)
    letters = name if found.is_monogram else None
    business_name = business.label_name(text, tokens) if name is None or letters else None
    name = name or business_name
    items = scan(tokens)
    resolve.resolve(items)
    resolve.drop_backgrounds(items)
    negated = negation.find(items)
    industry = business.find_industry(items, name or "")
    if not industry and encoder is not None:
        industry = nearest.find_industry(business.phrase(items), encoder)
    ideas = _ideas(industry, {token.key for token in tokens})
    things = concepts.find(items, ideas=ideas)
    picked = [] if any(r.subject == "call to hatred" for r in refused) else things.concepts
    if industry or len(picked) > 1:
        picked = [c for c in picked if c.name not in _BUSINESS_ONLY]
    if not picked and not industry and not refused:
        told = _feelings(items)
        ideas = feelings.find_ideas(told)
        picked = things.weak[:2] if not name and not ideas else []
        if encoder is not None and not picked and not ideas:
            ideas = nearest.find_ideas(" ".join(told), encoder)
    wishes = [wish for item in items if item.kind == "wish" for wish in item.wishes]
    style = _unique(value for field, value in wishes if field == "style")
    layout = next((value for field, value in wishes if field == "layout"), None)
    if found.is_monogram:
        layout = "monogram"
    elif layout is None and "badge" in style:
        layout = "badge"
    style = _unique(
        [*style, *(_AS_STYLE[v] for f, v in wishes if f == "lettering" and v in _AS_STYLE)]
    )
    style = [value for value in style if value not in negated.names]
    shown = _unique(colour for item in items if item.kind == "colour" for colour in item.colours)
    return Brief(
        language=language,
        name=name.strip() if name else None,
        slogan=found.slogan,
        concepts=tuple(c for c in picked if c.name not in negated.names),
        industry=industry or None,
        ideas=ideas,
        colours=tuple(colour for colour in shown if colour.name not in negated.names),
        style=tuple(style),
        layout=negated.layout or layout,
        lettering=tuple(_unique(value for field, value in wishes if field == "lettering")),
        negated=tuple(negated.names),
        refused=tuple(refused),
        letters=found.letters,
        notes=tuple(
            notes.for_reading(things.unknown, n_orders, language, n_known=_count_known(items))
        ),
    )


def _feelings(items: Iterable[Item]) -> list[str]:
    """Return the English of what can't be drawn as it is: freedom, honest; what is negated left out."""
    told = (item for item in items if item.kind in ("abstract", "adjective", "unknown"))
    return [sense for item in told for sense in item.senses[:1] if sense]


def _count_known(items: Iterable[Item]) -> int:
    return sum(item.kind not in ("unknown", "mark", "taken") for item in items)


def _read_caption(caption: captions.LogoCaption, language: str) -> Brief:
    """Read a caption of amazing_logos_v4: its tags one by one, its industry through the table."""
    name = caption.name
    tokens = tokenise(name or "")
    refused = refusals.find(tokens, language)
    found: list[Concept] = []
    colours: list[Colour] = []
    for tag in caption.tags:
        tag_items = scan(tokenise(tag))
        resolve.resolve(tag_items)
        found += concepts.find(tag_items).concepts
        colours += [c for item in tag_items if item.kind == "colour" for c in item.colours]
    if caption.black_and_white:
        colours += [Colour("black", "#111111"), Colour("white", "#ffffff")]
    industry = ""
    if caption.industry:
        items = scan(tokenise(caption.industry))
        industry = business.find_industry(items, "")
        industry = industry or industries.guess([t.key for t in tokenise(caption.industry)])
    unique = {concept.name: concept for concept in reversed(found)}
    return Brief(
        language=language,
        name=None if refused else name,
        concepts=tuple(reversed(unique.values())),
        industry=industry or None,
        ideas=_ideas(industry),
        colours=tuple(_unique(colours)),
        refused=tuple(refused),
    )


def _ideas(industry: str, told: Collection[str] = ()) -> tuple[str, ...]:
    """Return what to draw for a business, first what the words of these keys name: bicycle courier."""
    if not industry:
        return ()
    telling = set(told) - industries.GENERIC
    ideas = industries.industries()[industry].ideas
    return tuple(en for en, ru in sorted(ideas, key=lambda idea: telling.isdisjoint(_keys(*idea))))


def _keys(*phrases: str) -> set[str]:
    return {key(word) for phrase in phrases for word in phrase.split()}


def _unique(values: Iterable[_T]) -> list[_T]:
    return list(dict.fromkeys(values))
