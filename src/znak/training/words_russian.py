"""Russian grammar for training: forms, agreement and phrases, by pymorphy3.

Used while training and measuring only. Words come and go in the encoder's normal form (е for ё).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from znak.errors import MissingError
from znak.words.normal import normalise

CASES = ("nomn", "gent", "datv", "accs", "ablt", "loct")
_ADJECTIVES = frozenset({"ADJF", "PRTF"})
_SKIP = frozenset("Abbr Infr Erro Dist Arch Supr Cmp2 V-ie V-be V-bi V-en".split())  # rare forms


@lru_cache(maxsize=1)
def _analyser() -> Any:
    try:
        import pymorphy3
    except ImportError as error:
        raise MissingError(
            "Russian forms need pymorphy3: pip install 'znak[train]'",
            ru="Для русских форм нужен pymorphy3: pip install 'znak[train]'",
        ) from error
    return pymorphy3.MorphAnalyzer()


@lru_cache(maxsize=50_000)
def _base(word: str) -> Any | None:
    """Return the analysis of a word as a base form: a noun or adjective in the nominative."""
    for parse in _analyser().parse(word):
        tag = parse.tag
        if tag.POS == "NOUN" and "nomn" in tag:
            return parse
        if tag.POS in _ADJECTIVES and "nomn" in tag:
            return parse
    return None


@lru_cache(maxsize=50_000)
def forms(lemma: str) -> tuple[str, ...]:
    """Return the inflected forms of a base form, itself included; () for other parts of speech."""
    parse = _base(lemma)
    if parse is None:
        return ()
    plural_only = "Pltm" in parse.tag or (parse.tag.POS == "NOUN" and "plur" in parse.tag)
    found = [lemma]
    for form in parse.lexeme:
        tag = form.tag
        right = tag.POS == parse.tag.POS and not _SKIP.intersection(tag.grammemes)
        nominal = tag.case is not None and not (plural_only and "sing" in tag)
        if right and nominal:
            found.append(normalise(form.word))
    return tuple(dict.fromkeys(found))


def inflect(phrase: str, case: str, *, plural: bool = False) -> str:
    """Return a phrase in a case, "" where its grammar is not simple.

    Simple is: adjectives, then a noun in the nominative, then anything, which stays as it is.
    """
    words = phrase.split()
    head = next((i for i, w in enumerate(words) if _is_noun(w, alone=len(words) == 1)), -1)
    if head < 0:
        return ""
    noun = _base(words[head])
    assert noun is not None
    many = plural or "plur" in noun.tag
    bent = noun.inflect({case, "plur" if many else "sing"})
    if bent is None:
        return ""
    out = []
    for word in words[:head]:
        adjective = agree(word, noun, case=case, plural=many)
        if not adjective:
            return ""
        out.append(adjective)
    return " ".join([*out, normalise(bent.word), *words[head + 1 :]])


def agree(adjective: str, noun: Any, *, case: str = "nomn", plural: bool = False) -> str:
    """Return an adjective in the gender, number and case of a noun's analysis, "" if it can't."""
    parse = next(
        (p for p in _analyser().parse(adjective) if p.tag.POS in _ADJECTIVES and "nomn" in p.tag),
        None,
    )
    if parse is None:
        return ""
    wanted = {case, "plur"} if plural else {case, "sing", noun.tag.gender or "masc"}
    if case == "accs":
        wanted |= {noun.tag.animacy or "inan"} if plural or noun.tag.gender == "masc" else set()
    bent = parse.inflect(wanted)
    return "" if bent is None else normalise(bent.word)


def join(adjective: str, noun: str, *, case: str = "nomn") -> str:
    """Return "рыжая лиса" for ("рыжий", "лиса"), in a case; "" if they don't fit."""
    parse = _base(noun)
    if parse is None or parse.tag.POS != "NOUN":
        return ""
    plural = "plur" in parse.tag
    first = agree(adjective, parse, case=case, plural=plural)
    second = parse.inflect({case})
    return f"{first} {normalise(second.word)}" if first and second is not None else ""


def _is_noun(word: str, *, alone: bool) -> bool:
    parse = _base(word)
    if parse is None:
        return False
    return parse.tag.POS == "NOUN" or alone
