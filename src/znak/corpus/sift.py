"""Which of the drawn rows stay: look-alikes of brands, duplicates and too many pictograms go."""

from __future__ import annotations

import zlib
from collections import defaultdict
from typing import Any

import numpy as np

from znak.corpus.brands import FAMILIES, PLAIN_SETS, brand_names
from znak.corpus.cluster import Pairs

DUPLICATE_GAP = 0.12
"""Field pixels: nearer than this with the same caption, a drawing is the same one again."""
LOOK_ALIKE_GAP = 0.6
"""Field pixels: a drawing so near to a brand's mark is that mark, unless the form is generic."""
GENERIC = 3
"""A form is generic when so many other sets draw it under a name that isn't the brand's."""
GENERIC_NAMED = 8
"""…and this many, when the drawing has the brand's name (`star`, `circle`, `target`)."""
PER_INTERFACE_CAPTION = 40
INTERFACE_PART = 0.10
"""Largest part of the corpus that interface pictograms may be."""

Rows = list[dict[str, Any]]


class Sieve:
    """Rows with their near-copies, and which of them stay; what goes is added to `rejects`."""

    def __init__(self, rows: Rows, pairs: Pairs, rejects: Rows) -> None:
        """`rows` are labelled drawings and brands, `pairs` index them."""
        self.rows, self.pairs, self.rejects = rows, pairs, rejects
        self.stays = np.ones(len(rows), dtype=bool)
        self.brand = np.array([row["kind"] == "brand" for row in rows], dtype=bool)

    def sift(self) -> None:
        """Drop what should not stay, in the order of the methods below."""
        self.drop_nameless()
        self.move_brand_names()
        self.drop_look_alikes()
        self.drop_duplicates()
        self.cap_interface()

    def drop_nameless(self) -> None:
        """Reject drawings whose name says nothing of what they show."""
        for i, row in enumerate(self.rows):
            if not self.brand[i] and not row["caption"]:
                self._reject(i, "no caption", "")

    def move_brand_names(self) -> None:
        """Make brands of the drawings that bear a brand's name; reject what is derived from them."""
        captions = brand_names(self.rows)
        for i, row in enumerate(self.rows):
            if self.brand[i] or row["set"] in PLAIN_SETS or row["caption"] not in captions:
                continue
            if row["derived"] in ("filled", "thickened"):
                self._reject(i, "brand", f"derived from a mark of {row['caption']}")
            else:
                self.brand[i] = True

    def drop_look_alikes(self) -> None:
        """Reject drawings that are a known brand's mark under another or no suspicious name.

        A drawing near a mark of brands.FAMILIES goes, unless the form is generic (a disc, a star, a
        check mark): that is, unless GENERIC other sets draw it under names that share no word with
        the brand's. A drawing that has the brand's name goes, unless GENERIC_NAMED sets do.
        """
        for mark, others in sorted(self._near_brands().items()):
            brand = self.rows[mark]
            words = {*brand["caption"].split(), brand["name"]}
            strangers = [i for i in others if words.isdisjoint(self.rows[i]["caption"].split())]
            foreign = len({self.rows[i]["set"] for i in strangers})
            for i in others:
                limit = GENERIC if i in strangers else GENERIC_NAMED
                if foreign < limit:
                    self._reject(i, "brand look-alike", f"{brand['set']}:{brand['name']}")

    def _near_brands(self) -> dict[int, list[int]]:
        """Return for each well-known mark the drawings near it."""
        pairs = self.pairs
        near = (
            (pairs.gap < LOOK_ALIKE_GAP)
            & ~pairs.mirrored
            & (self.brand[pairs.a] != self.brand[pairs.b])
        )
        found: dict[int, list[int]] = defaultdict(list)
        for a, b in zip(pairs.a[near].tolist(), pairs.b[near].tolist(), strict=True):
            mark, other = (a, b) if self.brand[a] else (b, a)
            if self.rows[mark]["set"] in FAMILIES and self.stays[other]:
                found[mark].append(other)
        return found

    def drop_duplicates(self) -> None:
        """Reject the second of two drawings that are the same in form and caption."""
        pairs = self.pairs
        same = (
            (pairs.gap < DUPLICATE_GAP)
            & ~pairs.mirrored
            & ~self.brand[pairs.a]
            & ~self.brand[pairs.b]
        )
        for a, b in sorted(zip(pairs.a[same].tolist(), pairs.b[same].tolist(), strict=True)):
            first, second = self.rows[a], self.rows[b]
            if first["caption"] != second["caption"] or not (self.stays[a] and self.stays[b]):
                continue
            keep, drop = (b, a) if first["derived"] and not second["derived"] else (a, b)
            self._reject(drop, "duplicate", f"{self.rows[keep]['set']}:{self.rows[keep]['name']}")

    def cap_interface(self) -> None:
        """Keep at most PER_INTERFACE_CAPTION pictograms a caption and INTERFACE_PART in all."""
        by_caption: dict[str, list[int]] = defaultdict(list)
        others = 0
        for i in np.flatnonzero(self.stays & ~self.brand).tolist():
            if self.rows[i]["interface"]:
                by_caption[self.rows[i]["caption"]].append(i)
            else:
                others += 1
        room = int(others * INTERFACE_PART / (1 - INTERFACE_PART))
        ranked = [
            (rank, self._chance(i), i)
            for members in by_caption.values()
            for rank, i in enumerate(sorted(members, key=self._preference))
        ]
        for place, (rank, _, i) in enumerate(sorted(ranked)):
            if rank >= PER_INTERFACE_CAPTION or place >= room:
                self._reject(i, "interface cap", f"{rank + 1} of {self.rows[i]['caption']!r}")

    def _preference(self, index: int) -> tuple[bool, bool, int]:
        row = self.rows[index]
        return not row["solid"], bool(row["derived"]), self._chance(index)

    def _chance(self, index: int) -> int:
        row = self.rows[index]
        return zlib.crc32(f"{row['set']}:{row['name']}:{row['derived']}".encode())

    def _reject(self, index: int, reason: str, detail: str) -> None:
        if self.stays[index]:
            self.stays[index] = False
            row = self.rows[index]
            common = {key: row[key] for key in ("set", "name", "license")}
            self.rejects.append({**common, "reason": reason, "detail": detail})
