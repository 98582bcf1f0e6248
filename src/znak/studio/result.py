"""What the studio answers with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, overload

from znak.brief import Brief
from znak.errors import InputError
from znak.studio.mark import Mark

if TYPE_CHECKING:
    from znak.brand.logo import Logo
    from znak.studio.logos import Wish

MAX_MARKS = 100


@dataclass(frozen=True, eq=False)
class Result(Sequence[Mark]):
    """The marks made for a brief; `notes` are (English, Russian) lines for the user."""

    brief: Brief
    marks: tuple[Mark, ...]
    engine: str
    revision: str
    notes: tuple[tuple[str, str], ...] = ()

    def __len__(self) -> int:
        return len(self.marks)

    @overload
    def __getitem__(self, index: int) -> Mark: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Mark, ...]: ...
    def __getitem__(self, index: int | slice) -> Mark | tuple[Mark, ...]:
        return self.marks[index]

    def __iter__(self) -> Iterator[Mark]:
        return iter(self.marks)

    def logos(self, wish: Wish | None = None) -> tuple[Logo, ...]:
        """Return the finished logos of the marks: with name, colours and layout."""
        from znak.studio.logos import Wish, make_logos

        return make_logos(self, wish=wish or Wish())


def check_count(n: int) -> int:
    """Return `n`; raise InputError outside 1 to MAX_MARKS."""
    if not 1 <= n <= MAX_MARKS:
        raise InputError(
            f"-n {n}: give a number from 1 to {MAX_MARKS}",
            ru=f"-n {n}: дайте число от 1 до {MAX_MARKS}",
        )
    return n
