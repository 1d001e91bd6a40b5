"""Days in a row a person reported in time: a question, not a counter. Filled days count like zeros."""

from sqlmodel import Session, col, select

from models.periods import Period, Phase
from models.reports import Report, State

PAGE = 32


def streak(session: Session, period: Period, report: Report) -> int:
    """Timely days up to this period. Days on which nothing was expected neither count nor break it; a lapsed period is
    no day. It reads as far back as the streak reaches, not as far as history does."""
    count, before = 0, period.day
    first = True
    while True:
        page = session.exec(
            select(col(Period.id), col(Period.day))
            .where(
                Period.assignment_id == period.assignment_id,
                Period.day <= before if first else Period.day < before,
                Period.phase != Phase.LAPSED,
            )
            .order_by(col(Period.day).desc())
            .limit(PAGE)
        ).all()
        rows = {
            r.period_id: r
            for r in session.exec(
                select(Report).where(
                    col(Report.period_id).in_([p[0] for p in page]),
                    Report.person_id == report.person_id,
                    Report.unit_id == report.unit_id,
                )
            ).all()
        }
        for period_id, _ in page:
            row = rows.get(period_id)
            if row is None or (row.state == State.DUE and row.excused):
                continue
            if row.state == State.DUE or row.late:
                return count
            count += 1
        if len(page) < PAGE or not rows:
            return count
        before, first = page[-1][1], False


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
