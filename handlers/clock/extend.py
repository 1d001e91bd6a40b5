"""Our outage is not their fault: the prompts already out say until when there is time now."""

from datetime import datetime

from sqlmodel import Session, col, select

from handlers import asking
from handlers.turn import House, words_for
from models import drafts
from models.cards import Kind, Lane
from models.periods import Period, Step
from models.reports import Report, State

CHUNK = 300


def extend(session: Session, house: House, period: Period, step: Step, now: datetime) -> bool:
    rows = session.exec(
        select(Report)
        .where(Report.period_id == period.id, Report.id > step.cursor, Report.state == State.DUE)
        .order_by(col(Report.id))
        .limit(CHUNK)
    ).all()
    for report in rows:
        it = asking.asked(session, period, report)
        for person, address in asking.audience(session, it) if it.ward is None else []:
            prefix = asking.ask_prefix(report, address)
            if asking.live(session, prefix) and drafts.started(session, report, person) is None:
                words = words_for(house, person, period.timezone)
                content = asking.prompt(words, period, it.form, report if it.unit else None, it.unit)
                asking.stand(session, prefix, address, Kind.ASK, content, now, lane=Lane.BULK)
        step.cursor = report.id
    return len(rows) < CHUNK
