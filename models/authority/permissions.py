"""Who may lead, administer and direct which units."""

from datetime import date

from sqlmodel import Session, col, select

from models.absence import deputies
from models.absence.deputies import Deputy
from models.organisation.kinds import Role as Role
from models.organisation.people import Membership, Person, here, roles
from models.organisation.units import Unit, is_below


def leads(session: Session, person: Person, day: date | None = None) -> list[Unit]:
    """The units the person answers for: where they are lead or admin, or stand in for a lead on that day (the
    transaction's, if not given), the highest first, none inside another."""
    held = [unit for role, unit in roles(session, person) if role is not Role.MEMBER]
    found: list[Unit] = []
    for unit in sorted([*held, *_led_as_deputy(session, person, day)], key=lambda u: (u.rank, u.path)):
        if not any(is_below(unit.path, f.path) for f in found):
            found.append(unit)
    return found


def take_place_on(session: Session, day: date) -> None:
    """Tells a transaction on which day it takes place, so that what is asked in it knows who is a deputy."""
    session.info["day"] = day


def _led_as_deputy(session: Session, person: Person, day: date | None) -> list[Unit]:
    """The units in which the person stands in for somebody who is their lead."""
    day = day or session.info.get("day")
    if day is None:
        return []
    held = (Membership.person_id == Deputy.person_id) & (Membership.unit_id == Deputy.unit_id)
    return list(
        session.exec(
            select(Unit)
            .join(Deputy, col(Deputy.unit_id) == col(Unit.id))
            .join(Membership, held)  # type: ignore[arg-type]
            .join(Person, col(Person.id) == col(Deputy.person_id))
            .where(Deputy.deputy_id == person.id, deputies.on(day), Membership.role == Role.LEAD, here(day))
        )
        .unique()
        .all()
    )


def may_lead(session: Session, person: Person, path: str, day: date | None = None) -> bool:
    """Whether the person is lead or admin of this unit or of one above it, or stands in for its lead."""
    return any(is_below(path, unit.path) for unit in leads(session, person, day))


def may_admin(session: Session, person: Person, path: str) -> bool:
    """Whether the person is admin of this unit or of one above it."""
    return any(role is Role.ADMIN and is_below(path, unit.path) for role, unit in roles(session, person))


def administers(session: Session, person: Person) -> list[Unit]:
    """The units the person is admin of, the highest first, none inside another."""
    found: list[Unit] = []
    for role, unit in roles(session, person):
        if role is Role.ADMIN and not any(is_below(unit.path, f.path) for f in found):
            found.append(unit)
    return found


def directs(session: Session, person: Person) -> bool:
    """Whether the person leads the whole of an organisation that has units below: one look a day is all they want."""
    tops = [unit for role, unit in roles(session, person) if role is Role.LEAD and unit.parent_id is None]
    return bool(tops and session.exec(select(Unit.id).where(Unit.parent_id == tops[0].id).limit(1)).first())
