"""Take the steps of a day, each by the function of its kind."""

from collections.abc import Callable, Mapping, Sequence

from handlers.core.context import Context
from handlers.cycle.outages import LONGEST_GAP
from models.cycle import periods, steps
from models.cycle.periods import Period
from models.cycle.steps import Step, StepKind

TakeStep = Callable[[Context, Period, Step], bool]  # says whether the step is done
PENDING = steps.ANY_DUE


def due(context: Context, aside: Sequence[int]) -> Step | None:
    return steps.due_step(context.session, context.now, aside)


def take(table: Mapping[str, TakeStep], context: Context, step: Step) -> None:
    """Do one chunk of a step, by the table of its kinds. A day that could not be opened in time because of an outage of
    ours gets more time, or lapses."""
    session, now = context.session, context.now
    period = session.get_one(Period, step.period_id)
    if step.kind == StepKind.OPEN and period.lock_at <= now:
        periods.lapse(session, period, now)
        return
    if table[step.kind](context, period, step):
        step.done_at, step.outcome = now, step.outcome or "done"
        if step.kind == StepKind.OPEN and period.outage_from is None and now - step.at > LONGEST_GAP:
            periods.extend(session, period, (step.at, now))
    session.add(step)
