"""Say who may lead, administer and direct which units. Because of deputies the answer depends on the day, so every
question names one: most often the organisation's today (`Turn.today`, `Defaults.today`)."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import BindParameter, Date, bindparam
from sqlmodel import Session, col, select

from models.absence import deputies
from models.absence.deputies import Deputy
from models.organisation.kinds import Role as Role
from models.organisation.people import Membership, Person, here, roles
from models.organisation.units import Unit, is_below


def leads(session: Session, person: Person, day: date) -> list[Unit]:
    """Return the units the person answers for, as lead, admin or a lead's deputy on that day: the highest first, none
    inside another."""
    held = [unit for role, unit in roles(session, person) if role is not Role.MEMBER]
    found: list[Unit] = []
    for unit in sorted([*held, *_led_as_deputy(session, person, day)], key=lambda u: (u.rank, u.path)):
        if not any(is_below(unit.path, f.path) for f in found):
            found.append(unit)
    return found


def leads_themselves(session: Session, person: Person, day: date) -> list[Unit]:
    """Return the units whose lead the person is or stands in for on that day, without those below them."""
    return [unit for role, unit in roles(session, person) if role is Role.LEAD] + _led_as_deputy(session, person, day)


_DAY: BindParameter[date] = bindparam("day", type_=Date())
_LED_AS_DEPUTY = (
    select(Unit)
    .join(Deputy, col(Deputy.unit_id) == col(Unit.id))
    .join(Membership, (Membership.person_id == Deputy.person_id) & (Membership.unit_id == Deputy.unit_id))  # type: ignore[arg-type]
    .join(Person, col(Person.id) == col(Deputy.person_id))
    .where(
        Deputy.deputy_id == bindparam("deputy"), deputies.on(_DAY), Membership.role == Role.LEAD, here(_DAY)
    )
)  # fmt: skip


def _led_as_deputy(session: Session, person: Person, day: date) -> list[Unit]:
    """Return the units in which the person stands in for their lead."""
    return list(session.exec(_LED_AS_DEPUTY, params={"deputy": person.id, "day": day}).unique().all())


def leading(session: Session, persons: Iterable[int], day: date) -> set[int]:
    """Return those of these people who answer for any unit, as `leads` says."""
    wanted = list(persons)
    held = select(Membership.person_id).where(Membership.role != Role.MEMBER, col(Membership.person_id).in_(wanted))
    stand_in = select(Deputy.deputy_id).where(deputies.on(day), col(Deputy.deputy_id).in_(wanted))
    return {*session.exec(held).all(), *session.exec(stand_in).all()} if wanted else set()


def may_lead(session: Session, person: Person, path: str, day: date) -> bool:
    """Say whether the person is lead or admin of this unit or of one above it, or stands in for its lead."""
    return any(is_below(path, unit.path) for unit in leads(session, person, day))


def may_admin(session: Session, person: Person, path: str) -> bool:
    """Say whether the person is admin of this unit or of one above it."""
    return any(is_below(path, unit.path) for unit in administers(session, person))


def administers(session: Session, person: Person) -> list[Unit]:
    """Return the units the person is admin of, the highest first, none inside another."""
    found: list[Unit] = []
    for role, unit in roles(session, person):
        if role is Role.ADMIN and not any(is_below(unit.path, f.path) for f in found):
            found.append(unit)
    return found


def directs(session: Session, person: Person) -> bool:
    """Say whether the person is the director: a lead of the root of an organisation that has units below."""
    tops = [unit for role, unit in roles(session, person) if role is Role.LEAD and unit.parent_id is None]
    return bool(tops and session.exec(select(Unit.id).where(Unit.parent_id == tops[0].id).limit(1)).first())
