"""The HTML that Telegram accepts in messages, read as strictly as its server reads it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from typing import Any

_TAGS = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline",
    "ins": "underline", "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough",
    "tg-spoiler": "spoiler", "code": "code", "pre": "pre", "blockquote": "blockquote",
    "a": "text_link", "span": "spoiler",
}  # fmt: skip
_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|#\d{1,7}|#x[0-9a-fA-F]{1,6});")
_OPEN = re.compile(r'<([^\s<>/]*)((?:\s+[a-z-]+(?:="[^"<>]*"|))*)\s*>')
_CLOSE = re.compile(r"</([^\s<>]*)\s*>")


class BadHtmlError(Exception):
    """What the server answers to HTML that it can't read."""


@dataclass(frozen=True)
class Marked:
    """A text without its tags, and the entities that stand for them."""

    text: str
    entities: list[dict[str, Any]]


def units(text: str) -> int:
    """Return the length as Telegram counts it: in UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


def parse_html(source: str) -> Marked:
    """Return the text and entities of `source`; raise BadHtmlError with the server's words."""
    text, entities, stack, i = "", [], [], 0
    while i < len(source):
        at = len(source[:i].encode())
        if source[i] == "&" and (found := _ENTITY.match(source, i)):
            text += unescape(found.group())
            i = found.end()
        elif source.startswith("</", i):
            found = _CLOSE.match(source, i)
            if found is None:
                raise BadHtmlError(f"Unclosed end tag at byte offset {at}")
            if not stack:
                raise BadHtmlError(f"Unexpected end tag at byte offset {at}")
            name, offset, extra = stack.pop()
            if found.group(1) not in (name, ""):
                raise BadHtmlError(
                    f'Unmatched end tag at byte offset {at}, expected "</{name}>", '
                    f'found "</{found.group(1)}>"'
                )
            if length := units(text) - offset:
                entities.append({"type": _TAGS[name], "offset": offset, "length": length, **extra})
            i = found.end()
        elif source[i] == "<":
            found = _OPEN.match(source, i)
            name = found.group(1) if found else re.split("[> ]", source[i + 1 :], maxsplit=1)[0]
            if found is None or name not in _TAGS:
                raise BadHtmlError(f'Unsupported start tag "{name}" at byte offset {at}')
            given = dict(re.findall(r'([a-z-]+)="([^"]*)"', found.group(2)))
            extra = {"url": unescape(given["href"])} if name == "a" and "href" in given else {}
            stack.append((name, units(text), extra))
            i = found.end()
        else:
            text += source[i]
            i += 1
    if stack:
        raise BadHtmlError(f'Can\'t find end tag corresponding to start tag "{stack[-1][0]}"')
    return Marked(text, sorted(entities, key=lambda e: (e["offset"], -e["length"])))
