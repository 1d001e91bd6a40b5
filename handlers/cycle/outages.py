"""Make good what an outage did to a period: its deadline moves, or it lapses."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, select

from handlers.core.context import Context
from models.cycle import periods
from models.cycle.periods import Mending, Period, Phase
from models.cycle.steps import Step, StepKind
from models.reporting import reports

HOLE = timedelta(minutes=3)  # a longer gap between two ticks is an outage of ours


def due(context: Context, aside: Sequence[int]) -> Mending | None:
    return periods.to_mend(context.session, aside)


def mend(context: Context, mending: Mending) -> None:
    session = context.session
    period = session.get_one(Period, mending.period_id)
    if period.phase in (Phase.OPENING, Phase.OPEN):
        if period.lock_at <= mending.outage_to:
            periods.lapse(session, period, context.now)
        elif periods.extend(session, period, (mending.outage_from, mending.outage_to)):
            reports.forgive(session, period)
            redraw(session, period, context.now)
    session.delete(mending)


def redraw(session: Session, period: Period, now: datetime) -> None:
    """Have the questions already sent rewritten, as the next step."""
    count = len(session.exec(select(Step.id).where(Step.period_id == period.id, Step.kind == StepKind.EXTEND)).all())
    session.add(Step(period_id=period.id, kind=StepKind.EXTEND, number=count + 1, at=now))
