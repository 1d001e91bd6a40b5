"""Who can be on duty: why somebody cannot, what a shift lacks by that, and who could be put on it
(docs/rules.md 35.5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from models.absence import leave
from models.duty import shifts
from models.duty.rotas import Rota
from models.duty.secondments import Secondment
from models.duty.secondments import Stage as Sent
from models.duty.shifts import Duty, Shift
from models.forms import passes
from models.messaging import addresses
from models.organisation import people
from models.organisation.people import Membership, Person
from models.organisation.units import Unit, below, is_below


@dataclass(frozen=True)
class Gap:
    """How many a shift lacks, and who is on it in vain, each with why: `left`, `leave`, `elsewhere`, `never` enrolled,
    `unreachable`."""

    missing: int
    unfit: Sequence[tuple[Person, str]]


def unfit(session: Session, shift: Shift, persons: Sequence[Person]) -> dict[int, str]:
    """Say of these people why they cannot be on duty in a shift: `left`, on `leave`, `elsewhere` (seconded or moved to
    another unit), `never` enrolled, `unreachable`, or `untrained`: the quiz that the rota requires is not passed.
    Whoever can is not in it."""
    ids = [it.id for it in persons]
    away, silent = leave.away(session, ids, shift.day), addresses.silence(session, ids)
    unit = session.get_one(Unit, shift.unit_id)
    gone = elsewhere(session, ids, unit, shift.day)
    quiz = session.get_one(Rota, shift.rota_id).requires
    untrained = passes.lacking(session, ids, quiz) if quiz else set()
    found = {}
    for it in persons:
        if it.left_by(shift.day):
            found[it.id] = "left"
        elif it.id in away:
            found[it.id] = "leave"
        elif it.id in gone:
            found[it.id] = "elsewhere"
        elif silent[it.id] != "silent":
            found[it.id] = silent[it.id]
        elif it.id in untrained:
            found[it.id] = "untrained"
    return found


AWAY = ("left", "leave", "elsewhere")  # who is not there, and not only out of reach


def away(session: Session, shift: Shift, held: Sequence[Duty]) -> set[int]:
    """Return who of these is not there that day: on leave, gone, or in another unit. The shift lacks them, and nobody
    asks them anything."""
    persons = [session.get_one(Person, it.person_id) for it in held]
    return {number for number, why in unfit(session, shift, persons).items() if why in AWAY}


def elsewhere(session: Session, ids: Sequence[int], unit: Unit, day: date) -> set[int]:
    """Return those who on a day belong neither to this unit nor to one below: moved, or seconded away."""
    rows = session.execute(
        select(Membership.person_id, Unit.path, Membership.unit_id).join(Unit, col(Unit.id) == col(Membership.unit_id))
        .where(col(Membership.person_id).in_(ids))
    )  # fmt: skip
    mine: dict[int, set[int]] = {}
    for person, path, number in rows:
        if is_below(path, unit.path):
            mine.setdefault(person, set()).add(number)
    there: dict[int, str] = {}
    for it, path in _agreed(session, ids, day):
        if it.first <= day <= it.last:
            there[it.person_id] = path
        elif it.last < day and not it.member:  # back by then
            mine.get(it.person_id, set()).discard(it.unit_id)
    return {
        it for it in ids
        if (not is_below(there[it], unit.path) if it in there else not mine.get(it))
    }  # fmt: skip


def _agreed(session: Session, ids: Sequence[int], day: date) -> Sequence[tuple[Secondment, str]]:
    """Return the secondments of these people that will have begun by a day, and the path of the unit."""
    query = (
        select(Secondment, Unit.path).join(Unit, col(Unit.id) == col(Secondment.unit_id))
        .where(col(Secondment.person_id).in_(ids), col(Secondment.state).in_((Sent.AGREED, Sent.RUNNING)),
               Secondment.first <= day)
    )  # fmt: skip
    return session.exec(query).all()


def gap(session: Session, shift: Shift, held: Sequence[tuple[Duty, Person]]) -> Gap:
    """Return what a shift lacks. Whoever has checked in is there, whatever is known besides."""
    open_ones = [person for duty, person in held if duty.checked_at is None]
    why = unfit(session, shift, open_ones)
    fit = len(held) - len(why)
    return Gap(max(0, shift.need - fit), [(it, why[it.id]) for it in open_ones if it.id in why])


def candidates(session: Session, shift: Shift, unit: Unit, most: int) -> list[Person]:
    """Return people of the unit and below who could be put on a shift: here, reachable, free."""
    query = (
        select(Person).join(Membership).join(Unit).where(
            below(unit.path), Person.kind == people.Kind.STAFF, people.here(shift.day)
        ).order_by(col(Person.staff_no)).limit(10 * most)
    )  # fmt: skip
    found = list(session.exec(query).unique().all())
    ids = [it.id for it in found]
    busy, why = shifts.booked(session, ids, shift.starts_at, shift.ends_at), unfit(session, shift, found)
    return [it for it in found if it.id not in busy and it.id not in why][:most]
