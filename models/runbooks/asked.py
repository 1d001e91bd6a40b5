"""Say who is asked for a step on a day: whom the runbook names or, where that person has left, is on leave or cannot be
reached, the deputy, else the lead above (docs/rules.md 37.5)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlmodel import Session, col, select

from models.absence import deputies, leave
from models.absence.deputies import Deputy
from models.authority import permissions, responsibility
from models.messaging import addresses
from models.organisation import people
from models.organisation.kinds import Kind, Role
from models.organisation.people import Membership, Person
from models.organisation.units import Unit, above
from models.runbooks.runbooks import PlanStep, Who


@dataclass(frozen=True)
class Asked:
    """Who is asked, the first to do it does it; `why` not whom the runbook means: leave, left, unreachable, none (there
    is nobody); `meant` is that person, where it is one."""

    persons: Sequence[Person]
    why: str = ""
    meant: Person | None = None


def asked(session: Session, step: PlanStep, unit: Unit, day: date, holder: int | None = None) -> Asked:
    """Return who is asked for a step of a run for `unit`; `holder` is the colleague who has it now. Nobody if nobody at
    all can be reached."""
    if holder is not None:
        step = replace(step, who=Who.PERSON, target=holder)
    if step.who == Who.PERSON:
        person = session.get(Person, step.target)  # gone with an import that was undone
        return _person(session, person, day) if person else Asked(_above(session, unit, day), "left")
    place = place_of(session, step, unit)
    if step.who == Who.ADMIN:
        found = _fit(session, _admins(session, place, day), day)
        return Asked(found) if found else Asked(_above(session, place, day), "none")
    leads = responsibility.appointed(session, place, day)
    stand_ins = _fit(session, _persons(session, deputies.of(session, [it.id for it in leads], place.id, day)), day)
    if step.who == Who.DEPUTY and stand_ins:
        return Asked(stand_ins)
    fit = _fit(session, leads, day)
    if fit:
        return Asked(fit, "none" if step.who == Who.DEPUTY else "")
    meant = leads[0] if leads else None
    why = unfit(session, meant, day) if meant else "none"
    return Asked(stand_ins or _above(session, place, day), why, meant)


def place_of(session: Session, step: PlanStep, unit: Unit) -> Unit:
    """Return the unit above which a late step climbs: that of the role or, of a person, the home."""
    if step.who == Who.PERSON:
        person = session.get(Person, step.target)
        return people.home(session, person) if person else unit
    return session.get(Unit, step.target) or unit


def unfit(session: Session, person: Person, day: date) -> str:
    """Return why somebody cannot be asked: left, leave, unreachable; "" if they can."""
    if person.left_by(day):
        return "left"
    if leave.away(session, [person.id], day):
        return "leave"
    return "" if addresses.reachable(session, person) else "unreachable"


def _person(session: Session, person: Person, day: date) -> Asked:
    why = unfit(session, person, day)
    if not why:
        return Asked([person])
    rows = session.exec(select(Deputy.deputy_id).where(Deputy.person_id == person.id, deputies.on(day))).all()
    found = _fit(session, _persons(session, set(rows)), day)
    return Asked(found or _above(session, people.home(session, person), day, person), why, person)


def _persons(session: Session, ids: Iterable[int]) -> list[Person]:
    return list(session.exec(select(Person).where(col(Person.id).in_(list(ids))).order_by(col(Person.staff_no))).all())


def _fit(session: Session, persons: Sequence[Person], day: date) -> list[Person]:
    return [it for it in persons if not unfit(session, it, day)]


def _admins(session: Session, unit: Unit, day: date) -> list[Person]:
    """Return the admins of the nearest unit that has any."""
    for path in above(unit.path):
        query = select(Person).join(Membership).join(Unit).where(
            Unit.path == path, Membership.role == Role.ADMIN, Person.kind == Kind.STAFF, people.here(day)
        )  # fmt: skip
        if found := session.exec(query.order_by(col(Person.staff_no))).all():
            return list(found)
    return []


def _above(session: Session, unit: Unit, day: date, but: Person | None = None) -> list[Person]:
    """Return the nearest who answer for a unit and can be reached, at last the admins."""
    for level in responsibility.chain(session, unit, day):
        found = [it for it in level if (but is None or it.id != but.id) and addresses.reachable(session, it)]
        if found:
            return found
    admins = [it for it, _ in addresses.of_admins(session) if permissions.may_admin(session, it, unit.path)]
    return [it for it in admins if not it.left_by(day)]
