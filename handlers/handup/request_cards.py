"""Show a request to a superior's program to who asked it, and one from below to those who decide it: one message each,
edited in place (docs/rules.md 40.10)."""

from collections.abc import Sequence
from typing import Any

from handlers.alerts import levels
from handlers.alerts.levels import Reached
from handlers.core.context import Context
from models.handup import hand_ups, requests
from models.handup.hand_ups import HandUp, Outcome
from models.handup.partners import Partner
from models.handup.requests import PartnerRequest
from models.messaging import addresses, live_messages
from models.messaging.addresses import Address
from models.messaging.cards import Kind
from models.messaging.slots import Slot, Subject
from models.organisation.people import Person
from models.organisation.units import Unit
from models.time import workday_overrides
from models.time.times import awake


def own(context: Context, it: PartnerRequest, *, ring: bool = False) -> None:
    """Show the asker how a request of ours stands."""
    person = context.session.get_one(Person, it.person_id)
    for address in addresses.all_reachable(context.session, person):
        stand(context, it, person, address, below=ring)


def bring(context: Context, it: PartnerRequest, whom: Sequence[Reached]) -> None:
    """Bring a request from below to these people, whose phones ring."""
    for person, address in whom:
        stand(context, it, person, address, below=True)


def show(context: Context, it: PartnerRequest) -> None:
    """Show how a request from below stands in every chat that has it."""
    for person, address in levels.told(context.session, Subject.PARTNER_REQUEST, str(it.id)):
        stand(context, it, person, address, below=False)


def stand(
    context: Context, it: PartnerRequest, reader: Person, address: Address, *, below: bool, now: bool = False
) -> None:  # fmt: skip
    """Show a request in one chat; `below` as a new message: at night in the morning, unless the reader waits for it."""
    session = context.session
    partner = session.get_one(Partner, it.partner_id)
    values: dict[str, Any] = {
        "it": it, "partner": partner, "decider": session.get(Person, it.taken_by) if it.taken_by else None,
        "message": requests.brought_by(session, it), "withdrawing": requests.withdrawn_by(session, it),
    }  # fmt: skip
    template = "handup/request_own" if it.person_id else "handup/request_below"
    at = context.now if now else awake(context.now, reader.timezone or context.defaults.zone)
    live_messages.show(
        session, Slot.of(Subject.PARTNER_REQUEST, address, it.id), Kind.QUESTION,
        context.words_for(reader).content(template, **values), context.now, below=below,
        not_before=at if below else None,
    )  # fmt: skip


def deciding(context: Context, it: PartnerRequest) -> list[list[Reached]]:
    """Return who decides a request from below, level by level: who answers for the unit under which the partner
    counts, then who is above."""
    return levels.answering(context, unit_of(context, it), None)


def unit_of(context: Context, it: PartnerRequest) -> Unit:
    partner = context.session.get_one(Partner, it.partner_id)
    return context.session.get_one(Unit, partner.unit_id)


def arrived(context: Context, it: PartnerRequest) -> None:
    """Bring a new request from below to the first level there is, or to the admins."""
    every = deciding(context, it)
    if not every:
        it.climbs_at = None
        context.session.add(it)
    bring(context, it, every[0] if every else levels.admins(context, unit_of(context, it).path, None))


def climb(context: Context, it: PartnerRequest) -> None:
    """Advance a request from below that nobody decided in time; on a rest day it waits for the next day."""
    if workday_overrides.workday_from(context.session, context.today) != context.today:
        requests.put_off(context.session, it)
        return
    known = levels.told(context.session, Subject.PARTNER_REQUEST, str(it.id))
    whom = levels.climb(context, it, deciding(context, it), known)
    bring(context, it, levels.admins(context, unit_of(context, it).path, None) if whom is None else whom)


def due(context: Context, aside: Sequence[int]) -> PartnerRequest | None:
    return requests.due(context.session, context.now, aside)


def over(context: Context, aside: Sequence[int]) -> PartnerRequest | None:
    return requests.over(context.session, aside)


def close(context: Context, it: PartnerRequest) -> None:
    """End a request whose connection has ended, and show it."""
    requests.close(context.session, it, context.now)
    (own if it.person_id else show)(context, it)


def unreceived(context: Context, message: HandUp) -> None:
    """End the request that a message of ours did not bring to the superior; nothing for other messages. It is withdrawn
    there, if it arrived after all."""
    if message.kind != "request" or message.state not in (Outcome.REFUSED, Outcome.GIVEN_UP):
        return
    it = requests.about(context.session, message)
    requests.close(context.session, it, context.now, message.why)
    if message.state == Outcome.GIVEN_UP and message.why != "withdrawn":
        requests.take_back(context.session, it, context.session.get_one(Partner, it.partner_id), context.now)


def drop_waiting(context: Context, partner: Partner) -> None:
    """Give up all that waits for a superior; requests among it end."""
    for message in hand_ups.drop_waiting(context.session, partner, context.now):
        unreceived(context, message)
        if message.kind == "request":
            own(context, requests.about(context.session, message))
