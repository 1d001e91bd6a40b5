"""Rotas and secondment against a slow reference: a book of what was agreed, and clocks read minute by minute."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event
from sqlmodel import Session, col, select

from models.absence.leave import Absence
from models.absence.leave import Stage as Leave
from models.core.database import Database
from models.core.errors import Refusal
from models.duty import availability, making, rotas, secondments, shifts, swaps
from models.duty.rotas import Line
from models.duty.secondments import Secondment, Stage
from models.duty.shifts import Duty, Shift
from models.duty.swaps import DutySwap
from models.messaging.addresses import Address
from models.organisation.people import Membership, Person, Role
from models.organisation.units import Unit
from models.time.times import day_at

# Clocks change within the fortnight after each of these days, forward or back, by an hour or by half of one.
PLACES = st.sampled_from([
    ("Asia/Shanghai", date(2026, 11, 2)), ("Europe/Berlin", date(2026, 3, 23)), ("Europe/Berlin", date(2026, 10, 19)),
    ("America/New_York", date(2026, 3, 2)), ("Australia/Lord_Howe", date(2026, 3, 30)),
    ("Australia/Lord_Howe", date(2026, 9, 28)),
])  # fmt: skip
SPANS = [(0, 480), (60, 150), (120, 180), (480, 1200), (900, 1440), (1200, 1920), (1320, 1560)]
ACTS = ["swap", "give", "undo", "leave", "second", "second", "cut", "week", "later", "later"]
LIFE = timedelta(days=40)


@dataclass
class Book:
    """What was agreed, as somebody would write it down: base units, leave, and secondments as [first, last, unit]."""

    zone: str
    now: datetime
    units: dict[int, Unit]
    base: dict[int, int]
    boss: int  # administers the whole, and is in no shift
    leave: list[tuple[int, date, date]] = field(default_factory=list)
    sent: dict[int, tuple[int, date, date, int]] = field(default_factory=dict)

    @property
    def today(self) -> date:
        return self.now.astimezone(ZoneInfo(self.zone)).date()

    def belongs(self, person: int, day: date) -> int:
        there = [unit for who, first, last, unit in self.sent.values() if who == person and first <= day <= last]
        return there[0] if there else self.base[person]

    def away(self, person: int, day: date) -> bool:
        return any(who == person and first <= day <= last for who, first, last in self.leave)


@cache
def wall_clock(zone: str, first: date) -> list[tuple[datetime, datetime]]:
    """Return each quarter of an hour around a month with what a clock on the wall shows."""
    start = datetime(first.year, first.month, first.day, tzinfo=UTC) - timedelta(days=2)
    instants = [start + timedelta(minutes=15 * n) for n in range(96 * 48)]
    return [(it, it.astimezone(ZoneInfo(zone)).replace(tzinfo=None)) for it in instants]


def reads(zone: str, first: date, day: date, minutes: int) -> datetime:
    """Return when a clock on the wall first shows that time or, if it skips it, what follows."""
    wanted = datetime(day.year, day.month, day.day) + timedelta(minutes=minutes)  # noqa: DTZ001
    return next(at for at, wall in wall_clock(zone, first) if wall >= wanted)


@pytest.mark.sqlite
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15, deadline=None)
@given(PLACES, st.data())
def test_nobody_is_on_duty_twice_what_lacks_is_found_and_everybody_comes_back(
    database: Database, place: tuple[str, date], data: st.DataObject
) -> None:
    zone, first = place
    with database.writing() as session:
        book = _begin(session, zone, first)
        for unit in book.units.values():
            _week(session, data, book, unit)
        for _ in range(data.draw(st.integers(1, 10))):
            _act(session, data, book)
            _compare(session, data, book, first)
        book.now += LIFE
        _tick(session, book)
        _all_home(session, book)
        session.rollback()


def _begin(session: Session, zone: str, first: date) -> Book:
    now = datetime(first.year, first.month, first.day, 8, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    root, *units = [Unit(name=it, path=it) for it in ("局", "局/甲", "局/乙", "局/丙")]
    people = [Person(staff_no=str(n), name=f"人{n}") for n in range(5)]
    boss = Person(staff_no="boss", name="管理员")
    session.add_all([root, *units, *people])
    session.flush()
    session.add(boss)
    session.flush()
    session.add(Membership(person_id=boss.id, unit_id=root.id, home=True, role=Role.ADMIN))
    base = {it.id: units[n % 2].id for n, it in enumerate(people)}
    session.add_all(Membership(person_id=person, unit_id=unit, home=True) for person, unit in base.items())
    session.add_all(
        Address(channel="web", account=it.name, chat=it.name, person_id=it.id, since=now, used_at=now) for it in people
    )
    session.flush()
    return Book(zone, now, {it.id: it for it in units}, base, boss.id)


def _week(session: Session, data: st.DataObject, book: Book, unit: Unit) -> None:
    """Replace a unit's template week by one or two lines, for anybody at all; shifts are made at once."""
    lines = []
    for n in range(data.draw(st.integers(1, 2))):
        start, end = data.draw(st.sampled_from(SPANS))
        days = data.draw(st.sampled_from([tuple(range(7)), (0, 2, 4), (5, 6)]))
        persons = data.draw(st.lists(st.sampled_from(sorted(book.base)), max_size=4, unique=True))
        lines.append(Line(str(n), days, start, end, data.draw(st.integers(1, 2)), tuple(persons)))
    try:
        rotas.replace(session, unit, lines, min(book.base), book.today, book.zone, book.now, place=False)
    except Refusal as refusal:
        assert refusal.key == "duty.twice"
    _tick(session, book)


def _tick(session: Session, book: Book) -> None:
    """Do what is due by now, as the clock does."""
    while it := secondments.due(session, book.now):
        secondments.finish(session, it) if it.state == Stage.RUNNING else secondments.begin(session, it, book.zone)
    while rota := rotas.due(session, book.now):
        making.make_day(session, rota, book.now)


def _act(session: Session, data: st.DataObject, book: Book) -> None:
    """Do one thing; what is refused changes nothing."""
    what = data.draw(st.sampled_from(ACTS))
    person = session.get_one(Person, data.draw(st.sampled_from(sorted(book.base))))
    day = book.today + timedelta(days=data.draw(st.integers(0, 9)))
    until = day + timedelta(days=data.draw(st.integers(0, 4)))
    if what == "later":
        book.now += timedelta(hours=data.draw(st.sampled_from([5, 24, 29, 72])))
        _tick(session, book)
    elif what == "week":
        _week(session, data, book, data.draw(st.sampled_from(list(book.units.values()))))
    elif what == "leave":
        session.add(Absence(person_id=person.id, first=day, last=until, reason="病", state=Leave.APPROVED,
                            asked_by=person.id, asked_at=book.now))  # fmt: skip
        session.flush()
        book.leave.append((person.id, day, until))
    elif what == "second":
        _second(session, book, person, data.draw(st.sampled_from(list(book.units.values()))), day, until)
    elif what == "cut":
        _cut(session, data, book, person, day)
    else:
        _swap(session, data, book, what)


def _second(session: Session, book: Book, person: Person, unit: Unit, first: date, last: date) -> None:
    if book.base[person.id] == unit.id or first == book.today:  # that midnight is over
        return
    taken = any(who == person.id and a <= last and first <= b for who, a, b, _ in book.sent.values())
    try:
        secondments.refuse_overlap(session, person, first, last)
    except Refusal:
        assert taken
        return
    assert not taken
    it = Secondment(
        person_id=person.id, unit_id=unit.id, home_id=book.base[person.id], first=first, last=last, by=book.boss,
        made_at=book.now, state=Stage.AGREED, at=secondments.midnight(session, first, book.zone), decided_by=book.boss,
        decided_at=book.now,
    )  # fmt: skip
    session.add(it)
    session.flush()
    book.sent[it.id] = (person.id, first, last, unit.id)


def _cut(session: Session, data: st.DataObject, book: Book, person: Person, day: date) -> None:
    """End somebody's first secondment, on a day or without naming one."""
    mine = [(number, it) for number, it in book.sent.items() if it[0] == person.id and it[2] >= book.today]
    if not mine:
        return
    number, (_, first, last, unit) = mine[0]
    named = data.draw(st.sampled_from([day, None]))
    withdrawn = named is None and first > book.today
    wanted = named or book.today
    allowed = withdrawn or max(first, book.today) <= wanted < last
    try:
        secondments.cut(session, session.get_one(Secondment, number), person, named, book.today, book.now, book.zone)
    except Refusal as refusal:
        assert refusal.key in ("seconding.later", "seconding.last")
        assert not allowed
        return
    assert allowed
    if withdrawn:
        del book.sent[number]
    else:
        book.sent[number] = (person.id, first, wanted, unit)


def _swap(session: Session, data: st.DataObject, book: Book, what: str) -> None:
    done = session.exec(select(DutySwap).where(DutySwap.state == swaps.State.AGREED)).all()
    held = session.exec(select(Duty).where(col(Duty.ended_at).is_(None)).order_by(col(Duty.id))).all()
    before = len(held)
    if not held or (what == "undo" and not done):
        return
    given_up, taken = (data.draw(st.sampled_from(held)) for _ in range(2))
    other = session.get_one(Person, taken.person_id)
    try:
        if what == "undo":
            swaps.undo(session, data.draw(st.sampled_from(done)), other, book.now)
        else:
            swaps.agree(session, swaps.ask(session, given_up, other, taken if what == "swap" else None, book.now),
                        book.now)  # fmt: skip
    except Refusal as refusal:
        assert refusal.key in ("duty.booked", "duty.unfit", "duty.begun", "duty.asked")
    assert len(session.exec(select(Duty).where(col(Duty.ended_at).is_(None))).all()) == before


def _compare(session: Session, data: st.DataObject, book: Book, first: date) -> None:
    """Ask the program and the book the same."""
    rows = session.exec(select(Duty, Shift).join(Shift, col(Shift.id) == col(Duty.shift_id))).all()
    live = [(duty, shift) for duty, shift in rows if duty.ended_at is None]
    for n, (one, here) in enumerate(live):
        for other, there in live[:n]:
            apart = here.ends_at <= there.starts_at or there.ends_at <= here.starts_at
            assert apart or one.person_id != other.person_id
    _compare_questions(session, data, book, live)
    every = session.exec(select(Shift).where(col(Shift.cancelled_at).is_(None), Shift.ends_at > book.now)).all()
    held = shifts.of_shifts(session, [it.id for it in every])
    for shift in every:
        _compare_span(session, book, shift, first)
        _compare_gap(session, book, shift, held.get(shift.id, []))


def _compare_questions(
    session: Session, data: st.DataObject, book: Book, live: list[tuple[Duty, Shift]]
) -> None:  # fmt: skip
    begin = book.now + timedelta(hours=data.draw(st.integers(-48, 300)))
    end = begin + timedelta(hours=data.draw(st.integers(1, 30)))
    busy = {duty.person_id for duty, shift in live if shift.starts_at < end and shift.ends_at > begin}
    assert set(shifts.booked(session, sorted(book.base), begin, end)) == busy
    for number in book.base:
        coming = sorted(
            (shift.starts_at, duty.id) for duty, shift in live
            if duty.person_id == number and shift.ends_at > book.now
        )  # fmt: skip
        found = shifts.of_person(session, session.get_one(Person, number), book.now, 1000)
        assert [(shift.starts_at, duty.id) for duty, shift in found] == coming


def _compare_span(session: Session, book: Book, shift: Shift, first: date) -> None:
    rota = session.get_one(rotas.Rota, shift.rota_id)
    spans = {
        (reads(book.zone, first, shift.day, it.start), reads(book.zone, first, shift.day, it.end))
        for it in rota.week if it.name == shift.name and shift.day.weekday() in it.days
    }  # fmt: skip
    assert (shift.starts_at, shift.ends_at) in spans
    assert shift.day == day_at(shift.starts_at, book.zone)


def _compare_gap(session: Session, book: Book, shift: Shift, held: list[tuple[Duty, Person]]) -> None:
    vain = {
        person.id: "leave" if book.away(person.id, shift.day) else "elsewhere" for _, person in held
        if book.away(person.id, shift.day) or book.belongs(person.id, shift.day) != shift.unit_id
    }  # fmt: skip
    found = availability.gap(session, shift, held)
    assert {person.id: why for person, why in found.unfit} == vain
    assert found.missing == max(0, shift.need - len(held) + len(vain))


def _all_home(session: Session, book: Book) -> None:
    """Everybody is where they were, with nothing left of where they had been sent."""
    found = session.exec(select(Membership).where(col(Membership.person_id).in_(book.base))).all()
    assert {(it.person_id, it.unit_id, it.home) for it in found} == {
        (person, unit, True) for person, unit in book.base.items()
    }
    assert not session.exec(select(Secondment.id).where(col(Secondment.state).in_(secondments.OPEN))).all()


@pytest.mark.sqlite
def test_whoever_goes_from_one_unit_straight_on_to_another_is_home_in_the_end_whichever_was_agreed_first(
    database: Database,
) -> None:
    with database.writing() as session:
        book = _begin(session, "Europe/Berlin", date(2026, 10, 19))
        person = session.get_one(Person, min(book.base))
        _, second, third = book.units.values()
        _second(session, book, person, third, date(2026, 10, 23), date(2026, 10, 25))
        _second(session, book, person, second, date(2026, 10, 20), date(2026, 10, 22))
        book.now += timedelta(days=4)
        _tick(session, book)
        assert [it.unit_id for it in session.exec(select(Secondment).where(Secondment.state == Stage.RUNNING))] == [
            third.id
        ]
        book.now += timedelta(days=3)
        _tick(session, book)
        _all_home(session, book)
        session.rollback()


@pytest.mark.sqlite
def test_a_shift_after_the_return_lacks_whoever_is_there_until_then(database: Database) -> None:
    with database.writing() as session:
        book = _begin(session, "Europe/Berlin", date(2026, 10, 19))
        person = session.get_one(Person, min(book.base))
        _, second, _ = book.units.values()
        _second(session, book, person, second, date(2026, 10, 20), date(2026, 10, 22))
        book.now += timedelta(days=2)
        _tick(session, book)
        assert availability.elsewhere(session, [person.id], second, date(2026, 10, 22)) == set()
        assert availability.elsewhere(session, [person.id], second, date(2026, 10, 23)) == {person.id}
        session.rollback()


@pytest.mark.sqlite
def test_somebodys_next_shifts_are_found_without_those_of_years_ago(database: Database) -> None:
    plans: list[str] = []

    def explained(connection: Any, _: Any, statement: str, parameters: Any, *__: Any) -> None:
        if "JOIN shift" in statement:
            found = connection.connection.cursor().execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans.extend(str(row[-1]) for row in found.fetchall())

    with database.writing() as session:
        book = _begin(session, "Europe/Berlin", date(2026, 10, 19))
        event.listen(session.get_bind(), "before_cursor_execute", explained)
        shifts.booked(session, sorted(book.base), book.now, book.now + timedelta(hours=8))
        shifts.of_person(session, session.get_one(Person, min(book.base)), book.now, 5)
        event.remove(session.get_bind(), "before_cursor_execute", explained)
        session.rollback()
    seeks = [it for it in plans if "duty_person" in it]
    assert len(seeks) == 2, plans
    assert all("ends_at>" in it for it in seeks)
