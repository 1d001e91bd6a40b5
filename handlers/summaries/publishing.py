"""Publish a unit's summary in all its forms: the group's post, the leads' own with names, the director's one
message."""

from datetime import datetime

from sqlmodel import Session

from handlers.core.context import Context
from handlers.summaries.contents import director_content, group_content, lead_content
from models.authority import permissions, responsibility
from models.cycle.periods import Period, Phase
from models.messaging import addresses, cards, noise_budget
from models.messaging.addresses import Address
from models.messaging.cards import Kind, Lane
from models.messaging.contents import Content
from models.messaging.slots import Slot, Subject
from models.organisation.people import Person
from models.organisation.units import Unit
from models.reporting import owed_reports
from models.summaries import posts
from models.summaries.tree import root_of
from models.summaries.view import Summary, summary


def post_unit(
    context: Context, period: Period, unit: Unit, *, lane: Lane = Lane.BULK, not_before: datetime | None = None
) -> None:
    """Publish a unit's summary, or bring a published one up to date: group chats, leads, or the director."""
    session, now = context.session, context.now
    posts.put(session, period, unit, now)
    it = summary(session, period, unit)
    for group in addresses.groups(session, unit):
        content = group_content(session, context.words_for(None, period.timezone), it)
        slot = Slot.of(Subject.GROUP_POST, group, period.id)
        start = _unhurried(session, slot, content, not_before or now)
        cards.want(session, slot, Kind.GROUP, content, now, lane=lane, not_before=start, anew=_is_final(session, it))
    top = unit.id == root_of(session, period).id
    for lead in responsibility.leads_of(session, unit, period.day):
        address = addresses.reachable(session, lead)
        if address:
            tell(context, it, lead, address, top=top, lane=lane, not_before=not_before)


def _unhurried(session: Session, slot: Slot, content: Content, start: datetime) -> datetime:
    """Return when a post may change: one with a picture a minute after it last did (docs/rules.md 22.3)."""
    card = cards.in_slot(session, slot)
    if content.picture is None or card is None or card.shown_at is None:
        return start
    return max(start, card.shown_at + posts.THROTTLE)


def _is_final(session: Session, summary: Summary) -> bool:
    """Say whether the summary is complete or locked, and so worth a second post in a group where the first cannot be
    edited."""
    return summary.period.phase == Phase.LOCKED or owed_reports.complete(session, summary.period, summary.unit)


def tell(
    context: Context,
    summary: Summary,
    lead: Person,
    address: Address,
    *,
    top: bool,
    lane: Lane,
    not_before: datetime | None = None,
) -> None:
    session = context.session
    if permissions.directs(session, lead):
        if top and summary.unit.parent_id is None:
            slot = Slot.of(Subject.DIRECTOR_SUMMARY, address, summary.period.day)
            content = director_content(context, lead, summary)
            cards.want(session, slot, Kind.SUMMARY, content, context.now, lane=lane, not_before=not_before)
        return  # the day's one message has everything
    slot = Slot.of(Subject.SUMMARY, address, summary.period.id, summary.unit.id)
    new = cards.in_slot(session, slot) is None
    if new and not noise_budget.may_ring(session, lead, address, summary.period, context.today):
        return  # the day's noise budget is used up: the figures are in the group and behind /summary
    content = lead_content(session, context.words_for(lead, summary.period.timezone), summary)
    cards.want(session, slot, Kind.SUMMARY, content, context.now, lane=lane, not_before=not_before)
