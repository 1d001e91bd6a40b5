"""Let a question climb that nobody answered in time: to the leads above, at the top again, at last to the admins."""

from collections.abc import Sequence

from handlers.alerts import levels
from handlers.core.context import Context
from handlers.questions import notifying
from models.questions import questions
from models.questions.questions import Question
from models.time import workday_overrides

PENDING = questions.ANY_DUE


def due(context: Context, aside: Sequence[int]) -> Question | None:
    return questions.due(context.session, context.now, aside)


def climb(context: Context, question: Question) -> None:
    """Advance one question whose time has come; on a rest day it waits for the same hour of the next workday. Whoever
    took it and did not answer has it no longer alone."""
    worked = workday_overrides.workday_from(context.session, context.today)
    if worked != context.today:
        questions.wait_until(context.session, question, worked, context.defaults.zone)
        return
    questions.release(question)
    known = notifying.told(context.session, question)
    whom = levels.climb(context, question, notifying.reached_levels(context, question), known)
    notifying.bring(context, question, notifying.admins(context, question) if whom is None else whom)
