"""Say who is told, level by level, of what climbs, and let it climb: for alerts and for questions."""

from collections.abc import Sequence

from sqlmodel import Session

from handlers.core.context import Context
from models.alerts import climbing
from models.alerts.climbing import Climbing
from models.authority import permissions, responsibility
from models.messaging import addresses, cards
from models.messaging.addresses import Address, reachable
from models.messaging.slots import Subject
from models.organisation.people import Person
from models.organisation.units import Unit

Reached = tuple[Person, Address]


def answering(context: Context, unit: Unit, but: int | None) -> list[list[Reached]]:
    """Return who answers for a unit, then who is above, up to the top: those who can be reached, without the person
    `but`."""
    chain = responsibility.chain(context.session, unit, context.today)
    return [level for it in chain if (level := reached(context.session, it, but))]


def reached(session: Session, persons: Sequence[Person], but: int | None) -> list[Reached]:
    """Return those of them who can be reached, without the person `but`."""
    return [(it, address) for it in persons if it.id != but and (address := reachable(session, it))]


def admins(context: Context, path: str, but: int | None) -> list[Reached]:
    """Return the admins over a unit, who are told if nobody else is left."""
    session, day = context.session, context.today
    found = {p.id: (p, a) for p, a in addresses.of_admins(session) if permissions.may_lead(session, p, path, day)}
    return [it for it in found.values() if it[0].id != but]


def told(session: Session, subject: Subject, subject_id: str) -> list[Reached]:
    """Return everybody in whose chat it is shown."""
    found: dict[int, Reached] = {}
    for card in cards.about(session, subject, [subject_id]):
        address = session.get_one(Address, card.address_id)
        if card.wanted_id and address.person_id and address.reach != addresses.Reach.RETIRED:
            found[address.id] = (session.get_one(Person, address.person_id), address)
    return list(found.values())


def untold(every: Sequence[list[Reached]], known: Sequence[Reached]) -> list[list[Reached]]:
    """Return the levels of which nobody is among those who know."""
    ids = {person.id for person, _ in known}
    return [level for level in every if not ids & {person.id for person, _ in level}]


def climb(
    context: Context, it: Climbing, every: Sequence[list[Reached]], known: Sequence[Reached]
) -> list[Reached] | None:
    """Let it climb, and return who is to be told: the levels above that nobody has told yet, or the top once more; None
    when only the admins are left. What an outage held up comes at once."""
    above = untold(every, known)
    levels = climbing.climb(it, len(above), context.now)
    context.session.add(it)
    context.session.flush()
    if levels:
        return [reader for level in above[:levels] for reader in level]
    if every and it.rings <= climbing.MOST_RINGS:
        return every[-1]
    it.climbs_at = None
    return None
