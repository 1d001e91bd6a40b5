"""Keep totals since the start (累计): what each locked day adds, and the sum with all days before it
(docs/decisions/0053-totals.md)."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, Column, Index, UniqueConstraint, delete
from sqlmodel import Field, Session, col, select

from models.core.table import Table
from models.cycle.periods import Period, Phase
from models.cycle.places import Place
from models.cycle.steps import Step, StepKind
from models.forms.spec import FormSpec
from models.forms.versions import FormVersion
from models.organisation.units import Unit, above, is_below
from models.reporting import figures
from models.reporting.reports import Report, State
from models.reporting.revisions import Revision

CHUNK = 200  # reports, and rows, in one short transaction

Sums = dict[str, Decimal]  # question → the sum of its answers; `#indicator` → reports for which its `count` holds
Answers = Mapping[str, Any]


class Total(Table, table=True):
    """A unit's part in a locked period: `own` is the sum of its filled reports, `upto` that and all before it. It is
    stored, like a Snapshot, so that no query ever reads the whole history. `upto` is None while the lock is at work.
    Numbers are decimals as text. A unit that filed nothing has no row for that day."""

    __table_args__ = (
        UniqueConstraint("period_id", "unit_id"),
        Index("total_newest", "assignment_id", "unit_id", "day"),
    )

    id: int = Field(default=None, primary_key=True)
    assignment_id: int = Field(foreign_key="assignment.id")
    period_id: int = Field(foreign_key="period.id")
    unit_id: int = Field(foreign_key="unit.id")
    day: date
    own: dict[str, str] = Field(sa_column=Column(JSON, nullable=False))
    upto: dict[str, str] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))


def counts(spec: FormSpec) -> bool:
    """Say whether the form has indicators counted since their start."""
    return any(indicator.total for indicator in spec.indicators)


def of_answers(spec: FormSpec, filed: Iterable[Answers]) -> Sums:
    """Return what these reports add to the form's totals."""
    sums: Sums = {}
    asked = {name for i in spec.indicators if i.total and i.value for name in i.value.names}
    for answers in filed:
        part = {name: Decimal(str(answers[name])) for name in asked if answers.get(name) is not None}
        part |= {f"#{i.name}": Decimal(i.count.holds(answers)) for i in spec.indicators if i.total and i.count}
        sums = _added(sums, part)
    return sums


def shown(session: Session, period: Period, unit: Unit) -> dict[str, object]:
    """Return the totals of a unit from the start to this day, by indicator; days not locked yet count as they stand.
    Empty for a task force's view, which is part of nobody's sum."""
    spec = _spec(session, period)
    if not counts(spec) or not figures.in_tree(session, period, unit):
        return {}
    if figures.is_whole(session, period, unit):  # sums are kept for the assigned unit, and not for those above it
        unit = session.get_one(Unit, session.get_one(Place, period.place_id).unit_id)
    newest = _newest(session, period.assignment_id, unit.id, period.day)
    sums = read(newest.upto if newest else None)
    for running in _running(session, period, unit):
        sums = _added(sums, of_answers(_spec(session, running), figures.filled(session, running, unit)))
    return {
        i.name: int(sums.get(f"#{i.name}", 0)) if i.count else i.value.value(sums) if i.value else None
        for i in spec.indicators
        if i.total
    }


def _running(session: Session, period: Period, unit: Unit) -> list[Period]:
    """Return the periods up to this one whose part is not stored for the unit yet."""
    stored = select(Total.id).where(
        Total.period_id == Period.id, Total.unit_id == unit.id, col(Total.upto).is_not(None)
    )
    return list(
        session.exec(
            select(Period)
            .join(Step, col(Step.period_id) == col(Period.id))
            .where(
                Period.assignment_id == period.assignment_id,
                Period.day <= period.day,
                col(Period.phase).in_([Phase.OPEN, Phase.CLOSED, Phase.LOCKED]),
                Step.kind == StepKind.LOCK,
                col(Step.done_at).is_(None),
                ~stored.exists(),
            )
        ).all()
    )


def begin(session: Session, period: Period) -> None:
    """Delete totals of the period that are there before the first is added, because the program did not write them."""
    session.execute(delete(Total).where(col(Total.period_id) == period.id, col(Total.upto).is_(None)))


def advance(session: Session, period: Period, step: Step) -> bool:
    """Take one chunk of a locked period's filled reports, then of its rows, into the totals; says if that was all."""
    spec = _spec(session, period)
    if not counts(spec):
        return True
    found = session.exec(
        select(Report.id, Report.place_id, Revision.answers)
        .join(Revision, col(Report.head_id) == col(Revision.id))
        .where(Report.period_id == period.id, Report.state == State.FILLED, Report.id > step.cursor)
        .order_by(col(Report.id))
        .limit(CHUNK)
    ).all()
    if not found:
        return _finish(session, period)
    by_place: dict[int, list[Answers]] = {}
    for report_id, place_id, answers in found:
        by_place.setdefault(place_id, []).append(answers or {})
        step.cursor = report_id
    for place_id, filed in by_place.items():
        _add(session, period, place_id, of_answers(spec, filed))
    return False


def _finish(session: Session, period: Period) -> bool:
    """Compute the sums of the next rows; a day that was locked before an earlier one gets that one's part too."""
    rows = session.exec(select(Total).where(Total.period_id == period.id, col(Total.upto).is_(None)).limit(CHUNK)).all()
    for row in rows:
        _settle(session, row, read(row.own))
    return not rows


def correct(session: Session, period: Period, report: Report, before: Answers | None, after: Answers | None) -> None:
    """Correct that day's totals and all after it for a report filed again after its period's lock (补录)."""
    spec = _spec(session, period)
    if counts(spec):
        old, new = of_answers(spec, [before] if before else []), of_answers(spec, [after] if after else [])
        change = _added(new, {name: -number for name, number in old.items()})
        for row in _add(session, period, report.place_id, change):
            _settle(session, row, change)


def _settle(session: Session, row: Total, change: Sums) -> None:
    if row.upto is None:
        before = _newest(session, row.assignment_id, row.unit_id, row.day)
        row.upto = written(_added(read(before.upto if before else None), read(row.own)))
    else:
        row.upto = written(_added(read(row.upto), change))
    session.add(row)
    later = select(Total).where(
        Total.assignment_id == row.assignment_id, Total.unit_id == row.unit_id, Total.day > row.day
    )
    for other in session.exec(later.where(col(Total.upto).is_not(None))).all():
        other.upto = written(_added(read(other.upto), change))
        session.add(other)
    session.flush()


def _add(session: Session, period: Period, place_id: int, sums: Sums) -> list[Total]:
    """Add to the own sums of the place's unit and of those above it, up to the assignment's; returns their rows."""
    rows = []
    for unit_id in _units_over(session, period, place_id):
        row = session.exec(select(Total).where(Total.period_id == period.id, Total.unit_id == unit_id)).first()
        if row is None:
            row = Total(
                assignment_id=period.assignment_id, period_id=period.id, unit_id=unit_id, day=period.day, own={}
            )
        row.own = written(_added(read(row.own), sums))
        session.add(row)
        rows.append(row)
    session.flush()
    return rows


def _units_over(session: Session, period: Period, place_id: int) -> list[int]:
    top = session.get_one(Place, period.place_id)
    paths = [path for path in above(session.get_one(Place, place_id).path) if is_below(path, top.path)]
    found = session.exec(select(Place).where(col(Place.path).in_(paths)).order_by(col(Place.id))).all()
    return list({place.path: place.unit_id for place in found}.values())


def _newest(session: Session, assignment_id: int, unit_id: int, day: date) -> Total | None:
    """Return the unit's last settled row up to this day."""
    return session.exec(
        select(Total)
        .where(
            Total.assignment_id == assignment_id,
            Total.unit_id == unit_id,
            Total.day <= day,
            col(Total.upto).is_not(None),
        )
        .order_by(col(Total.day).desc())
        .limit(1)
    ).first()


def _spec(session: Session, period: Period) -> FormSpec:
    return session.get_one(FormVersion, period.version_id).spec


def _added(one: Sums, other: Sums) -> Sums:
    return one | {name: one.get(name, Decimal(0)) + number for name, number in other.items()}


def read(stored: Mapping[str, str] | None) -> Sums:
    return {name: Decimal(number) for name, number in (stored or {}).items()}


def written(sums: Sums) -> dict[str, str]:
    return {name: format(number, "f") for name, number in sums.items()}
