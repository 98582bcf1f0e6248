"""The longest thing the tables know at a place: colour, wish, business, word or phrase."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache

from znak.brief import colours, industries, wishes
from znak.brief.items import NUMBERS, Item, function_class, lexicon, looks_adjective
from znak.brief.lexicon import (
    DRAWABLE,
    IDEA_RANK,
    LEXICON_RANK,
    PROPER,
    Entry,
    canonical,
    is_form,
)
from znak.brief.stems import agrees, key
from znak.brief.tokens import Token

_PHRASES_THAT_STAY = frozenset(
    "red panda|black hole|golden retriever|white wine|red wine|green tea|black tea|blue whale|"
    "great wall|big dipper|big ben|red cross|flat iron|round table|snow white|black belt|"
    "golden gate|golden fleece|gold coin|silver spoon|gold bar|gold medal|orange juice|"
    "cherry blossom|mint leaf|olive oil|bold".split("|")
)


_SOFT_KINDS = DRAWABLE - {"person", "sport", "building", "place"}


_BUSINESS_KINDS = frozenset({"industry", "building", "place", "person", "sport", "abstract"})


_GENERIC_NOUNS = frozenset(
    key(word)
    for word in "company shop store agency studio firm brand business startup service bureau office "
    "salon workshop corporation factory  enterprise project website blog dealer provider team goods product "
    "магазин компания агентство студия фирма бизнес стартап сервис бюро офис салон мастерская лавка "
    "предприятие организация проект сайт блог услуга товар контора цех комбинат холдинг концерн кооператив артель фонд производство команда фабрика завод".split()
)


_DECLINED = re.compile(r"[бвгджзклмнпрстфхцчшщйьая]$")


def match(run: Sequence[Token], i: int) -> Item | None:
    """Return the longest known thing at the start of `run`, or None."""
    word_keys = [token.key for token in run]
    first = run[0]
    n_colour, found, is_thing = colours.match(run)
    n_wish, wished = wishes.match(word_keys)
    n_business, industry = industries.match(word_keys)
    if n_wish == 1 and not is_form(first, wishes.bases()):
        n_wish = 0
    if n_business == 1 and not is_form(first, industries.bases()):
        n_business = 0
    n_noun, entries = _match_lexicon(run)
    if n_noun == 1 and any(e.surface == first.folded and e.kind in DRAWABLE for e in entries):
        # A noun as it stands in the lexicon (остриё, вино) is no form of an adjective.
        n_wish = n_wish if n_wish != 1 or _is_base(first, wishes.bases()) else 0
        n_colour = n_colour if n_colour != 1 or _is_base(first, colours.bases()) else 0
    function = function_class(first.folded) or (NUMBERS.get(first.folded) and "number") or ""
    n_function = 1 if function else 0
    n = max(n_colour, n_wish, n_business, n_noun, n_function)
    if n == 0:
        return None
    drawable = [entry for entry in entries if entry.kind in DRAWABLE]
    if n_wish == n and not (n == 1 and n_colour and not n_wish):
        item = Item("wish", i, i + n, wishes=wished)
        _add_senses(item, first, drawable if n_noun == n else [])
        return item
    is_noun = n_business == n and not looks_adjective(first.folded)
    if n_colour == n and not (is_noun and not first.folded.isascii()):
        item = Item("colour", i, i + n, colours=found, is_soft=is_thing)
        _add_senses(item, first, drawable if n_noun == n else [])
        return item
    if n_business == n and not (function and function != "stop"):
        item = Item("industry", i, i + n, industry=industry)
        known = industries.bases().get(first.key, ())
        written = any(base == first.folded or looks_adjective(base) for base in known)
        if n_noun == n and (n > 1 or not written or any(_is_of(first, e) for e in drawable)):
            _add_senses(item, first, drawable)
            item.is_soft = item.lexicon_kind in _SOFT_KINDS
        return item
    if n_function == n:
        return Item(function, i, i + 1, senses=[NUMBERS.get(first.folded, "")])
    if n > 1 or entries[0].kind in ("industry", "building", "person"):
        inner = _business_within(word_keys[:n], entries, first)
        if inner:
            return Item("industry", i, i + n, industry=inner)
    if n == 1 and first.key in _GENERIC_NOUNS:
        return Item("generic", i, i + 1)
    return _as_item(first, entries, i, n)


def is_known(word: str) -> bool:
    """Say whether a folded word stands in a table as it is."""
    k = key(word)
    tables = (wishes.bases(), industries.bases(), colours.bases())
    return any(word in bases.get(k, ()) for bases in tables) or any(
        entry.surface == word for entry in lexicon().get(k)
    )


def _is_base(token: Token, bases: Mapping[str, Sequence[str]]) -> bool:
    """Say whether a word stands in a table as written; words of Latin letters and codes do."""
    known = bases.get(token.key, ())
    return token.folded.isascii() or "-" in token.folded or token.folded in known


def _business_within(word_keys: Sequence[str], entries: Sequence[Entry], first: Token) -> str:
    """Return the business a known phrase is a kind of: `craft brewery` is a brewery."""
    if entries[0].kind not in _BUSINESS_KINDS:
        return ""
    english = [key(word) for word in entries[0].en.split()]
    n, industry = industries.match(english)
    if n == len(english):
        return industry
    head_last = first.folded.isascii() or looks_adjective(first.folded)
    tail = word_keys[-1:] if head_last else word_keys[:1]
    return industries.match(tail)[1] or industries.match_loose(word_keys)


def _match_lexicon(run: Sequence[Token]) -> tuple[int, list[Entry]]:
    words = [token.key for token in run]
    while words:
        n, entries = lexicon().match(words)
        if n < 2:
            entries = [e for e in entries if run[0].is_mended or agrees(run[0].folded, e.surface)]
            return (n if entries else 0), entries
        if all(entry.kind == "action" for entry in entries):
            words = words[: n - 1]
            continue
        if function_class(run[0].folded) in ("", "stop") and (
            canonical(entries[0].en) in _PHRASES_THAT_STAY or not _is_described(entries[0].en)
        ):
            return n, entries
        words = words[: n - 1]
    return 0, []


@cache
def _is_described(phrase: str) -> bool:
    """Say whether an English phrase begins with a colour, style or size that readings keep apart."""
    first, _, rest = phrase.partition(" ")
    if not rest:
        return False
    swatch = colours.table().get(key(first))
    if swatch and not swatch.is_thing:
        return True
    return bool(wishes.table().get(key(first))) or function_class(first) in ("stop", "number")


def _is_of(token: Token, entry: Entry) -> bool:
    """Say whether an entry is the very word, not one whose form the word may also be: лицей, лицо."""
    return token.folded.isascii() or entry.surface == token.folded


def _add_senses(item: Item, token: Token, entries: Sequence[Entry]) -> None:
    ranked = sorted(enumerate(entries), key=lambda pair: (*_fit(token, pair[1]), pair[0]))
    for _, entry in ranked:
        sense = canonical(entry.en)
        if sense not in item.senses and _rivals(token, entry, ranked[0][1]):
            item.senses.append(sense)
    if ranked:
        item.surface = ranked[0][1].surface
        item.lexicon_kind = ranked[0][1].kind


def _rivals(token: Token, entry: Entry, best: Entry) -> bool:
    """Say whether a sense stands beside the best one: as near in form, and not overruled."""
    overruled = best.rank < LEXICON_RANK <= entry.rank or best.rank < IDEA_RANK <= entry.rank
    mine, its = _fit(token, entry), _fit(token, best)
    return not overruled and (*mine[:2], *mine[3:5]) == (*its[:2], *its[3:5])


def _fit(token: Token, entry: Entry) -> tuple[bool, int, bool, bool, int, int, bool]:
    """Return a sort key: common noun, exact form, longest common beginning, the table's rank.

    Where no nominative can stand, an exact form is the worst: `с паром` is steam, not a ferry.
    """
    surface = entry.surface.split()[0]
    common = 0
    for a, b in zip(token.folded, surface, strict=False):
        if a != b:
            break
        common += 1
    proper = entry.rank >= PROPER and not token.is_capital
    worn = canonical(entry.en) != entry.en
    chosen = entry.rank < LEXICON_RANK
    # `бумаги` is rather a form of `бумага` than `paperwork`.
    exact = token.folded == surface and (chosen or not surface.endswith(("ы", "и")))
    form = int(not exact)
    if exact and token.is_governed and _DECLINED.search(surface):
        form = 2
    # -у is rather an accusative, of -а, than a dative: `нарисуйте ворону` is a crow, no raven.
    dative = token.folded[-1:] in ("у", "ю") and surface[-1:] not in ("а", "я")
    return (proper, form, not chosen, dative, -common, entry.rank, worn)


def _as_item(token: Token, entries: Sequence[Entry], i: int, n: int) -> Item:
    drawable = [entry for entry in entries if entry.kind in DRAWABLE]
    others = [entry for entry in entries if entry.kind not in DRAWABLE]
    is_adjective = others and not any(e.surface == token.folded for e in drawable)
    if n == 1 and drawable and is_adjective and looks_adjective(token.folded):
        exact = [entry for entry in others if entry.kind in ("adjective", "feeling", "style")]
        drawable = [] if exact else drawable
    if drawable:
        item = Item("noun", i, i + n)
        _add_senses(item, token, drawable)
        return item
    describing = [e for e in others if e.kind in ("adjective", "feeling", "style", "colour")]
    if describing or re.search(r"(?:ing|ed)$", token.folded):
        item = Item("adjective", i, i + n)
        _add_senses(item, token, describing or others)
        if token.folded.isascii():
            item.senses = [token.folded]
        return item
    actions = [entry for entry in others if entry.kind == "action"]
    item = Item("verb" if actions and len(actions) == len(others) else "abstract", i, i + n)
    _add_senses(item, token, others)
    return item
