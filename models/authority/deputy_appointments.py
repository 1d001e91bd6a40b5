"""Appoint a deputy: say who may be one, for whom, and what passes to them."""

from datetime import date, datetime

from sqlmodel import Session, col, select

from models.absence import deputies, leave
from models.absence.deputies import Deputy
from models.authority import leave_decisions, permissions
from models.core import audit
from models.core.errors import Refusal
from models.organisation import people
from models.organisation.people import Kind, Person, Role
from models.organisation.units import Unit


def offices(session: Session, person: Person, day: date) -> list[int | None]:
    """Return what can pass to a deputy: the ids of the units a person is lead of, and None for the wards they report
    for."""
    led: list[int | None] = [u.id for role, u in people.roles(session, person) if role is Role.LEAD]
    wards = session.exec(select(Person.id).where(Person.reporter_id == person.id, people.here(day)).limit(1)).first()
    return [*led, None] if wards is not None else led


def appoint(
    session: Session, by: Person, person: Person, deputy: Person, span: tuple[date, date], today: date, now: datetime
) -> list[Deputy]:
    """Appoint `deputy` to stand in for `person` on these days, in everything they answer for. Raises `people.not_yours`
    for somebody else's people, `deputies.unfit`, `deputies.nothing`, `deputies.taken`, and as `leave.check_span`."""
    first, last = span
    if person.id != by.id and not leave_decisions.may_decide(session, by, person, today):
        raise Refusal("people.not_yours", path=people.home(session, person).path)
    if deputy.kind != Kind.STAFF or deputy.left_by(last) or deputy.id == person.id:
        raise Refusal("deputies.unfit", name=deputy.name, other=person.name)
    leave.check_span(first, last, today)
    made = []
    for unit_id in offices(session, person, first):
        _refuse_elsewhere(session, by, person, unit_id, today)
        other = deputies.overlapping(session, person.id, unit_id, first, last)
        if other:
            name = session.get_one(Person, other.deputy_id).name
            raise Refusal("deputies.taken", name=name, other=person.name, first=other.first, last=other.last)
        made.append(Deputy(person_id=person.id, deputy_id=deputy.id, unit_id=unit_id, first=first, last=last,
                           by=by.id, at=now))  # fmt: skip
    if not made:
        raise Refusal("deputies.nothing", name=person.name)
    session.add_all(made)
    session.flush()
    audit.note(session, now, by.staff_no, "deputy", person.staff_no, deputy=deputy.staff_no, first=str(first),
               last=str(last))  # fmt: skip
    return made


def _refuse_elsewhere(session: Session, by: Person, person: Person, unit_id: int | None, day: date) -> None:
    """Raise `people.not_yours` if the office is in a unit that `by` does not lead."""
    unit = session.get(Unit, unit_id) if unit_id is not None else None
    if unit and by.id != person.id and not permissions.may_lead(session, by, unit.path, day):
        raise Refusal("people.not_yours", path=unit.path)


def together(session: Session, deputy_row: Deputy) -> list[Deputy]:
    """Return everything that passed by the same appointment and is not ended."""
    query = select(Deputy).where(
        Deputy.person_id == deputy_row.person_id,
        Deputy.deputy_id == deputy_row.deputy_id,
        Deputy.at == deputy_row.at,
        col(Deputy.ended_at).is_(None),
    )
    return list(session.exec(query.order_by(col(Deputy.id))).all())


def may_end(session: Session, by: Person, row: Deputy, day: date) -> bool:
    """Say whether `by` may end it: the person it is for, and whoever may decide about that person's leave and leads
    every unit that passed."""
    person = session.get_one(Person, row.person_id)
    if by.id == person.id:
        return True
    rows = [session.get_one(Unit, it.unit_id) for it in together(session, row) if it.unit_id is not None]
    return leave_decisions.may_decide(session, by, person, day) and all(
        permissions.may_lead(session, by, u.path, day) for u in rows
    )


def end(session: Session, by: Person, rows: list[Deputy], now: datetime) -> None:
    for row in rows:
        row.ended_at = now
        session.add(row)
    session.flush()
    person = session.get_one(Person, rows[0].person_id)
    audit.note(session, now, by.staff_no, "deputy ended", person.staff_no, first=str(rows[0].first))


def units(session: Session, rows: list[Deputy]) -> list[Unit]:
    """Return the units among these rows, in the roster's order."""
    ids = [r.unit_id for r in rows if r.unit_id is not None]
    return list(session.exec(select(Unit).where(col(Unit.id).in_(ids)).order_by(Unit.rank)).all())
