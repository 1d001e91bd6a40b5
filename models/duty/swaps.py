"""Swaps (换班): asked by one, agreed by the other, undone by a lead (docs/rules.md 35.4)."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index
from sqlmodel import Field, Session, col, select

from models.core.database import Instant
from models.core.errors import Refusal
from models.core.table import IDS_NOT_REUSED, Table
from models.duty import availability, shifts
from models.duty.rotas import Rota
from models.duty.shifts import Duty, Shift
from models.forms import versions
from models.organisation.people import Person


class State(StrEnum):
    ASKED = "asked"
    AGREED = "agreed"
    DECLINED = "declined"
    UNDONE = "undone"


class DutySwap(Table, table=True):
    """Somebody asks `person_id` to take the duty `given_id` and, if `taken_id` is set, gives theirs in return. The
    duties that replaced them once it was agreed are `given_now` and `taken_now`."""

    __table_args__ = (Index("swap_given", "given_id"), Index("swap_person", "person_id", "state"), IDS_NOT_REUSED)

    id: int = Field(default=None, primary_key=True)
    given_id: int = Field(foreign_key="duty.id")
    taken_id: int | None = Field(default=None, foreign_key="duty.id")
    person_id: int = Field(foreign_key="person.id")
    at: datetime = Field(sa_type=Instant)
    state: str = State.ASKED
    decided_at: datetime | None = Field(default=None, sa_type=Instant)
    given_now: int | None = Field(default=None, foreign_key="duty.id")
    taken_now: int | None = Field(default=None, foreign_key="duty.id")
    undone_by: int | None = Field(default=None, foreign_key="person.id")
    undone_at: datetime | None = Field(default=None, sa_type=Instant)


def ask(session: Session, given: Duty, other: Person, taken: Duty | None, now: datetime) -> DutySwap:
    """Ask somebody. Raises as `refuse`, and `duty.asked` if this duty is offered to somebody already."""
    refuse(session, given, other, taken, now)
    waits = select(DutySwap).where(DutySwap.given_id == given.id, DutySwap.state == State.ASKED)
    for it in session.exec(waits).all():
        if it.person_id == other.id and it.taken_id == (taken.id if taken else None):
            raise Refusal("duty.asked", name=other.name)
    made = DutySwap(given_id=given.id, taken_id=taken.id if taken else None, person_id=other.id, at=now)
    session.add(made)
    session.flush()
    return made


def refuse(session: Session, given: Duty, other: Person, taken: Duty | None, now: datetime) -> None:
    """Raise `duty.begun` for what has begun or is no longer theirs, `duty.unfit` or `duty.untrained` for somebody who
    cannot be there, or `duty.booked` if one of them would be on duty twice at once."""
    if given.person_id == other.id:  # nobody swaps with themselves
        raise Refusal("duty.begun")
    but = [it.id for it in (given, taken) if it]
    for duty, comes in ((given, other), (taken, session.get_one(Person, given.person_id))):
        if duty is None:
            continue
        shift = session.get_one(Shift, duty.shift_id)
        if duty.ended_at or duty.checked_at or shift.cancelled_at or shift.starts_at <= now:
            raise Refusal("duty.begun")
        if duty is taken and duty.person_id != other.id:
            raise Refusal("duty.begun")
        refuse_person(session, shift, comes, but)


def refuse_person(session: Session, shift: Shift, person: Person, but: Sequence[int] = ()) -> None:
    """Raise `duty.untrained`, `duty.unfit` or `duty.booked` if somebody cannot be on duty in a shift."""
    why = availability.unfit(session, shift, [person]).get(person.id)
    if why == "untrained":
        code = session.get_one(Rota, shift.rota_id).requires
        form = versions.latest(session, code)
        raise Refusal("duty.untrained", name=person.name, title=form.spec.title if form else {"": code})
    if why:
        raise Refusal("duty.unfit", name=person.name, why=why)
    if busy := shifts.booked(session, [person.id], shift.starts_at, shift.ends_at, but):
        raise Refusal("duty.booked", name=person.name, shift=busy[person.id].name, day=busy[person.id].day)


def agree(session: Session, it: DutySwap, now: datetime) -> None:
    """Carry it out. Raises as `refuse`: much may have changed since it was asked."""
    given, taken = duties(session, it)
    other, first = session.get_one(Person, it.person_id), session.get_one(Person, given.person_id)
    refuse(session, given, other, taken, now)
    it.given_now = _pass(session, given, other, now).id
    it.taken_now = _pass(session, taken, first, now).id if taken else None
    it.state, it.decided_at = State.AGREED, now
    session.add(it)
    session.flush()


def _pass(session: Session, duty: Duty, person: Person, now: datetime) -> Duty:
    shifts.take_out(session, duty, now)
    return shifts.put(session, session.get_one(Shift, duty.shift_id), person, person, now)


def decline(session: Session, it: DutySwap, now: datetime) -> None:
    it.state, it.decided_at = State.DECLINED, now
    session.add(it)
    session.flush()


def undo(session: Session, it: DutySwap, by: Person, now: datetime) -> None:
    """Give everybody their own shift back. Raises as `refuse`."""
    now_given = session.get_one(Duty, it.given_now)
    now_taken = session.get_one(Duty, it.taken_now) if it.taken_now else None
    given, _ = duties(session, it)
    first, other = session.get_one(Person, given.person_id), session.get_one(Person, it.person_id)
    refuse(session, now_given, first, now_taken, now)
    _pass(session, now_given, first, now)
    if now_taken:
        _pass(session, now_taken, other, now)
    it.state, it.undone_by, it.undone_at = State.UNDONE, by.id, now
    session.add(it)
    session.flush()


def duties(session: Session, it: DutySwap) -> tuple[Duty, Duty | None]:
    """Return the duties as they were asked to be swapped."""
    return session.get_one(Duty, it.given_id), session.get_one(Duty, it.taken_id) if it.taken_id else None


def waiting(session: Session, person: Person, now: datetime) -> list[DutySwap]:
    """Return what somebody is asked, has not answered and could still agree to: the shift has not begun and is still
    that of who asks."""
    query = (
        select(DutySwap).join(Duty, col(Duty.id) == col(DutySwap.given_id))
        .join(Shift, col(Shift.id) == col(Duty.shift_id))
        .where(DutySwap.person_id == person.id, DutySwap.state == State.ASKED, col(Duty.ended_at).is_(None),
               Shift.starts_at > now)
    )  # fmt: skip
    return list(session.exec(query.order_by(col(DutySwap.id))).all())
