"""The brand's name and slogan: in quotes, after a word that announces them, in capitals.

What is found is labelled on its tokens (`name`, `slogan`), so that no word of a name is read as a
thing to draw.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from znak.brief.capitals import DOTTED, STOP, capital_run, is_title_case
from znak.brief.tokens import Token

_QUOTED = re.compile(
    r"«([^«»]{1,200})»|“([^“”]{1,200})”|„([^„“”]{1,200})[“”]|\"([^\"]{1,200})\"|‘([^‘’]{1,200})’(?!\w)"
    r"|‚([^‚‘’]{1,200})[‘’]|(?<!\w)'([^'\n]{1,200}?)'(?!\w)|``?([^`]{1,200})`|‹([^‹›]{1,200})›"
    r"|”([^“”]{1,200})”|(?<!\w)'((?:[^'\n]|'(?=\w)){1,200}?)'(?!\w)"
)
_SLOGAN = re.compile(
    r"\b(?:slogan|tag-?line|motto|strapline|слоган\w*|девиз\w*)\b\s*"
    r"(?:is\b|reads\b|says\b|like\b|такой\b|будет\b)?\s*[:—=-]?\s*",
    re.IGNORECASE,
)
_ANNOUNCED = re.compile(
    r"\b(?:(?:it'?s|is|it’s|are|be)?\s*(?:called|named|titled|entitled)|call it|name it|"
    r"(?:brand |company |business |shop |the )?name(?:'s|’s)?\s*(?:is\b|will be\b|should be\b|:|=|—|-)|"
    r"(?:company|brand|business|client|firm|word|text|title|shop|team)\s*:|goes by|known as|"
    r"under the (?:name|brand)(?: of)?|by the name(?: of)?|"
    r"под (?:названием|именем|брендом|маркой|вывеской)|с названием|с именем|по имени|"
    r"(?:он[аио]? |мы |меня |нас )?(?:называется|называются|называемся|называюсь|назвали|назову|назвать|"
    r"именуется|зовётся|зовется|зовут|назови)|"
    r"(?:названи[ея]|имя|бренд|компания|фирма|заказчик|клиент|надпись|текст|команда)\s*[:=—-]|"
    r"имя бренда|название бренда|название компании|(?:the )?word\b|(?-i:[Бб]ренда?\s(?=[«A-ZА-ЯЁ])))\s*[:—=-]?\s*",
    re.IGNORECASE,
)
_GENERIC_LABEL = re.compile(
    r"(?:company|business|client|firm|text|title|shop|team|компания|фирма|заказчик|клиент|текст|команда)\s*[:=—-]",
    re.IGNORECASE,
)
_PLAIN_NAME = re.compile(
    r"\b(?:name|named|called|brand|title|[Нн]азвание|[Ии]мя|[Бб]ренд)\s+(?=[A-ZА-ЯЁ0-9])"
)
_MONOGRAM = re.compile(
    r"\b(?:(?:[Mm]onogram|[Ii]nitials|[Ll]etters?|[Ll]ettermark|МОНОГРАММА|[Мм]онограмм\w+|"
    r"[Ии]нициал\w+|[Бб]укв\w+|[Вв]ензел\w+)\s*(?:of\b|из\b|:|—|-)?\s*[«\"“'‘]?"
    r"((?:[A-ZА-ЯЁ](?:\.? ?(?:&|и|and|\+)? ?)?){1,4})(?![\w'’])|"
    r"(?<![\w&])([A-ZА-ЯЁ]{1,3}) (?:letter|monogram|initials|lettermark)\b)"
)
_TRAIL = re.compile(r"[\s.]*(?:&|\+|\band|\bи)?[\s.]*$")
"""What may follow the last letter: `letter K and a key` asks for K."""
_FOR = re.compile(r"\b(?:[Ff]or|[Дд]ля|FOR|ДЛЯ|4)\s+(?:the\s+|my\s+|our\s+)?(?=[A-ZА-ЯЁ])")
_END = re.compile(r"[,;!?\n()«»“”\"|/]|\.(?=\s|$)|:\s|\s[-—]+\s|—")


@dataclass(frozen=True)
class Names:
    """What was found. `letters` are asked for as a sign; `is_monogram`: they are the name, too."""

    name: str | None = None
    slogan: str | None = None
    is_monogram: bool = False
    quoted: tuple[str, ...] = ()
    letters: str | None = None


def find(text: str, tokens: Sequence[Token], is_common: Callable[[str], bool]) -> Names:
    """Return the name and slogan in `text`, and label their tokens.

    `is_common(word)` says whether a word stands for a thing or business, so that `Logo for Bakery`
    names nobody.
    """
    slogan = _find_slogan(text, tokens)
    quoted = _find_quoted(text, tokens)
    name = quoted[0] if quoted else None
    if name is None:
        name = _find_announced(text, tokens)
    if quoted and len(quoted[0]) <= 3 and _MONOGRAM.search(text):
        return Names(name, slogan, True, tuple(quoted), name)
    letters = _find_monogram(text, tokens)
    if name is None and letters:
        return Names(letters, slogan, True, tuple(quoted), letters)
    if name is None:
        name = _find_after_for(text, tokens, is_common)
    return Names(name, slogan, False, tuple(quoted), letters)


def label(tokens: Sequence[Token], start: int, end: int, text: str) -> None:
    """Label the tokens between two places of the text, unless they have a label."""
    for token in tokens:
        if token.start < end and token.end > start and not token.label:
            token.label = text


def _is_free(tokens: Sequence[Token], start: int, end: int) -> bool:
    return not any(t.label for t in tokens if t.start < end and t.end > start)


def _find_slogan(text: str, tokens: Sequence[Token]) -> str | None:
    for match in _SLOGAN.finditer(text):
        quote = _QUOTED.match(text, match.end())
        if quote:
            label(tokens, match.start(), quote.end(), "slogan")
            return _inner(quote)
        if _is_negation(text[: match.start()]):
            continue
        end = _end(text, match.end(), stop=False)
        slogan = text[match.end() : end].strip(" .,")
        if (slogan and ":" in match.group()) or slogan[:1].isupper():
            label(tokens, match.start(), end, "slogan")
            return slogan
    return None


def _is_negation(before: str) -> bool:
    return bool(re.search(r"\b(?:no|without|not|без|не)\s*(?:a\s|any\s)?$", before, re.IGNORECASE))


def _find_quoted(text: str, tokens: Sequence[Token]) -> list[str]:
    found = []
    for match in _QUOTED.finditer(text):
        inner = _inner(match)
        if not inner or not _is_free(tokens, match.start(), match.end()):
            continue
        label(tokens, match.start(), match.end(), "name")
        rejected = re.match(r"\s*[:—-]?\s*(?:no|не надо|не нужно|нет)\b", text[match.end() :], re.I)
        if not rejected and not _is_negation(text[: match.start()]):
            found.append(inner)
    return found


def _inner(match: re.Match[str]) -> str:
    return next((group for group in match.groups() if group), "").strip()


def _find_announced(text: str, tokens: Sequence[Token]) -> str | None:
    for pattern in (_ANNOUNCED, _PLAIN_NAME):
        for match in pattern.finditer(text):
            if _is_negation(text[: match.start()]):
                continue
            start = match.end()
            end = _end(text, start)
            name = text[start:end].strip(" .,-—:")
            if not name or len(name) > 60 or not _is_free(tokens, start, end):
                continue
            if not name[:1].isupper() and not name[:1].isdigit() and len(name.split()) > 3:
                continue
            if _GENERIC_LABEL.match(match.group()) and not name[:1].isupper():
                continue
            if name.split()[0].lower() in (
                "under",
                "below",
                "beneath",
                "above",
                "is",
                "под",
                "над",
            ):
                continue
            label(tokens, match.start(), start, "told")
            label(tokens, start, end, "name")
            return name
    return None


def _find_monogram(text: str, tokens: Sequence[Token]) -> str | None:
    match = _MONOGRAM.search(text)
    if not match:
        return None
    group = 1 if match.group(1) else 2
    letters = _TRAIL.sub("", match.group(group)).strip(" .&+")
    end = match.start(group) + len(letters)
    if not letters or not any(c.isalpha() for c in letters):
        return None
    if re.fullmatch(r"(?:[A-ZА-ЯЁ]\W*(?:and|и)?\W*){2,}", letters):
        letters = re.sub(r"\s*(?:\band\b|\bи\b)\s*", "", letters)
    for token in tokens:
        if token.start < end and token.end > match.start(group):
            token.label = "name"
    return letters


def _find_after_for(
    text: str, tokens: Sequence[Token], is_common: Callable[[str], bool]
) -> str | None:
    if is_title_case(tokens):
        return None
    for match in _FOR.finditer(text):
        run = capital_run(text, tokens, match.end())
        if run is None:
            continue
        start, end = run
        name = text[start:end]
        words = name.split()
        if all(is_common(word) for word in words) and len(words) <= 2:
            continue
        label(tokens, start, end, "name")
        return name
    return None


def _end(text: str, start: int, *, stop: bool = True) -> int:
    """Return where a name that begins at `start` ends: at a mark, or before `with` or `for`."""
    end = len(text)
    for mark in _END.finditer(text, start):
        if mark.group() != "." or not DOTTED.search(text[start : mark.end()]):
            end = mark.start()
            break
    if stop:
        halt = STOP.search(text, start, end)
        if halt and halt.start() > start:
            end = halt.start()
    return end
