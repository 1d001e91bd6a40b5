"""Count streaks: timely days in a row. A query, not a counter; filled days count like zeros (docs/rules.md 3.3)."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from models.core.database import ask
from models.cycle.periods import Period, Phase
from models.reporting.reports import Report, State

PAGE = 32


_PERIODS = (
    select(col(Period.id), col(Period.day))
    .where(
        Period.assignment_id == bindparam("assignment"),
        Period.day < bindparam("before"),
        Period.phase != Phase.LAPSED,
    )
    .order_by(col(Period.day).desc())
    .limit(bindparam("size"))
)


def _rows(subject: Any) -> Any:
    return (
        select(subject, col(Report.state), col(Report.late), col(Report.excused))
        .join(Period, col(Period.id) == col(Report.period_id))
        .where(
            col(Report.period_id).in_(bindparam("periods", expanding=True)),
            subject.in_(bindparam("subjects", expanding=True)),
        )
        .order_by(col(Period.day).desc())
    )


_OF_PERSONS, _OF_UNITS = _rows(col(Report.person_id)), _rows(col(Report.unit_id))


def streak(session: Session, period: Period, report: Report) -> int:
    """Return the timely days up to this period. Days on which nothing was expected neither count nor break it; a lapsed
    period is no day. Reads as far back as the streak reaches, not as far as history does."""
    return streaks(session, period, [report])[report.id]


def streaks(session: Session, period: Period, found: Sequence[Report]) -> dict[int, int]:
    """Return the streaks of many reports, by the report's id; all are about persons, or all about units."""
    query = _OF_UNITS if found and found[0].unit_id else _OF_PERSONS
    counted = {report.id: int(_counts(report.state, report.late, report.excused) or 0) for report in found}
    going = {
        report.person_id or report.unit_id: report.id
        for report in found
        if _counts(report.state, report.late, report.excused) is not False
    }
    size, before = PAGE, period.day
    while going:
        periods = ask(session, _PERIODS, assignment=period.assignment_id, before=before, size=size).all()
        rows = ask(session, query, periods=[id_ for id_, _ in periods], subjects=list(going)).all()
        there = set()
        for subject, *row in rows:
            counts = _counts(*row)
            there.add(subject)
            if subject in going and counts is not None:
                counted[going[subject]] += counts
                if not counts:
                    del going[subject]
        if len(periods) < size:
            break
        going = {subject: report for subject, report in going.items() if subject in there}
        size, before = size * 4, periods[-1][1]
    return counted


def _counts(state: str, late: bool, excused: str | None) -> bool | None:
    """Say whether a day counts (True), ends the streak (False), or neither (None)."""
    if state == State.DUE and excused:
        return None
    return state != State.DUE and not late


def not_reached(session: Session, period: Period, report: Report) -> int:
    """Return on how many days running, up to this period's, a ward was not reached (未联系上); a lapsed period is no
    day."""
    rows = session.exec(
        select(Report.uncontacted)
        .join(Period, col(Period.id) == col(Report.period_id))
        .where(
            Period.assignment_id == period.assignment_id,
            Period.day <= period.day,
            Period.phase != Phase.LAPSED,
            Report.person_id == report.person_id,
        )
        .order_by(col(Period.day).desc())
        .limit(PAGE)
    ).all()
    return next((days for days, uncontacted in enumerate(rows) if not uncontacted), len(rows))
