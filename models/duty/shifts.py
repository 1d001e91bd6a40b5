"""Shifts and who is on duty: made ahead from a template week, nobody twice at once, with what is missing
(docs/rules.md 35.2 to 35.7)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, Index, bindparam, text
from sqlmodel import Field, Session, col, or_, select

from models.absence import leave
from models.core.database import Instant
from models.core.table import IDS_NOT_REUSED, Table
from models.duty import rotas
from models.duty.rotas import AHEAD, Line, Rota
from models.duty.secondments import Secondment
from models.duty.secondments import Stage as Sent
from models.forms import passes
from models.messaging import addresses
from models.organisation import people
from models.organisation.people import Membership, Person
from models.organisation.units import Unit, below, is_below
from models.time.times import ClockTime, day_at, instant
from models.time.times import zone as time_zone

EARLY = timedelta(hours=1)  # before a shift, when its people are told and may check in
GRACE = timedelta(minutes=15)  # after its beginning, when a missing check-in is an alert
LONGEST = timedelta(hours=26)  # a day, also when clocks change
DAY_AHEAD = timedelta(days=1)  # when what is missing is told to the lead
EVENING, MORNING = 21 * 60, 7 * 60  # what would ring at night rings on the evening before
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


@dataclass(frozen=True)
class Gap:
    """How many a shift lacks, and who is on it in vain, each with why: `left`, `leave`, `elsewhere`, `never` enrolled,
    `unreachable`."""

    missing: int
    unfit: Sequence[tuple[Person, str]]


def make_day(session: Session, rota: Rota, now: datetime) -> None:
    """Make the shifts of the rota's next day, or set when more are to be made. A shift that the rota before had on that
    day is replaced; if its people were chosen by hand, they stay."""
    today = day_at(now, rota.timezone)
    day = max(rota.first, today) if rota.made_until is None else rota.made_until + timedelta(days=1)
    if day > today + AHEAD:
        rota.next_at = instant(today + timedelta(days=1), ClockTime(5), rota.timezone)
    else:
        old = _replaced(session, rota, day, now)
        for line in rota.week:
            if line.falls_on(day):
                _make(session, rota, line, day, old, now)
        rota.made_until = day
        rota.next_at = now
    session.add(rota)
    session.flush()


def _replaced(session: Session, rota: Rota, day: date, now: datetime) -> dict[tuple[str, datetime], list[Duty]]:
    """Cancel what earlier rotas of the unit have on this day and has not begun, nobody having checked in; return who
    was chosen by hand, by the name and the beginning of the shift."""
    last = rotas.before(session, rota)
    if last is None:
        return {}
    query = select(Shift).where(
        Shift.unit_id == rota.unit_id, Shift.rota_id < rota.id, Shift.day == day, Shift.starts_at > now,
        col(Shift.cancelled_at).is_(None),
    )  # fmt: skip
    kept: dict[tuple[str, datetime], list[Duty]] = {}
    for shift in session.exec(query).all():
        held = of_shift(session, shift)
        if any(it.checked_at for it in held):
            continue
        if shift.changed:
            kept[shift.name, shift.starts_at] = held
        cancel(session, shift, held, now)
    session.flush()
    return kept


def cancel(session: Session, shift: Shift, held: Iterable[Duty], now: datetime) -> None:
    shift.cancelled_at, shift.next_at, shift.stage = now, None, Stage.DONE
    session.add(shift)
    for duty in held:
        duty.ended_at = now
        session.add(duty)


def _make(
    session: Session, rota: Rota, line: Line, day: date, old: dict[tuple[str, datetime], list[Duty]], now: datetime
) -> None:
    starts, ends = line.span(day, rota.timezone)
    if starts <= now or ends <= starts or _there(session, rota.unit_id, line.name, starts):
        return
    shift = Shift(
        rota_id=rota.id, unit_id=rota.unit_id, day=day, name=line.name, starts_at=starts, ends_at=ends, need=line.need,
        next_at=evening_before(starts - DAY_AHEAD, rota.timezone),
    )  # fmt: skip
    session.add(shift)
    session.flush()
    by_hand = old.get((line.name, starts))
    chosen = [it.person_id for it in by_hand] if by_hand is not None else list(line.turn(day))
    shift.changed = by_hand is not None
    busy = booked(session, chosen, starts, ends)
    for number in dict.fromkeys(chosen):
        if number not in busy and not session.get_one(Person, number).left_by(day):
            session.add(Duty(shift_id=shift.id, person_id=number, ends_at=shift.ends_at, at=now))
    session.flush()


def _there(session: Session, unit_id: int, name: str, starts: datetime) -> bool:
    """Say whether the unit has this shift already: it has begun, or is made by hand."""
    query = select(Shift.id).where(
        Shift.unit_id == unit_id, Shift.name == name, Shift.starts_at == starts, col(Shift.cancelled_at).is_(None)
    )
    return session.exec(query.limit(1)).first() is not None


def evening_before(at: datetime, zone: str) -> datetime:
    """Return the instant itself or, at night, 21:00 before it: nobody is rung at night (1.3), and later is too late."""
    wall = at.astimezone(time_zone(zone))
    minutes = wall.hour * 60 + wall.minute
    if MORNING <= minutes < 22 * 60:
        return at
    return instant(wall.date() - timedelta(days=minutes < MORNING), ClockTime(EVENING), zone)


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
    session: Session, tops: Sequence[Unit], since: datetime, until: datetime, most: int = 500
) -> list[tuple[Shift, Unit]]:  # fmt: skip
    """Return the shifts of these subtrees that lie at least partly between two instants, by their beginning."""
    query = (
        select(Shift, Unit).join(Unit, col(Unit.id) == col(Shift.unit_id))
        .where(or_(*(below(top.path) for top in tops)), Shift.starts_at > since - LONGEST,
               Shift.starts_at < until, Shift.ends_at > since, col(Shift.cancelled_at).is_(None))
        .order_by(col(Shift.starts_at), col(Unit.rank), col(Shift.id)).limit(most)
    )  # fmt: skip
    return [(shift, unit) for shift, unit in session.exec(query).all()]


def of_person(session: Session, person: Person, since: datetime, most: int) -> list[tuple[Duty, Shift]]:
    """Return somebody's shifts that end after an instant, the next first."""
    query = (
        select(Duty, Shift).join(Shift, col(Shift.id) == col(Duty.shift_id))
        .where(Duty.person_id == person.id, col(Duty.ended_at).is_(None), Duty.ends_at > since)
        .order_by(col(Shift.starts_at)).limit(most)
    )  # fmt: skip
    return [(duty, shift) for duty, shift in session.exec(query).all()]


def unfit(session: Session, shift: Shift, persons: Sequence[Person]) -> dict[int, str]:
    """Say of these people why they cannot be on duty in a shift: `left`, on `leave`, `elsewhere` (seconded or moved to
    another unit), `never` enrolled, `unreachable`, or `untrained`: the quiz that the rota requires is not passed.
    Whoever can is not in it."""
    ids = [it.id for it in persons]
    away, silent = leave.away(session, ids, shift.day), addresses.silence(session, ids)
    unit = session.get_one(Unit, shift.unit_id)
    gone = elsewhere(session, ids, unit, shift.day)
    quiz = session.get_one(Rota, shift.rota_id).requires
    untrained = passes.lacking(session, ids, quiz) if quiz else set()
    found = {}
    for it in persons:
        if it.left_by(shift.day):
            found[it.id] = "left"
        elif it.id in away:
            found[it.id] = "leave"
        elif it.id in gone:
            found[it.id] = "elsewhere"
        elif silent[it.id] != "silent":
            found[it.id] = silent[it.id]
        elif it.id in untrained:
            found[it.id] = "untrained"
    return found


AWAY = ("left", "leave", "elsewhere")  # who is not there, and not only out of reach


def away(session: Session, shift: Shift, held: Sequence[Duty]) -> set[int]:
    """Return who of these is not there that day: on leave, gone, or in another unit. The shift lacks them, and nobody
    asks them anything."""
    persons = [session.get_one(Person, it.person_id) for it in held]
    return {number for number, why in unfit(session, shift, persons).items() if why in AWAY}


def elsewhere(session: Session, ids: Sequence[int], unit: Unit, day: date) -> set[int]:
    """Return those who on a day belong neither to this unit nor to one below: moved, or seconded away."""
    rows = session.execute(
        select(Membership.person_id, Unit.path, Membership.unit_id).join(Unit, col(Unit.id) == col(Membership.unit_id))
        .where(col(Membership.person_id).in_(ids))
    )  # fmt: skip
    mine: dict[int, set[int]] = {}
    for person, path, number in rows:
        if is_below(path, unit.path):
            mine.setdefault(person, set()).add(number)
    there: dict[int, str] = {}
    for it, path in _agreed(session, ids, day):
        if it.first <= day <= it.last:
            there[it.person_id] = path
        elif it.last < day and not it.member:  # back by then
            mine.get(it.person_id, set()).discard(it.unit_id)
    return {
        it for it in ids
        if (not is_below(there[it], unit.path) if it in there else not mine.get(it))
    }  # fmt: skip


def _agreed(session: Session, ids: Sequence[int], day: date) -> Sequence[tuple[Secondment, str]]:
    """Return the secondments of these people that will have begun by a day, and the path of the unit."""
    query = (
        select(Secondment, Unit.path).join(Unit, col(Unit.id) == col(Secondment.unit_id))
        .where(col(Secondment.person_id).in_(ids), col(Secondment.state).in_((Sent.AGREED, Sent.RUNNING)),
               Secondment.first <= day)
    )  # fmt: skip
    return session.exec(query).all()


def gap(session: Session, shift: Shift, held: Sequence[tuple[Duty, Person]]) -> Gap:
    """Return what a shift lacks. Whoever has checked in is there, whatever is known besides."""
    open_ones = [person for duty, person in held if duty.checked_at is None]
    why = unfit(session, shift, open_ones)
    fit = len(held) - len(why)
    return Gap(max(0, shift.need - fit), [(it, why[it.id]) for it in open_ones if it.id in why])


def candidates(session: Session, shift: Shift, unit: Unit, most: int) -> list[Person]:
    """Return people of the unit and below who could be put on a shift: here, reachable, free."""
    query = (
        select(Person).join(Membership).join(Unit).where(
            below(unit.path), Person.kind == people.Kind.STAFF, people.here(shift.day)
        ).order_by(col(Person.staff_no)).limit(10 * most)
    )  # fmt: skip
    found = list(session.exec(query).unique().all())
    ids = [it.id for it in found]
    busy, why = booked(session, ids, shift.starts_at, shift.ends_at), unfit(session, shift, found)
    return [it for it in found if it.id not in busy and it.id not in why][:most]


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
