"""Show long lists a page at a time; their templates end with `parts.pages`, which turns them (docs/rules.md 12.9)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

SIZE = 8  # lines of a page, with a button or two each: as a rule one message on every channel

T = TypeVar("T")


@dataclass(frozen=True)
class Page:
    """Which page of a list is shown: its number from 0, and where its first and last lines are in the whole list, from
    1."""

    number: int
    first: int
    last: int
    total: int

    @property
    def several(self) -> bool:
        return self.last - self.first + 1 < self.total

    @property
    def more(self) -> bool:
        return self.last < self.total


def cut(found: Sequence[T], number: int, size: int = SIZE) -> tuple[Sequence[T], Page]:
    """Return the lines of a page, and which it is: the last one where the list has become shorter than its reader
    thinks."""
    number = max(0, min(number, (len(found) - 1) // size))
    lines = found[number * size : (number + 1) * size]
    return lines, Page(number, number * size + 1, number * size + len(lines), len(found))
