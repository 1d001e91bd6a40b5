"""Find who owes a report and why nothing comes: counted by queries, and named as far as a message has room. A list read
with a limit must never give a number, nor decide to whom something is done (docs/rules.md 8.3)."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, case, exists, func
from sqlmodel import Session, col, select

from models.messaging.addresses import Address, Reach
from models.organisation.people import Person
from models.organisation.units import Unit
from models.reporting.reports import Report

NAMED = 30  # names of one kind in a message; the rest is a number
KINDS = ("never", "unreachable", "silent")

SPEAKER = func.coalesce(col(Person.reporter_id), col(Person.id))  # a ward is as silent as the reporter
KIND = case(
    (exists().where(col(Address.person_id) == SPEAKER, col(Address.reach) == Reach.REACHABLE), "silent"),
    (exists().where(col(Address.person_id) == SPEAKER), "unreachable"),
    else_="never",
)


@dataclass
class Silent:
    """The people of one kind of silence: how many there are, and the first by name."""

    count: int = 0
    names: list[str] = field(default_factory=list)

    def add(self, name: str) -> None:
        self.count += 1
        if len(self.names) < NAMED:
            self.names.append(name)


def kinds(session: Session, owed: ColumnElement[bool], count: int | None = None) -> dict[str, Silent]:
    """Return those who owe one of these reports, by kind: `never` enrolled, `unreachable`, `silent` though a message
    would arrive; units are silent. A `count` of 0, where it is known, saves the query."""
    found = {kind: Silent() for kind in KINDS}
    if count == 0:
        return found
    people = select(Person.name, KIND).join(Report, col(Report.person_id) == col(Person.id)).where(owed)
    _tell(session, found, people.order_by(col(Person.staff_no)), owed)
    units = select(Unit.name).join(Report, col(Report.unit_id) == col(Unit.id)).where(owed)
    for name in session.exec(units.order_by(col(Unit.rank))).all():
        found["silent"].add(name)
    return found


def listed(
    session: Session, owed: ColumnElement[bool], most: int, after: int = 0
) -> list[tuple[Report, Person | Unit, str]]:
    """Return who owes one of these reports, each with the kind of silence, from the place `after` on: persons by staff
    number or, where units are asked, units in the roster's order."""
    people = select(Report.id).join(Person, col(Report.person_id) == col(Person.id)).where(owed)
    shown = people.order_by(col(Person.staff_no)).offset(after).limit(most)  # only their kinds are looked up
    named = select(Report, Person, KIND).join(Person, col(Report.person_id) == col(Person.id))
    rows: list[Any] = list(session.exec(named.where(col(Report.id).in_(shown)).order_by(col(Person.staff_no))).all())
    if not rows:
        units = select(Report, Unit).join(Unit, col(Report.unit_id) == col(Unit.id)).where(owed)
        found = session.exec(units.order_by(col(Unit.rank)).offset(after).limit(most)).all()
        rows = [(report, unit, "silent") for report, unit in found]
    return rows


def _tell(session: Session, found: dict[str, Silent], named: Any, owed: ColumnElement[bool]) -> None:
    """Read a few at once; of many, count each kind and read only its first names."""
    few = session.exec(named.limit(NAMED * 3 + 1)).all()
    if len(few) <= NAMED * 3:
        for name, kind in few:
            found[kind].add(name)
        return
    counted = (
        select(KIND.label("kind"), func.count())
        .select_from(Person)
        .join(Report, col(Report.person_id) == col(Person.id))
        .where(owed)
        .group_by("kind")
    )
    for kind, count in session.exec(counted).all():
        found[kind] = Silent(count, [name for name, _ in session.exec(named.where(kind == KIND).limit(NAMED)).all()])
