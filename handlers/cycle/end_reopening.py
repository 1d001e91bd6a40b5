"""A reopening ends: nothing is filed under it any more, and what was is sealed."""

from datetime import datetime

from sqlmodel import Session

from handlers.core.turn import Defaults, words_for
from handlers.prompts import frames
from models.cycle.periods import Period
from models.cycle.reopenings import Reopening
from models.cycle.steps import Step
from models.evidence import seals
from models.messaging import live_messages
from models.messaging.cards import Kind, Lane
from models.reporting import asked, audience
from models.reporting.reports import Report, State
from models.summaries import posts


def end(session: Session, house: Defaults, period: Period, step: Step, now: datetime) -> bool:
    """First the door, then the seal, in chunks."""
    it = session.get_one(Reopening, step.number)
    if it.ended_at is None:
        it.ended_at = now
        step.cursor, step.state = 0, ""
        session.add(it)
        _tell(session, house, session.get_one(Report, it.report_id), period, now)
        step.outcome = "{}:{}".format(*seals.boundary(session))
        return False
    upto = seals.Boundary(*map(int, (step.outcome or "0:0").split(":")))
    if not seals.advance(session, period, seals.reopened(it.id), upto, step, now):
        return False
    posts.all_stale(session, period, now)
    step.outcome = "done"
    return True


def _tell(session: Session, house: Defaults, report: Report, period: Period, now: datetime) -> None:
    """The question that was not answered says that it is over; nobody's phone rings."""
    if report.state != State.DUE:
        return
    it = asked.asked(session, period, report)
    for person, address in audience.audience(session, it):
        slot = asked.report_slot(report, address)
        if live_messages.current(session, slot):
            words = words_for(house, person, period.timezone)
            content = words.content("cycle/missing", **frames.frame(period, it.form), unit=it.unit)
            live_messages.show(session, slot, Kind.ASK, content, now, lane=Lane.BULK)
