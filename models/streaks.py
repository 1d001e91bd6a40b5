"""Days in a row a person reported in time: a question, not a counter. Filled days count like zeros."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from models.database import ask
from models.periods import Period, Phase
from models.reports import Report, State

PAGE = 32


def _days(subject: Any) -> Any:
    return (
        select(col(Period.day), col(Report.state), col(Report.late), col(Report.excused))
        .join(Report, (col(Report.period_id) == col(Period.id)) & (subject == bindparam("subject")), isouter=True)
        .where(
            Period.assignment_id == bindparam("assignment"),
            Period.day < bindparam("before"),
            Period.phase != Phase.LAPSED,
        )
        .order_by(col(Period.day).desc())
        .limit(bindparam("size"))
    )


_OF_PERSON, _OF_UNIT = _days(col(Report.person_id)), _days(col(Report.unit_id))


def streak(session: Session, period: Period, report: Report) -> int:
    """Timely days up to this period. Days on which nothing was expected neither count nor break it; a lapsed period is
    no day. It reads as far back as the streak reaches, not as far as history does."""
    query, subject = (_OF_PERSON, report.person_id) if report.person_id else (_OF_UNIT, report.unit_id)
    of = {"subject": subject, "assignment": period.assignment_id}
    count, size = 0, 1
    page: Sequence[Any] = [(period.day, report.state, report.late, report.excused)]
    while True:
        for _, state, late, excused in page:
            if state is None or (state == State.DUE and excused):
                continue
            if state == State.DUE or late:
                return count
            count += 1
        if len(page) < size or (size > 1 and all(state is None for _, state, _, _ in page)):
            return count
        size = PAGE if size == 1 else size * 4
        page = ask(session, query, **of, before=page[-1][0], size=size).all()


def not_reached(session: Session, period: Period, report: Report) -> int:
    """On how many days running, up to this period's, a ward was not reached (未联系上); a lapsed period is no day."""
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
