"""Our outage is not their fault: the prompts already out say until when there is time now."""

from sqlmodel import col, or_, select

from handlers.core import isolating
from handlers.core.context import Context
from handlers.prompts import prompts, receipts, ward_lists
from models.conversations import drafts
from models.cycle.periods import Period
from models.cycle.steps import Step
from models.messaging import live_messages
from models.messaging.cards import Kind, Lane
from models.reporting import asked, audience
from models.reporting.asked import ReportContext
from models.reporting.reports import OWED, Report, State

CHUNK = 20


def extend(context: Context, period: Period, step: Step) -> bool:
    rows = context.session.exec(
        select(Report)
        .where(
            Report.period_id == period.id,
            Report.id > step.cursor,
            or_(
                OWED,
                col(Report.submitted_at) > (period.outage_from or context.now),
            ),
        )
        .order_by(col(Report.id))
        .limit(CHUNK)
    ).all()

    def redraw_one(report: Report) -> None:
        _redraw(context, asked.asked(context.session, period, report), step)

    isolating.each(context, step, rows, redraw_one)
    return len(rows) < CHUNK


def _redraw(context: Context, it: ReportContext, step: Step) -> None:
    """The question with its new deadline; the receipt of what came in meanwhile, which is not late any more."""
    session = context.session
    if it.ward is not None:
        ward_lists.redraw_wards(context, it.period, it.ward)
        return
    for person, address in audience.audience(session, it):
        slot = asked.report_slot(it.report, address)
        standing = live_messages.current(session, slot)
        if standing and standing.created_at < step.at and drafts.started(session, it.report, person) is None:
            words = context.words_for(person, it.period.timezone)
            if it.report.state == State.DUE:
                content = prompts.prompt(words, it.period, it.form, it.report if it.unit else None, it.unit)
            else:
                content = receipts.receipt(session, words, it, person)
            live_messages.show(session, slot, Kind.ASK, content, context.now, lane=Lane.BULK)
