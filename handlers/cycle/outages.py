"""Correct what an outage did to a period: its deadline moves, or it lapses."""

from collections.abc import Sequence
from datetime import timedelta

from handlers.core.context import Context
from models.cycle import periods
from models.cycle.periods import AffectedPeriod, Period, Phase
from models.reporting import reports

LONGEST_GAP = timedelta(minutes=3)  # a longer one between two ticks is an outage of ours
PENDING = periods.ANY_TO_CORRECT


def due(context: Context, aside: Sequence[int]) -> AffectedPeriod | None:
    return periods.to_correct(context.session, aside)


def correct(context: Context, affected: AffectedPeriod) -> None:
    session = context.session
    period = session.get_one(Period, affected.period_id)
    if period.phase in (Phase.OPENING, Phase.OPEN):
        if period.lock_at <= affected.outage_to:
            periods.lapse(session, period, context.now)
        elif periods.extend(session, period, (affected.outage_from, affected.outage_to)):
            reports.forgive(session, period)
            periods.rewrite_questions(session, period, context.now)
    session.delete(affected)
