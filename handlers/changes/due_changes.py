"""Make planned changes as their day begins, before anything opens. If one cannot be made, its author and those who
decide there are told."""

from collections.abc import Sequence

from sqlmodel import Session

from handlers.absence import leave_requests
from handlers.core import settling
from handlers.core.context import Context
from models.changes import change_rights, performing, planned
from models.changes.planned import Planned
from models.core.errors import Refusal
from models.messaging import cards
from models.messaging.addresses import reachable
from models.messaging.cards import Kind
from models.messaging.slots import Slot, Subject
from models.organisation import people
from models.organisation.people import Person
from models.organisation.units import root

PENDING = planned.ANY_DUE


def due(context: Context, aside: Sequence[int]) -> Planned | None:
    return planned.due(context.session, context.now, aside)


def take(context: Context, planned_change: Planned) -> None:
    """Make one change that is due, or tell of one that failed or grew."""
    if planned_change.done_at is not None:
        _tell(context, planned_change)
        return
    rows = performing.take(context.session, planned_change, context.now)
    leave_requests.refresh(context, rows)
    settling.organisation_moved(context)


def _tell(context: Context, told: Planned) -> None:
    session = context.session
    failed = told.outcome == "failed"
    told.outcome = "refused" if failed else "done"
    session.add(told)
    if told.why is None:
        return
    by = session.get_one(Person, told.by)
    for reader in _readers(session, told, by) if failed else [by]:
        if address := reachable(session, reader):
            words = context.words_for(reader)
            sentence = words.refusal(Refusal(told.why["key"], **told.why["values"]))
            template = "changes/change_failed" if failed else "changes/change_grown"
            content = words.content(template, what=told.what, a=told.arguments, sentence=sentence, by=by,
                                    you=reader.id == by.id)  # fmt: skip
            cards.want(session, Slot.of(Subject.CHANGE, address, told.id), Kind.NOTICE, content, context.now)


def _readers(session: Session, planned: Planned, by: Person) -> list[Person]:
    """Return the author, and the admins of what the change was to reach, the nearest above each unit."""
    try:
        units = change_rights.reached(session, planned.what, planned.arguments).units
    except Refusal:  # its subject is gone
        top = root(session)
        units = [top] if top else []
    found = {by.id: by}
    for unit in units:
        found |= {p.id: p for p in people.admins_over(session, unit.path, planned.day, by)}
    return list(found.values())
