"""Days in a row a person reported in time: a question, not a counter. Filled days count like zeros."""

from sqlmodel import Session, col, select

from models.periods import Period, Phase
from models.reports import Report, State

PAGE = 32


def streak(session: Session, period: Period, report: Report) -> int:
    """Timely days up to this period. Days on which nothing was expected neither count nor break it; a lapsed period is
    no day. It reads as far back as the streak reaches, not as far as history does."""
    same = (
        (col(Report.period_id) == col(Period.id))
        & (col(Report.person_id) == report.person_id)
        & (col(Report.unit_id) == report.unit_id)
    )
    count, size = 0, PAGE
    reach = col(Period.day) <= period.day
    while True:
        page = session.execute(
            select(col(Period.day), col(Report.state), col(Report.late), col(Report.excused))
            .join(Report, same, isouter=True)
            .where(Period.assignment_id == period.assignment_id, reach, Period.phase != Phase.LAPSED)
            .order_by(col(Period.day).desc())
            .limit(size)
        ).all()
        for _, state, late, excused in page:
            if state is None or (state == State.DUE and excused):
                continue
            if state == State.DUE or late:
                return count
            count += 1
        if len(page) < size or all(state is None for _, state, _, _ in page):
            return count
        reach, size = col(Period.day) < page[-1][0], size * 4


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
