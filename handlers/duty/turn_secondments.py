"""Begin and end secondments as their day begins, before anything opens."""

from collections.abc import Sequence

from handlers.core.context import Context
from handlers.duty import telling
from models.duty import secondments
from models.duty.secondments import Secondment, Stage

PENDING = secondments.ANY_DUE


def due(context: Context, aside: Sequence[int]) -> Secondment | None:
    return secondments.due(context.session, context.now, aside)


def take(context: Context, it: Secondment) -> None:
    """Begin or end one whose time has come."""
    if it.state == Stage.RUNNING:
        secondments.finish(context.session, it)
    else:
        secondments.begin(context.session, it, context.defaults.zone)
    telling.turned(context, it)
