"""Entries of the timeline (时间树), written when something happens and in its transaction, never computed from history
(docs/rules.md 39): counts and events of units, never of a person."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, Column, Index, UniqueConstraint
from sqlmodel import Field, Session, col, select

from models.core import characters
from models.core.database import Instant
from models.core.errors import Refusal
from models.core.table import IDS_NOT_REUSED, Table
from models.organisation.people import Person
from models.organisation.units import Unit, above
from models.timeline.sources import WRITTEN, Source

LONGEST = 200  # characters of an admin's words, and of a reason


class TimelineEntry(Table, table=True):
    """One entry of a unit's timeline, on a day. `source` and `key` say what it is about; an admin's own has no key. `n`
    is how many it stands for, `told` what its sentence is made of: counts, titles, days. `words` are an admin's,
    instead of that sentence. A `guarded` one is a count that could tell of somebody where few people are. One that is
    `hidden_at` is shown to the unit's admins only, with the reason."""

    __table_args__ = (
        UniqueConstraint("source", "key", "unit_id"),
        Index("timeline_entry_day", "unit_id", "day", "id"),
        IDS_NOT_REUSED,
    )

    id: int = Field(default=None, primary_key=True)
    unit_id: int = Field(foreign_key="unit.id")
    day: date
    source: str
    key: str | None = None
    n: int = 1
    told: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    guarded: bool = False
    words: str | None = None
    by: int | None = Field(default=None, foreign_key="person.id")
    at: datetime | None = Field(default=None, sa_type=Instant)
    hidden_at: datetime | None = Field(default=None, sa_type=Instant)
    hidden_by: int | None = Field(default=None, foreign_key="person.id")
    reason: str | None = None


def once(
    session: Session, source: Source, unit_id: int, day: date, key: object, *, n: int = 1, guarded: bool | None = None,
    **told: Any,
) -> TimelineEntry:  # fmt: skip
    """Return the entry about `key`, written now if there is none."""
    found = of(session, source, key, unit_id)
    if found:
        return found[0]
    made = new(source, unit_id, day, key, n=n, guarded=guarded, **told)
    session.add(made)
    session.flush()
    return made


def new(
    source: Source, unit_id: int, day: date, key: object, *, n: int = 1, guarded: bool | None = None, **told: Any
) -> TimelineEntry:  # fmt: skip
    """Return an entry, not stored yet, about something that was made just now, so that there can be none about it."""
    return TimelineEntry(
        unit_id=unit_id, day=day, source=source.name, key=str(key), n=n, told=_plain(told),
        guarded=source.guarded if guarded is None else guarded,
    )  # fmt: skip


def add(
    session: Session, source: Source, unit_id: int, day: date, key: object, n: int = 1,
    sums: dict[str, int | Decimal] | None = None, **told: Any,
) -> TimelineEntry:  # fmt: skip
    """Count something in the entry about `key`, which stands on the last of its days: `n` and `sums` are added,
    `told` is said anew."""
    it = once(session, source, unit_id, day, key, n=0)
    more = {name: _sum(it.told.get(name, 0), value) for name, value in (sums or {}).items()}
    it.n, it.day, it.told = it.n + n, max(it.day, day), it.told | more | _plain(told)
    session.add(it)
    session.flush()
    return it


def _sum(before: int | str, more: int | Decimal) -> int | str:
    return before + more if isinstance(more, int) and isinstance(before, int) else str(Decimal(before) + more)


def renew(session: Session, source: Source, key: object, *, day: date | None = None, **told: Any) -> None:
    """Say anew what became of something; where there is no entry about it, nothing."""
    for it in of(session, source, key):
        it.day = day or it.day
        tell(session, it, **told)


def tell(session: Session, it: TimelineEntry, **told: Any) -> None:
    """Say more in an entry, or something else."""
    it.told = it.told | _plain(told)
    session.add(it)
    session.flush()


def take_away(session: Session, source: Source, key: object) -> None:
    """Delete what turned out not to have happened; the ledger keeps that it stood there. `verify` lets it happen to the
    sources in `sources.TAKEN_AWAY`."""
    for it in of(session, source, key):
        session.delete(it)
    session.flush()


def of(session: Session, source: Source, key: object, unit_id: int | None = None) -> Sequence[TimelineEntry]:
    """Return the entries about something, of every unit or of one."""
    query = select(TimelineEntry).where(TimelineEntry.source == source.name, TimelineEntry.key == str(key))
    return session.exec(query.where(TimelineEntry.unit_id == unit_id) if unit_id else query).all()


def units_over(session: Session, unit: Unit) -> Sequence[int]:
    """Return the ids of a unit and those above, in each of whose timelines something is counted."""
    return session.exec(select(Unit.id).where(col(Unit.path).in_(above(unit.path)))).all()


def write(session: Session, unit: Unit, day: date, words: str, by: Person, now: datetime) -> TimelineEntry:
    """Write an admin's own entry. Raises `timeline.words`."""
    made = TimelineEntry(unit_id=unit.id, day=day, source=WRITTEN.name, words=said(words), by=by.id, at=now)
    session.add(made)
    session.flush()
    return made


def word(session: Session, it: TimelineEntry, words: str, by: Person, now: datetime) -> None:
    """Give an entry an admin's words instead of its own. Raises `timeline.words`."""
    it.words, it.by, it.at = said(words), by.id, now
    session.add(it)
    session.flush()


def hide(session: Session, it: TimelineEntry, reason: str, by: Person, now: datetime) -> None:
    """Hide an entry from everybody but the unit's admins. Raises `timeline.words`, `timeline.hidden`."""
    if it.hidden_at is not None:
        raise Refusal("timeline.hidden")
    it.hidden_at, it.hidden_by, it.reason = now, by.id, said(reason)
    session.add(it)
    session.flush()


def show(session: Session, it: TimelineEntry) -> None:
    """Show a hidden entry again. Raises `timeline.not_hidden`."""
    if it.hidden_at is None:
        raise Refusal("timeline.not_hidden")
    it.hidden_at = it.hidden_by = it.reason = None
    session.add(it)
    session.flush()


def said(words: str) -> str:
    """Return words in one line. Raises `timeline.words` for none, or too many."""
    line = characters.name(words)
    if not line or len(line) > LONGEST:
        raise Refusal("timeline.words", most=LONGEST)
    return line


def _plain(told: dict[str, Any]) -> dict[str, Any]:
    """Return what is told as JSON keeps it; nothing is said of what is None."""
    return {name: _kept(value) for name, value in told.items() if value is not None}


def _kept(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return dict(value) if isinstance(value, dict) else [*value] if isinstance(value, Iterable) and not isinstance(
        value, str) else value  # fmt: skip
