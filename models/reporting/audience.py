"""Say in whose chats a report is shown."""

from collections.abc import Iterable
from datetime import date

from sqlmodel import Session, col, select

from models.authority import permissions, responsibility
from models.cycle.assignments import Assignment
from models.cycle.periods import Period
from models.messaging import addresses
from models.messaging.addresses import Address, Reach, reachable
from models.organisation import units
from models.organisation.people import Person
from models.organisation.units import Unit
from models.reporting import reports
from models.reporting.report_context import ReportContext
from models.reporting.reports import Report


def told(session: Session, subject: Person) -> tuple[Person, str]:
    """Return who hears of a proxy report, the subject or a ward's reporter; and `silent` if a message arrives, else why
    none does: `never` enrolled, or `unreachable`."""
    hearer = session.get_one(Person, subject.reporter_id) if subject.reporter_id else subject
    return hearer, addresses.silence(session, [hearer.id])[hearer.id]


def answered_for(session: Session, period: Period, person: Person, day: date) -> list[tuple[Report, Unit]]:
    """Return the reports about units that this person answers for: as its lead, or as the lead above if it has none."""
    assignment = session.get_one(Assignment, period.assignment_id)
    if assignment.about != "units":
        return []
    found = []
    for unit in permissions.leads(session, person, day):
        below = session.exec(select(Unit).where(units.below(unit.path))).all()
        for report, about in reports.of_units(session, period, list(below)):
            if person.id in {p.id for p in responsibility.responsible(session, about, period.day)[1]}:
                found.append((report, about))
    return found


def audience(session: Session, asked: ReportContext) -> list[tuple[Person, Address]]:
    """Return those in whose chats this report is shown, with the address: the person, or the leads who answer for the
    unit."""
    if asked.unit:
        who: Iterable[Person] = responsibility.responsible(session, asked.unit, asked.period.day)[1]
    else:
        who = [session.get_one(Person, asked.report.person_id)]
    found = [(p, reachable(session, p)) for p in who]
    return [(p, a) for p, a in found if a is not None]


def asked_for_wards(session: Session, period: Period, reporter: Person) -> list[Person]:
    """Return those who are asked about any of a reporter's wards that still owe a report."""
    rows = reports.of_wards(session, period, reporter)
    due = [w for r, w in rows if w.reporter_id == reporter.id and r.owed]
    there = responsibility.present(session, [reporter], None, period.day) if due else []
    found = there or [p for ward in due for p in responsibility.speakers(session, ward, period.day)]
    return list({p.id: p for p in found}.values())


def best_addresses(session: Session, first: int, last: int) -> dict[int, Address]:
    """Return, for a whole range of person ids, the reachable address each used last."""
    rows = session.exec(
        select(Address)
        .where(col(Address.person_id).between(first, last), Address.reach == Reach.REACHABLE)
        .order_by(col(Address.used_at))
    ).all()
    return {a.person_id: a for a in rows if a.person_id is not None}
