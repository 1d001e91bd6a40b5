"""Collect what `verify` finds, and read records of which nothing is certain: whatever is there, it is named."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Table, column, select, text
from sqlmodel import Session, SQLModel

CHUNK = 5000
EVERY = 500  # things looked at between two ticks

Tick = Callable[[int], None]


def unheard(_: int) -> None:
    """Tell nobody how far a check is."""


@dataclass
class Verdict:
    """The result of `verify`: what was checked, and every place where the records and the seals disagree: (what, where,
    detail). `paths` says of which unit a place is, where that is known. `tick` is told how many things were `looked`
    at."""

    seals: int = 0
    reports: int = 0
    revisions: int = 0
    entries: int = 0
    erased: int = 0
    differs: list[tuple[str, str, str]] = field(default_factory=list)
    paths: dict[str, str] = field(default_factory=dict)
    looked: int = 0
    tick: Tick = unheard

    def look(self, count: int = 1) -> None:
        """Count what was looked at, and tell it now and then."""
        before, self.looked = self.looked, self.looked + count
        if before // EVERY != self.looked // EVERY:
            self.tick(self.looked)

    def say(self, what: str, where: str = "", detail: object = "") -> None:
        if (what, where, str(detail)) not in self.differs[-20:]:
            self.differs.append((what, where, str(detail)))

    @contextmanager
    def looking(self, where: str) -> Iterator[None]:
        """Note what cannot even be read as a difference, and check the rest nevertheless."""
        try:
            yield
        except Exception as error:
            self.say("unreadable", where, type(error).__name__)


def table(name: str) -> Table:
    found: Table = SQLModel.metadata.tables[name]
    return found


def read(
    session: Session, verdict: Verdict, name: str, *where: ColumnElement[bool], order: str | None = None,
    limit: int | None = None,
) -> list[Row[Any]]:  # fmt: skip
    """Return rows of a table as plain columns; one that cannot be read is named and left out."""
    it = table(name)
    key = it.c[order] if order else next(iter(it.primary_key.columns))
    query = _whole(it, key, limit).where(*where) if where else _whole(it, key, limit)
    try:
        return list(session.execute(query).all())
    except Exception:  # SQLite keeps values that are not of a column's type
        numbers = session.execute(
            select(text(f"{name}.rowid")).select_from(it).where(*where).order_by(key).limit(limit)
        )
        return [row for number in numbers.scalars().all() for row in _one(session, verdict, it, number)]


@cache
def _whole(table: Table, key: ColumnElement[Any], limit: int | None) -> Select[Any]:
    return select(table).order_by(key).limit(limit)


def _one(session: Session, verdict: Verdict, table: Table, number: int) -> list[Row[Any]]:
    with verdict.looking(f"{table.name} {number}"):
        return list(session.execute(select(table).where(column("rowid") == number)).all())
    return []


def every(session: Session, verdict: Verdict, name: str) -> Iterator[Row[Any]]:
    """Yield all rows of a table by `id`, a chunk at a time."""
    after: int | None = None
    key = table(name).c.id
    while True:
        found = read(session, verdict, name, *([key > after] if after is not None else []), limit=CHUNK)
        yield from found
        if len(found) < CHUNK:
            more = session.execute(select(key).where(key > found[-1].id).limit(1)).first() if found else None
            if more is None:
                return
        after = found[-1].id
