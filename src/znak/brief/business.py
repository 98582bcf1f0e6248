"""Which business a prompt speaks of, and the name that stands right after it."""

from __future__ import annotations

from collections.abc import Sequence

from znak.brief import capitals, industries, names
from znak.brief.industries import GENERIC
from znak.brief.items import Item, function_class, looks_adjective
from znak.brief.scan import scan
from znak.brief.stems import fold, key
from znak.brief.tokens import Token, tokenise

_PLAIN = {
    key(word): industry
    for industry, words in {
        "convenience_store": "shop store магазин лавка",
        "machine_building": "factory завод фабрика",
    }.items()
    for word in words.split()
}
"""What a business word says when nothing tells more."""


_TRADES = {
    stem: industry
    for industry, stems in {
        "farm": "grow raise выращив расти развод",
        "bakery": "bake печем печём пек",
        "brewery": "brew вари",
        "tailor": "sew шьем шьём шью",
        "knitting": "knit вяж",
        "printing_house": "print печата",
        "construction": "build строи строю",
        "courier": "deliver доставля возим",
        "cleaning_service": "clean моем",
        "tutoring": "teach учим учу обуча препода",
        "catering": "cook готов",
        "hair_salon": "стриж стриг",
        "clinic": "лечим",
        "gym": "тренир",
    }.items()
    for stem in stems.split()
}
"""What doing a thing says of the business when nothing else does."""


def is_common(word: str) -> bool:
    """Say whether a word means a thing or a business, so that a capital makes it no name."""
    items = scan(tokenise(word))
    return (
        bool(items)
        and all(item.kind not in ("unknown", "taken") for item in items)
        and (
            items[0].kind in ("industry", "stop", "colour", "wish", "det")
            or (items[0].kind == "noun" and word.lower() == word)
        )
    )


def label_name(text: str, tokens: Sequence[Token]) -> str | None:
    """Return the capitalised name right after a business word (`barbershop BRO`), and label it."""
    if capitals.is_title_case(tokens):
        return None
    i = 0
    while i < len(tokens):
        if tokens[i].kind != "word" or tokens[i].label:
            i += 1
            continue
        n, industry = industries.match([t.key for t in _words(tokens, i)])
        if not industry and tokens[i].key in GENERIC:
            n = 1
        j = i + max(n, 1)
        while n and j < len(tokens) and tokens[j].key in GENERIC and not tokens[j].is_capital:
            j += 1
        if n and j + 1 < len(tokens) and tokens[j].text == "," and tokens[j + 1].text == "The":
            j += 1  # a knitting shop, The Wool Nook
        if n and j < len(tokens) and tokens[j].kind == "word":
            run = capitals.capital_run(text, tokens, tokens[j].start)
            if run and (" " in text[run[0] : run[1]] or not _is_wish(tokens[j].text)):
                names.label(tokens, *run, "name")
                return text[run[0] : run[1]]
        i = j
    return None


def label_lead(text: str, tokens: Sequence[Token]) -> str | None:
    """Return the capitalised name that a prompt opens with, right before its business, and label it.

    `Maple & Stone furniture workshop`: two words or more, none of them a wish for style.
    """
    if not tokens or capitals.is_title_case(tokens):
        return None
    run = capitals.capital_run(text, tokens, tokens[0].start)
    inside = [t for t in tokens if run and t.end <= run[1]]
    words = [t for t in inside if t.kind == "word" and t.is_capital]
    following = _words(tokens, len(inside))
    if run is None or len(words) < 2 or not following or any(_is_wish(t.text) for t in words):
        return None
    if industries.match([t.key for t in words])[0] == len(words):
        return None
    n, _ = industries.match([t.key for t in following])
    if not n and following[0].key not in GENERIC:
        return None
    names.label(tokens, *run, "name")
    return text[run[0] : run[1]]


def label_whole(text: str, tokens: Sequence[Token]) -> str | None:
    """Return a prompt that is nothing but a name with its business: `Fox Logistics`."""
    return _label_if_name(text, tokens, tokens)


def label_sentence(text: str, tokens: Sequence[Token]) -> str | None:
    """Return a name with its business between marks: `Logo: Delta Plumbing, blue`."""
    if capitals.is_title_case(tokens):
        return None
    start = 0
    for i in range(len(tokens) + 1):
        if i == len(tokens) or tokens[i].text in (".", ":", "\n", ";"):
            name = _label_if_name(text, tokens, tokens[start:i])
            if name:
                return name
            start = i + 1
    return None


def _label_if_name(text: str, tokens: Sequence[Token], part: Sequence[Token]) -> str | None:
    """Return the words of `part` if they are a name with its business in capitals, and label them."""
    if not 2 <= len(part) <= 4 or not all(t.is_capital and t.kind == "word" for t in part):
        return None
    if function_class(part[0].folded) or any(t.label for t in part):
        return None
    if not any(industries.match([t.key])[0] or t.key in GENERIC for t in part[1:]):
        return None
    if industries.match([t.key for t in part])[0] == len(part):
        return None
    names.label(tokens, part[0].start, part[-1].end, "name")
    return text[part[0].start : part[-1].end]


def _words(tokens: Sequence[Token], i: int) -> list[Token]:
    run = []
    for token in tokens[i : i + 6]:
        if token.kind not in ("word", "num") or token.label:
            break
        run.append(token)
    return run


def _is_wish(word: str) -> bool:
    if function_class(word.lower()) in ("stop", "det", "neg", "with", "for", "and", "but"):
        return word not in ("Нами", "Вами")
    items = scan(tokenise(word))
    return bool(items) and items[0].kind in ("wish", "colour")


def find_industry(items: Sequence[Item], name: str) -> str:
    """Return the industry that the items tell, else the one that the name tells, else ""."""
    fallback = ""
    found: list[tuple[int, Item]] = [
        (place, item) for place, item in enumerate(items) if item.kind == "industry"
    ]
    if found:
        place, best = found[0]
        for other_place, other in found[1:]:
            beside = other_place == place + 1 and key(other.text) not in GENERIC
            longer = len(other.text.split()) > len(best.text.split())
            if other_place == place + 1 and looks_adjective(best.text.lower()):
                longer = True  # детская стоматология
            if best.industry == industries.VAGUE and other.industry != industries.VAGUE:
                longer = True
            if (beside and other.text.isascii() and " " not in best.text) or longer:
                place, best = other_place, other
        if best.industry != industries.VAGUE:
            return best.industry
        fallback = best.industry
    segment: list[str] = []
    for item in [*items, Item("mark", 0, 0)]:
        if item.kind in ("mark", "taken", "negated"):
            industry = industries.match_loose(segment)
            if industry:
                return industry
            segment = []
        else:
            segment += [token.key for token in tokenise(item.text)]
    if fallback:
        return fallback
    telling = _business_words(items)
    guessed = industries.guess(telling)
    if guessed:
        return guessed
    if name:
        words = tokenise(name)
        for item in scan(words):
            last = item.end == len(words) > 1 and name.isascii()  # Grimsby Forge
            plain = not item.is_soft or item.lexicon_kind == "tech" or last
            if item.kind == "industry" and plain and _is_spelt_out(item):
                return item.industry
    for item in items:
        if item.kind == "doing":
            trade = next(
                (t for stem, t in _TRADES.items() if item.text.lower().startswith(stem)), ""
            )
            if trade:
                return trade
    if not telling:
        for item in items:
            if item.kind == "generic" and key(item.text) in _PLAIN:
                return _PLAIN[key(item.text)]
    return ""


def _is_spelt_out(item: Item) -> bool:
    """Say whether a word of a name really is the business word, not one with the same key."""
    row = industries.industries()[item.industry]
    word = fold(item.text)
    return any(word.startswith(fold(term)[:-1]) for term in (*row.en, *row.ru))


def _business_words(items: Sequence[Item]) -> list[str]:
    """Return the keys of the words that say which business: beside a generic word, after `for`."""
    found: list[str] = []
    for place, item in enumerate(items):
        if item.kind == "generic":
            near = [*items[max(0, place - 2) : place], *items[place + 1 : place + 3]]
        elif item.kind in ("for", "doing"):
            near = list(items[place + 1 : place + 4])
        elif item.kind == "abstract" and item.lexicon_kind == "industry":
            near = [item]
        else:
            continue
        for other in near:
            if other.kind in ("mark", "with"):
                break
            if other.kind in ("noun", "abstract", "adjective", "unknown", "wish"):
                found += [token.key for token in tokenise(other.text)]
    return found


def phrase(items: Sequence[Item]) -> str:
    """Return the words that say which business in one text, or "" where nothing does."""
    return " ".join(
        item.text
        for place, item in enumerate(items)
        if item.kind in ("noun", "abstract", "adjective", "unknown") and _is_business(items, place)
    )


def _is_business(items: Sequence[Item], place: int) -> bool:
    start = place
    while start > 0 and items[start - 1].kind not in ("mark", "with", "taken"):
        start -= 1
    end = place
    while end < len(items) and items[end].kind not in ("mark", "with", "taken"):
        end += 1
    return any(item.kind == "generic" for item in items[start:end])
