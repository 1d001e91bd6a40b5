"""A timeline of ten years is read a page at a time; what happens again is counted, not written again."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import event
from sqlmodel import Session, insert, select

from models.authority import timeline_reach
from models.core.database import Database
from models.core.errors import Refusal
from models.organisation.people import Membership, Person, Role
from models.organisation.units import Unit
from models.timeline import entries, reading
from models.timeline.entries import TimelineEntry
from models.timeline.reading import Scope
from models.timeline.sources import ALERTS, DAYS, NOTICE, SOURCES, STOCK

TODAY = date(2026, 11, 29)
NOW = datetime(2026, 11, 29, 8, tzinfo=UTC)


def bureau(session: Session) -> tuple[Unit, Unit]:
    top = Unit(name="Bureau", path="Bureau", rank="00001")
    session.add(top)
    session.flush()
    below = Unit(name="Station", path="Bureau/Station", parent_id=top.id, rank="0000100001")
    session.add(below)
    session.flush()
    return top, below


def somebody(session: Session, number: int, unit: Unit, role: str = Role.MEMBER) -> Person:
    person = Person(staff_no=f"{number}", name=f"P{number}")
    session.add(person)
    session.flush()
    session.add(Membership(person_id=person.id, unit_id=unit.id, role=role, home=True))
    session.flush()
    return person


def ten_years(session: Session, unit: Unit) -> None:
    rows = [
        {"unit_id": unit.id, "day": TODAY - timedelta(days=n), "source": NOTICE.name, "key": f"{n}", "n": 1,
         "told": {"title": f"Notice {n}"}, "guarded": False}
        for n in range(3650)
    ]  # fmt: skip
    session.execute(insert(TimelineEntry), rows)


def test_ten_years_are_read_page_by_page_and_each_entry_once(database: Database) -> None:
    with database.writing() as session:
        top, _ = bureau(session)
        ten_years(session, top)
        scope, seen, before = Scope(top, [top]), [], None
        while found := reading.entries(session, scope, TODAY, 500, before=before):
            seen += [it.day for it in found]
            before = (found[-1].day, found[-1].id)
        assert seen == [TODAY - timedelta(days=n) for n in range(3650)]
        months = reading.months(session, scope, TODAY, 12)
        assert [it.first for it in months[:2]] == [date(2026, 11, 1), date(2026, 10, 1)]
        assert [it.counts[NOTICE.name] for it in months[:2]] == [29, 31]
        assert len(months) == 12


def test_a_page_of_ten_years_loads_no_more_rows_than_of_one(database: Database) -> None:
    with database.writing() as session:
        top, _ = bureau(session)
        ten_years(session, top)
        session.flush()
        session.expunge_all()
        loaded: list[object] = []
        event.listen(session, "loaded_as_persistent", lambda _, it: loaded.append(it))
        assert len(reading.entries(session, Scope(top, [top]), TODAY, 12)) == 12
        assert len(loaded) == 12


def test_an_empty_timeline_has_no_entries_and_no_months(database: Database) -> None:
    with database.writing() as session:
        top, _ = bureau(session)
        scope = Scope(top, [top])
        assert (reading.entries(session, scope, TODAY, 12), reading.months(session, scope, TODAY, 12)) == ([], [])


def test_what_happens_again_is_counted_on_its_last_day(database: Database) -> None:
    with database.writing() as session:
        top, _ = bureau(session)
        for day in (3, 9, 5):
            sums: dict[str, int | Decimal] = {"expected": 10, "received": day}
            entries.add(session, DAYS, top.id, date(2026, 11, day), "1:2026-11", sums=sums)
        entries.add(session, STOCK, top.id, TODAY, "1:2026-11", n=0, sums={"amount": Decimal("2.25")})
        entries.add(session, STOCK, top.id, TODAY, "1:2026-11", n=0, sums={"amount": Decimal("-0.05")})
        found = {it.source: it for it in session.exec(select(TimelineEntry)).all()}
        days = found[DAYS.name]
        assert (days.n, days.day, days.told) == (3, date(2026, 11, 9), {"expected": 30, "received": 17})
        assert found[STOCK.name].told == {"amount": "2.20"}


def test_a_day_that_has_not_come_is_not_shown(database: Database) -> None:
    with database.writing() as session:
        top, _ = bureau(session)
        entries.once(session, NOTICE, top.id, TODAY + timedelta(days=1), 1)
        assert reading.entries(session, Scope(top, [top]), TODAY, 12) == []


@pytest.mark.parametrize(("people", "seen"), [(19, 0), (20, 1)])
def test_counts_that_could_tell_of_somebody_are_shown_to_all_only_among_twenty(
    database: Database, people: int, seen: int
) -> None:
    with database.writing() as session:
        _top, station = bureau(session)
        who = [somebody(session, n, station) for n in range(people - 1)]
        lead = somebody(session, 99, station, Role.LEAD)
        entries.add(session, ALERTS, station.id, TODAY, TODAY)
        for reader, count in ((who[0], seen), (lead, 1)):
            scope = timeline_reach.scope(session, reader, station, TODAY)
            assert len(reading.entries(session, scope, TODAY, 12)) == count
            assert sum(it.counts.get("alerts", 0) for it in reading.months(session, scope, TODAY, 12)) == count


def test_nobody_reads_another_units_timeline_nor_one_below_their_own(database: Database) -> None:
    with database.writing() as session:
        top, station = bureau(session)
        clerk, worker = somebody(session, 1, top), somebody(session, 2, station)
        assert timeline_reach.scope(session, worker, station, TODAY).units
        assert timeline_reach.scope(session, worker, top, TODAY).units
        with pytest.raises(Refusal, match="not_yours"):
            timeline_reach.scope(session, clerk, station, TODAY)


def counted(session: Session, units: list[Unit], day: date = TODAY) -> None:
    """Count an alert as it is counted: in its unit and those above."""
    for unit in units:
        entries.add(session, ALERTS, unit.id, day, day)


def shown(session: Session, scope: Scope, **how: object) -> list[tuple[int, int]]:
    return [(it.unit_id, it.n) for it in reading.entries(session, scope, TODAY, 12, **how)]  # type: ignore[arg-type]


def test_a_unit_reads_each_thing_once_and_what_only_others_had_too(database: Database) -> None:
    with database.writing() as session:
        top, below = bureau(session)
        counted(session, [below, top])
        counted(session, [top])
        counted(session, [top], TODAY - timedelta(days=1))
        entries.once(session, NOTICE, top.id, TODAY - timedelta(days=2), 7, title="To both")
        entries.once(session, NOTICE, below.id, TODAY - timedelta(days=2), 7, title="To both")
        led = frozenset({top.id, below.id})
        scope = Scope(below, [top, below], led, led)
        assert shown(session, scope) == [(below.id, 1), (top.id, 1), (below.id, 1)]
        assert reading.months(session, scope, TODAY, 1)[0].counts == {"alerts": 2, "notice": 1}
        assert shown(session, Scope(top, [top], led, led)) == [(top.id, 2), (top.id, 1), (top.id, 1)]


def test_what_is_not_shown_of_the_unit_itself_is_shown_of_the_one_above(database: Database) -> None:
    with database.writing() as session:
        top, below = bureau(session)
        counted(session, [below, top])
        assert shown(session, Scope(below, [below, top], frozenset({top.id}))) == [(top.id, 1)], "few at the station"
        by, led = somebody(session, 1, below), frozenset({top.id, below.id})
        entries.hide(session, entries.of(session, ALERTS, TODAY, below.id)[0], "an error", by, NOW)
        assert shown(session, Scope(below, [below, top], led)) == [(top.id, 1)]
        entries.show(session, entries.of(session, ALERTS, TODAY, below.id)[0])
        entries.word(session, entries.of(session, ALERTS, TODAY, top.id)[0], "A fire drill", by, NOW)
        assert len(shown(session, Scope(below, [below, top], led))) == 2, "an admin's words stand"


def test_pages_leave_nothing_out_where_much_stands_in_both(database: Database) -> None:
    with database.writing() as session:
        top, below = bureau(session)
        for n in range(40):
            day = TODAY - timedelta(days=n // 3)
            both = [top, below] if n % 4 else [top]
            for unit in both:
                entries.once(session, NOTICE, unit.id, day, n, title=f"{n}")
        led = frozenset({top.id, below.id})
        scope, seen, before = Scope(below, [top, below], led, led), [], None
        while found := reading.entries(session, scope, TODAY, 5, before=before):
            seen += [it.key for it in found]
            before = (found[-1].day, found[-1].id)
        assert sorted(seen, key=int) == [f"{n}" for n in range(40)]


def test_a_hidden_entry_is_seen_by_its_units_admins_only(database: Database) -> None:
    with database.writing() as session:
        top, station = bureau(session)
        admin, lead = somebody(session, 1, top, Role.ADMIN), somebody(session, 2, top, Role.LEAD)
        own = somebody(session, 3, station, Role.ADMIN)
        it = entries.write(session, top, TODAY, "Something", admin, NOW)
        entries.hide(session, it, "Wrong", admin, NOW)
        for reader, count in ((admin, 1), (lead, 0), (own, 0)):
            scope = timeline_reach.scope(session, reader, top, TODAY)
            assert len(reading.entries(session, scope, TODAY, 12)) == count


def test_each_source_has_a_name_of_its_own() -> None:
    assert len({it.name for it in SOURCES}) == len(SOURCES)
