"""Make a unit's shifts ahead from its template week, a day at a time; what was chosen by hand outlives a new week
(docs/rules.md 35.2 and 35.4)."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from sqlmodel import Session, col, select

from models.duty import rotas, shifts
from models.duty.rotas import AHEAD, Line, Rota
from models.duty.shifts import Duty, Shift, Stage
from models.organisation.people import Person
from models.time.times import ClockTime, day_at, instant
from models.time.times import zone as time_zone

DAY_AHEAD = timedelta(days=1)  # when what is missing is told to the lead
EVENING, MORNING = 21 * 60, 7 * 60  # what would ring at night rings on the evening before


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
        held = shifts.of_shift(session, shift)
        if any(it.checked_at for it in held):
            continue
        if shift.changed:
            kept[shift.name, shift.starts_at] = held
        _cancel(session, shift, held, now)
    session.flush()
    return kept


def _cancel(session: Session, shift: Shift, held: Iterable[Duty], now: datetime) -> None:
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
    busy = shifts.booked(session, chosen, starts, ends)
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
