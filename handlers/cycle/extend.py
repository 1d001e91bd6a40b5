"""Show in the prompts already sent until when there is time now: our outage is not their fault (docs/rules.md 2.2)."""

from sqlmodel import col, or_, select

from handlers.core import isolating
from handlers.core.context import Context
from handlers.prompts import prompts, receipts, ward_lists
from models.conversations import drafts
from models.cycle.periods import EVERY, Period
from models.cycle.steps import Step
from models.messaging import live_messages
from models.messaging.cards import Kind, Lane
from models.reporting import audience, report_context
from models.reporting.report_context import ReportContext
from models.reporting.reports import OWED, Report, State

CHUNK = 20


def extend(context: Context, period: Period, step: Step) -> bool:
    since = period.opens_at if step.state == EVERY else period.outage_from or context.now
    rows = context.session.exec(
        select(Report)
        .where(
            Report.period_id == period.id,
            Report.id > step.cursor,
            or_(
                OWED,
                col(Report.submitted_at) > since,
            ),
        )
        .order_by(col(Report.id))
        .limit(CHUNK)
    ).all()

    def redraw_one(report: Report) -> None:
        _redraw(context, report_context.context_of(context.session, period, report), step)

    isolating.each(context, step, rows, redraw_one)
    return len(rows) < CHUNK


def _redraw(context: Context, asked: ReportContext, step: Step) -> None:
    """Show the question with its new deadline, or the receipt of what came in meanwhile, which is no longer late."""
    session = context.session
    if asked.ward is not None:
        ward_lists.redraw_wards(context, asked.period, asked.ward)
        return
    for person, address in audience.audience(session, asked):
        slot = report_context.report_slot(asked.report, address)
        standing = live_messages.current(session, slot)
        if standing and standing.created_at < step.at and drafts.started(session, asked.report, person) is None:
            words = context.words_for(person, asked.period.timezone)
            if asked.report.state == State.DUE:
                content = prompts.prompt(
                    words, asked.period, asked.form, asked.report if asked.unit else None, asked.unit
                )
            else:
                content = receipts.receipt(session, words, asked, person)
            live_messages.show(session, slot, Kind.ASK, content, context.now, lane=Lane.BULK)
