"""What won't be drawn as asked: known brands' logos and hate symbols, answered in words.

A brand whose name is also an ordinary word (apple, shell, puma, orange, магнит) counts only where
the prompt speaks of the company: `the apple logo`, `like Apple's`, `Shell company logo`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

from znak.brief.lexicon import read_lines
from znak.brief.model import Refusal
from znak.brief.stems import base_forms, is_declined, key, keys
from znak.brief.tokens import Token, tokenise

_Row = TypeVar("_Row")

_HATE = {
    "swastika": "swastika|swastikas|hakenkreuz|hooked cross|свастика|свастон",
    "Nazi sign": (
        "nazi|nazis|nazism|neo-nazi|neonazi|third reich|hitler|heil|sieg heil|reichsadler|"
        "wolfsangel|sonnenrad|нацист|нацистский|наци|нацизм|неонацист|неонацистский|фашист|"
        "фашистский|третий рейх|гитлер|зиг хайль|хайль|зига|вольфсангель"
    ),
    "SS sign": (
        "ss lightning|ss bolt|ss lightning bolt|ss rune|ss runes|ss skull|waffen ss|waffen-ss|"
        "schutzstaffel|ss totenkopf|totenkopf|double sig rune|sig rune|ss symbol|ss logo|ss sign|"
        "руна сс|сс руна|знак сс|символ сс|молния сс|молнии сс|эсэс|ваффен сс|дивизия сс|череп сс|"
        "руна зиг|двойная руна зиг|эмблема сс|логотип сс|тотенкопф"
    ),
    "Ku Klux Klan sign": (
        "kkk|ku klux klan|ku-klux-klan|klansman|klan hood|klan robe|burning cross|"
        "ку-клукс-клан|ку клукс клан|ккк|куклуксклан"
    ),
    "white power sign": "white power|white supremacy|white supremacist|white pride|14/88|1488|"
    "власть белых|белая сила|превосходство белых",
    "call to hatred": (
        "racist|antisemitic|anti-semitic|xenophobic|homophobic|расистский|антисемитский|"
        "ксенофобский|гомофобный|русофобский"
    ),
    "Confederate flag": "confederate flag|confederate battle flag|флаг конфедерации|флаг конфедератов",
    "terrorist sign": "isis flag|isis|daesh|al qaeda|al-qaeda|игил|аль-каида|флаг игил",
}
_COMPANY_AFTER = frozenset(
    keys(word)
    for word in (
        "company brand corporation inc corp logo's computer computers iphone smartphone phone cars car "
        "gasoline swoosh sneakers sneaker airline messenger оператор компания бренд корпорация "
        "мессенджер банк приложение авто автомобиль супермаркет фирма"
    ).split()
)
_LIKE = frozenset("like как".split())
_LOGO = frozenset(
    {"logo", "emblem", "sign", "symbol", "badge", "логотип", "лого", "эмблема", "знак"}
)
_LOGO_KEYS = frozenset(keys(word) for word in _LOGO)
_LOGO_GENITIVE = frozenset({"логотип", "лого", "эмблема", "эмблему", "знак", "логотипом"})
_COMPANY = frozenset("company company's brand corporation brand's компании компания фирмы".split())
_STYLE = frozenset({"style", "styled", "стиль", "стиле"})
_SERVICE = frozenset(
    keys(word)
    for word in "repair repairs service parts spare fans fan accessories case ремонт сервис запчасти "
    "разборка автосервис фанклуб чехол аксессуары "
    "channel page account profile bot group chat blog feed seller avatar канал страница аккаунт "
    "профиль бот группа чат блог лента паблик аватарка".split()
)
_STOP = frozenset("with for , . ; : ! ? для с in on и and — ( ) but но".split())


@dataclass(frozen=True)
class Brand:
    """A row of the table."""

    name: str
    is_word: bool
    signs: frozenset[str]


@cache
def brands() -> dict[str, Brand]:
    """Return phrase key → brand, both languages."""
    found: dict[str, Brand] = {}
    for name, strength, english, russian, signs in read_lines("znak.brief", "brands.tsv"):
        brand = Brand(name, strength == "w", frozenset(keys(s) for s in signs.split("|") if s))
        for phrase in (*english.split("|"), *russian.split("|")):
            k = " ".join(token.key for token in tokenise(phrase))
            if k:
                found.setdefault(k, brand)
    return found


@cache
def _hateful() -> dict[str, str]:
    return {
        " ".join(token.key for token in tokenise(phrase)): subject
        for subject, phrases in _HATE.items()
        for phrase in phrases.split("|")
    }


def refuse(kind: str, subject: str, language: str) -> Refusal:
    """Return the answer to a request of `kind`, `brand` or `hate`."""
    return Refusal(kind, subject, _INSTEAD[kind][language])


def find(tokens: Sequence[Token], language: str) -> list[Refusal]:
    """Return what the tokens ask for that is refused; label those tokens `refused`.

    With a brand go its signs (`swoosh`), with a hateful sign the rest of its phrase (`flag`).
    """
    refused: dict[str, Refusal] = {}
    i = 0
    while i < len(tokens):
        n, subject = _longest(tokens, i, _hateful())
        if subject and not _is_negated(tokens, i):
            _label(tokens, i, i + n)
            _label_phrase(tokens, i, i + n)
            refused.setdefault(subject, refuse("hate", subject, language))
            i += n
            continue
        m, brand = _longest(tokens, i, brands())
        if brand and not _is_negated(tokens, i) and _is_meant(tokens, i, i + m, brand):
            _label(tokens, i, i + m)
            _label_signs(tokens, brand)
            refused.setdefault(brand.name, refuse("brand", brand.name, language))
            i += m
            continue
        i += max(1, n if subject else m if brand else 1)
    return list(refused.values())


def _longest(tokens: Sequence[Token], i: int, table: Mapping[str, _Row]) -> tuple[int, _Row | None]:
    for n in range(min(4, len(tokens) - i), 0, -1):
        run = tokens[i : i + n]
        phrase = " ".join(token.key for token in run)
        found = table.get(phrase)
        if found is not None and _is_spelt(run, phrase):
            return n, found
    for base in base_forms(tokens[i].folded) if tokens[i].kind == "word" else ():
        found = table.get(key(base))  # Газпрома: the base form itself looks inflected
        if found is not None and [base] in _written()[key(base)]:
            return 1, found
    return 0, None


def _is_spelt(run: Sequence[Token], phrase: str) -> bool:
    """Say whether the words are forms of the table's, not others with their keys: карта, Картье."""
    return any(
        all(is_declined(token.folded, word) for token, word in zip(run, words, strict=True))
        for words in _written()[phrase]
    )


@cache
def _written() -> dict[str, list[list[str]]]:
    """Return phrase key → the phrases as the tables write them, word by word."""
    found: dict[str, list[list[str]]] = defaultdict(list)
    rows = read_lines("znak.brief", "brands.tsv")
    phrases = [p for row in rows for cell in row[2:4] for p in cell.split("|")]
    for phrase in [*phrases, *(p for group in _HATE.values() for p in group.split("|"))]:
        words = tokenise(phrase)
        found[" ".join(token.key for token in words)].append([token.folded for token in words])
    return found


def _is_negated(tokens: Sequence[Token], i: int) -> bool:
    before = [token.folded for token in tokens[max(0, i - 2) : i]]
    return bool({"not", "no", "without", "не", "без", "unlike"} & set(before))


def _is_meant(tokens: Sequence[Token], i: int, j: int, brand: Brand) -> bool:
    """Say whether tokens i to j speak of the company."""
    before = [token.folded for token in tokens[max(0, i - 3) : i]]
    after = tokens[j] if j < len(tokens) else None
    last = before[-1] if before else ""
    all_keys = {token.key for token in tokens}
    signed = any(all(word in all_keys for word in sign.split()) for sign in brand.signs)
    nearby = {token.key for token in (*tokens[max(0, i - 3) : i], *tokens[j : j + 2])}
    if not brand.is_word:
        return signed or not (_SERVICE & nearby)
    if signed and tokens[i].is_capital and tokens[i].folded.isascii() and _is_russian(tokens):
        return True  # яблоко Apple
    if (
        j - i > 1
        and all(t.is_capital for t in tokens[i:j])
        and any(not t.is_capital for t in tokens if t.kind == "word")
    ):
        return True
    after_key = after.key if after else ""
    after_folded = after.folded if after else ""
    if last == "у" and "как" in before:
        return True
    if last in _LIKE and after is not None and after.key in _COMPANY_AFTER | _LOGO_KEYS:
        return True
    if after_key in _COMPANY_AFTER or after_folded in ("corporation", "inc", "company's"):
        return True
    the_logo = last == "the" and (after_folded in _LOGO or tokens[j - 1].folded.endswith("'s"))
    says_logo = any(token.folded in _LOGO or token.key in _LOGO_KEYS for token in tokens)
    of_company = (
        i
        and tokens[i].is_capital
        and before
        and (last in _LOGO_GENITIVE or last in ("стиле", "стиль") or before[-2:] == ["style", "of"])
    )
    like_company = says_logo and _says_like_company([token.folded for token in tokens])
    like_theirs = "like" in before and tokens[j - 1].folded.endswith("'s")
    copies = any(token.folded in _STYLE for token in tokens[j : j + 1]) and tokens[i].is_capital
    if of_company or like_company:
        return True
    return the_logo or like_theirs or copies or (signed and says_logo and after_folded in _LOGO)


def _is_russian(tokens: Sequence[Token]) -> bool:
    return any("а" <= c <= "я" for token in tokens for c in token.folded)


def _says_like_company(words: Sequence[str]) -> bool:
    """Say whether the prompt holds `like the … company`, `как у … компании`."""
    return any(
        word in _LIKE and not _COMPANY.isdisjoint(words[i + 1 : i + 5])
        for i, word in enumerate(words)
    )


def _label(tokens: Sequence[Token], i: int, j: int) -> None:
    for token in tokens[i:j]:
        token.label = "refused"


def _label_phrase(tokens: Sequence[Token], i: int, j: int) -> None:
    """Label the rest of the phrase round a hateful sign: `flag`, `bolts`, `style hood`."""
    for step, start in ((-1, i - 1), (1, j)):
        place, left = start, 3
        while 0 <= place < len(tokens) and left:
            token = tokens[place]
            if token.folded in _STOP or token.kind != "word" or token.key in _KEPT:
                break
            token.label = "refused"
            place, left = place + step, left - 1


def _label_signs(tokens: Sequence[Token], brand: Brand) -> None:
    for sign in brand.signs:
        words = sign.split()
        for i in range(len(tokens) - len(words) + 1):
            if [token.key for token in tokens[i : i + len(words)]] == words:
                _label(tokens, i, i + len(words))


_KEPT = frozenset(
    key(w) for w in "emblem badge crest stamp logo эмблема бейдж герб логотип".split()
)

_INSTEAD = {
    "brand": {
        "en": "this belongs to someone else and won't be redrawn; say what your own mark should "
        "show and feel like, and it will be drawn from scratch in the same spirit",
        "ru": "это чужой знак, его не перерисуем; расскажите, что должно быть на вашем знаке и "
        "какого он характера, и мы нарисуем свой с нуля",
    },
    "hate": {
        "en": "signs of hatred aren't drawn; for strength or speed a plain lightning bolt, a shield, "
        "wings or a beast's head will do",
        "ru": "знаки ненависти не рисуем; силу и скорость покажут простая молния, щит, крылья или "
        "голова зверя",
    },
}
