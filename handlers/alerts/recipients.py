"""Say who is told of an alert, level by level, and who was told already."""

from sqlmodel import Session

from handlers.core.context import Context
from models.alerts.alerts import Alert
from models.authority import permissions, responsibility
from models.cycle.places import Place
from models.messaging import addresses, cards
from models.messaging.addresses import Address, reachable
from models.messaging.slots import Slot, Subject, subject_id
from models.organisation.people import Person
from models.organisation.units import Unit

Reached = tuple[Person, Address]


def unit_of(session: Session, alert: Alert) -> Unit:
    return session.get_one(Unit, session.get_one(Place, alert.place_id).unit_id)


def levels(context: Context, alert: Alert) -> list[list[Reached]]:
    """Return who answers for the subject's unit, then who is above, up to the top: those who can be reached, and never
    the subject, because nobody handles their own alert."""
    session = context.session
    day = context.today
    found: list[list[Reached]] = []
    at: tuple[Unit, list[Person]] | None = responsibility.responsible(session, unit_of(session, alert), day)
    while at:
        level = [(p, a) for p in at[1] if p.id != alert.person_id and (a := reachable(session, p))]
        found += [level] if level else []
        at = responsibility.lead_above(session, at[0], day)
    return found


def admins(context: Context, alert: Alert) -> list[Reached]:
    """Return the admins over the alert's unit, who are told if nobody else is left."""
    session = context.session
    path = unit_of(session, alert).path
    day = context.today
    found = {p.id: (p, a) for p, a in addresses.of_admins(session) if permissions.may_lead(session, p, path, day)}
    return [it for it in found.values() if it[0].id != alert.person_id]


def alert_slot(alert: Alert, address: Address) -> Slot:
    """Return the slot of an alert's message; a reopened alert has new messages."""
    return Slot.of(Subject.ALERT, address, alert.id, alert.round)


def told(session: Session, alert: Alert) -> list[Reached]:
    """Return everybody in whose chat the alert is shown since it was last opened."""
    found: dict[int, Reached] = {}
    for card in cards.about(session, Subject.ALERT, [subject_id(alert.id, alert.round)]):
        address = session.get_one(Address, card.address_id)
        if card.wanted_id and address.person_id and address.reach != addresses.Reach.RETIRED:
            found[address.id] = (session.get_one(Person, address.person_id), address)
    return list(found.values())


def untold(context: Context, alert: Alert) -> list[list[Reached]]:
    """Return the levels of which nobody has been told."""
    known = {person.id for person, _ in told(context.session, alert)}
    return [it for it in levels(context, alert) if not known & {person.id for person, _ in it}]
