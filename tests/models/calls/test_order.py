"""Whom to call next: never called first, then the longest not called; nobody is forgotten for ever, and nobody is
called twice on a day, whatever came of the calls."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from models.calls import calls
from models.calls.calls import Outcome, PhoneCall
from models.core.database import Database, connect
from models.core.table import Table
from models.organisation.people import Kind, Membership, Person, Role
from models.organisation.units import Unit

FIRST, TRIES = date(2026, 11, 23), 3
OUTCOMES = st.sampled_from([Outcome.NOTHING, Outcome.SOMETHING, Outcome.REACHED, Outcome.MISSED])


@contextmanager
def station(wards: int) -> Iterator[tuple[Session, Person]]:
    """Open a station with so many wards, and its lead."""
    database = connect("sqlite://")
    try:
        Table.metadata.create_all(database.write)
        with Session(database.write) as session:
            unit = Unit(name="一站", path="一站", rank=1)
            lead = Person(staff_no="1", name="王建国")
            session.add_all([unit, lead])
            session.flush()
            session.add(Membership(person_id=lead.id, unit_id=unit.id, role=Role.LEAD, home=True))
            for n in range(wards):
                ward = Person(staff_no=f"2{n:03}", name=f"户{n}", kind=Kind.WARD, reporter_id=lead.id)
                session.add(ward)
                session.flush()
                session.add(Membership(person_id=ward.id, unit_id=unit.id, home=True))
            session.flush()
            yield session, lead
            session.rollback()
    finally:
        database.close()


@settings(max_examples=25, deadline=None)
@given(wards=st.integers(1, 8), a_day=st.integers(1, 4), data=st.data())
def test_everybody_is_called_again_within_three_rounds_whatever_comes_of_the_calls(
    wards: int, a_day: int, data: st.DataObject
) -> None:
    longest = TRIES * -(-wards // a_day)
    with station(wards) as (session, lead):
        last = dict.fromkeys((it.id for it in session.exec(select(Person).where(Person.kind == Kind.WARD))), FIRST)
        for n in range(2 * longest):
            day = FIRST + timedelta(days=n)
            now = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
            which = calls.theirs(session, lead, day)
            listed = calls.to_call(session, which, day, a_day)
            assert len(listed) == min(wards, a_day)
            for k, it in enumerate(listed):
                calls.file(session, it.ward, lead, data.draw(OUTCOMES), day, now + timedelta(minutes=k), TRIES)
                last[it.ward.id] = day
            again = calls.to_call(session, which, day, wards)
            assert not {it.ward.id for it in again} & {it.ward.id for it in listed}
            assert all((day - it).days <= longest for it in last.values())


def test_a_day_holds_one_call_that_reached_somebody_whoever_is_quicker(database: Database) -> None:
    world_ward(database)
    with database.writing() as session:
        ward, caller = _two(session)
        calls.file(session, ward, caller, Outcome.REACHED, FIRST, datetime(2026, 11, 23, 9, tzinfo=UTC), TRIES)
    with pytest.raises(IntegrityError), database.writing() as session:
        ward, caller = _two(session)
        calls.file(session, ward, caller, Outcome.NOTHING, FIRST, datetime(2026, 11, 23, 9, tzinfo=UTC), TRIES)
    with database.reading() as session:
        assert [it.outcome for it in session.exec(select(PhoneCall))] == [Outcome.REACHED]


def world_ward(database: Database) -> None:
    with database.writing() as session:
        ward, unit = Person(staff_no="2", name="刘大爷", kind=Kind.WARD), Unit(name="一站", path="一站")
        session.add_all([Person(staff_no="1", name="王建国"), ward, unit])
        session.flush()
        session.add(Membership(person_id=ward.id, unit_id=unit.id, home=True))


def _two(session: Session) -> tuple[Person, Person]:
    found = {it.staff_no: it for it in session.exec(select(Person).where(Person.staff_no.in_(["1", "2"])))}  # type: ignore[attr-defined]
    return found["2"], found["1"]
