"""Read what a button carries after its name, by the annotations of the function it calls."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from inspect import signature
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from sqlmodel import SQLModel

LARGEST = 2**31 - 1  # the largest id a database knows
LONGEST = 64  # bytes of a button's data, the least that any platform takes


@dataclass(frozen=True)
class Letters:
    """Text in a button: only these letters, and at most so many."""

    pattern: str
    most: int

    def read(self, value: str) -> str:
        if not re.fullmatch(f"{self.pattern}{{1,{self.most}}}", value):
            raise ValueError(value)
        return value


class Shared:
    """Marks an id that anybody may send: the function shows each person only what is theirs."""


@dataclass(frozen=True)
class Argument:
    """One value of a button: how it is read, which table's row it names (None: no row), and the longest text that is
    read. `read` raises ValueError for anything that no button of ours carries."""

    name: str
    read: Callable[[str], Any]
    longest: str
    table: type[SQLModel] | None = None
    shared: bool = False
    choices: tuple[str, ...] = ()


def written(value: object) -> str:
    """Return a value as a button carries it."""
    return f"{value:%Y%m%d}" if isinstance(value, date) else str(value)


def number(value: str) -> int:
    """Return a whole number, never negative and within a database's range."""
    if not (value.isascii() and value.isdecimal() and len(value) <= len(str(LARGEST)) and int(value) <= LARGEST):
        raise ValueError(value)
    return int(value)


def day(value: str) -> date:
    """Return a day from 2000 to 2100, written as YYYYMMDD. Raises ValueError."""
    if not (re.fullmatch("[0-9]{8}", value) and "2000" <= value[:4] <= "2100"):
        raise ValueError(value)
    return date(int(value[:4]), int(value[4:6]), int(value[6:]))


def arguments(run: Callable[..., object]) -> tuple[Argument, ...]:
    """Return the arguments of a button's function, all but the turn."""
    hints = get_type_hints(run, include_extras=True)
    return tuple(_argument(name, hints[name]) for name in list(signature(run).parameters)[1:])


def _argument(name: str, hint: Any) -> Argument:
    of, marks = (get_args(hint)[0], get_args(hint)[1:]) if get_origin(hint) is Annotated else (hint, ())
    if get_origin(of) is Literal:
        return _choice(name, get_args(of))
    if of is date:
        return Argument(name, day, "21001231")
    if of is int:
        table = next((it for it in marks if isinstance(it, type) and issubclass(it, SQLModel)), None)
        return Argument(name, number, str(LARGEST), table, Shared in marks)
    for letters in marks:
        if of is str and isinstance(letters, Letters):
            return Argument(name, letters.read, "f" * letters.most)
    raise TypeError(f"a button cannot carry {name}: {hint}")


def _choice(name: str, choices: tuple[str, ...]) -> Argument:
    def read(value: str) -> str:
        if value not in choices:
            raise ValueError(value)
        return value

    return Argument(name, read, max(choices, key=len), choices=choices)
