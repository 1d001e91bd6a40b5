"""Say who answers for a unit or a ward on a day. Only this module takes leave and deputies into account (docs/rules.md
7.5 to 7.7).

A rest day excuses from reporting and passes nothing on: a lead's weekly day off would otherwise send the unit's
messages upward every week."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import Date, bindparam, or_
from sqlmodel import Session, col, select

from models.absence import deputies, leave
from models.absence.leave import Absence
from models.authority.permissions import leads
from models.organisation.kinds import Kind as Kind
from models.organisation.kinds import Role as Role
from models.organisation.people import Membership, Person, here, home
from models.organisation.units import Unit, above, below

_APPOINTED = (
    select(Person)
    .join(Membership)
    .where(
        Membership.unit_id == bindparam("unit"), Membership.role == Role.LEAD, Person.kind == Kind.STAFF,
        here(bindparam("day", type_=Date())),
    )
    .order_by(col(Person.staff_no))
)  # fmt: skip


def appointed(session: Session, unit: Unit, day: date) -> list[Person]:
    """Return the leads of exactly this unit, away or not, by staff number."""
    return list(session.exec(_APPOINTED, params={"unit": unit.id, "day": day}).all())


def all_leads(session: Session, day: date) -> dict[int, list[int]]:
    """Return the ids of every unit's leads, by the unit's id, for questions about all units at once."""
    found: dict[int, list[int]] = {}
    rows = session.execute(
        select(Membership.unit_id, Person.id)
        .join(Person, col(Person.id) == col(Membership.person_id))
        .where(
            col(Membership.unit_id).in_(select(Unit.id)),
            Membership.role == Role.LEAD,
            Person.kind == Kind.STAFF,
            here(day),
        )
    )
    for unit, person in rows:
        found.setdefault(unit, []).append(person)
    return found


def led(session: Session, day: date) -> set[str]:
    """Return the paths of the units that have leads."""
    query = select(Unit.path).join(Membership, col(Membership.unit_id) == col(Unit.id)).join(Person)
    return set(session.exec(query.where(Membership.role == Role.LEAD, Person.kind == Kind.STAFF, here(day))).all())


def hearers(session: Session, leads: Mapping[int, list[int]], day: date) -> dict[int, list[int]]:
    """Return whom `leads_of` would name, by the unit's id; only units with somebody away or replaced are looked up one
    by one."""
    everybody = {person for persons in leads.values() for person in persons}
    stirred = leave.away(session, everybody, day) | deputies.replaced(session, day)
    return {
        unit: [p.id for p in leads_of(session, session.get_one(Unit, unit), day)] if stirred & set(persons) else persons
        for unit, persons in leads.items()
    }


def level(leads: Mapping[int, list[int]], ids: Mapping[str, int], path: str, height: int) -> int:
    """Return the id of the unit whose leads answer for the unit of this path at a level: 1 is the nearest that has any,
    each further one the next above, as far as there are any; its own id where there is none. `ids` are all units' by
    path."""
    answering = [ids[p] for p in above(path) if ids.get(p) in leads]
    return answering[min(height, len(answering)) - 1] if answering else ids[path]


def leads_of(session: Session, unit: Unit, day: date) -> list[Person]:
    """Return who gets what the leads of exactly this unit get: the leads who are not away and the deputies, else the
    leads above; nobody if the unit has no lead."""
    return responsible(session, unit, day)[1] if appointed(session, unit, day) else []


def responsible(session: Session, unit: Unit, day: date) -> tuple[Unit, list[Person]]:
    """Return who answers for a unit: its leads who are not away and their deputies or, if there are none, those of the
    nearest unit above. If everybody up to the top is away, its own leads do after all, because a message to somebody on
    leave is better than one to nobody."""
    missed: tuple[Unit, list[Person]] | None = None
    for path in above(unit.path):
        place = unit if path == unit.path else session.exec(select(Unit).where(Unit.path == path)).first()
        own = appointed(session, place, day) if place else []
        found = present(session, own, place.id, day) if place and own else []
        if place and found:
            return place, found
        if place and own and missed is None:
            missed = place, own
    return missed or (unit, [])


_HERE = (
    select(Person)
    .where(col(Person.id).in_(bindparam("ids", expanding=True)), here(bindparam("day", type_=Date())))
    .order_by(Person.staff_no)
)


def present(session: Session, persons: list[Person], unit_id: int | None, day: date) -> list[Person]:
    """Return those of them who are not away, and the deputies of any of them, by staff number."""
    ids = {p.id for p in persons}
    ids |= deputies.of(session, ids, unit_id, day)
    ids -= leave.away(session, ids, day)
    return list(session.exec(_HERE, params={"ids": list(ids), "day": day}).all()) if ids else []


def lead_above(session: Session, unit: Unit, day: date) -> tuple[Unit, list[Person]] | None:
    """Return who answers over those who answer for this unit; None at the top."""
    place, _ = responsible(session, unit, day)
    if place.parent_id is None:
        return None
    parent = session.get_one(Unit, place.parent_id)
    found = responsible(session, parent, day)
    return found if found[1] else None


def chain(session: Session, unit: Unit, day: date) -> list[list[Person]]:
    """Return who answers for a unit, then who answers above them, up to the top."""
    found: list[list[Person]] = []
    at: tuple[Unit, list[Person]] | None = responsible(session, unit, day)
    while at:
        found.append(at[1])
        at = lead_above(session, at[0], day)
    return found


def speakers(session: Session, ward: Person, day: date) -> list[Person]:
    """Return who is asked about a ward: the reporter who is not away and the deputies, else those who answer for its
    unit."""
    reporter = session.get_one(Person, ward.reporter_id)
    found = present(session, [reporter], None, day) or responsible(session, home(session, ward), day)[1]
    return found or [reporter]


def wards(session: Session, reporter: Person, day: date) -> list[Person]:
    """Return the people a person may report for: their own wards, those of reporters they stand in for and, if they
    answer for the unit, those whose reporter is away."""
    whose = {reporter.id, *deputies.reporters(session, reporter.id, day)}
    own = session.exec(select(Person).where(col(Person.reporter_id).in_(whose), here(day))).all()
    return sorted([*own, *_left_alone(session, reporter, whose, day)], key=lambda p: p.staff_no)


def _left_alone(session: Session, person: Person, but: set[int], day: date) -> list[Person]:
    """Return the wards in the person's units whose reporter is away, and about whom the person is asked then."""
    tops = leads(session, person, day)
    if not tops:
        return []
    found = session.exec(
        select(Person)
        .join(Absence, col(Absence.person_id) == col(Person.reporter_id))
        .join(Membership, col(Membership.person_id) == col(Person.id))
        .join(Unit, col(Unit.id) == col(Membership.unit_id))
        .where(leave.on(day), here(day), col(Membership.home).is_(True), or_(*(below(u.path) for u in tops)))
    ).all()
    return [w for w in found if w.reporter_id not in but and person.id in {p.id for p in speakers(session, w, day)}]
