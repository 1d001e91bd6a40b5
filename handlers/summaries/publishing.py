"""A unit's summary in all its faces: the group's post, the leads' own with names, the director's one message."""

from datetime import datetime

from sqlmodel import Session

from handlers.core.context import Context
from handlers.summaries.contents import director_content, group_content, lead_content
from models.authority import permissions, responsibility
from models.cycle.periods import Period, Phase
from models.messaging import addresses, cards, noise_budget
from models.messaging.addresses import Address
from models.messaging.cards import Kind, Lane
from models.messaging.slots import Slot, Subject
from models.organisation.people import Person
from models.organisation.units import Unit
from models.reporting import figures
from models.summaries import posts
from models.summaries.tree import root_of
from models.summaries.view import Summary, summary


def post_unit(
    context: Context, period: Period, unit: Unit, *, lane: Lane = Lane.BULK, not_before: datetime | None = None
) -> None:
    """Puts a unit's summary out, or brings the one that is out up to date: group chats, leads, or the director."""
    session, now = context.session, context.now
    posts.put(session, period, unit, now)
    it = summary(session, period, unit)
    for group in addresses.groups(session, unit):
        content = group_content(session, context.words_for(None, period.timezone), it)
        slot = Slot.of(Subject.GROUP_POST, group, period.id)
        cards.want(
            session, slot, Kind.GROUP, content, now, lane=lane, not_before=not_before, anew=_is_final(session, it)
        )
    top = unit.id == root_of(session, period).id
    for lead in responsibility.leads_of(session, unit, period.day):
        address = addresses.reachable(session, lead)
        if address:
            tell(context, it, lead, address, top=top, lane=lane, not_before=not_before)


def _is_final(session: Session, it: Summary) -> bool:
    """Complete or locked: worth a second post in a group where the first cannot be edited."""
    return it.period.phase == Phase.LOCKED or figures.complete(session, it.period, it.unit)


def tell(
    context: Context,
    it: Summary,
    lead: Person,
    address: Address,
    *,
    top: bool,
    lane: Lane,
    not_before: datetime | None = None,
) -> None:
    session = context.session
    if permissions.directs(session, lead):
        if top and it.unit.parent_id is None:
            slot = Slot.of(Subject.DIRECTOR_SUMMARY, address, it.period.day)
            content = director_content(context, lead, it.unit, it.period.day)
            cards.want(session, slot, Kind.SUMMARY, content, context.now, lane=lane, not_before=not_before)
        return  # the day's one message has it all
    slot = Slot.of(Subject.SUMMARY, address, it.period.id, it.unit.id)
    new = cards.in_slot(session, slot) is None
    if new and not noise_budget.may_ring(session, lead, address, it.period, context.today):
        return  # the day's noise budget is used up: the group has the figures, and /summary
    content = lead_content(session, context.words_for(lead, it.period.timezone), it)
    cards.want(session, slot, Kind.SUMMARY, content, context.now, lane=lane, not_before=not_before)
