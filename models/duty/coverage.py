"""Coverage of the three heads (三长): whether every ward of a building, village or station has a living reporter and a
deputy (docs/rules.md 35.12)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, or_, select

from models.absence import deputies, leave
from models.absence.deputies import Deputy
from models.core.database import in_chunks
from models.messaging import addresses
from models.organisation.people import Kind, Membership, Person, here
from models.organisation.units import Unit, below


@dataclass(frozen=True)
class Head:
    """Who reports for how many wards of a unit, who stands in that day, and what is wrong: `left`, `never` enrolled,
    `unreachable`, on `leave` without a deputy, or `deputy`: there is none."""

    unit: Unit
    reporter: Person
    wards: int
    deputies: Sequence[Person]
    why: Sequence[str]


def heads(session: Session, tops: Sequence[Unit], day: date) -> list[Head]:
    """Return every reporter of wards in these subtrees, by unit; first those with whom something is wrong."""
    ward, reporter = aliased(Person), aliased(Person)
    query = (
        select(Unit, reporter, func.count(col(ward.id)))
        .select_from(ward)
        .join(reporter, col(reporter.id) == col(ward.reporter_id))
        .join(Membership, (col(Membership.person_id) == col(ward.id)) & col(Membership.home).is_(True))
        .join(Unit, col(Unit.id) == col(Membership.unit_id))
        .where(ward.kind == Kind.WARD, or_(col(ward.left_on).is_(None), col(ward.left_on) > day))
        .where(or_(*(below(top.path) for top in tops)))
        .group_by(col(Unit.id), col(reporter.id))
        .order_by(col(Unit.rank), col(reporter.staff_no))
    )
    rows = session.execute(query).all()
    ids = list({one.id for _, one, _ in rows})
    silent, away, standing = (
        addresses.silence(session, ids),
        leave.away(session, ids, day),
        _deputies(session, ids, day),
    )
    found = []
    for unit, one, wards in rows:
        stand_in = standing.get(one.id, [])
        found.append(Head(unit, one, wards, stand_in, _wrong(one, day, silent[one.id], one.id in away, bool(stand_in))))
    return sorted(found, key=lambda it: not it.why)


def _wrong(reporter: Person, day: date, silence: str, away: bool, deputy: bool) -> list[str]:
    why = []
    if reporter.left_by(day):
        why.append("left")
    elif silence != "silent":
        why.append(silence)
    elif away and not deputy:
        why.append("leave")
    return why if deputy else [*why, "deputy"]


def _deputies(session: Session, reporters: Sequence[int], day: date) -> dict[int, list[Person]]:
    found: dict[int, list[Person]] = {}
    for some in in_chunks(reporters):
        query = (
            select(Deputy.person_id, Person).join(Person, col(Person.id) == col(Deputy.deputy_id))
            .where(deputies.on(day), col(Deputy.person_id).in_(some), col(Deputy.unit_id).is_(None), here(day))
            .order_by(col(Person.staff_no))
        )  # fmt: skip
        for number, person in session.exec(query).all():
            found.setdefault(number, []).append(person)
    return found
