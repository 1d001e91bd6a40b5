"""Close the day at its due time: the figures as at close are stored for ever, and sealed."""

from handlers.core.context import Context
from handlers.core.events import PeriodClosed
from models.cycle.periods import Period, Phase
from models.cycle.steps import Step
from models.evidence import seals
from models.reporting import snapshots


def close(context: Context, period: Period, step: Step) -> bool:
    """Store the figures, at one instant; then seal the records of that instant, in chunks."""
    session, now = context.session, context.now
    if period.phase == Phase.OPEN:
        period.phase, period.closed_at = Phase.CLOSED, now
        step.cursor, step.state = 0, ""  # what is stored in a step is not verified, so nothing in it is believed
        period.close_revision, period.close_excuse = seals.boundary(session)
        session.add(period)
        snapshots.keep(session, period)
        return False
    upto = seals.Boundary(period.close_revision or 0, period.close_excuse or 0)
    if not seals.advance(session, period, seals.At.CLOSE, upto, step, now):
        return False
    context.emit(PeriodClosed(period))
    return True
