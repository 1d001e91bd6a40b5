"""Zero-case streaks (零病例) of units and of ward households, counted on at each lock from that period's rows only
(docs/rules.md 38.1 to 38.4).

`total` counts zero days and never falls; a streak breaks by setting `base` to what it was on that day. So a day that is
contradicted later needs one row, its `ZeroDay`, and no look at the days after it."""

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import UniqueConstraint, insert
from sqlmodel import Field, Session, col, func, select

from models.alerts.incidents import Incident
from models.core.database import change
from models.core.table import Table
from models.cycle import former_paths, places
from models.cycle.assignments import Assignment
from models.cycle.periods import Period, Phase
from models.cycle.places import Place
from models.cycle.steps import Step
from models.organisation.kinds import Kind
from models.organisation.people import Person
from models.organisation.units import Unit, above, is_below
from models.reporting import tallies
from models.reporting.reports import Report, State
from models.reporting.tallies import Tally
from models.time.times import ClockTime, day_at, instant

CHUNK = 200  # units or wards in one short transaction
PLACES = 100  # places whose reports are counted in one
FEWEST = 3  # people asked through a unit, so that its honour is never one person's (docs/rules.md 38.2)
STARS = (7, 14, 30, 60, 100)  # zero days for one star to five of a ward's household
BROKEN = -1  # what stands for a unit instead of its zeros once anything breaks its day
# The state of a lock: which of its parts it is at, and in the first two what is known of the units
READING, UNITS, WARDS = "read:", "unit:", "wards"
MIDNIGHT = ClockTime(0)


class ZeroStreak(Table, table=True):
    """The zero days of a unit, or of a ward's household, in one task: `total` there ever were, `base` of them before
    the streak broke last, on `broken_on`. `upto` is the last day that was looked at."""

    __table_args__ = (UniqueConstraint("assignment_id", "unit_id"), UniqueConstraint("assignment_id", "person_id"))

    id: int = Field(default=None, primary_key=True)
    assignment_id: int = Field(foreign_key="assignment.id")
    unit_id: int | None = Field(default=None, foreign_key="unit.id", index=True)
    person_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    total: int = 0
    base: int = 0
    upto: date
    broken_on: date | None = None

    @property
    def days(self) -> int:
        """Return how many zero days there are in a row."""
        return self.total - self.base

    @property
    def stars(self) -> int:
        return sum(self.days >= it for it in STARS)


class ZeroDay(Table, table=True):
    """A day that counted, and the streak's `total` with it."""

    __table_args__ = (UniqueConstraint("streak_id", "day"),)

    id: int = Field(default=None, primary_key=True)
    streak_id: int = Field(foreign_key="zero_streak.id")
    day: date
    total: int


def advance(session: Session, period: Period, step: Step) -> tuple[bool, list[ZeroStreak]]:
    """Count a locked period: its reports, the next places at a time, then the next units' days, then those of the next
    wards; say whether that was all, and return the units' streaks that grew. A task about units counts for nobody: its
    zeros are not people's."""
    if session.get_one(Assignment, period.assignment_id).about == "units":
        return True, []
    if step.state == WARDS:
        return _wards(session, period, step), []
    if step.state.startswith(UNITS):
        return False, _units(session, period, step)
    _read(session, period, step)
    return False, []


def verdict(tally: Tally) -> bool | None:
    """Say what a day is for a unit: a zero day (True), one that breaks its streak (False), or neither (None): fewer
    than `FEWEST` people said zero, so it would be theirs and not the unit's; who is excused said nothing."""
    return _day(_zeros(tally))


def _zeros(tally: Tally) -> int:
    """Return how many said zero, as far as it matters: `FEWEST` at most, or `BROKEN`."""
    zero, filled, owed, _, late, _, _, uncontacted = tally
    return BROKEN if filled or owed or late or uncontacted else min(zero, FEWEST)


def _day(zeros: int) -> bool | None:
    if zeros == BROKEN:
        return False
    return True if zeros >= FEWEST else None


def _read(session: Session, period: Period, step: Step) -> None:
    """Count the reports of the next places into all units above them, which the step remembers: a small number for
    each unit, and no chunk reads more than its places."""
    units: dict[str, int] = json.loads(step.state.removeprefix(READING) or "{}")
    theirs = select(Report.place_id).where(Report.period_id == period.id, Report.place_id > step.cursor)
    part = session.exec(theirs.distinct().order_by(col(Report.place_id)).limit(PLACES)).all()
    top = session.get_one(Place, period.place_id).path
    tally = tallies.by_path(session, col(Report.period_id) == period.id, col(Report.place_id).in_(part))
    over = {path: [it for it in above(path) if is_below(it, top)] for path in tally}
    named = places.named(session, period.id, sorted({it for found in over.values() for it in found}))
    ids = {it.path: str(it.unit_id) for it in named}
    for path, own in tally.items():
        zeros = _zeros(own)
        for unit in (ids[it] for it in over[path] if it in ids):
            before = units.get(unit, 0)
            units[unit] = BROKEN if BROKEN in (before, zeros) else min(before + zeros, FEWEST)
    step.cursor = part[-1] if part else 0
    step.state = (READING if len(part) == PLACES else UNITS) + json.dumps(units, separators=(",", ":"))


def _units(session: Session, period: Period, step: Step) -> list[ZeroStreak]:
    """Take the day into the streaks of the next units, and forget them; return those that grew."""
    units: dict[str, int] = json.loads(step.state.removeprefix(UNITS))
    part = list(units)[:CHUNK]
    told = {it.unit_id for it in places.named(session, period.id, _told(session, period))}
    days = {int(it): _day(BROKEN if int(it) in told else units[it]) for it in part}
    units = {it: zeros for it, zeros in units.items() if int(it) not in days}
    step.cursor = 0
    step.state = UNITS + json.dumps(units, separators=(",", ":")) if units else WARDS
    return _count(session, period, "unit_id", days)


def _wards(session: Session, period: Period, step: Step) -> bool:
    found = session.exec(
        select(Report)
        .join(Person, col(Person.id) == col(Report.person_id))
        .where(Report.period_id == period.id, Report.id > step.cursor, Person.kind == Kind.WARD)
        .order_by(col(Report.id))
        .limit(CHUNK)
    ).all()
    _count(session, period, "person_id", {it.person_id: _of_ward(it) for it in found if it.person_id})
    step.cursor = found[-1].id if found else 0
    return len(found) < CHUNK


def _of_ward(report: Report) -> bool | None:
    if report.state == State.DUE and report.excused is not None:
        return None
    return report.state == State.ZERO and not report.late and not report.uncontacted


def _told(session: Session, period: Period) -> set[str]:
    """Return the paths, as the period knows them, of units through which an incident was told since the day before
    that was locked, and of those above."""
    before = session.exec(
        select(func.max(Period.day)).where(
            Period.assignment_id == period.assignment_id, Period.day < period.day, Period.phase == Phase.LOCKED
        )
    ).one()
    first = before + timedelta(days=1) if before else period.day
    ends = (instant(it, MIDNIGHT, period.timezone) for it in (first, period.day + timedelta(days=1)))
    since, until = ends
    units = session.exec(
        select(Unit)
        .join(Place, col(Place.unit_id) == col(Unit.id))
        .join(Incident, col(Incident.place_id) == col(Place.id))
        .where(Incident.at >= since, Incident.at < until)
        .distinct()
    ).all()
    return {path for it in former_paths.paths_in(session, period.id, units).values() if it for path in above(it)}


def _count(session: Session, period: Period, subject: str, days: Mapping[int, bool | None]) -> list[ZeroStreak]:
    """Take a day into the streaks of these units or wards; return those that grew. A day that is locked after a later
    one can break a streak, and adds nothing."""
    known = _of(session, period.assignment_id, subject, days)
    began = period.day - timedelta(days=1)
    new = [
        ZeroStreak.model_validate({"assignment_id": period.assignment_id, "upto": began, subject: it})
        for it, counts in days.items() if counts is not None and it not in known
    ]  # fmt: skip
    session.add_all(new)
    session.flush()
    known |= {getattr(it, subject): it for it in new}
    changed, grown = [], []
    for id_, it in known.items():
        counts, later = days[id_], period.day > it.upto
        if counts is None or (not later and (counts or period.day == it.upto)):
            continue
        total = it.total + counts
        changed.append((it, {
            "total": total, "base": it.base if counts else total, "upto": max(it.upto, period.day),
            "broken_on": it.broken_on if counts else period.day,
        }))  # fmt: skip
        grown += [it] if counts else []
    change(session, changed)
    if grown:
        rows = [{"streak_id": it.id, "day": period.day, "total": it.total} for it in grown]
        session.execute(insert(ZeroDay), rows)
    return grown


def _of(session: Session, assignment_id: int, subject: str, ids: Iterable[int]) -> dict[int, ZeroStreak]:
    which = col(getattr(ZeroStreak, subject)).in_(list(ids))
    found = session.exec(select(ZeroStreak).where(ZeroStreak.assignment_id == assignment_id, which)).all()
    return {getattr(it, subject): it for it in found}


def contradict(session: Session, it: ZeroStreak, day: date) -> range:
    """Break a streak at a day that was locked, because what was said then does not hold any more; the zero days after
    it still count. Return the totals of which a milestone that rests on that day has one at least: that of the day, or
    of those before and after it if it was no zero day."""
    last = select(ZeroDay).where(ZeroDay.streak_id == it.id, ZeroDay.day <= day).order_by(col(ZeroDay.day).desc())
    row = session.exec(last.limit(1)).first()
    total = row.total if row else 0
    if total >= it.base:
        it.base, it.broken_on = total, max(it.broken_on or day, day)
        session.add(it)
        session.flush()
    return range(total, total + (1 if row and row.day == day else 2))


def of_units(session: Session, assignment_id: int, units: Iterable[int]) -> list[ZeroStreak]:
    """Return the streaks of these units in a task."""
    return list(_of(session, assignment_id, "unit_id", units).values())


def of_ward(session: Session, assignment_id: int, person_id: int) -> ZeroStreak | None:
    return _of(session, assignment_id, "person_id", [person_id]).get(person_id)


def locked_over(session: Session, unit: Unit, at: datetime) -> list[tuple[ZeroStreak, date]]:
    """Return the streaks of a unit and those above it in tasks whose day of that moment is locked, with the day. Days
    that were no zero days are among them: `upto` does not know them all."""
    first, last = (at.date() + timedelta(days=it) for it in (-1, 1))  # whatever the zone
    query = select(ZeroStreak, Period).join(Unit, col(Unit.id) == col(ZeroStreak.unit_id))
    query = query.join(Period, col(Period.assignment_id) == col(ZeroStreak.assignment_id))
    query = query.where(col(Unit.path).in_(above(unit.path)), Period.day >= first, Period.day <= last)
    found = session.exec(query.where(Period.phase == Phase.LOCKED)).all()
    return [(it, period.day) for it, period in found if period.day == day_at(at, period.timezone)]


def units_over(session: Session, period: Period, report: Report) -> list[int]:
    """Return the units to which a report of a period belongs, as the period knows them."""
    top = session.get_one(Place, period.place_id).path
    paths = [it for it in above(session.get_one(Place, report.place_id).path) if is_below(it, top)]
    return [it.unit_id for it in places.named(session, period.id, paths)]
