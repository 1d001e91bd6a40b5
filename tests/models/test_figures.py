"""Figures that are never fudged: whatever happens in a day, they add up, and what was kept at close stays."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, select

from handlers.words import percent
from models import excuses, figures, reports, seals
from models.database import Database, connect
from models.figures import Figures, Snapshot
from models.people import Person, Unit, unit_at
from models.periods import Period
from models.reports import Filing, Report, State
from tests.world import World

PEOPLE = ("陈局", "周敏", "王建国", "张伟", "李梅", "Ann Lee", "刘大爷", "孙阿姨", "赵强", "钱丽")
WALLS = ("8:00", "9:30", "10:00", "10:10", "12:00", "18:00")


@pytest.fixture(scope="module")
def morning(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database in which the day has opened, to copy for every example."""
    path = tmp_path_factory.mktemp("morning") / "zeroreport.db"
    shutil.copy(sqlite_template, path)
    database = connect(f"sqlite:///{path}")
    world = World(database)
    world.organisation(groups=False)
    world.assign()
    world.at("7:30")
    database.close()
    return path


_copies = count()


@contextmanager
def _day(morning: Path) -> Iterator[World]:
    path = morning.with_name(f"copy{next(_copies)}.db")
    shutil.copy(morning, path)
    database = connect(f"sqlite:///{path}")
    world = World(database)
    world.clock.at = world.local("7:31")
    try:
        yield world
    finally:
        database.close()
        path.unlink()


ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(PEOPLE),
        st.sampled_from(["zero", "filled", "uncontacted", "excused", "wait", "wait"]),
    ),
    max_size=16,
)


def _files(world: World, about: str, what: str) -> None:
    with world.database.writing() as session:
        period = world.period(session)
        person = session.exec(select(Person).where(Person.name == about)).one()
        report = reports.of_person(session, period, person)
        assert report
        by = session.get_one(Person, person.reporter_id) if person.reporter_id else person
        if what == "excused":
            if period.closed_at is None:  # what is excused later has its own place, and is not part of this
                excuses.excuse(session, report, excuses.Ground("病假"), None, world.clock.now())
            return
        filing = Filing(
            kind=State.ZERO if what == "zero" else State.FILLED,
            by=by,
            channel="web",
            now=world.clock.now(),
            statement="无" if what == "zero" else None,
            answers={"temperature": 36.5} if what == "filled" else None,
            uncontacted=what == "uncontacted" and person.reporter_id is not None,
        )
        reports.file(session, period, report, filing)


def _adds_up(session: Session, period: Period) -> None:
    units = {u.path: u for u in session.exec(select(Unit)).all()}
    rows = session.exec(select(Report).where(Report.period_id == period.id)).all()
    whole = figures.now(session, period, units["区局"])
    excused = sum(r.state == State.DUE and r.excused is not None for r in rows)
    assert whole.excused == excused
    assert whole.expected == len(rows) - excused
    assert whole.received + whole.silent == whole.expected
    assert whole.received == sum(r.state != State.DUE for r in rows)
    assert whole.late <= whole.received
    assert whole.uncontacted <= whole.filled
    own = sum(
        (figures.now(session, period, units[p]) for p in ("区局/一站", "区局/二站")),
        Figures(*_own(session, period, units["区局"]).counts()),
    )
    assert own == whole
    at_once = figures.by_place(session, period)
    for path, unit in units.items():
        assert at_once[path][1] == figures.now(session, period, unit), path
        kept = figures.at_close(session, period, unit)
        assert (kept is None) == (period.closed_at is None)
    assert whole.completeness is None or 0 <= (whole.timeliness or 0) <= whole.completeness <= 1


def _own(session: Session, period: Period, unit: Unit) -> Figures:
    from models.periods import Place

    rows = session.exec(
        select(Report).join(Place).where(Report.period_id == period.id, Place.unit_id == unit.id)
    ).all()  # fmt: skip
    silent = "missing" if period.phase == "locked" else "due"
    found = Figures()
    for r in rows:
        kind = "excused" if r.state == State.DUE and r.excused else silent if r.state == State.DUE else r.state
        found += Figures(**{kind: 1}, late=int(r.late), proxy=int(r.proxy), uncontacted=int(r.uncontacted))
    return found


def _snapshots(session: Session) -> list[dict[str, object]]:
    return [s.model_dump() for s in session.exec(select(Snapshot).order_by(Snapshot.id)).all()]  # type: ignore[arg-type]


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actions=ACTIONS)
def test_whatever_happens_in_a_day_the_figures_add_up(morning: Path, actions: list[tuple[str, str]]) -> None:
    with _day(morning) as world:
        walls = iter(WALLS)
        kept: list[dict[str, object]] = []
        for about, what in actions:
            if what == "wait":
                wall = next(walls, None)
                if wall:
                    world.at(wall)
            else:
                _files(world, about, what)
            with world.database.reading() as session:
                _adds_up(session, world.period(session))
                snapshots = _snapshots(session)
            assert not kept or snapshots == kept, "what was kept at close never changes"
            kept = snapshots
        world.until(world.local("23:59"))
        world.at("0:01", world.clock.at.date().replace(day=24))
        with world.database.reading() as session:
            period = world.period(session)
            assert period.phase == "locked"
            _adds_up(session, period)
            assert not kept or _snapshots(session) == kept
            assert figures.now(session, period, unit_at(session, "区局")).due == 0
            assert seals.verify(session).differs == []


@given(received=st.integers(0, 10**6), more=st.integers(0, 10**6))
def test_a_hundred_per_cent_is_said_only_when_all_are_in(received: int, more: int) -> None:
    whole = Figures(zero=received, due=more)
    said = percent(whole.completeness, "zh_CN")
    if whole.expected == 0:
        assert said == "无应报"
    else:
        assert (said == "100%") == (more == 0)
        assert abs(float(said.removesuffix("%")) - 100 * received / whole.expected) <= 0.1


@pytest.mark.parametrize(("rate", "said"), [
    (1.0, "100%"), (0.9996, "99.9%"), (0.99999999, "99.9%"), (13 / 14, "92.9%"), (0.5, "50%"), (0.0, "0%"),
    (0.57, "57%"), (0.29, "29%"), (1 / 3, "33.3%"), (2 / 3, "66.7%"), (None, "无应报"),
])  # fmt: skip
def test_rates_are_never_rounded_up_to_a_hundred(rate: float | None, said: str) -> None:
    assert percent(rate, "zh_CN") == said


def test_figures_name_every_rate_and_have_none_without_a_denominator() -> None:
    f = Figures(zero=12, filled=1, excused=1, due=1, late=2, proxy=6)
    assert f.as_json() == {
        "expected": 14, "received": 13, "zero": 12, "filled": 1, "excused": 1, "due": 1, "missing": 0, "late": 2,
        "proxy": 6, "uncontacted": 0, "completeness": 13 / 14, "timeliness": 11 / 14,
    }  # fmt: skip
    assert (Figures(excused=3).completeness, Figures().timeliness) == (None, None)


def test_the_silent_are_listed_without_the_excused(database: Database) -> None:
    world = World(database)
    world.organisation()
    world.assign()
    world.at("7:30")
    with database.writing() as session:
        mei = session.exec(select(Person).where(Person.name == "李梅")).one()
        report = reports.of_person(session, world.period(session), mei)
        assert report
        report.excused = "病假"
        session.add(report)
    with database.reading() as session:
        period, unit = world.period(session), unit_at(session, "区局/一站")
        names = [p.name for p in figures.silent(session, period, unit)]
        assert names == ["王建国", "张伟", "Ann Lee", "刘大爷", "孙阿姨"]
        assert [p.name for p in figures.silent_at(session, period, unit_at(session, "区局"))] == ["陈局", "周敏"]
    world.at("10:05")
    assert "应报5（另准假1），已报0" in world.last("group 一站").text
    # who files all the same is received, and not excused any more
    world.taps("李梅", "零报告")
    assert (world.figures("区局/一站").excused, world.figures("区局/一站").received) == (0, 1)
