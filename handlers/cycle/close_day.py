"""Due: the figures as at close are kept for ever, and sealed."""

from handlers.core.context import Context
from handlers.core.events import PeriodClosed
from models.cycle.periods import Period, Phase
from models.cycle.steps import Step
from models.evidence import seals
from models.reporting import snapshots


def close(context: Context, period: Period, step: Step) -> bool:
    """First the figures, at one instant; then the seal over what stood at that instant, in chunks."""
    session, now = context.session, context.now
    if period.phase == Phase.OPEN:
        period.phase, period.closed_at = Phase.CLOSED, now
        step.cursor, step.state = 0, ""  # nothing is verified in a step: whatever waited in it counts for nothing
        period.close_revision, period.close_excuse = seals.boundary(session)
        session.add(period)
        snapshots.keep(session, period)
        return False
    upto = seals.Boundary(period.close_revision or 0, period.close_excuse or 0)
    if not seals.advance(session, period, seals.At.CLOSE, upto, step, now):
        return False
    context.emit(PeriodClosed(period))
    return True
