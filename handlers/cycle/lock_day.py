"""Lock the day: what is still due is missing, nothing more is filed, the period is sealed a second time, and
zero-case streaks go on or break."""

from handlers.core import isolating
from handlers.core.context import Context
from handlers.core.events import PeriodLocked
from handlers.prompts import frames, ward_lists
from models.cycle.periods import Period, Phase
from models.cycle.steps import Step
from models.evidence import seals
from models.honours import honours, streaks
from models.messaging import live_messages
from models.messaging.cards import Kind, Lane
from models.reporting import audience, cumulative_totals, report_context
from models.reporting.reports import Report, owing

CHUNK = 20


def lock(context: Context, period: Period, step: Step) -> bool:
    session, now = context.session, context.now
    if period.phase == Phase.CLOSED:
        period.phase, period.locked_at = Phase.LOCKED, now
        step.cursor, step.state = 0, ""
        cumulative_totals.begin(session, period)
        session.add(period)
        return False
    if step.outcome is None:
        if cumulative_totals.advance(session, period, step):
            step.outcome, step.cursor = "{}:{}".format(*seals.boundary(session)), 0
        return False
    if step.outcome not in ("sealed", "counted"):
        upto = seals.Boundary(*map(int, step.outcome.split(":")))
        if seals.advance(session, period, seals.At.LOCK, upto, step, now):
            step.outcome, step.cursor, step.state = "sealed", 0, ""
        return False
    if step.outcome == "sealed":
        done, grown = streaks.advance(session, period, step)
        honours.reach(session, period, grown, context.defaults.milestones, now)
        if done:
            step.outcome, step.cursor = "counted", 0
        return False
    if _tell_missing(context, period, step):
        context.emit(PeriodLocked(period))
        step.outcome = "done"
        return True
    return False


def _tell_missing(context: Context, period: Period, step: Step) -> bool:
    """Turn the prompts of those who did not answer into the sentence that says so; nobody's phone rings."""
    session = context.session
    rows = owing(session, period, step.cursor, CHUNK)

    def tell_one(report: Report) -> None:
        it = report_context.context_of(session, period, report)
        if it.ward is not None:
            ward_lists.redraw_wards(context, period, it.ward)
        for person, address in audience.audience(session, it) if it.ward is None else []:
            if live_messages.current(session, report_context.report_slot(report, address)):
                words = context.words_for(person, period.timezone)
                content = words.content("cycle/missing", **frames.frame(period, it.form), unit=it.unit)
                slot = report_context.report_slot(report, address)
                live_messages.show(session, slot, Kind.ASK, content, context.now, lane=Lane.BULK)

    isolating.each(context, step, rows, tell_one)
    return len(rows) < CHUNK
