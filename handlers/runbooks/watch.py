"""Keep runs going: remind of late steps and let them climb, and ask somebody else where nobody who was asked can do it
any more."""

from collections.abc import Sequence

from handlers.core.context import Context
from handlers.runbooks import running
from models.runbooks import runs
from models.runbooks.runs import RunbookRun, RunbookStep

PENDING = runs.ANY_DUE


def due(context: Context, aside: Sequence[int]) -> RunbookStep | None:
    return runs.due(context.session, context.now, aside)


def take(context: Context, step: RunbookStep) -> None:
    """Do what is due for one step, at any hour of the night."""
    run = context.session.get_one(RunbookRun, step.run_id)
    if step.look_at is not None and step.look_at <= context.now:
        running.look(context, run, step)
    if step.climbs_at is not None and step.climbs_at <= context.now:
        running.climb(context, run, step)
