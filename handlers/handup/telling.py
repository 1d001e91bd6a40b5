"""Tell people how a hand-up stands, and admins what another program asks of them."""

from collections.abc import Iterator
from typing import Any

from handlers.core.context import Context
from handlers.handup import request_cards
from models.authority import permissions
from models.cycle.periods import Period
from models.forms.spec import Text
from models.handup import partners, requests, signing
from models.handup.hand_ups import HandUp
from models.handup.partners import Partner
from models.messaging import addresses, live_messages
from models.messaging.addresses import Address
from models.messaging.cards import Kind
from models.messaging.slots import Slot, Subject
from models.organisation.people import Person
from models.organisation.units import Unit
from models.reporting.report_context import form_of


def stands(context: Context, it: HandUp, partner: Partner) -> None:
    """Show whoever handed up how it stands, in the one message about it; of a request, in the request's."""
    if it.kind in requests.KINDS:
        request_cards.own(context, requests.about(context.session, it))
        return
    person = context.session.get_one(Person, it.by)
    for address in addresses.all_reachable(context.session, person):
        content = context.words_for(person).content("handup/stands", **values(context, it, partner))
        slot = Slot.of(Subject.HANDUP, address, it.id)
        live_messages.show(context.session, slot, Kind.REPLY, content, context.now)


def values(context: Context, it: HandUp, partner: Partner) -> dict[str, Any]:
    period = context.session.get(Period, it.period_id) if it.period_id else None
    title: Text = form_of(context.session, period).title if period else {}
    unit = context.session.get(Unit, it.unit_id or partner.unit_id)
    mine = signing.fingerprint(signing.public(partners.own_key(context.session, partner))) if it.kind == "join" else ""
    return {"it": it, "partner": partner, "unit": unit, "title": title, "day": period.day if period else None,
            "fingerprint": mine}  # fmt: skip


def asked(context: Context, partner: Partner, unit: Unit) -> None:
    """Ask the admins whether the other program is the one it says it is."""
    for person, address in admins(context, unit):
        slot = Slot.of(Subject.PARTNER, address, partner.id)
        content = context.words_for(person).content(
            "handup/asked", partner=partner, unit=unit, theirs=signing.fingerprint(partner.key or "")
        )
        live_messages.show(context.session, slot, Kind.NOTICE, content, context.now, below=True)


def withdrawn(context: Context, partner: Partner) -> None:
    """Tell the admins that the other ended it."""
    unit = context.session.get_one(Unit, partner.unit_id)
    for person, address in admins(context, unit):
        slot = Slot.of(Subject.PARTNER, address, partner.id)
        content = context.words_for(person).content("handup/withdrawn", partner=partner, unit=unit, theirs=True)
        live_messages.show(context.session, slot, Kind.NOTICE, content, context.now, below=True)


def admins(context: Context, unit: Unit) -> Iterator[tuple[Person, Address]]:
    """Yield who administers a unit, each with a chat."""
    for person, address in addresses.of_admins(context.session):
        if permissions.may_admin(context.session, person, unit.path):
            yield person, address
