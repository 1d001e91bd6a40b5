"""Remind: a new message to each who still owes a report, because an edit rings nobody; and to nobody at night."""

from datetime import datetime, timedelta

from sqlmodel import Session, select

from handlers.core import isolating
from handlers.core.context import Context
from handlers.prompts import prompts, ward_lists
from models.authority import responsibility
from models.conversations import drafts
from models.cycle.periods import Period
from models.cycle.steps import STALE, Step, StepKind
from models.messaging import cards, live_messages, noise_budget
from models.messaging.addresses import reachable
from models.messaging.cards import Kind, Lane
from models.organisation.people import Person
from models.reporting import audience, report_context
from models.reporting.report_context import ReportContext
from models.reporting.reports import Report, owing
from models.time.times import awake

CHUNK = 20


def remind(context: Context, period: Period, step: Step) -> bool:
    """Remind one chunk of those who still owe a report, persons, reporters and leads alike."""
    session = context.session
    if step.cursor == 0 and (outcome := _left_out(session, period, step, context.now)):
        step.outcome = outcome
        return True
    rows = owing(session, period, step.cursor, CHUNK)
    start = cards.off_the_hour(max(step.at, context.now), period.id, context.defaults.off)

    def remind_one(report: Report) -> None:
        _remind(context, report_context.context_of(session, period, report), step, start)

    isolating.each(context, step, rows, remind_one)
    return len(rows) < CHUNK


def _left_out(session: Session, period: Period, step: Step, now: datetime) -> str | None:
    """Return why this reminder is not sent: it is night there, the due time is past, or it is late and another follows
    (or the prompt itself is only being sent now)."""
    if awake(now, period.timezone) != now:
        return "quiet"
    if now >= period.due_at:
        return "coalesced"
    if now - step.at < STALE:
        return None
    asked_at = session.exec(select(Step.done_at).where(Step.period_id == period.id, Step.kind == StepKind.ASK)).one()
    later = session.exec(
        select(Step.id).where(
            Step.period_id == period.id, Step.kind == StepKind.REMIND, Step.number > step.number, Step.at <= now
        )
    ).first()
    return "coalesced" if later or (asked_at and now - asked_at < STALE) else None


def _remind(context: Context, asked: ReportContext, step: Step, start: datetime) -> None:
    session = context.session
    if asked.ward is not None:
        for speaker in responsibility.speakers(session, asked.ward, asked.period.day):
            _remind_reporter(context, asked.period, speaker, step, start)
        return
    for person, address in audience.audience(session, asked):
        words = context.words_for(person, asked.period.timezone)
        started = drafts.started(session, asked.report, person) is not None
        report = asked.report if asked.unit else None
        minutes = max(1, int((asked.period.due_at - max(context.now, step.at)) / timedelta(minutes=1)))
        content = prompts.prompt(
            words, asked.period, asked.form, report, asked.unit, "cycle/reminder", minutes=minutes, started=started
        )
        slot = report_context.report_slot(asked.report, address)
        rings = noise_budget.may_ring(session, person, address, asked.period, context.today, room=2)
        live_messages.show(
            session, slot, Kind.REMINDER if rings else Kind.ASK, content, context.now,
            below=rings, lane=Lane.BULK, not_before=start,
        )  # fmt: skip


def _remind_reporter(context: Context, period: Period, reporter: Person, step: Step, start: datetime) -> None:
    """Remind a reporter once, however many wards are missing: an earlier reminder shows when it was made."""
    session = context.session
    address = reachable(session, reporter)
    if address is None:
        return
    standing = live_messages.current(session, report_context.wards_slot(period, address))
    if standing and standing.created_at >= step.at and standing.not_before >= step.at:
        return
    rings = noise_budget.may_ring(session, reporter, address, period, context.today, room=2)
    ward_lists.show_wards(
        context, period, reporter, address, below=rings, remind=True, lane=Lane.BULK, not_before=start
    )
