"""Ask who passed the quiz that a task requires, still today where its due time is to come (docs/rules.md 31.9)."""

from handlers.core.context import Context
from handlers.core.events import ExcuseChanged, QuizPassed
from handlers.prompts import prompts
from models.cycle.periods import Phase
from models.reporting import audience, excuses
from models.reporting.report_context import context_of


def passed(context: Context, event: QuizPassed) -> None:
    """End the excuses for want of training, and show what is asked now."""
    session = context.session
    for period, report in excuses.trained(session, event.person, event.form, context.now):
        if period.phase == Phase.OPENING:
            continue
        it = context_of(session, period, report)
        for person, address in audience.audience(session, it):
            prompts.ask(context, it, person, address)
        context.emit(ExcuseChanged(period, report))
