"""End a reopening: nothing more is filed under it, and what was is sealed."""

from handlers.core.context import Context
from handlers.core.events import ReopeningEnded
from handlers.prompts import frames
from models.cycle.periods import Period
from models.cycle.reopenings import Reopening
from models.cycle.steps import Step
from models.evidence import seals
from models.messaging import live_messages
from models.messaging.cards import Kind, Lane
from models.reporting import audience, report_context
from models.reporting.reports import Report, State


def end(context: Context, period: Period, step: Step) -> bool:
    """End the reopening first, then seal, in chunks."""
    session, now = context.session, context.now
    it = session.get_one(Reopening, step.number)
    if it.ended_at is None:
        it.ended_at = now
        step.cursor, step.state = 0, ""
        session.add(it)
        _tell(context, session.get_one(Report, it.report_id), period)
        step.outcome = "{}:{}".format(*seals.boundary(session))
        return False
    upto = seals.Boundary(*map(int, (step.outcome or "0:0").split(":")))
    if not seals.advance(session, period, seals.reopened(it.id), upto, step, now):
        return False
    context.emit(ReopeningEnded(period))
    step.outcome = "done"
    return True


def _tell(context: Context, report: Report, period: Period) -> None:
    """Show in the unanswered question that it is over; nobody's phone rings."""
    session = context.session
    if report.state != State.DUE:
        return
    it = report_context.context_of(session, period, report)
    for person, address in audience.audience(session, it):
        slot = report_context.report_slot(report, address)
        if live_messages.current(session, slot):
            words = context.words_for(person, period.timezone)
            content = words.content("cycle/missing", **frames.frame(period, it.form), unit=it.unit)
            live_messages.show(session, slot, Kind.ASK, content, context.now, lane=Lane.BULK)
