"""Somebody leaves the organisation: nothing is expected of them from that day, and their chat account is retired."""

from datetime import date

from sqlmodel import Session, col, select

from models.addresses import Address, Invite, Reach
from models.errors import Refusal
from models.people import Membership, Person, Role, Unit, wards
from models.periods import Period, Phase
from models.reports import Report, State
from models.staffing import present, refuse_last_admin

LEFT = "left"


def refuse_leave(session: Session, person: Person, day: date) -> None:
    """Refusal `leaving.wards` for a reporter with wards, whom it names; `staffing.left`, `staffing.last_admin`."""
    present(person)
    left_alone = wards(session, person, day)
    if left_alone:
        raise Refusal(
            "leaving.wards", name=person.name, wards=[w.name for w in left_alone], first=left_alone[0].staff_no
        )
    for held in session.exec(
        select(Membership).where(Membership.person_id == person.id, Membership.role == Role.ADMIN)
    ).all():
        refuse_last_admin(session, person, session.get_one(Unit, held.unit_id))


def leave(session: Session, person: Person, day: date) -> int:
    """The first day without this person: excused (`left`) in the periods from it on that have not reached their close,
    absent from those to come. Their accounts and codes end. Returns the number of reports excused.

    Refusals: as `refuse_leave`. After the close the figures as at close stand, so the row stays as it is.
    """
    refuse_leave(session, person, day)
    person.left_on = day
    session.add(person)
    session.flush()
    for address in session.exec(select(Address).where(Address.person_id == person.id)).all():
        address.reach = Reach.RETIRED
        session.add(address)
    for invite in session.exec(select(Invite).where(Invite.person_id == person.id)).all():
        session.delete(invite)
    open_rows = session.exec(
        select(Report)
        .join(Period, col(Period.id) == col(Report.period_id))
        .where(
            Report.person_id == person.id,
            Report.state == State.DUE,
            col(Report.excused).is_(None),
            Period.day >= day,
            col(Period.phase).in_([Phase.OPENING, Phase.OPEN]),
        )
    ).all()
    for report in open_rows:
        report.excused = LEFT
        session.add(report)
    session.flush()
    return len(open_rows)
