"""Words that may be two things: a colour or a thing, a wish or a thing, a business or a thing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from znak.brief import concepts, industries, phrases
from znak.brief.items import Item


def resolve(items: list[Item]) -> None:
    """Decide words that are a colour or a thing, a style or a thing, a business or a thing."""
    for place, item in enumerate(items):
        before = items[place - 1] if place else None
        after = items[place + 1] if place + 1 < len(items) else None
        if item.text.lower() in _BRANDS and (
            (before is not None and before.kind in _SAYS_WHICH)
            or (after is not None and after.kind == "noun" and phrases.is_genitive(after))
        ):
            item.kind = "generic"
        if (
            after is not None
            and after.kind == "for"
            and item.senses[:1]
            and item.senses[0] in _MEDIA
        ):
            item.kind = "stop"
            continue
        by_whom = before is not None and (
            before.text.lower() in _DOERS or before.kind in ("industry", "generic")
        )
        if by_whom and item.text.lower() in _DOING:
            item.kind = "doing"  # what is made there is not what to draw
            continue
        has_article = before is not None and before.text.lower() in ("a", "an", "one")
        grown = item.lexicon_kind in ("food", "plant")
        ends = after is None or after.kind in ("mark", "for", "with", "and")
        if item.kind == "colour" and has_article and grown and ends:
            item.kind = "noun"  # an orange for a juice bar
        elif item.kind == "colour" and item.is_soft and item.senses:
            near = [n for n in _neighbours(items, place) if n.kind == "colour"]
            coloured = after is not None and after.text.lower().startswith(("colo", "цвет"))
            in_it = before is not None and before.kind == "inside"
            plural = item.text.lower().endswith("s")
            plural = plural or (before is not None and before.kind == "colour")  # golden wheat
            others = [other for other in items if other is not item]
            alone = (
                all(n is None or n.kind == "mark" for n in (before, after))
                and any(other.kind == "noun" for other in others)
                and not any(other.kind == "colour" for other in others)
            )
            if plural or has_article or not (near or coloured or in_it or alone):
                item.kind = "noun"
        elif item.kind == "wish" and item.text.lower() in ("просто", "simply"):
            if after is not None and after.kind not in ("mark", "and", "wish"):
                item.kind = "stop"
        elif item.kind == "wish" and item.senses and item.wishes[0][1] == "line":
            joined = any(n is not None and n.kind == "and" for n in (before, after))
            if has_article or (joined and " " not in item.text):
                item.kind, item.wishes = "noun", ()
        elif (
            item.kind == "industry"
            and item.senses
            and " " not in item.text
            and _stands(items, place)
        ):
            item.kind = "noun"
        elif item.kind == "industry" and item.is_soft:
            _resolve_business(items, place)


def _stands(items: Sequence[Item], place: int) -> bool:
    """Say whether a word stands in a picture, after `with`, `on` …: a fence is no fence builder."""
    before = place - 1
    through = ["det", "stop", "adjective", "colour", "wish"]
    if before >= 0 and items[before].kind == "and":
        through += ["and", "noun", "number"]
    while before >= 0 and items[before].kind in through:
        before -= 1
    return before >= 0 and items[before].kind in concepts.RELATIONS


def _neighbours(items: Sequence[Item], place: int) -> list[Item]:
    found = []
    for step in (-1, 1):
        other = place + step
        while 0 <= other < len(items) and items[other].kind in ("and", "or", "mark", "det"):
            other += step
        if 0 <= other < len(items):
            found.append(items[other])
    return found


def _resolve_business(items: list[Item], place: int) -> None:
    """Make `pizza` a thing unless it's said as a business: after `for`, before `place`, on its own.

    `Солнечные панели` at the beginning are both.
    """
    item = items[place]
    if item.senses and item.senses[0] in _CATEGORIES:
        return
    after = items[place + 1] if place + 1 < len(items) else None
    before = [
        i for i in items[:place] if i.kind not in ("det", "stop", "adjective", "colour", "wish")
    ]
    last = before[-1] if before else None
    if last is not None and last.kind in ("for", "generic"):
        return
    if any(i.kind == "generic" or i.industry == industries.VAGUE for i in _segment(items, place)):
        return
    if after is not None and after.kind == "taken" and items[place - 1].kind == "mark":
        return  # лиса, пекарня «Рыжик»
    others = any(other.kind == "noun" for other in items if other is not item)
    if (
        others
        and not before
        and item.lexicon_kind in ("tech", "music", "symbol", "space")
        and " " not in item.text
    ):
        return
    if after is not None and after.kind == "noun" and item.text.isascii() and " " not in item.text:
        item.kind = "noun"
    elif (
        not before
        and after is not None
        and (
            after.kind in ("taken", "on")
            or after.text == ":"
            or after.text.lower() in _GENERIC_TEXT
        )
    ):
        return
    elif not before and " " in item.text and item.senses:
        if item.senses[0].split()[-1] in _UNSEEN:
            return
        items[place + 1 : place + 1] = [Item("and", item.end, item.end), replace(item, kind="noun")]
    else:
        item.kind = "noun"


def _segment(items: Sequence[Item], place: int) -> list[Item]:
    start = end = place
    while start > 0 and items[start - 1].kind not in ("mark", "with"):
        start -= 1
    while end < len(items) and items[end].kind not in ("mark", "with"):
        end += 1
    return list(items[start:end])


_UNSEEN = frozenset(
    "learning intelligence reality design protection software internet power storage network energy "
    "copyright trademark food commerce security marketing studio label".split()
)
"""Heads of businesses that nobody can draw as they are."""
_MEDIA = frozenset(
    "label sticker banner signboard sign packaging package box cover poster t-shirt shirt business "
    "card postcard flyer website page channel avatar".split()
)
"""What a logo stands on: `label for an apiary` asks for no label."""
_BRANDS = frozenset("brand brands label бренд бренда бренду бренде брендом".split())
_SAYS_WHICH = frozenset({"noun", "adjective", "abstract", "industry", "unknown"})
_CATEGORIES = frozenset(
    "jewelry furniture clothes apparel footwear cosmetic cosmetics makeup electronics appliance textile "
    "fashion dairy seafood grocery stationery packaging linen seasoning medicine medication fuel "
    "hosting software cybersecurity robotics pottery welding photography ecology energy sportswear "
    "festival logistics tableware lingerie underwear".split()
)
"""Whole classes of things: said of a business, never drawn as they are."""
_DOERS = frozenset("we i they he she who which that".split())
_DOING = frozenset(
    "bake bakes roast roasts brew brews repair repairs fix fixes craft crafts sew sews deliver "
    "delivers teach teaches train trains grow grows produce produces print prints clean cleans rent "
    "rents cook cooks serve serves sell sells build builds raise raises offer offers design designs "
    "restore restores organize organizes organise organises run runs knit knits ship ships".split()
)
_GENERIC_TEXT = frozenset(
    "company shop store firm place bar business brand delivery studio maker house".split()
)


def drop_backgrounds(items: list[Item]) -> None:
    """Leave out the colours of a background."""
    for place, item in enumerate(items):
        if item.kind != "noun" or "background" not in item.senses[:1]:
            continue
        for step in (-1, 1):
            other = place + step
            while 0 <= other < len(items) and items[other].kind in ("colour", "wish", "and", "det"):
                if items[other].kind == "colour":
                    items[other].kind = "stop"
                other += step
            if step == -1 and items[max(other, 0)].kind == "colour":
                items[other].kind = "stop"
