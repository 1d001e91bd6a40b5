"""Rotas: shifts that join on the clock join in time, turns are fair, nobody is on duty twice at once, none is lost."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, col, select

from models.absence.leave import Absence, Stage
from models.core.database import Database
from models.core.errors import Refusal
from models.duty import making, rotas, swaps, typed_lines
from models.duty.rotas import Line
from models.duty.shifts import Duty, Shift
from models.messaging.addresses import Address
from models.organisation.people import Membership, Person
from models.organisation.units import Unit

DAYS = st.dates(date(2026, 1, 1), date(2027, 12, 31))
ZONES = st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"])
EVERY = tuple(range(7))


@given(DAYS, ZONES, st.lists(st.integers(0, 1439), min_size=1, max_size=4, unique=True))
def test_shifts_around_the_clock_join_without_gap_or_overlap_on_every_day(
    day: date, zone: str, cuts: list[int]
) -> None:
    cuts = sorted(cuts)
    ends = [*cuts[1:], cuts[0] + 1440]
    week = [Line(str(n), EVERY, start, end, 1, ()) for n, (start, end) in enumerate(zip(cuts, ends, strict=True))]
    spans = [it.span(day + timedelta(days=n), zone) for n in range(3) for it in week]
    for (starts, end), (begins, _) in pairwise(spans):
        assert starts <= end == begins
    assert spans[-1][1] - spans[0][0] >= timedelta(hours=70)


@given(st.sets(st.integers(0, 6), min_size=1), st.integers(1, 5), st.integers(1, 9), DAYS)
def test_everybody_has_as_many_turns_as_the_others(days: set[int], need: int, many: int, first: date) -> None:
    line = Line("a", tuple(sorted(days)), 480, 1200, need, tuple(range(many)))
    turns = [line.turn(first + timedelta(n)) for n in range(7 * many) if line.falls_on(first + timedelta(n))]
    assert {len(it) for it in turns} == {min(need, many)}
    assert all(len(set(it)) == len(it) for it in turns)
    counted = [sum(n in it for it in turns) for n in range(many)]
    assert max(counted) - min(counted) <= 1


@pytest.mark.sqlite
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(st.data())
def test_whatever_is_swapped_and_put_nobody_is_on_duty_twice_and_no_shift_is_lost(
    database: Database, data: st.DataObject
) -> None:
    with database.writing() as session:
        now = datetime(2026, 10, 20, 4, tzinfo=UTC)  # clocks go back in Berlin within the two weeks
        unit, persons = _unit(session, now)
        week = [Line("早", EVERY, 360, 900, 1, persons), Line("晚", EVERY, 840, 1440, 1, tuple(reversed(persons)))]
        rota = rotas.replace(session, unit, week, persons[0], date(2026, 10, 20), "Europe/Berlin", now, place=False)
        while rota.next_at == now:
            making.make_day(session, rota, now)
        made = len(_shifts(session))
        for _ in range(data.draw(st.integers(0, 8))):
            _act(session, data, persons, now)
            _refuse_doubles(session)
        assert len(_shifts(session)) == made >= 28
        session.rollback()


def _unit(session: Session, now: datetime) -> tuple[Unit, tuple[int, ...]]:
    unit = Unit(name="站", path="站")
    people = [Person(staff_no=str(n), name=f"人{n}") for n in range(4)]
    session.add_all([unit, *people])
    session.flush()
    session.add_all(Membership(person_id=it.id, unit_id=unit.id, home=True) for it in people)
    session.add_all(
        Address(channel="web", account=it.name, chat=it.name, person_id=it.id, since=now, used_at=now) for it in people
    )
    session.flush()
    return unit, tuple(it.id for it in people)


def _act(session: Session, data: st.DataObject, persons: tuple[int, ...], now: datetime) -> None:
    """Try to swap, to undo a swap, or grant leave; what is refused changes nothing."""
    held = session.exec(select(Duty).where(col(Duty.ended_at).is_(None)).order_by(col(Duty.id))).all()
    given, taken = (data.draw(st.sampled_from(held)) for _ in range(2))
    other = session.get_one(Person, taken.person_id)
    what = data.draw(st.sampled_from(["swap", "give", "leave"]))
    if what == "leave":
        day = session.get_one(Shift, given.shift_id).day
        session.add(Absence(person_id=other.id, first=day, last=day, reason="病", state=Stage.APPROVED,
                            asked_by=other.id, asked_at=now))  # fmt: skip
        session.flush()
        return
    before = len(held)
    try:
        made = swaps.ask(session, given, other, taken if what == "swap" else None, now)
        swaps.agree(session, made, now)
        if data.draw(st.booleans()):
            swaps.undo(session, made, other, now)
    except Refusal as refusal:
        assert refusal.key in ("duty.booked", "duty.unfit", "duty.begun", "duty.asked")
    assert len(session.exec(select(Duty).where(col(Duty.ended_at).is_(None))).all()) == before


def _shifts(session: Session) -> list[Shift]:
    return list(session.exec(select(Shift).where(col(Shift.cancelled_at).is_(None))).all())


def _refuse_doubles(session: Session) -> None:
    query = select(Duty.person_id, Shift).join(Shift, col(Shift.id) == col(Duty.shift_id))
    rows = sorted(
        session.exec(query.where(col(Duty.ended_at).is_(None))).all(), key=lambda it: (it[0], it[1].starts_at)
    )
    for (one, before), (other, after) in pairwise(rows):
        assert one != other or before.ends_at <= after.starts_at


@pytest.mark.parametrize(
    ("words", "days", "span", "need"),
    [
        ("每天 20:00-8:00 夜班 2人：甲", EVERY, (1200, 1920), 2),
        ("周一至周五 8:00至20:00 白班：甲", (0, 1, 2, 3, 4), (480, 1200), None),
        ("mon, wed 8:00-9:00 Door x3: a", (0, 2), (480, 540), 3),
        ("sat-mon 9:00-次日9:00：甲", (0, 5, 6), (540, 1980), None),
        ("白班", None, None, None),
    ],
)
def test_a_line_is_read_as_people_write_it(
    words: str, days: tuple[int, ...] | None, span: tuple[int, int] | None, need: int | None
) -> None:
    found = typed_lines.read(words)
    assert (found.days, found.span, found.need) == (days, span, need)
