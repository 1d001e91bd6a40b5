"""Let somebody leave the organisation: what they still owe is excused, and nobody is left without a reporter
(docs/rules.md 5.5, 18.3)."""

from datetime import date, datetime

from sqlmodel import Session, select

from models.changes.staff_changes import present, refuse_last_admin
from models.core.errors import Refusal
from models.cycle.periods import Period
from models.messaging.addresses import Address, Reach
from models.messaging.enrolment import Invite
from models.organisation.people import Membership, Person, Role, here
from models.organisation.units import Unit
from models.reporting import excuses
from models.reporting.reports import Report


def hanging(session: Session, person: Person, day: date) -> list[Person]:
    """Return the wards whose only reporter this person is."""
    query = select(Person).where(Person.reporter_id == person.id, here(day)).order_by(Person.staff_no)
    return list(session.exec(query).all())


def refuse_leave(session: Session, person: Person, day: date) -> None:
    """Raise `leaving.wards`, which names them, while wards depend on the person; `staffing.left`,
    `staffing.last_admin`."""
    present(person)
    wards = hanging(session, person, day)
    if wards:
        names = [w.name for w in wards[:20]]
        raise Refusal("leaving.wards", name=person.name, wards=names, first=wards[0].staff_no)
    held = select(Membership).where(Membership.person_id == person.id, Membership.role == Role.ADMIN)
    for membership in session.exec(held).all():
        refuse_last_admin(session, person, session.get_one(Unit, membership.unit_id))


def leave(
    session: Session, person: Person, day: date, by: Person | None, now: datetime
) -> list[tuple[Period, Report]]:  # fmt: skip
    """Have the person leave; `day` is the first one without them. Their accounts and codes end. Returns the reports
    that are excused by it, so that messages about them can be brought up to date. Raises as `refuse_leave`."""
    refuse_leave(session, person, day)
    person.left_on = day
    session.add(person)
    for address in session.exec(select(Address).where(Address.person_id == person.id)).all():
        address.reach = Reach.RETIRED
        session.add(address)
    for invite in session.exec(select(Invite).where(Invite.person_id == person.id)).all():
        session.delete(invite)
    session.flush()
    return excuses.leave_open(session, person, day, by.id if by else None, now)
