"""Keep excuses: why somebody need not report (leave, a rest day, or having left).

Every change is a row that never changes, with author and time, so that seals cover it; `Report.excused` says what holds
now. Whether an assignment excuses people on leave is frozen in the period. Leave decided before the close also counts
*as at close*, later only *as now*; after the lock nothing changes (docs/rules.md 7.4)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import func, insert
from sqlmodel import Field, Session, col, select

from models.absence import leave
from models.absence.leave import Absence
from models.core.database import Instant
from models.core.table import Table
from models.cycle.periods import Period, Phase, unlocked
from models.forms import passes
from models.organisation.people import Person
from models.organisation.units import Unit
from models.reporting.figures import rows_of
from models.reporting.reports import Report, State, of_person
from models.time.calendars import WEEKDAYS


class Kind(StrEnum):
    LEAVE = "leave"
    REST = "rest"
    LEFT = "left"
    TRAINING = "training"  # the quiz that the task requires is not passed


class Excuse(Table, table=True):
    """One change of `Report.excused`: what it says from this row on; None ended the excuse. `by` is None if the
    roster's rest days said so."""

    id: int = Field(default=None, primary_key=True)
    report_id: int = Field(foreign_key="report.id", index=True)
    absence_id: int | None = Field(default=None, foreign_key="absence.id", index=True)
    words: str | None
    by: int | None = Field(default=None, foreign_key="person.id")
    at: datetime = Field(sa_type=Instant)


@dataclass(frozen=True)
class Ground:
    """Why a person is excused on a day: `words` as they stand in the report, such as `leave: ill (1003)`."""

    words: str
    by: int | None = None
    absence_id: int | None = None


def grounds_in(session: Session, period: Period, persons: Iterable[int]) -> Mapping[int, Ground]:
    """Return `grounds` for a period, none if it asks people on leave all the same, and of who has not passed the quiz
    that it requires."""
    ids = list(persons)
    found = dict(grounds(session, ids, period.day)) if period.on_leave == "excused" else {}
    if period.requires:
        lacking = passes.lacking(session, ids, period.requires)
        found = {person: _training(period) for person in ids if person in lacking} | found
    return found


def _training(period: Period) -> Ground:
    return Ground(f"{Kind.TRAINING}: {period.requires}")


def is_untrained(report: Report) -> bool:
    """Say whether somebody is not asked because a quiz is not passed."""
    return bool(report.excused and report.excused.startswith(f"{Kind.TRAINING}: "))


def untrained_next(session: Session, period: Period, after: int, most: int) -> list[Report]:
    """Return the next reports of who has not passed the quiz that the period requires, by id."""
    which = (Report.period_id == period.id, Report.id > after, Report.excused == _training(period).words)
    rows = select(Report).where(*which, Report.state == State.DUE).order_by(col(Report.id)).limit(most)
    return list(session.exec(rows).all()) if period.requires else []


def trained(session: Session, person: Person, form: str, now: datetime) -> list[tuple[Period, Report]]:
    """End the excuses of who passed a quiz meanwhile, in periods whose due time is to come: there somebody is asked
    still today, otherwise from the next opening on. Return the rows that changed (docs/rules.md 31.9)."""
    changed = []
    for period in unlocked(session, date.min, date.max):
        report = of_person(session, period, person) if period.requires == form and now < period.due_at else None
        if report is not None and report.excused == _training(period).words:
            excuse(session, report, grounds_in(session, period, [person.id]).get(person.id), None, now)
            changed.append((period, report))
    return changed


def untrained(session: Session, period: Period, unit: Unit) -> int:
    """Count those of a unit who are not asked because they have not passed the quiz that the period requires."""
    if not period.requires:
        return 0
    not_yet = (Report.state == State.DUE, Report.excused == _training(period).words)
    rows = rows_of(session, period, unit)
    return session.exec(select(func.count()).select_from(Report).where(rows, *not_yet)).one()


def untrained_names(session: Session, period: Period, unit: Unit, most: int) -> list[str]:
    """Return the names of the first of `untrained`, by staff number."""
    if not period.requires:
        return []
    not_yet = (Report.state == State.DUE, Report.excused == _training(period).words)
    names = select(Person.name).join(Report, col(Report.person_id) == col(Person.id))
    rows = names.where(rows_of(session, period, unit), *not_yet).order_by(col(Person.staff_no)).limit(most)
    return list(session.exec(rows).all())


def grounds(session: Session, persons: Iterable[int], day: date) -> Mapping[int, Ground]:
    """Return which of these persons, a run of ids, are excused on a day: on approved leave or, as the roster says,
    resting."""
    ids = list(persons)
    if not ids:
        return {}
    within = (min(ids), max(ids))
    weekday = WEEKDAYS[day.weekday()]
    resting = session.exec(
        select(Person.id).where(col(Person.id).between(*within), col(Person.rest_days).contains(weekday))
    ).all()
    away = session.exec(
        select(Absence, Person.staff_no)
        .join(Person, col(Person.id) == col(Absence.decided_by))
        .where(leave.on(day), col(Absence.person_id).between(*within))
    ).all()
    found = {person: Ground(Kind.REST) for person in resting}
    for absence, decider in away:
        words = f"{Kind.LEAVE}: {absence.reason} ({decider})"
        found[absence.person_id] = Ground(words, absence.decided_by, absence.id)
    return {person: found[person] for person in ids if person in found}


def keep_opening(session: Session, period: Period, given: Mapping[int, Ground], now: datetime) -> None:
    """Store why rows of these persons were excused from the start."""
    if not given:
        return
    rows = session.execute(
        select(Report.id, Report.person_id).where(
            Report.period_id == period.id, col(Report.person_id).between(min(given), max(given))
        )
    ).all()
    whose = [(report, given[person]) for report, person in rows if person in given]
    values = [
        {"report_id": report, "absence_id": g.absence_id, "words": g.words, "by": g.by, "at": now}
        for report, g in whose
    ]
    if values:
        session.execute(insert(Excuse), values)


def excuse(session: Session, report: Report, ground: Ground | None, by: int | None, now: datetime) -> None:
    """Excuse the report from now on, or (None) end the excuse."""
    words = ground.words if ground else None
    if report.excused == words:
        return
    absence_id = ground.absence_id if ground else None
    session.add(Excuse(report_id=report.id, absence_id=absence_id, words=words, by=by, at=now))
    report.excused = words
    session.add(report)
    session.flush()


def apply(session: Session, absence: Absence, by: Person, now: datetime) -> list[tuple[Period, Report]]:
    """Bring the rows that still owe a report, in the periods that a leave covers, to what holds after it was approved
    or withdrawn. Locked periods stay as they are. Returns the rows that changed."""
    changed = []
    for period in unlocked(session, absence.first, absence.last):
        report = session.exec(
            select(Report).where(Report.period_id == period.id, Report.person_id == absence.person_id)
        ).first()
        if report is None or report.excused == Kind.LEFT or not (report.state == State.DUE or report.excused):
            continue
        ground = grounds_in(session, period, [absence.person_id]).get(absence.person_id)
        before = report.excused
        excuse(session, report, ground, by.id, now)
        if report.excused != before:
            changed.append((period, report))
    return changed


def leave_open(
    session: Session, person: Person, day: date, by: int | None, now: datetime
) -> list[tuple[Period, Report]]:
    """Excuse what somebody who leaves on a day still owes about that day and later."""
    changed = []
    for period in unlocked(session, day, date.max):
        report = of_person(session, period, person)
        if report is not None and report.state == State.DUE and report.excused != Kind.LEFT:
            excuse(session, report, Ground(Kind.LEFT), by, now)
            changed.append((period, report))
    return changed


def newest(session: Session) -> int:
    return session.exec(select(func.max(Excuse.id))).one() or 0


def of_report(session: Session, report: Report) -> list[Excuse]:
    """Return the excuses of a report, as they came and went."""
    return list(session.exec(select(Excuse).where(Excuse.report_id == report.id).order_by(col(Excuse.id))).all())


def standing(session: Session) -> dict[int, str | None]:
    """Return what the newest excuse of each report says, for all reports that ever had one."""
    rows = session.exec(select(Excuse.report_id, Excuse.words).order_by(col(Excuse.id))).all()
    return dict(rows)


def upto(session: Session, period: Period, first: int, last: int, boundary: int) -> dict[int, list[list[object]]]:
    """Return the excuses of a run of a period's reports that are not later than the id `boundary`, in order, as seals
    cover them."""
    rows = session.exec(
        select(Excuse)
        .join(Report, col(Report.id) == col(Excuse.report_id))
        .where(Report.period_id == period.id, col(Excuse.report_id).between(first, last), Excuse.id <= boundary)
        .order_by(col(Excuse.id))
    ).all()
    found: dict[int, list[list[object]]] = {}
    for row in rows:
        found.setdefault(row.report_id, []).append([row.words, row.absence_id, row.by, row.at])
    return found


def since_close(session: Session, period: Period, unit: Unit) -> int:
    """Return how many of a unit's reports were excused only after the close (截止后准假) and would otherwise be owed;
    before the close 0."""
    if period.phase not in (Phase.CLOSED, Phase.LOCKED):
        return 0
    before = select(Excuse.words).where(Excuse.report_id == Report.id, Excuse.id <= (period.close_excuse or 0))
    at_close = before.order_by(col(Excuse.id).desc()).limit(1).scalar_subquery()
    excused = (Report.state == State.DUE, col(Report.excused).is_not(None), at_close.is_(None))
    rows = rows_of(session, period, unit)
    return session.exec(select(func.count()).select_from(Report).where(rows, *excused)).one()
