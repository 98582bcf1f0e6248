"""Which of our two languages a client wants, from `Accept-Language` (RFC 9110, 12.5.4)."""

from __future__ import annotations

from typing import Literal

Language = Literal["en", "ru"]
LANGUAGES: tuple[Language, ...] = ("en", "ru")
_LONGEST = 500


def choose_language(header: str | None) -> Language:
    """Return the wanted language; English where nothing, or neither of the two, is asked for."""
    best: dict[str, float] = {}
    for part in (header or "")[:_LONGEST].split(","):
        tag, _, parameters = part.strip().lower().partition(";")
        code = tag.strip().split("-")[0]
        if code:
            best[code] = max(best.get(code, 0.0), _weight(parameters))
    rest = best.get("*", 0.0)
    # max takes the first of equals: the order of the header decides, then English
    order = sorted(LANGUAGES, key=lambda code: list(best).index(code) if code in best else 99)
    first = max(order, key=lambda code: best.get(code, rest))
    return first if best.get(first, rest) > 0 else "en"


def _weight(parameters: str) -> float:
    for parameter in parameters.split(";"):
        key, _, value = parameter.strip().partition("=")
        if key.strip() == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0
