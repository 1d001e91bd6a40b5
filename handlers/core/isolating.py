"""Do due work item by item: an item that fails by a bug is set aside and reported, and the rest goes on."""

import logging
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from handlers.core.context import Context
from models.core import failing_work
from models.core.database import away
from models.core.updates import fault_number
from models.cycle.steps import Step
from models.messaging import addresses, cards
from models.messaging.cards import Kind
from models.messaging.slots import Slot, Subject

T = TypeVar("T")
log = logging.getLogger("zeroreport")


def each(context: Context, step: Step, rows: Sequence[T], take: Callable[[T], None]) -> None:
    """Call `take` for each row of a step's chunk, and move the cursor to the last. A row that raises is left out of
    this step, and those after it do not wait."""
    ids = [_id(row) for row in rows]
    _each(context, step, rows, take)
    step.cursor = ids[-1] if ids else step.cursor


def _id(row: object) -> int:
    """Return a row's own id; of a tuple the first one's."""
    return int(row[0] if isinstance(row, tuple) else row if isinstance(row, int) else row.id)  # type: ignore[attr-defined]


def _each(context: Context, step: Step, rows: Sequence[T], take: Callable[[T], None]) -> None:
    try:
        with context.session.begin_nested():
            for row in rows:
                take(row)
    except Exception as error:
        if away(error):
            raise
    else:
        return
    for row in rows:
        try:
            with context.session.begin_nested():
                take(row)
        except Exception as error:
            if away(error):
                raise
            label = f"step.{step.kind}"
            set_aside(context, label, f"{step.id}:{_id(row)}", error, label)


def set_aside(
    context: Context, source: str, item: str, error: BaseException, label: str, *, again: bool = False
) -> None:
    """Note that an item failed, and tell the admins, once an hour for each `label`; a bug while telling them does not
    matter. `again`: whether the clock tries the item again."""
    session = context.session
    number = fault_number()
    log.error("fault %s: %s %s failed and is set aside", number, label, item, exc_info=error)
    failing_work.note(session, source, item, label, number, context.now, again=again)
    try:
        with session.begin_nested():
            count = failing_work.to_tell(session, label, context.now)
            if count:
                _tell(context, what=label, count=count, number=number, again=again)
    except Exception as bug:
        if away(bug):
            raise
        log.exception("fault %s could not be told", number)


def _tell(context: Context, what: str, **told: Any) -> None:
    for admin, address in addresses.of_admins(context.session):
        content = context.words_for(admin).content("core/stumbled", what=what, at=context.now, **told)
        slot = Slot.of(Subject.FAILING_WORK, address, what, context.now.isoformat())
        cards.want(context.session, slot, Kind.NOTICE, content, context.now)
