"""The caption grammar of `amazing_logos_v4`: read with all its dirt, and written.

    Simple elegant logo for {name}, {tags}, {industry}, successful vibe, minimalist, …[, black and white]

`parse` reads any text and says in `parsed` whether it followed the grammar; `compose` writes a
caption that `parse` reads back as it was meant, or refuses. The rules, with 300 examples written
by hand, stand in `tests/fixtures/dirty_captions.md`. Fields are counted from the tail of style
words, so that commas in a name do no harm. Nothing here knows of images or parquet.
"""

from __future__ import annotations

import html
import html.entities
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from znak.errors import InputError

PREFIX = "Simple elegant logo for"
STYLE_WORDS = (
    "successful vibe",
    "minimalist",
    "thought-provoking",
    "abstract",
    "recognizable",
    "relatable",
    "sharp",
    "vector art",
    "even edges",
)
FLAG = "black and white"

_FUZZY_LETTERS = 8
_MIN_TAIL_WORDS = 3
_FLAGS = frozenset({FLAG, "black & white", "black-and-white"})
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]*);")
_DROPPED = dict.fromkeys(
    [0x200B, 0xFEFF, 0x2060, 0x00AD, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
    + [c for c in [*range(0x20), *range(0x7F, 0xA0)] if not chr(c).isspace()]
)
_QUOTES = "\"'“”„«»‘’‚"
_PREFIX = re.compile(r"simple elegant logo for(?=[ ,]|$)", re.IGNORECASE | re.ASCII)
_COMMA = re.compile(r"(?<![0-9]),|,(?![0-9])")
_OPENING = {'"': '"', "“": "”", "«": "»", "„": "“"}
_PAIRS = (*_OPENING.items(), ("„", "”"), ("'", "'"), ("‘", "’"), ("‚", "‘"))
_FORMS = frozenset("inc llc ltd co corp gmbh plc llp sa ltda ооо зао оао пао dds phd md".split())
_FORM_ENDING = re.compile(r"(?:^|\s)(?:&|and)\s*(?:co|sons|partners|associates)$")


@dataclass(frozen=True)
class LogoCaption:
    """What a caption says. Without `parsed`, `name` and `industry` are None and `tags` empty.

    `style` holds the style words of the tail in order, repeats left out; `black_and_white` is the
    flag of the tail, read even where the rest can't be.
    """

    name: str | None
    tags: tuple[str, ...] = ()
    industry: str | None = None
    style: tuple[str, ...] = STYLE_WORDS
    black_and_white: bool = False
    parsed: bool = True


def parse(text: str) -> LogoCaption:
    """Return what the caption `text` says; never raises."""
    text = normalise(text)
    prefix = _PREFIX.match(text)
    while prefix:
        text = text[prefix.end() :].lstrip(" ")
        again = _PREFIX.match(text)
        if not again:
            break
        prefix = again
    spans = _split(text)
    tail = _find_tail(text, spans)
    if tail is None:
        return LogoCaption(None, style=(), parsed=False)
    head = spans[: tail.start]
    if tail.mended is not None:
        head = [*head, tail.mended]
    style, black_and_white = _read_tail([text[a:b] for a, b in spans[tail.start :]], tail)
    fields = _assign(text, head) if prefix else None
    if fields is None:
        return LogoCaption(None, style=style, black_and_white=black_and_white, parsed=False)
    return LogoCaption(*fields, style=style, black_and_white=black_and_white)


def compose(
    name: str,
    *,
    tags: Sequence[str] = (),
    industry: str | None = None,
    black_and_white: bool = False,
    style: Sequence[str] = STYLE_WORDS,
) -> str:
    """Return the caption that says this; `parse` gives the same back.

    A caption without tags and industry is written with the name alone where that can be read.
    Raises InputError for what the grammar can't hold: a comma in a tag, a name without letters …
    """
    if any(_unquote(name, quote) is not None for quote in _PAIRS):
        spare = next((a for a in ('"', "'") if a not in name), "")
        name_text = f"{spare}{name}{spare}"
    else:
        name_text = name
    alone = not tags and industry is None and len(_split(name_text)) == 1
    fields = [name_text] if alone else [name_text, " ".join(tags), industry or ""]
    flag = [FLAG] if black_and_white else []
    text = f"{PREFIX} " + ", ".join([*fields, *style, *flag])
    meant = LogoCaption(name, tuple(tags), industry, tuple(style), black_and_white)
    if parse(text) != meant:
        raise InputError(
            f"the caption grammar can't hold name {name!r}, tags {list(tags)!r}, industry "
            f"{industry!r}: leave commas out of tags and industry, spaces out of a tag, and give a name",
            ru=f"Грамматика подписей не вмещает имя {name!r}, метки {list(tags)!r}, отрасль "
            f"{industry!r}: уберите запятые из меток и отрасли, пробелы из метки и дайте имя",
        )
    return text


def normalise(text: str) -> str:
    """Return `text` with entities undone, invisible characters dropped, NFC, single spaces."""
    for _ in range(3 if "&" in text else 0):
        undone = _ENTITY.sub(_undo_entity, text)
        if undone == text:
            break
        text = undone
    if not (text.isascii() and text.isprintable()):
        text = unicodedata.normalize("NFC", text.translate(_DROPPED))
    text = " ".join(text.split())
    return text.lstrip(_QUOTES + " ").rstrip(_QUOTES + " .…!;,")


def _undo_entity(match: re.Match[str]) -> str:
    entity = match.group()
    if entity[1] == "#" or entity[1:] in html.entities.html5:
        return html.unescape(entity)
    return entity


_Span = tuple[int, int]


def _split(text: str) -> list[_Span]:
    """Return the spans of the fields of `text`, without the spaces round them."""
    guard = 0
    closing = _OPENING.get(text[:1])
    if closing:
        end = text.find(closing, 1) + 1
        if end and re.match(r" ?(?:,|$)", text[end:]):
            guard = end
    # A comma between two digits matches neither branch of _COMMA, so it never splits.
    cuts = [m.start() for m in _COMMA.finditer(text, guard)]
    spans = []
    for a, b in pairwise([-1, *cuts, len(text)]):
        piece = text[a + 1 : b]
        start = a + 1 + len(piece) - len(piece.lstrip(" "))
        spans.append((start, max(start, a + 1 + len(piece.rstrip(" ")))))
    return spans


@dataclass(frozen=True)
class _Tail:
    start: int  # first field of the tail
    mended: _Span | None = None  # a field in front of it whose comma was missing
    first: tuple[str, ...] | None = None  # words of the first tail field where it was mended


def _find_tail(text: str, spans: list[_Span]) -> _Tail | None:
    fields = [text[a:b].casefold() for a, b in spans]
    last = len(fields) - 1
    for i, field in enumerate(fields):
        words = _style_field(field)
        following = _style_field(fields[i + 1]) if i < last else ()
        minimalist = following[:1] == ("minimalist",)
        if words[:1] == ("successful vibe",):
            cut = i + 1 == last and STYLE_WORDS[1].startswith(fields[last]) and fields[last] != ""
            if words[1:2] == ("minimalist",) or (
                len(words) == 1 and (minimalist or cut or i == last)
            ):
                return _Tail(i)
        elif minimalist and field.endswith(" successful vibe"):
            a, b = spans[i]
            inside = text[a:b].rstrip()
            # casefold() may change lengths (ß), so the end is cut from the text itself.
            return _Tail(
                i, (a, a + len(inside[: -len(" successful vibe")].rstrip(" "))), STYLE_WORDS[:1]
            )
    return _find_tail_backwards(fields)


def _find_tail_backwards(fields: list[str]) -> _Tail | None:
    seen: set[str] = set()
    start = None
    for i in range(len(fields) - 1, -1, -1):
        words = _style_field(fields[i])
        if words:
            styles = [w for w in words if w != FLAG]
            if seen & set(styles) or len(set(styles)) < len(styles):
                break
            seen.update(styles)
            start = i
        elif fields[i] and fields[i] not in _FLAGS and not _is_cut_flag(fields, i):
            break
    return _Tail(start) if start is not None and len(seen) >= _MIN_TAIL_WORDS else None


def _read_tail(fields: list[str], tail: _Tail) -> tuple[tuple[str, ...], bool]:
    """Return the style words of the tail and its flag."""
    folded = [field.casefold() for field in fields]
    words: list[str] = []
    flag = False
    for i, field in enumerate(folded):
        found = tail.first if i == 0 and tail.first else _style_field(field)
        flag |= FLAG in found or field in _FLAGS or _is_cut_flag(folded, i)
        words += [w for w in found if w != FLAG]
    return tuple(dict.fromkeys(words)), flag


def _is_cut_flag(fields: list[str], i: int) -> bool:
    """Say whether field i, the last, is a beginning of the flag after `even edges`."""
    if i != len(fields) - 1 or i == 0 or not fields[i] or not FLAG.startswith(fields[i]):
        return False
    return _style_field(fields[i - 1])[-1:] == (STYLE_WORDS[-1],)


def _style_patterns() -> tuple[dict[str, str], re.Pattern[str]]:
    exact = {word: word for word in STYLE_WORDS}
    several = "|".join(map(re.escape, STYLE_WORDS))
    return exact, re.compile(rf"(?:{several})(?: (?:{several}))*(?: {re.escape(FLAG)})?")


_EXACT, _SEVERAL = _style_patterns()
_WORD = re.compile("|".join(map(re.escape, (*STYLE_WORDS, FLAG))))


@lru_cache(maxsize=1 << 14)
def _style_field(field: str) -> tuple[str, ...]:
    """Return the style words (and the flag) that the case-folded field is made of, or ()."""
    if field in _EXACT:
        return (field,)
    for word in STYLE_WORDS:
        letters = sum(map(str.isalpha, word))
        if (
            letters >= _FUZZY_LETTERS
            and abs(len(word) - len(field)) <= 1
            and _one_edit(word, field)
        ):
            return (word,)
    return tuple(_WORD.findall(field)) if _SEVERAL.fullmatch(field) else ()


def _one_edit(a: str, b: str) -> bool:
    """Say whether one insertion, deletion or substitution turns `a` into `b`."""
    if len(a) > len(b):
        a, b = b, a
    i = next((k for k, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), len(a))
    return a[i + (len(a) == len(b)) :] == b[i + 1 :]


def _assign(text: str, spans: list[_Span]) -> tuple[str, tuple[str, ...], str | None] | None:
    """Return name, tags and industry of the fields before the tail, or None without a name."""
    if not spans or spans[0][0] == spans[0][1]:
        return None
    joined = 1
    while joined < len(spans) and _is_company_form(text[slice(*spans[joined])]):
        joined += 1
    first = (spans[0][0], spans[joined - 1][1])
    spans = [first, *spans[joined:]]
    n_name = max(1, len(spans) - 2)
    name = text[first[0] : spans[n_name - 1][1]].strip(" ,")
    rest = [text[a:b] for a, b in spans[n_name:]]
    industry = rest[-1] or None if rest else None
    tags = tuple(rest[0].split()) if len(rest) == 2 else ()
    for quotes in _PAIRS:
        inner = _unquote(name, quotes)
        if inner is not None:
            name = inner
            break
    if not any(unicodedata.category(c)[0] in "LNS" for c in name):
        return None
    return name, tags, industry


def _is_company_form(field: str) -> bool:
    bare = field.replace(".", "").casefold()
    return bare in _FORMS or _FORM_ENDING.search(bare) is not None


def _unquote(name: str, quotes: tuple[str, str]) -> str | None:
    """Return `name` without one pair of quotation marks round the whole of it, None without it."""
    left, right = quotes
    inner = name[1:-1]
    pair = len(name) >= 2 and name[0] == left and name[-1] == right
    return inner.strip(" ") if pair and left not in inner and right not in inner else None
