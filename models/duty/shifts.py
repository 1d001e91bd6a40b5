"""Shifts and who is on duty in them: nobody twice at once, put on, taken out, relieved (docs/rules.md 35.2 to 35.6).
How they are made is in models/duty/making.py, what they lack in models/duty/availability.py."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, Index, bindparam, case, text, tuple_
from sqlmodel import Field, Session, col, func, or_, select

from models.core.database import Instant
from models.core.table import IDS_NOT_REUSED, Table
from models.organisation.people import Person
from models.organisation.units import Unit, below

EARLY = timedelta(hours=1)  # before a shift, when its people are told and may check in
GRACE = timedelta(minutes=15)  # after its beginning, when a missing check-in is an alert
LONGEST = timedelta(hours=26)  # a day, also when clocks change
JOINT = timedelta(hours=1)  # between the end of a shift and the beginning of the one it hands over to


class Stage(StrEnum):
    """What the clock does next about a shift."""

    GAPS = "gaps"
    CALL = "call"
    CHECK = "check"
    END = "end"
    DONE = "done"


class Shift(Table, table=True):
    """One shift of a unit on `day`, its local day. `changed` says that somebody else than the rota chose its people: a
    new template week with the same shift keeps them."""

    __table_args__ = (
        Index("shift_unit", "unit_id", "starts_at"),
        Index("shift_rota", "rota_id", "day"),
        Index("shift_due", "next_at", sqlite_where=text("next_at IS NOT NULL"),
              postgresql_where=text("next_at IS NOT NULL")),
        IDS_NOT_REUSED,
    )  # fmt: skip

    id: int = Field(default=None, primary_key=True)
    rota_id: int = Field(foreign_key="rota.id")
    unit_id: int = Field(foreign_key="unit.id")
    day: date
    name: str
    starts_at: datetime = Field(sa_type=Instant)
    ends_at: datetime = Field(sa_type=Instant)
    need: int
    changed: bool = False
    cancelled_at: datetime | None = Field(default=None, sa_type=Instant)
    stage: str = Stage.GAPS
    next_at: datetime | None = Field(default=None, sa_type=Instant)


class Duty(Table, table=True):
    """One person in a shift, until `ended_at`: swapped away, taken out by a lead, or replaced. `ends_at` is the
    shift's, so that somebody's next duties are found without those of years ago. `by` is None for whom the rota chose.
    `checked_at` and `place` are of the check-in, `note` and `noted_at` of what was handed over; `alert_id` is the alert
    about a check-in that was missing."""

    __table_args__ = (
        Index("duty_shift", "shift_id", "ended_at"),
        Index("duty_person", "person_id", "ends_at"),
        IDS_NOT_REUSED,
    )

    id: int = Field(default=None, primary_key=True)
    shift_id: int = Field(foreign_key="shift.id")
    person_id: int = Field(foreign_key="person.id")
    ends_at: datetime = Field(sa_type=Instant)
    by: int | None = Field(default=None, foreign_key="person.id")
    at: datetime = Field(sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    checked_at: datetime | None = Field(default=None, sa_type=Instant)
    place: str | None = None
    note: str | None = None
    noted_at: datetime | None = Field(default=None, sa_type=Instant)
    alert_id: int | None = Field(default=None)


def booked(
    session: Session, persons: Sequence[int], starts: datetime, ends: datetime, but: Sequence[int] = ()
) -> dict[int, Shift]:  # fmt: skip
    """Return those of these people who are on duty at any moment between two instants, each with a shift, in whatever
    unit; not counting the duties `but`."""
    query = (
        select(Duty.person_id, Shift).join(Shift, col(Shift.id) == col(Duty.shift_id))
        .where(col(Duty.person_id).in_(persons), col(Duty.ended_at).is_(None), col(Duty.id).not_in(but),
               Duty.ends_at > starts, Duty.ends_at < ends + LONGEST, Shift.starts_at < ends)
    )  # fmt: skip
    return dict(session.exec(query).all())


def of_shift(session: Session, shift: Shift) -> list[Duty]:
    """Return who is on duty in a shift."""
    query = select(Duty).where(Duty.shift_id == shift.id, col(Duty.ended_at).is_(None))
    return list(session.exec(query.order_by(col(Duty.id))).all())


def of_shifts(session: Session, ids: Sequence[int]) -> dict[int, list[tuple[Duty, Person]]]:
    """Return who is on duty in each of these shifts, by its id."""
    query = (
        select(Duty, Person).join(Person, col(Person.id) == col(Duty.person_id))
        .where(col(Duty.shift_id).in_(ids), col(Duty.ended_at).is_(None)).order_by(col(Duty.id))
    )  # fmt: skip
    found: dict[int, list[tuple[Duty, Person]]] = {}
    for duty, person in session.exec(query).all():
        found.setdefault(duty.shift_id, []).append((duty, person))
    return found


def listed(
    session: Session, tops: Sequence[Unit], since: datetime, until: datetime, most: int = 500,
    after: tuple[Shift, Unit] | None = None,
) -> list[tuple[Shift, Unit]]:  # fmt: skip
    """Return the shifts of these subtrees that lie at least partly between two instants, by their beginning; those
    behind one of them where that is given."""
    order = col(Shift.starts_at), col(Unit.rank), col(Shift.id)
    query = select(Shift, Unit).join(Unit, col(Unit.id) == col(Shift.unit_id)).where(*_inside(tops, since, until))
    if after:
        query = query.where(tuple_(*order) > (after[0].starts_at, after[1].rank, after[0].id))
    return [(shift, unit) for shift, unit in session.exec(query.order_by(*order).limit(most)).all()]


def _inside(tops: Sequence[Unit], since: datetime, until: datetime) -> list[ColumnElement[bool]]:
    return [
        or_(*(below(top.path) for top in tops)), col(Shift.starts_at) > since - LONGEST,
        col(Shift.starts_at) < until, col(Shift.ends_at) > since, col(Shift.cancelled_at).is_(None),
    ]  # fmt: skip


def each_listed(
    session: Session, tops: Sequence[Unit], since: datetime, until: datetime, size: int = 500
) -> Iterator[tuple[Shift, Unit, list[tuple[Duty, Person]]]]:  # fmt: skip
    """Yield all of them, each with who is on it; memory holds so many at a time."""
    after = None
    while found := listed(session, tops, since, until, size, after):
        held = of_shifts(session, [it.id for it, _ in found])
        for shift, unit in found:
            yield shift, unit, held.get(shift.id, [])
        if len(found) < size:
            return
        after = found[-1]


def number(session: Session, tops: Sequence[Unit], since: datetime, until: datetime) -> int:
    """Return how many shifts these are."""
    query = select(func.count()).select_from(Shift).join(Unit, col(Unit.id) == col(Shift.unit_id))
    return session.exec(query.where(*_inside(tops, since, until))).one()


def number_of_lines(session: Session, tops: Sequence[Unit], since: datetime, until: datetime) -> int:
    """Return how many people are on these shifts, and on how many of them somebody is missing."""
    on_it = func.count(col(Duty.id))
    query = (
        select(on_it + case((on_it < Shift.need, 1), else_=0))
        .select_from(Shift).join(Unit, col(Unit.id) == col(Shift.unit_id))
        .outerjoin(Duty, (col(Duty.shift_id) == col(Shift.id)) & col(Duty.ended_at).is_(None))
        .where(*_inside(tops, since, until)).group_by(col(Shift.id))
    )  # fmt: skip
    return sum(session.exec(query).all())


def of_person(session: Session, person: Person, since: datetime, most: int) -> list[tuple[Duty, Shift]]:
    """Return somebody's shifts that end after an instant, the next first."""
    query = (
        select(Duty, Shift).join(Shift, col(Shift.id) == col(Duty.shift_id))
        .where(Duty.person_id == person.id, col(Duty.ended_at).is_(None), Duty.ends_at > since)
        .order_by(col(Shift.starts_at)).limit(most)
    )  # fmt: skip
    return [(duty, shift) for duty, shift in session.exec(query).all()]


def put(session: Session, shift: Shift, person: Person, by: Person | None, now: datetime) -> Duty:
    """Put somebody on a shift by hand; nothing is checked here."""
    made = Duty(
        shift_id=shift.id, person_id=person.id, ends_at=shift.ends_at, by=by.id if by else None, at=now
    )  # fmt: skip
    shift.changed = True
    session.add(shift)
    session.add(made)
    session.flush()
    return made


def take_out(session: Session, duty: Duty, now: datetime) -> None:
    shift = session.get_one(Shift, duty.shift_id)
    duty.ended_at, shift.changed = now, True
    session.add(duty)
    session.add(shift)
    session.flush()


def follows(session: Session, shift: Shift) -> list[Shift]:
    """Return the shifts of the unit that take over from this one."""
    return _joined(session, shift, col(Shift.starts_at).between(shift.ends_at - JOINT, shift.ends_at + JOINT))


def precedes(session: Session, shift: Shift) -> list[Shift]:
    """Return the shifts of the unit from which this one takes over."""
    return _joined(session, shift, col(Shift.ends_at).between(shift.starts_at - JOINT, shift.starts_at + JOINT))


def _joined(session: Session, shift: Shift, when: ColumnElement[bool]) -> list[Shift]:
    query = select(Shift).where(
        Shift.unit_id == shift.unit_id, Shift.id != shift.id, col(Shift.cancelled_at).is_(None), when
    )
    return list(session.exec(query.order_by(col(Shift.starts_at))).all())


ANY_DUE = select(Shift.id).where(col(Shift.next_at) <= bindparam("now")).exists()


def due(session: Session, now: datetime, aside: Sequence[int] = ()) -> Shift | None:
    query = select(Shift).where(col(Shift.next_at) <= now, col(Shift.id).not_in(aside))
    return session.exec(query.order_by(col(Shift.next_at), col(Shift.id)).limit(1)).first()
